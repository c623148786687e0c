"""A plan's selections over one block: which rows surely or possibly belong, and what each anchor's windows hold of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph import window_values, windows
from cutline.graph.coverage import NEVER
from cutline.graph.index import KIND_NAMES
from cutline.graph.timelines import Block, Lines
from cutline.graph.windows import Anchors, Members, Span
from cutline.typologies.evaluator import TRUE, UNKNOWN, Truth
from cutline.typologies.filters import passing
from cutline.typologies.lists import Lists
from cutline.typologies.plan import Lane, Plan, Since
from cutline.typologies.rows import Rows, is_unknown
from cutline.typologies.vocabulary import KIND_OF, Stream


@dataclass(frozen=True, slots=True)
class Sources:
    """What a sweep reads, block after block: the streams of a plan, their rows, and the entity of each subject."""

    plan: Plan
    streams: tuple[Stream, ...]
    lines: Sequence[Lines]
    rows: Rows
    lists: Lists
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows of one stream that belong to a selection."""

    stream: int
    at: Members
    rows: NDArray[np.int32]


@dataclass(slots=True)
class Selections:
    """Selections and windows of one block, each computed when something first asks for it.

    What belongs to a selection does not depend on the anchors: a narrower set of anchors shares it.
    """

    sources: Sources
    block: Block
    anchors: Anchors
    _selected: dict[int, tuple[Selected, Selected | None]] = field(default_factory=dict)
    _upto: dict[tuple[int, bool], NDArray[np.int64]] = field(default_factory=dict)
    _spans: dict[Lane, Span] = field(default_factory=dict)
    _unknown: dict[Lane, NDArray[np.float64] | None] = field(default_factory=dict)

    @classmethod
    def over(cls, sources: Sources, block: Block) -> Selections:
        """Lay the selections of a plan over a block."""
        return cls(sources, block, Anchors(block.pointer, block.t_us, block.place))

    def only(self, at: NDArray[np.int64]) -> Selections:
        """Look at some of the anchors."""
        narrower = Selections.over(self.sources, self.block.only(at))
        narrower._selected = self._selected
        return narrower

    def selected(self, number: int) -> tuple[Selected, Selected | None]:
        """Give the sure and the possible members of a selection."""
        if number not in self._selected:
            k = self.sources.streams.index(self.sources.plan.selections[number].stream)
            truth = self._passes(number, k)
            if truth is None:
                self._selected[number] = (self._listed(k, None), None)
            else:
                maybe = np.flatnonzero(truth == UNKNOWN)
                sure = self._listed(k, np.flatnonzero(truth == TRUE))
                self._selected[number] = (sure, self._listed(k, maybe) if len(maybe) else None)
        return self._selected[number]

    def upto(self, number: int, sure: bool = True) -> NDArray[np.int64]:
        """Give for each anchor the first of a selection's sure (or possible) members that is placed after it."""
        if (number, sure) not in self._upto:
            members = self._of(number, sure)
            out = np.empty(len(self.anchors.t), np.int64)
            windows.reach(self.anchors, members.at, out)
            self._upto[number, sure] = out
        return self._upto[number, sure]

    def until(self, lane: Lane, sure: bool = True) -> NDArray[np.int64]:
        """Give for each anchor the first of a selection's members after its window, which may end before the anchor."""
        return self._edges(lane.selection, sure, lane.before_us) if lane.before_us else self.upto(lane.selection, sure)

    def span(self, lane: Lane) -> Span:
        """Give what each anchor's window holds of a selection's sure members."""
        if lane not in self._spans:
            members = self.selected(lane.selection)[0]
            span = self._window(lane.selection, lane)
            if lane.since is not None:
                reached = self._reached(lane.since, self.span(lane.parts[1]))
                at = self.selected(lane.since.selection)[0].at
                span = Span(span.left, span.right.copy())
                if lane.since.least_us:
                    since = np.append(at.t, 0)[reached] + lane.since.least_us
                    windows.edges_later(self.anchors, members.at, span, np.where(reached >= 0, since, NEVER))
                else:
                    since = np.where(reached >= 0, np.append(at.place, -1)[reached], -1)
                    windows.edges_after(self.anchors, members.at, span, since)
            self._spans[lane] = span
        return self._spans[lane]

    def unknown(self, lane: Lane) -> NDArray[np.float64] | None:
        """Give how many more members a window may hold: rows with a null, and without limit where data do not reach."""
        if lane not in self._unknown:
            unknown = self._missing(lane.selection, lane)
            self._unknown[lane] = unknown if lane.since is None else self._doubted(lane, lane.since, unknown)
        return self._unknown[lane]

    def uncovered(self, lane: Lane) -> list[str]:
        """Say in words where the deliveries do not reach over the windows of some anchor."""
        covered = self.sources.lines[self.selected(lane.selection)[0].stream].covered
        subject = self.block.subject + self.block.first
        since, until = covered.from_us[subject], covered.to_us[subject]
        silent = since == NEVER
        late = ~silent & (self.anchors.t + 1 - lane.reach_us < since)
        beyond = ~silent & (self.anchors.t - lane.before_us > until)
        told = {
            "no delivery of the institution that holds it": silent,
            f"{written_span(lane.reach_us)} of history before the event": late,
            "deliveries that reach as far as the event": beyond,
        }
        return [what for what, where in told.items() if where.any()]

    def values(self, number: int, column: str) -> NDArray[Any]:
        """Give a column at a selection's sure members."""
        table = self.sources.plan.selections[number].stream.table
        return self.sources.rows.column(table, column)[self.selected(number)[0].rows]

    def twins(self, number: int, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give for each sure member the same subject's member with the same value before it and after it. O(n log n)."""
        codes = np.unique(self.values(number, column), return_inverse=True)[1]
        previous, following = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
        start = self.selected(number)[0].at.start
        window_values.twins(start, codes, np.full(len(codes) + 1, -1, np.int64), 0, previous, following)
        return previous, following

    def holds(self, table: str, flag: str) -> bool:
        """Tell whether the subjects of the anchors have rows of a table with a flag, in time for one of them."""
        until = int(self.anchors.t.max())
        flags, times = self.sources.rows.computed[table, flag], self.sources.rows.table(table).t_us
        mine = np.unique(self.block.subject)
        for stream, rows, places in zip(self.sources.streams, self.block.rows, self.block.places, strict=True):
            if stream.table == table and rows.size:
                whose = np.searchsorted(self.block.begin, places, "right") - 1
                if (flags[rows] & (times[rows] <= until) & np.isin(whose, mine)).any():
                    return True
        return False

    def word(self, word: tuple[str, str]) -> int:
        """Give the index's code of a category's word."""
        return spoken(self.sources.rows, self.sources.lists, word)

    def _missing(self, number: int, lane: Lane) -> NDArray[np.float64] | None:
        members, maybe = self.selected(number)
        more = np.zeros(len(self.anchors.t))
        if maybe is not None:
            window_values.counts(self._window(number, lane, sure=False), more)
        covered = self.sources.lines[members.stream].covered
        whole = slice(self.block.first, self.block.last)
        since, until = covered.from_us[whole], covered.to_us[whole]
        if since.max() > self.anchors.t.min() + 1 - lane.reach_us:
            more[self.anchors.t + 1 - lane.reach_us < since[self.block.subject]] = np.inf
        if until.min() < self.anchors.t.max() - lane.before_us:
            more[self.anchors.t - lane.before_us > until[self.block.subject]] = np.inf
        return more if more.any() else None

    def _doubted(self, lane: Lane, since: Since, unknown: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        """Nothing follows a step that surely has not happened; after one that perhaps has, anything may."""
        before = lane.parts[1]
        doubt = self._missing(before.selection, before)
        if unknown is not None:
            may = self._reached(since, self.span(before)) >= 0
            unknown = np.where(may if doubt is None else may | (doubt > 0), unknown, 0.0)
        if doubt is None:
            return unknown
        return np.where(doubt > 0, np.inf, 0.0 if unknown is None else unknown)

    def _of(self, number: int, sure: bool) -> Selected:
        surely, maybe = self.selected(number)
        return surely if sure or maybe is None else maybe

    def _window(self, number: int, lane: Lane, sure: bool = True) -> Span:
        right = self.until(lane, sure)
        left = self._edges(number, sure, lane.reach_us)
        if lane.others:
            latest = np.append(self._of(number, sure).at.place, -1)[right - 1]
            right = right - ((left < right) & (latest == self.anchors.place))
        return Span(left, right)

    def _reached(self, since: Since, span: Span) -> NDArray[np.int64]:
        """Give the member with which a step has happened often enough, -1 where it has not."""
        if since.different:
            out = np.empty(len(span.left), np.int64)
            windows.reached(self.anchors, span, *self.twins(since.selection, since.different), since.times, out)
            return out
        enough = span.left + since.times - 1
        return np.where(enough < span.right, enough, -1)

    def _edges(self, number: int, sure: bool, window_us: int) -> NDArray[np.int64]:
        out = np.empty(len(self.anchors.t), np.int64)
        windows.edges(self.anchors, self._of(number, sure).at, self.upto(number, sure), window_us, out)
        return out

    def _passes(self, number: int, k: int) -> Truth | None:
        """Tell which rows of a stream pass a selection's filter and have its argument; None: all do, surely."""
        selection, rows = self.sources.plan.selections[number], self.block.rows[k]
        truth = None
        if number in self.sources.plan.filters:
            truth = passing(self.sources.plan, number, self.sources.rows, self.sources.lists, self.word)[rows]
        if selection.argument:
            unknown = is_unknown(self.sources.rows.column(selection.stream.table, selection.argument)[rows])
            if unknown.any():
                truth = np.full(len(rows), TRUE, np.uint8) if truth is None else truth
                truth = np.where(unknown & (truth == TRUE), UNKNOWN, truth).astype(np.uint8)
        return truth

    def _listed(self, k: int, chosen: NDArray[np.int64] | None) -> Selected:
        place, times, rows = self.block.places[k], self.block.times[k], self.block.rows[k]
        if chosen is not None:
            place, times, rows = place[chosen], times[chosen], rows[chosen]
        return Selected(k, Members(np.searchsorted(place, self.block.begin).astype(np.int64), times, place), rows)


def spoken(rows: Rows, lists: Lists, word: tuple[str, str]) -> int:
    """Give the index's code of a category's word."""
    table, _, column = word[0].partition(".")
    if (table, column) == ("facts", "value"):
        return lists.particulars.value(word[1])
    if column.endswith(KIND_OF):
        return KIND_NAMES.index(word[1])
    return rows.table(table).category(column, word[1])


def written_span(us: int) -> str:
    """Write a duration in its natural unit: `48 h`."""
    sizes = ((172_800, 86_400, "d"), (3600, 3600, "h"), (60, 60, "min"), (0, 1, "s"))
    _, size, unit = next(s for s in sizes if us / 1e6 >= s[0])
    return f"{us / 1e6 / size:g} {unit}"
