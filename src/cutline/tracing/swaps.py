"""Swaps: inside one transaction value leaves an address in one asset and comes back in another.

What counts is the net change of each (address, asset). Who nets to less is the source, who nets to more the sink; routers and
the inner steps of a route net to nothing, pools are known by the events they write, and a coin and its wrapped form are one
asset while the contract that wraps it stands aside. So the hop goes from the source's payment to what the sink received,
whatever lies between. A fee that is paid as a transfer of its own stays an ordinary hop. Floats choose; no amount is ever taken
from them. Transactions that say less (several exchanges of strangers in one, a sink in several assets) are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import is_piece
from cutline.model.identifiers.chains import EVM
from cutline.tracing.candidates import match_equal
from cutline.tracing.joins import Joins
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats
from cutline.tracing.splits import FIRST_SPLIT, Sides, lay_splits

NOTHING = 1e-3
"""A net change below this part of what passed is nothing: a router keeps dust."""


def join_swaps(ledgers: Ledgers, joins: Joins, transaction: NDArray[np.int32], pools: NDArray[np.int32]) -> Joins:
    """Add the swaps of all transactions that touch a pool to what already changes rails.

    `transaction`: by row a code of its transaction, −1 unknown; `pools`: codes of entities. A swap in several pieces goes on in
    all of them, at the rate of the whole; what a router gave back of the coin paid is the last that was paid. Cost: a sort of
    the rows of those transactions.
    """
    coins = _coins(ledgers)
    legs = _legs(ledgers, transaction, pools, coins)
    source, sink = _sides(legs)
    partner = joins.partner.copy()
    for half, came in _wrapped(ledgers, transaction, coins):
        partner[half] = np.where(partner[half] == -1, came, partner[half])
    paid, got = _outer(ledgers, legs, source, outgoing=True), _outer(ledgers, legs, sink, outgoing=False)
    back = _outer(ledgers, legs, source, outgoing=False)
    free = np.ones(len(source), np.bool_)
    for side in (paid, got, back):
        free[side.swap[partner[side.row] != -1]] = False
    whole = free & (paid.pieces > 0) & (got.pieces > 0)
    single = whole & (paid.pieces == 1) & (got.pieces == 1) & (back.pieces == 0)
    one, other = paid.of(single), got.of(single)
    partner[one.row], partner[other.row] = other.row, one.row
    parts = [side.of(whole & ~single) for side in (paid, got, back)]
    splits, rows = lay_splits(ledgers.moved, Sides(*(column for part in parts for column in (part.ptr, part.row))))
    partner[rows] = FIRST_SPLIT - np.arange(len(rows), dtype=np.int32)
    return Joins(partner, joins.competing, splits)


@dataclass(frozen=True, slots=True)
class _Legs:
    """Both ends of the rows of transactions with a pool, and by group (transaction, entity, coin) the net change.

    `group` (of this end), `across` (of the other end), `row`, `value` (negative: paid); by group `tx`, `entity`, `coin`, `net`
    (0 where it is nothing), `pool`.
    """

    group: NDArray[np.int64]
    across: NDArray[np.int64]
    row: NDArray[np.int64]
    value: NDArray[np.float64]
    tx: NDArray[np.int64]
    entity: NDArray[np.int64]
    coin: NDArray[np.int64]
    net: NDArray[np.float64]
    pool: NDArray[np.bool_]


def _legs(ledgers: Ledgers, transaction: NDArray[np.int32], pools: NDArray[np.int32], coins: _Coins) -> _Legs:
    pool = np.zeros(len(ledgers.index), np.bool_)
    pool[pools] = True
    kept = np.flatnonzero((ledgers.payer >= 0) & (transaction >= 0))
    kept = kept[~_pieces(ledgers)[ledgers.asset[ledgers.payer[kept]]]]
    touched = pool[ledgers.entity[ledgers.payer[kept]]] | pool[ledgers.entity[ledgers.payee[kept]]]
    kept = kept[np.isin(transaction[kept], transaction[kept[touched]])]
    payer, payee = (ledgers.entity[side[kept]].astype(np.int64) for side in (ledgers.payer, ledgers.payee))
    coin, asset = coins.coin, ledgers.asset[ledgers.payer[kept]]
    aside = coins.wrapped[coin[asset]] & (np.isin(payer, coins.wraps) | np.isin(payee, coins.wraps))
    kept, payer, payee, asset = kept[~aside], payer[~aside], payee[~aside], asset[~aside]
    value = floats(ledgers.moved[kept])
    keys = np.stack([np.tile(transaction[kept], 2), np.concatenate([payer, payee]), np.tile(coin[asset], 2)])
    distinct, group = np.unique(keys, axis=1, return_inverse=True)
    group = group.reshape(-1)
    signed = np.concatenate([-value, value])
    net = np.bincount(group, weights=signed, minlength=distinct.shape[1]).astype(np.float64)
    gross = np.bincount(group, weights=np.abs(signed), minlength=distinct.shape[1])
    net[np.abs(net) <= NOTHING * gross] = 0.0
    across = np.roll(group, len(kept))
    rows = np.tile(kept, 2)
    return _Legs(group, across, rows, signed, distinct[0], distinct[1], distinct[2], net, pool[distinct[1]])


def _pieces(ledgers: Ledgers) -> NDArray[np.bool_]:
    """Say which assets are single items: what pays for one goes on with its seller, not in the item."""
    return np.array([is_piece(asset) for asset in ledgers.assets] or [False])


@dataclass(frozen=True, slots=True)
class _Coins:
    """By asset: the `coin` it stands for, the entity that `wraps` it (−1), whether somebody wraps it (`wrapped`)."""

    coin: NDArray[np.int64]
    wraps: NDArray[np.int64]
    wrapped: NDArray[np.bool_]


def _coins(ledgers: Ledgers) -> _Coins:
    """Find what wraps: a contract that takes or pays the chain's own coin and its own token."""
    coin = np.arange(max(1, len(ledgers.assets)), dtype=np.int64)
    wraps, wrapped = np.full(len(coin), -1, np.int64), np.zeros(len(coin), np.bool_)
    codes = {name: code for code, name in enumerate(ledgers.assets)}
    for code, name in enumerate(ledgers.assets):
        chain, _, contract = name.partition("/")
        native = codes.get(f"{chain}/native")
        if native is None or contract == "native":
            continue
        entity = max(ledgers.index.code(f"address:{space}/{contract}") for space in (chain, EVM))
        if entity < 0:
            continue
        if {code, native} <= set(ledgers.asset[list(ledgers.books_of(entity))].tolist()):
            coin[code], wraps[code], wrapped[native] = native, entity, True
    return _Coins(coin, wraps, wrapped)


def _wrapped(
    ledgers: Ledgers, transaction: NDArray[np.int32], coins: _Coins
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


def _sides(legs: _Legs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair sources with sinks (groups): the same address in another coin; else the only source and the only sink there is."""
    outside = ~legs.pool & (legs.net != 0)
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

    @property
    def ptr(self) -> NDArray[np.int64]:
        """Where the pieces of each swap begin."""
        return np.concatenate([[0], np.cumsum(self.pieces)]).astype(np.int64)

    def of(self, swaps: NDArray[np.bool_]) -> _Outer:
        """Give the pieces of some swaps, numbered among themselves."""
        kept, number = swaps[self.swap], np.cumsum(swaps) - 1
        return _Outer(self.row[kept], number[self.swap[kept]], self.pieces[swaps])


def _outer(ledgers: Ledgers, legs: _Legs, groups: NDArray[np.int64], outgoing: bool) -> _Outer:
    """Find the transfers by which a source pays a pool or a router, or by which they pay a sink, or a source back."""
    swap_of = np.full(len(legs.net), -1, np.int64)
    swap_of[groups] = np.arange(len(groups))
    between = legs.pool | (legs.net == 0)
    mine = (swap_of[legs.group] >= 0) & ((legs.value < 0) == outgoing) & between[legs.across] & (legs.value != 0)
    at = np.flatnonzero(mine & (legs.group != legs.across))
    at = at[np.lexsort((ledgers.rank[legs.row[at]], swap_of[legs.group[at]]))]
    row, swap = legs.row[at], swap_of[legs.group[at]]
    return _Outer(row, swap, np.bincount(swap, minlength=len(groups)).astype(np.int64))
