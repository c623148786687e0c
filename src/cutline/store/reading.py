"""Committed and staged rows as frames: what ingest needs to tell duplicates and to merge new sightings with old."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES
from cutline.store.catalogue import Catalogue
from cutline.store.records import KEYS, REJECTS, Part, read_frame
from cutline.store.sightings import sightings_of
from cutline.store.staging import StagedBatch

VISIBILITY = {"into_batch": pl.String(), "into_row": pl.Int64(), "how": pl.String()}


def staged_records(staged: Sequence[StagedBatch], table: str, columns: Sequence[str]) -> pl.DataFrame:
    """Give staged rows of a table: batch, row and the columns asked for."""
    names = _with_row(columns)
    frames = [_empty(table, names)]
    for one in staged:
        one.seal()
        frames += [_labelled(one.folder, part, names) for part in one.parts if part.role == "records" and part.table == table]
    return pl.concat(frames)


def staged_keys(staged: Sequence[StagedBatch]) -> pl.DataFrame:
    """Give staged keys: batch, row, key, content."""
    frames = [pl.DataFrame(schema={"batch": pl.String(), **KEYS})]
    for one in staged:
        one.seal()
        frames += [_rows(one.folder / part.path, part.batch) for part in one.parts if part.role == "keys"]
    return pl.concat(frames)


def known_keys(folder: Path, catalogue: Catalogue, kind: str, deliverer: str, among: pl.Series | None) -> pl.DataFrame | None:
    """Give the keys of committed batches of a kind and deliverer, restricted to those `among`; None before the first batch."""
    found = catalogue.ask(
        """SELECT p.batch, p.path FROM batches b LEFT JOIN parts p ON p.batch = b.batch AND p.role = 'keys'
        WHERE b.kind = ? AND b.deliverer = ? ORDER BY p.batch, p.path""",
        [kind, deliverer],
    )
    if not found.height:
        return None
    frames = [pl.DataFrame(schema={"batch": pl.String(), **KEYS})]
    sought = None if among is None else among.cast(pl.UInt64).unique().implode()
    for batch, path in found.drop_nulls().iter_rows():
        rows = _rows(folder / path, batch)
        frames.append(rows if sought is None else rows.filter(pl.col("key").is_in(sought)))
    return pl.concat(frames)


def records_between(
    folder: Path, catalogue: Catalogue, table: str, columns: Sequence[str], span: tuple[int, int]
) -> pl.DataFrame:
    """Give committed records of a table with `occurred_at` in a span of microseconds (inclusive), with their visibility."""
    names = _with_row(columns)
    frames = [_empty(table, names)]
    for part in catalogue.parts("records", table):
        if part.to_us >= span[0] and part.from_us <= span[1]:
            moments = read_frame(folder, part, ["occurred_at"])["occurred_at"].to_physical()
            low, high = moments.search_sorted(span[0], "left"), moments.search_sorted(span[1], "right")
            if high > low:
                frames.append(_labelled(folder, part, names).slice(low, high - low))
    return _with_visibility(catalogue, table, pl.concat(frames))


def records_with_transaction_ids(
    folder: Path, catalogue: Catalogue, table: str, columns: Sequence[str], ids: pl.Series
) -> pl.DataFrame:
    """Give committed records of a table whose `transaction_id` is among the ids, with their visibility."""
    names = _with_row(columns)
    frames = [_empty(table, names)]
    sought = ids.cast(pl.String).unique().implode()
    for part in catalogue.parts("records", table):
        if "transaction_id" in part.columns:
            chosen = read_frame(folder, part, ["transaction_id"])["transaction_id"].is_in(sought).fill_null(value=False)
            if chosen.any():
                frames.append(_labelled(folder, part, names).filter(chosen))
    return _with_visibility(catalogue, table, pl.concat(frames))


def read_rejects(folder: Path, catalogue: Catalogue, batch: str | None) -> pl.DataFrame:
    """Give the rejected rows of one batch or of all: batch, file_name, deliverer, kind and what was wrong."""
    batches = catalogue.ask(
        "SELECT batch, file_name, deliverer, kind FROM batches WHERE ? IS NULL OR batch = ?", [batch, batch]
    )
    frames = [pl.DataFrame(schema={"batch": pl.String(), **REJECTS})]
    wanted = set(batches["batch"].to_list())
    frames += [_rows(folder / part.path, part.batch) for part in catalogue.parts("rejects") if part.batch in wanted]
    return batches.join(pl.concat(frames), on="batch", how="inner").sort("deliverer", "file_name", "batch", "row")


def _with_row(columns: Sequence[str]) -> list[str]:
    return ["row", *[name for name in columns if name not in ("row", "batch", "known_at")]]


def _empty(table: str, names: Sequence[str]) -> pl.DataFrame:
    schema = polars_schema(TABLES[table])
    return pl.DataFrame(schema={"batch": pl.String(), **{name: schema[name] for name in names}})


def _labelled(folder: Path, part: Part, names: Sequence[str]) -> pl.DataFrame:
    return read_frame(folder, part, names).select(pl.lit(part.batch).alias("batch"), *names)


def _rows(path: Path, batch: str) -> pl.DataFrame:
    frame = pl.read_parquet(path)
    return frame.select(pl.lit(batch).alias("batch"), *frame.columns)


def _with_visibility(catalogue: Catalogue, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    hidden = sightings_of(catalogue, table).with_columns(pl.col(name).cast(kind) for name, kind in VISIBILITY.items())
    return frame.join(hidden, on=["batch", "row"], how="left", maintain_order="left").with_columns(
        visible=pl.col("how").is_null()
    )
