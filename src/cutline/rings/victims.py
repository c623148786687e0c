"""Whose victims a community talked to: those who call and those who are paid are one gang, though nothing else ties them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from cutline.model.index import distinct
from cutline.rings.dealings import Dealings
from cutline.rings.sources import roots

LEAST = 3
"""Victims whom one community reached and another was paid by, from which the two say something (D)."""

CHANCE = 1e-2
"""Probability from which so many are not what calling everybody brings; of two that have what the other lacks (D)."""

SHARE = 0.6
"""Share of the paying victims a community reached that must have paid the same other one (D)."""

FEW = 2
"""Victims that suffice where chance brings them less than one time in a thousand: `SURELY` (D)."""

SURELY = 1e-3

COMMON = 0.5
"""Share of the victims who paid the smaller of two that must have paid the other, too, for these to be one gang (D)."""

Ints = NDArray[np.int64]


def join_reached(label: Ints, dealings: Dealings) -> Ints:
    """Join a community that reached another's victims shortly before these paid, more often than chance, and no other's.

    `label` gives the community of every entity, −1 for none.
    """
    if not len(dealings.speaker) and not len(dealings.taker):
        return label
    count = int(label.max()) + 1
    into = _paid_alike(dealings.pairs(label)[1], count, max(1, dealings.victims))
    label = np.where(label >= 0, into[label], -1)
    return _join(label, dealings.pairs(label), dealings.reach(label), dealings.victims)


def _paid_alike(took: Ints, count: int, victims: int) -> Ints:
    """Say of each community which larger one most of its victims paid as well: nobody is robbed by two gangs time and again."""
    paid = csr_matrix((np.ones(len(took)), (took // victims, took % victims)), shape=(count, victims))
    had = np.diff(paid.indptr)
    both = (paid @ paid.T).tocoo()
    larger = (had[both.col] > had[both.row]) | ((had[both.col] == had[both.row]) & (both.col < both.row))
    much = larger & (both.data >= LEAST) & (both.data >= COMMON * had[both.row])
    into, most = np.arange(count), np.zeros(count)
    for one, other, common in zip(both.row[much].tolist(), both.col[much].tolist(), both.data[much].tolist(), strict=True):
        if common > most[one]:  # communities, not events
            into[one], most[one] = other, common
    return roots(into)


def whole_gangs(label: Ints, dealings: Dealings, count: int) -> NDArray[np.bool_]:
    """Say of each of `count` communities whether several victims paid it whom it had called itself: no part of another."""
    own = np.intersect1d(*dealings.pairs(label)) // max(1, dealings.victims)
    return np.asarray(np.bincount(own, minlength=count) >= LEAST)


def have_victims(label: Ints, dealings: Dealings, count: int) -> NDArray[np.bool_]:
    """Say of each of `count` communities whether several victims paid it: two such are two gangs, if these say no more."""
    paid = dealings.pairs(label)[1] // max(1, dealings.victims)
    return np.asarray(np.bincount(paid, minlength=count) >= LEAST)


def _join(label: Ints, pairs: tuple[Ints, Ints], reach: NDArray[np.float64], victims: int) -> Ints:
    """Join by pairs (community · victims + victim) of who talked and who was paid; `reach`: share of all that each called.

    One that is paid by those whom it called itself needs no other, neither as caller nor as the one that is paid.
    """
    talked, took = pairs
    count = len(reach)
    paid_by = np.bincount(took // max(1, victims), minlength=count)
    alone = np.bincount(np.intersect1d(talked, took) // max(1, victims), minlength=count)
    into = np.arange(count)
    for one in distinct(talked // max(1, victims)).tolist():  # communities, not events
        mine = talked[talked // victims == one] % victims
        met = np.bincount(took[np.isin(took % victims, mine)] // victims, minlength=count)
        best = int(met.argmax())
        all_ = int(np.isin(mine, took % victims).sum())
        chance = gammainc(max(1, met[best]), max(1e-12, reach[one] * paid_by[best]))
        if (
            best != one
            and met[best] >= max(LEAST, SHARE * all_)
            and max(alone[one], alone[best]) < met[best] / 2
            and chance <= CHANCE
        ):
            into[one] = best
    into = roots(into)
    talked, took = (distinct(into[part // max(1, victims)] * max(1, victims) + part % max(1, victims)) for part in pairs)
    together = np.bincount(into, reach, minlength=count).astype(np.float64)
    paid_only = _join_paid((talked, took), together, victims)
    return np.where(label >= 0, roots(paid_only)[into][label], -1)


def _join_paid(pairs: tuple[Ints, Ints], reach: NDArray[np.float64], victims: int) -> Ints:
    """Say which community each belongs to that victims paid but that talked to none: whose callers reached most of them.

    A gang that has accounts of its own to be paid into may be paid on a chain, too. What victims of several gangs paid belongs
    to none of them.
    """
    talked, took = pairs
    into = np.arange(len(reach))
    mute = np.setdiff1d(took // max(1, victims), talked // max(1, victims))
    for one in mute.tolist():  # communities, not events
        mine = took[took // victims == one] % victims
        met = np.bincount(talked[np.isin(talked % victims, mine)] // victims, minlength=len(reach))
        beyond = np.maximum(0.0, met - reach * len(mine))
        best = int(beyond.argmax())
        chance = gammainc(max(1, met[best]), max(1e-12, reach[best] * len(mine)))
        if met[best] >= FEW and chance <= SURELY and beyond[best] >= SHARE * beyond.sum():
            into[one] = best
    return into
