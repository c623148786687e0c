"""A plan's measures over one block, each computed when something first asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph import windows
from cutline.graph.timelines import Block, Lines
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Bounds, Inputs, Program, Truth, run
from cutline.typologies.plan import Lane, Output, Plan
from cutline.typologies.rows import Lists, Rows, is_unknown
from cutline.typologies.vocabulary import Stream

F8, I8 = np.float64, np.int64
_LARGEST_SUM = 2.0**62


@dataclass(frozen=True, slots=True)
class Members:
    """A selection inside a block, by subject and place: where subjects start, and how far each anchor sees."""

    stream: int
    start: NDArray[np.int64]
    t_us: NDArray[np.int64]
    place: NDArray[np.int64]
    rows: NDArray[np.int32]
    upto: NDArray[np.int64]


@dataclass(slots=True)
class Memory:
    """The latest position of every code, kept from block to block so that it never needs clearing."""

    last: NDArray[np.int64]
    base: int = 0


@dataclass(slots=True)
class Measures:
    """Bounds of a plan's outputs at the anchors of one block; `codes` are the entities of all subjects."""

    plan: Plan
    block: Block
    streams: Sequence[Stream]
    lines: Sequence[Lines]
    rows: Rows
    lists: Lists
    memory: Memory
    codes: NDArray[np.int32]
    _selected: dict[int, tuple[Members, Members | None]] = field(default_factory=dict)
    _left: dict[Lane, NDArray[np.int64]] = field(default_factory=dict)
    _right: dict[Lane, NDArray[np.int64]] = field(default_factory=dict)
    _unknown: dict[Lane, NDArray[np.float64] | None] = field(default_factory=dict)
    _bounds: dict[int, Bounds] = field(default_factory=dict)
    _twins: dict[tuple[int, str], tuple[NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict)
    _prefix: dict[tuple[int, str], list[tuple[NDArray[Any], float]]] = field(default_factory=dict)

    def bounds(self, number: int) -> Bounds:
        """Give the bounds of an output at every anchor."""
        if number not in self._bounds:
            output = self.plan.outputs[number]
            lane = self.plan.lanes[output.lane]
            low = np.zeros(len(self.block.t_us), F8)
            self._measure(output, lane, low)
            unknown = self.unknown(lane)
            window_s = lane.reach_us / 1e6
            self._bounds[number] = (low, low) if unknown is None else widen(output.aggregate, low, unknown, window_s)
        return self._bounds[number]

    def run(self, program: Program, at: NDArray[np.int64]) -> Any:
        """Run a program at some anchors."""

        def bounds(number: int) -> Bounds:
            low, high = self.bounds(number)
            return low[at], high[at]

        def tag(name: tuple[str, str]) -> Truth:
            return self.lists.truth(name[1], self.entities[at], self.block.t_us[at])

        return run(program, Inputs(len(at), bounds, self._word, tag))

    @property
    def entities(self) -> NDArray[np.int32]:
        """The entity behind each anchor."""
        return self.codes[self.block.subject + self.block.first]

    def selected(self, number: int) -> tuple[Members, Members | None]:
        """Give the sure and the possible members of a selection."""
        if number not in self._selected:
            selection = self.plan.selections[number]
            k = list(self.streams).index(selection.stream)
            truth = self._passes(number, k)
            if truth is None:
                self._selected[number] = (self._members(k, None), None)
            else:
                maybe = np.flatnonzero(truth == UNKNOWN)
                sure = self._members(k, np.flatnonzero(truth == TRUE))
                self._selected[number] = (sure, self._members(k, maybe) if len(maybe) else None)
        return self._selected[number]

    def left(self, lane: Lane) -> NDArray[np.int64]:
        """Give each anchor's first member inside the window."""
        if lane not in self._left:
            members = self.selected(lane.selection)[0]
            left = self._edges(members, lane.reach_us)
            if lane.since >= 0:
                other = self.selected(lane.since)[0]
                seen = self._edges(other, lane.window_us)
                windows.left_after(
                    self.block.pointer, members.start, members.place, members.upto, other.place, seen, other.upto, left
                )
            self._left[lane] = left
        return self._left[lane]

    def right(self, lane: Lane) -> NDArray[np.int64]:
        """Give the end of each anchor's window: the first member that it does not hold."""
        if not lane.before_us:
            return self.selected(lane.selection)[0].upto
        if lane not in self._right:
            self._right[lane] = self._edges(self.selected(lane.selection)[0], lane.before_us)
        return self._right[lane]

    def unknown(self, lane: Lane) -> NDArray[np.float64] | None:
        """Give how many more members a window may hold: rows with a null, and without limit where data do not reach."""
        if lane not in self._unknown:
            self._unknown[lane] = self._find_unknown(lane)
        return self._unknown[lane]

    def _find_unknown(self, lane: Lane) -> NDArray[np.float64] | None:
        more: NDArray[np.float64] | None = None
        for number in (lane.selection, lane.since):
            if number < 0:
                continue
            members, maybe = self.selected(number)
            part = np.zeros(len(self.block.t_us), F8)
            if maybe is not None:
                end = self._edges(maybe, lane.before_us) if lane.before_us else maybe.upto
                windows.counts(self._edges(maybe, lane.reach_us), end, part)
                if number == lane.since:
                    part[part > 0] = np.inf
            covered = self.lines[members.stream].covered_us[self.block.first : self.block.last][self.block.subject]
            part[self.block.t_us + 1 - lane.reach_us < covered] = np.inf
            if part.any():
                more = part if more is None else more + part
        return more

    def _edges(self, members: Members, window_us: int) -> NDArray[np.int64]:
        left = np.empty(len(self.block.t_us), I8)
        windows.left_edges(self.block.pointer, self.block.t_us, members.start, members.t_us, members.upto, window_us, left)
        return left

    def _passes(self, number: int, k: int) -> Truth | None:
        """Tell which rows of a stream pass a selection's filter and have its argument; None: all do, surely."""
        selection, rows = self.plan.selections[number], self.block.rows[k]
        truth: Truth | None = None
        if number in self.plan.filters:
            table = selection.stream.table

            def bounds(column: int) -> Bounds:
                return self.rows.bounds(table, self.plan.columns[column][1], rows)

            def tag(name: tuple[str, str]) -> Truth:
                return self.lists.truth(name[1], self.rows.column(table, name[0])[rows], self.block.times[k])

            truth = run(self.plan.filters[number], Inputs(len(rows), bounds, self._word, tag))
            truth = np.where(truth & TRUE, truth & UNKNOWN, FALSE).astype(np.uint8)
        if selection.argument:
            unknown = is_unknown(self.rows.column(selection.stream.table, selection.argument)[rows])
            if unknown.any():
                truth = np.full(len(rows), TRUE, np.uint8) if truth is None else truth
                truth = np.where(unknown & (truth == TRUE), UNKNOWN, truth).astype(np.uint8)
        return truth

    def _word(self, word: tuple[str, str]) -> int:
        table, _, column = word[0].partition(".")
        return self.rows.table(table).category(column, word[1])

    def _members(self, k: int, chosen: NDArray[np.int64] | None) -> Members:
        block = self.block
        place, times, rows = block.places[k], block.times[k], block.rows[k]
        if chosen is not None:
            place, times, rows = place[chosen], times[chosen], rows[chosen]
        start = np.searchsorted(place, block.begin).astype(I8)
        upto = np.empty(len(block.t_us), I8)
        windows.reach(block.pointer, block.place, start, place, upto)
        return Members(k, start, times, place, rows, upto)

    def _values(self, number: int, column: str) -> NDArray[Any]:
        selection = self.plan.selections[number]
        return self.rows.column(selection.stream.table, column)[self.selected(number)[0].rows]

    def _measure(self, output: Output, lane: Lane, out: NDArray[np.float64]) -> None:
        members, left = self.selected(lane.selection)[0], self.left(lane)
        block, upto, number, column = self.block, self.right(lane), lane.selection, output.column
        values = partial(self._values, number, column)
        match output.aggregate:
            case "count":
                windows.counts(left, upto, out)
            case "sum" | "mean":
                for prefix, scale in self._prefixes(number, column):
                    windows.totals(left, upto, prefix, scale, out)
                if output.aggregate == "mean":
                    windows.ratios(left, upto, out)
            case "min" | "max":
                sign = 1 if output.aggregate == "min" else -1
                windows.extremes(block.pointer, members.start, left, upto, values(), sign, out)
            case "first" | "last":
                windows.ends(left, upto, values(), output.aggregate == "last", out)
            case "std":
                windows.deviations(left, upto, values().astype(F8), out)
            case "median" | "p90":
                windows.percentiles(left, upto, values().astype(F8), 0.5 if output.aggregate == "median" else 0.9, out)
            case "distinct":
                windows.distincts(block.pointer, members.start, left, upto, *self._twins_of(number, column), out)
            case "repeats":
                windows.repeats(left, upto, block.place, members.place, self._twins_of(number, column)[0], out)
            case "entropy" | "top_share":
                windows.crowds(left, upto, _dense(values()), output.aggregate == "entropy", out)
            case "first_gap":
                windows.since_first(block.t_us, members.t_us, left, upto, out)
            case "last_gap":
                windows.since_latest(block.t_us, block.place, members.t_us, members.place, left, upto, out)
            case "longest_gap" | "unevenness":
                windows.pauses(members.t_us, left, upto, output.aggregate == "longest_gap", out)

    def _prefixes(self, number: int, column: str) -> list[tuple[NDArray[Any], float]]:
        """Prefix sums of a column; amounts that could pass 63 bits in one window are summed in two halves."""
        if (number, column) not in self._prefix:
            values = self._values(number, column)
            values = values.astype(I8) if values.dtype.kind == "i" else values
            halves = [(values, 1.0)]
            if values.dtype == I8 and np.abs(values.astype(F8)).sum() > _LARGEST_SUM:
                halves = [(values >> 32, 2.0**32), (values & 0xFFFFFFFF, 1.0)]
            self._prefix[number, column] = [(np.concatenate([[0], np.cumsum(v)]), scale) for v, scale in halves]
        return self._prefix[number, column]

    def _twins_of(self, number: int, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if (number, column) not in self._twins:
            codes, members = self._values(number, column), self.selected(number)[0]
            previous, following = np.empty(len(codes), I8), np.empty(len(codes), I8)
            windows.twins(members.start, codes, self.memory.last, self.memory.base, previous, following)
            self.memory.base += len(codes)
            self._twins[number, column] = (previous, following)
        return self._twins[number, column]


def _dense(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.unique(codes, return_inverse=True)[1].astype(I8)


_UPWARDS = {"count", "distinct", "sum", "repeats", "max", "first_gap"}
"""Measures that more members can only raise (amounts are never negative)."""

_DOWNWARDS = {"min", "last_gap"}
"""Measures that more members can only lower."""


def widen(aggregate: str, low: NDArray[np.float64], unknown: NDArray[np.float64], window_s: float) -> Bounds:
    """Give the bounds of a measure whose window may hold `unknown` more members; where nothing was measured, anything goes."""
    more = unknown > 0
    if aggregate in ("count", "distinct", "repeats"):
        high = low + unknown
    elif aggregate in _UPWARDS:
        high = np.where(more, window_s if aggregate == "first_gap" else np.inf, low)
    else:
        high = np.where(more & (aggregate not in _DOWNWARDS), np.inf, low)
    if aggregate in _DOWNWARDS:
        low = np.where(more, 0.0 if aggregate == "last_gap" else -np.inf, low)
    elif aggregate not in _UPWARDS:
        low = np.where(more, -np.inf, low)
    empty = more & np.isnan(high)
    return np.where(empty | (more & np.isnan(low)), -np.inf, low), np.where(empty, np.inf, high)
