"""Which tokens of different issuers seem to be one person or organisation, how surely, and what speaks for and against it.

The model of Fellegi and Sunter as Splink fits it: how often the same one shares a number, a device, an account (m, by
expectation maximisation), and how often two that are not the same do (u). An issuer gives one person one token, so that u is
counted among tokens of one issuer, families with a common number included; a sample of pairs at random would hold more pairs
of one person than pairs that share by chance. It proposes; nobody is joined by it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl

from cutline.model.entities import Label
from cutline.model.judgements import MACHINE, Proposal, Weight, proposal_id
from cutline.resolution.attributes import FEATURES

PROPOSER = MACHINE + "resolve 1"

NAMES = {
    "phones": Label("phone number", "手机号"),
    "devices": Label("device", "设备"),
    "accounts": Label("account", "账户"),
}
NEVER_CERTAIN = 0.9999
"""The most that a proposal may claim: rates counted on some thousand people cannot tell more."""

UNKNOWN = -1
"""How Splink marks a comparison that says nothing."""

USUALLY_SHARED = {"phones": 0.9, "devices": 0.6, "accounts": 0.5}
"""How often tokens of one person share each feature where both are known, before the data say otherwise."""


@dataclass(frozen=True, slots=True)
class LinkageConfig:
    """`least` probability worth an officer's time; of those who share anything, `same` are one before anything else is known.

    Below `trainable` pairs a feature's rates stay as assumed.
    """

    least: float = 0.5
    same: float = 0.5
    trainable: int = 30


def propose(
    tokens: pl.DataFrame, settled: Collection[tuple[str, str]] = (), config: LinkageConfig | None = None
) -> list[Proposal]:
    """Give pairs of tokens that seem to be one, most probable first; pairs that were judged already are left out.

    `tokens` is what `attributes.gather` gives. Only tokens of different issuers are compared, for an issuer knows its own.
    Memory: the pairs that share something. Deterministic for equal tokens.
    """
    config = config or LinkageConfig()
    tokens = tokens.filter(pl.any_horizontal(pl.col(*FEATURES).is_not_null())).sort("entity")
    sharing = _sharing(tokens)
    if not sharing.height:
        return []
    prior = config.same * sharing.height / max(1.0, tokens.height * (tokens.height - 1) / 2)
    scored = _score(tokens, min(prior, 0.5), config)
    found = [_proposal(row) for row in scored.iter_rows(named=True)]
    wanted = [p for p in found if p.subjects not in settled]
    return sorted(wanted, key=lambda p: (-p.probability, p.subjects))


def _sharing(tokens: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs of tokens of different issuers that share any value."""
    parts = [_pairs(tokens, feature).filter(pl.col("issuer") != pl.col("issuer_r")) for feature in FEATURES]
    return pl.concat(part.select("entity", "entity_r") for part in parts).unique()


def _pairs(tokens: pl.DataFrame, feature: str) -> pl.DataFrame:
    flat = tokens.select("entity", "kind", "issuer", value=feature).explode("value").drop_nulls("value")
    return flat.join(flat, on=["value", "kind"], suffix="_r").filter(pl.col("entity") < pl.col("entity_r"))


def _by_chance(tokens: pl.DataFrame) -> dict[str, float]:
    """Say for each feature how often two tokens of one issuer share it: they are never one person's."""
    rates = {}
    for feature in FEATURES:
        known = tokens.drop_nulls(feature).group_by("issuer", "kind").len()["len"].cast(pl.Int64)
        shared = _pairs(tokens, feature).filter(pl.col("issuer") == pl.col("issuer_r"))
        pairs = int((known * (known - 1) // 2).sum())
        rates[feature] = (shared.select("entity", "entity_r").unique().height + 0.5) / (pairs + 1)
    return rates


def _score(tokens: pl.DataFrame, prior: float, config: LinkageConfig) -> pl.DataFrame:
    import duckdb
    from splink import DuckDBAPI, Linker

    with duckdb.connect() as connection:
        database = DuckDBAPI(connection=connection)
        linker = Linker(
            database.register(_with_peers(tokens).to_arrow()), _settings(prior, _by_chance(tokens)), log_level=logging.ERROR
        )
        for name in _trainable(tokens, config):
            # Expectation maximisation cannot block on lists as a whole; the rates of what it blocks on are not learned there.
            rule = f"l.{name}[1] = r.{name}[1] and l.issuer <> r.issuer and l.kind = r.kind"
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        predicted = linker.inference.predict(threshold_match_probability=config.least)
        table = pl.DataFrame(predicted.as_dict())
    if not table.height:
        return table
    return table.filter((pl.col("issuer_l") != pl.col("issuer_r")) & (pl.col("kind_l") == pl.col("kind_r")))


def _settings(prior: float, by_chance: dict[str, float]) -> Any:
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="entity",
        probability_two_random_records_match=prior,
        comparisons=[_comparison(name, shared, by_chance[name]) for name, shared in USUALLY_SHARED.items()],
        blocking_rules_to_generate_predictions=[block_on(name, arrays_to_explode=[name]) for name in FEATURES],
        additional_columns_to_retain=["issuer", "kind"],
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,
    )


def _comparison(name: str, shared: float, by_chance: float) -> dict[str, Any]:
    """Compare one feature: something in common, or nothing; unknown where one side is empty, or could not know the other's."""
    common = f"array_length(list_intersect({name}_l, {name}_r)) >= 1"
    unknown = f"{name}_l IS NULL OR {name}_r IS NULL OR (NOT {common} AND NOT list_contains(peers_{name}_l, house_r))"
    levels = [
        {"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True},
        {"sql_condition": common, "label_for_charts": "in common", "m_probability": shared, "u_probability": by_chance},
        {"sql_condition": "ELSE", "label_for_charts": "none", "m_probability": 1 - shared, "u_probability": 1 - by_chance},
    ]
    return {"output_column_name": name, "comparison_levels": levels}


def _with_peers(tokens: pl.DataFrame) -> pl.DataFrame:
    """Add for each feature the issuers that ever share a value with the token's own.

    Two operators never hold one number: that their customers' numbers differ says nothing. `house` is the issuer under a name
    that no blocking rule uses, for rates of what a rule uses are not learned.
    """
    told = tokens.with_columns(house="issuer")
    for feature in FEATURES:
        met = _pairs(tokens, feature).select("issuer", "issuer_r").unique()
        both = pl.concat([met, met.select(issuer="issuer_r", issuer_r="issuer")]).unique()
        peers = both.group_by("issuer").agg(pl.col("issuer_r").sort().alias(f"peers_{feature}"))
        told = told.join(peers, on="issuer", how="left", maintain_order="left")
    return told.with_columns(pl.col(f"peers_{name}").fill_null([]) for name in FEATURES)


def _trainable(tokens: pl.DataFrame, config: LinkageConfig) -> list[str]:
    """Name the features by which enough tokens of different issuers meet for rates to be learned among them."""
    names = []
    for name in FEATURES:
        met = tokens.drop_nulls(name).group_by(pl.col(name).list.first()).agg(pl.col("issuer").n_unique())
        if met.filter(pl.col("issuer") > 1).height >= config.trainable:
            names.append(name)
    return names


def _proposal(row: dict[str, object]) -> Proposal:
    first, second = sorted((str(row["entity_l"]), str(row["entity_r"])))
    weights = []
    for name in FEATURES:
        left, right = row[f"{name}_l"], row[f"{name}_r"]
        if row[f"gamma_{name}"] == UNKNOWN or not isinstance(left, list) or not isinstance(right, list):
            continue
        shared = len(set(left) & set(right))
        label, bits = NAMES[name], round(float(str(row[f"mw_{name}"])), 2)
        en = f"they share {shared} {label.en}{'s' if shared > 1 else ''}" if shared else f"no {label.en} in common"
        zh = f"共用{shared}个{label.zh}" if shared else f"没有共用的{label.zh}"
        weights.append(Weight(name, bits, en, zh))
    probability = min(round(float(str(row["match_probability"])), 4), NEVER_CERTAIN)
    return Proposal(proposal_id(first, second), (first, second), probability, tuple(weights))
