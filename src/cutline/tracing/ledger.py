"""Ledgers: every transfer once, in order, under the account that paid it and under the account that received it.

A book is one (account, asset). Books, not accounts, hold money: yuan and USDT of one person never mix. Inside a book
transfers stand in the order (occurred_at, event id). `out_from` and `in_from` give each transfer its place on its payer's
axis of outflows and on its payee's axis of inflows (see `policies`), in the asset's smallest unit, exact: in int64 where every
sum fits, else, for all of them, in pairs of 128 bits (see `magnitudes`). What does not fit those is refused and counted.

A history that starts late opens with the least balance that lets every outflow be paid, or with the balance that the bank
wrote down. Memory: 52 bytes a transfer (36 of its own, 16 shared with the index) and 40 a book; landmarks add 1 and 6. Pairs
add 32 a transfer and 16 a book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import NULL, EventTable, Index
from cutline.model.kernels import inner, kernel
from cutline.tracing.account_books import Sides, add_up, number_books
from cutline.tracing.agenda import steps_of
from cutline.tracing.instants import settle, settle_some, told_by_several
from cutline.tracing.magnitudes import Amount, below, floats, integers, minus, most, nothing, pick, plus, put, widen

EventIds = Callable[[NDArray[np.int64]], Sequence[str]]
"""Row positions of `transfers` → the id of each event."""

LARGEST_AXIS = 2.0**62
"""Sums of a book beyond this need pairs: int64 holds twice as much, float64 sums it within one part in a thousand million."""

LARGEST_PAIR = 1.7e38
"""All that a book pays and receives: beyond this it is refused. A pair holds 1.701 × 10³⁸, one amount at most 10³⁸."""

COLUMNS = ("payer", "payee", "amount", "asset", "channel", "rail", "deliverer", "payer_balance_after", "payee_balance_after")


@dataclass(frozen=True, slots=True)
class Refused:
    """Transfers that no ledger holds, by reason."""

    no_amount: int
    no_party: int
    negative: int
    book_beyond_int128: int

    @property
    def total(self) -> int:
        """All refused transfers."""
        return self.no_amount + self.no_party + self.negative + self.book_beyond_int128


@dataclass(frozen=True, slots=True)
class Ledgers:
    """All books as CSR by payer and by payee; rows are positions in the index's table `transfers`.

    By book: `entity`, `asset` (ascending), `opening`, `gap` (what the written balances changed more than the transfers say:
    a feed lost transfers where it is not 0), `out_ptr`, `in_ptr`. In book order: `out_rows`, `in_rows`. By row: `payer`,
    `payee` (book, −1 refused), `rank` (place in time), `out_from`, `in_from`, `amount` (as in the index), `t_us`, and, where
    amounts are pairs, `exact`; then `opening`, `gap`, `out_from` and `in_from` are pairs too. By 64 ranks: `in_step` (see
    `agenda`).
    """

    index: Index
    assets: tuple[str, ...]
    entity: NDArray[np.int32]
    asset: NDArray[np.int32]
    opening: NDArray[np.int64]
    gap: NDArray[np.int64]
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
    t_us: NDArray[np.int64]
    refused: Refused
    exact: NDArray[np.int64] | None = None

    @property
    def moved(self) -> NDArray[np.int64]:
        """What each transfer moved, in the width of these ledgers."""
        return self.amount if self.exact is None else self.exact

    def amount_of(self, row: int) -> int:
        """Give what a transfer moved."""
        return int(integers(self.moved[row : row + 1])[0])

    @property
    def books(self) -> int:
        """How many (account, asset) there are."""
        return len(self.entity)

    def books_of(self, entity: int) -> range:
        """Give the books of an entity's code: one for each asset it ever held; none of −1."""
        lo, hi = np.searchsorted(self.entity, np.array([entity, entity + 1], self.entity.dtype))
        return range(int(lo), int(hi))

    def rows_into(self, book: int) -> NDArray[np.int64]:
        """Give the transfers that came to a book, in time order."""
        return self.in_rows[self.in_ptr[book] : self.in_ptr[book + 1]].astype(np.int64)

    def rows_out_of(self, book: int) -> NDArray[np.int64]:
        """Give the transfers that left a book, in time order."""
        return self.out_rows[self.out_ptr[book] : self.out_ptr[book + 1]].astype(np.int64)

    def find(self, entity: NDArray[np.int32], asset: NDArray[np.int32]) -> NDArray[np.int64]:
        """Give the books of pairs of entity and asset codes, −1 where there is none."""
        keys = self.entity.astype(np.int64) * len(self.assets) + self.asset
        wanted = np.where((entity >= 0) & (asset >= 0), entity.astype(np.int64) * len(self.assets) + asset, -1)
        at = np.searchsorted(keys, wanted)
        there = (at < len(keys)) & (wanted >= 0)
        there[there] = keys[at[there]] == wanted[there]
        return np.where(there, at, -1)

    def book(self, entity: int, asset: str) -> int:
        """Give the book of an entity's code and an asset, or −1."""
        return next((book for book in self.books_of(entity) if self.assets[self.asset[book]] == asset), -1)


def build_ledgers(index: Index, event_ids: EventIds | None = None, settle_together: bool = False) -> Ledgers:
    """Lay every transfer under its payer and its payee.

    `event_ids` puts transfers of one account at one instant, told by several deliverers, in the order of their ids; without it
    they stand in the index's order (deliverer, event id). On chains, and with `settle_together` everywhere, ids carry no order:
    whoever is paid at an instant pays after that. Cost: linear; about 0.5 s for two million transfers.
    """
    table = index.tables["transfers"]
    columns = table.columns
    assets = table.categories.get("asset", ())
    kept, counted = _usable(table)
    sides = Sides(columns["payer"], columns["payee"], columns["asset"], kept, max(1, len(assets)))
    payer, payee, entity, asset = number_books(sides, len(index))
    exact, too_large = _widths(table, payer, payee, len(entity))
    payer[too_large], payee[too_large] = -1, -1
    order = settle(table.t_us, payer, payee, len(entity)) if settle_together else _order(table, event_ids, len(index))
    if not settle_together:
        chain = table.columns["rail"] == table.category("rail", "chain")
        order = settle_some(chain, table.t_us, order, (payer, payee), len(entity))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    amount = columns["amount"] if exact is None else exact
    out_ptr, out_rows = _group(payer, order, len(entity))
    in_ptr, in_rows = _group(payee, order, len(entity))
    outs = _Side(out_ptr, out_rows, columns["payer_balance_after"])
    opening, gap = _openings(outs, _Side(in_ptr, in_rows, columns["payee_balance_after"]), rank, amount)
    out_from = _axis(out_ptr, out_rows, amount, np.zeros_like(opening))
    in_from = _axis(in_ptr, in_rows, amount, opening)
    refused = Refused(*counted, int(too_large.sum()))
    return Ledgers(
        index, assets, entity, asset, opening, gap, out_ptr, out_rows, in_ptr, in_rows,
        payer, payee, rank, steps_of(rank), out_from, in_from, columns["amount"], table.t_us, refused, exact,
    )  # fmt: skip


def _usable(table: EventTable) -> tuple[NDArray[np.bool_], tuple[int, int, int]]:
    payer, payee, amount, asset = (table.columns[c] for c in ("payer", "payee", "amount", "asset"))
    unknown, below_zero = amount == NULL, amount < 0
    if "amount" in table.beyond:
        beyond = table.beyond["amount"]
        unknown[beyond.rows], below_zero[beyond.rows] = False, beyond.halves[:, 1] < 0
    nobody = ~unknown & ((payer < 0) | (payee < 0) | (asset < 0))
    negative = ~unknown & ~nobody & below_zero
    return ~(unknown | nobody | negative), (int(unknown.sum()), int(nobody.sum()), int(negative.sum()))


def _widths(
    table: EventTable, payer: NDArray[np.int32], payee: NDArray[np.int32], books: int
) -> tuple[NDArray[np.int64] | None, NDArray[np.bool_]]:
    """Give amounts as pairs where a sum of some book would leave int64, and the transfers of books that leave pairs too."""
    amount, exact = table.columns["amount"], None
    beyond = table.beyond.get("amount")
    if beyond is not None and (payer[beyond.rows] >= 0).any():
        exact = _pairs(amount)
        exact[beyond.rows] = beyond.halves
        value, kept = floats(exact), payer >= 0
        sums = [np.bincount(side[kept], value[kept], books).astype(np.float64) for side in (payer, payee)]
    else:
        sums = [add_up(side, amount, books) for side in (payer, payee)]
    if exact is None:
        if not any((one > LARGEST_AXIS).any() for one in sums):
            return None, np.zeros(len(amount), np.bool_)
        exact = _pairs(amount)
    large = sums[0] + sums[1] > LARGEST_PAIR
    return exact, (payer >= 0) & (large[payer] | large[payee])


def _pairs(amount: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([amount, amount >> 63], axis=1)


def _order(table: EventTable, event_ids: EventIds | None, entities: int) -> NDArray[np.int32]:
    """Order rows by (time, event id) where it matters: one account, one instant, several deliverers."""
    order = np.arange(len(table), dtype=np.int32)
    if event_ids is None or not len(table):
        return order
    columns = table.columns
    doubtful = np.flatnonzero(told_by_several(table.t_us, columns["payer"], columns["payee"], columns["deliverer"], entities))
    ids = event_ids(doubtful) if len(doubtful) else ()
    by = sorted(range(len(doubtful)), key=lambda k: (table.t_us[doubtful[k]], ids[k], doubtful[k]))
    order[doubtful] = doubtful[np.array(by, np.int64)]
    return order


@kernel
def _group(book: NDArray[np.int32], order: NDArray[np.int32], books: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    ptr = np.zeros(books + 1, np.int64)
    for b in book:
        if b >= 0:
            ptr[b + 1] += 1
    for b in range(books):
        ptr[b + 1] += ptr[b]
    rows = np.empty(ptr[books], np.int32)
    at = ptr[:-1].copy()
    for row in order:
        b = book[row]
        if b >= 0:
            rows[at[b]] = row
            at[b] += 1
    return ptr, rows


@kernel
def _axis(
    ptr: NDArray[np.int64], rows: NDArray[np.int32], amount: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    place = np.full(amount.shape, -1, np.int64)
    for book in range(len(ptr) - 1):
        total = pick(start, book)
        for k in range(ptr[book], ptr[book + 1]):
            put(place, rows[k], total)
            total = plus(total, pick(amount, rows[k]))
    return place


class _Side(NamedTuple):
    """One direction of all books: CSR, and the balance written beside each row (NULL: none)."""

    ptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    written: NDArray[np.int64]


@kernel
def _openings(
    outs: _Side, ins: _Side, rank: NDArray[np.int32], amount: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find each book's opening balance and gap.

    Each written balance says what the book must have opened with. One that the next confirms is believed; the least that
    pays every outflow is a lower bound in any case. A transfer to oneself leaves before it arrives.
    """
    books = len(outs.ptr) - 1
    opening = np.zeros((books, *amount.shape[1:]), np.int64)
    gap = np.zeros_like(opening)
    for book in range(books):
        o, i = outs.ptr[book], ins.ptr[book]
        o_end, i_end = outs.ptr[book + 1], ins.ptr[book + 1]
        moved = deficit = first = last = believed = nothing(amount)
        told = sure = False
        while o < o_end or i < i_end:
            if i == i_end or (o < o_end and rank[outs.rows[o]] <= rank[ins.rows[i]]):
                row = outs.rows[o]
                moved = minus(moved, pick(amount, row))
                written = outs.written[row]
                deficit = most(deficit, minus(nothing(amount), moved))
                o += 1
            else:
                row = ins.rows[i]
                moved = plus(moved, pick(amount, row))
                written = ins.written[row]
                i += 1
            if written < 0:
                continue
            said = minus(widen(amount, written), moved)
            first = first if told else said
            if told and not sure and _same(said, last):
                believed, sure = said, True
            last, told = said, True
        if told:
            believed = believed if sure else first
            put(gap, book, minus(last, believed))
            deficit = most(deficit, believed)
        put(opening, book, deficit)
    return opening, gap


@inner
def _same(a: Amount, b: Amount) -> bool:
    return not below(a, b) and not below(b, a)
