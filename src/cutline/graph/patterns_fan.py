"""Fans: how many different others a node meets in the window before each of its rows, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Found, Graph, Search, Side, below
from cutline.model.kernels import kernel


def fan_in(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many different payers paid the row's payee in the window, the row's own payer among them."""
    return _known(_fan(graph.t_us, graph.into, graph.target, at, search.window_us))


def fan_out(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many different payees the row's payer paid in the window, the row's own payee among them."""
    return _known(_fan(graph.t_us, graph.out, graph.source, at, search.window_us))


def gather_scatter(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give the smaller of how many paid the row's payer in the window and how many it then paid: 5 is five in and five out.

    Only payees after the first receipt in the window count.
    """
    value, truncated = np.zeros(len(at)), np.zeros(len(at), np.bool_)
    _gather_scatter(graph, at, search, value, truncated)
    return Found(value, truncated)


def degrees(graph: Graph, at: NDArray[np.int64], window_us: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give how many rows reached the row's payee, and left its payer, in the window."""
    return (
        _degree(graph.t_us, graph.into, at, graph.target, window_us),
        _degree(graph.t_us, graph.out, at, graph.source, window_us),
    )


def _known(value: NDArray[np.float64]) -> Found:
    return Found(value, np.zeros(len(value), np.bool_))


def _fan(
    t_us: NDArray[np.int64], side: Side, ours: NDArray[np.int32], at: NDArray[np.int64], window_us: int
) -> NDArray[np.float64]:
    """Two pointers over the rows of the anchors' nodes alone: O(their rows)."""
    asked = np.zeros(len(side.start) - 1, np.bool_)
    asked[ours[at]] = True
    all_rows = np.empty(len(t_us), np.int32)
    _fans(t_us, side, np.flatnonzero(asked), window_us, all_rows)
    return all_rows[at].astype(np.float64)


@kernel
def _fans(t_us: Any, side: Any, nodes: Any, window: int, out: Any) -> None:
    tally = np.zeros(len(side.start) - 1, np.int32)
    for n in nodes:
        low, different = side.start[n], 0
        for k in range(side.start[n], side.start[n + 1]):
            different += tally[side.others[k]] == 0
            tally[side.others[k]] += 1
            limit = t_us[side.rows[k]] - window
            while t_us[side.rows[low]] <= limit:
                tally[side.others[low]] -= 1
                different -= tally[side.others[low]] == 0
                low += 1
            out[side.rows[k]] = different
        for k in range(low, side.start[n + 1]):
            tally[side.others[k]] = 0


@kernel
def _degree(t_us: Any, side: Any, at: Any, ours: Any, window: int) -> Any:
    out = np.empty(len(at))
    for i in range(len(at)):
        low, high = side.start[ours[at[i]]], side.place[at[i]] + 1
        top, limit = high, t_us[at[i]] - window
        while low < top:
            middle = (low + top) // 2
            if t_us[side.rows[middle]] <= limit:
                low = middle + 1
            else:
                top = middle
        out[i] = high - low
    return out


@kernel
def _gather_scatter(graph: Any, at: Any, search: Any, value: Any, truncated: Any) -> None:
    seen, mark = graph.notes.seen, graph.notes.mark[0]
    for i in range(len(at)):
        row, node = at[i], graph.source[at[i]]
        limit = graph.t_us[row] - search.window_us
        steps, first, payers, payees = 0, row, 0, 0
        mark += 2
        k = below(graph.into, node, graph.before[row]) - 1
        while k >= graph.into.start[node] and graph.t_us[graph.into.rows[k]] > limit and steps < search.budget:
            payers += seen[graph.into.others[k]] < mark
            seen[graph.into.others[k]] = mark
            first = graph.into.rows[k]
            steps += 1
            k -= 1
        k = graph.out.place[row]
        while k >= graph.out.start[node] and graph.before[graph.out.rows[k]] > first and steps < search.budget:
            payees += seen[graph.out.others[k]] < mark + 1
            seen[graph.out.others[k]] = mark + 1
            steps += 1
            k -= 1
        value[i] = min(payers, payees)
        truncated[i] = steps >= search.budget
    graph.notes.mark[0] = mark + 1
