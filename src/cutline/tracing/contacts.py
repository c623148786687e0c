"""Poison search: whatever an account pays after stolen money touched it is stolen. A bound on what can be reached, no more.

Amounts are those of whole transfers, and the loss at each place is the most that could have come there; neither adds up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.magnitudes import Amount, number, pick, put, put_number
from cutline.tracing.paths import Paths, first_later, pieces_of, pop, push
from cutline.tracing.splits import FIRST_SPLIT

ROW, AMOUNT, LOSS, DEPTH = range(4)
"""Fields of a contact, as of a movement."""

MOVED, ENDED, WAITING = range(3)
"""Counters of a state."""


class _State(NamedTuple):
    """Contacts, endings (row, code, amount, loss), a heap of (rank, contact), by book the first contact; counters in `n`."""

    moved: NDArray[np.int64]
    ends: NDArray[np.int64]
    keys: NDArray[np.int64]
    heap: NDArray[np.int64]
    soonest: NDArray[np.int64]
    n: NDArray[np.int64]


@njit(cache=True)
def follow_contacts(
    p: Paths, seeds: NDArray[np.int64], steps: int, hops: int, pieces: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Follow contacts in time order, each book once: (contacts, ends: row, code, amount, loss; cut short).

    At most `steps` transfers, none deeper than `hops`. Where nothing is paid after a contact, the whole of it is an ending.
    `pieces`: the most that one transfer is exchanged in.
    """
    size = (1 + pieces) * (steps + len(seeds)) + 1
    moved = np.empty((size, *seeds.shape[1:]), np.int64)
    ends = np.empty_like(moved)
    keys, heap, soonest = np.empty(size, np.int64), np.empty(size, np.int64), np.zeros(len(p.out_ptr) - 1, np.int64)
    s = _State(moved, ends, keys, heap, soonest, np.zeros(3, np.int64))
    for k in range(len(seeds)):
        _touch(p, s, number(seeds[k], ROW), pick(seeds[k], AMOUNT), pick(seeds[k], LOSS), number(seeds[k], DEPTH))
    cut = False
    while s.n[WAITING] > 0:
        at = s.heap[0]
        s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
        row, loss, depth = number(s.moved[at], ROW), pick(s.moved[at], LOSS), number(s.moved[at], DEPTH)
        book = p.payee[row]
        if s.soonest[book] != p.rank[row] + 1:
            continue
        first = first_later(p, p.out_ptr, p.out_rows, book, p.rank[row])
        last = min(p.out_ptr[book + 1], first + steps) if depth < hops else first
        if last < p.out_ptr[book + 1]:
            cut = True
            _end(s, s.moved[at], BUDGET)
        s.soonest[book] = -1
        steps -= last - first
        for k in range(first, last):
            _touch(p, s, p.out_rows[k], pick(p.amount, p.out_rows[k]), loss, depth + 1)
    return s.moved[: s.n[MOVED]].copy(), s.ends[: s.n[ENDED]].copy(), cut


@njit(cache=True)
def _write(contact: NDArray[np.int64], row: int, amount: Amount, loss: Amount, depth: int) -> None:
    put_number(contact, ROW, row)
    put(contact, AMOUNT, amount)
    put(contact, LOSS, loss)
    put_number(contact, DEPTH, depth)


@njit(cache=True)
def _touch(p: Paths, s: _State, row: int, amount: Amount, loss: Amount, depth: int) -> None:
    """Record a contact, and the other side where it is part of an exchange."""
    at = s.n[MOVED]
    _write(s.moved[at], row, amount, loss, depth)
    s.n[MOVED] = at + 1
    if p.partner[row] >= 0:
        _write(s.moved[at + 1], p.partner[row], pick(p.amount, p.partner[row]), loss, depth + 1)
        s.n[MOVED] = at + 2
        _reach(p, s, at + 1)
    elif p.partner[row] <= FIRST_SPLIT:
        first, last = pieces_of(p, row)
        for k in range(first, last):
            other = p.split_other[k]
            _write(s.moved[s.n[MOVED]], other, pick(p.amount, other), loss, depth + 1)
            s.n[MOVED] += 1
            _reach(p, s, s.n[MOVED] - 1)
    else:
        _reach(p, s, at)


@njit(cache=True)
def _reach(p: Paths, s: _State, at: int) -> None:
    """Let a contact end where its path ends, else wait if it is the payee's earliest."""
    row = number(s.moved[at], ROW)
    book = p.payee[row]
    code = p.row_ends[row] if p.row_ends[row] != FOLLOW else p.ends[book]
    if code != FOLLOW:
        _end(s, s.moved[at], code)
    elif first_later(p, p.out_ptr, p.out_rows, book, p.rank[row]) == p.out_ptr[book + 1]:
        _end(s, s.moved[at], RESIDUAL)
    elif s.soonest[book] == 0 or s.soonest[book] > p.rank[row] + 1:
        s.soonest[book] = p.rank[row] + 1
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], p.rank[row], at)


@njit(cache=True)
def _end(s: _State, contact: NDArray[np.int64], code: int) -> None:
    end = s.ends[s.n[ENDED]]
    put_number(end, 0, number(contact, ROW))
    put_number(end, 1, code)
    put(end, 2, pick(contact, AMOUNT))
    put(end, 3, pick(contact, LOSS))
    s.n[ENDED] += 1
