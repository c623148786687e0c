"""Fans: how many different others a node meets in the window before each of its rows, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Found, Graph, Search, Side, below
from cutline.model.kernels import inner, kernel


def fan_in(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many different payers paid the row's payee in the window, the row's own payer among them."""
    return _fan(graph.into, graph.target, at, search.window_us)


def fan_out(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many different payees the row's payer paid in the window, the row's own payee among them."""
    return _fan(graph.out, graph.source, at, search.window_us)


def gather_scatter(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give the smaller of how many paid the row's payer in the window and how many it then paid: 5 is five in and five out.

    Only payees after the first receipt in the window count.
    """
    by_place = np.empty(len(graph.t_us), np.int32)
    _gathers(graph.out, graph.into, _asked(graph.out, graph.source[at]), search.window_us, by_place)
    return _known(by_place[graph.out.place[at]])


def degrees(graph: Graph, at: NDArray[np.int64], window_us: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give how many rows reached the row's payee, and left its payer, in the window."""
    return _degree(graph.into, at, graph.target, window_us), _degree(graph.out, at, graph.source, window_us)


def _known(value: NDArray[np.int32]) -> Found:
    return Found(value.astype(np.float64), np.zeros(len(value), np.bool_))


def _asked(side: Side, nodes: NDArray[np.int32]) -> NDArray[np.int64]:
    """The different nodes that are asked about: each is swept whole, once."""
    asked = np.zeros(len(side.start) - 1, np.bool_)
    asked[nodes] = True
    return np.flatnonzero(asked)


def _fan(side: Side, ours: NDArray[np.int32], at: NDArray[np.int64], window_us: int) -> Found:
    by_place = np.empty(len(side.entries), np.int32)
    _fans(side, _asked(side, ours[at]), window_us, by_place)
    return _known(by_place[side.place[at]])


@kernel
def _fans(side: Any, nodes: Any, window: int, out: Any) -> None:
    """Two pointers over the rows of some nodes: O(their rows). `out` is by place."""
    tally = np.zeros(len(side.start) - 1, np.int32)
    for n in nodes:
        low, different = side.start[n], 0
        for k in range(side.start[n], side.start[n + 1]):
            entry = side.entries[k]
            different += tally[entry.other] == 0
            tally[entry.other] += 1
            while side.entries[low].t_us <= entry.t_us - window:
                different -= _leaves(tally, side.entries[low].other)
                low += 1
            out[k] = different
        for k in range(low, side.start[n + 1]):
            tally[side.entries[k].other] = 0


@inner
def _leaves(tally: Any, other: int) -> bool:
    """Take one off a tally; tells whether it was the last."""
    tally[other] -= 1
    return bool(tally[other] == 0)


@kernel
def _gathers(out: Any, into: Any, nodes: Any, window: int, by_place: Any) -> None:
    """Two windows move over the rows of some nodes: of those that came, and of those that left after the first that came."""
    payers, payees = np.zeros(len(out.start) - 1, np.int32), np.zeros(len(out.start) - 1, np.int32)
    for n in nodes:
        since, upto, low, came, went = into.start[n], into.start[n], out.start[n], 0, 0
        for k in range(out.start[n], out.start[n + 1]):
            entry = out.entries[k]
            went += payees[entry.other] == 0
            payees[entry.other] += 1
            while upto < into.start[n + 1] and into.entries[upto].t_us < entry.t_us:
                came += payers[into.entries[upto].other] == 0
                payers[into.entries[upto].other] += 1
                upto += 1
            while since < upto and into.entries[since].t_us <= entry.t_us - window:
                came -= _leaves(payers, into.entries[since].other)
                since += 1
            while since < upto and out.entries[low].t_us <= into.entries[since].t_us:
                went -= _leaves(payees, out.entries[low].other)
                low += 1
            by_place[k] = min(came, went)
        for k in range(since, upto):
            payers[into.entries[k].other] = 0
        for k in range(low, out.start[n + 1]):
            payees[out.entries[k].other] = 0


@kernel
def _degree(side: Any, at: Any, ours: Any, window: int) -> Any:
    out = np.empty(len(at))
    for i in range(len(at)):
        k = side.place[at[i]]
        out[i] = k + 1 - below(side, ours[at[i]], side.entries[k].t_us - window + 1)
    return out
