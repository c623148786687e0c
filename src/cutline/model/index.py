"""Events as dense columns: what every analysis room takes. `graph.index` builds it from the lake.

Entities of all tables share one space of int32 codes, in the order of their ids, so that codes do not depend on load order.
Rows of a table stand in (occurred_at, deliverer, event id) order. What a column holds depends on its unit:

ENTITY    int32, code of the entity; -1 unknown
CATEGORY  int32, position in `categories[column]`; -1 unknown
TIME      int64, microseconds since 1970 UTC; NULL unknown
DURATION  int64, seconds; NULL unknown
MINOR     int64, the asset's smallest unit; NULL unknown or beyond int64 (such rows stand in `beyond`, exact)
FLAG      int8, 0 or 1; -1 unknown
NUMBER    float64; NaN unknown
TEXT      int32, position in `texts[column]`, the distinct texts as Arrow strings; -1 unknown
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.model.entities import ENTITY_KINDS
from cutline.model.evidence import Citation

NULL = np.iinfo(np.int64).min
"""Unknown, in int64 columns."""

ABSENT = -2
"""The code of a category value that no row of the table has."""

ReadEvents = Callable[[str, Sequence[str]], pa.Table]
"""(table, columns) → the events in order, entity and category columns dictionary-encoded; always with `occurred_at`."""

Cite = Callable[[str, NDArray[np.int64]], list[Citation]]
"""(table, row positions) → where those rows come from; a merged event has one citation for each of its sightings."""

Known = Callable[[str, NDArray[np.int64]], NDArray[np.int64]]
"""(table, row positions) → when those rows were first reported to us, in microseconds."""

RUNG = 64
"""Every so many ids one is kept as a text, so that a look-up reads few of the others."""

KIND_NAMES = tuple(ENTITY_KINDS)


@dataclass(frozen=True, slots=True)
class Coverage:
    """From when to when a table's rows were delivered (microseconds, inclusive); None: nothing was delivered.

    `houses`: the same for entities whose ids begin so (the longest beginning counts), where not every institution delivers.
    `arrivals`: of each house (and of `""`, the table) until when it was covered since when: (covered to, received), rising.
    """

    from_us: int | None
    to_us: int | None
    houses: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    arrivals: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def house_of(self, entity: str) -> str | None:
        """Give the house that an entity belongs to, by the longest beginning of its id; None: the table as a whole."""
        return max((house for house in self.houses if entity.startswith(house)), key=len, default=None)

    def known_to(self, entity: str, moment: int) -> int | None:
        """Say since when we knew that nothing of an entity is missing until a moment; None where that never was known."""
        steps = self.arrivals.get(self.house_of(entity) or "", ())
        return next((known for reach, known in steps if reach >= moment), None)


@dataclass(frozen=True, slots=True)
class Beyond:
    """What int64 does not hold of a column: `rows` ascending, and their values as (low, high) halves of 128 bits, signed."""

    rows: NDArray[np.int64]
    halves: NDArray[np.int64]

    def integers(self) -> NDArray[Any]:
        """Give the values as Python's integers: there are few."""
        low = np.ascontiguousarray(self.halves[:, 0]).view(np.uint64).astype(object)
        return np.asarray(self.halves[:, 1].astype(object) * 2**64 + low)


@dataclass(slots=True)
class EventTable:
    """One table's columns in time order."""

    name: str
    t_us: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    categories: dict[str, tuple[str, ...]]
    coverage: Coverage
    beyond: dict[str, Beyond] = field(default_factory=dict)
    texts: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.t_us)

    def category(self, column: str, value: str) -> int:
        """Give the code of a category value, or ABSENT where no row has it."""
        names = self.categories.get(column, ())
        return names.index(value) if value in names else ABSENT


def untold(table: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Refuse to say when rows became known, where an index was made of rows that do not tell it."""
    raise UsageError(f"{table}: {len(positions)} rows of an index without `known_at`; expected one that `build_index` has made")


@dataclass(slots=True)
class Index:
    """All entities and all event tables that an analysis asked for."""

    entities: pa.Array
    kinds: NDArray[np.uint8]
    tables: dict[str, EventTable]
    cite: Cite
    known: Known = untold
    _cited: dict[Citation, int] = field(default_factory=dict)
    _codes: dict[str, int] = field(default_factory=dict)
    _rungs: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.entities)

    def code(self, entity: str) -> int:
        """Give the dense code of an entity's id, or -1 where the lake does not know it.

        Ids stand in their order, so it is looked up: a dictionary of millions of names would outweigh the tables.
        """
        if entity not in self._codes:
            if not self._rungs:
                self._rungs = self.entities.take(pa.array(range(0, len(self), RUNG), pa.int64())).to_pylist()
            first = RUNG * max(0, bisect_right(self._rungs, entity) - 1)
            place = bisect_left(range(len(self)), entity, first, min(first + RUNG, len(self)), key=self.entity)
            self._codes[entity] = place if place < len(self) and self.entity(place) == entity else -1
        return self._codes[entity]

    def rest_on(self, table: str, positions: NDArray[np.int64]) -> list[Citation]:
        """Give where the rows that a finding rests on come from, as `cite` does, and remember which rows they are."""
        cited = self.cite(table, positions)
        if len(cited) == len(positions):
            self._cited.update(zip(cited, positions.tolist(), strict=True))
        else:  # a merged event has several sources: each tells of the same row
            self._cited.update({one: at for at in positions.tolist() for one in self.cite(table, np.array([at], np.int64))})
        return cited

    def row_of(self, citation: Citation) -> int:
        """Give the row of its table that a citation speaks of, -1 where nothing was said to rest on it (`rest_on`)."""
        return self._cited.get(citation, -1)

    def entity(self, code: int) -> str:
        """Give the id behind a dense code."""
        return str(self.entities[code].as_py())

    def beginning(self, text: str) -> tuple[int, int]:
        """Give the first code of an id that begins so, and the first after the last: ids stand in their order."""
        first = bisect_left(range(len(self)), text, key=self.entity)
        return first, bisect_left(range(len(self)), text + "\U0010ffff", lo=first, key=self.entity)

    def of_kind(self, kind: str) -> NDArray[np.int32]:
        """Give the codes of all entities of one kind, ascending."""
        return np.flatnonzero(self.kinds == KIND_NAMES.index(kind)).astype(np.int32)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Give the distinct values, ascending: by sorting, which for millions of codes is several times faster than hashing."""
    if not len(values):
        return values
    ordered = np.sort(values)
    return np.asarray(ordered[np.append(True, ordered[1:] != ordered[:-1])])


def stretches(begin: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the positions `begin` … `begin + count − 1` of each stretch, one stretch after another."""
    nth = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(np.repeat(begin, count) + nth, np.int64)
