"""A plan's measures over one block: bounds at every anchor, each computed when something first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph import window_values
from cutline.graph.consecutive import Line, numbers_of, runs
from cutline.graph.timelines import Block
from cutline.graph.windows import Members, Span
from cutline.typologies.aggregates import percentile_of
from cutline.typologies.evaluator import Bounds, Inputs, Program, Truth, run
from cutline.typologies.histories import STATES
from cutline.typologies.patterns import Drawings, related
from cutline.typologies.peering import groups_of, look_up
from cutline.typologies.plan import CROWD, PEERS, Output
from cutline.typologies.relations import RELATIONS
from cutline.typologies.selections import Selections, Sources
from cutline.typologies.trees import Ask

F8, I8 = np.float64, np.int64
_LARGEST_SUM = 2.0**62


@dataclass(slots=True)
class Memory:
    """What is kept from block to block: the latest position of every code, which never needs clearing, and graphs."""

    last: NDArray[np.int64]
    base: int = 0
    drawings: Drawings = field(default_factory=Drawings)


@dataclass(slots=True)
class Measures:
    """Bounds of a plan's outputs at the anchors of one block."""

    selections: Selections
    memory: Memory
    _bounds: dict[int, Bounds] = field(default_factory=dict)
    _twins: dict[tuple[int, str], tuple[NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict)
    _prefixes: dict[tuple[int, str], list[tuple[NDArray[Any], float]]] = field(default_factory=dict)
    _truncated: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    _wider: tuple[Measures, NDArray[np.int64]] | None = None

    @classmethod
    def over(cls, sources: Sources, block: Block, memory: Memory) -> Measures:
        """Lay the plan over a block."""
        return cls(Selections.over(sources, block), memory)

    def only(self, at: NDArray[np.int64]) -> Measures:
        """Measure at some of the anchors (ascending positions, at least one); what is known already is not measured again."""
        narrower = Measures(self.selections.only(at), self.memory)
        narrower._twins, narrower._prefixes = self._twins, self._prefixes
        narrower._wider = (self, at)
        return narrower

    @property
    def block(self) -> Block:
        """The block."""
        return self.selections.block

    @property
    def sources(self) -> Sources:
        """What the sweep reads."""
        return self.selections.sources

    @property
    def entities(self) -> NDArray[np.int32]:
        """The entity behind each anchor."""
        return self.sources.codes[self.block.subject + self.block.first]

    def run(self, program: Program, at: NDArray[np.int64]) -> Any:
        """Run a program at some anchors."""

        def bounds(number: int) -> Bounds:
            searched = self.sources.plan.outputs[number].aggregate in RELATIONS and number not in self._bounds
            if searched and 0 < len(at) < len(self.block.t_us):
                return self.only(at).bounds(number)  # a search costs too much to make it where nobody asks
            low, high = self.bounds(number)
            return low[at], high[at]

        def tag(name: tuple[str, str]) -> Truth:
            return self.sources.lists.truth(name[1], self.entities[at], self.block.t_us[at])

        def ask(asked: Ask) -> Bounds | Truth:
            return self.sources.lists.particulars.answer(asked, self.entities[at], self.block.t_us[at])

        return run(program, Inputs(len(at), bounds, self.selections.word, tag, ask))

    def bounds(self, number: int) -> Bounds:
        """Give the bounds of an output at every anchor."""
        if number not in self._bounds and self._wider is not None and number in self._wider[0]._bounds:
            wider, at = self._wider
            low, high = wider._bounds[number]
            self._bounds[number] = low[at], high[at]
            if number in wider._truncated:
                self._truncated[number] = wider._truncated[number][at]
        if number not in self._bounds:
            output = self.sources.plan.outputs[number]
            lane = self.sources.plan.lanes[output.lane]
            if output.aggregate == CROWD:
                self._bounds[number] = self._crowd(output)
                return self._bounds[number]
            if output.aggregate == PEERS:
                self._bounds[number] = self._peers(output)
                return self._bounds[number]
            if output.aggregate in STATES:
                self._bounds[number] = STATES[output.aggregate](self.selections, output)
                return self._bounds[number]
            if output.aggregate in RELATIONS:
                self._bounds[number], self._truncated[number] = related(self.selections, output, self.memory.drawings)
                return self._bounds[number]
            low = np.zeros(len(self.block.t_us), F8)
            measure = _percentile if percentile_of(output.aggregate) else MEASURED_BY[output.aggregate]
            measure(self, output, self.selections.span(lane), low)
            self._bounds[number] = widen(output.aggregate, low, self.selections.unknown(lane), lane.reach_us / 1e6)
        return self._bounds[number]

    def truncated(self, programs: Iterable[Program], at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell at which anchors a search that some program reads was ended by its budget."""
        out = np.zeros(len(self.block.t_us), np.bool_)
        for number in dict.fromkeys(n for program in programs for n in program.loads):
            if self.sources.plan.outputs[number].aggregate in RELATIONS:
                self.bounds(number)
                out |= self._truncated[number]
        return out[at]

    def members(self, output: Output) -> Members:
        """Give the rows that an output measures."""
        return self.selections.selected(self._selection(output))[0].at

    def values(self, output: Output) -> NDArray[Any]:
        """Give the argument of an output at the rows that it measures."""
        return self.selections.values(self._selection(output), output.column)

    def prefixes(self, output: Output) -> list[tuple[NDArray[Any], float]]:
        """Give prefix sums and their scales; amounts that could pass 63 bits in one window are summed in two halves."""
        key = (self._selection(output), output.column)
        if key not in self._prefixes:
            values = self.values(output)
            values = values.astype(I8) if values.dtype.kind == "i" else values
            halves = [(values, 1.0)]
            if values.dtype == I8 and np.abs(values.astype(F8)).sum() > _LARGEST_SUM:
                halves = [(values >> 32, 2.0**32), (values & 0xFFFFFFFF, 1.0)]
            self._prefixes[key] = [(np.concatenate([[0], np.cumsum(v)]), scale) for v, scale in halves]
        return self._prefixes[key]

    def twins(self, output: Output) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give for each row the same subject's row with the same code before it and after it."""
        key = (self._selection(output), output.column)
        if key not in self._twins:
            codes = self.values(output)
            previous, following = np.empty(len(codes), I8), np.empty(len(codes), I8)
            window_values.twins(self.members(output).start, codes, self.memory.last, self.memory.base, previous, following)
            self.memory.base += len(codes)
            self._twins[key] = (previous, following)
        return self._twins[key]

    def _crowd(self, output: Output) -> Bounds:
        """Read a crowd's column at the anchors' own rows; at the anchors of other tables there is nothing to measure."""
        low, high = np.full(len(self.block.t_us), np.nan), np.full(len(self.block.t_us), np.nan)
        table = self.sources.plan.selections[self._selection(output)].stream.table
        found = self.sources.rows.crowds[table, output.column]
        for k, stream in enumerate(self.sources.streams):
            if stream.table == table and not stream.via:
                at = np.flatnonzero(self.block.stream == k)
                own = self.block.rows[k][np.searchsorted(self.block.places[k], self.block.place[at])]
                low[at], high[at] = found[0][own], found[1][own]
        return low, high

    def _peers(self, output: Output) -> Bounds:
        found, t_us = self.sources.rows.peers[output.column], self.block.t_us
        return look_up(found, t_us, groups_of(found.same, self.sources.lists.particulars, self.entities, t_us))

    def _selection(self, output: Output) -> int:
        return self.sources.plan.lanes[output.lane].selection


Measured = NDArray[np.float64]


def _count(_: Measures, __: Output, span: Span, out: Measured) -> None:
    window_values.counts(span, out)


def _sum(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    for prefix, scale in measures.prefixes(output):
        window_values.totals(span, prefix, scale, out)


def _mean(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    _sum(measures, output, span, out)
    window_values.ratios(span, out)


def _std(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.deviations(span, measures.values(output).astype(F8), out)


def _extreme(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    sign = 1 if output.aggregate == "min" else -1
    window_values.extremes(measures.selections.anchors, measures.members(output), span, measures.values(output), sign, out)


def _percentile(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.percentiles(span, measures.values(output).astype(F8), percentile_of(output.aggregate) or 0.5, out)


def _end(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.ends(span, measures.values(output), output.aggregate == "last", out)


def _distinct(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.distincts(measures.selections.anchors, measures.members(output), span, *measures.twins(output), out)


def _repeats(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.repeats(measures.selections.anchors, measures.members(output), span, measures.twins(output)[0], out)


def _crowd(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    codes = np.unique(measures.values(output), return_inverse=True)[1].astype(I8)
    window_values.crowds(span, codes, output.aggregate == "entropy", out)


def _first_gap(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.since_first(measures.selections.anchors, measures.members(output), span, out)


def _last_gap(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.since_latest(measures.selections.anchors, measures.members(output), span, out)


def _pause(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    window_values.pauses(measures.members(output), span, output.aggregate == "longest_gap", out)


def _dormancy(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    lane = measures.sources.plan.lanes[output.lane]
    reaches = (lane.reach_us, lane.before_us)
    window_values.silences(measures.selections.anchors, measures.members(output), span, reaches, out)


def _consecutive(measures: Measures, output: Output, span: Span, out: Measured) -> None:
    """Runs through the anchor's own number; NaN where the anchor itself is no member, as in `repeats`."""
    members, anchors = measures.members(output), measures.selections.anchors
    own = span.right - 1
    asked = np.flatnonzero((own >= span.left) & (np.append(members.place, -1)[own] == anchors.place))
    out.fill(np.nan)
    window_us = measures.sources.plan.lanes[output.lane].window_us
    line, ids = Line(members.start, members.t), measures.sources.rows.index.entities
    for serials in numbers_of(measures.values(output), ids) if len(asked) else ():
        out[asked] = np.fmax(out[asked], runs(line, serials, own[asked], window_us))


MEASURED_BY: dict[str, Callable[[Measures, Output, Span, Measured], None]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "std": _std,
    "min": _extreme,
    "max": _extreme,
    "first": _end,
    "last": _end,
    "distinct": _distinct,
    "repeats": _repeats,
    "entropy": _crowd,
    "top_share": _crowd,
    "first_gap": _first_gap,
    "last_gap": _last_gap,
    "longest_gap": _pause,
    "unevenness": _pause,
    "dormancy": _dormancy,
    "consecutive": _consecutive,
}
"""How each aggregate of the vocabulary is measured; `share` is lowered to two counts."""

_COUNTED = {"count", "distinct", "repeats"}
_RAISED = {"sum", "max", "first_gap", "consecutive"}
"""Measures that more members can only raise (amounts are never negative)."""

_LOWERED = {"min", "last_gap", "dormancy"}
"""Measures that more members can only lower."""


def widen(aggregate: str, low: Measured, unknown: NDArray[np.float64] | None, reach_s: float) -> Bounds:
    """Give the bounds of a measure whose window may hold `unknown` more members; where nothing was measured, anything goes."""
    if unknown is None:
        return low, low
    more = unknown > 0
    bottom, top = low, low
    if aggregate in _COUNTED:
        top = low + unknown
    elif aggregate not in _LOWERED:
        top = np.where(more, reach_s if aggregate == "first_gap" else np.inf, low)
    if aggregate in _LOWERED:
        bottom = np.where(more, -np.inf if aggregate == "min" else 0.0, low)
    elif aggregate not in _COUNTED | _RAISED:
        bottom = np.where(more, -np.inf, low)
    empty = more & np.isnan(low)
    return np.where(empty, -np.inf, bottom), np.where(empty, np.inf, top)
