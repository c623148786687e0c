"""Who exchanges where no event tells of a swap: an address that gives one coin and gets another for it in one transaction.

Both must hang together: what it paid is passed on, or exchanged in its turn, by those it went to, until another coin comes
back. So an airdrop, a batch of payouts, or two payments that only share a transaction are no swap. Along a route everybody
exchanges, pools too. Whose swap it is shows elsewhere: a pool does nothing else, in transaction after transaction, with many;
who swaps his own coins got them, and spends them, by plain transfers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.model.kernels import inner, kernel
from cutline.tracing.candidates import match_equal
from cutline.tracing.ledger import Ledgers
from cutline.tracing.netting import Legs
from cutline.tracing.splits import Sides, pointer

POOL_SWAPS, POOL_PARTIES, POOL_SHARE = 5, 5, 0.8
"""A pool that nothing names: so many exchanges, with so many who exchange less, and this part of all it does (ours)."""

MOST_LEGS = 256
"""Transactions with more legs than that are left alone (ours): a route has a dozen, a settlement of many orders some dozens."""


@dataclass(frozen=True, slots=True)
class Exchangers:
    """Who gives a coin and gets another, by (transaction, entity): `run` (its number, as in `Legs.run`), `entity` and `tx`.

    By entity: in how many transactions it `exchanges`, and how many of its transfers are no part of these, `others`.
    """

    run: NDArray[np.int64]
    entity: NDArray[np.int64]
    tx: NDArray[np.int64]
    exchanges: NDArray[np.int64]
    others: NDArray[np.int64]


def find_exchangers(ledgers: Ledgers, legs: Legs) -> Exchangers:
    """Find who gives a coin and gets another in one transaction."""
    run, first, size = legs.run, legs.begins, len(ledgers.index)
    gives, gets = (np.bincount(run[side], minlength=len(first)) > 0 for side in (legs.net < 0, legs.net > 0))
    both = np.flatnonzero(gives & gets)
    entity, tx = legs.entity[first], legs.tx[first]
    exchanges = np.bincount(entity[both], minlength=size)
    within = np.bincount(run[legs.group], minlength=len(first))
    inside = np.bincount(entity[both], weights=within[both], minlength=size).astype(np.int64)
    moves = np.bincount(ledgers.entity, weights=np.diff(ledgers.out_ptr) + np.diff(ledgers.in_ptr), minlength=size)
    return Exchangers(both, entity[both], tx[both], exchanges, np.maximum(0, moves.astype(np.int64) - inside))


def find_pools(legs: Legs, found: Exchangers) -> NDArray[np.int32]:
    """Find pools by what they do: exchange, (nearly) always, with many who exchange less often."""
    does = found.exchanges >= POOL_SHARE * (found.exchanges + found.others)
    busy = np.flatnonzero(does & (found.exchanges >= POOL_SWAPS))
    mine = np.flatnonzero(np.isin(found.entity, busy))
    moved = np.flatnonzero(legs.net != 0)
    line, k = match_equal(found.tx[mine], legs.tx[moved])
    me, other = found.entity[mine[line]], legs.entity[moved[k]]
    lesser = found.exchanges[other] < found.exchanges[me]
    size = np.int64(max(1, len(found.exchanges)))
    parties = np.bincount(distinct(me[lesser] * size + other[lesser]) // size, minlength=int(size))
    return busy[parties[busy] >= POOL_PARTIES].astype(np.int32)


class _Net(NamedTuple):
    """Legs for kernels: by edge (row of a transaction) the groups of its payer and payee; by group run, coin and net."""

    gave: NDArray[np.int64]
    took: NDArray[np.int64]
    run: NDArray[np.int64]
    net: NDArray[np.float64]


def find_swaps(ledgers: Ledgers, legs: Legs, found: Exchangers, taken: NDArray[np.bool_]) -> Sides:
    """Find the swaps of exchangers among rows that are not `taken`: who looks least like a pool comes first, each row once.

    Tagged pools have no swaps of their own. Cost: the square of a transaction's legs, for each that exchanges in it.
    """
    half = len(legs.group) // 2
    gave, took, run = legs.group[:half], legs.group[half:], legs.run
    forth, back = _Net(gave, took, run, legs.net), _Net(took, gave, run, -legs.net)
    first = legs.begins
    small = np.diff(legs.tx_ptr)[found.tx] <= MOST_LEGS
    mine = np.flatnonzero(small & ~legs.pool[first[found.run]])
    mine = mine[np.lexsort([*(key[mine] for key in _like_pools(ledgers, legs, found)), found.tx[mine]])]
    begin = np.append(first, len(run)).astype(np.int64)
    row, side, swap = _lay((forth, back), begin, legs.tx_ptr, (found.run[mine], found.tx[mine]), taken[legs.row[:half]])
    row = legs.row[row]
    parts = []
    for kind in (PAID, GOT, BACK):
        chosen = np.flatnonzero(side == kind)
        chosen = chosen[np.lexsort((ledgers.rank[row[chosen]], swap[chosen]))]
        count = np.bincount(swap[chosen], minlength=int(swap.max(initial=-1)) + 1)
        parts += [pointer(count), row[chosen]]
    return Sides(*parts)


def looked_at(legs: Legs) -> tuple[int, int]:
    """Say how many transactions in several coins were small enough to be looked at, and how many there are."""
    size = np.diff(legs.tx_ptr)
    return int((size <= MOST_LEGS).sum()), len(size)


PAID, GOT, BACK = 0, 1, 2
NO_GROUP = -1


def _like_pools(ledgers: Ledgers, legs: Legs, found: Exchangers) -> list[NDArray[np.float64]]:
    """Give what makes an exchanger look like a pool, the last the weightiest: larger is more like one.

    Pools hold tokens, not the chain's own coin; they exchange only, along a route in common coins, and often.
    """
    half, run, runs = len(legs.group) // 2, legs.run, len(legs.begins)
    native = np.array([asset.endswith("/native") for asset in ledgers.assets] or [False])
    holds = np.zeros(runs, np.bool_)
    moved = native[ledgers.asset[ledgers.payer[legs.row[:half]]]]
    for side in (legs.group[:half], legs.group[half:]):
        holds[run[side[moved]]] = True
    common = np.bincount(legs.coin, minlength=len(native))
    seen = np.zeros(runs)
    np.add.at(seen, run, common[legs.coin] * (legs.net != 0))
    exchanges = found.exchanges[found.entity].astype(np.float64)
    share = (exchanges / (exchanges + found.others[found.entity])).astype(np.float64)
    return [exchanges, seen[found.run], share, (~holds[found.run]).astype(np.float64)]


@kernel
def _lay(
    ways: tuple[_Net, _Net],
    begin: NDArray[np.int64],
    tx_ptr: NDArray[np.int64],
    askers: tuple[NDArray[np.int64], NDArray[np.int64]],
    taken: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the edges of swaps, which side each is of, and the number of its swap; marks them as taken.

    `ways`: the legs as they were paid, and read backward: whoever took gives.
    """
    net, turned = ways
    row, side, swap = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    count = 0
    for k in range(len(askers[0])):
        who, low, high = askers[0][k], tx_ptr[askers[1][k]], tx_ptr[askers[1][k] + 1]
        out, came = _exchanged(net, begin, who, low, high)
        if out == NO_GROUP:
            continue
        ahead = _reached(net, out, who, low, high)
        behind = _reached(turned, came, who, low, high)  # backward: from where what came can have come
        free = True
        for e in range(low, high):
            mine = (net.gave[e] == out and behind[e - low]) or (ahead[e - low] and net.took[e] in (out, came))
            free = free and not (mine and taken[e])
        if not free:
            continue
        for e in range(low, high):
            kind = -1
            if net.gave[e] == out and behind[e - low]:
                kind = PAID
            elif ahead[e - low] and net.took[e] == came:
                kind = GOT
            elif ahead[e - low] and net.took[e] == out:
                kind = BACK
            if kind >= 0:
                taken[e] = True
                row.append(np.int64(e))
                side.append(np.int64(kind))
                swap.append(np.int64(count))
        count += 1
    return np.array(row, np.int64), np.array(side, np.int64), np.array(swap, np.int64)


@inner
def _exchanged(net: _Net, begin: NDArray[np.int64], who: int, low: int, high: int) -> tuple[int, int]:
    """Give what an address gave and what came back for it (groups); NO_GROUP where that is nothing, or more than one thing."""
    out, came = NO_GROUP, NO_GROUP
    for g in range(begin[who], begin[who + 1]):
        if net.net[g] >= 0:
            continue
        ahead = _reached(net, g, who, low, high)
        for h in range(begin[who], begin[who + 1]):
            if net.net[h] <= 0:
                continue
            for e in range(low, high):
                if ahead[e - low] and net.took[e] == h:
                    if out != NO_GROUP and (out, came) != (g, h):
                        return NO_GROUP, NO_GROUP
                    out, came = g, h
    return out, came


@inner
def _goes_on(net: _Net, e: int, after: int) -> bool:
    """Say whether what came by one transfer may have gone on in another: in the same coin, or in what was given for it."""
    here, there = net.took[e], net.gave[after]
    if here == there:
        return True
    return bool(net.run[here] == net.run[there] and net.net[here] > 0 and net.net[there] < 0)


@inner
def _reached(net: _Net, out: int, who: int, low: int, high: int) -> NDArray[np.bool_]:
    """Mark the transfers that what an address paid of a coin can have gone on in, without passing it again."""
    marked, todo = np.zeros(high - low, np.bool_), [np.int64(0) for _ in range(0)]
    for e in range(low, high):
        if net.gave[e] == out and net.run[net.took[e]] != who:
            marked[e - low] = True
            todo.append(np.int64(e))
    while todo:
        e = int(todo.pop())
        if net.run[net.took[e]] == who:
            continue
        for after in range(low, high):
            if not marked[after - low] and _goes_on(net, e, after):
                marked[after - low] = True
                todo.append(np.int64(after))
    return marked
