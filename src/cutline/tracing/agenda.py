"""Which transfers a search will come to, by rank: a bit for each transfer, a bit above for every 64 of them that hold any.

A book's outflows stand together, so that all it will pay is put on the agenda at once, without waiting for memory at every
step; and what nobody who was touched pays is passed over 4,096 transfers at a look. Memory: an eighth of a byte a transfer, of
which only what is touched is ever taken.

Ranks differ from rows only within an instant. `in_step` says of which 64 ranks they do not, so that few have to be looked up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel

NONE_DUE = 2**62
"""What `next_due` gives where nothing is."""

BLOCK = 6
"""Ranks are told to be in step by the 64."""

SPREAD = 0x03F79D71B4CB0A89
"""A de Bruijn sequence: times a single bit, its upper six bits are another number for each of the 64 bits."""

PLACES = np.zeros(64, np.int64)
"""By those six bits: which bit it was."""
PLACES[[(SPREAD << bit) >> 58 & 63 for bit in range(64)]] = np.arange(64)


class Agenda(NamedTuple):
    """Bits by rank (`due`), and by 64 ranks whether any is set (`busy`)."""

    due: NDArray[np.int64]
    busy: NDArray[np.int64]


def empty_agenda(rows: int) -> Agenda:
    """Make an agenda on which nothing stands; the system gives its memory as it is touched."""
    words = (rows >> 6) + 1
    return Agenda(np.zeros(words, np.int64), np.zeros((words >> 6) + 1, np.int64))


@kernel
def steps_of(rank: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say of each block of ranks whether its rows (where ranks fall: from the end) stand in that order."""
    forward, last = is_forward(rank), len(rank) - 1
    in_step = np.ones((len(rank) >> BLOCK) + 1, np.bool_)
    for k in range(len(rank)):
        if rank[k if forward else last - k] != k:
            in_step[k >> BLOCK] = False
    return in_step


@inner
def is_forward(rank: NDArray[np.int32]) -> bool:
    """Say whether ranks rise with rows, or fall: in ledgers read backward."""
    return len(rank) == 0 or rank[0] <= rank[-1]


@kernel
def rank_of(rank: NDArray[np.int32], in_step: NDArray[np.bool_], row: int) -> int:
    """Give a row's rank, without a look at it where ranks are in step."""
    k = np.int64(row) if is_forward(rank) else np.int64(len(rank) - 1 - row)
    return int(k) if in_step[k >> BLOCK] else int(np.int64(rank[row]))


@kernel
def rows_around(rank: NDArray[np.int32], now: int, forward: bool) -> tuple[int, NDArray[np.int64]]:
    """Give rows in the order of their ranks, and the rank of the first: as many as stand in another order than their ranks.

    Ranks differ from rows (read backward: from rows counted from the end) only within an instant.
    """
    last = len(rank) - 1
    low, high, left, right = now, now, now, now - 1
    while right < high or left > low:
        if right < high:
            right += 1
            at = right
        else:
            left -= 1
            at = left
        told = int(rank[at if forward else last - at])
        low, high = min(low, told), max(high, told)
    rows = np.empty(high + 1 - low, np.int64)
    for k in range(low, high + 1):
        row = k if forward else last - k
        rows[rank[row] - low] = row
    return low, rows


@kernel
def put_on(agenda: Agenda, rank: int) -> None:
    """Put a rank on the agenda."""
    agenda.due[rank >> 6] |= np.int64(1) << (rank & 63)
    agenda.busy[rank >> 12] |= np.int64(1) << ((rank >> 6) & 63)


@kernel
def next_due(agenda: Agenda, rank: int) -> int:
    """Give the first rank on the agenda that is not before one; NONE_DUE where there is none."""
    due, busy = agenda.due, agenda.busy
    word = rank >> 6
    if word >= len(due):
        return NONE_DUE
    bits = due[word] & (np.int64(-1) << (rank & 63))
    if bits != 0:
        return (word << 6) + _lowest(bits)
    word += 1
    many = word >> 6
    if many >= len(busy):
        return NONE_DUE
    bits = busy[many] & (np.int64(-1) << (word & 63))
    while bits == 0:
        many += 1
        if many == len(busy):
            return NONE_DUE
        bits = busy[many]
    word = (many << 6) + _lowest(bits)
    return (word << 6) + _lowest(due[word])


@inner
def _lowest(bits: int) -> int:
    """Give the place of the lowest bit that is set."""
    return int(PLACES[((bits & -bits) * SPREAD >> 58) & 63])
