"""Poison search: whatever an account pays after stolen money touched it is stolen. A bound on what can be reached, no more.

Amounts are those of whole transfers, and the loss at each place is the most that could have come there; neither adds up.

So much may be reached that leaping from account to account waits for memory at every step. The search therefore passes once
over the transfers in the order of time, from the first that is stolen until nobody who was touched pays any more, and asks of
each whether its payer was touched. That bounds its cost, whatever is reached: one pass over what came after the theft. A search
that is cut short is complete up to a moment; what was touched until then and pays later ends as BUDGET. An exchange whose other
half came earlier is gone after by itself, from that half on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.paths import Paths, first_later, pieces_of, pop, push

ROW, SOURCE, DEPTH, CODE = range(4)
"""Fields of a contact: by which transfer, from which seed (its number), how deep (a seed is 1), how it ends (−1: goes on)."""

GOES_ON = -1

ALONE = -1
"""The `partner` of a row that is no part of an exchange."""

MOVED, WAITING, STEPS, HOPS, NOW, UNTIL = range(6)
"""Numbers of a state: contacts, contacts that wait, steps left, hops allowed, the rank to be passed next, and the last rank at
which anybody touched pays."""


class _State(NamedTuple):
    """Contacts (`told`), a heap of (rank, contact) that lie off the pass, and the numbers `n`.

    By book: whether it was `touched`, 64 to a number so that they stay near the processor, and by which contact `first`.
    """

    told: NDArray[np.int64]
    keys: NDArray[np.int64]
    heap: NDArray[np.int64]
    touched: NDArray[np.int64]
    first: NDArray[np.int32]
    n: NDArray[np.int64]


@njit(cache=True)
def follow_contacts(p: Paths, seeds: NDArray[np.int64], limits: tuple[int, int, int]) -> tuple[NDArray[np.int64], bool]:
    """Follow contacts from the transfers `seeds` on: (contacts, cut short).

    `limits`: at most so many steps (transfers), none deeper than so many hops; and the most pieces that one transfer is
    exchanged in. Where nothing is paid after a contact, the whole of it is an ending.
    """
    s = _new(len(seeds), limits, len(p.out_ptr))
    for k in range(len(seeds)):
        _touch(p, s, seeds[k], k, 1)
    forward = len(p.rank) == 0 or p.rank[0] <= p.rank[-1]
    begin, rows = 0, np.empty(0, np.int64)
    while s.n[STEPS] > 0:
        while s.n[WAITING] > 0 and s.keys[0] < s.n[NOW] and s.n[STEPS] > 0:
            _open(p, s)
        if s.n[NOW] > s.n[UNTIL]:
            if s.n[WAITING] == 0:
                break
            s.n[NOW] = s.keys[0] + 1
            continue
        _pass(p, s, forward)
        now = s.n[NOW]
        if now > s.n[UNTIL] or (s.n[WAITING] > 0 and s.keys[0] < now) or s.n[STEPS] == 0:
            continue
        if not begin <= now < begin + len(rows):
            begin, rows = now, _rows_from(p.rank, now, forward)
        _pay(p, s, rows[now - begin])
        s.n[NOW] += 1
    cut = _stop(p, s)
    return s.told[: s.n[MOVED]].copy(), cut


@njit(cache=True)
def _new(seeds: int, limits: tuple[int, int, int], books: int) -> _State:
    """Make a state with room for all steps; memory of its lists is taken as it is touched."""
    steps, hops, pieces = limits
    size = (1 + pieces) * (steps + seeds) + 1
    told, keys, heap, n = (
        np.empty((size, 4), np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.zeros(6, np.int64),
    )
    n[STEPS], n[HOPS], n[NOW], n[UNTIL] = steps, hops, -1, -2
    return _State(told, keys, heap, np.zeros((books >> 6) + 2, np.int64), np.empty(books, np.int32), n)


@njit(cache=True)
def _pass(p: Paths, s: _State, forward: bool) -> None:
    """Pass on to the next rank that needs more than a look: an exchange, a contact that waits, rows out of the order of ranks.

    One flat loop: each call with all these columns costs as much as ten rows.
    """
    rank, payer, payee, partner, row_ends, ends = p.rank, p.payer, p.payee, p.partner, p.row_ends, p.ends
    out_ptr, out_rows, told, touched, first = p.out_ptr, p.out_rows, s.told, s.touched, s.first
    now, until, steps, moved, last = s.n[NOW], s.n[UNTIL], s.n[STEPS], s.n[MOVED], len(rank) - 1
    stop = s.keys[0] if s.n[WAITING] > 0 else last
    while now <= until and now <= stop and steps > 0:
        row = now if forward else last - now
        if rank[row] != now:
            break
        if _is_in(touched, payer[row]):
            if partner[row] != ALONE:
                break
            begun = first[payer[row]]
            book, depth = payee[row], told[begun, DEPTH] + 1
            ends_at = _last(rank, out_ptr, out_rows, book)
            code = _code(row_ends[row] if row_ends[row] != FOLLOW else ends[book], ends_at <= now, depth >= s.n[HOPS])
            told[moved, ROW], told[moved, SOURCE], told[moved, DEPTH], told[moved, CODE] = row, told[begun, SOURCE], depth, code
            if code == GOES_ON and not _is_in(touched, book):
                _put_in(touched, book)
                first[book], until = moved, max(until, ends_at)
            moved += 1
            steps -= 1
        now += 1
    s.n[NOW], s.n[UNTIL], s.n[STEPS], s.n[MOVED] = now, until, steps, moved


@njit(cache=True)
def _is_in(books: NDArray[np.int64], book: int) -> bool:
    """Say whether a book is among some; no book (−1) falls on the last number, which stays empty."""
    return bool((books[book >> 6] >> (book & 63)) & 1)


@njit(cache=True)
def _put_in(books: NDArray[np.int64], book: int) -> None:
    books[book >> 6] |= np.int64(1) << (book & 63)


@njit(cache=True)
def _code(mark: int, over: bool, deep: bool) -> np.int64:
    """Say how a contact ends: by a landmark, because its payee pays nothing later, because it is too deep; or it goes on."""
    if mark != FOLLOW:
        return np.int64(mark)
    if over:
        return np.int64(RESIDUAL)
    return np.int64(BUDGET if deep else GOES_ON)


@njit(cache=True)
def _last(rank: NDArray[np.int32], ptr: NDArray[np.int64], rows: NDArray[np.int32], book: int) -> np.int64:
    """Give the rank of a book's last outflow, −1 where it never pays."""
    return np.int64(rank[rows[ptr[book + 1] - 1]]) if ptr[book + 1] > ptr[book] else np.int64(-1)


@njit(cache=True)
def _rows_from(rank: NDArray[np.int32], now: int, forward: bool) -> NDArray[np.int64]:
    """Give rows in the order of their ranks: one, or as many as stand in another order than their ranks from here on.

    Ranks differ from rows (read backward: from rows counted from the end) only within an instant.
    """
    last = len(rank) - 1
    end, at = now, now
    while at <= end:
        end = max(end, rank[at if forward else last - at])
        at += 1
    rows = np.empty(at - now, np.int64)
    for k in range(now, at):
        row = k if forward else last - k
        rows[rank[row] - now] = row
    return rows


@njit(cache=True)
def _pay(p: Paths, s: _State, row: int) -> None:
    """Touch whom a book pays, if it was touched itself."""
    payer = p.payer[row]
    if _is_in(s.touched, payer):
        s.n[STEPS] -= 1
        _touch(p, s, row, s.told[s.first[payer], SOURCE], s.told[s.first[payer], DEPTH] + 1)


@njit(cache=True)
def _touch(p: Paths, s: _State, row: int, source: int, depth: int) -> None:
    """Record a contact, and the other side where it is part of an exchange: there it goes on."""
    other = p.partner[row]
    if other == ALONE:
        _reach(p, s, row, source, depth)
        return
    _record(s, row, source, depth, GOES_ON)
    if other >= 0:
        _reach(p, s, other, source, depth + 1)
        return
    first, last = pieces_of(p, row)
    for k in range(first, last):
        _reach(p, s, p.split_other[k], source, depth + 1)


@njit(cache=True)
def _reach(p: Paths, s: _State, row: int, source: int, depth: int) -> None:
    """Record a contact that ends, or touches its payee from then on."""
    at, rank, book = s.n[MOVED], int(p.rank[row]), p.payee[row]
    until = _last(p.rank, p.out_ptr, p.out_rows, book)
    mark = p.row_ends[row] if p.row_ends[row] != FOLLOW else p.ends[book]
    code = _code(mark, bool(until <= rank), bool(depth >= s.n[HOPS]))
    _record(s, row, source, depth, int(code))
    if code != GOES_ON:
        return
    if rank != s.n[NOW]:
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], rank, at)
    elif not _is_in(s.touched, book):
        _put_in(s.touched, book)
        s.first[book], s.n[UNTIL] = at, max(s.n[UNTIL], until)


@njit(cache=True)
def _record(s: _State, row: int, source: int, depth: int, code: int) -> None:
    contact = s.told[s.n[MOVED]]
    contact[ROW], contact[SOURCE], contact[DEPTH], contact[CODE] = row, source, depth, code
    s.n[MOVED] += 1


@njit(cache=True)
def _open(p: Paths, s: _State) -> None:
    """Touch the payee of the earliest waiting contact, and whom it had paid between the contact and where the pass stands."""
    at, rank = s.heap[0], s.keys[0]
    s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
    book = p.payee[s.told[at, ROW]]
    until = s.n[NOW]
    if _is_in(s.touched, book):
        until = np.int64(p.rank[s.told[s.first[book], ROW]]) + 1
        if until <= rank + 1:
            return
    _put_in(s.touched, book)
    s.first[book] = at
    s.n[UNTIL] = max(s.n[UNTIL], _last(p.rank, p.out_ptr, p.out_rows, book))
    k = first_later(p, p.out_ptr, p.out_rows, book, rank)
    while k < p.out_ptr[book + 1] and p.rank[p.out_rows[k]] < until:
        if s.n[STEPS] == 0:
            s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], rank, at)
            return
        _pay(p, s, p.out_rows[k])
        k += 1


@njit(cache=True)
def _stop(p: Paths, s: _State) -> bool:
    """End what was not followed to its end; gives whether there is any, or anything was too deep."""
    for k in range(s.n[WAITING]):
        s.told[s.heap[k], CODE] = BUDGET
    cut = False
    for at in range(s.n[MOVED]):
        book = p.payee[s.told[at, ROW]]
        pays = s.told[at, CODE] == GOES_ON and _is_in(s.touched, book) and s.first[book] == at
        if pays and _last(p.rank, p.out_ptr, p.out_rows, book) >= s.n[NOW]:
            s.told[at, CODE] = BUDGET
        cut = cut or s.told[at, CODE] == BUDGET
    return cut
