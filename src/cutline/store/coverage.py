"""From when to when a table's rows were delivered: what a look-back may rely on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from datetime import time as clock
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from cutline.model.moments import to_us
from cutline.store.catalogue import Catalogue


class Covered(NamedTuple):
    """First and last covered moment in microseconds since 1970 UTC, inclusive; None: nothing was delivered."""

    from_us: int | None
    to_us: int | None


Span = tuple[str, str]
"""(table, batch)."""


def table_coverage(spans: Mapping[Span, Covered]) -> dict[str, Covered]:
    """Give each delivered table's coverage, all its deliveries together. Gaps between deliveries are not told apart."""
    by_table: dict[str, list[Covered]] = {}
    for (table, _), span in spans.items():
        by_table.setdefault(table, []).append(span)
    return {table: union(by_table[table]) for table in sorted(by_table)}


def batch_spans(catalogue: Catalogue, known_by: datetime | None = None) -> dict[Span, Covered]:
    """Give what each batch (received until `known_by`) covers of each of its tables: as declared, else first and last day.

    Days are those of the delivery's zone.
    """
    batches = catalogue.ask(
        """WITH delivered AS (
            SELECT batch, zone, covers_from, covers_to, unnest(tables) AS name FROM batches WHERE ? IS NULL OR received_at <= ?)
        SELECT d.name AS "table", d.batch, d.zone, d.covers_from, d.covers_to, min(p.from_us) AS from_us, max(p.to_us) AS to_us
        FROM delivered d LEFT JOIN parts p ON p.batch = d.batch AND p."table" = d.name GROUP BY ALL""",
        [known_by, known_by],
    )
    return {(row["table"], row["batch"]): _span(row) for row in batches.rows(named=True)}


def _span(row: dict[str, object]) -> Covered:
    zone = ZoneInfo(str(row["zone"] or "UTC"))
    declared_from, declared_to, first, last = row["covers_from"], row["covers_to"], row["from_us"], row["to_us"]
    start = to_us(declared_from) if isinstance(declared_from, datetime) else _day(first, zone, clock.min)
    end = to_us(declared_to) if isinstance(declared_to, datetime) else _day(last, zone, clock.max)
    return Covered(start, end)


def _day(moment_us: object, zone: ZoneInfo, edge: clock) -> int | None:
    if not isinstance(moment_us, int):
        return None
    local = datetime.fromtimestamp(moment_us // 1_000_000, zone)
    return to_us(datetime.combine(local.date(), edge, zone))


def union(spans: Iterable[Covered]) -> Covered:
    """Give the span from the first to the last of several."""
    spans = list(spans)
    starts = [s.from_us for s in spans if s.from_us is not None]
    ends = [s.to_us for s in spans if s.to_us is not None]
    return Covered(min(starts, default=None), max(ends, default=None))


def received_us(catalogue: Catalogue) -> dict[str, int]:
    """Give when each batch was received, in microseconds, by batch id."""
    found = catalogue.ask("SELECT batch, epoch_us(received_at) AS us FROM batches")
    return dict(found.with_columns(pl.col("us").cast(pl.Int64)).iter_rows())
