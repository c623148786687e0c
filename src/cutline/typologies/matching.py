"""Matches: on rows of a sequence's last step, whether rows of all the steps before it agree with it, and which."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import NEVER
from cutline.graph.sequence_search import (
    CUT,
    PERHAPS,
    YES,
    Cover,
    Guards,
    Shape,
    Sightings,
    Story,
    state_of,
    verdicts,
    witnesses,
)
from cutline.model.index import EventTable, stretches
from cutline.typologies.evaluator import FALSE, TRUE
from cutline.typologies.filters import passing
from cutline.typologies.lists import Lists
from cutline.typologies.plan import Joined, Match, Tied
from cutline.typologies.rows import Rows, Witness
from cutline.typologies.selections import spoken
from cutline.typologies.vocabulary import ENDS, Stream, rank_of

BUDGET = 20_000
"""Rows that a search looks at for one row of the last step, before it says that it does not know."""

I4, I8 = np.int32, np.int64


@dataclass(slots=True)
class Seen:
    """Rows of a step with the values at its two ends: one for each entity to whom a row is tied."""

    row: NDArray[np.int32]
    value: list[NDArray[np.int32]]
    sure: NDArray[np.bool_]


@dataclass(slots=True)
class Matching:
    """One match while it is searched. Memory: the sightings, and 16 bytes an entity for each end that has a letter."""

    match: Match
    rows: Rows
    lists: Lists
    _lines: dict[tuple[str, Stream], int] = field(default_factory=dict)

    def set(self) -> None:
        """Write the flags of the last step's rows, by which rows they followed, and where a search was ended."""
        story = self._story()
        begin = int(story.seen.begin[-2])
        anchors = np.arange(begin, int(story.seen.begin[-1]))
        told = np.empty(len(anchors), np.int8)
        state = state_of(story.shape)
        verdicts(story, state, anchors, told)
        own = story.seen.row[begin:]
        table = self.match.table
        flags = np.zeros(len(self.rows.table(table)), np.int8)
        np.maximum.at(flags, own, np.where(told == CUT, PERHAPS, told).astype(np.int8))
        cut = np.zeros(len(flags), np.bool_)
        cut[own[told == CUT]] = True
        self.rows.computed[table, self.match.cut] = cut
        later, at = np.unique(own[told == YES], return_index=True)
        most = int(story.shape.times[:-1].max())
        found = np.empty((len(later), len(self.match.steps) - 1, most), I4)
        witnesses(story, state, anchors[told == YES][at], found)
        for k, step in enumerate(self.match.steps[:-1]):
            self.rows.witness[table, self.match.witness(k)] = Witness(step.table, later, found[:, k, : step.times])
        self.rows.computed[table, self.match.name] = np.array([0, -1, 1], np.int8)[flags]

    def _story(self) -> Story:
        seen, shape, guards = self._sightings(), self._shape(), self._guards()
        from_us, to_us = (np.full((max(1, len(self._lines)), len(self.rows.index)), NEVER, I8) for _ in range(2))
        for (kind, stream), line in self._lines.items():
            covered, codes = self.rows.stream(kind, stream).covered, self.rows.subjects(kind).codes
            from_us[line, codes], to_us[line, codes] = covered.from_us, covered.to_us
        return Story(seen, shape, guards, Cover(from_us, to_us), BUDGET)

    def _shape(self) -> Shape:
        steps = self.match.steps
        most = np.array(self.match.spans, I8)
        return Shape(
            np.array([rank_of(step.table) for step in steps], I8),
            np.array([[end.letter for end in step.ends] for step in steps], I8),
            np.array([step.times for step in steps], I8),
            np.array([step.different for step in steps], I8),
            -most.T,
            most,
            np.cumsum([end.stream is not None for step in steps for end in step.ends]).reshape(-1, 2) - 1,
            np.array([[self._line(end) for end in step.ends] for step in steps], I8),
        )

    def _sightings(self) -> Sightings:
        steps = [self._seen(step) for step in self.match.steps]
        begin = np.cumsum([0, *[len(seen.row) for seen in steps]]).astype(I8)
        order = [
            np.concatenate([_by_value(seen, end) + first for seen, first in zip(steps, begin, strict=False)]) for end in (0, 1)
        ]
        lines = [(k, end) for k, step in enumerate(self.match.steps) for end in (0, 1) if step.ends[end].stream is not None]
        return Sightings(
            begin,
            np.concatenate([seen.row for seen in steps]),
            np.concatenate([self.rows.table(s.table).t_us[seen.row] for s, seen in zip(self.match.steps, steps, strict=True)]),
            np.stack([np.concatenate([seen.value[end] for seen in steps]) for end in (0, 1)]),
            np.concatenate([seen.sure for seen in steps]),
            np.stack(order),
            np.stack([_starts(steps[k].value[end], len(self.rows.index)) + begin[k] for k, end in lines]),
        )

    def _guards(self) -> Guards:
        guards = self.match.guards
        seen = [self._seen(joined) for _, joined in guards]
        ends = [next(k for k in (0, 1) if joined.ends[k].stream is not None) for _, joined in guards]
        order = [_by_value(s, end) for s, end in zip(seen, ends, strict=True)]
        times = [self.rows.table(joined.table).t_us[s.row] for (_, joined), s in zip(guards, seen, strict=True)]
        none = [np.empty(0, I4)]
        return Guards(
            np.array([k for k, _ in guards], I8),
            np.array([j.ends[end].letter for (_, j), end in zip(guards, ends, strict=True)], I8),
            np.array([rank_of(joined.table) for _, joined in guards], I8),
            np.array([self._line(j.ends[end]) for (_, j), end in zip(guards, ends, strict=True)], I8),
            np.cumsum([0, *[len(s.row) for s in seen]]).astype(I8),
            np.concatenate([*none, *(s.row[o] for s, o in zip(seen, order, strict=True))]),
            np.concatenate([np.empty(0, I8), *(t[o] for t, o in zip(times, order, strict=True))]),
            np.concatenate([*none, *(s.value[end][o] for s, o, end in zip(seen, order, ends, strict=True))]),
            np.concatenate([np.empty(0, np.bool_), *(s.sure[o] for s, o in zip(seen, order, strict=True))]),
        )

    def _line(self, end: Tied) -> int:
        if end.stream is None:
            return -1
        return self._lines.setdefault((end.kind, end.stream), len(self._lines))

    def _seen(self, step: Joined) -> Seen:
        """Give the rows that are surely or perhaps a step's, with the entities at its ends; whom nobody named is nobody."""
        plan, rows = step.plan, self.rows
        table = rows.table(step.table)
        at = np.arange(len(table), dtype=I4)
        sure = np.ones(len(table), np.bool_)
        if step.selection in plan.filters:
            truth = passing(plan, step.selection, rows, self.lists, lambda word: spoken(rows, self.lists, word))
            at = np.flatnonzero(truth != FALSE).astype(I4)
            sure = truth[at] == TRUE
        seen = Seen(at, [np.full(len(at), -1, I4) for _ in range(2)], sure)
        for end, tied in enumerate(step.ends):
            if tied.stream is not None:
                seen = self._named(seen, end, tied.kind, tied.stream)
            elif step.different == end:
                seen.value[end] = _column(table, ENDS[step.table][end])[seen.row]
                seen.sure &= seen.value[end] >= 0
        return seen

    def _named(self, seen: Seen, end: int, kind: str, stream: Stream) -> Seen:
        """Keep the rows that name an entity of a kind at one end, once for each entity where ties lead to it."""
        subjects = self.rows.subjects(kind)
        if stream.via:
            lines = self.rows.stream(kind, stream)
            whose = np.repeat(subjects.codes, np.diff(lines.pointer))
            order = np.argsort(lines.rows, kind="stable")
            tied, whose = lines.rows[order], whose[order]
            first, last = (np.searchsorted(tied, seen.row, side) for side in ("left", "right"))
            kept, value = np.repeat(np.arange(len(seen.row)), last - first), whose[stretches(first, last - first)]
        else:
            named = _column(self.rows.table(stream.table), stream.role)[seen.row]
            kept = np.flatnonzero((named >= 0) & (subjects.number[named] >= 0))
            value = named[kept]
        values = [column[kept] for column in seen.value]
        values[end] = value.astype(I4)
        return Seen(seen.row[kept], values, seen.sure[kept])


def followed(match: Match, rows: Rows, at: NDArray[np.int32]) -> list[tuple[str, NDArray[np.int32]]]:
    """Give for rows of a match's last step the rows of each step that came before them (-1: none), and last themselves."""
    steps = range(len(match.steps) - 1)
    witness = [rows.witness[match.table, match.witness(k)] for k in steps]
    return [*((w.table, w.of(at)) for w in witness), (match.table, at.reshape(-1, 1))]


def _column(table: EventTable, name: str) -> NDArray[np.int32]:
    """Give a column of entities; a table that was not delivered has none, and no rows."""
    return table.columns.get(name, np.empty(0, I4))


def _starts(values: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Give where each value begins once they are in order."""
    return np.append(np.int64(0), np.cumsum(np.bincount(values, minlength=count)))


def _by_value(seen: Seen, end: int) -> NDArray[np.int64]:
    """Order sightings by the value at an end; rows lie in the order of time."""
    return np.argsort(seen.value[end], kind="stable").astype(I8)
