"""The few transfers that change rails, apart from the many that do not: by row one bit says whether to look here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.tracing.joins import Joins
from cutline.tracing.splits import FIRST_SPLIT, Splits

ALONE = -1
"""The partner of a row that is no part of an exchange."""

JOINED = 0x80
"""The bit of `row_ends` that says a row is part of an exchange; the others are the code of its ending."""


@dataclass(frozen=True, slots=True)
class Rails:
    """`Joins` of just the `rows` (ascending) that are joined: `partner`, `competing`, and `splits`."""

    rows: NDArray[np.int32]
    partner: NDArray[np.int32]
    competing: NDArray[np.int16]
    splits: Splits

    @classmethod
    def of(cls, joins: Joins) -> Rails:
        """Keep what is joined."""
        rows = np.flatnonzero(joins.partner != ALONE)
        return cls(rows.astype(np.int32), joins.partner[rows], joins.competing[rows], joins.splits)

    def partners(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Give the partner of each row, as `Joins` does."""
        at = np.searchsorted(self.rows, rows)
        there = at < len(self.rows)
        there[there] = self.rows[at[there]] == rows[there]
        found = np.full(len(rows), ALONE, np.int32)
        found[there] = self.partner[at[there]]
        return found

    def rivals(self, row: int) -> int:
        """Say how many pairs could have been meant; 0 where it is certain, or nothing is joined."""
        at = int(np.searchsorted(self.rows, row))
        return int(self.competing[at]) if at < len(self.rows) and self.rows[at] == row else 0

    def others(self, row: int) -> list[int]:
        """Give the transfers that one was exchanged for: none, the other half, or the pieces in their order."""
        partner = int(self.partners(np.array([row], np.int64))[0])
        if partner > FIRST_SPLIT:
            return [partner] if partner >= 0 else []
        first, last = self.splits.ptr[FIRST_SPLIT - partner : FIRST_SPLIT - partner + 2].tolist()
        return list(dict.fromkeys(self.splits.other[first:last].tolist()))
