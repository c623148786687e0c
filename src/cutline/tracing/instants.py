"""What happens at one instant: records whose clock ticks in seconds give no order, so who is paid in it pays afterwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel

DEEPEST = 12
"""Rounds within one instant; money that goes round in a circle inside it stands in the order of its rows after that."""


def settle(t_us: NDArray[np.int64], payer: NDArray[np.int32], payee: NDArray[np.int32], books: int) -> NDArray[np.int32]:
    """Order rows by (time, how many payments of the same instant stand before it, row); `t_us` ascends, −1 is no book."""
    return _ordered(t_us, payer, payee, np.zeros(books, np.int64))


def settle_some(
    some: NDArray[np.bool_],
    t_us: NDArray[np.int64],
    order: NDArray[np.int32],
    sides: tuple[NDArray[np.int32], NDArray[np.int32]],
    books: int,
) -> NDArray[np.int32]:
    """As `settle`, for some of the rows, the others in their given order: a block has one time, and its ids no order."""
    if not (some & np.append(t_us[1:] == t_us[:-1], values=False)[: len(t_us)]).any():
        return order
    payer, payee = (np.where(some, side, np.int32(-1))[order] for side in sides)
    return np.asarray(order[settle(t_us, payer, payee, books)])


@kernel
def _ordered(
    t_us: NDArray[np.int64], payer: NDArray[np.int32], payee: NDArray[np.int32], level: NDArray[np.int64]
) -> NDArray[np.int32]:
    order = np.empty(len(t_us), np.int32)
    start = 0
    while start < len(t_us):
        end = start + 1
        while end < len(t_us) and t_us[end] == t_us[start]:
            end += 1
        several = end - start > 1 and _raise_levels(payer[start:end], payee[start:end], level)
        place = start
        for stands_before in range(DEEPEST + 1 if several else 1):
            for k in range(start, end):
                if not several or (level[payer[k]] if payer[k] >= 0 else 0) == stands_before:
                    order[place] = k
                    place += 1
        for k in range(start, end):
            if payee[k] >= 0:
                level[payee[k]] = 0
        start = end
    return order


@inner
def _raise_levels(payer: NDArray[np.int32], payee: NDArray[np.int32], level: NDArray[np.int64]) -> bool:
    """Put each payee above its payers; gives whether anybody who is paid also pays."""
    deep = False
    for _ in range(DEEPEST):
        grew = False
        for k in range(len(payer)):
            if payer[k] < 0 or payer[k] == payee[k]:
                continue
            above = min(DEEPEST, level[payer[k]] + 1)
            if level[payee[k]] < above:
                level[payee[k]] = above
                grew = True
                deep = deep or above > 1
        if not grew:
            break
    return deep


@kernel
def told_by_several(
    t_us: NDArray[np.int64], payer: NDArray[np.int32], payee: NDArray[np.int32], source: NDArray[np.int32], entities: int
) -> NDArray[np.bool_]:
    """Say of each row whether one of its parties stands in rows of the same instant by different sources; `t_us` ascends.

    Whoever is unknown (−1) counts as one party. Memory: 12 bytes an entity, 1 a row.
    """
    seen, mixed = np.full(entities + 1, -1, np.int32), np.full(entities + 1, -1, np.int32)
    by, told = np.empty(entities + 1, np.int32), np.zeros(len(t_us), np.bool_)
    start = 0
    while start < len(t_us):
        end, several = start + 1, False
        while end < len(t_us) and t_us[end] == t_us[start]:
            end += 1
        for k in range(start, end if end - start > 1 else start):
            for who in (payer[k], payee[k]):
                if seen[who] != start:
                    seen[who], by[who] = start, source[k]
                elif by[who] != source[k]:
                    mixed[who], several = start, True
        for k in range(start, end if several else start):
            told[k] = mixed[payer[k]] == start or mixed[payee[k]] == start
        start = end
    return told
