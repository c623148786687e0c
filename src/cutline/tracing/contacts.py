"""Poison search: whatever an account pays after stolen money touched it is stolen. A bound on what can be reached, no more.

Amounts are those of whole transfers, and the loss at each place is the most that could have come there; neither adds up.

So much may be reached that a worklist of accounts waits for memory at every step. Whoever is touched puts all that it pays
later on an `agenda`, and the search goes through that in the order of time: it costs what is reached, not what there is. A
search that is cut short is complete up to a moment; what was touched until then and pays later ends as BUDGET. An exchange
whose other half came earlier is gone after by itself, from that half on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.agenda import BLOCK, NONE_DUE, Agenda, empty_agenda, is_forward, next_due, put_on, rank_of, rows_around
from cutline.tracing.landmarks import BUDGET, FOLLOW, RESIDUAL
from cutline.tracing.paths import Paths, ending_of, first_later, partner_of, pieces_of, pop, push
from cutline.tracing.rails import ALONE, JOINED
from cutline.tracing.reached import FIRST_SIZE, entry, find, number_at, slot, with_room

ROW, SOURCE, DEPTH, CODE = range(4)
"""Fields of a contact: by which transfer, from which seed (its number), how deep (a seed is 1), how it ends (−1: goes on)."""

GOES_ON = -1

AHEAD = 16
"""So many rows are read ahead at once (ours)."""

MOVED, WAITING, STEPS, HOPS, NOW, TOUCHED, SEEN, READ = range(8)
"""Numbers of a state: contacts, contacts that wait, steps left, hops allowed, the rank to be looked at next, touched books;
until which rank was read ahead, and what, which says nothing."""


class _State(NamedTuple):
    """Contacts (`told`), a heap of (rank, contact) that lie off the agenda, and the numbers `n`.

    `table`: by which contact a book was touched (see `reached`); `last`: by that contact, the rank of the book's last outflow.
    """

    told: NDArray[np.int32]
    last: NDArray[np.int64]
    keys: NDArray[np.int64]
    heap: NDArray[np.int64]
    agenda: Agenda
    table: NDArray[np.int64]
    n: NDArray[np.int64]


def follow_contacts(p: Paths, seeds: NDArray[np.int64], limits: tuple[int, int, int]) -> tuple[NDArray[np.int32], bool]:
    """Follow contacts from the transfers `seeds` on: (contacts, cut short).

    `limits`: at most so many steps (transfers), none deeper than so many hops; and the most pieces that one transfer is
    exchanged in. Where nothing is paid after a contact, the whole of it is an ending.
    """
    told, cut = _follow(p, seeds, limits, empty_agenda(len(p.rank)))
    return told, bool(cut)


@kernel
def _follow(p: Paths, seeds: NDArray[np.int64], limits: tuple[int, int, int], agenda: Agenda) -> tuple[NDArray[np.int32], bool]:
    s, pieces = _new(len(seeds), limits, agenda), limits[2]
    for k in range(len(seeds)):
        s = _roomy(s, pieces)
        _touch(p, s, seeds[k], k, 1)
    forward = is_forward(p.rank)
    begin, rows = 0, np.empty(0, np.int64)
    while s.n[STEPS] > 0:
        while s.n[WAITING] > 0 and s.keys[0] < s.n[NOW] and s.n[STEPS] > 0:
            s = _roomy(s, pieces)
            _open(p, s)
        s, now = _go_on(p, s, forward)
        if now == NONE_DUE:
            if s.n[WAITING] == 0:
                break
            s.n[NOW] = s.keys[0] + 1
        elif s.n[STEPS] > 0:
            if not begin <= now < begin + len(rows):
                begin, rows = rows_around(p.rank, now, forward)
            s, s.n[NOW] = _roomy(s, pieces), now
            _pay(p, s, rows[now - begin])
            s.n[NOW] += 1
    cut = _stop(p, s)
    return s.told[: s.n[MOVED]].copy(), cut


@inner
def _new(seeds: int, limits: tuple[int, int, int], agenda: Agenda) -> _State:
    """Make a state with room for all steps; memory of its lists is taken as it is touched."""
    steps, hops, pieces = limits
    size = (1 + pieces) * (steps + seeds) + 1
    told, last, n = np.empty((size, 4), np.int32), np.empty(size, np.int64), np.zeros(8, np.int64)
    n[STEPS], n[HOPS], n[NOW], n[SEEN] = steps, hops, -1, -1
    return _State(told, last, np.empty(size, np.int64), np.empty(size, np.int64), agenda, np.zeros(FIRST_SIZE, np.int64), n)


@inner
def _roomy(s: _State, more: int) -> _State:
    """Give the same state with room for so many more touched books."""
    table = with_room(s.table, s.n[TOUCHED] + more + 1)
    return _State(s.told, s.last, s.keys, s.heap, s.agenda, table, s.n)


@inner
def _go_on(p: Paths, s: _State, forward: bool) -> tuple[_State, int]:
    """Go on to the next rank that needs more than a look: an exchange, or one out of step; gives the state and that rank.

    NONE_DUE where the next contact that waits, or nothing at all, comes before it. One flat loop: a call with all these
    columns costs as much as ten rows.
    """
    payer, payee, row_ends, ends, in_step = p.payer, p.payee, p.row_ends, p.ends, p.in_step
    told, lasts, table, moved, steps = s.told, s.last, s.table, s.n[MOVED], s.n[STEPS]
    last, hops, now = len(p.rank) - 1, s.n[HOPS], next_due(s.agenda, max(s.n[NOW], 0))
    stop = s.keys[0] if s.n[WAITING] > 0 else NONE_DUE - 1
    while now <= stop and steps > 0 and in_step[now >> BLOCK]:
        if now > s.n[SEEN]:
            _look_ahead(p, s, now)
        row = now if forward else last - now
        if row_ends[row] >= JOINED:
            break
        begun, book = number_at(table, find(table, payer[row])), payee[row]
        depth, here, until = told[begun, DEPTH] + 1, find(table, book), np.int64(-1)
        before = number_at(table, here)
        mark = row_ends[row] if row_ends[row] != FOLLOW else ends[book]
        if mark == FOLLOW:
            until = lasts[before] if before >= 0 else _last(p, book)
        code = _code(mark, bool(until <= now), bool(depth >= hops))
        told[moved, ROW], told[moved, SOURCE], told[moved, DEPTH], told[moved, CODE] = row, told[begun, SOURCE], depth, code
        if code == GOES_ON and before < 0:
            table[here], lasts[moved] = entry(book, moved), until
            s.n[TOUCHED] += 1
            _plan(p, s.agenda, book, now)
            s = _roomy(s, 1)
            table = s.table
        moved += 1
        steps -= 1
        s.n[NOW] = now + 1
        now = next_due(s.agenda, now + 1)
    s.n[MOVED], s.n[STEPS] = moved, steps
    return s, now if now <= stop else NONE_DUE


@inner
def _look_ahead(p: Paths, s: _State, now: int) -> None:
    """Read what the next rows on the agenda will ask for, all at once, rather than wait for memory one after the other."""
    forward, last, table, rows = is_forward(p.rank), len(p.rank) - 1, s.table, np.empty(AHEAD, np.int64)
    count, read = 0, np.int64(0)
    while count < AHEAD and now != NONE_DUE:
        rows[count], s.n[SEEN] = now if forward else last - now, now
        count, now = count + 1, next_due(s.agenda, now + 1)
    for k in range(count):
        read += p.payer[rows[k]] + p.payee[rows[k]] + p.row_ends[rows[k]]
    for k in range(count):
        book = p.payee[rows[k]]
        read += p.out_ptr[book] + p.ends[book] + table[slot(table, book)] + table[slot(table, p.payer[rows[k]])]
    for k in range(count):
        read += p.out_rows[max(0, p.out_ptr[p.payee[rows[k]] + 1] - 1)]
    s.n[READ] = read


@inner
def _code(mark: int, over: bool, deep: bool) -> np.int64:
    """Say how a contact ends: by a landmark, because its payee pays nothing later, because it is too deep; or it goes on."""
    if mark != FOLLOW:
        return np.int64(mark)
    if over:
        return np.int64(RESIDUAL)
    return np.int64(BUDGET if deep else GOES_ON)


@inner
def _last(p: Paths, book: int) -> np.int64:
    """Give the rank of a book's last outflow, −1 where it never pays."""
    if p.out_ptr[book + 1] == p.out_ptr[book]:
        return np.int64(-1)
    return np.int64(rank_of(p.rank, p.in_step, p.out_rows[p.out_ptr[book + 1] - 1]))


@inner
def _plan(p: Paths, agenda: Agenda, book: int, after: int) -> None:
    """Put on the agenda all that a book pays after a rank."""
    for k in range(p.out_ptr[book + 1] - 1, p.out_ptr[book] - 1, -1):
        rank = rank_of(p.rank, p.in_step, p.out_rows[k])
        if rank <= after:
            break
        put_on(agenda, rank)


@inner
def _pay(p: Paths, s: _State, row: int) -> None:
    """Touch whom a touched book pays."""
    begun = _by(s, p.payer[row])
    s.n[STEPS] -= 1
    _touch(p, s, row, int(np.int64(s.told[begun, SOURCE])), int(np.int64(s.told[begun, DEPTH])) + 1)


@inner
def _by(s: _State, book: int) -> int:
    """Give the contact by which a book was touched, −1 where it was not."""
    return number_at(s.table, find(s.table, book))


@inner
def _touch(p: Paths, s: _State, row: int, source: int, depth: int) -> None:
    """Record a contact, and the other side where it is part of an exchange: there it goes on."""
    other = partner_of(p, row)
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


@inner
def _reach(p: Paths, s: _State, row: int, source: int, depth: int) -> None:
    """Record a contact that ends, or touches its payee from then on."""
    at, rank, book = s.n[MOVED], int(p.rank[row]), p.payee[row]
    code = _code(ending_of(p, row), bool(_last(p, book) <= rank), bool(depth >= s.n[HOPS]))
    _record(s, row, source, depth, int(code))
    if code != GOES_ON:
        return
    if rank != s.n[NOW]:
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], rank, at)
    elif _by(s, book) < 0:
        _put_in(p, s, book, at)
        _plan(p, s.agenda, book, rank)


@inner
def _put_in(p: Paths, s: _State, book: int, at: int) -> None:
    """Say by which contact a book was touched."""
    here = find(s.table, book)
    if number_at(s.table, here) < 0:
        s.n[TOUCHED] += 1
    s.table[here] = entry(book, at)
    s.last[at] = _last(p, book)


@inner
def _record(s: _State, row: int, source: int, depth: int, code: int) -> None:
    contact = s.told[s.n[MOVED]]
    contact[ROW], contact[SOURCE], contact[DEPTH], contact[CODE] = row, source, depth, code
    s.n[MOVED] += 1


@inner
def _open(p: Paths, s: _State) -> None:
    """Touch the payee of the earliest waiting contact, and whom it had paid between the contact and where the search stands."""
    at, rank = int(s.heap[0]), int(s.keys[0])
    s.n[WAITING] = pop(s.keys, s.heap, s.n[WAITING])
    book = int(np.int64(p.payee[s.told[at, ROW]]))
    until, before = int(s.n[NOW]), _by(s, book)
    if before >= 0:
        until = int(np.int64(p.rank[s.told[before, ROW]])) + 1
        if until <= rank + 1:
            return
    else:
        _plan(p, s.agenda, book, until - 1)
    _put_in(p, s, book, at)
    k = first_later(p, p.out_ptr, p.out_rows, book, rank)
    while k < p.out_ptr[book + 1] and p.rank[p.out_rows[k]] < until:
        if s.n[STEPS] == 0:
            s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], rank, at)
            return
        _pay(p, s, p.out_rows[k])
        k += 1


@inner
def _stop(p: Paths, s: _State) -> bool:
    """End what was not followed to its end; gives whether there is any, or anything was too deep."""
    for k in range(s.n[WAITING]):
        s.told[s.heap[k], CODE] = BUDGET
    cut = False
    for at in range(s.n[MOVED]):
        if s.n[STEPS] == 0 and s.told[at, CODE] == GOES_ON:
            book = p.payee[s.told[at, ROW]]
            if _by(s, book) == at and s.last[at] >= s.n[NOW]:
                s.told[at, CODE] = BUDGET
        cut = cut or s.told[at, CODE] == BUDGET
    return cut
