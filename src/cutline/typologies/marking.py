"""Marks: on rows of one step, whether the step before it has happened on the timeline they share, and by which rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.graph import windows
from cutline.typologies.evaluator import TRUE
from cutline.typologies.measures import Measures
from cutline.typologies.plan import Mark
from cutline.typologies.rows import Rows, Witness

NO, PERHAPS, YES = 0, 1, 2


@dataclass(slots=True)
class Marking:
    """One mark while its blocks are swept. Memory: two bytes a row, and four for each witness of a row that is marked."""

    mark: Mark
    unnamed: NDArray[np.bool_]
    least: NDArray[np.int8]
    most: NDArray[np.int8]
    _later: list[NDArray[np.int32]] = field(default_factory=list)
    _earlier: list[NDArray[np.int32]] = field(default_factory=list)

    @classmethod
    def of(cls, mark: Mark, rows: Rows) -> Marking:
        """Begin with no row marked."""
        table = rows.table(mark.stream.table)
        role = table.columns.get(mark.stream.role, np.zeros(len(table), np.int32))
        return cls(mark, role == -1, np.full(len(table), YES, np.int8), np.full(len(table), NO, np.int8))

    def add(self, measures: Measures) -> None:
        """Mark the rows of one block. A row may lie on several timelines, of all to whom it is tied."""
        block = measures.block
        truth = measures.run(self.mark.condition, np.arange(len(block.t_us)))
        own = block.rows[measures.sources.streams.index(self.mark.stream)]
        rank = np.where(truth == TRUE, YES, np.where(truth & TRUE, PERHAPS, NO)).astype(np.int8)
        np.minimum.at(self.least, own, rank)
        np.maximum.at(self.most, own, rank)
        seen = np.flatnonzero(rank == YES)
        if len(seen) and not self.mark.absent:
            self._later.append(own[seen])
            self._earlier.append(self._followed(measures, seen))

    def flags(self) -> NDArray[np.int8]:
        """Give each row's mark: that something happened on some timeline; that it is absent only where all agree."""
        rank = self.most
        if self.mark.absent:
            rank = np.where((self.least < self.most) | self.unnamed, PERHAPS, self.most)
        return np.array([0, -1, 1], np.int8)[rank]

    def witness(self) -> Witness:
        """Give the rows by which the step had happened."""
        table = self.mark.plan.selections[self.mark.lane.selection].stream.table
        if not self._later:
            return Witness(table, np.empty(0, np.int32), np.empty((0, self.mark.times), np.int32))
        later, at = np.unique(np.concatenate(self._later), return_index=True)
        return Witness(table, later, np.concatenate(self._earlier)[at])

    def _followed(self, measures: Measures, seen: NDArray[np.int64]) -> NDArray[np.int32]:
        """Give the latest rows of the step before, of different ones where they must differ."""
        mark, selections = self.mark, measures.selections
        members = selections.selected(mark.lane.selection)[0]
        following = np.empty(0, np.int64)
        if mark.different:
            following = selections.twins(mark.lane.selection, mark.different)[1]
        out = np.full((len(seen), mark.times), -1, np.int32)
        windows.latest_rows(selections.span(mark.lane), seen, (members.rows, following), out)
        return out
