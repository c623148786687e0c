"""Which records, staged or in the lake, report one event: the rules of `ingest.sightings` over all that they can touch.

Only rows that agree with a row of another deliverer in who, whom and how much can merge. A first pass hashes that key of every
row (9 bytes a row); a second reads the few rows whose key several deliverers have. Memory is bounded by these candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.ingest.sightings import merge_contacts, merge_transfers
from cutline.store.lake import Lake
from cutline.store.sightings import HIDDEN
from cutline.store.staging import StagedBatch

MESSAGE_KINDS = ("pacs.008", "camt.053", "camt.054")

JUDGED: dict[str, pl.DataType] = {"table": pl.String(), "batch": pl.String(), "row": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one table merge: what must be equal, what decides, and how far apart rows of one event can stand.

    `reach` is wider than any tolerance, a date-only booking included, so that whole events stand in the frame that is judged.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    reach: timedelta
    merge: Callable[[pl.DataFrame], NDArray[np.int64]]


RULES = (
    Rule(
        "transfers",
        ("payer", "payee", "amount", "asset"),
        ("deliverer", "event_id", "occurred_at", "precision", "payer", "payee", "amount", "asset", "rail", "transaction_id"),
        timedelta(days=2),
        merge_transfers,
    ),
    Rule(
        "contacts",
        ("source", "target", "medium"),
        ("deliverer", "event_id", "occurred_at", "source", "target", "medium", "duration_s"),
        timedelta(minutes=1),
        merge_contacts,
    ),
)


@dataclass(frozen=True, slots=True)
class Merging:
    """`hidden`: the merged records (columns of `HIDDEN`), staged and old; `judged`: the old ones that were judged anew."""

    hidden: pl.DataFrame
    judged: pl.DataFrame


def find_sightings(lake: Lake, staged: Sequence[StagedBatch], repeats: pl.DataFrame) -> Merging:
    """Judge staged records, and those of the lake that they can meet, as if all had come at once."""
    dropped = repeats.select("batch", "row")
    found = [merging for rule in RULES if (merging := _find(lake, staged, dropped, rule)) is not None]
    hidden = [pl.DataFrame(schema=HIDDEN), *(m.hidden for m in found)]
    judged = [pl.DataFrame(schema=JUDGED), *(m.judged for m in found)]
    return Merging(pl.concat(hidden), pl.concat(judged))


def _find(lake: Lake, staged: Sequence[StagedBatch], dropped: pl.DataFrame, rule: Rule) -> Merging | None:
    mine = [one for one in staged if rule.table in one.tables]
    span = _span(lake, mine, rule)
    if span is None:
        return None
    witness = _Witnesses(lake, mine)
    old = _with_key(witness.name(_old(lake, mine, rule, span)), rule)
    keys = [_keyed(witness.name(lake.staged_records([one], rule.table, ["deliverer", *rule.key])), rule) for one in mine]
    shared = _shared_keys([*keys, old.select("deliverer", "agreed")])
    rows = (_with_key(witness.name(lake.staged_records([one], rule.table, rule.columns)), rule) for one in mine)
    new = [some.join(shared, on="agreed", how="semi") for some in rows]
    frame = pl.concat([*new, old.join(shared, on="agreed", how="semi").select(new[0].columns)])
    frame = frame.join(dropped, on=["batch", "row"], how="anti", maintain_order="left")
    judged = old.select("batch", "row").join(frame, on=["batch", "row"], how="semi")
    return Merging(_merged(frame, rule), judged.select(pl.lit(rule.table).alias("table"), "batch", "row"))


class _Witnesses:
    """Who tells: a deliverer's tables are one witness, but each kind of bank message is a witness of its own.

    A bank sends a payment as pacs.008 and books it in a camt.053: one event, told twice by one house.
    """

    def __init__(self, lake: Lake, staged: Iterable[StagedBatch]) -> None:
        known = [(b["batch"], b["kind"]) for b in lake.batches().select("batch", "kind").to_dicts()]
        kinds = [*known, *((one.batch.batch, one.batch.kind) for one in staged)]
        self._messages = pl.DataFrame(
            [(batch, f"/{kind}") for batch, kind in kinds if kind in MESSAGE_KINDS],
            {"batch": pl.String, "message": pl.String},
            orient="row",
        )

    def name(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the witness in the place of the deliverer."""
        if not self._messages.height:
            return frame
        named = frame.join(self._messages, on="batch", how="left", maintain_order="left")
        return named.with_columns(deliverer=pl.col("deliverer") + pl.col("message").fill_null("")).drop("message")


def _span(lake: Lake, staged: Iterable[StagedBatch], rule: Rule) -> tuple[object, object] | None:
    """Give the first and last moment of staged rows."""
    ends = [
        lake.staged_records([one], rule.table, ["occurred_at"]).select(
            first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()
        )
        for one in staged
    ]
    if not ends:
        return None
    first, last = pl.concat(ends).select(pl.col("first").min(), pl.col("last").max()).row(0)
    return None if first is None else (first - rule.reach, last + rule.reach)


def _old(lake: Lake, staged: Sequence[StagedBatch], rule: Rule, span: tuple[object, object]) -> pl.DataFrame:
    """Give the records of the lake that new ones can meet: near in time, or under one of their transaction ids.

    A merged record whose visible one is out of reach stays as it is.
    """
    old = lake.records_between(rule.table, rule.columns, *span)  # type: ignore[arg-type]
    if "transaction_id" in rule.columns and lake.generation:
        told = [lake.staged_records([one], rule.table, ["transaction_id"])["transaction_id"].drop_nulls() for one in staged]
        more = lake.records_with_transaction_ids(rule.table, rule.columns, pl.concat(told).unique())
        old = pl.concat([old, more.join(old, on=["batch", "row"], how="anti")])
    told_by = old.filter("visible").select(into_batch="batch", into_row="row")
    whole = old.filter(pl.col("how") == "merged").join(told_by, on=["into_batch", "into_row"], how="semi")
    return pl.concat([old.filter("visible"), whole])


def _with_key(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return frame.with_columns(agreed=pl.struct(rule.key).hash())


def _keyed(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    return _with_key(frame, rule).select("deliverer", "agreed").unique()


def _shared_keys(keyed: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Give the keys that rows of at least two deliverers have."""
    names = sorted({name for frame in keyed for name in frame["deliverer"].unique()})
    coded = pl.concat([frame.with_columns(pl.col("deliverer").cast(pl.Enum(names))) for frame in keyed]).unique()
    return coded.filter(pl.col("agreed").is_duplicated()).select("agreed").unique()


def _merged(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    primary = rule.merge(frame)
    moved = np.flatnonzero(primary != np.arange(frame.height))
    place = frame.select("batch", "row")
    into = place[primary[moved]].rename({"batch": "into_batch", "row": "into_row"})
    hidden = place[moved].hstack(into).with_columns(table=pl.lit(rule.table), how=pl.lit("merged"))
    return hidden.select(pl.col(name).cast(kind) for name, kind in HIDDEN.items())
