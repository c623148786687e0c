"""Desks that no order tells of: who takes yuan and pays coins worth as much soon after, time and again, or the other way round.

An underground money changer writes no orders. What gives him away is that payments of many people to one account are each
followed soon after by coins of the same worth from one address, always at (nearly) the same rate, and not preceded by them: as
many that fit before would be chance. Then each payment and the coins that fit it are two halves of one exchange: a probable
hop, which says how many could have been meant. Floats choose; no amount is ever taken from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import is_piece
from cutline.model.index import distinct
from cutline.model.kernels import kernel
from cutline.tracing.candidates import Candidates, Searched, choose
from cutline.tracing.joins import Joins
from cutline.tracing.ledger import Ledgers

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuietDeskConfig:
    """What makes a desk that no order tells of (ours, to be calibrated).

    `least`: the smallest exchange looked at, in the base currency's smallest unit. `pairs`, `parties`, `worths`: so many
    exchanges, with so many different people, of so many different worths (rents fall due at one price); `share`: this part of
    what came to the account, and of what the address paid, are exchanges; `chance`: at most so many times as many fit in the
    window before as after. `rate`: how far the rate may lie off the listed price, `spread`: and off the desk's own. `rivals`:
    a payment with more coins that fit stays where it is. `looked_at`: so many pairs of a payment and what left in its window
    are looked at, the earliest, and as many before it; how many there were is told.
    """

    window_s: int = 5400
    least: int = 100_000
    pairs: int = 5
    parties: int = 3
    worths: int = 4
    share: float = 0.4
    chance: float = 0.25
    rate: float = 0.05
    spread: float = 0.01
    rivals: int = 3
    looked_at: int = 50_000_000


def join_quiet_desks(
    ledgers: Ledgers, joins: Joins, worth: NDArray[np.float64], config: QuietDeskConfig | None = None
) -> Joins:
    """Add the exchanges of desks that no order tells of to what already changes rails.

    `worth`: by row the value in the base currency's smallest unit, NaN unknown; a coin without a price has that of exchanges
    that orders tell of. Cost: a window of coins for each payment that is large enough; memory: what fits.
    """
    config = config or QuietDeskConfig()
    value = _valued(ledgers, joins, worth)
    coin = np.array(["/" in asset for asset in ledgers.assets] or [False])
    single = np.array([is_piece(asset) for asset in ledgers.assets] or [False])
    asset = np.where(ledgers.payer >= 0, ledgers.asset[ledgers.payer], 0)
    open_ = (ledgers.payer >= 0) & (joins.partner == -1) & (value >= config.least) & ~single[asset]
    partner, competing, searched = joins.partner.copy(), joins.competing.copy(), joins.searched
    for came_is_coin in (False, True):
        came = np.flatnonzero(open_ & (coin[asset] == came_is_coin))
        left = np.flatnonzero(open_ & (coin[asset] != came_is_coin))
        (took, gave, rivals), (looked, of) = _exchanges(ledgers, value, _busy(ledgers, came, left, config), config)
        searched = (*searched, Searched("desks that sell yuan" if came_is_coin else "desks that sell coins", looked, of))
        partner[took], partner[gave] = gave, took
        competing[took] = competing[gave] = rivals
        open_[took] = open_[gave] = False
    return replace(joins, partner=partner, competing=competing, searched=searched)


class _Fits(NamedTuple):
    """Payments (rows) and what left soon after (rows), each pair alike in worth; its parties; and how many were looked at."""

    took: Rows
    gave: Rows
    taker: Rows
    giver: Rows
    looked: int
    of: int


def _valued(ledgers: Ledgers, joins: Joins, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    value = np.where(np.isnan(worth), 0.0, worth)
    told = np.flatnonzero((joins.partner >= 0) & (ledgers.payer >= 0))
    asset = np.where(ledgers.payer >= 0, ledgers.asset[ledgers.payer], -1)
    for code in np.unique(asset[told][value[told] == 0]).tolist():
        mine = told[(asset[told] == code) & (ledgers.amount[told] > 0)]
        rate = value[joins.partner[mine]] / ledgers.amount[mine]
        if (rate > 0).any():
            unpriced = (asset == code) & np.isnan(worth)
            value[unpriced] = ledgers.amount[unpriced] * float(np.median(rate[rate > 0]))
    return value


def _busy(ledgers: Ledgers, came: Rows, left: Rows, config: QuietDeskConfig) -> tuple[Rows, Rows]:
    """Leave out whoever takes or gives too seldom to be a desk."""
    who, whose = ledgers.entity[ledgers.payee[came]], ledgers.entity[ledgers.payer[left]]
    size = len(ledgers.index)
    often, freely = (np.bincount(w, minlength=size) >= config.pairs for w in (who, whose))
    return came[often[who]], left[freely[whose]]


def _exchanges(
    ledgers: Ledgers, value: NDArray[np.float64], sides: tuple[Rows, Rows], config: QuietDeskConfig
) -> tuple[tuple[Rows, Rows, Rows], tuple[int, int]]:
    """Give (payment, what left for it, how many could have been meant) of desks among takers and givers, and (looked, of)."""
    came, left = (rows[np.argsort(ledgers.t_us[rows], kind="stable")] for rows in sides)
    none = np.empty(0, np.int64)
    if not len(came) or not len(left):
        return (none, none, none), (0, 0)
    after, before = (_fits(ledgers, value, (came, left), way, config) for way in (1, -1))
    steady = _steady(ledgers, value, after, before, (came, left), config)
    took, gave = after.took[steady], after.gave[steady]
    late = (ledgers.t_us[gave] - ledgers.t_us[took]) / (config.window_s * 1e6)
    askers, number = np.unique(took, return_inverse=True)
    found = Candidates(number, gave, late)
    rivals = np.bincount(number, minlength=len(askers))
    chosen = choose(found.only(rivals[number] <= config.rivals), len(askers))
    done = np.flatnonzero(chosen >= 0)
    return (askers[done], chosen[done], rivals[done]), (after.looked + before.looked, after.of + before.of)


def _fits(ledgers: Ledgers, value: NDArray[np.float64], sides: tuple[Rows, Rows], way: int, config: QuietDeskConfig) -> _Fits:
    came, left = sides
    limits = (config.window_s * 1_000_000, 1 - config.rate, 1 + config.rate, config.looked_at)
    a, b, looked, of = _alike((ledgers.t_us[came], value[came]), (ledgers.t_us[left], value[left]), way, limits)
    took, gave = came[a], left[b]
    taker, giver = ledgers.entity[ledgers.payee[took]], ledgers.entity[ledgers.payer[gave]]
    apart = taker != giver
    return _Fits(took[apart], gave[apart], taker[apart].astype(np.int64), giver[apart].astype(np.int64), looked, of)


@kernel
def _alike(
    came: tuple[NDArray[np.int64], NDArray[np.float64]],
    left: tuple[NDArray[np.int64], NDArray[np.float64]],
    way: int,
    limits: tuple[int, float, float, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """Give (came, left) of like value in the window after (way 1) or before (way -1); how many were looked at, of how many."""
    window, low, high, most = limits
    a, b = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    first, last, looked, of = 0, 0, 0, 0
    for i in range(len(came[0])):
        begin = came[0][i] if way > 0 else came[0][i] - window
        while first < len(left[0]) and left[0][first] <= begin:
            first += 1
        last = max(first, last)
        while last < len(left[0]) and left[0][last] <= begin + window:
            last += 1
        of += last - first
        until = min(last, first + most - looked)
        looked += until - first
        for j in range(first, until):
            if low * came[1][i] <= left[1][j] <= high * came[1][i]:
                a.append(np.int64(i))
                b.append(np.int64(j))
    return np.array(a, np.int64), np.array(b, np.int64), looked, of


def _steady(
    ledgers: Ledgers,
    value: NDArray[np.float64],
    after: _Fits,
    before: _Fits,
    sides: tuple[Rows, Rows],
    config: QuietDeskConfig,
) -> NDArray[np.bool_]:
    """Tell which fits are exchanges of a desk: many, with many, at one rate, most of what both do, and not by chance."""
    size = np.int64(len(ledgers.index))
    took = np.bincount(ledgers.entity[ledgers.payee[sides[0]]], minlength=int(size))
    gave = np.bincount(ledgers.entity[ledgers.payer[sides[1]]], minlength=int(size))
    key, chance = after.taker * size + after.giver, np.sort(before.taker * size + before.giver)
    order = np.argsort(key, kind="stable")
    low = np.flatnonzero(np.diff(key[order], prepend=-1))
    high = np.append(low[1:], len(key))
    often = high - low >= config.pairs
    low, high = low[often], high[often]
    many, times = key[order][low], high - low
    by_chance = np.searchsorted(chance, many, "right") - np.searchsorted(chance, many, "left")
    worth_a_look = (times >= config.share * took[many // size]) & (by_chance <= config.chance * times)
    steady = np.zeros(len(key), np.bool_)
    answered: dict[int, list[Rows]] = {}
    for pair, a, b in np.column_stack([many, low, high])[worth_a_look].tolist():
        mine = order[a:b]
        rate = value[after.gave[mine]] / value[after.took[mine]]
        mine = mine[np.abs(rate / np.median(rate) - 1) <= config.spread]
        ins, parties = len(distinct(after.took[mine])), len(distinct(ledgers.payer[after.took[mine]]))
        worths = len(distinct(value[after.took[mine]]))
        enough = ins >= max(config.pairs, config.share * took[pair // size])
        if enough and parties >= config.parties and worths >= config.worths:
            steady[mine] = True
            answered.setdefault(int(pair % size), []).append(mine)
    for giver, parts in answered.items():
        mine = np.concatenate(parts)
        if len(distinct(after.gave[mine])) < config.share * gave[giver]:
            steady[mine] = False
    return steady
