"""Whose money a community lives on: one that has no income of its own is a part of the one that feeds it.

A gang's addresses on a chain pay each other so much that they stand as a community of their own; but all that enters them was
bought by the gang's accounts. Two gangs that share a launderer each have victims of their own, and stay two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from cutline.risk import LINKS, Links

Floats = NDArray[np.float64]
_PAYMENT, _DESK = (next(k for k, link in enumerate(LINKS) if link.name == name) for name in ("payment", "desk"))
ROUNDS = 3
LEAD = 1.5
"""How many times what the next feeds a community its main source must: a launderer of two gangs belongs to neither (D)."""

SOLD_TO_ONE = 0.6
"""Share of what communities pay an entity that must come from one of them for it to be no supplier of several (D)."""


def join_fed(label: NDArray[np.int64], links: Links, least: float, earns: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Join every community to the one that feeds it: `least` of what enters it from elsewhere, and clearly more than any other.

    `label` gives the community of every entity, −1 for none; `links` are those of the whole index that touch members. An
    address to which desk orders deliver lives on the accounts that ordered, not on the desk. What a launderer of several gangs
    passes on belongs to those who paid it in. A community that `earns` (boolean over them) has victims of its own: it is
    nobody's part, whatever a launderer of several brings back to it.
    """
    incomes = _incomes(links, len(label))
    narrow = _narrow(links, len(label))
    for _ in range(ROUNDS):
        count = int(label.max()) + 1 if len(label) else 0
        if not count:
            return label
        best, part, next_best, entered = _feeding(label, incomes, narrow, count)
        enough = ~earns[:count] & (part > 0) & (np.round(part, 9) >= np.round(np.maximum(least * entered, LEAD * next_best), 9))
        into = roots(np.where(enough, best, np.arange(count)))
        if (into == np.arange(count)).all():
            return label
        label = np.where(label >= 0, into[label], -1)
        earns = np.bincount(into, earns[:count], minlength=count) > 0
    return label


def _feeding(
    label: NDArray[np.int64], incomes: csr_matrix, narrow: Floats, count: int
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Say of every community which other feeds it most, how much, how much the next does, and how much enters it in all.

    A member whom several communities pay, none of them most of it, sells to them all and says nothing of its own; nor does
    one that passes nothing on inside, where others do. What comes through an outsider is its payers' as far as it is `narrow`;
    what an outsider gives to one that pays it as well, a pool for coins of another kind, is no income, nor what a suspect
    gives that is as busy as a pool.
    """
    member = np.flatnonzero(label >= 0)
    here = csr_matrix((np.ones(len(member)), (member, label[member])), shape=(len(label), count))
    paid_in = incomes @ here
    rest = np.clip(1.0 - np.asarray(paid_in.sum(axis=1)).ravel(), 0.0, 1.0)
    pool = diags(np.where(label >= 0, 1.0 - narrow, 1.0))
    crossing = (incomes - incomes.multiply(incomes.T > 0) @ pool).tocoo()
    apart = (label[crossing.row] >= 0) & (label[crossing.row] != label[crossing.col])
    entering = csr_matrix((crossing.data[apart], (crossing.row[apart], crossing.col[apart])), shape=incomes.shape)
    several = np.asarray(paid_in.max(axis=1).todense()).ravel() < SOLD_TO_ONE * np.asarray(paid_in.sum(axis=1)).ravel()
    passes = np.zeros(len(label), np.bool_)
    passes[crossing.col[(label[crossing.row] >= 0) & ~apart & (crossing.row != crossing.col)]] = True
    inner = np.bincount(label[member], passes[member], minlength=count)
    opens = ~several & (label >= 0) & (passes | (inner[np.maximum(label, 0)] == 0))
    counted = here.T @ diags(opens.astype(np.float64)) @ entering
    through = diags(np.where(label >= 0, 1.0, narrow)) @ paid_in
    fed = (counted @ (through + diags(rest) @ here)).tocoo()
    other = fed.row != fed.col
    return *_two_best(fed.row[other], fed.col[other], fed.data[other], count), np.asarray(counted.sum(axis=1)).ravel()


def _two_best(
    row: NDArray[np.int32], col: NDArray[np.int32], value: Floats, count: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Give for every row its largest column, that value and the second largest; ties go to the first column."""
    order = np.lexsort((col, -value, row))
    begin = np.searchsorted(row[order], np.arange(count + 1))
    place = np.arange(len(order)) - begin[row[order]]
    best, values = np.zeros(count, np.int64), np.zeros((2, count))
    for k in (0, 1):
        chosen = order[place == k]
        values[k, row[chosen]] = value[chosen]
        if k == 0:
            best[row[chosen]] = col[chosen]
    return best, values[0], values[1]


def roots(into: NDArray[np.int64]) -> NDArray[np.int64]:
    """Follow every community to where it ends; where some feed each other in a circle, the first keeps its place."""
    out = into.copy()
    for start in range(len(into)):
        path = [start]
        while int(into[path[-1]]) not in path:
            path.append(int(into[path[-1]]))
        out[start] = min(path[path.index(int(into[path[-1]])) :])
    return out


def _incomes(links: Links, size: int) -> csr_matrix:
    """The share of each entity's income (rows) that every other paid (columns)."""
    orders, paid = links.take(links.kind == _DESK), links.take(links.kind == _PAYMENT)
    often = np.sqrt(orders.rows)  # several who order now and then tell more than one who orders all the time
    ordered = np.bincount(orders.b, often, minlength=size)
    paid = paid.take(ordered[paid.b] == 0)
    payee, source = np.concatenate((orders.b, paid.b)), np.concatenate((orders.a, paid.a))
    part = np.concatenate((often / ordered[orders.b], paid.share.astype(np.float64)))
    return csr_matrix((part, (payee, source)), shape=(size, size))


def _narrow(links: Links, size: int) -> Floats:
    """Say how far what an entity passes on is its payers', in (0, 1]: an exchange that many pay into sells its own coins."""
    paid = links.take(links.kind == _PAYMENT)
    busy = np.ones(size)
    np.maximum.at(busy, paid.a, paid.degree_a)
    np.maximum.at(busy, paid.b, paid.degree_b)
    return np.minimum(1.0, LINKS[_PAYMENT].reach / busy)
