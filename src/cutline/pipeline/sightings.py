"""Which records, staged or in the lake, report one event: the rules of `ingest.sightings` over all that they can touch.

Only rows that agree with a row of another witness in who, whom and how much can merge. Readers hand over a hash of that key
for their rows; only the rows whose key several witnesses have are read again. Memory is bounded by these candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from cutline.model.moments import to_moment
from cutline.pipeline.agreement import RULES, Keys, Rule, Side, side_of, with_key
from cutline.store.lake import Lake
from cutline.store.records import BatchRecord
from cutline.store.sightings import HIDDEN
from cutline.store.staging import StagedBatch

APART = ("pacs.008", "camt.053", "camt.054", "trongrid_events", "conflux")
"""Kinds that are witnesses of their own beside the other tables of their deliverer."""

READERS = 2
"""Staged batches that are read again at once."""

JUDGED: dict[str, pl.DataType] = {"table": pl.String(), "batch": pl.String(), "row": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Read:
    """A staged batch, and the keys under which its rows can meet those of others, by table and side."""

    staged: StagedBatch
    agreed: Mapping[Side, Keys]

    def sides(self, table: str) -> list[tuple[str, Keys]]:
        """Give the sides of a table that have rows, with their keys."""
        return [(side, keys) for (name, side), keys in self.agreed.items() if name == table and len(keys)]


@dataclass(frozen=True, slots=True)
class Merging:
    """`hidden`: the merged records (columns of `HIDDEN`), staged and old; `judged`: the old ones that were judged anew."""

    hidden: pl.DataFrame
    judged: pl.DataFrame


def find_sightings(lake: Lake, read: Sequence[Read], repeats: Callable[[], pl.DataFrame]) -> Merging:
    """Judge staged records, and those of the lake that they can meet, as if all had come at once.

    `repeats` gives the rows that repeat others; it is asked only once rows that could meet have been found.
    """
    with ThreadPoolExecutor(len(RULES)) as pool:  # tables have nothing in common: each is judged by itself
        found = [m for m in pool.map(lambda rule: _find(lake, read, repeats, rule), RULES) if m is not None]
    hidden = [pl.DataFrame(schema=HIDDEN), *(m.hidden for m in found)]
    judged = [pl.DataFrame(schema=JUDGED), *(m.judged for m in found)]
    return Merging(pl.concat(hidden), pl.concat(judged))


def _find(lake: Lake, read: Sequence[Read], repeats: Callable[[], pl.DataFrame], rule: Rule) -> Merging | None:
    mine = [one for one in read if one.sides(rule.table)]
    if not mine:
        return None
    staged = [one.staged for one in mine]
    witness = _Witnesses(lake, staged)
    old = with_key(witness.name(_old(lake, staged, rule)), rule)
    told = [(witness.of(one.staged.batch, side), keys) for one in mine for side, keys in one.sides(rule.table)]
    told += [(str(name[0]), part["agreed"].to_numpy()) for name, part in old.partition_by("deliverer", as_dict=True).items()]
    shared = _shared_keys(told)

    def sharing(one: StagedBatch) -> pl.DataFrame:
        return _sharing(with_key(witness.name(lake.staged_records([one], rule.table, rule.columns)), rule), shared)

    # Reading and hashing happen outside the interpreter: two threads keep two cores busy.
    with ThreadPoolExecutor(READERS) as pool:
        new = list(pool.map(sharing, staged))
    frame = pl.concat([*new, _sharing(old, shared).select(new[0].columns)])
    frame = frame.join(repeats(), on=["batch", "row"], how="anti", maintain_order="left")
    judged = old.select("batch", "row").join(frame, on=["batch", "row"], how="semi")
    return Merging(_merged(frame, rule), judged.select(pl.lit(rule.table).alias("table"), "batch", "row"))


class _Witnesses:
    """Who tells: a deliverer's tables are one witness, but each kind of bank message is a witness of its own.

    A bank sends a payment as pacs.008 and books it in a camt.053: one event, told twice by one house. So are a chain's events
    beside the token rows that an explorer makes of them, and a call within one network, written once for either end.
    """

    def __init__(self, lake: Lake, staged: Iterable[StagedBatch]) -> None:
        known = [(b["batch"], b["kind"]) for b in lake.batches().select("batch", "kind").to_dicts()]
        kinds = [*known, *((one.batch.batch, one.batch.kind) for one in staged)]
        self._messages = pl.DataFrame(
            [(batch, f"/{kind}") for batch, kind in kinds if kind in APART],
            {"batch": pl.String, "message": pl.String},
            orient="row",
        )

    def of(self, batch: BatchRecord, side: str) -> str:
        """Name the witness that one side of a batch is."""
        return batch.deliverer + (f"/{batch.kind}" if batch.kind in APART else "") + (f"/{side}" if side else "")

    def name(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the witness in the place of the deliverer."""
        if "direction" in frame.columns:
            side = side_of(frame)
            frame = frame.with_columns(
                deliverer=pl.col("deliverer") + pl.when(side != "").then("/" + side).otherwise(pl.lit(""))
            )
        if not self._messages.height:
            return frame
        named = frame.join(self._messages, on="batch", how="left", maintain_order="left")
        return named.with_columns(deliverer=pl.col("deliverer") + pl.col("message").fill_null("")).drop("message")


def _old(lake: Lake, staged: Sequence[StagedBatch], rule: Rule) -> pl.DataFrame:
    """Give the records of the lake that new ones can meet: near in time, or under one of their transaction ids.

    A merged record whose visible one is out of reach stays as it is.
    """
    parts = [part for one in staged for part in one.parts if part.role == "records" and part.table == rule.table]
    first, last = (to_moment(us) for us in (min(p.from_us for p in parts), max(p.to_us for p in parts)))
    old = lake.records_between(rule.table, rule.columns, first - rule.reach, last + rule.reach)
    if "transaction_id" in rule.columns and lake.generation:
        told = [lake.staged_records([one], rule.table, ["transaction_id"])["transaction_id"].drop_nulls() for one in staged]
        more = lake.records_with_transaction_ids(rule.table, rule.columns, pl.concat(told).unique())
        old = pl.concat([old, more.join(old, on=["batch", "row"], how="anti")])
    told_by = old.filter("visible").select(into_batch="batch", into_row="row")
    whole = old.filter(pl.col("how") == "merged").join(told_by, on=["into_batch", "into_row"], how="semi")
    return pl.concat([old.filter("visible"), whole])


def _shared_keys(told: Sequence[tuple[str, Keys]]) -> Keys:
    """Give, ascending, the keys under which at least two witnesses have rows. Memory: 16 bytes a key."""
    by_witness: dict[str, list[Keys]] = {}
    for witness, keys in told:
        by_witness.setdefault(witness, []).append(keys)
    together = pl.concat([pl.Series(np.concatenate(parts)).unique() for parts in by_witness.values()])
    return together.filter(together.is_duplicated()).unique().sort().to_numpy()


def _sharing(frame: pl.DataFrame, shared: Keys) -> pl.DataFrame:
    """Keep the rows whose key is among the shared ones, which stand ascending."""
    if not len(shared):
        return frame.clear()
    agreed = frame["agreed"].to_numpy()
    place = np.minimum(np.searchsorted(shared, agreed), len(shared) - 1)
    return frame.filter(pl.Series(shared[place] == agreed))


def _merged(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    primary = rule.merge(frame)
    moved = np.flatnonzero(primary != np.arange(frame.height))
    place = frame.select("batch", "row")
    into = place[primary[moved]].rename({"batch": "into_batch", "row": "into_row"})
    hidden = place[moved].hstack(into).with_columns(table=pl.lit(rule.table), how=pl.lit("merged"))
    return hidden.select(pl.col(name).cast(kind) for name, kind in HIDDEN.items())
