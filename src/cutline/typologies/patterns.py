"""Patterns and company at the subject's own rows: everybody's rows are laid out as a graph once, and looked at from each row.

The rows of a graph are those that surely pass the measure's filter, of all subjects. What might belong too (an unknown value in
the filter, history that was not delivered, a search that its budget ended) can only raise a measure: its upper bound is then
unlimited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.graph.co_movement import Occasions, Presence, company_of, meet, together
from cutline.graph.patterns import BUDGET, CROWD, Ends, Found, Graph, Search, lay_out
from cutline.graph.patterns_fan import fan_in, fan_out, gather_scatter
from cutline.graph.patterns_path import CHAIN, CYCLE, PEEL, chain, cycle, path_rows, peel
from cutline.graph.patterns_scatter import scatter_gather, scatter_gather_rows
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Bounds, Truth
from cutline.typologies.filters import passing
from cutline.typologies.plan import Output
from cutline.typologies.relations import TOGETHER
from cutline.typologies.rows import is_unknown
from cutline.typologies.selections import Selections, Sources
from cutline.typologies.services import find_services
from cutline.typologies.vocabulary import ENDS, Stream

A_DAY_US, HOME_US = 86_400_000_000, 8 * 3_600_000_000
"""Occasions are told apart by the days of the country whose people are robbed (UTC+8 all the year)."""

FOUND_BY: dict[str, Callable[[Graph, NDArray[np.int64], Search], Found]] = {
    "fan_in": fan_in,
    "fan_out": fan_out,
    "gather_scatter": gather_scatter,
    "scatter_gather": scatter_gather,
    "cycle": cycle,
    "chain": chain,
    "peel": peel,
}

STRANGERS = ("cycle", "scatter_gather")
"""Patterns that mean something only among strangers: whoever withdraws from an exchange and deposits there again closes a
cycle, and a bridge gathers from everybody. Rows with one who serves everybody end none of them, and none leads through it."""

_SHAPES = {"cycle": CYCLE, "chain": CHAIN, "peel": PEEL}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph of some rows of a table: which row of the table each is, and back (-1: not in it, -2: it may be)."""

    graph: Graph
    rows: NDArray[np.int64]
    number: NDArray[np.int64]
    maybe_t: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody's occasions at the places of one column."""

    presence: Presence
    occasions: Occasions
    truth: Truth


@dataclass(slots=True)
class Drawings:
    """Graphs and occasions of one plan, each made once, when something first asks: 84 bytes a row, 40 a meeting."""

    graphs: dict[int, Drawing] = field(default_factory=dict)
    companies: dict[tuple[int, str, int], Company] = field(default_factory=dict)
    services: NDArray[np.bool_] | None = None

    def graph(self, selections: Selections, number: int) -> Drawing:
        """Give the graph of the rows of a selection, whoever they belong to."""
        if number not in self.graphs:
            self.graphs[number] = _draw(selections, number, self.serving(selections.sources))
        return self.graphs[number]

    def serving(self, sources: Sources) -> NDArray[np.bool_]:
        """Say who serves everybody (boolean over the entities)."""
        if self.services is None:
            self.services = find_services(sources.rows.index)
        return self.services

    def served(self, sources: Sources, table: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which rows of a table have one who serves everybody at either end."""
        serving = self.serving(sources)
        source, target = (sources.rows.table(table).columns[name][rows] for name in ENDS[table])
        return np.asarray((serving[source] & (source >= 0)) | (serving[target] & (target >= 0)))

    def company(self, selections: Selections, output: Output) -> Company:
        """Give the occasions at which rows of a selection met at the places of a column."""
        sources = selections.sources
        number = sources.plan.lanes[output.lane].selection
        key = (number, output.column, output.within_us)
        if key not in self.companies:
            stream = sources.plan.selections[number].stream
            table, truth = sources.rows.table(stream.table), _belonging(selections, number)
            place = np.where(truth == TRUE, sources.rows.column(stream.table, output.column), -1).astype(np.int32)
            day = ((table.t_us + HOME_US) // A_DAY_US).astype(np.int32)
            presence = Presence(table.t_us, day, sources.rows.column(stream.table, stream.role), place)
            self.companies[key] = Company(presence, meet(presence, output.within_us), truth)
        return self.companies[key]


def related(selections: Selections, output: Output, drawings: Drawings) -> tuple[Bounds, NDArray[np.bool_]]:
    """Measure a pattern or company at the subjects' own rows: bounds at every anchor, and where the budget ended a search.

    At the anchors of other streams, and at rows that are not of the pattern's, there is nothing to measure.
    """
    lane = selections.sources.plan.lanes[output.lane]
    low, high = np.full(len(selections.block.t_us), np.nan), np.full(len(selections.block.t_us), np.nan)
    truncated = np.zeros(len(low), np.bool_)
    at, own = own_rows(selections, selections.sources.plan.selections[lane.selection].stream)
    value, ended, more = (_met if output.aggregate == TOGETHER else _found)(selections, output, drawings, own)
    unknown = selections.unknown(lane)
    more |= ended if unknown is None else ended | (unknown[at] > 0)
    low[at], truncated[at] = value, ended
    high[at] = np.where(more & ~np.isnan(value), np.inf, value)
    return (low, high), truncated


def own_rows(selections: Selections, stream: Stream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the anchors that are rows of a stream, and those rows."""
    k, block = selections.sources.streams.index(stream), selections.block
    at = np.flatnonzero(block.stream == k)
    return at, block.rows[k][np.searchsorted(block.places[k], block.place[at])].astype(np.int64)


def evidence_of(selections: Selections, output: Output, drawings: Drawings, row: int) -> NDArray[np.int64]:
    """Give the rows of a table that make up what was measured at one row: the path, the middlemen, the meetings."""
    sources = selections.sources
    lane = sources.plan.lanes[output.lane]
    if output.aggregate == TOGETHER:
        company = drawings.company(selections, output)
        return company_of(company.occasions, company.presence, row, lane.window_us)[1]
    drawing, search = drawings.graph(selections, lane.selection), _search(sources, output)
    own = int(drawing.number[row])
    if own < 0 or output.aggregate not in (*_SHAPES, "scatter_gather"):
        return np.empty(0, np.int64)
    if output.aggregate == "scatter_gather":
        return drawing.rows[scatter_gather_rows(drawing.graph, own, search)]
    return drawing.rows[path_rows(drawing.graph, own, search, _SHAPES[output.aggregate])]


def _belonging(selections: Selections, number: int) -> Truth:
    """Tell for every row of a selection's table whether it passes the filter and has the argument."""
    sources, wanted = selections.sources, selections.sources.plan.selections[number]
    truth = np.full(len(sources.rows.table(wanted.stream.table)), TRUE, np.uint8)
    if number in sources.plan.filters:
        truth = passing(sources.plan, number, sources.rows, sources.lists, selections.word)
    if wanted.argument:
        unknown = is_unknown(sources.rows.column(wanted.stream.table, wanted.argument))
        truth = np.where(unknown & (truth == TRUE), UNKNOWN, truth).astype(np.uint8)
    return truth


def _draw(selections: Selections, number: int, serving: NDArray[np.bool_]) -> Drawing:
    sources = selections.sources
    table, truth = sources.rows.table(sources.plan.selections[number].stream.table), _belonging(selections, number)
    rows = np.flatnonzero(truth == TRUE)
    source, target = (table.columns[name][rows] for name in ENDS[table.name])
    named = (source >= 0) & (target >= 0)
    rows, ends = rows[named], Ends(table.t_us[rows[named]], source[named], target[named])
    places = np.where(truth == UNKNOWN, -2, -1)
    places[rows] = np.arange(len(rows))
    amount, asset = (table.columns[name][rows] if name in table.columns else None for name in ("amount", "asset"))
    return Drawing(lay_out(ends, amount, asset, serving), rows, places, table.t_us[truth == UNKNOWN])


def _search(sources: Sources, output: Output) -> Search:
    return Search(sources.plan.lanes[output.lane].window_us, output.within_us, output.keeping, BUDGET, CROWD)


Related = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]
"""At each own row: the measure, whether its budget ended the search, whether rows that may belong could raise it."""


def _found(selections: Selections, output: Output, drawings: Drawings, own: NDArray[np.int64]) -> Related:
    sources = selections.sources
    lane = sources.plan.lanes[output.lane]
    drawing, t_us = drawings.graph(selections, lane.selection), sources.rows.table(_table(sources, output)).t_us[own]
    value, ended = np.full(len(own), np.nan), np.zeros(len(own), np.bool_)
    number = drawing.number[own]
    inside = np.flatnonzero(number >= 0)
    found = FOUND_BY[output.aggregate](drawing.graph, number[inside], _search(sources, output))
    value[inside], ended[inside] = found.value, found.truncated
    value[number == -2] = 0.0
    if output.aggregate in STRANGERS:
        value[drawings.served(sources, _table(sources, output), own)] = 0.0
    since = np.searchsorted(drawing.maybe_t, t_us - lane.window_us, "right")
    return value, ended, np.searchsorted(drawing.maybe_t, t_us, "right") > since


def _met(selections: Selections, output: Output, drawings: Drawings, own: NDArray[np.int64]) -> Related:
    sources = selections.sources
    company = drawings.company(selections, output)
    value = together(company.occasions, company.presence, own, sources.plan.lanes[output.lane].window_us)
    value[company.truth[own] == FALSE] = np.nan
    return value, np.zeros(len(own), np.bool_), company.truth[own] == UNKNOWN


def _table(sources: Sources, output: Output) -> str:
    return sources.plan.selections[sources.plan.lanes[output.lane].selection].stream.table
