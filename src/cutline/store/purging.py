"""The end of a batch: past its `delete_by` nothing of it remains but a hash that shows it was here and is gone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from cutline.store.catalogue import Catalogue
from cutline.store.sightings import count, forget

REASON = "delete_by"

ROOMS = ("records", "keys", "rejects", "originals", "views", "staging")
"""The folders of a workspace in which everything is the lake's own: what the catalogue does not name is removed there."""


@dataclass(frozen=True, slots=True)
class PurgeSummary:
    """What a purge removed: batches, their source rows, files, and the published snapshots that held their events."""

    batches: int
    rows: int
    files: int
    snapshots: tuple[str, ...] = ()


def purge_batches(folder: Path, catalogue: Catalogue, today: date) -> PurgeSummary:
    """Delete every batch whose `delete_by` lies before today; events that others also saw stay through their sightings.

    Gone are records, keys, rejects, the original file (unless another batch holds the same bytes), every view and published
    snapshot, and, by writing the catalogue anew, what DuckDB kept of them. Killed half-way, it is finished by the next
    opening. Blocks that a disk keeps after a file is deleted are the disk encryption's business.
    """
    due = catalogue.ask(
        "SELECT no, batch, sha256, read, accepted, merged, duplicates, rejected FROM batches WHERE delete_by < ?", [today]
    )
    if not due.height:
        return PurgeSummary(0, 0, 0)
    published = tuple(sorted(catalogue.ask("SELECT path FROM snapshots")["path"].to_list()))
    before = catalogue.paths()
    with catalogue.transaction():
        for row in due.rows(named=True):
            catalogue.run("INSERT INTO tombstones VALUES (?, ?, ?)", [tombstone(row), today, REASON])
            catalogue.run("INSERT INTO forgotten VALUES (?, ?)", [_digest(str(row["batch"])), today])
        catalogue.run("CREATE OR REPLACE TEMP TABLE purged AS SELECT no FROM due", due=due.select("no"))
        forget(catalogue)
        catalogue.run("DELETE FROM parts WHERE batch IN (SELECT batch FROM due)", due=due.select("batch"))
        catalogue.run("DELETE FROM batches WHERE no IN (SELECT no FROM purged)")
        catalogue.run("DELETE FROM views")
        count(catalogue)
        catalogue.set_meta("compaction_due", 1)
        catalogue.set_meta("generation", (catalogue.meta("generation") or 0) + 1)
    finish_purge(folder, catalogue)
    gone = before - catalogue.paths()
    return PurgeSummary(due.height, int(due["read"].sum()), len(gone), published)


def purged_on(catalogue: Catalogue, batches: Sequence[str]) -> list[date | None]:
    """Say when batches of these ids were last purged; None where none was."""
    asked = pl.DataFrame({"digest": [_digest(batch) for batch in batches]}, schema={"digest": pl.String()})
    found = catalogue.ask("SELECT digest, max(purged_on) FROM forgotten SEMI JOIN asked USING (digest) GROUP BY 1", asked=asked)
    days = dict(found.iter_rows())
    return [days.get(digest) for digest in asked["digest"]]


def finish_purge(folder: Path, catalogue: Catalogue) -> None:
    """Remove files that the catalogue does not name, and, after a purge, published snapshots and the catalogue's own traces."""
    sweep(folder, catalogue)
    if catalogue.meta("compaction_due"):
        for path in catalogue.ask("SELECT path FROM snapshots")["path"].to_list():
            Path(path).unlink(missing_ok=True)
        with catalogue.transaction():
            catalogue.run("DELETE FROM snapshots")
        catalogue.compact()


def sweep(folder: Path, catalogue: Catalogue) -> list[str]:
    """Remove files that no commit made part of the lake, and give their paths."""
    known = catalogue.paths()
    gone = []
    for room in ROOMS:
        for home, _, files in os.walk(folder / room, topdown=False):  # pathlib takes a second for what stands in a large lake
            where = Path(home).relative_to(folder).as_posix()
            unknown = [path for path in (f"{where}/{name}" for name in sorted(files)) if path not in known]
            for path in unknown:
                (folder / path).unlink()
            gone += unknown
            if where != room and not any(Path(home).iterdir()):
                Path(home).rmdir()
    return gone


def _digest(batch: str) -> str:
    """Hash a batch's id, itself a hash of the file: it tells the same file again, and nobody can guess the file from it."""
    return hashlib.sha256(f"purged\0{batch}".encode()).hexdigest()


def tombstone(row: dict[str, object]) -> str:
    """Hash what a batch was, so that whoever still knows it can show that it was here, and nobody can learn it from this."""
    said = [row[name] for name in ("batch", "sha256", "read", "accepted", "merged", "duplicates", "rejected")]
    return hashlib.sha256("\0".join(str(value) for value in said).encode()).hexdigest()
