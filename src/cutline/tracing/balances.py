"""Tainted-first, haircut and TIHO search: stolen balances moved forward in time order, one account's next outflow at a time.

Each reached book keeps how much of its balance is stolen and what that is of the loss. An outflow takes its part of both; of
the loss it takes the same fraction, rounded down, and all of it when all of the stolen balance leaves. So nothing is lost.
Where a book's `drift` is given (see `drift`), its stolen balance grows by that on the first arrival, the loss does not; where
it is −1 the book pays pro rata.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.paths import Paths, balance_before, first_later, pop, push
from cutline.tracing.policies import haircut, part, tainted_first

FIRST, PRO_RATA, LARGEST = range(3)
"""How a balance pays: stolen money first, in proportion, the largest outflow of a spell first."""

ROW, AMOUNT, LOSS, DEPTH = range(4)
"""Fields of a movement: stolen amount in the asset, and its share of the loss."""

MOVED, COMING, ENDED, WAITING, REACHED, CUT = range(6)
"""Counters of a state."""


class Limits(NamedTuple):
    """How a balance pays, and when to stop: outflows looked at, depth, the smallest movement worth following.

    `measure` says of what the floor is: the LOSS, or, where drift makes more of an amount than was lost, the AMOUNT.
    """

    rule: int
    steps: int
    hops: int
    floor: int
    measure: int


class State(NamedTuple):
    """Where the stolen balances stand.

    By book: `drift`, `taint`, `loss`, `depth`, `latest` (row), `cursor` (next outflow + 1, 0 never reached), `awake`. Lists
    with their counters in `n`: `moved`, `coming` (arrivals still to come), `ends`, the heap of `keys` and `heap`, `reached`.
    """

    drift: NDArray[np.int64]
    taint: NDArray[np.int64]
    loss: NDArray[np.int64]
    depth: NDArray[np.int64]
    latest: NDArray[np.int64]
    cursor: NDArray[np.int64]
    awake: NDArray[np.bool_]
    moved: NDArray[np.int64]
    coming: NDArray[np.int64]
    ends: NDArray[np.int64]
    keys: NDArray[np.int64]
    heap: NDArray[np.int64]
    reached: NDArray[np.int64]
    n: NDArray[np.int64]


def new_state(books: int, seeds: int, steps: int, drift: NDArray[np.int64] | None = None) -> State:
    """Make an empty state; memory is taken as it is touched."""
    size = 3 * (steps + seeds) + 2
    drift = np.zeros(books, np.int64) if drift is None else drift
    taint, loss, depth, latest, cursor = (np.zeros(books, np.int64) for _ in range(5))
    moved, coming, ends = (np.zeros((size, 4), np.int64) for _ in range(3))
    keys, heap, reached = (np.zeros(size, np.int64) for _ in range(3))
    awake, n = np.zeros(books, np.bool_), np.zeros(6, np.int64)
    return State(drift, taint, loss, depth, latest, cursor, awake, moved, coming, ends, keys, heap, reached, n)


@njit(cache=True)
def follow_balances(p: Paths, s: State, seeds: NDArray[np.int64], limits: Limits) -> None:
    """Follow stolen balances from `seeds` (movements) to where they lie; the answer is in the state."""
    for k in range(len(seeds)):
        _move(p, s, seeds[k])
    steps = 0
    while s.n[WAITING] > 0 and steps < limits.steps:
        steps += 1
        at = s.heap[0]
        s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
        if at < 0:
            _arrive(p, s, s.coming[-at - 1], limits)
        elif limits.rule == LARGEST:
            steps += _pay_spell(p, s, at, limits.steps - steps)
        else:
            _pay(p, s, at, limits.rule == PRO_RATA or s.drift[at] < 0)
    while s.n[WAITING] > 0:
        at = s.heap[0]
        s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
        s.n[CUT] = 1
        if at < 0:
            _end(s, s.coming[-at - 1], BUDGET)
        elif s.loss[at] > 0:
            _rest(s, at, BUDGET)
    for k in range(s.n[REACHED]):
        if s.loss[s.reached[k]] > 0:
            _rest(s, s.reached[k], RESIDUAL)


@njit(cache=True)
def _rest(s: State, book: int, code: int) -> None:
    n = s.n[ENDED]
    s.ends[n, 0], s.ends[n, 1], s.ends[n, 2], s.ends[n, 3] = s.latest[book], code, s.taint[book], s.loss[book]
    s.taint[book] = s.loss[book] = 0
    s.n[ENDED] += 1


@njit(cache=True)
def _end(s: State, movement: NDArray[np.int64], code: int) -> None:
    n = s.n[ENDED]
    s.ends[n, 0], s.ends[n, 1], s.ends[n, 2], s.ends[n, 3] = movement[ROW], code, movement[AMOUNT], movement[LOSS]
    s.n[ENDED] += 1


@njit(cache=True)
def _move(p: Paths, s: State, movement: NDArray[np.int64]) -> None:
    """Record a movement, carry it over to the other rail where it is half of an exchange, and let it arrive in its time."""
    s.moved[s.n[MOVED]] = movement
    s.n[MOVED] += 1
    came = s.coming[s.n[COMING]]
    came[:] = movement
    other = p.partner[movement[ROW]]
    if other >= 0:
        came[AMOUNT] = part(p.amount[other], movement[AMOUNT], p.amount[movement[ROW]])
        came[ROW] = other
        came[DEPTH] += 1
        s.moved[s.n[MOVED]] = came
        s.n[MOVED] += 1
    s.n[COMING] += 1
    s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], 2 * p.rank[came[ROW]], -s.n[COMING])


@njit(cache=True)
def _arrive(p: Paths, s: State, came: NDArray[np.int64], limits: Limits) -> None:
    row = came[ROW]
    book = p.payee[row]
    code = p.row_ends[row] if p.row_ends[row] != FOLLOW else p.ends[book]
    if code == FOLLOW and (came[DEPTH] >= limits.hops or came[limits.measure] < limits.floor):
        code = BUDGET
        if came[DEPTH] >= limits.hops:
            s.n[CUT] = 1
    if code != FOLLOW:
        _end(s, came, code)
        return
    if s.cursor[book] == 0:
        s.reached[s.n[REACHED]] = book
        s.n[REACHED] += 1
        s.taint[book] = max(0, s.drift[book])
    if s.loss[book] == 0 or came[DEPTH] < s.depth[book]:
        s.depth[book] = came[DEPTH]
    s.taint[book] += came[AMOUNT]
    s.loss[book] += came[LOSS]
    s.latest[book] = row
    if s.awake[book]:
        return
    nxt = max(s.cursor[book] - 1, first_later(p, p.out_ptr, p.out_rows, book, p.rank[row]))
    _wake(p, s, book, nxt)


@njit(cache=True)
def _wake(p: Paths, s: State, book: int, nxt: int) -> None:
    """Set a book's next outflow; where it has one and holds stolen money, wait for it."""
    s.cursor[book] = nxt + 1
    s.awake[book] = s.taint[book] > 0 and nxt < p.out_ptr[book + 1]
    if s.awake[book]:
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], 2 * p.rank[p.out_rows[nxt]] + 1, book)


@njit(cache=True)
def _pay(p: Paths, s: State, book: int, pro_rata: bool) -> None:
    at = s.cursor[book] - 1
    row = p.out_rows[at]
    taint, out = s.taint[book], p.amount[row]
    _part_with(p, s, book, row, haircut(taint, out, balance_before(p, book, row)) if pro_rata else tainted_first(taint, out))
    _wake(p, s, book, at + 1)


@njit(cache=True)
def _part_with(p: Paths, s: State, book: int, row: int, stolen: int) -> None:
    taint = s.taint[book]
    if stolen > 0:
        loss = s.loss[book] if stolen == taint else part(s.loss[book], stolen, taint)
        s.taint[book] -= stolen
        s.loss[book] -= loss
        _move(p, s, np.array([row, stolen, loss, s.depth[book] + 1], np.int64))


@njit(cache=True)
def _pay_spell(p: Paths, s: State, book: int, most: int) -> int:
    """Let the largest outflows before the next inflow take stolen money first; gives how many more than one there were.

    No inflow comes in a spell, so that all of it is decided at its first outflow. A spell longer than `most` is cut there.
    """
    at = s.cursor[book] - 1
    i = first_later(p, p.in_ptr, p.in_rows, book, p.rank[p.out_rows[at]] - 1)
    end = p.out_ptr[book + 1]
    if i < p.in_ptr[book + 1]:
        end = first_later(p, p.out_ptr, p.out_rows, book, p.rank[p.in_rows[i]])
    end = min(end, at + most + 1)
    size = np.empty(end - at, np.int64)
    for k in range(at, end):
        size[k - at] = -p.amount[p.out_rows[k]]
    for k in np.argsort(size, kind="mergesort"):
        row = p.out_rows[at + k]
        _part_with(p, s, book, row, tainted_first(s.taint[book], p.amount[row]))
    _wake(p, s, book, end)
    return int(end - at - 1)
