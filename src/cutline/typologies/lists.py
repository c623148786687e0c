"""What lists say about entities, and when; and what records say about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS, NEVER
from cutline.graph.index import NULL
from cutline.model.kernels import kernel
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Truth
from cutline.typologies.particulars import Particulars
from cutline.typologies.rows import Rows


@dataclass(slots=True)
class Lists:
    """What lists say about entities at a time. Where no list was delivered at all, everything they could say is unknown."""

    rows: Rows
    particulars: Particulars = field(init=False)
    intervals: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.particulars = Particulars(self.rows)

    @property
    def loaded(self) -> bool:
        """Whether any list was delivered."""
        return self.rows.table("tags").coverage.from_us is not None

    def truth(self, tag: str, entities: NDArray[np.int32], t_us: NDArray[np.int64]) -> Truth:
        """Tell for each entity and moment whether a list gives it the tag then."""
        if not self.loaded:
            return np.full(len(entities), UNKNOWN, np.uint8)
        if tag not in self.intervals:
            self.intervals[tag] = self._intervals(tag)
        out = np.full(len(entities), FALSE, np.uint8)
        _mark_tagged(*self.intervals[tag], entities, t_us, out)
        out[entities < 0] = UNKNOWN
        return out

    def versions(self) -> dict[str, str]:
        """Give the versions of the lists as far as they say one."""
        table = self.rows.table("tags")
        if not len(table) or "list_version" not in table.columns:
            return {}
        pairs = np.unique(np.stack([table.columns["list"], table.columns["list_version"]]), axis=1)
        lists, versions = table.categories["list"], table.categories["list_version"]
        return {lists[a]: versions[b] for a, b in pairs.T.tolist() if a >= 0 and b >= 0}

    def _intervals(self, tag: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        table = self.rows.table("tags")
        at = np.flatnonzero(table.columns["tag"] == table.category("tag", tag)) if len(table) else np.empty(0, np.int64)
        entity = table.columns["entity"][at] if len(at) else np.empty(0, np.int32)
        at = at[np.argsort(entity, kind="stable")]
        pointer = np.searchsorted(np.sort(entity), np.arange(len(self.rows.index) + 1))
        if not len(at):
            return pointer, np.empty(0, np.int64), np.empty(0, np.int64)
        begins, ends = table.columns["valid_from"][at], table.columns["valid_to"][at]
        return pointer, np.where(begins == NULL, ALWAYS, begins), np.where(ends == NULL, NEVER, ends)


@kernel
def _mark_tagged(pointer: Any, begins: Any, ends: Any, entities: Any, t_us: Any, out: Any) -> None:
    for i in range(len(out)):
        if entities[i] < 0:
            continue
        for k in range(pointer[entities[i]], pointer[entities[i] + 1]):
            if begins[k] <= t_us[i] < ends[k]:
                out[i] = TRUE
