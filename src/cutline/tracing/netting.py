"""What a transaction changed: by address and coin, all that came less all that went; most of what passes nets to nothing.

A router keeps nothing, the inner steps of a route cancel out, and a coin and its wrapped form are one while the contract that
wraps stands aside. A token's issuer pays and takes what a ledger shows as coming from nobody and going there. Floats net; no
amount is ever taken from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import CHAIN_WRAPPED, is_piece
from cutline.model.identifiers.chains import EVM
from cutline.model.kernels import kernel
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats
from cutline.tracing.pieces import move_like_pieces

NOTHING = 1e-3
"""A net change below this part of what passed is nothing: a router keeps dust."""

ISSUING = (f"address:{EVM}/0x{40 * '0'}", "address:tron/T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb")
"""Who stands as payer of what a contract issues, and as payee of what it takes back."""


@dataclass(frozen=True, slots=True)
class Coins:
    """By asset: the `coin` it stands for, the entity that `wraps` it (−1), whether somebody wraps it (`wrapped`)."""

    coin: NDArray[np.int64]
    wraps: NDArray[np.int64]
    wrapped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Legs:
    """Both ends of the rows of transactions in several coins, by transaction in time; and by group (transaction, entity, coin).

    First the payers' ends, then, in the same order, the payees': `group` (of this end), `across` (of the other end), `row`,
    `value` (negative: paid). By group, ascending: `tx` (numbered anew), `entity`, `coin`, `net` (0 where it is nothing),
    `pool`. By transaction: where its rows begin, `tx_ptr`.
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
    tx_ptr: NDArray[np.int64]

    @property
    def begins(self) -> NDArray[np.int64]:
        """The first group of each (transaction, entity), ascending."""
        return np.flatnonzero((np.diff(self.tx, prepend=-1) != 0) | (np.diff(self.entity, prepend=-1) != 0))

    @property
    def run(self) -> NDArray[np.int64]:
        """By group: the number of its (transaction, entity), ascending."""
        return np.repeat(np.arange(len(self.begins)), np.diff(self.begins, append=len(self.tx)))

    def known_as(self, pools: NDArray[np.int32], entities: int) -> Legs:
        """Give the same legs where these entities are pools."""
        pool = np.zeros(entities, np.bool_)
        pool[pools] = True
        return Legs(
            self.group, self.across, self.row, self.value, self.tx, self.entity, self.coin, self.net, pool[self.entity],
            self.tx_ptr,
        )  # fmt: skip


def coins_of(ledgers: Ledgers) -> Coins:
    """Find what wraps: a contract known for it, or one that takes or pays the chain's own coin and its own token."""
    coin = np.arange(max(1, len(ledgers.assets)), dtype=np.int64)
    wraps, wrapped = np.full(len(coin), -1, np.int64), np.zeros(len(coin), np.bool_)
    codes = {name: code for code, name in enumerate(ledgers.assets)}
    for code, name in enumerate(ledgers.assets):
        native = codes.get(f"{name.partition('/')[0]}/native")
        if native is None or native == code or is_piece(name):
            continue
        entity = contract_of(ledgers, name)
        both = entity >= 0 and {code, native} <= set(ledgers.asset[list(ledgers.books_of(entity))].tolist())
        if both or name in CHAIN_WRAPPED:
            coin[code], wraps[code], wrapped[native] = native, entity, True
    return Coins(coin, wraps, wrapped)


def contract_of(ledgers: Ledgers, asset: str) -> int:
    """Give the code of the contract that issues a token, −1 where the ledgers do not know it as a party."""
    chain, _, contract = asset.partition("/")
    return max(ledgers.index.code(f"address:{space}/{contract}") for space in (chain, EVM))


def keyless(ledgers: Ledgers) -> NDArray[np.int64]:
    """Give the codes of the addresses without a key that the ledgers know: they stand for whoever issues a token."""
    return np.array([code for code in map(ledgers.index.code, ISSUING) if code >= 0], np.int64)


def lay_legs(ledgers: Ledgers, transaction: NDArray[np.int32], pools: NDArray[np.int32], coins: Coins) -> Legs:
    """Lay the legs of all transactions that move several coins, single items apart. Cost: a sort of their rows."""
    kept = _kept(ledgers, transaction, pools, coins)
    payer, payee = _parties(ledgers, kept)
    coin, asset = coins.coin, ledgers.asset[ledgers.payer[kept]]
    aside = coins.wrapped[coin[asset]] & (np.isin(payer, coins.wraps) | np.isin(payee, coins.wraps))
    kept, payer, payee, asset = kept[~aside], payer[~aside], payee[~aside], asset[~aside]
    begins = np.diff(transaction[kept], prepend=-1) != 0
    tx, value = np.cumsum(begins) - 1, floats(ledgers.moved[kept])
    size, wide = np.int64(len(ledgers.index)), np.int64(len(coin))
    # In two steps: a key of all three may leave int64 where every item is an asset of its own.
    places, place = np.unique(np.tile(tx, 2) * size + np.concatenate([payer, payee]), return_inverse=True)
    found, group = np.unique(place * wide + np.tile(coin[asset], 2), return_inverse=True)
    signed = np.concatenate([-value, value])
    net = np.bincount(group, weights=signed, minlength=len(found)).astype(np.float64)
    gross = np.bincount(group, weights=np.abs(signed), minlength=len(found))
    net[np.abs(net) <= NOTHING * gross] = 0.0
    ptr = np.append(np.flatnonzero(begins), len(kept)).astype(np.int64)
    party = places[found // wide]
    of = party // max(1, len(ledgers.index)), party % max(1, len(ledgers.index)), found % wide
    ends = group, np.roll(group, len(kept)), np.tile(kept, 2), signed
    legs = Legs(*ends, *of, net, np.empty(0, np.bool_), ptr)
    return legs.known_as(pools, len(ledgers.index))


def _kept(ledgers: Ledgers, transaction: NDArray[np.int32], pools: NDArray[np.int32], coins: Coins) -> NDArray[np.int64]:
    """Give the rows of transactions in several coins, by transaction and in time."""
    pool = np.zeros(len(ledgers.index), np.bool_)
    pool[pools] = True
    divisible = np.array(["/" in asset and not is_piece(asset) for asset in ledgers.assets] or [False])
    kept = np.flatnonzero((ledgers.payer >= 0) & (transaction >= 0))
    kept = kept[divisible[ledgers.asset[ledgers.payer[kept]]]]
    kept = kept[several(transaction[kept], coins.coin[ledgers.asset[ledgers.payer[kept]]])]
    touched = pool[ledgers.entity[ledgers.payer[kept]]] | pool[ledgers.entity[ledgers.payee[kept]]]
    told = np.isin(transaction[kept], transaction[kept[touched]])
    # Where a pool is known to trade, tokens are tokens; elsewhere what moves as single pieces do is sold, not swapped.
    kept = kept[told | ~move_like_pieces(ledgers)[ledgers.asset[ledgers.payer[kept]]]]
    kept = kept[several(transaction[kept], coins.coin[ledgers.asset[ledgers.payer[kept]]])]
    return np.asarray(kept[np.lexsort((ledgers.rank[kept], transaction[kept]))], np.int64)


def _parties(ledgers: Ledgers, kept: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give payers and payees; a token's contract where nobody pays or is paid."""
    payer, payee = (ledgers.entity[side[kept]].astype(np.int64) for side in (ledgers.payer, ledgers.payee))
    nobody = keyless(ledgers)
    minted, burnt = np.isin(payer, nobody), np.isin(payee, nobody)
    if minted.any() or burnt.any():
        asset = ledgers.asset[ledgers.payer[kept]]
        issuer = np.full(len(ledgers.assets), -1, np.int64)
        for code in np.unique(asset[minted | burnt]).tolist():
            issuer[code] = contract_of(ledgers, ledgers.assets[code])
        known = issuer[asset] >= 0
        payer, payee = np.where(minted & known, issuer[asset], payer), np.where(burnt & known, issuer[asset], payee)
    return payer, payee


def several(transaction: NDArray[np.int32], coin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of rows whether their transaction moves several coins."""
    return _several(transaction, coin, int(transaction.max(initial=-1)) + 1)


@kernel
def _several(transaction: NDArray[np.int32], coin: NDArray[np.int64], transactions: int) -> NDArray[np.bool_]:
    first, differs = np.full(transactions, -1, np.int64), np.zeros(transactions, np.bool_)
    for k in range(len(coin)):
        tx = transaction[k]
        if first[tx] < 0:
            first[tx] = coin[k]
        elif first[tx] != coin[k]:
            differs[tx] = True
    out = np.empty(len(coin), np.bool_)
    for k in range(len(coin)):
        out[k] = differs[transaction[k]]
    return out
