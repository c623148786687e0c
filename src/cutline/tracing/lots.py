"""FIFO and LIFO search: a worklist of lots, the largest first. A lot is an interval inside one transfer.

FIFO reads a lot's way off the two axes of its book. LIFO lets it lie at its height in the heap, and outflows take from the top;
what they take lies in the next book as it lay here.

A lot's share of the loss is an interval too, on the axis of the stolen payment. Where a lot is cut, the loss is cut at the same
fraction, rounded down to the unit at each cut; so the pieces of a payment always add up to it exactly, across conversions too.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.paths import Paths, came_until, first_later, first_leaving, paid_until, pop, push
from cutline.tracing.policies import part

ROW, FROM, TO, LOSS_FROM, LOSS_TO, DEPTH = range(6)
"""Fields of a lot."""

SCANNED_PER_STEP = 64
"""Outflows that LIFO may pass over for each step of the budget, while a lot lies under others."""


@njit(cache=True)
def follow_lots(
    p: Paths, seeds: NDArray[np.int64], newest_first: bool, steps: int, hops: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Follow lots to where they lie: (lots: all that moved, ends: row, code, amount, loss; cut short).

    `seeds` are lots. `newest_first` is LIFO. At most `steps` lots, and none deeper than `hops`; what is not followed further
    ends as BUDGET.
    """
    size = 2 * (steps + len(seeds)) + 2
    lots = np.empty((size, 6), np.int64)
    ends = np.empty((size, 4), np.int64)
    keys, heap = np.empty(size, np.int64), np.empty(size, np.int64)
    waiting = moved = ended = 0
    cut = False
    for k in range(len(seeds)):
        lots[moved] = seeds[k]
        waiting = push(keys, heap, waiting, seeds[k, LOSS_FROM] - seeds[k, LOSS_TO], moved)
        moved += 1
    limit = moved + steps
    scans = SCANNED_PER_STEP * steps
    while waiting > 0:
        at = heap[0]
        waiting = pop(keys, heap, waiting)
        if p.partner[lots[at, ROW]] >= 0:
            lots[moved] = lots[at]
            _change_rails(p, lots[moved])
            at, moved = moved, moved + 1
        row = lots[at, ROW]
        code = p.row_ends[row] if p.row_ends[row] != FOLLOW else p.ends[p.payee[row]]
        if code == FOLLOW and (moved >= limit or lots[at, DEPTH] >= hops):
            code, cut = BUDGET, True
        left = lots[at].copy()
        if code == FOLLOW:
            code = RESIDUAL
            before = moved
            if newest_first:
                moved, cut_here, scans = _leave_from_top(p, lots, left, moved, limit, scans)
            else:
                moved, cut_here = _leave(p, lots, left, moved, limit)
            if cut_here:
                code, cut = BUDGET, True
            for k in range(before, moved):
                waiting = push(keys, heap, waiting, lots[k, LOSS_FROM] - lots[k, LOSS_TO], k)
        if left[LOSS_TO] > left[LOSS_FROM]:
            ends[ended] = (row, code, left[TO] - left[FROM], left[LOSS_TO] - left[LOSS_FROM])
            ended += 1
    return lots[:moved].copy(), ends[:ended].copy(), cut


@njit(cache=True)
def _change_rails(p: Paths, lot: NDArray[np.int64]) -> None:
    row = lot[ROW]
    other = p.partner[row]
    lot[FROM] = part(p.amount[other], lot[FROM], p.amount[row])
    lot[TO] = part(p.amount[other], lot[TO], p.amount[row])
    lot[ROW] = other
    lot[DEPTH] += 1


@njit(cache=True)
def _leave(p: Paths, lots: NDArray[np.int64], left: NDArray[np.int64], moved: int, limit: int) -> tuple[int, bool]:
    """Append what outflows take of a lot; `left` becomes what stays. Gives the number of lots, and whether it was cut."""
    book = p.payee[left[ROW]]
    base = p.in_from[left[ROW]]
    low, high = base + left[FROM], base + left[TO]
    loss, begin = left[LOSS_TO] - left[LOSS_FROM], left[LOSS_FROM]
    place = low
    k = first_leaving(p, book, low)
    while k < p.out_ptr[book + 1] and place < high and moved < limit:
        row = p.out_rows[k]
        k += 1
        end = min(high, p.out_from[row] + p.amount[row])
        if end <= place:
            continue
        loss_to = begin + part(loss, end - low, high - low)
        lots[moved, ROW], lots[moved, FROM], lots[moved, TO] = row, place - p.out_from[row], end - p.out_from[row]
        lots[moved, LOSS_FROM], lots[moved, LOSS_TO], lots[moved, DEPTH] = left[LOSS_FROM], loss_to, left[DEPTH] + 1
        left[LOSS_FROM] = loss_to
        place = end
        moved += 1
    left[FROM] = place - base
    return moved, k < p.out_ptr[book + 1] and place < high


@njit(cache=True)
def _leave_from_top(
    p: Paths, lots: NDArray[np.int64], left: NDArray[np.int64], moved: int, limit: int, scans: int
) -> tuple[int, bool, int]:
    """As `_leave`, for a heap: outflows after the lot's arrival take what lies above the balance that they leave."""
    book, rank = p.payee[left[ROW]], p.rank[left[ROW]]
    k, i = first_later(p, p.out_ptr, p.out_rows, book, rank), first_later(p, p.in_ptr, p.in_rows, book, rank)
    base = p.in_from[left[ROW]] - paid_until(p, book, k)
    low, top = base + left[FROM], base + left[TO]
    high, loss, begin = top, left[LOSS_TO] - left[LOSS_FROM], left[LOSS_FROM]
    while k < p.out_ptr[book + 1] and top > low and moved < limit and scans > 0:
        row = p.out_rows[k]
        while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
            i += 1
        under = came_until(p, book, i) - p.out_from[row] - p.amount[row]
        k += 1
        scans -= 1
        if under >= top:
            continue
        place = max(low, under)
        loss_from = begin + part(loss, place - low, high - low)
        lots[moved, ROW], lots[moved, FROM], lots[moved, TO] = row, place - under, top - under
        lots[moved, LOSS_FROM], lots[moved, LOSS_TO], lots[moved, DEPTH] = loss_from, left[LOSS_TO], left[DEPTH] + 1
        left[LOSS_TO] = loss_from
        top = place
        moved += 1
    left[TO] = top - base
    return moved, k < p.out_ptr[book + 1] and top > low, scans
