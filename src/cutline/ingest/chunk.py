"""What flows between the readers and the lake: deliveries, source files, and chunks of normalised rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from cutline.settings import DEFAULT_ZONE

REJECT_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "field": pl.String(),
    "found": pl.String(),
    "expected": pl.String(),
    "original": pl.String(),
}
"""A row that did not enter: which field, what stood there, what was expected, and the row as it was written (JSON)."""

REST_KEPT = "; the rest of the row is kept"
"""How the `expected` of a partial reject ends."""

KEY_SCHEMA: dict[str, pl.DataType] = {"row": pl.Int64(), "key": pl.UInt64(), "content": pl.UInt64()}
"""What makes a source row the same row again: a hash of (deliverer, kind, native id), and one of all that it says.

Equal key and content: a duplicate. Equal key, other content: a reject (`conflicting_duplicate`). Where a kind has no native id
the key is the hash of the content.
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What `delivery.yaml` says about a folder, with the defaults of `formats.md` where it is silent."""

    folder: Path
    source: str
    department: str = "public_security"
    zone: str = DEFAULT_ZONE
    zone_assumed: bool = True
    received_at: datetime | None = None
    legal_basis: str = ""
    purpose: str = ""
    delete_by: date | None = None
    national_tokens: bool = False
    answers: str = ""
    chain: str = ""
    covers_from: datetime | None = None
    covers_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as delivered: one batch. `name` is its path inside the delivery; `sha256` is of the bytes as delivered."""

    path: Path
    name: str
    sha256: str
    delivery: Delivery


@dataclass(slots=True)
class Chunk:
    """Some rows of one file, normalised. `read` counts source rows; every one of them is in `keys` or in `rejects`.

    `tables` maps a lake table's name to rows with that table's columns (`model.tables`) except `known_at` and `batch`, which
    the lake adds; missing columns are null. One source row may give rows to several tables, all with the same `row`. A source
    row whose every ★ field was good but which is worth no lake row is still in `keys`. `partial` tells, as rejects do, what was
    left out of rows that are in `keys`; it counts nothing. `zone_assumed` counts accepted rows with
    a time that had no offset, in a delivery that names no zone: the default zone decided, and the batch says so.
    """

    read: int
    tables: dict[str, pl.DataFrame]
    keys: pl.DataFrame
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECT_SCHEMA))
    partial: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECT_SCHEMA))
    zone_assumed: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, decompressed and decoded, from which readers recognise it."""

    text: str
    columns: tuple[str, ...]
    name: str


class Reader(Protocol):
    """One native format: how to know it, and how to read it. Every reader of `ingest.readers.READERS` keeps this contract."""

    kind: str

    def recognises(self, head: Head) -> bool:
        """Say whether the file is of this kind, by its content."""
        ...

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the rows, in chunks of bounded memory; a bad row becomes a reject, a bad file raises SourceError."""
        ...
