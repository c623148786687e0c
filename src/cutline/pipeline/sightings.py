"""Which records, staged or in the lake, report one event: the rules of `ingest.sightings` over all that they can touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.ingest.sightings import merge_contacts, merge_transfers
from cutline.store.lake import Lake
from cutline.store.sightings import HIDDEN
from cutline.store.staging import StagedBatch

MergeRows = Callable[[pl.DataFrame], NDArray[np.int64]]

TRANSFER_COLUMNS = (
    "deliverer",
    "event_id",
    "occurred_at",
    "precision",
    "payer",
    "payee",
    "amount",
    "asset",
    "rail",
    "transaction_id",
)
CONTACT_COLUMNS = ("deliverer", "event_id", "occurred_at", "source", "target", "medium", "duration_s")
TRANSFER_REACH = timedelta(days=2)
"""Wider than any tolerance, a date-only booking included, so that whole events stand in the frame that is judged."""

CONTACT_REACH = timedelta(minutes=1)
WITNESSED_TWICE = ("call", "sms")


def find_sightings(lake: Lake, staged: Sequence[StagedBatch], repeats: pl.DataFrame) -> pl.DataFrame:
    """Give the merged records (columns of `HIDDEN`): staged ones, and old ones that get another visible record."""
    dropped = repeats.select("batch", "row")
    found = [pl.DataFrame(schema=HIDDEN)]
    for table, columns, reach, merge in (
        ("transfers", TRANSFER_COLUMNS, TRANSFER_REACH, merge_transfers),
        ("contacts", CONTACT_COLUMNS, CONTACT_REACH, merge_contacts),
    ):
        new = lake.staged_records(staged, table, columns).join(dropped, on=["batch", "row"], how="anti")
        if table == "contacts":
            new = new.filter(pl.col("medium").is_in(WITNESSED_TWICE))
        if new.height:
            old = _old(lake, table, columns, new, reach)
            found.append(_merged(table, new, old, merge))
    return pl.concat(found)


def _old(lake: Lake, table: str, columns: Sequence[str], new: pl.DataFrame, reach: timedelta) -> pl.DataFrame:
    first, last = new.select(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()).row(0)
    old = lake.records_between(table, columns, first - reach, last + reach)
    if table == "transfers":
        ids = new["transaction_id"].drop_nulls()
        if ids.len():
            more = lake.records_with_transaction_ids(table, columns, ids)
            old = pl.concat([old, more.join(old, on=["batch", "row"], how="anti")])
    return old.filter(pl.col("visible") | (pl.col("how") == "merged"))


def _merged(table: str, new: pl.DataFrame, old: pl.DataFrame, merge: MergeRows) -> pl.DataFrame:
    names = new.columns
    frame = pl.concat([new, old.select(names)])
    primary = merge(frame)
    moved = np.flatnonzero(primary != np.arange(frame.height))
    place = frame.select("batch", "row")
    into = place[primary[moved]].rename({"batch": "into_batch", "row": "into_row"})
    hidden = place[moved].hstack(into).with_columns(table=pl.lit(table), how=pl.lit("merged"))
    return hidden.select(pl.col(name).cast(kind) for name, kind in HIDDEN.items())
