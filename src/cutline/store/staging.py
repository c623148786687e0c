"""A batch on its way in: written beside the lake, seen by nobody until it is committed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import polars as pl

from cutline.errors import UsageError
from cutline.model.tables import TABLES
from cutline.store.durable import move, settle_all
from cutline.store.originals import keep
from cutline.store.records import KEYS, PART_ROWS, REJECTS, BatchRecord, Part, normalise, write_records, write_rows

PART_BYTES = 256 << 20
"""Rows with long texts are written earlier than at PART_ROWS, so that a batch never holds more than this per table."""


@dataclass(slots=True)
class StagedBatch:
    """Rows of one source file, written part by part into a folder of their own.

    Use it as a context: leaving it seals the batch, an error inside discards it. It holds no open store and
    may be filled and sealed in another process. Memory: at most one part for each table.
    """

    batch: BatchRecord
    folder: Path
    original: str = ""
    parts: list[Part] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    read: int = 0
    rejected: int = 0
    sealed: bool = False
    _waiting: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    @classmethod
    def begin(cls, batch: BatchRecord, folder: Path, source: Path) -> StagedBatch:
        """Start with a copy of the source file as it was delivered."""
        folder.mkdir(parents=True)
        return cls(batch, folder, keep(source, batch, folder).name)

    def append(
        self,
        tables: Mapping[str, pl.DataFrame],
        keys: pl.DataFrame,
        rejects: pl.DataFrame,
        partial: pl.DataFrame | None = None,
    ) -> None:
        """Add a chunk: lake rows by table, a key for every readable source row, and the rejects, one or more for a bad row.

        `partial` tells what was left out of rows that have keys: it stands with the rejects and counts nothing. A table that is
        named with no rows is remembered as delivered, which matters for coverage.
        """
        if self.sealed:
            raise UsageError(f"{self.batch.file_name}: the batch is sealed; stage it again to add rows")
        for name, frame in tables.items():
            self.tables.add(name)
            self._wait(name, normalise(TABLES[name], frame))
        rejects = rejects.select(pl.col(name).cast(kind) for name, kind in REJECTS.items())
        self._wait("keys", keys.select(pl.col(name).cast(kind) for name, kind in KEYS.items()))
        self._wait("rejects", rejects)
        if partial is not None:
            self._wait("rejects", partial.select(pl.col(name).cast(kind) for name, kind in REJECTS.items()))
        bad = rejects["row"].n_unique() if rejects.height else 0
        self.read += keys.height + bad
        self.rejected += bad

    def seal(self) -> None:
        """Write what is still in memory; nothing can be added any more."""
        for name in list(self._waiting):
            self._write(name)
        self.sealed = True

    def discard(self) -> None:
        """Forget the batch and remove its files."""
        self._waiting.clear()
        self.sealed = True
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self, name: str, frame: pl.DataFrame) -> None:
        if not frame.height:
            return
        waiting = self._waiting.setdefault(name, [])
        waiting.append(frame)
        if sum(f.height for f in waiting) >= PART_ROWS or sum(f.estimated_size() for f in waiting) >= PART_BYTES:
            self._write(name)

    def _write(self, name: str) -> None:
        frame = pl.concat(self._waiting.pop(name), how="diagonal")
        path = self.folder / f"{name}-{len(self.parts):05d}.parquet"
        if name in TABLES:
            self.parts.append(write_records(TABLES[name], frame, path, self.batch.batch))
        else:
            self.parts.append(write_rows(name, frame, path, self.batch.batch))

    def __enter__(self) -> StagedBatch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.seal()
        else:
            self.discard()


def place_all(lake: Path, staged: Sequence[StagedBatch], rejects: pl.DataFrame | None) -> list[list[Part]]:
    """Move sealed batches' files to where the lake keeps them, with the rejects that were found only after reading.

    Gives each batch's parts under their new paths. All is on disk when this returns, but counts for nothing until the catalogue
    names it.
    """
    parts = [[*one.parts, *_late(one, rejects)] for one in staged]
    own = [(one, part) for one, its in zip(staged, parts, strict=True) for part in its]
    settle_all([*(one.folder / part.path for one, part in own), *(one.folder / one.original for one in staged)])
    placed = [[replace(part, path=_home(part, number)) for number, part in enumerate(its)] for its in parts]
    targets = [lake / part.path for its in placed for part in its]
    for (one, part), target in zip(own, targets, strict=True):
        move(one.folder / part.path, target)
    for one in staged:
        move(one.folder / one.original, lake / "originals" / one.original)
    rooms = [room for room in (lake / "records", lake / "originals") if room.is_dir()]  # a file without rows has no records
    settle_all([lake, *rooms, *(target.parent for target in targets)] if staged else [])
    return placed


def _late(staged: StagedBatch, rejects: pl.DataFrame | None) -> list[Part]:
    if rejects is None:
        return []
    late = rejects.filter(pl.col("batch") == staged.batch.batch).select(pl.col(n).cast(k) for n, k in REJECTS.items())
    return [write_rows("rejects", late, staged.folder / "rejects-late.parquet", staged.batch.batch)] if late.height else []


def _home(part: Part, number: int) -> str:
    room = f"records/{part.table}" if part.role == "records" else part.role
    return f"{room}/{part.batch}-{number:05d}.parquet"
