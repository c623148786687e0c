"""What is known of each token that could tell it from another or show it to be the same: numbers, devices, accounts.

Protected attributes (birth year, region, nationality, sex) are never read. What very many share, such as a switchboard, tells
nobody from anybody and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

FEATURES = ("phones", "devices", "accounts")

HUB = 6
"""A value that more tokens than this share is nobody's own."""

Ask = Callable[[str, Sequence[str]], pl.DataFrame]
"""(table, columns) → the distinct rows of those columns, ids as text."""

_KINDS = ("person", "organisation")
_REGISTERED = ("owns", "registered_with", "uses")


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns of which tables are read; none of them is protected."""
    return {
        "ties": ("a", "b", "relation"),
        "contacts": ("source", "source_device"),
        "transfers": ("payer", "device"),
        "orders": ("user", "account"),
        "movements": ("person", "payer"),
    }


def gather(ask: Ask) -> pl.DataFrame:
    """Give one row for each person's or organisation's token: entity, kind, issuer, and a sorted list for each feature.

    A list is null where nothing is known. Memory: the distinct pairs of the tables asked for.
    """
    tables = {name: ask(name, columns) for name, columns in needed_columns().items()}
    ties = tables["ties"].filter(pl.col("relation").is_in(_REGISTERED))
    held = ties.filter(_is("a", *_KINDS)).select(entity="a", value="b")
    accounts = pl.concat(
        [
            held.filter(_is("value", "account", "ecny_wallet")),
            tables["orders"].select(entity="user", value="account"),
            tables["movements"].select(entity="person", value="payer").filter(_is("value", "account", "ecny_wallet")),
        ]
    ).drop_nulls()
    own = pl.concat([held.select("entity", thing="value"), accounts.select("entity", thing="value")]).unique()
    linked = ties.filter(_is("b", "phone")).select(thing="a", value="b")
    phones = pl.concat([held.filter(_is("value", "phone")), own.join(linked, on="thing").select("entity", "value")])
    carried = [
        tables["contacts"].select(thing="source", value="source_device"),
        tables["transfers"].select(thing="payer", value="device"),
        ties.filter(_is("b", "device")).select(thing="a", value="b"),
    ]
    things = pl.concat([own, phones.select("entity", thing="value")]).unique()
    devices = things.join(pl.concat(carried).drop_nulls().unique(), on="thing").select("entity", "value")
    tokens = pl.concat([held.select("entity"), accounts.select("entity")]).unique().sort("entity")
    for name, pairs in zip(FEATURES, (phones, devices, accounts), strict=True):
        tokens = tokens.join(_lists(name, pairs), on="entity", how="left", maintain_order="left")
    spelled = pl.col("entity").str.extract_groups("^([^:]+):([^/]*)/").struct
    return tokens.with_columns(kind=spelled[0], issuer=spelled[1])


def _is(column: str, *kinds: str) -> pl.Expr:
    return pl.col(column).str.contains(f"^(?:{'|'.join(kinds)}):").fill_null(value=False)


def _lists(name: str, pairs: pl.DataFrame) -> pl.DataFrame:
    distinct = pairs.drop_nulls().unique()
    own = distinct.filter(pl.len().over("value") <= HUB)
    return own.group_by("entity").agg(pl.col("value").sort().alias(name))
