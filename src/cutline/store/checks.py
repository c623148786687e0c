"""Does the lake still hold what its catalogue says? Each answer names what to do next."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import zstandard

from cutline.store.catalogue import Catalogue
from cutline.store.durable import digest
from cutline.store.originals import open_kept
from cutline.store.records import Part

_RESTORE = "restore the file from a backup, or delete the workspace and ingest again"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, whether it is right, and what was found."""

    name: str
    good: bool
    found: str


def check_lake(folder: Path, catalogue: Catalogue, *, thorough: bool) -> list[Check]:
    """Check files, counts and sightings; `thorough` reads every byte and compares hashes."""
    parts = [p for role in ("keys", "rejects") for p in catalogue.parts(role)]
    tables = catalogue.ask("SELECT DISTINCT \"table\" AS name FROM parts WHERE role = 'records' ORDER BY name")[
        "name"
    ].to_list()
    parts += [p for table in tables for p in catalogue.parts("records", table)]
    checks = [_files(folder, parts, thorough=thorough), _originals(folder, catalogue, thorough=thorough)]
    return [*checks, _counts(catalogue), _rows(folder, catalogue, parts), _chains(catalogue)]


def _files(folder: Path, parts: list[Part], *, thorough: bool) -> Check:
    wrong = []
    for part in parts:
        path = folder / part.path
        if not path.exists():
            wrong.append(f"{part.path} is missing")
        elif path.stat().st_size != part.bytes or (thorough and digest(path) != part.sha256):
            wrong.append(f"{part.path} was changed")
    return _check("files", wrong, f"{len(parts)} files as written", _RESTORE)


def _originals(folder: Path, catalogue: Catalogue, *, thorough: bool) -> Check:
    kept = catalogue.ask("SELECT DISTINCT sha256, original FROM batches ORDER BY sha256")
    wrong = []
    for sha256, name in kept.iter_rows():
        if not (folder / "originals" / name).exists():
            wrong.append(f"originals/{name} is missing")
        elif thorough and _delivered_hash(folder / "originals" / name) != sha256:
            wrong.append(f"originals/{name} is not the file that was delivered")
    return _check("originals", wrong, f"{kept.height} originals kept", _RESTORE)


def _delivered_hash(path: Path) -> str:
    hasher = hashlib.sha256()
    try:
        with closing(open_kept(path)) as file:
            while block := file.read(1 << 20):
                hasher.update(block)
    except (OSError, zstandard.ZstdError):
        return "unreadable"
    return hasher.hexdigest()


def _counts(catalogue: Catalogue) -> Check:
    wrong = catalogue.ask(
        "SELECT file_name FROM batches WHERE read <> accepted + merged + duplicates + rejected OR accepted < 0"
    )
    total = catalogue.ask("SELECT count(*) AS n, coalesce(sum(read), 0)::BIGINT AS read FROM batches").row(0)
    text = f"{total[0]} batches, {total[1]} rows read = accepted + merged + duplicates + rejected"
    return _check("counts", [f"{n}: counts do not add up" for n in wrong["file_name"].to_list()], text, _RESTORE)


def _rows(folder: Path, catalogue: Catalogue, parts: list[Part]) -> Check:
    wrong = []
    for part in parts:
        path = folder / part.path
        if path.exists():
            try:
                rows = pq.read_metadata(path).num_rows
            except (OSError, ValueError):
                rows = -1
            if rows != part.rows:
                wrong.append(f"{part.path} has {rows} rows, expected {part.rows}")
    keys = catalogue.ask(
        """WITH keys AS (SELECT batch, sum("rows") AS n FROM parts WHERE role = 'keys' GROUP BY batch)
        SELECT file_name FROM batches LEFT JOIN keys USING (batch) WHERE coalesce(n, 0) <> read - rejected_reading"""
    )
    wrong += [f"{name}: fewer or more keys than rows read" for name in keys["file_name"].to_list()]
    return _check("rows", wrong, f"{sum(p.rows for p in parts if p.role == 'records')} records", _RESTORE)


def _chains(catalogue: Catalogue) -> Check:
    lost = catalogue.ask(
        """SELECT s."row" FROM sightings s JOIN sightings p ON s.into_no = p.no AND s.into_row = p."row"
        AND (p."table" = s."table" OR p."table" = '') WHERE p.into_no IS NOT NULL"""
    ).height
    lost += catalogue.ask("SELECT 1 FROM sightings WHERE no NOT IN (SELECT no FROM batches)").height
    total = int(catalogue.ask("SELECT count(*) AS n FROM sightings").item())
    wrong = [f"{lost} sightings lead to no visible record"] if lost else []
    return _check("sightings", wrong, f"{total} sightings lead to visible records", _RESTORE)


def _check(name: str, wrong: list[str], right: str, next_step: str) -> Check:
    if not wrong:
        return Check(name, good=True, found=right)
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Check(name, good=False, found=f"{'; '.join(wrong[:3])}{more}: {next_step}")
