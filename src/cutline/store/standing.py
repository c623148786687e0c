"""The lake as it stands, or as it stood at a moment: only what had been received by then, as it was understood then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.model.evidence import Citation
from cutline.model.moments import to_us
from cutline.store.catalogue import Catalogue
from cutline.store.citing import Citer
from cutline.store.columns import read_events
from cutline.store.coverage import Covered, Span, batch_spans, received_us, table_coverage, union
from cutline.store.events import EventOrder, known_of, least_of, order_events
from cutline.store.finding import rows_about
from cutline.store.houses import HOUSED, houses_covered
from cutline.store.orders import keep_orders, kept_order
from cutline.store.records import Part
from cutline.store.registers import REGISTERED, Register, keep_registers, kept_registers
from cutline.store.sightings import sightings_of

ANNOUNCED = frozenset({"movements", "ties", "facts", "tags"})
"""Tables whose rows may be told before they hold: a ticket is booked, a listing begins next week. What else is dated after the
moment at which the lake stood had not happened yet: a clock that is wrong must not tell the future."""


class Standing:
    """Events in order, with what was received, and had happened, until `known_by` (None: everything).

    Void once the lake changes.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, citer: Citer, known_by: datetime | None = None) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._citer = citer
        self._known_by = known_by
        self._orders: dict[str, EventOrder] = {}
        self._parts: dict[str, list[Part]] = {}
        self._registers: dict[str, dict[str, Register]] = {}
        self._houses: dict[str, dict[str, list[str]]] | None = None

    def events(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Give a table's events as of `Lake.events`. What a sighting tells that came later is not known yet."""
        return read_events(self._folder, self.order(table), columns)

    def cite(self, table: str, positions: NDArray[np.int64]) -> list[Citation]:
        """Give the sources of events by their positions in `events(table, …)`."""
        return self._citer.cite(self._read(table, "cite"), np.asarray(positions, np.int64))

    def known(self, table: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give when events were first reported to us, in microseconds, by their positions in `events(table, …)`."""
        return known_of(self._read(table, "known"), np.asarray(positions, np.int64))

    def came_with(self, table: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the number of the batch with which events first came in; numbers rise, and none is given twice."""
        numbers = dict(self._catalogue.ask("SELECT batch, no FROM batches").iter_rows())
        order = self._read(table, "came_with")
        return least_of(order, np.asarray(positions, np.int64), np.array([numbers[p.batch] for p in order.parts], np.int64))

    def coverage(self) -> dict[str, Covered]:
        """Give from when to when each delivered table is covered: as declared, else first and last day of the kind."""
        return table_coverage(batch_spans(self._catalogue, self._known_by))

    def coverage_of_houses(self) -> dict[str, dict[str, Covered]]:
        """Give for tables whose ids tell whose an entity is the coverage of ids that begin so; the longest beginning counts."""
        spans = batch_spans(self._catalogue, self._known_by)
        return {
            table: {house: union(spans[table, batch] for batch in batches) for house, batches in houses.items()}
            for table, houses in self._batches_of_houses(spans).items()
        }

    def arrivals(self) -> dict[str, dict[str, tuple[tuple[int, int], ...]]]:
        """Give by table and beginning of ids (empty: all) until when it was covered since when: (covered to, received)."""
        spans, received = batch_spans(self._catalogue, self._known_by), received_us(self._catalogue)
        every: dict[str, dict[str, list[str]]] = {}
        for table, batch in spans:
            every.setdefault(table, {}).setdefault("", []).append(batch)
        for table, houses in self._batches_of_houses(spans).items():
            every.setdefault(table, {}).update(houses)
        return {
            table: {house: _steps(spans, received, table, batches) for house, batches in houses.items()}
            for table, houses in every.items()
        }

    def _batches_of_houses(self, spans: Mapping[Span, Covered]) -> dict[str, dict[str, list[str]]]:
        if self._houses is None:
            self._houses = {}
            for table in HOUSED:
                parts = [p for p in self.parts(table) if (table, p.batch) in spans]
                houses = houses_covered(self._folder, table, parts) if parts else {}
                self._houses[table] = {house: sorted(batches) for house, batches in sorted(houses.items())}
        return self._houses

    def order(self, table: str) -> EventOrder:
        """Give the order of a table's events, made once."""
        if table not in self._orders:
            received, parts = received_us(self._catalogue), self.parts(table)
            kept = kept_order(self._folder, self._catalogue, table, parts, received) if self._known_by is None else None
            if kept is not None:
                self._orders[table] = kept
                return kept
            hidden = sightings_of(self._catalogue, table)
            if self._known_by is not None:
                hidden = as_known(hidden, _received_by(received, self._known_by))
            until = self._until(table)
            self._orders[table] = order_events(
                self._folder, table, parts, hidden, received, None if until is None else to_us(until)
            )
        return self._orders[table]

    def rows_about(
        self, table: str, sides: Sequence[str], entities: Collection[str], columns: Sequence[str], parts: Sequence[Part]
    ) -> pl.DataFrame:
        """Give what some of the table's parts say of some entities that one of the `sides` (columns) names."""
        found = rows_about(self._folder, parts, sides, entities, columns, self.registers(table))
        until = self._until(table)
        return found if until is None or not found.height else found.filter(pl.col("occurred_at") <= until)

    def _until(self, table: str) -> datetime | None:
        """Give until when what a table tells had happened; None where it may tell of what is still to come."""
        return None if table in ANNOUNCED else self._known_by

    def keep_orders(self) -> None:
        """Keep on disk the orders that were made, and registers, for later processes; of the lake as it stands only."""
        if self._known_by is None:
            keep_orders(self._folder, self._catalogue, self._orders)
            keep_registers(self._folder, self._catalogue)

    def parts(self, table: str) -> list[Part]:
        """Give the parts of a table's records that had been received, asked for once."""
        if table not in self._parts:
            parts = self._catalogue.parts("records", table)
            if self._known_by is not None:
                known = _received_by(received_us(self._catalogue), self._known_by)
                parts = [part for part in parts if part.batch in known]
            self._parts[table] = parts
        return self._parts[table]

    def registers(self, table: str) -> dict[str, Register]:
        """Give by column where ids stand in a table, as a run kept it; nothing where the lake changed since."""
        if self._known_by is not None or table not in REGISTERED:
            return {}
        if table not in self._registers:
            self._registers[table] = kept_registers(self._folder, self._catalogue, table, self.parts(table))
        return self._registers[table]

    def _read(self, table: str, asked: str) -> EventOrder:
        if table not in self._orders:
            raise UsageError(
                f"{table}: no events read since the lake last changed; call `events` before `{asked}`: positions may differ"
            )
        return self._orders[table]


def _received_by(received: Mapping[str, int], moment: datetime) -> set[str]:
    latest = to_us(moment)
    return {batch for batch, us in received.items() if us <= latest}


def _steps(
    spans: Mapping[Span, Covered], received: Mapping[str, int], table: str, batches: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    steps: list[tuple[int, int]] = []
    for known, reach in sorted((received[b], spans[table, b].to_us) for b in batches if spans[table, b].to_us is not None):
        if reach is not None and (not steps or reach > steps[-1][0]):
            steps.append((reach, known))
    return tuple(steps)


def as_known(hidden: pl.DataFrame, known: set[str]) -> pl.DataFrame:
    """Give what hid what while only some batches were known: where the visible record came later, the first sighting spoke.

    Columns as of `sightings_of`.
    """
    mine = hidden.filter(pl.col("batch").is_in(known))
    settled = pl.col("into_batch").is_in(known)
    late = mine.filter(~settled).sort(pl.col("how") != "merged", "batch", "row")
    event = ["into_batch", "into_row"]
    first = late.group_by(event, maintain_order=True).agg(
        pl.col("batch").first().alias("speaker"), pl.col("row").first().alias("speaker_row")
    )
    others = late.join(first, on=event, how="left", maintain_order="left").filter(
        (pl.col("batch") != pl.col("speaker")) | (pl.col("row") != pl.col("speaker_row"))
    )
    pointed = others.with_columns(into_batch=pl.col("speaker"), into_row=pl.col("speaker_row")).select(mine.columns)
    return pl.concat([mine.filter(settled), pointed])
