"""Intake: from named paths to committed batches, every source row accounted for.

files → chunks staged beside the lake → duplicates and sightings judged over everything at once → one commit
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.chunk import SourceFile
from cutline.ingest.delivery import discover, received_at
from cutline.ingest.recognise import recognise
from cutline.pipeline.repeats import find_repeats
from cutline.pipeline.sightings import find_sightings
from cutline.pipeline.stages import Progress, silent
from cutline.store.lake import Lake
from cutline.store.records import BatchRecord
from cutline.store.staging import StagedBatch

COUNTS = ("read", "accepted", "merged", "duplicates", "rejected")


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to read: `as_kind` instead of recognising, `mapping` for a format of nobody's."""

    as_kind: str = ""
    mapping: Path | None = None


@dataclass(slots=True)
class IntakeReport:
    """What one call read: a line for each file, and the files refused. read = accepted + merged + duplicates + rejected."""

    files: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    zone_assumed: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The sums over all files."""
        return {name: sum(f[name] for f in self.files) for name in COUNTS}

    def plain(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {**self.counts, "files": self.files, "refused": self.refused, "zone_assumed": self.zone_assumed}


def take_in(lake: Lake, paths: Sequence[Path], options: IntakeOptions, progress: Progress = silent) -> IntakeReport:
    """Read files and folders into the lake: all that can be read in one commit, or nothing of it.

    A file that cannot be read is refused by name and stops no other. A file that was read before changes nothing.
    """
    report = IntakeReport()
    files = discover(paths)
    staged: list[StagedBatch] = []
    repeated: list[BatchRecord] = []
    for k, file in enumerate(files):
        progress(f"reading {file.name}", k / max(1, len(files)))
        known = lake.known_file(file.sha256, file.delivery.source)
        if known is not None:
            repeated.append(known)
            continue
        try:
            staged.append(_stage(lake, file, options))
        except SourceError as error:
            report.refused.append({"file": file.name, "message": str(error)})
    progress("telling repeats and sightings apart", 0.95)
    if staged:
        repeats, rejects = find_repeats(lake, staged)
        hidden = pl.concat([repeats, find_sightings(lake, staged, repeats)])
        lake.commit(staged, hidden, rejects)
    _tell(report, lake, [s.batch for s in staged], repeated)
    return report


def _stage(lake: Lake, file: SourceFile, options: IntakeOptions) -> StagedBatch:
    reader = recognise(file, options.as_kind or None, options.mapping)
    delivery = file.delivery
    batch = BatchRecord(
        sha256=file.sha256,
        file_name=file.name,
        deliverer=delivery.source,
        department=delivery.department,
        kind=reader.kind,
        received_at=received_at(file),
        zone=delivery.zone,
        zone_assumed=delivery.zone_assumed,
        legal_basis=delivery.legal_basis,
        purpose=delivery.purpose,
        delete_by=delivery.delete_by,
        covers_from=delivery.covers_from,
        covers_to=delivery.covers_to,
        answers=delivery.answers,
    )
    with lake.stage(batch, file.path) as staged:
        for chunk in reader.read(file):
            staged.append(chunk.tables, chunk.keys, chunk.rejects)
    return staged


def _tell(report: IntakeReport, lake: Lake, new: Sequence[BatchRecord], repeated: Sequence[BatchRecord]) -> None:
    known = {row["batch"]: row for row in lake.batches().to_dicts()}
    report.files += [_line(batch, {name: int(known[batch.batch][name]) for name in COUNTS}) for batch in new]
    for batch in repeated:
        read, rejected = (int(known[batch.batch][name]) for name in ("read", "rejected"))
        seen = {"read": read, "accepted": 0, "merged": 0, "duplicates": read - rejected, "rejected": rejected}
        report.files.append(_line(batch, seen))
    report.files.sort(key=lambda f: (f["deliverer"], f["file"]))
    report.zone_assumed = sorted({b.zone for b in new if b.zone_assumed})


def _line(batch: BatchRecord, counts: dict[str, int]) -> dict[str, Any]:
    return {"file": batch.file_name, "deliverer": batch.deliverer, "kind": batch.kind, "batch": batch.batch, **counts}
