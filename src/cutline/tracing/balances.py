"""Tainted-first, haircut and TIHO search: stolen balances moved forward in time order, one account's next outflow at a time.

Each reached book keeps how much of its balance is stolen and what that is of the loss. An outflow takes its part of both; of
the loss it takes the same fraction, rounded down, and all of it when all of the stolen balance leaves. So nothing is lost.
Where a book's `drift` is given (see `drift`), its stolen balance grows by that on the first arrival, the loss does not; where
it is −1 the book pays pro rata.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.magnitudes import Amount, below, least, minus, most, nothing, number, part, pick, plus, put, weight
from cutline.tracing.movements import (
    AMOUNT,
    CUT,
    DEPTH,
    ENDED,
    LOSS,
    MOVED,
    REACHED,
    ROW,
    WAITING,
    State,
    close,
    end_there,
    fill,
    move,
    new_state,
    roomy,
)
from cutline.tracing.paths import Paths, balance_before, ending_of, first_later, pop, push
from cutline.tracing.reached import entry, find, number_at

FIRST, PRO_RATA, LARGEST = range(3)
"""How a balance pays: stolen money first, in proportion, the largest outflow of a spell first."""


class Limits(NamedTuple):
    """How a balance pays, and when to stop: outflows looked at, depth, the smallest movement worth following.

    `measure` says of what the floor (an array of one) is: the LOSS, or, where drift makes more of it than was lost, the AMOUNT.
    `pieces`: the most that one transfer is exchanged in.
    """

    rule: int
    steps: int
    hops: int
    floor: NDArray[np.int64]
    measure: int
    pieces: int


@kernel
def follow_balances(
    p: Paths, seeds: NDArray[np.int64], limits: Limits, drift: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Follow stolen balances from `seeds` (movements) to where they lie: (movements, ends: row, code, amount, loss; cut short).

    `drift`: by book, or empty.
    """
    s = new_state(seeds, limits.steps, limits.pieces, drift)
    for k in range(len(seeds)):
        move(p, s, seeds[k])
    steps = 0
    while s.n[WAITING] > 0 and steps < limits.steps:
        steps += 1
        at = s.heap[0]
        s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
        if at < 0:
            s = roomy(s)
            _arrive(p, s, s.coming[-at - 1], limits)
        elif limits.rule == LARGEST:
            steps += _pay_spell(p, s, at, limits.steps - steps)
        else:
            _pay(p, s, at, limits.rule == PRO_RATA or below(_drift(s, s.book[at]), nothing(p.amount)))
    while s.n[WAITING] > 0:
        at = s.heap[0]
        s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
        s.n[CUT] = 1
        if at < 0:
            end_there(s, s.coming[-at - 1], BUDGET)
        elif _holds(s.loss, at):
            _rest(s, at, BUDGET)
    for k in range(s.n[REACHED]):
        if _holds(s.loss, k):
            _rest(s, k, RESIDUAL)
    return s.moved[: s.n[MOVED]].copy(), s.ends[: s.n[ENDED]].copy(), s.n[CUT] > 0


@inner
def _drift(s: State, book: int) -> Amount:
    return pick(s.drift, book) if len(s.drift) else nothing(s.taint)


@inner
def _holds(balance: NDArray[np.int64], mine: int) -> bool:
    return below(nothing(balance), pick(balance, mine))


@inner
def _rest(s: State, mine: int, code: int) -> None:
    close(s, s.latest[mine], code, pick(s.taint, mine), pick(s.loss, mine))
    put(s.taint, mine, nothing(s.taint))
    put(s.loss, mine, nothing(s.loss))


@inner
def _arrive(p: Paths, s: State, came: NDArray[np.int64], limits: Limits) -> None:
    row, depth = number(came, ROW), number(came, DEPTH)
    book = p.payee[row]
    code = ending_of(p, row)
    if code == FOLLOW and (depth >= limits.hops or below(pick(came, limits.measure), pick(limits.floor, 0))):
        code = BUDGET
        if depth >= limits.hops:
            s.n[CUT] = 1
    if code != FOLLOW:
        end_there(s, came, code)
        return
    mine = _number(s, book)
    if not _holds(s.loss, mine) or depth < s.depth[mine]:
        s.depth[mine] = depth
    put(s.taint, mine, plus(pick(s.taint, mine), pick(came, AMOUNT)))
    put(s.loss, mine, plus(pick(s.loss, mine), pick(came, LOSS)))
    s.latest[mine] = row
    if not s.awake[mine]:
        _wake(p, s, mine, max(s.cursor[mine], first_later(p, p.out_ptr, p.out_rows, book, p.rank[row])))


@inner
def _number(s: State, book: int) -> int:
    """Give the number of a book; a book that is reached now gets one, and with it the drift it is known for."""
    here = find(s.table, book)
    mine = number_at(s.table, here)
    if mine < 0:
        mine = s.n[REACHED]
        s.n[REACHED] += 1
        s.table[here] = entry(book, mine)
        s.book[mine], s.depth[mine], s.cursor[mine], s.awake[mine] = book, 0, 0, False
        put(s.taint, mine, most(nothing(s.taint), _drift(s, book)))
        put(s.loss, mine, nothing(s.loss))
    return mine


@inner
def _wake(p: Paths, s: State, mine: int, nxt: int) -> None:
    """Set a book's next outflow; where it has one and holds stolen money, wait for it."""
    s.cursor[mine] = nxt
    s.awake[mine] = _holds(s.taint, mine) and nxt < p.out_ptr[s.book[mine] + 1]
    if s.awake[mine]:
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], 2 * int(p.rank[p.out_rows[nxt]]) + 1, mine)


@inner
def _pay(p: Paths, s: State, mine: int, pro_rata: bool) -> None:
    at = s.cursor[mine]
    row = p.out_rows[at]
    taint, out = pick(s.taint, mine), pick(p.amount, row)
    _part_with(p, s, mine, row, _haircut(taint, out, balance_before(p, s.book[mine], row)) if pro_rata else least(taint, out))
    _wake(p, s, mine, at + 1)


@inner
def _haircut(taint: Amount, out: Amount, balance: Amount) -> Amount:
    """As `policies.haircut`, of either width."""
    return least(part(taint, out, balance) if below(out, balance) else taint, out)


@inner
def _part_with(p: Paths, s: State, mine: int, row: int, stolen: Amount) -> None:
    if below(nothing(p.amount), stolen):
        taint, all_loss = pick(s.taint, mine), pick(s.loss, mine)
        loss = part(all_loss, stolen, taint) if below(stolen, taint) else all_loss
        put(s.taint, mine, minus(taint, stolen))
        put(s.loss, mine, minus(all_loss, loss))
        movement = np.empty_like(s.moved[0])
        fill(movement, row, stolen, loss, s.depth[mine] + 1)
        move(p, s, movement)


@inner
def _pay_spell(p: Paths, s: State, mine: int, most: int) -> int:
    """Let the largest outflows before the next inflow take stolen money first; gives how many more than one there were.

    No inflow comes in a spell, so that all of it is decided at its first outflow. A spell longer than `most` is cut there.
    """
    book, at = s.book[mine], s.cursor[mine]
    i = first_later(p, p.in_ptr, p.in_rows, book, p.rank[p.out_rows[at]] - 1)
    end = p.out_ptr[book + 1]
    if i < p.in_ptr[book + 1]:
        end = first_later(p, p.out_ptr, p.out_rows, book, p.rank[p.in_rows[i]])
    end = min(end, at + most + 1)
    size = np.empty(end - at, np.int64)
    for k in range(at, end):
        size[k - at] = -weight(pick(p.amount, p.out_rows[k]))
    for k in np.argsort(size, kind="mergesort"):
        row = p.out_rows[at + k]
        _part_with(p, s, mine, row, least(pick(s.taint, mine), pick(p.amount, row)))
    _wake(p, s, mine, end)
    return int(end - at - 1)
