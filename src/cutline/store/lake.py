"""The lake: every accepted row as an immutable record, what hides which, and the events that remain visible.

Decisions. One source file of one deliverer is one batch; its rows are Parquet parts that are never changed, only added or, past
`delete_by`, deleted. That a record duplicates or merges into another is a row in the catalogue (`sightings.py`), so that a
later sighting or a purge changes which record speaks for an event without rewriting any. A file belongs to the lake exactly if
the catalogue names it; everything else is swept when the lake is opened, so that a killed ingest leaves nothing.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import UsageError, WorkspaceError
from cutline.model.evidence import Citation
from cutline.model.moments import to_us
from cutline.store import purging, reading, views
from cutline.store.catalogue import FILE, Catalogue
from cutline.store.checks import Check, check_lake
from cutline.store.citing import Citer, original_rows
from cutline.store.coverage import Covered
from cutline.store.finding import find_events
from cutline.store.originals import ExtractRows, open_kept
from cutline.store.ownership import Ownership, write_version, written_version
from cutline.store.purging import PurgeSummary
from cutline.store.records import BatchRecord, FileKey
from cutline.store.sightings import count, hide, part_again
from cutline.store.snapshots import publish
from cutline.store.staging import StagedBatch, place_all
from cutline.store.standing import Standing


class Lake:
    """The open lake of a workspace; one process holds it. Use it as a context, or close it."""

    def __init__(self, folder: Path, ownership: Ownership, catalogue: Catalogue) -> None:
        self._folder = folder
        self._ownership = ownership
        self._catalogue = catalogue
        self._staging = folder / "staging" / secrets.token_hex(8)
        self._staged: dict[str, StagedBatch] = {}
        self._now = self.standing()

    @classmethod
    def open(cls, folder: Path) -> Lake:
        """Open the lake in a workspace's folder, create it where there is none, sweep what an interrupted ingest left.

        Raises WorkspaceVersionError, WorkspaceLockedError, or WorkspaceError where the folder holds something else.
        """
        version = written_version(folder)
        if version is None and not (folder / FILE).exists():
            foreign = next((room for room in purging.ROOMS if any((folder / room).glob("*"))), None)
            if foreign:
                raise WorkspaceError(
                    f"{folder}: has a folder `{foreign}` but no {FILE}; expected a workspace or an empty folder"
                )
        if version is not None and not (folder / FILE).exists():
            raise WorkspaceError(
                f"{folder / FILE}: the catalogue is missing; restore it from a backup, the records are of no use without it"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"{folder}: {error.strerror}; expected a folder that this user may create and write"
            ) from error
        ownership = Ownership(folder)
        try:
            catalogue = Catalogue(folder)
            purging.finish_purge(folder, catalogue)
            if version is None:
                write_version(folder)
        except BaseException:
            ownership.release()
            raise
        return cls(folder, ownership, catalogue)

    def close(self) -> None:
        """Close the lake and let others open it; batches that were not committed are gone."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._catalogue.close()
        self._ownership.release()

    def __enter__(self) -> Lake:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def generation(self) -> int:
        """Rises with every commit and purge: equal generations have equal events."""
        return self._catalogue.meta("generation") or 0

    # Coming in

    def batches(self) -> pl.DataFrame:
        """Give all batches with what they rest on and their counts: read = accepted + merged + duplicates + rejected."""
        return self._catalogue.ask(
            "SELECT * EXCLUDE (no, original, tables, rejected_reading) FROM batches ORDER BY deliverer, file_name, batch"
        )

    def known_file(self, sha256: str, deliverer: str, chain: str = "") -> BatchRecord | None:
        """Give the batch that a file became, in the lake or staged since it was opened; None for a new file."""
        return self.known_files([(sha256, deliverer, chain)])[0]

    def known_files(self, keys: Sequence[FileKey]) -> list[BatchRecord | None]:
        """Give for each of many files what `known_file` gives for one."""
        staged = {one.batch.file_key: one.batch for one in self._staged.values() if one.folder.exists()}
        return [staged.get(key) or held for key, held in zip(keys, self._catalogue.files(keys), strict=True)]

    def purged_on(self, batches: Sequence[str]) -> list[date | None]:
        """Say when batches were purged; None where one never was."""
        return purging.purged_on(self._catalogue, batches)

    def stage(self, batch: BatchRecord, source: Path) -> StagedBatch:
        """Begin to bring in a file as a batch of its own; copies the original. Nobody sees it before `commit`."""
        if self.known_file(batch.sha256, batch.deliverer, batch.chain) is not None:
            raise UsageError(
                f"{batch.file_name}: {batch.deliverer} has delivered this very file before; ask `known_file` first"
            )
        return self.adopt(StagedBatch.begin(batch, self.staging_folder(batch.batch), source))

    def staging_folder(self, batch: str) -> Path:
        """Say where a batch may be filled, by this process or another, before it is adopted."""
        return self._staging / batch

    def adopt(self, staged: StagedBatch) -> StagedBatch:
        """Take in a batch that was begun in its staging folder; `commit` may then make it visible."""
        self._staged[staged.batch.batch] = staged
        return staged

    def known_keys(self, kind: str, deliverer: str, among: pl.Series | None = None) -> pl.DataFrame | None:
        """Give keys of committed batches (batch, row, key, content), all or those with a key `among`; None before the first."""
        return reading.known_keys(self._folder, self._catalogue, kind, deliverer, among)

    def staged_keys(self, staged: Sequence[StagedBatch]) -> pl.DataFrame:
        """Give the keys of staged batches: batch, row, key, content."""
        return reading.staged_keys(staged)

    def staged_records(self, staged: Sequence[StagedBatch], table: str, columns: Sequence[str]) -> pl.DataFrame:
        """Give staged rows of a table: batch, row and the columns asked for."""
        return reading.staged_records(staged, table, columns)

    def records_between(self, table: str, columns: Sequence[str], from_at: datetime, to_at: datetime) -> pl.DataFrame:
        """Give committed records in a span of time, both ends included.

        Columns: batch, row, those asked for, into_batch, into_row, how (null where visible), visible.
        """
        span = (to_us(from_at), to_us(to_at))
        return reading.records_between(self._folder, self._catalogue, table, columns, span)

    def records_with_transaction_ids(self, table: str, columns: Sequence[str], ids: pl.Series) -> pl.DataFrame:
        """Give committed records with one of the transaction ids; columns as of `records_between`."""
        return reading.records_with_transaction_ids(self._folder, self._catalogue, table, columns, ids)

    def commit(
        self,
        staged: Sequence[StagedBatch],
        hidden: pl.DataFrame | None = None,
        rejects: pl.DataFrame | None = None,
        judged: pl.DataFrame | None = None,
    ) -> None:
        """Make staged batches part of the lake, all of them in one step or none.

        `hidden` (columns of `sightings.HIDDEN`) says which records, new or old, belong to another; an old one may get a new
        visible record. `judged` (table, batch, row) are old records whose merging was judged anew: without a place in `hidden`
        they are visible again. `rejects` (batch and the columns of `records.REJECTS`) are those found only now: one for each
        row hidden as conflicting. Counts follow from all of them.
        """
        for one in staged:
            one.seal()
        try:
            placed = place_all(self._folder, staged, rejects)
            with self._catalogue.transaction():
                self._catalogue.add_batches(staged)
                self._catalogue.add_parts([part for parts in placed for part in parts])
                touched = [one.batch.batch for one in staged]
                if judged is not None and judged.height:
                    touched += part_again(self._catalogue, judged)
                if hidden is not None and hidden.height:
                    hide(self._catalogue, hidden)
                    touched += hidden["batch"].unique().to_list()
                count(self._catalogue, touched)
                self._catalogue.set_meta("generation", self.generation + 1)
        except BaseException:
            purging.sweep(self._folder, self._catalogue)
            self._staged.clear()
            raise
        for one in staged:
            one.discard()
            self._staged.pop(one.batch.batch, None)
        self._now = self.standing()

    # Going out

    def standing(self, known_by: datetime | None = None) -> Standing:
        """Give the lake as it stood when only what had been received until `known_by` was known; None: as it stands."""
        return Standing(self._folder, self._catalogue, Citer(self._folder), known_by)

    def events(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Give a table's events in (occurred_at, deliverer, event_id) order, with `occurred_at` and the columns asked for.

        Entity and category columns (and `batch`) are dictionary-encoded, each with one dictionary of just the values that
        occur. What the visible record does not know comes from its merged sightings. Memory: about 10 bytes a record and
        column at the peak.
        """
        return self._now.events(table, columns)

    def count_events(self, table: str) -> int:
        """Say how many events a table has, without reading their columns."""
        return len(self._now.order(table))

    def keep_orders(self) -> None:
        """Keep the order of the tables read so far, and where ids stand, so that the next process need not look for them."""
        self._now.keep_orders()

    def cite(self, table: str, positions: NDArray[np.int64]) -> list[Citation]:
        """Give the sources of events by their positions in `events(table, …)`; a merged event cites all its sightings.

        Raises UsageError where the table's events have not been read since the lake last changed: positions would be others.
        """
        return self._now.cite(table, positions)

    def known(self, table: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give when events were first reported to us, in microseconds, by their positions in `events(table, …)`."""
        return self._now.known(table, positions)

    def came_with(self, table: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the number of the batch with which events first came in; what came later has a higher one, whatever its date."""
        return self._now.came_with(table, positions)

    def numbers(self) -> dict[str, int]:
        """Give the number of each batch."""
        return dict(self._catalogue.ask("SELECT batch, no FROM batches").iter_rows())

    @property
    def last_number(self) -> int:
        """The number of the batch that came in last, purged or not; 0 before the first."""
        return self._catalogue.meta("last_no") or 0

    def find_events(self, table: str, ids: pl.Series) -> pl.DataFrame:
        """Give (id, position in `events(table, …)`) of events that a source calls by one of the ids, or that share one."""
        return find_events(self._folder, self._now.order(table), ids, self._now.registers(table))

    def rows_about(
        self,
        table: str,
        column: str | Sequence[str],
        entities: Collection[str],
        columns: Sequence[str],
        batches: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Give what the records of a table (of some `batches`) say of some entities that a column, or one of several, names."""
        parts = [part for part in self._now.parts(table) if batches is None or part.batch in batches]
        sides = [column] if isinstance(column, str) else column
        return self._now.rows_about(table, sides, entities, columns, parts)

    def coverage(self) -> dict[str, Covered]:
        """Give from when to when each delivered table is covered: as declared, else first and last day of the kind."""
        return self._now.coverage()

    def coverage_of_houses(self) -> dict[str, dict[str, Covered]]:
        """Give coverage by the beginnings of ids, where only some institutions deliver; the longest beginning counts."""
        return self._now.coverage_of_houses()

    def arrivals(self) -> dict[str, dict[str, tuple[tuple[int, int], ...]]]:
        """Give by table and beginning of ids (empty: all) until when it was covered since when: (covered to, received)."""
        return self._now.arrivals()

    def rejects(self, batch: str | None = None) -> pl.DataFrame:
        """Give rejected rows (of one batch): batch, file_name, deliverer, kind, row, field, found, expected, original."""
        return reading.read_rejects(self._folder, self._catalogue, batch)

    def open_original(self, batch: str) -> BinaryIO:
        """Open the file of a batch, byte for byte as it was delivered."""
        found = self._catalogue.batch_records([batch])
        if batch not in found:
            raise UsageError(f"batch {batch} is not in the lake: it was purged, or belongs to another workspace")
        return open_kept(self._folder / "originals" / found[batch][1])

    def originals(self, citations: Sequence[Citation], extract: ExtractRows) -> list[dict[str, str]]:
        """Give the cited source rows in their original spelling; `extract` finds rows by number in a file of a kind."""
        return original_rows(self._folder, self._catalogue, citations, extract)

    # Views

    def save_view(self, name: str, frame: pl.DataFrame) -> None:
        """Replace one view."""
        self.save_views({name: frame})

    def save_views(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Replace several views in one step: findings, scores, rings, alerts and what else can be computed again."""
        views.save_views(self._folder, self._catalogue, frames)

    def view(self, name: str) -> pl.DataFrame | None:
        """Give a view as last saved; None where there is none (never computed, or dropped by a purge)."""
        return views.read_view(self._folder, self._catalogue, name)

    def view_generation(self, name: str) -> int | None:
        """Say from which state of the lake a view was computed; equal to `generation`: it is up to date."""
        found = self._catalogue.ask("SELECT generation FROM views WHERE name = ?", [name])
        return int(found.item()) if found.height else None

    def save_files(self, name: str, write: Callable[[Path], None]) -> None:
        """Replace a view that is a folder of files; `write` fills it."""
        views.save_files(self._folder, self._catalogue, name, write)

    def find_files(self, name: str) -> Path | None:
        """Give the folder of such a view; None where there is none that was made of the lake as it stands."""
        return views.find_files(self._folder, self._catalogue, name)

    def drop_views(self) -> None:
        """Throw all views away."""
        views.drop_views(self._folder, self._catalogue)

    # Care

    def purge(self, today: date) -> PurgeSummary:
        """Delete every batch whose `delete_by` is before today, everywhere; leave a hashed tombstone of each.

        Raises UsageError while batches are staged: they are neither in the lake nor out of it.
        """
        if any(one.folder.exists() for one in self._staged.values()):
            raise UsageError("a purge while batches are staged; commit or discard them first")
        summary = purging.purge_batches(self._folder, self._catalogue, today)
        self._now = self.standing()
        return summary

    def tombstones(self) -> pl.DataFrame:
        """Give what is known of purged batches: digest, purged_on, reason."""
        return self._catalogue.ask("SELECT * FROM tombstones ORDER BY purged_on, digest")

    def snapshot(self, folder: Path) -> list[Path]:
        """Publish the events of every table as Parquet that other tools may read; a purge deletes these files again."""
        return publish(self._catalogue, self.events, folder)

    def doctor(self, *, thorough: bool = True) -> list[Check]:
        """Check files, originals, counts and sightings; without `thorough` sizes stand for hashes."""
        return check_lake(self._folder, self._catalogue, thorough=thorough)
