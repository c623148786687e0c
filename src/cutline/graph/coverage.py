"""From when to when nothing of an entity is missing: as its institution delivered, else as the whole table was delivered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import EventTable, Index

NEVER = np.iinfo(np.int64).max
"""An entity whose rows were not delivered at all is covered from NEVER."""

ALWAYS = np.iinfo(np.int64).min
"""An entity that is known to have had no rows before the deliveries begin is covered from ALWAYS."""


class Covered(NamedTuple):
    """For each entity the first and the last covered moment, in microseconds, inclusive."""

    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]


def cover(index: Index, table: EventTable, codes: NDArray[np.int32]) -> Covered:
    """Say what a table's deliveries cover of entities (codes, ascending)."""
    covered = cover_all(table, len(codes))
    for house, span in sorted(table.coverage.houses.items(), key=lambda item: len(item[0])):
        first, last = np.searchsorted(codes, index.beginning(house))
        covered.from_us[first:last], covered.to_us[first:last] = _span(*span)
    return covered


def cover_all(table: EventTable, count: int) -> Covered:
    """Say what a table's deliveries cover of things that belong to no institution."""
    start, end = _span(table.coverage.from_us, table.coverage.to_us)
    return Covered(np.full(count, start, np.int64), np.full(count, end, np.int64))


def _span(start: int | None, end: int | None) -> tuple[int, int]:
    return (NEVER, NEVER) if start is None else (start, NEVER if end is None else end)
