"""Bridges: coins that go into a bridge on one chain and come out of it on another, less a fee.

A message id that both chains tell makes the hop certain. Else the payout that fits a deposit in coin, amount and time is a
probable hop, which says how many could have been meant; the fee that unrivalled pairs paid narrows the choice, and a payout to
the depositor's own address is taken first. Where no coin fits, the value in the base currency may. Whoever takes on one chain
what another pays on the next, time and again, is a bridge though no list says so. What finds no payout ends at the bridge.
A bridge that destroys on one chain and issues on another is known by its tokens' issuers (see `issuers`): by what they do, by a
list that names the token's contract, or where who destroyed it is issued as much elsewhere soon after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import decimals_of, is_piece, symbol_of
from cutline.model.identifiers.chains import CHAINS
from cutline.model.index import distinct
from cutline.model.kernels import kernel
from cutline.tracing.candidates import Candidates, Queries, Searched, choose, match_equal, seek
from cutline.tracing.issuers import Parties, issuers_of, name_parties
from cutline.tracing.joins import Joins
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats

SURE_PAIRS, LEARNED_FROM, SPREADS, LEAST_SPREAD = 3, 200, 4.0, 0.0005
"""From how many pairs without rivals a bridge's fee is learned, and how far off its median another may be (ours)."""

LISTED_SHARE = 0.1
"""What part of a listed bridge's traffic an address that no list names must answer (ours): a bridge has many exits."""


@dataclass(frozen=True, slots=True)
class BridgeConfig:
    """How near a payout must be to its deposit, and what makes a bridge that no list names (ours, to be calibrated).

    `rivals`: a deposit with more possible payouts than that stays where it is. `pairs`, `parties`, `share`: so many exchanges,
    of so many different people on either side, which are this part of all that both addresses do; where a list names one of
    them, `pairs_listed` are enough. `looked_at`: so many pairs of a deposit and a payout near it are looked at for bridges that
    no list names, the earliest; how many there were is told.
    """

    window_s: int = 2 * 3600
    prompt_s: int = 1800
    early_s: int = 60
    fee: float = 0.03
    tolerance: float = 0.002
    rivals: int = 9
    pairs: int = 8
    pairs_listed: int = 3
    parties: int = 5
    share: float = 0.8
    looked_at: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Bridged:
    """What changes rails, bridges included, and the codes of all entities that are bridges."""

    joins: Joins
    bridges: NDArray[np.int32]


class _Coins(NamedTuple):
    """By asset: `family` (the same coin on every chain, −1 unknown) and `chain`; by row `size` in whole units, and `asset`."""

    family: NDArray[np.int64]
    chain: NDArray[np.int64]
    asset: NDArray[np.int64]
    size: NDArray[np.float64]


def join_bridges(
    ledgers: Ledgers,
    joins: Joins,
    listed: NDArray[np.int32],
    transaction: NDArray[np.int32],
    worth: NDArray[np.float64] | None = None,
    config: BridgeConfig | None = None,
) -> Bridged:
    """Add the crossings of bridges to what already changes rails.

    `listed`: codes of entities that a list calls bridges; `transaction`: by row a code of the id it goes by, −1 unknown;
    `worth`: by row the value in the base currency, NaN unknown. Cost: linear, and a window of each deposit.
    """
    config = config or BridgeConfig()
    coins, parties = _coins(ledgers), name_parties(ledgers)
    bridge = np.zeros(parties.count, np.bool_)
    bridge[listed] = bridge[issuers_of(ledgers, parties, listed)] = True
    known, searched = _known_by_conduct(ledgers, coins, parties, bridge, config)
    bridge[known] = True
    found = np.flatnonzero(bridge[: parties.issuers]).astype(np.int32)
    joins = replace(joins, searched=(*joins.searched, searched))
    if not bridge.any() and not (parties.of_book >= parties.issuers).any():
        return Bridged(joins, found)
    partner, competing = joins.partner.copy(), joins.competing.copy()
    taken, got = _sides(ledgers, coins, parties, bridge, partner)
    paid, burnt = taken[bridge[parties.payee[taken]]], taken[parties.taken_back(taken)]

    def settle(deposits: NDArray[np.int64], payouts: NDArray[np.int64], rivals: NDArray[np.int64]) -> None:
        partner[deposits], partner[payouts] = payouts, deposits
        competing[deposits] = competing[payouts] = np.minimum(rivals, np.iinfo(np.int16).max)

    settle(*_by_message(np.union1d(paid, burnt), got, transaction, coins))
    for look in _looks(ledgers, coins, parties, bridge, (paid, burnt), worth):
        settle(*_by_size(ledgers, coins, look, partner != -1, config))
    return Bridged(replace(joins, partner=partner, competing=competing), found)


class _Look(NamedTuple):
    """Deposits, the books that may pay one out, and by row what is compared; `only_home`: whoever paid is paid."""

    deposits: NDArray[np.int64]
    books: NDArray[np.int64]
    size: NDArray[np.float64]
    only_home: bool = False


def _looks(
    ledgers: Ledgers,
    coins: _Coins,
    parties: Parties,
    bridge: NDArray[np.bool_],
    deposits: tuple[NDArray[np.int64], NDArray[np.int64]],
    worth: NDArray[np.float64] | None,
) -> Iterator[_Look]:
    """Give where to look for payouts, one after the other: of the same coin, of what was destroyed, then of the same worth."""
    paid, burnt = deposits
    keeps, issues = bridge[parties.of_book], parties.of_book >= parties.issuers
    for family in np.unique(coins.family[coins.family >= 0]).tolist():
        alike = coins.family == family
        yield _Look(paid[alike[coins.asset[paid]]], np.flatnonzero(keeps & alike[ledgers.asset]), coins.size)
        yield _Look(burnt[alike[coins.asset[burnt]]], np.flatnonzero(issues & alike[ledgers.asset]), coins.size, only_home=True)
    if worth is not None:
        books = np.flatnonzero(keeps & (coins.chain >= 0)[ledgers.asset])
        yield _Look(paid[worth[paid] > 0], books, np.nan_to_num(worth))


def _coins(ledgers: Ledgers) -> _Coins:
    """Say which assets are one coin on several chains: by the names people use, wrapped or not."""
    known = {chain.coin for chain in CHAINS.values()}
    names = {asset: symbol_of(asset) for asset in ledgers.assets if "/" in asset and not is_piece(asset)}
    bare = {a: s[1:] if s[:1] == "W" and s[1:] in known else s for a, s in names.items() if "/" not in s}
    families, chains = sorted(set(bare.values())), sorted({asset.partition("/")[0] for asset in names})
    family = [families.index(bare[a]) if a in bare else -1 for a in ledgers.assets]
    chain = [chains.index(a.partition("/")[0]) if a in names else -1 for a in ledgers.assets]
    scale = np.array([10.0 ** -(decimals_of(a) or 0) for a in ledgers.assets] or [1.0])
    asset, kept = np.zeros(len(ledgers.payer), np.int64), ledgers.payer >= 0
    asset[kept] = ledgers.asset[ledgers.payer[kept]]
    size = np.where(kept, floats(ledgers.moved) * scale[asset], 0.0)
    return _Coins(np.array([*family, -1], np.int64), np.array([*chain, -1], np.int64), asset, size)


def _sides(
    ledgers: Ledgers, coins: _Coins, parties: Parties, bridge: NDArray[np.bool_], partner: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find what strangers paid into bridges and issuers and what these paid to strangers, as far as it is not joined yet."""
    open_ = np.flatnonzero((ledgers.payer >= 0) & (partner == -1) & (coins.chain[coins.asset] >= 0) & (coins.size > 0))
    pays = bridge[parties.payer[open_]] | parties.issued(open_)
    takes = (bridge[parties.payee[open_]] & ~parties.seized[open_]) | parties.taken_back(open_)
    return open_[takes & ~pays], open_[pays & ~takes]


def _by_message(
    paid: NDArray[np.int64], got: NDArray[np.int64], transaction: NDArray[np.int32], coins: _Coins
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pair a deposit and a payout on two chains that go by one id, where it is the id of no other."""
    paid, got = paid[transaction[paid] >= 0], got[transaction[got] >= 0]
    got = got[np.argsort(transaction[got], kind="stable")]
    line, k = match_equal(transaction[paid], transaction[got])
    crosses = coins.chain[coins.asset[paid[line]]] != coins.chain[coins.asset[got[k]]]
    line, k = line[crosses], k[crosses]
    single = (np.bincount(line, minlength=len(paid))[line] == 1) & (np.bincount(k, minlength=len(got))[k] == 1)
    return paid[line[single]], got[k[single]], np.zeros(int(single.sum()), np.int64)


def _by_size(
    ledgers: Ledgers, coins: _Coins, look: _Look, taken: NDArray[np.bool_], config: BridgeConfig
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pair deposits that are not taken with the payouts of other chains that fit; gives how many could have been meant, too."""
    seen = look._replace(deposits=look.deposits[~taken[look.deposits]])
    line, k = np.divmod(np.arange(len(seen.deposits) * len(seen.books)), max(1, len(seen.books)))
    book = seen.books[k]
    crosses = coins.chain[ledgers.asset[book]] != coins.chain[coins.asset[seen.deposits[line]]]
    line, book = line[crosses], book[crosses]
    size = seen.size[seen.deposits[line]]
    low, high = size * (1 - config.fee), size * (1 + config.tolerance)
    at = ledgers.t_us[seen.deposits[line]]
    early, late = config.early_s * 1_000_000, config.window_s * 1_000_000
    q = Queries(line, book, np.ones(len(line), np.bool_), low, high, size, at, early, late)
    found = _narrow(seek(ledgers, q, taken, seen.size), seen)
    home = ledgers.entity[ledgers.payee[found.row]] == ledgers.entity[ledgers.payer[seen.deposits[found.asker]]]
    found = Candidates(found.asker, found.row, found.cost - home).only(home | (not seen.only_home))
    rivals = np.bincount(found.asker, minlength=len(seen.deposits))
    chosen = choose(found.only(rivals[found.asker] <= config.rivals), len(seen.deposits))
    done = np.flatnonzero(chosen >= 0)
    return seen.deposits[done], chosen[done], rivals[done]


def _narrow(found: Candidates, seen: _Look) -> Candidates:
    """Leave out payouts whose fee is unlike that of the pairs without rivals, wherever a deposit has one that is like it."""
    size, got = seen.size[seen.deposits[found.asker]], seen.size[found.row]
    alone = np.bincount(found.asker, minlength=len(seen.deposits))[found.asker] == 1
    if alone.sum() < SURE_PAIRS:
        return found
    flat, share = _usual_fee(size[alone][-LEARNED_FROM:], (size - got)[alone][-LEARNED_FROM:])
    off = np.abs(size - got - flat - share * size) / size
    like = off <= max(LEAST_SPREAD, SPREADS * float(np.median(off[alone])))
    some = np.bincount(found.asker[like], minlength=len(seen.deposits))[found.asker] > 0
    return found.only(like | ~some)


def _usual_fee(size: NDArray[np.float64], fee: NDArray[np.float64]) -> tuple[float, float]:
    """Give the fixed part of a fee and its share of the size: medians of slopes and of what they leave (Theil and Sen)."""
    i, j = np.triu_indices(len(size), 1)
    apart = np.abs(size[i] - size[j]) > 0.01 * size[i]
    slopes = (fee[i] - fee[j])[apart] / (size[i] - size[j])[apart]
    share = float(np.median(slopes)) if len(slopes) else 0.0
    return float(np.median(fee - share * size)), share


def _known_by_conduct(
    ledgers: Ledgers, coins: _Coins, parties: Parties, listed: NDArray[np.bool_], config: BridgeConfig
) -> tuple[NDArray[np.int64], Searched]:
    """Find addresses of which one takes what the other pays on another chain soon after, and hardly does anything else."""
    families = coins.family[coins.asset]
    several = [f for f in np.unique(coins.family[coins.family >= 0]) if len(set(coins.chain[coins.family == f])) > 1]
    rows = np.flatnonzero((ledgers.payer >= 0) & np.isin(families, several) & (coins.size > 0) & ~parties.seized)
    found, looked, of = [np.empty(0, np.int64)], 0, 0
    for family in several:
        mine = rows[families[rows] == family]
        payer, payee = parties.payer[mine], parties.payee[mine]
        took, gave = (np.bincount(who, minlength=len(listed)) for who in (payee, payer))
        busy = (took >= config.pairs, gave >= config.pairs)
        if listed.any():
            busy = (busy[0] | listed | (took >= config.pairs_listed), busy[1] | listed | (gave >= config.pairs_listed))
        columns = (ledgers.t_us[mine], coins.chain[coins.asset[mine]], coins.size[mine])
        limits = (config.prompt_s * 1_000_000, 1 - config.fee, 1 + config.tolerance)
        a, b, *seen = _fitting(columns, (busy[0][payee], busy[1][payer]), limits, config.looked_at - looked)
        looked, of = looked + seen[0], of + seen[1]
        found.append(_steady((payee[a], payer[b]), (payer[a], payee[b]), (a, b), (took, gave, listed), config))
    return distinct(np.concatenate(found)), Searched("bridges that no list names", looked, of)


@kernel
def _fitting(
    columns: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    busy: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    limits: tuple[int, float, float],
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """Give (deposit, payout) on two chains, one soon after another and alike in size; how many were looked at, of how many."""
    t_us, chain, size = columns
    a, b = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    looked, of, last = 0, 0, 0
    for i in range(len(t_us)):
        if not busy[0][i]:
            continue
        low, high = size[i] * limits[1], size[i] * limits[2]
        last = max(last, i + 1)
        while last < len(t_us) and t_us[last] <= t_us[i] + limits[0]:
            last += 1
        of += last - i - 1
        until = min(last, i + 1 + most - looked)
        looked += until - i - 1
        for j in range(i + 1, until):
            if busy[1][j] and chain[j] != chain[i] and low <= size[j] <= high:
                a.append(np.int64(i))
                b.append(np.int64(j))
    return np.array(a, np.int64), np.array(b, np.int64), looked, of


def _steady(
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    strangers: tuple[NDArray[np.int64], NDArray[np.int64]],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    does: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    config: BridgeConfig,
) -> NDArray[np.int64]:
    """Give the addresses of pairs (taker, payer) whose exchanges are many, of many, and (nearly) all that they do."""
    took, gave, listed = does
    distinct_pairs, pair = np.unique(np.column_stack(ends), axis=0, return_inverse=True)
    pair = pair.reshape(-1)

    def each(values: NDArray[np.int64]) -> NDArray[np.int64]:
        seen = np.unique(np.column_stack([pair, values]), axis=0)[:, 0]
        return np.bincount(seen, minlength=len(distinct_pairs))

    taker, payer = distinct_pairs[:, 0], distinct_pairs[:, 1]
    ins, outs = each(rows[0]), each(rows[1])
    told = listed[taker] | listed[payer]
    many = np.minimum(ins, outs) >= np.where(told, config.pairs_listed, config.pairs)
    many &= told | (np.minimum(each(strangers[0]), each(strangers[1])) >= config.parties)
    mostly = (ins >= config.share * took[taker]) | (listed[taker] & (ins >= LISTED_SHARE * took[taker]))
    mostly &= (outs >= config.share * gave[payer]) | (listed[payer] & (outs >= LISTED_SHARE * gave[payer]))
    return distinct(np.concatenate([taker[many & mostly], payer[many & mostly]]))
