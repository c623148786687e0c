"""Swaps: inside one transaction value leaves an address in one asset and comes back in another.

What counts is the net change of each (address, asset), see `netting`. Who nets to less is the source, who nets to more the
sink; routers and the inner steps of a route net to nothing, pools are known by the events they write or by what they do. So the
hop goes from the source's payment to what the sink received, whatever lies between. Where no pool is known, a swap is what an
address gives and gets back for it, see `exchangers`. A fee that is paid as a transfer of its own stays an ordinary hop. Floats
choose; no amount is ever taken from them. Transactions that say less (several exchanges of strangers in one, a sink in several
assets) are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.tracing.candidates import Searched, match_equal
from cutline.tracing.exchangers import MOST_LEGS, find_exchangers, find_pools, find_swaps, looked_at
from cutline.tracing.joins import Joins
from cutline.tracing.ledger import Ledgers
from cutline.tracing.netting import Coins, Legs, coins_of, lay_legs, several
from cutline.tracing.splits import FIRST_SPLIT, Sides, lay_splits, pointer


@dataclass(frozen=True, slots=True)
class Swapped:
    """What changes rails, swaps included, and the codes of all that are pools, or wrap: what they hold is many people's."""

    joins: Joins
    pools: NDArray[np.int32]


def join_swaps(ledgers: Ledgers, joins: Joins, transaction: NDArray[np.int32], listed: NDArray[np.int32]) -> Swapped:
    """Add the swaps of all transactions to what already changes rails.

    `transaction`: by row a code of its transaction, −1 unknown; `listed`: codes of entities that write swaps or that a list
    calls pools. A swap in several pieces goes on in all of them, at the rate of the whole; what a router gave back of the coin
    paid is the last that was paid. Cost: a sort of the rows of transactions in several coins.
    """
    coins = coins_of(ledgers)
    legs = lay_legs(ledgers, transaction, listed, coins)
    found = find_exchangers(ledgers, legs)
    pools = distinct(np.concatenate([listed, find_pools(legs, found)])).astype(np.int32)
    partner = joins.partner.copy()
    for half, came in _wrapped(ledgers, transaction, coins):
        partner[half] = np.where(partner[half] == -1, came, partner[half])
    told = _pooled(ledgers, legs.known_as(pools, len(ledgers.index)), partner)
    taken = partner != -1
    for rows in (told.paid, told.got, told.back):
        taken[rows] = True
    sides = _both(told, find_swaps(ledgers, legs, found, taken))
    single = (np.diff(sides.paid_ptr) == 1) & (np.diff(sides.got_ptr) == 1) & (np.diff(sides.back_ptr) == 0)
    one, other = sides.paid[sides.paid_ptr[:-1][single]], sides.got[sides.got_ptr[:-1][single]]
    partner[one], partner[other] = other, one
    splits, rows = lay_splits(ledgers.moved, _only(sides, ~single))
    partner[rows] = FIRST_SPLIT - np.arange(len(rows), dtype=np.int32)
    small = Searched(f"swaps in transactions of at most {MOST_LEGS} transfers", *looked_at(legs))
    keep = distinct(np.concatenate([pools, coins.wraps[coins.wraps >= 0]])).astype(np.int32)
    return Swapped(Joins(partner, joins.competing, splits, (*joins.searched, small)), keep)


def swaps_at_all(ledgers: Ledgers) -> bool:
    """Say whether coins of a chain moved at an instant in which another coin of it moved: nothing else can be a swap."""
    coin = np.array(["/" in asset for asset in ledgers.assets] or [False])
    rows = np.flatnonzero(ledgers.payer >= 0)
    rows = rows[coin[ledgers.asset[ledgers.payer[rows]]]]
    at = np.cumsum(np.diff(ledgers.t_us[rows], prepend=0) != 0).astype(np.int32)
    return bool(several(at, ledgers.asset[ledgers.payer[rows]].astype(np.int64)).any())


def _pooled(ledgers: Ledgers, legs: Legs, partner: NDArray[np.int32]) -> Sides:
    """Find the swaps of transactions with pools, among rows that are not joined yet."""
    source, sink = _sides(legs)
    paid, got = _outer(ledgers, legs, source, outgoing=True), _outer(ledgers, legs, sink, outgoing=False)
    back = _outer(ledgers, legs, source, outgoing=False)
    whole = (paid.pieces > 0) & (got.pieces > 0)
    for side in (paid, got, back):
        whole[side.swap[partner[side.row] != -1]] = False
    parts = [side.of(whole) for side in (paid, got, back)]
    return Sides(*(column for part in parts for column in (pointer(part.pieces), part.row)))


def _both(one: Sides, other: Sides) -> Sides:
    """Put exchanges behind each other."""
    parts: list[NDArray[np.int64]] = []
    for k in range(0, len(one), 2):
        parts += [np.concatenate([one[k], one[k][-1] + other[k][1:]]), np.concatenate([one[k + 1], other[k + 1]])]
    return Sides(*parts)


def _only(sides: Sides, kept: NDArray[np.bool_]) -> Sides:
    """Give some of the exchanges."""
    parts: list[NDArray[np.int64]] = []
    for k in range(0, len(sides), 2):
        count = np.diff(sides[k])
        parts += [pointer(count[kept]), sides[k + 1][np.repeat(kept, count)]]
    return Sides(*parts)


def _wrapped(
    ledgers: Ledgers, transaction: NDArray[np.int32], coins: Coins
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Find wraps and unwraps, both halves of the same amount between one address and the contract: rows, and their partners."""
    kept = np.flatnonzero((ledgers.payer >= 0) & (transaction >= 0))
    payer, payee = ledgers.entity[ledgers.payer[kept]], ledgers.entity[ledgers.payee[kept]]
    asset = ledgers.asset[ledgers.payer[kept]]
    pairs = []
    for token in np.flatnonzero(coins.wraps >= 0).tolist():
        contract, native = coins.wraps[token], coins.coin[token]
        for gave, got in ((native, token), (token, native)):
            there, back = kept[(asset == gave) & (payee == contract)], kept[(asset == got) & (payer == contract)]
            amounts = ledgers.moved.reshape(len(ledgers.moved), -1)
            asks = np.column_stack([transaction[there], ledgers.entity[ledgers.payer[there]], amounts[there]])
            gives = np.column_stack([transaction[back], ledgers.entity[ledgers.payee[back]], amounts[back]])
            a, b = _alike(asks, gives)
            pairs += [(there[a], back[b]), (back[b], there[a])]
    return pairs


def _alike(asks: NDArray[np.int64], gives: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match equal lines, each used once at most: those that occur once on both sides."""
    _, number, times = np.unique(np.concatenate([asks, gives]), axis=0, return_inverse=True, return_counts=True)
    number = number.reshape(-1)
    a = np.full(len(times), -1, np.int64)
    b = a.copy()
    a[number[: len(asks)]], b[number[len(asks) :]] = np.arange(len(asks)), np.arange(len(gives))
    sure = (times == 2) & (a >= 0) & (b >= 0)
    return a[sure], b[sure]


def _sides(legs: Legs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair sources with sinks (groups) where a pool trades: the same address in another coin; else the only ones there are."""
    trades = np.zeros(len(legs.tx_ptr), np.bool_)
    trades[legs.tx[legs.pool]] = True
    outside = ~legs.pool & (legs.net != 0) & trades[legs.tx]
    source, sink = np.flatnonzero(outside & (legs.net < 0)), np.flatnonzero(outside & (legs.net > 0))
    line, k = match_equal(legs.tx[source], legs.tx[sink])
    other = legs.coin[source[line]] != legs.coin[sink[k]]
    line, k = line[other], k[other]
    own = legs.entity[source[line]] == legs.entity[sink[k]]
    mine = np.bincount(line[own], minlength=len(source))
    came_back = np.bincount(k[own], minlength=len(sink))
    any_sink = np.bincount(line, minlength=len(source))
    sources = np.bincount(k, minlength=len(sink))
    clear = (own & (mine[line] == 1) & (came_back[k] == 1)) | (~own & (any_sink[line] == 1) & (sources[k] == 1))
    return source[line[clear]], sink[k[clear]]


@dataclass(frozen=True, slots=True)
class _Outer:
    """The pieces of one side of swaps, by swap in time order: `row` and its `swap`; by swap the number of `pieces`."""

    row: NDArray[np.int64]
    swap: NDArray[np.int64]
    pieces: NDArray[np.int64]

    def of(self, swaps: NDArray[np.bool_]) -> _Outer:
        """Give the pieces of some swaps, numbered among themselves."""
        kept, number = swaps[self.swap], np.cumsum(swaps) - 1
        return _Outer(self.row[kept], number[self.swap[kept]], self.pieces[swaps])


def _outer(ledgers: Ledgers, legs: Legs, groups: NDArray[np.int64], outgoing: bool) -> _Outer:
    """Find the transfers by which a source pays a pool or a router, or by which they pay a sink, or a source back."""
    swap_of = np.full(len(legs.net), -1, np.int64)
    swap_of[groups] = np.arange(len(groups))
    between = legs.pool | (legs.net == 0)
    mine = (swap_of[legs.group] >= 0) & ((legs.value < 0) == outgoing) & between[legs.across] & (legs.value != 0)
    at = np.flatnonzero(mine & (legs.group != legs.across))
    at = at[np.lexsort((ledgers.rank[legs.row[at]], swap_of[legs.group[at]]))]
    row, swap = legs.row[at], swap_of[legs.group[at]]
    return _Outer(row, swap, np.bincount(swap, minlength=len(groups)).astype(np.int64))
