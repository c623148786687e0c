"""FIFO and LIFO search: a worklist of lots, the largest first. A lot is an interval inside one transfer.

FIFO reads a lot's way off the two axes of its book. LIFO lets it lie at its height in the heap, and outflows take from the top;
what they take lies in the next book as it lay here.

A lot's share of the loss is an interval too, on the axis of the stolen payment. Where a lot is cut, the loss is cut at the same
fraction, rounded down to the unit at each cut; so the pieces of a payment always add up to it exactly, across conversions too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.magnitudes import Amount, below, least, minus, most, number, part, pick, plus, put, put_number, weight
from cutline.tracing.paths import (
    Paths,
    across,
    came_until,
    ending_of,
    first_later,
    first_leaving,
    paid_until,
    partner_of,
    pieces_of,
    pop,
    push,
)
from cutline.tracing.splits import FIRST_SPLIT

ROW, FROM, TO, LOSS_FROM, LOSS_TO, DEPTH = range(6)
"""Fields of a lot."""

SCANNED_PER_STEP = 64
"""Outflows that LIFO may pass over for each step of the budget, while a lot lies under others."""


@kernel
def follow_lots(
    p: Paths, seeds: NDArray[np.int64], scans: NDArray[np.int64] | None, limits: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Follow lots to where they lie: (lots: all that moved, ends: row, code, amount, loss; cut short).

    `seeds` are lots. `scans`: None is FIFO; LIFO counts down in it how many outflows it may still pass over. `limits`: at most
    so many steps (lots), none deeper than so many hops; what is not followed further ends as BUDGET; and the most pieces that
    one lot is exchanged in.
    """
    steps, hops, pieces = limits
    size = (1 + pieces) * (steps + len(seeds)) + 2
    lots = np.empty((size, *seeds.shape[1:]), np.int64)
    ends = np.empty((size, 4, *seeds.shape[2:]), np.int64)
    keys, heap = np.empty(size, np.int64), np.empty(size, np.int64)
    waiting = moved = ended = 0
    cut = False
    for k in range(len(seeds)):
        _copy(lots[moved], seeds[k])
        waiting = push(keys, heap, waiting, -_loss_weight(seeds[k]), moved)
        moved += 1
    limit = moved + steps
    while waiting > 0:
        at = heap[0]
        waiting = pop(keys, heap, waiting)
        if at < 0:  # a piece of an exchange, which is on its other side already
            at = -at - 1
        elif partner_of(p, number(lots[at], ROW)) >= 0:
            _copy(lots[moved], lots[at])
            _change_rails(p, lots[moved])
            at, moved = moved, moved + 1
        elif partner_of(p, number(lots[at], ROW)) <= FIRST_SPLIT:
            moved, waiting = _cut(p, lots, (keys, heap), at, (moved, waiting))
            continue
        row = number(lots[at], ROW)
        code = ending_of(p, row)
        if code == FOLLOW and (moved >= limit or number(lots[at], DEPTH) >= hops):
            code, cut = BUDGET, True
        left = lots[at].copy()
        if code == FOLLOW:
            code = RESIDUAL
            before = moved
            if scans is None:  # of the two ways only that is compiled which is asked for
                moved, cut_here = _leave(p, lots, left, moved, limit)
            else:
                moved, cut_here = _leave_from_top(p, lots, left, moved, limit, scans)
            if cut_here:
                code, cut = BUDGET, True
            for k in range(before, moved):
                waiting = push(keys, heap, waiting, -_loss_weight(lots[k]), k)
        if below(pick(left, LOSS_FROM), pick(left, LOSS_TO)):
            _end(ends[ended], left, code)
            ended += 1
    return lots[:moved].copy(), ends[:ended].copy(), cut


@inner
def _copy(lot: NDArray[np.int64], other: NDArray[np.int64]) -> None:
    # Assigning whole arrays would bring the texts of their errors into the kernel: seconds of compiling.
    for field in range(DEPTH + 1):
        put(lot, field, pick(other, field))


@inner
def _loss_weight(lot: NDArray[np.int64]) -> int:
    return weight(minus(pick(lot, LOSS_TO), pick(lot, LOSS_FROM)))


@inner
def _end(end: NDArray[np.int64], left: NDArray[np.int64], code: int) -> None:
    put_number(end, 0, number(left, ROW))
    put_number(end, 1, code)
    put(end, 2, minus(pick(left, TO), pick(left, FROM)))
    put(end, 3, minus(pick(left, LOSS_TO), pick(left, LOSS_FROM)))


@inner
def _change_rails(p: Paths, lot: NDArray[np.int64]) -> None:
    row = number(lot, ROW)
    other = partner_of(p, row)
    put(lot, FROM, part(pick(p.amount, other), pick(lot, FROM), pick(p.amount, row)))
    put(lot, TO, part(pick(p.amount, other), pick(lot, TO), pick(p.amount, row)))
    put_number(lot, ROW, other)
    put_number(lot, DEPTH, number(lot, DEPTH) + 1)


@inner
def _cut(
    p: Paths, lots: NDArray[np.int64], heap: tuple[NDArray[np.int64], NDArray[np.int64]], at: int, counts: tuple[int, int]
) -> tuple[int, int]:
    """Append the pieces that a lot became on the other side of an exchange, and let them wait; gives both counts."""
    moved, waiting = counts
    low, high = pick(lots[at], FROM), pick(lots[at], TO)
    begin, loss_from = pick(lots[at], LOSS_FROM), pick(lots[at], LOSS_FROM)
    loss = minus(pick(lots[at], LOSS_TO), begin)
    first, last = pieces_of(p, number(lots[at], ROW))
    for k in range(first, last):
        place, end = most(low, pick(p.split_begin, k)), least(high, pick(p.split_end, k))
        if not below(place, end):
            continue
        loss_to = plus(begin, part(loss, minus(end, low), minus(high, low)))
        _append(lots[moved], lots[at], p.split_other[k], across(p, k, place), across(p, k, end))
        put(lots[moved], LOSS_FROM, loss_from)
        put(lots[moved], LOSS_TO, loss_to)
        waiting = push(heap[0], heap[1], waiting, -_loss_weight(lots[moved]), -moved - 1)
        loss_from = loss_to
        moved += 1
    return moved, waiting


@inner
def _leave(p: Paths, lots: NDArray[np.int64], left: NDArray[np.int64], moved: int, limit: int) -> tuple[int, bool]:
    """Append what outflows take of a lot; `left` becomes what stays. Gives the number of lots, and whether it was cut."""
    book = p.payee[number(left, ROW)]
    base = pick(p.in_from, number(left, ROW))
    low, high = plus(base, pick(left, FROM)), plus(base, pick(left, TO))
    begin = pick(left, LOSS_FROM)
    loss = minus(pick(left, LOSS_TO), begin)
    place = low
    k = first_leaving(p, book, low)
    while k < p.out_ptr[book + 1] and below(place, high) and moved < limit:
        row = p.out_rows[k]
        k += 1
        begun = pick(p.out_from, row)
        end = least(high, plus(begun, pick(p.amount, row)))
        if not below(place, end):
            continue
        loss_to = plus(begin, part(loss, minus(end, low), minus(high, low)))
        _append(lots[moved], left, row, minus(place, begun), minus(end, begun))
        put(lots[moved], LOSS_FROM, pick(left, LOSS_FROM))
        put(lots[moved], LOSS_TO, loss_to)
        put(left, LOSS_FROM, loss_to)
        place = end
        moved += 1
    put(left, FROM, minus(place, base))
    return moved, k < p.out_ptr[book + 1] and below(place, high)


@inner
def _append(lot: NDArray[np.int64], left: NDArray[np.int64], row: int, begin: Amount, end: Amount) -> None:
    put_number(lot, ROW, row)
    put(lot, FROM, begin)
    put(lot, TO, end)
    put_number(lot, DEPTH, number(left, DEPTH) + 1)


@inner
def _leave_from_top(
    p: Paths, lots: NDArray[np.int64], left: NDArray[np.int64], moved: int, limit: int, scans: NDArray[np.int64]
) -> tuple[int, bool]:
    """As `_leave`, for a heap: outflows after the lot's arrival take what lies above the balance that they leave."""
    book, rank = p.payee[number(left, ROW)], p.rank[number(left, ROW)]
    k, i = first_later(p, p.out_ptr, p.out_rows, book, rank), first_later(p, p.in_ptr, p.in_rows, book, rank)
    base = minus(pick(p.in_from, number(left, ROW)), paid_until(p, book, k))
    low, top = plus(base, pick(left, FROM)), plus(base, pick(left, TO))
    high, begin = top, pick(left, LOSS_FROM)
    loss = minus(pick(left, LOSS_TO), begin)
    while k < p.out_ptr[book + 1] and below(low, top) and moved < limit and scans[0] > 0:
        row = p.out_rows[k]
        while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
            i += 1
        under = minus(came_until(p, book, i), plus(pick(p.out_from, row), pick(p.amount, row)))
        k += 1
        scans[0] -= 1
        if not below(under, top):
            continue
        place = most(low, under)
        loss_from = plus(begin, part(loss, minus(place, low), minus(high, low)))
        _append(lots[moved], left, row, minus(place, under), minus(top, under))
        put(lots[moved], LOSS_FROM, loss_from)
        put(lots[moved], LOSS_TO, pick(left, LOSS_TO))
        put(left, LOSS_TO, loss_from)
        top = place
        moved += 1
    put(left, TO, minus(top, base))
    return moved, k < p.out_ptr[book + 1] and below(low, top)
