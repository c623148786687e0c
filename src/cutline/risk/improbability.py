"""Accounts whose transfers are improbable beside what is ordinary here: no label and no list is needed.

Every kind of evidence becomes a surprise, -ln of the share of all accounts, transfers or pairs that are at least as unusual:
measured on the data itself, so that no amount, count or rate is called suspicious by a fixed number. An account's
improbability is the sum of its surprises, as if kinds were independent: a rank, not a probability.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL

CROWD = 0.5
"""What a fan's surprise counts: being paid by many is what shops, employers and hot-lines are for."""

COMPANY = 0.25
"""What the surprise of one's partners counts: it may raise who is odd himself, not lead."""


@dataclass(frozen=True, slots=True)
class Money:
    """Transfers between dense accounts 0 … size - 1; amounts in the smallest unit, like with like by `asset`."""

    payer: NDArray[np.int32]
    payee: NDArray[np.int32]
    amount: NDArray[np.int64]
    asset: NDArray[np.int32]
    size: int


@dataclass(frozen=True, slots=True)
class Improbability:
    """An account's surprises, each float64 over the accounts, in nats; `total` is their weighed sum.

    unlike    an amount far from what its payer ordinarily pays
    repeated  the same two paying again and again, where here others do not
    returning what leaves comes back by short ways, more often than chance would have it
    crowded   paid by many others within a few days
    company   those it deals with are improbable themselves
    """

    unlike: NDArray[np.float64]
    repeated: NDArray[np.float64]
    returning: NDArray[np.float64]
    crowded: NDArray[np.float64]
    company: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """The sum by which accounts are ranked."""
        return self.unlike + self.repeated + self.returning + CROWD * self.crowded + COMPANY * self.company


def surprise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give -ln of the share of all values that are at least as high: 0 for the lowest, ln(n) for a single highest."""
    ordered = np.sort(np.round(values, 9))
    at_least = len(ordered) - np.searchsorted(ordered, np.round(values, 9), side="left")
    return np.asarray(np.log(max(1, len(ordered)) / np.maximum(1, at_least)))


def improbability(money: Money, chance_home: NDArray[np.float64], fans: NDArray[np.float64]) -> Improbability:
    """Measure how improbable each account is.

    `chance_home` (accounts, steps) is the chance that what leaves is home after so many steps, `fans` the most others
    that paid it in one window. What a transfer or pair says counts for both of its ends.
    """
    pair, first, count = _pairs(money)
    known = np.bincount(money.payee[first], minlength=money.size) / max(1, len(first))
    by_chance = np.maximum(known, 1.0 / max(1, len(first)))
    lift = np.log1p(np.nan_to_num(chance_home) / by_chance[:, None]).sum(axis=1)
    alone = Improbability(
        _at_ends(money, surprise(_distance(money, pair))),
        _at_ends(money, surprise(count)[pair]),
        surprise(lift),
        surprise(fans),
        np.zeros(money.size),
    )
    return replace(alone, company=surprise(_of_partners(money, first, surprise(alone.total))))


def _pairs(money: Money) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Number who ever paid whom: the pair of each transfer, a transfer of each pair, and how many it has."""
    key = money.payer.astype(np.int64) * money.size + money.payee
    _, first, pair, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return pair, first, count.astype(np.float64)


def _of_partners(money: Money, first: NDArray[np.int64], told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over whom an account paid or was paid by, squared: one very odd partner says more than many a little odd."""
    ends = np.concatenate([money.payer[first], money.payee[first]])
    others = np.concatenate([money.payee[first], money.payer[first]])
    total = np.bincount(ends, told[others] ** 2, minlength=money.size)
    return np.asarray(total / np.maximum(1, np.bincount(ends, minlength=money.size)))


def _distance(money: Money, pair: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each amount is from its payer's ordinary one, in log: the middle of what he pays each of his payees.

    Each payee counts once, so that a burst of transfers to one cannot pass for the ordinary. Unknown amounts are no distance.
    """
    told = (money.amount != NULL) & (money.amount > 0)
    worth = np.log(np.where(told, money.amount, 1).astype(np.float64))
    asset = money.asset.astype(np.int64) + 1
    purse = money.payer * (int(asset.max(initial=0)) + 1) + asset
    _, pocket = np.unique(pair * (int(asset.max(initial=0)) + 1) + asset, return_inverse=True)
    of_pocket = _middles(pocket[told], worth[told], int(pocket.max(initial=-1)) + 1)
    holder = np.zeros(len(of_pocket), np.int64)
    holder[pocket] = purse
    known = ~np.isnan(of_pocket)
    ordinary = _middles(holder[known], of_pocket[known], int(purse.max(initial=-1)) + 1)
    return np.where(told, np.abs(worth - ordinary[purse]), 0.0)


def _middles(group: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Median of each group, NaN where it is empty: one sort."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=size)
    start = np.concatenate(([0], np.cumsum(count)))[:-1]
    out, some = np.full(size, np.nan), count > 0
    low, high = start[some] + (count[some] - 1) // 2, start[some] + count[some] // 2
    out[some] = (values[order[low]] + values[order[high]]) / 2
    return out


def _at_ends(money: Money, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """The most that is told of any transfer of an account."""
    out = np.zeros(money.size)
    np.maximum.at(out, money.payer, told)
    np.maximum.at(out, money.payee, told)
    return out
