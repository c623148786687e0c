"""Immutable records in Parquet: what a batch is, how its rows are written as parts and how columns are read back.

A part holds rows of one batch and one table in (occurred_at, deliverer, event_id, row) order. Columns without any value are
not written, nor are `batch` and `known_at`, which are the same for a whole batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cutline.errors import UsageError
from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES, Table, Unit
from cutline.store.durable import digest

PART_ROWS = 500_000
"""Rows of a part and of a row group: bounds the memory of staging and of every read that goes part by part."""

DICTIONARY_BYTES = 64 << 20
"""Room for a row group's distinct values, so that ids stay dictionaries on disk and cost once per distinct id when read."""

ADDED = ("known_at", "batch")
"""Columns that the lake adds; deliveries do not bring them."""

KEYS: dict[str, pl.DataType] = {"row": pl.Int64(), "key": pl.UInt64(), "content": pl.UInt64()}
REJECTS: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "field": pl.String(),
    "found": pl.String(),
    "expected": pl.String(),
    "original": pl.String(),
}


FileKey = tuple[str, str, str]
"""Which file of whom: SHA-256 of its bytes, deliverer, chain (empty where it is of none)."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One source file as delivered by one institution, with the law it rests on. `kind` is the native format's name.

    Its id follows from the file's bytes, the deliverer and the chain it is of, so that a file loaded twice is the same batch.
    """

    sha256: str
    file_name: str
    deliverer: str
    department: str
    kind: str
    received_at: datetime
    zone: str = ""
    zone_assumed: bool = False
    legal_basis: str = ""
    purpose: str = ""
    delete_by: date | None = None
    covers_from: datetime | None = None
    covers_to: datetime | None = None
    answers: str = ""
    chain: str = ""

    @property
    def file_key(self) -> FileKey:
        """By what a file is known again."""
        return self.sha256, self.deliverer, self.chain

    @property
    def batch(self) -> str:
        """The id of the batch: 16 hexadecimal digits."""
        said = [self.sha256, self.deliverer, *([self.chain] if self.chain else [])]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a batch. `role` is records, keys or rejects; `path` is relative to the lake's folder.

    `deliverer` (empty where the part has several), `from_us` and `to_us` (first and last `occurred_at` in microseconds) are of
    records only.
    """

    batch: str
    role: str
    table: str
    path: str
    rows: int
    columns: tuple[str, ...]
    sha256: str
    bytes: int
    deliverer: str = ""
    from_us: int = 0
    to_us: int = 0


def dictionary_columns(table: Table) -> list[str]:
    """Give the columns whose values repeat: entities and categories."""
    return [name for name in table.names if table[name].unit in (Unit.ENTITY, Unit.CATEGORY)]


def normalise(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Bring delivered rows into the lake's types; raise UsageError where a reader broke the contract."""
    schema = {name: kind for name, kind in polars_schema(table).items() if name not in ADDED}
    unknown = [name for name in frame.columns if name not in schema]
    if unknown:
        raise UsageError(f"{table.name}: delivered columns {unknown}, expected some of {list(schema)}")
    frame = frame.select(pl.col(name).cast(kind) for name, kind in schema.items() if name in frame.columns)
    for name in schema:
        if table[name].required and (name not in frame.columns or frame[name].null_count()):
            raise UsageError(
                f"{table.name}.{name} is null in some delivered rows, expected a value; reject such rows while reading"
            )
    return frame


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Sort records by (occurred_at, deliverer, event_id, row); rows that stand so already are not touched."""
    time, deliverer, event = pl.col("occurred_at"), pl.col("deliverer"), pl.col("event_id")
    earlier = time < time.shift()
    tied = time == time.shift()
    smaller = event < event.shift()
    if frame["deliverer"].n_unique() > 1:
        smaller = (deliverer < deliverer.shift()) | ((deliverer == deliverer.shift()) & smaller)
    if frame.select((earlier | (tied & smaller)).any()).item():
        return frame.sort("occurred_at", "deliverer", "event_id", "row", maintain_order=True)
    return frame


def write_records(table: Table, frame: pl.DataFrame, path: Path, batch: str) -> Part:
    """Write rows of one batch as a part; committing settles the file."""
    frame = in_order(frame)
    moments = frame["occurred_at"].to_physical()
    kept = [name for name in frame.columns if frame[name].null_count() < frame.height]
    frame = frame.select(kept)
    _write(frame, path, [name for name in dictionary_columns(table) if name in kept])
    return Part(
        batch=batch,
        role="records",
        table=table.name,
        path=path.name,
        rows=frame.height,
        columns=tuple(kept),
        sha256=digest(path),
        bytes=path.stat().st_size,
        deliverer=str(frame["deliverer"][0]) if frame["deliverer"].n_unique() == 1 else "",
        from_us=int(moments[0]),
        to_us=int(moments[-1]),
    )


def write_rows(role: str, frame: pl.DataFrame, path: Path, batch: str) -> Part:
    """Write keys or rejects of one batch as a part; committing settles the file."""
    _write(frame, path, ["field", "expected"] if role == "rejects" else [])
    return Part(batch, role, "", path.name, frame.height, tuple(frame.columns), digest(path), path.stat().st_size)


def _write(frame: pl.DataFrame, path: Path, dictionaries: list[str]) -> None:
    rising = [name for name in ("occurred_at", "row") if name in frame.columns]
    pq.write_table(
        frame.to_arrow(compat_level=pl.CompatLevel.oldest()),
        path,
        row_group_size=PART_ROWS,
        compression={name: "NONE" if name in ("key", "content") else "ZSTD" for name in frame.columns},
        compression_level={name: 1 for name in frame.columns if name not in ("key", "content")},
        use_dictionary=dictionaries,
        dictionary_pagesize_limit=DICTIONARY_BYTES,
        column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
        write_statistics=False,
        store_schema=False,
    )


def read_part(folder: Path, part: Part, columns: Sequence[str]) -> pa.Table:
    """Read columns of a part as Arrow, entities and categories as dictionaries; columns never written are left out."""
    present = [name for name in columns if name in part.columns]
    dictionaries = dictionary_columns(TABLES[part.table]) if part.table else []
    with pq.ParquetFile(folder / part.path, read_dictionary=[name for name in present if name in dictionaries]) as file:
        return file.read(present)


def part_dictionary(folder: Path, part: Part, column: str) -> pa.Array:
    """Give the distinct values of an entity or category column as they are stored, without reading what each row says."""
    with pq.ParquetFile(folder / part.path, read_dictionary=[column]) as file:
        first = next(file.iter_batches(1, columns=[column]), None)
        return pa.array([], pa.string()) if first is None else first.column(column).dictionary


def read_frame(folder: Path, part: Part, columns: Sequence[str]) -> pl.DataFrame:
    """Read columns of a records part as a frame with the lake's types; columns never written are null."""
    schema = polars_schema(TABLES[part.table])
    with pq.ParquetFile(folder / part.path) as file:
        read = pl.from_arrow(file.read([name for name in columns if name in part.columns]))
    missing = [pl.lit(None, schema[name]).alias(name) for name in columns if name not in part.columns]
    return pl.DataFrame(read).with_columns(missing).select(pl.col(name).cast(schema[name]) for name in columns)
