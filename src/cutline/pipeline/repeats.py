"""Which staged rows repeat a row that the lake or an earlier file of the same call already has."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cutline.ingest.sightings import duplicates
from cutline.store.lake import Lake
from cutline.store.records import REJECTS
from cutline.store.sightings import HIDDEN
from cutline.store.staging import StagedBatch

_REJECTED = {"batch": pl.String(), **REJECTS}


def find_repeats(lake: Lake, staged: Sequence[StagedBatch]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give (hidden, rejects): duplicates, and rows that contradict an earlier row of the same id with a reject for each.

    Rows are the same if deliverer, kind and id are; the first in file order stands.
    """
    groups: dict[tuple[str, str], list[StagedBatch]] = {}
    for one in staged:
        groups.setdefault((one.batch.kind, one.batch.deliverer), []).append(one)
    hidden, rejects = [pl.DataFrame(schema=HIDDEN)], [pl.DataFrame(schema=_REJECTED)]
    for (kind, deliverer), group in sorted(groups.items()):
        keys = lake.staged_keys(group)
        repeats = _repeats(keys, lake.known_keys(kind, deliverer, keys["key"]))
        hidden.append(repeats.select(pl.lit("").alias("table"), "batch", "row", "into_batch", "into_row", "how"))
        rejects.append(_conflicts(repeats.filter(pl.col("how") == "conflicting")))
    return pl.concat(hidden), pl.concat(rejects)


def _repeats(keys: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    verdict = duplicates(keys.select("row", "key", "content"), None if known is None else known.select("row", "key", "content"))
    told = keys.with_columns(verdict=verdict.cast(pl.String)).with_row_index("place")
    repeats = told.filter(pl.col("verdict") != "new")
    again = told.join(repeats.select("key").unique(), on="key", how="semi")
    first = again.group_by("key").agg(pl.col("batch", "row").sort_by("place").first().name.prefix("first_"))
    repeats = repeats.join(first, on="key", how="left")
    if known is None:
        held = repeats.with_columns(held_batch=pl.lit(None, pl.String), held_row=pl.lit(None, pl.Int64))
    else:
        lake = known.unique("key", keep="first", maintain_order=True).select("key", held_batch="batch", held_row="row")
        held = repeats.join(lake, on="key", how="left")
    return held.sort("place").select(
        "batch",
        "row",
        into_batch=pl.coalesce("held_batch", "first_batch"),
        into_row=pl.coalesce("held_row", "first_row"),
        how="verdict",
    )


def _conflicts(repeats: pl.DataFrame) -> pl.DataFrame:
    told = (
        "content like row "
        + pl.col("into_row").cast(pl.String)
        + " of batch "
        + pl.col("into_batch")
        + ", which has the same id"
    )
    return repeats.select(
        "batch",
        "row",
        field=pl.lit("(id)"),
        found=pl.lit("another content under the same id"),
        expected=told,
        original=pl.lit(""),
    ).select(pl.col(name).cast(kind) for name, kind in _REJECTED.items())
