"""Events as dense columns: what every analysis room takes. `graph.index` builds it from the lake.

Entities of all tables share one space of int32 codes, in the order of their ids, so that codes do not depend on load order.
Rows of a table stand in (occurred_at, deliverer, event id) order. What a column holds depends on its unit:

ENTITY    int32, code of the entity; -1 unknown
CATEGORY  int32, position in `categories[column]`; -1 unknown
TIME      int64, microseconds since 1970 UTC; NULL unknown
DURATION  int64, seconds; NULL unknown
MINOR     int64, the asset's smallest unit; NULL unknown or beyond int64 (such rows are counted in `beyond_int64`)
FLAG      int8, 0 or 1; -1 unknown
NUMBER    float64; NaN unknown
TEXT      int32, position in `texts[column]`, the distinct texts as Arrow strings; -1 unknown
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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

KIND_NAMES = tuple(ENTITY_KINDS)


@dataclass(frozen=True, slots=True)
class Coverage:
    """From when to when a table's rows were delivered (microseconds, inclusive); None: nothing was delivered."""

    from_us: int | None
    to_us: int | None


@dataclass(slots=True)
class EventTable:
    """One table's columns in time order."""

    name: str
    t_us: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    categories: dict[str, tuple[str, ...]]
    coverage: Coverage
    beyond_int64: int = 0
    texts: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.t_us)

    def category(self, column: str, value: str) -> int:
        """Give the code of a category value, or ABSENT where no row has it."""
        names = self.categories.get(column, ())
        return names.index(value) if value in names else ABSENT


@dataclass(slots=True)
class Index:
    """All entities and all event tables that an analysis asked for."""

    entities: pa.Array
    kinds: NDArray[np.uint8]
    tables: dict[str, EventTable]
    cite: Cite
    _codes: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entities)

    def code(self, entity: str) -> int:
        """Give the dense code of an entity's id, or -1 where the lake does not know it."""
        if not self._codes and len(self.entities):
            self._codes = {name: k for k, name in enumerate(self.entities.to_pylist())}
        return self._codes.get(entity, -1)

    def entity(self, code: int) -> str:
        """Give the id behind a dense code."""
        return str(self.entities[code].as_py())

    def of_kind(self, kind: str) -> NDArray[np.int32]:
        """Give the codes of all entities of one kind, ascending."""
        return np.flatnonzero(self.kinds == KIND_NAMES.index(kind)).astype(np.int32)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Give the distinct values, ascending: by sorting, which for millions of codes is several times faster than hashing."""
    if not len(values):
        return values
    ordered = np.sort(values)
    return np.asarray(ordered[np.append(True, ordered[1:] != ordered[:-1])])
