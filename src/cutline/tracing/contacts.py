"""Poison search: whatever an account pays after stolen money touched it is stolen. A bound on what can be reached, no more.

Amounts are those of whole transfers, and the loss at each place is the most that could have come there; neither adds up.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.paths import Paths, first_later, pop, push

ROW, AMOUNT, LOSS, DEPTH = range(4)
"""Fields of a contact, as of a movement."""


@njit(cache=True)
def follow_contacts(
    p: Paths, seeds: NDArray[np.int64], steps: int, hops: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Follow contacts in time order, each book once: (contacts, ends: row, code, amount, loss; cut short).

    At most `steps` transfers. A book that is reached and pays nothing later, or only to where a path ends, is an ending.
    """
    size = steps + len(seeds) + 1
    moved, ends = np.empty((size, 4), np.int64), np.empty((size, 4), np.int64)
    keys, heap = np.empty(size, np.int64), np.empty(size, np.int64)
    reached = np.zeros(len(p.out_ptr) - 1, np.bool_)
    waiting = count = ended = 0
    for k in range(len(seeds)):
        moved[k] = seeds[k]
        waiting = push(keys, heap, waiting, p.rank[seeds[k, ROW]], k)
    count, cut = len(seeds), False
    limit = count + steps
    while waiting > 0:
        at = heap[0]
        waiting = pop(keys, heap, waiting)
        if p.partner[moved[at, ROW]] >= 0 and count < limit:
            _change_rails(p, moved, at, count)
            at, count = count, count + 1
        row, book = moved[at, ROW], p.payee[moved[at, ROW]]
        code = p.row_ends[row] if p.row_ends[row] != FOLLOW else p.ends[book]
        first = first_later(p, p.out_ptr, p.out_rows, book, p.rank[row])
        if code == FOLLOW and reached[book]:
            continue
        if code == FOLLOW and (moved[at, DEPTH] >= hops or count >= limit):
            code, cut = BUDGET, True
        elif code == FOLLOW and first < p.out_ptr[book + 1]:
            reached[book] = True
            for k in range(first, min(p.out_ptr[book + 1], first + limit - count)):
                out = p.out_rows[k]
                moved[count, ROW], moved[count, AMOUNT] = out, p.amount[out]
                moved[count, LOSS], moved[count, DEPTH] = moved[at, LOSS], moved[at, DEPTH] + 1
                waiting = push(keys, heap, waiting, p.rank[out], count)
                count += 1
            cut = cut or count >= limit
            continue
        elif code == FOLLOW:
            code = RESIDUAL
        ends[ended, 0], ends[ended, 1], ends[ended, 2], ends[ended, 3] = row, code, moved[at, AMOUNT], moved[at, LOSS]
        ended += 1
    return moved[:count].copy(), ends[:ended].copy(), cut


@njit(cache=True)
def _change_rails(p: Paths, moved: NDArray[np.int64], at: int, to: int) -> None:
    row = p.partner[moved[at, ROW]]
    moved[to, ROW], moved[to, AMOUNT] = row, p.amount[row]
    moved[to, LOSS], moved[to, DEPTH] = moved[at, LOSS], moved[at, DEPTH] + 1
