"""Intake: from named paths to committed batches, every source row accounted for.

files → chunks staged beside the lake → duplicates and sightings judged over everything at once → one commit
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.chunk import SourceFile
from cutline.ingest.recognise import reader_of
from cutline.ingest.survey import survey
from cutline.pipeline.reading import IntakeOptions, batch_of, read_all
from cutline.pipeline.repeats import find_repeats
from cutline.pipeline.sightings import Read, find_sightings
from cutline.pipeline.stages import Progress, silent
from cutline.store.lake import Lake
from cutline.store.ownership import is_workspace
from cutline.store.records import BatchRecord, FileKey

Delivered = tuple[SourceFile, BatchRecord]
"""A file as it lies here, and what the lake calls it."""

COUNTS = ("read", "accepted", "merged", "duplicates", "rejected")


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
    if options.as_kind:
        reader_of(options.as_kind)  # before the first file: one that is known would never ask
    report = IntakeReport()
    found = survey(paths, is_workspace)
    report.refused += [{"file": error.where, "message": str(error)} for error in found.refused]
    new, repeated, purged = _sort_out(lake, found.files)
    report.refused += [{"file": error.where, "message": str(error)} for error in purged]
    read: list[Read] = []
    came: list[SourceFile] = []
    for k, (file, result) in enumerate(zip(new, read_all(new, options, lake.staging_folder), strict=True)):
        progress(f"reading {file.name}", k / len(new))
        if isinstance(result, Read):
            lake.adopt(result.staged)
            read.append(result)
            came.append(file)
        else:
            report.refused.append({"file": file.name, "message": result})
    staged = [one.staged for one in read]
    if staged:
        progress("telling repeats and sightings apart", 0.95)
        with ThreadPoolExecutor(1) as aside:  # which rows repeat is asked late by those who look for sightings
            repeats = aside.submit(find_repeats, lake, staged)
            merging = find_sightings(lake, read, lambda: repeats.result()[0])
        hidden, rejects = repeats.result()
        lake.commit(staged, pl.concat([hidden, merging.hidden]), rejects, merging.judged)
    _tell(report, lake, list(zip(came, (s.batch for s in staged), strict=True)), repeated)
    return report


def _sort_out(lake: Lake, files: Sequence[SourceFile]) -> tuple[list[SourceFile], list[Delivered], list[SourceError]]:
    """Tell files that are new from those that the lake has, or that stand twice in this very call, or that were purged."""
    new: dict[FileKey, SourceFile] = {}
    repeated: list[Delivered] = []
    purged: list[SourceError] = []
    told = [batch_of(file, "") for file in files]
    known, gone = lake.known_files([said.file_key for said in told]), lake.purged_on([said.batch for said in told])
    for file, said, held, day in zip(files, told, known, gone, strict=True):
        if held is not None:
            repeated.append((file, held))
        elif said.file_key in new:
            repeated.append((file, said))
        elif day is not None:
            purged.append(SourceError(file.name, f"it was deleted on {day} because its time had come", *_NOT_AGAIN))
        else:
            new[said.file_key] = file
    return list(new.values()), repeated, purged


_NOT_AGAIN = ("a delivery that may still be held", "if there is a new legal basis, let the institution deliver anew")


def _tell(report: IntakeReport, lake: Lake, new: Sequence[Delivered], repeated: Sequence[Delivered]) -> None:
    known = {row["batch"]: row for row in lake.batches().to_dicts()}
    above = _shared_folder([file.path for file, _ in (*new, *repeated)])
    for file, batch in new:
        row = known[batch.batch]
        counts = {name: int(row[name]) for name in COUNTS}
        report.files.append(_line(batch, row["kind"], counts, file.path.relative_to(above)))
    for file, batch in repeated:
        if batch.batch not in known:
            report.refused.append(
                {"file": batch.file_name, "message": f"{batch.file_name}: the same bytes as a file refused here"}
            )
            continue
        row = known[batch.batch]
        read, rejected = int(row["read"]), int(row["rejected"])
        seen = {"read": read, "accepted": 0, "merged": 0, "duplicates": read - rejected, "rejected": rejected}
        report.files.append(_line(batch, row["kind"], seen, file.path.relative_to(above)))
    report.files.sort(key=lambda f: (f["deliverer"], f["file"]))
    report.zone_assumed = sorted({b.zone for _, b in new if b.zone_assumed})


def _shared_folder(paths: Sequence[Path]) -> Path:
    """Give the nearest folder above all files: below it their paths tell them apart."""
    return Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()


def _line(batch: BatchRecord, kind: str, counts: dict[str, int], path: Path) -> dict[str, Any]:
    told = {"file": batch.file_name, "path": path.as_posix(), "deliverer": batch.deliverer}
    return {**told, "kind": kind, "batch": batch.batch, **counts}
