"""The catalogue: which batches, files, sightings and views make up the lake. All of the lake's SQL on state stands here.

A file is part of the lake exactly if the catalogue names it, so one transaction makes a whole ingest visible or leaves the
lake as it was. It holds numbers, hashes and what deliveries say of themselves; records stand in Parquet.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import polars as pl

from cutline.errors import WorkspaceError, WorkspaceVersionError
from cutline.store.durable import settle
from cutline.store.ownership import SCHEMA_VERSION
from cutline.store.records import BatchRecord, FileKey, Part
from cutline.store.staging import StagedBatch

FILE = "lake.duckdb"

_TABLES = {
    "meta": "name VARCHAR, value BIGINT",
    "batches": """no INTEGER, batch VARCHAR, sha256 VARCHAR, file_name VARCHAR, deliverer VARCHAR, department VARCHAR,
        kind VARCHAR, received_at TIMESTAMPTZ, zone VARCHAR, zone_assumed BOOLEAN, legal_basis VARCHAR, purpose VARCHAR,
        delete_by DATE, covers_from TIMESTAMPTZ, covers_to TIMESTAMPTZ, answers VARCHAR, original VARCHAR, tables VARCHAR[],
        read BIGINT, accepted BIGINT, merged BIGINT, duplicates BIGINT, rejected BIGINT, rejected_reading BIGINT,
        chain VARCHAR""",
    "parts": """batch VARCHAR, role VARCHAR, "table" VARCHAR, path VARCHAR, "rows" BIGINT, columns VARCHAR[], sha256 VARCHAR,
        bytes BIGINT, deliverer VARCHAR, from_us BIGINT, to_us BIGINT""",
    "sightings": '"table" VARCHAR, no INTEGER, "row" BIGINT, into_no INTEGER, into_row BIGINT, how VARCHAR',
    "views": "name VARCHAR, path VARCHAR, generation BIGINT",
    "snapshots": "path VARCHAR",
    "tombstones": "digest VARCHAR, purged_on DATE, reason VARCHAR",
    "forgotten": "digest VARCHAR, purged_on DATE",
}
_RECORD = [f.name for f in fields(BatchRecord)]
_PART = [f.name for f in fields(Part)]
_NULLABLE = {
    "delete_by": pl.Date(),
    "covers_from": pl.Datetime("us", "UTC"),
    "covers_to": pl.Datetime("us", "UTC"),
    "tables": pl.List(pl.String()),
}


class Catalogue:
    """The open DuckDB file. One process holds it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._asking = Lock()
        self._connection = self._connect(self._path)
        with self.transaction():
            for name, columns in _TABLES.items():
                self.run(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
            self.run("ALTER TABLE batches ADD COLUMN IF NOT EXISTS chain VARCHAR")  # lakes from before files were told by chain
            if self.meta("schema_version") is None:
                self.set_meta("schema_version", SCHEMA_VERSION)
        version = self.meta("schema_version") or 0
        if version > SCHEMA_VERSION:
            self.close()
            raise WorkspaceVersionError(
                f"{self._path}: written with layout {version}, this program knows up to {SCHEMA_VERSION}; update cutline"
            )

    def _connect(self, path: Path) -> Any:
        config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": "1GB",
        }
        try:
            connection = duckdb.connect(str(path), config={**config, "temp_directory": str(path.parent / "staging" / "spill")})
        except duckdb.Error as error:
            raise WorkspaceError(
                f"{path}: {str(error).splitlines()[0]}; expected the lake's catalogue: restore it from a backup"
            ) from error
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def close(self) -> None:
        """Write everything into the one file and close it."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is on disk afterwards, or did not happen."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, values: Sequence[Any] = (), **frames: pl.DataFrame) -> None:
        """Execute a statement; `frames` can be named in it as tables."""
        for name, frame in frames.items():
            self._connection.register(name, frame.to_arrow())
        try:
            self._connection.execute(sql, list(values))
        finally:
            for name in frames:
                self._connection.unregister(name)

    def ask(self, sql: str, values: Sequence[Any] = (), **frames: pl.DataFrame) -> pl.DataFrame:
        """Execute a query and give its rows; `frames` can be named in it as tables. Threads take turns."""
        with self._asking:
            for name, frame in frames.items():
                self._connection.register(name, frame.to_arrow())
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter(
                        "ignore", UserWarning
                    )  # prepared queries go through the DB-API, whose extra copy is small
                    table = self._connection.execute(sql, list(values)).to_arrow_table()
            finally:
                for name in frames:
                    self._connection.unregister(name)
        return pl.DataFrame(pl.from_arrow(table))

    def meta(self, name: str) -> int | None:
        """Read one of the lake's own numbers."""
        found = self.ask("SELECT value FROM meta WHERE name = ?", [name])["value"]
        return int(found.item()) if len(found) else None

    def set_meta(self, name: str, value: int) -> None:
        """Set one of the lake's own numbers."""
        self.run("DELETE FROM meta WHERE name = ?", [name])
        self.run("INSERT INTO meta VALUES (?, ?)", [name, value])

    def files(self, keys: Sequence[FileKey]) -> list[BatchRecord | None]:
        """Give the batches that files of deliverers became; one from before chains were noted is of any chain."""
        wanted = pl.DataFrame({"sha256": list({sha256 for sha256, _, _ in keys})}, schema={"sha256": pl.String()})
        held: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.ask("SELECT * FROM batches SEMI JOIN wanted USING (sha256)", wanted=wanted).to_dicts():
            held.setdefault((row["sha256"], row["deliverer"]), []).append(row)
        return [
            next((_record(row) for row in held.get((sha256, deliverer), ()) if row["chain"] in (None, chain)), None)
            for sha256, deliverer, chain in keys
        ]

    def batch_records(self, batches: Sequence[str]) -> dict[str, tuple[BatchRecord, str]]:
        """Give batches with the names of their kept originals, by batch id."""
        wanted = pl.DataFrame({"batch": list(batches)}, schema={"batch": pl.String()})
        found = self.ask("SELECT * FROM batches SEMI JOIN wanted USING (batch)", wanted=wanted)
        return {row["batch"]: (_record(row), row["original"]) for row in found.to_dicts()}

    def add_batches(self, staged: Sequence[StagedBatch]) -> None:
        """Enter batches; their counts follow with `sightings.count`."""
        last = self.meta("last_no") or 0
        rows = []
        for no, one in enumerate(staged, start=last + 1):
            said = {name: _plain(getattr(one.batch, name)) for name in _RECORD}
            kept = {"no": no, "batch": one.batch.batch, "original": one.original, "tables": sorted(one.tables)}
            rows.append({**said, **kept, "read": one.read, "rejected_reading": one.rejected})
        if rows:
            frame = pl.DataFrame(rows, schema_overrides=_NULLABLE, infer_schema_length=None)
            self.run("INSERT INTO batches BY NAME SELECT * FROM incoming", incoming=frame)
            self.set_meta("last_no", last + len(rows))

    def add_parts(self, parts: Sequence[Part]) -> None:
        """Enter files of batches."""
        rows = pl.DataFrame([{name: _plain(getattr(p, name)) for name in _PART} for p in parts], infer_schema_length=None)
        if parts:
            self.run("INSERT INTO parts BY NAME SELECT * FROM incoming", incoming=rows)

    def parts(self, role: str, table: str = "") -> list[Part]:
        """Give the files of one role (and table), in an order that does not depend on the order of loading."""
        found = self.ask(
            'SELECT * FROM parts WHERE role = ? AND "table" = ? ORDER BY deliverer, from_us, batch, path', [role, table]
        )
        return [Part(**{**row, "columns": tuple(row["columns"])}) for row in found.to_dicts()]

    def paths(self) -> set[str]:
        """Give every file that belongs to the lake, relative to its folder."""
        found = self.ask(
            "SELECT path FROM parts UNION ALL SELECT path FROM views UNION ALL SELECT 'originals/' || original FROM batches"
        )
        return set(found["path"].to_list())

    def compact(self) -> None:
        """Write the catalogue anew so that nothing of deleted rows is left in its file. Safe to be killed at any moment."""
        fresh = self._path.with_name(FILE + ".fresh")
        for left in (fresh, fresh.with_name(fresh.name + ".wal")):
            left.unlink(missing_ok=True)
        target = self._connect(fresh)
        for name, columns in _TABLES.items():
            target.execute(f"CREATE TABLE {name} ({columns})")
            target.from_arrow(self._connection.table(name).to_arrow_table()).insert_into(name)
        target.execute("DELETE FROM meta WHERE name = 'compaction_due'")
        target.execute("CHECKPOINT")
        target.close()
        self._connection.execute("CHECKPOINT")
        self._connection.close()
        # DuckDB would replay the old file's log into the fresh one; a clean close has emptied and removed it.
        if self._path.with_name(FILE + ".wal").exists():
            raise WorkspaceError(
                f"{self._path}.wal is still there after a clean close; open the workspace again to finish the purge"
            )
        settle(fresh)
        fresh.replace(self._path)
        settle(self._path.parent)
        self._connection = self._connect(self._path)


def _record(row: dict[str, Any]) -> BatchRecord:
    return BatchRecord(**{name: row[name] for name in _RECORD if name != "chain"}, chain=row["chain"] or "")


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return list(value)
        case datetime():
            return value.astimezone(UTC)
    return value
