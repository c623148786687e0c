"""Scatter-gather: one source pays many, and they pay one sink: the money that was split comes together again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Found, Graph, Search, alike, below
from cutline.model.kernels import kernel


def scatter_gather(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give over how many middlemen one source's money reached the row's payee: the best source that paid the row's payer.

    A middleman was paid by the source strictly before it paid the sink, both in the window, at most `within_us` apart. Of
    several payments of a middleman to the sink the latest counts. 0: nobody paid the row's payer; 1: no other middleman.
    """
    value, truncated, source = np.zeros(len(at)), np.zeros(len(at), np.bool_), np.empty(len(at), np.int64)
    _scatter_gather(graph, at, search, value, truncated, source)
    return Found(value, truncated)


def scatter_gather_rows(graph: Graph, row: int, search: Search) -> NDArray[np.int64]:
    """Give the rows of the scatter-gather that ends in a row, in time order: both payments of every middleman."""
    value, truncated, source = np.zeros(1), np.zeros(1, np.bool_), np.empty(1, np.int64)
    _scatter_gather(graph, np.array([row]), search, value, truncated, source)
    if value[0] == 0:
        return np.empty(0, np.int64)
    rows = np.empty(2 * int(value[0]), np.int64)
    _note_sink(graph, row, search)
    _middlemen(graph, row, int(source[0]), search, 0, rows)
    return np.sort(rows)


@kernel
def _scatter_gather(graph: Any, at: Any, search: Any, value: Any, truncated: Any, source: Any) -> None:
    notes = graph.notes
    for i in range(len(at)):
        row, middle = at[i], graph.source[at[i]]
        k = below(graph.into, middle, graph.before[row]) - 1
        limit = graph.t_us[row] - search.window_us
        if k < graph.into.start[middle] or graph.t_us[graph.into.rows[k]] <= limit:
            continue
        steps, none = _note_sink(graph, row, search), np.empty(0, np.int64)
        mark = notes.mark[0]
        while k >= graph.into.start[middle] and graph.t_us[graph.into.rows[k]] > limit and steps < search.budget:
            payer = graph.into.others[k]
            steps += 1
            k -= 1
            if notes.asked[payer] == mark or payer == graph.target[row] or graph.serves[payer]:
                continue
            notes.asked[payer] = mark
            found, looked = _middlemen(graph, row, payer, search, steps, none)
            steps += looked
            if found > value[i]:
                value[i], source[i] = found, payer
        truncated[i] = steps >= search.budget


@kernel
def _note_sink(graph: Any, row: int, search: Any) -> int:
    """Write down who paid the row's payee in the window, and each one's latest payment."""
    notes, sink = graph.notes, graph.target[row]
    notes.mark[0] += 1
    k, steps = graph.into.place[row], 0
    limit = graph.t_us[row] - search.window_us
    while k >= graph.into.start[sink] and graph.t_us[graph.into.rows[k]] > limit and steps < search.budget:
        payer = graph.into.others[k]
        if notes.seen[payer] != notes.mark[0]:
            notes.seen[payer] = notes.mark[0]
            notes.moment[payer] = graph.into.rows[k]
        k -= 1
        steps += 1
    return steps


@kernel
def _middlemen(graph: Any, row: int, source: int, search: Any, spent: int, rows: Any) -> Any:
    """Count who took from the source and gave to the sink; write both rows of each where there is room for them."""
    notes = graph.notes
    notes.mark[1] += 1
    limit = graph.t_us[row] - search.window_us
    k, found, steps, own = below(graph.out, source, graph.before[row]) - 1, 0, 0, False
    while k >= graph.out.start[source] and graph.t_us[graph.out.rows[k]] > limit and spent + steps < search.budget:
        gave, middle = graph.out.rows[k], graph.out.others[k]
        k -= 1
        steps += 1
        if notes.seen[middle] != notes.mark[0] or notes.counted[middle] == notes.mark[1] or middle == graph.target[row]:
            continue
        if graph.serves[middle]:
            continue
        passed = notes.moment[middle]
        held = graph.t_us[passed] - graph.t_us[gave]
        if gave >= graph.before[passed] or (search.within_us and held > search.within_us):
            continue
        if not alike(graph, gave, passed, search.keeping):
            continue
        notes.counted[middle] = notes.mark[1]
        if len(rows):
            rows[2 * found], rows[2 * found + 1] = gave, passed
        found += 1
        own = own or middle == graph.source[row]
    return (found if own else 0), steps
