"""Whose victims a community talked to: those who call and those who are paid are one gang, though nothing else ties them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.model.index import KIND_NAMES, distinct
from cutline.rings.candidates import same_hand
from cutline.rings.sources import roots
from cutline.risk import LINKS, Ranking

LEAST = 3
"""Victims whom one community reached and another was paid by, from which the two say something (D)."""

CHANCE = 1e-2
"""Probability from which so many are not what calling everybody brings; of two that have what the other lacks (D)."""

SHARE = 0.6
"""Share of the paying victims a community reached that must have paid the same other one (D)."""

FEW = 2
"""Victims that suffice where chance brings them less than one time in a thousand: `SURELY` (D)."""

SURELY = 1e-3

BEFORE_US = 7 * 86_400_000_000
"""How long before a payment a contact may have led to it (D)."""

Ints = NDArray[np.int64]
_DESK, _OWNS = (next(k for k, link in enumerate(LINKS) if link.name == name) for name in ("desk", "owns"))
_IDENTITY = np.array([link.identity for link in LINKS])


def join_reached(label: Ints, ranking: Ranking, paid_from: Ints) -> Ints:
    """Join a community that reached another's victims shortly before these paid, more often than chance, and no other's.

    `label` gives the community of every entity, −1 for none. Victims are those who reported a loss, with what is theirs, and
    what they `paid_from` (codes): where the police's tokens are no bank's, the reported payment alone says whose it was. An
    address for which one account alone bought is its owner's.
    """
    found = _dealings(label, ranking, paid_from)
    return label if found is None else _join(label, (found.talked, found.took), found.reach, found.victims)


def whole_gangs(label: Ints, ranking: Ranking, paid_from: Ints) -> NDArray[np.bool_]:
    """Say of every community whether several victims paid it whom it had called itself: such a one is no part of another."""
    count = int(label.max()) + 1 if len(label) else 0
    found = _dealings(label, ranking, paid_from)
    if found is None:
        return np.zeros(count, np.bool_)
    own = np.intersect1d(found.talked, found.took) // max(1, found.victims)
    return np.asarray(np.bincount(own, minlength=count) >= LEAST)


@dataclass(frozen=True, slots=True)
class _Dealings:
    """Pairs (community · victims + victim) of who talked to whom before they paid, and who was paid; `reach`: share of all."""

    talked: Ints
    took: Ints
    reach: NDArray[np.float64]
    victims: int


def _dealings(label: Ints, ranking: Ranking, paid_from: Ints) -> _Dealings | None:
    contacts, transfers = (ranking.index.tables.get(name) for name in ("contacts", "transfers"))
    count = int(label.max()) + 1 if len(label) else 0
    if contacts is None or transfers is None or not count or not len(contacts):
        return None
    victim = _victims(ranking, paid_from)
    victims = int(victim.max()) + 1
    payer, payee = transfers.columns["payer"], transfers.columns["payee"]
    paid = np.flatnonzero((payer >= 0) & (payee >= 0) & (victim[payer] >= 0))
    paid = paid[label[payee[paid]] >= 0]
    last = np.full(max(1, victims), np.iinfo(np.int64).min)
    np.maximum.at(last, victim[payer[paid]], transfers.t_us[paid])
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero((source >= 0) & (target >= 0))
    everybody = max(1, len(distinct(target[rows])))
    rows = rows[label[source[rows]] >= 0]
    reach = np.bincount(distinct(label[source[rows]] * len(label) + target[rows]) // len(label), minlength=count)
    of = victim[target[rows]]
    near = (of >= 0) & (contacts.t_us[rows] <= last[of]) & (contacts.t_us[rows] > last[of] - BEFORE_US)
    talked = _distinct(label[source[rows[near]]], of[near], victims)
    took = _distinct(label[payee[paid]], victim[payer[paid]], victims)
    return _Dealings(talked, took, reach / everybody, victims)


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


def _distinct(community: Ints, victim: Ints, victims: int) -> Ints:
    return distinct(community.astype(np.int64) * max(1, victims) + victim)


def _victims(ranking: Ranking, paid_from: Ints) -> Ints:
    """Number the victims: everything that is one reporter's, phones and internet accounts too; −1 for all others."""
    theirs = ranking.context.victim > 0
    paid_from = paid_from[paid_from >= 0]
    theirs[paid_from[ranking.own[paid_from] == 0]] = True
    person = ranking.index.kinds == KIND_NAMES.index("person")
    links, whole = ranking.links.take(_IDENTITY[ranking.links.kind]), ranking.links
    bought = whole.take((whole.kind == _DESK) & (whole.degree_b == 1) & theirs[whole.b])
    links = links.with_more(replace(bought, kind=np.full_like(bought.kind, _OWNS)))
    for _ in range(2):
        give = theirs[links.a] ^ theirs[links.b]
        taker = np.where(theirs[links.a], links.b, links.a)[give]
        theirs = theirs.copy()
        theirs[taker[~person[taker] & (ranking.own[taker] == 0)]] = True
    links = links.take(theirs[links.a] & theirs[links.b])
    codes = np.flatnonzero(theirs)
    out = np.full(len(theirs), -1, np.int64)
    if len(codes):
        out[codes] = same_hand(len(codes), np.searchsorted(codes, links.a), np.searchsorted(codes, links.b), links)
    return out
