"""What the kernels of a search see of ledgers and landmarks: flat arrays, and steps that both kinds of search take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner
from cutline.tracing.landmarks import FOLLOW, Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import Amount, below, minus, nothing, part, pick, plus
from cutline.tracing.rails import ALONE, JOINED
from cutline.tracing.splits import FIRST_SPLIT, Splits


class Paths(NamedTuple):
    """Ledgers and landmarks, flat, by the names of `Ledgers`, `Landmarks`, `Rails` and `Splits`.

    `amount` is what moved, `joined` the rows of `Rails`.
    """

    out_ptr: NDArray[np.int64]
    out_rows: NDArray[np.int32]
    in_ptr: NDArray[np.int64]
    in_rows: NDArray[np.int32]
    payer: NDArray[np.int32]
    payee: NDArray[np.int32]
    rank: NDArray[np.int32]
    in_step: NDArray[np.bool_]
    out_from: NDArray[np.int64]
    in_from: NDArray[np.int64]
    amount: NDArray[np.int64]
    opening: NDArray[np.int64]
    ends: NDArray[np.uint8]
    row_ends: NDArray[np.uint8]
    joined: NDArray[np.int32]
    partner: NDArray[np.int32]
    split_ptr: NDArray[np.int64]
    split_other: NDArray[np.int64]
    split_begin: NDArray[np.int64]
    split_end: NDArray[np.int64]
    split_there: NDArray[np.int64]
    split_until: NDArray[np.int64]


def lay(ledgers: Ledgers, landmarks: Landmarks) -> Paths:
    """Lay ledgers and landmarks flat; nothing is copied."""
    splits = landmarks.rails.splits
    if not len(splits.other):
        splits = Splits.none(ledgers.moved)
    return Paths(
        ledgers.out_ptr,
        ledgers.out_rows,
        ledgers.in_ptr,
        ledgers.in_rows,
        ledgers.payer,
        ledgers.payee,
        ledgers.rank,
        ledgers.in_step,
        ledgers.out_from,
        ledgers.in_from,
        ledgers.moved,
        ledgers.opening,
        landmarks.ends,
        landmarks.row_ends,
        landmarks.rails.rows,
        landmarks.rails.partner,
        splits.ptr,
        splits.other,
        splits.begin,
        splits.end,
        splits.there,
        splits.until,
    )


@inner
def partner_of(p: Paths, row: int) -> int:
    """Give the other half of an exchange that a transfer is part of: see `Joins`; ALONE where it is part of none."""
    if p.row_ends[row] < JOINED:
        return ALONE
    low, high = 0, len(p.joined) - 1
    while low < high:
        middle = (low + high) >> 1
        if p.joined[middle] < row:
            low = middle + 1
        else:
            high = middle
    return int(p.partner[low])


@inner
def ending_of(p: Paths, row: int) -> int:
    """Give the code of where a transfer ends: by itself, or at its payee; FOLLOW where it goes on."""
    own = p.row_ends[row] & ~JOINED
    return int(own) if own != FOLLOW else int(p.ends[p.payee[row]])


@inner
def pieces_of(p: Paths, row: int) -> tuple[int, int]:
    """Give where the pieces of a transfer stand that is exchanged in several; nothing where it is not."""
    k = FIRST_SPLIT - partner_of(p, row)
    if k < 0:
        return 0, 0
    return int(p.split_ptr[k]), int(p.split_ptr[k + 1])


@inner
def across(p: Paths, piece: int, place: Amount) -> Amount:
    """Give where a place on a transfer lies on the transfer that a piece of it became."""
    begin, there = pick(p.split_begin, piece), pick(p.split_there, piece)
    width = minus(pick(p.split_until, piece), there)
    return plus(there, part(width, minus(place, begin), minus(pick(p.split_end, piece), begin)))


def most_pieces(p: Paths) -> int:
    """Give the largest number of pieces that one transfer is exchanged in, at least 1."""
    return int(np.diff(p.split_ptr).max(initial=1))


@inner
def first_leaving(p: Paths, book: int, place: Amount) -> int:
    """Give the first position in `out_rows` of a book whose outflow reaches beyond a place on the axis."""
    low, high = int(p.out_ptr[book]), int(p.out_ptr[book + 1])
    while low < high:
        middle = (low + high) >> 1
        row = p.out_rows[middle]
        if below(place, plus(pick(p.out_from, row), pick(p.amount, row))):
            high = middle
        else:
            low = middle + 1
    return low


@inner
def first_later(p: Paths, ptr: NDArray[np.int64], rows: NDArray[np.int32], book: int, rank: int) -> int:
    """Give the first position of a book's CSR whose row stands after a rank."""
    low, high = int(ptr[book]), int(ptr[book + 1])
    while low < high:
        middle = (low + high) >> 1
        if p.rank[rows[middle]] <= rank:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def came_until(p: Paths, book: int, k: int) -> Amount:
    """Give what had come into a book, its opening balance included, before the inflow at a position of `in_rows`."""
    if k == p.in_ptr[book]:
        return pick(p.opening, book)
    last = p.in_rows[k - 1]
    return plus(pick(p.in_from, last), pick(p.amount, last))


@inner
def paid_until(p: Paths, book: int, k: int) -> Amount:
    """Give what a book had paid before the outflow at a position of `out_rows`."""
    if k == p.out_ptr[book]:
        return nothing(p.amount)
    last = p.out_rows[k - 1]
    return plus(pick(p.out_from, last), pick(p.amount, last))


@inner
def balance_before(p: Paths, book: int, row: int) -> Amount:
    """Give a book's balance just before one of its outflows."""
    k = first_later(p, p.in_ptr, p.in_rows, book, p.rank[row] - 1)
    return minus(came_until(p, book, k), pick(p.out_from, row))


@inner
def push(keys: NDArray[np.int64], values: NDArray[np.int64], size: int, key: int, value: int) -> int:
    """Put (key, value) on a heap, smallest first; give the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] < key or (keys[above] == key and values[above] <= value):
            break
        keys[at], values[at] = keys[above], values[above]
        at = above
    keys[at], values[at] = key, value
    return size + 1


@inner
def pop(keys: NDArray[np.int64], values: NDArray[np.int64], size: int) -> int:
    """Take the top off a heap (read it first); give the new size."""
    size -= 1
    key, value = keys[size], values[size]
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        other = below + 1
        if other < size and (keys[other] < keys[below] or (keys[other] == keys[below] and values[other] < values[below])):
            below = other
        if key < keys[below] or (key == keys[below] and value <= values[below]):
            break
        keys[at], values[at] = keys[below], values[below]
        at = below
    keys[at], values[at] = key, value
    return size
