"""Scatter-gather: one source pays many, and they pay one sink: the money that was split comes together again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Found, Graph, Search, alike, below, lately
from cutline.model.kernels import inner, kernel

WORTH = 4
"""Rows of a source that are read in a row cost as much as one jump to what another payer of the payee got (measured)."""


def scatter_gather(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give over how many middlemen one source's money reached the row's payee: the best source that paid the row's payer.

    A middleman was paid by the source strictly before it paid the sink, both in the window, at most `within_us` apart. Of
    several payments of a middleman to the sink the latest counts. 0: nobody paid the row's payer; 1: no other middleman.
    """
    value, truncated, _ = _counted(graph, at, search)
    return Found(value, truncated)


def scatter_gather_rows(graph: Graph, row: int, search: Search) -> NDArray[np.int64]:
    """Give the rows of the scatter-gather that ends in a row, in time order: both payments of every middleman."""
    value, _, source = _counted(graph, np.array([row]), search)
    rows = np.empty(2 * int(value[0]), np.int64)
    if len(rows):
        _middlemen(graph, row, int(source[0]), search, rows)
    return np.sort(rows)


Counted = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]


def _counted(graph: Graph, at: NDArray[np.int64], search: Search) -> Counted:
    """Give at each anchor how many middlemen, whether its budget ended, and the source."""
    value, truncated, source = np.zeros(len(at)), np.zeros(len(at), np.bool_), np.full(len(at), -1)
    hopeful = np.asarray(lately(graph.t_us, graph.came, graph.into.entries, at, search.window_us), np.bool_)
    hopeful &= (graph.source[at] != graph.target[at]) & ~graph.serves[graph.source[at]]
    _scatter_gather(graph, at, np.flatnonzero(hopeful), search, (value, truncated, source))
    return value, truncated, source


@kernel
def _scatter_gather(graph: Any, at: Any, hopeful: Any, search: Any, out: Any) -> None:
    """Note the sources of the row's payer and the payee's other payers, and ask the fewer of both about the others."""
    value, truncated, source = out
    share = search.window_us / max(1, graph.t_us[-1] - graph.t_us[0]) if len(graph.t_us) else 1.0
    for i in hopeful:
        row = at[i]
        steps, earliest, work = _note_sources(graph, row, search)
        if earliest >= 0:
            steps, others = _note_others(graph, row, search, steps)
            if others and min(share, 1.0) * work < WORTH * others:
                steps = _ask_sources(graph, row, search, steps, earliest)
            elif others:
                steps = _ask_others(graph, row, search, steps)
            value[i], source[i] = _best(graph, row, earliest)
        truncated[i] = steps >= search.budget


@inner
def _note_sources(graph: Any, row: int, search: Any) -> Any:
    """Write down who gave the row's payer what it can have passed on; gives steps, the first's place, all that they paid."""
    notes, entries, sink = graph.notes, graph.into.entries, graph.target[row]
    notes.mark[0] += 1
    mark, passed, end = notes.mark[0], entries[graph.into.place[row]], graph.into.start[graph.source[row]]
    k, steps, earliest, work = np.int64(graph.came[row]), 0, np.int64(-1), 0
    limit = graph.t_us[row] - search.window_us
    while k >= end and entries[k].t_us > limit and steps < search.budget:
        payer = entries[k].other
        fits = notes.of[payer].asked != mark and payer != sink and not graph.serves[payer]
        if fits and _passes(graph.kind, search, entries[k], passed):
            notes.of[payer].asked = mark
            notes.of[payer].moment = 1  # middlemen so far: the row's payer
            work += graph.out.start[payer + 1] - graph.out.start[payer]
            earliest = k
        k -= 1
        steps += 1
    return steps, earliest, work


@inner
def _passes(kind: Any, search: Any, gave: Any, passed: Any) -> bool:
    """Whether a middleman can have passed on what it got."""
    held = passed.t_us - gave.t_us
    if held <= 0 or (search.within_us and held > search.within_us):
        return False
    return bool(alike(kind, gave, passed, search.keeping))


@inner
def _note_others(graph: Any, row: int, search: Any, steps: int) -> Any:
    """Write down who else paid the row's payee, and where each one's latest payment stands; gives the steps, and how many."""
    notes, entries, sink = graph.notes, graph.into.entries, graph.target[row]
    mark, k, end, others = notes.mark[0], np.int64(graph.into.place[row]) - 1, graph.into.start[sink], 0
    limit = graph.t_us[row] - search.window_us
    notes.of[graph.source[row]].seen = notes.of[sink].seen = mark
    notes.of[graph.source[row]].passed = notes.of[sink].passed = -1  # neither is another
    while k >= end and entries[k].t_us > limit and steps < search.budget:
        payer = entries[k].other
        if notes.of[payer].seen != mark:
            notes.of[payer].seen = mark
            notes.of[payer].passed = -1 if graph.serves[payer] else k
            others += 1
        k -= 1
        steps += 1
    return steps, others


@inner
def _ask_sources(graph: Any, row: int, search: Any, steps: int, earliest: int) -> Any:
    """Count among those whom each source paid the others, once each; gives the steps."""
    notes, entries, paid = graph.notes, graph.into.entries, graph.out.entries
    mark, now, kind = notes.mark[0], graph.t_us[row], graph.kind
    notes.mark[1] += 1
    round_ = notes.mark[1]
    for place in range(graph.came[row], earliest - 1, -1):
        payer = entries[place].other
        if notes.of[payer].asked != mark or notes.frames[0, payer] == round_:
            continue
        notes.frames[0, payer] = round_
        notes.mark[1] += 1
        k = below(graph.out, payer, now) - 1
        while k >= graph.out.start[payer] and paid[k].t_us > now - search.window_us and steps < search.budget:
            other = paid[k].other
            fits = notes.of[other].seen == mark and notes.of[other].passed >= 0 and notes.of[other].counted != notes.mark[1]
            if fits and _passes(kind, search, paid[k], entries[notes.of[other].passed]):
                notes.of[other].counted = notes.mark[1]
                notes.of[payer].moment += 1
            k -= 1
            steps += 1
    return steps


@inner
def _ask_others(graph: Any, row: int, search: Any, steps: int) -> Any:
    """Count for each source those of the others whom it paid before they passed it on; gives the steps."""
    notes, entries, kind, sink = graph.notes, graph.into.entries, graph.kind, graph.target[row]
    mark, limit = notes.mark[0], graph.t_us[row] - search.window_us
    k = np.int64(graph.into.place[row]) - 1
    while k >= graph.into.start[sink] and entries[k].t_us > limit and steps < search.budget:
        middle = entries[k].other
        if notes.of[middle].passed == k:
            notes.mark[1] += 1
            j = np.int64(graph.came[entries[k].row])
            while j >= graph.into.start[middle] and entries[j].t_us > limit and steps < search.budget:
                payer = entries[j].other
                fits = notes.of[payer].asked == mark and notes.of[payer].counted != notes.mark[1]
                if fits and _passes(kind, search, entries[j], entries[k]):
                    notes.of[payer].counted = notes.mark[1]
                    notes.of[payer].moment += 1
                j -= 1
                steps += 1
        k -= 1
        steps += 1
    return steps


@inner
def _best(graph: Any, row: int, earliest: int) -> Any:
    """Give the largest count of middlemen, and the source that has it: the one that paid last."""
    notes, most, source = graph.notes, 0, -1
    for k in range(graph.came[row], earliest - 1, -1):
        payer = graph.into.entries[k].other
        if notes.of[payer].asked == notes.mark[0] and notes.of[payer].moment > most:
            most, source = notes.of[payer].moment, payer
    return most, source


@kernel
def _middlemen(graph: Any, row: int, source: int, search: Any, rows: Any) -> None:
    """Write down both payments of every middleman between a source and the row's payee, as many as there is room for."""
    notes, entries, sink = graph.notes, graph.into.entries, graph.target[row]
    k, found, limit = np.int64(graph.into.place[row]), 0, graph.t_us[row] - search.window_us
    notes.mark[0] += 1
    while k >= graph.into.start[sink] and entries[k].t_us > limit and found < len(rows):
        middle, j = entries[k].other, np.int64(graph.came[entries[k].row])
        known = notes.of[middle].seen == notes.mark[0] or graph.serves[middle] or middle == sink
        notes.of[middle].seen = notes.mark[0]
        while not known and j >= graph.into.start[middle] and entries[j].t_us > limit:
            if entries[j].other == source and _passes(graph.kind, search, entries[j], entries[k]):
                rows[found], rows[found + 1] = entries[j].row, entries[k].row
                found, known = found + 2, True
            j -= 1
        k -= 1
