"""Patterns in a graph of events: what closes, gathers, scatters or runs on with each row, seen from that row back.

A graph is one table (transfers: payer → payee) laid out twice, by source and by target, rows in time order: 84 bytes a row.
Every measure is anchored at the last row of its pattern and sees only rows before it, inside (t - window, t]; rows of one
instant carry no order, so that no path leads from one to the other. Each anchor has a budget of steps (rows looked at), never
of seconds: where it ends, the value is what was found so far, and `truncated` says so. Fans and what is gathered need none:
two windows move once over all rows of a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL
from cutline.model.kernels import inner, kernel

LONGEST = 8
"""Rows of the longest cycle or chain that is looked for: beyond, an investigator sees the same thing."""

BUDGET = 20_000
"""Rows that one anchor may look at."""


CROWD = 100
"""Rows that reach a holder in a window beyond which it is a service and no link of a path (D)."""


ENTRY = np.dtype([("t_us", np.int64), ("amount", np.float64), ("row", np.int32), ("other", np.int32)])
"""What a search asks of a row, side by side: what is read together lies together."""


class Side(NamedTuple):
    """Rows by one end: node n has `entries[start[n]:start[n + 1]]` in time order, to or from `other`; `place` finds a row.

    `amount` is a float, for comparing only; NaN unknown.
    """

    start: NDArray[np.int32]
    entries: NDArray[np.void]
    place: NDArray[np.int32]


NOTE = np.dtype([(name, np.int64) for name in ("seen", "asked", "counted", "moment", "passed")])
"""What searches write down about a node."""


class Notes(NamedTuple):
    """Notes about nodes; both marks only grow, so that nothing ever needs clearing. 104 bytes a node."""

    mark: NDArray[np.int64]
    of: NDArray[np.void]
    frames: NDArray[np.int64]


class Graph(NamedTuple):
    """Rows in time order with their ends as dense node numbers.

    `came[row]`: where in `into` the latest row stands that reached the row's payer strictly before it; `sent[row]`: where in
    `out` the latest that left its payee strictly before it; -1: none. `kind` is what is moved: only like is compared with
    like. `serves` marks nodes that serve everybody (an exchange, a pool): no link of a path, and nobody's source.
    """

    t_us: NDArray[np.int64]
    came: NDArray[np.int32]
    sent: NDArray[np.int32]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    kind: NDArray[np.int32]
    out: Side
    into: Side
    notes: Notes
    serves: NDArray[np.bool_]


class Search(NamedTuple):
    """What a pattern search may use: window and longest holding time in µs, and how much of an amount must stay the same.

    `within_us` 0: no other limit than the window. `keeping` 0: amounts do not matter; 0.8: of two amounts in a row the
    smaller is at least 80 % of the larger, and of the same asset. `crowd` 0: paths lead through every node; else through none
    that more rows than this reached in the window so far, nor one that is known to serve everybody: whose money goes on from
    there, nobody can tell.
    """

    window_us: int
    within_us: int = 0
    keeping: float = 0.0
    budget: int = BUDGET
    crowd: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern's measure at each anchor, and where the budget ended before the search did."""

    value: NDArray[np.float64]
    truncated: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ends:
    """The rows that a graph is made of: time and both ends as codes of the index, in time order."""

    t_us: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]


def lay_out(
    ends: Ends,
    amount: NDArray[np.int64] | None = None,
    kind: NDArray[np.int32] | None = None,
    serves: NDArray[np.bool_] | None = None,
) -> Graph:
    """Lay rows out as a graph by counting sort: O(rows + codes). `serves` is told by code."""
    present = np.zeros(max(ends.source.max(initial=0), ends.target.max(initial=0)) + 1, np.bool_)
    present[ends.source], present[ends.target] = True, True
    nodes = np.flatnonzero(present)
    number = np.cumsum(present, dtype=np.int32) - np.int32(1)
    source, target = number[ends.source], number[ends.target]
    told = (ends.t_us, np.empty(0, np.int64) if amount is None else amount)
    out, into = _side(source, target, told, len(nodes)), _side(target, source, told, len(nodes))
    return Graph(
        ends.t_us,
        _latest(ends.t_us, target, source, into.place, len(nodes)),
        _latest(ends.t_us, source, target, out.place, len(nodes)),
        source,
        target,
        np.zeros(len(source), np.int32) if kind is None else kind.astype(np.int32),
        out,
        into,
        _blank_notes(len(nodes)),
        np.zeros(len(nodes), np.bool_) if serves is None else serves[nodes],
    )


def _blank_notes(nodes: int) -> Notes:
    return Notes(np.zeros(2, np.int64), np.zeros(nodes, NOTE), np.zeros((LONGEST, nodes), np.int64))


def _side(ours: NDArray[np.int32], others: NDArray[np.int32], told: tuple[NDArray[Any], NDArray[Any]], nodes: int) -> Side:
    side = Side(np.zeros(nodes + 1, np.int32), np.empty(len(ours), ENTRY), np.empty(len(ours), np.int32))
    _fill(ours, others, told, side)
    return side


@kernel
def _fill(ours: Any, others: Any, told: Any, side: Any) -> None:
    (t_us, amount), start = told, side.start
    for node in ours:
        start[node + 1] += 1
    for n in range(len(start) - 1):
        start[n + 1] += start[n]
    for i in range(len(ours)):  # each start moves up to its node's end, which is where the next node starts
        at = start[ours[i]]
        start[ours[i]] = at + 1
        entry = side.entries[at]
        entry.t_us, entry.row, entry.other = t_us[i], i, others[i]
        entry.amount = amount[i] if len(amount) and amount[i] != NULL else np.nan
        side.place[i] = at
    for n in range(len(start) - 1, 0, -1):
        start[n] = start[n - 1]
    start[0] = 0


@kernel
def _latest(t_us: Any, ours: Any, asked: Any, place: Any, nodes: int) -> Any:
    """For each row, the place of the latest row of the asked node that happened strictly earlier; -1: none."""
    last, out = np.full(nodes, -1, np.int32), np.empty(len(t_us), np.int32)
    told = 0
    for i in range(len(t_us)):
        if t_us[told] < t_us[i]:  # what one instant brings is known from the next on
            for k in range(told, i):
                last[ours[k]] = place[k]
            told = i
        out[i] = last[asked[i]]
    return out


@kernel
def lately(t_us: Any, latest: Any, entries: Any, at: Any, span: int) -> Any:
    """Whether what came or was sent before each anchor lies in the time span that ends there."""
    out = np.zeros(len(at), np.bool_)
    for i in range(len(at)):
        k = latest[at[i]]
        out[i] = k >= 0 and entries[k].t_us > t_us[at[i]] - span
    return out


@inner
def below(side: Any, node: int, t_us: int) -> Any:
    """The first place among a node's entries that does not lie before a moment."""
    low, high = side.start[node], side.start[node + 1]
    while low < high:
        middle = (low + high) // 2
        if side.entries[middle].t_us < t_us:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def alike(kind: Any, one: Any, other: Any, keeping: float) -> bool:
    """Whether two entries move the same thing, and nearly as much of it."""
    if keeping <= 0.0:
        return True
    a, b = one.amount, other.amount
    return bool(min(a, b) >= keeping * max(a, b) * (1.0 - 1e-9) and kind[one.row] == kind[other.row])
