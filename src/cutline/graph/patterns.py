"""Patterns in a graph of events: what closes, gathers, scatters or runs on with each row, seen from that row back.

A graph is one table (transfers: payer → payee) laid out twice, by source and by target, rows in time order: 56 bytes a row.
Every measure is anchored at the last row of its pattern and sees only rows before it, inside (t - window, t]; rows of one
instant carry no order, so that no path leads from one to the other. Each anchor has a budget of steps (rows looked at), never
of seconds: where it ends, the value is what was found so far, and `truncated` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL, distinct
from cutline.model.kernels import inner, kernel

LONGEST = 8
"""Rows of the longest cycle or chain that is looked for: beyond, an investigator sees the same thing."""

BUDGET = 20_000
"""Rows that one anchor may look at."""


CROWD = 100
"""Rows that reach a holder in a window beyond which it is a service and no link of a path (D)."""


class Side(NamedTuple):
    """Rows by one end: node n has `rows[start[n]:start[n + 1]]` in time order, to or from `others`; `place` finds a row."""

    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    others: NDArray[np.int32]
    place: NDArray[np.int32]


class Notes(NamedTuple):
    """What searches write down about nodes; both marks only grow, so that nothing ever needs clearing. 96 bytes a node."""

    mark: NDArray[np.int64]
    seen: NDArray[np.int64]
    counted: NDArray[np.int64]
    asked: NDArray[np.int64]
    moment: NDArray[np.int64]
    frames: NDArray[np.int64]


class Graph(NamedTuple):
    """Rows in time order with their ends as dense node numbers; `before[row]` rows happened earlier than its instant.

    `amount` is a float, for comparing only; NaN unknown. `kind` is what is moved: only like is compared with like. `serves`
    marks nodes that serve everybody (an exchange, a pool): no link of a path, and nobody's source.
    """

    t_us: NDArray[np.int64]
    before: NDArray[np.int32]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    amount: NDArray[np.float64]
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
    """Lay rows out as a graph by counting sort: O(rows + distinct codes). `serves` is told by code."""
    nodes = distinct(np.concatenate([ends.source, ends.target]))
    number = np.zeros(int(nodes[-1]) + 1 if len(nodes) else 1, np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    source, target = number[ends.source], number[ends.target]
    count = len(ends.t_us)
    plain = np.full(count, np.nan) if amount is None else np.where(amount == NULL, np.nan, amount.astype(np.float64))
    return Graph(
        ends.t_us,
        _instants(ends.t_us),
        source,
        target,
        plain,
        np.zeros(count, np.int32) if kind is None else kind.astype(np.int32),
        Side(*_side(source, target, len(nodes))),
        Side(*_side(target, source, len(nodes))),
        _blank_notes(len(nodes)),
        np.zeros(len(nodes), np.bool_) if serves is None else serves[nodes],
    )


def _blank_notes(nodes: int) -> Notes:
    seen, counted, asked, moment = np.zeros((4, nodes), np.int64)
    return Notes(np.zeros(2, np.int64), seen, counted, asked, moment, np.zeros((LONGEST, nodes), np.int64))


@kernel
def _instants(t_us: Any) -> Any:
    """For each row, how many rows happened strictly earlier."""
    out = np.empty(len(t_us), np.int32)
    for i in range(len(t_us)):
        out[i] = out[i - 1] if i and t_us[i] == t_us[i - 1] else i
    return out


@kernel
def _side(ours: Any, others: Any, nodes: int) -> Any:
    start = np.zeros(nodes + 1, np.int64)
    for i in range(len(ours)):
        start[ours[i] + 1] += 1
    for n in range(nodes):
        start[n + 1] += start[n]
    cursor = start[:-1].copy()
    rows = np.empty(len(ours), np.int32)
    facing = np.empty(len(ours), np.int32)
    place = np.empty(len(ours), np.int32)
    for i in range(len(ours)):
        at = cursor[ours[i]]
        rows[at] = i
        facing[at] = others[i]
        place[i] = at
        cursor[ours[i]] += 1
    return start, rows, facing, place


@inner
def below(side: Any, node: int, row: int) -> Any:
    """The first place in a node's rows that does not lie before `row`."""
    low, high = side.start[node], side.start[node + 1]
    while low < high:
        middle = (low + high) // 2
        if side.rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def alike(graph: Any, one: int, other: int, keeping: float) -> bool:
    """Whether two rows move the same thing, and nearly as much of it."""
    if keeping <= 0.0:
        return True
    if graph.kind[one] != graph.kind[other]:
        return False
    a, b = graph.amount[one], graph.amount[other]
    return bool(min(a, b) >= keeping * max(a, b) * (1.0 - 1e-9))
