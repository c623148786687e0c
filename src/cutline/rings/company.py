"""Whose company a community keeps: parts of one gang that each stand alone, tied by few calls, payments and reports.

A gang divides its work: who keeps the box, who carries the money and who sends people abroad meet through two or three people.
What ties two parts adds up against what chance would bring, and counts only where it points to one gang more than to any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.rings.communities import ALONE
from cutline.rings.dealings import Dealings
from cutline.rings.sources import roots
from cutline.rings.talk import private
from cutline.rings.victims import have_victims, whole_gangs
from cutline.risk import LINKS, Links, Ranking, gather_contacts

TRADE = 60
"""People called or written to, from which talking is somebody's trade and says nothing of company (D)."""

TIE = 4.0
"""What a tie of weight one says, as a logarithm of odds: suspects of two gangs seldom share one (D)."""

LEAST = 1.6
"""Logarithm of odds from which a part is taken to be the other's: five to one (D)."""

LEAD = 1.0
"""How much more that must be than for the next best (D)."""

ROUNDS = 6
"""Times that parts are joined: three parts in a row are one after two."""

_COUNTED = np.array([link.name not in ("contact", "activated_by", "fare") for link in LINKS])
"""Contacts are counted by themselves; a dealer or who pays fares has such links to every gang that he serves."""

_TOLD = np.array([link.name == "mentions" for link in LINKS])

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Ties:
    """Pairs of entities that belong to communities, and what each says for the two being of one gang (logarithm of odds).

    The first `talk` of them are contacts; those `told` stand together in what somebody reported or wrote.
    """

    a: Ints
    b: Ints
    odds: Floats
    talk: int
    told: NDArray[np.bool_]


def join_company(label: Ints, ranking: Ranking, weighted: tuple[Links, Floats], dealings: Dealings) -> Ints:
    """Join communities that are no gang of their own to the one whose company they keep.

    `label` gives the community of every entity, −1 for none; `weighted` are the links between candidates and how strongly each
    holds. One whose own callers reached those who paid it is whole and joins nothing, so that two gangs stay two whoever serves
    both.
    """
    count = int(label.max()) + 1 if len(label) else 0
    if not count:
        return label
    of = private(label, ranking)
    ties = _ties(of, ranking, weighted)
    into = np.arange(count)
    for _ in range(ROUNDS):
        now = np.where(label >= 0, into[label], -1)
        kinds = whole_gangs(now, dealings, count), have_victims(now, dealings, count)
        step = roots(_closest(np.where(of >= 0, into[of], -1), ties, *kinds))
        if (step == np.arange(count)).all():
            break
        into = step[into]
    return np.where(label >= 0, into[label], -1)


def _ties(of: Ints, ranking: Ranking, weighted: tuple[Links, Floats]) -> _Ties:
    links, weight = weighted
    counted = _COUNTED[links.kind] & (of[links.a] >= 0) & (of[links.b] >= 0)
    a, b, said = _talk(of, ranking)
    return _Ties(
        np.concatenate((a, links.a[counted].astype(np.int64))),
        np.concatenate((b, links.b[counted].astype(np.int64))),
        np.concatenate((said, TIE * weight[counted])),
        len(a),
        np.concatenate((np.zeros(len(a), np.bool_), _TOLD[links.kind[counted]])),
    )


def company_pairs(of: Ints, ranking: Ranking) -> tuple[Ints, Ints]:
    """Pairs of phones and handles that belong to somebody (`of` ≥ 0) and talked; those whose trade is talking are left out."""
    size = len(of)
    contacts = gather_contacts(ranking.index, of >= 0)
    a, b = contacts.a.astype(np.int64), contacts.b.astype(np.int64)
    often = np.bincount(a, minlength=size) > TRADE
    inside = (of[a] >= 0) & (of[b] >= 0) & ~often[a] & ~often[b]
    pairs = distinct(np.minimum(a[inside], b[inside]) * size + np.maximum(a[inside], b[inside]))
    return pairs // max(1, size), pairs % max(1, size)


def _talk(of: Ints, ranking: Ranking) -> tuple[Ints, Ints, Floats]:
    """Pairs of phones and handles of communities that talked, and what that says of each pair.

    Anybody may have a suspect among his friends. Who talks to one suspect after another is of their company: the odds are how
    many times more suspects an end talks to than chance brings it, and of both ends the less.
    """
    size, table = len(of), ranking.index.tables.get("contacts")
    one, other = company_pairs(of, ranking)
    if table is None or not len(one):
        return one, other, np.zeros(len(one))
    contacts = gather_contacts(ranking.index, of >= 0)
    a, b = contacts.a.astype(np.int64), contacts.b.astype(np.int64)
    company = np.bincount(distinct(np.concatenate((a * size + b, b * size + a))) // size, minlength=size)
    listens, heard = np.zeros(size, np.bool_), table.columns["target"]
    listens[heard[heard >= 0]] = True
    by_chance = company * (int((listens & (of >= 0)).sum()) / max(1, int(listens.sum())))
    suspects = np.bincount(np.concatenate((one, other)), minlength=size)
    odds = np.asarray(np.log(np.maximum(1.0, suspects / np.maximum(1e-9, by_chance))), np.float64)
    return one, other, np.minimum(odds[one], odds[other])


def _several_carry(ties: _Ties, apart: NDArray[np.bool_], pairs: tuple[Ints, Ints], of: Ints) -> Floats:
    """What all but talk says of each pair of communities, if several carry it on both sides.

    What the busiest entity carries does not count, nor more than the best tie of each entity of the side that has fewer: a
    launderer of two gangs, or pools where everybody trades, tie many of either to themselves alone.
    """
    pair, first = pairs
    rows = np.flatnonzero(apart)
    beside = rows >= ties.talk
    rows, pair = rows[beside], pair[beside]
    size, said = len(of), ties.odds[rows]
    key, group = np.unique(
        np.concatenate((pair, pair)) * size + np.concatenate((ties.a[rows], ties.b[rows])), return_inverse=True
    )
    carried, best = np.bincount(group, np.tile(said, 2), minlength=len(key)), np.zeros(len(key))
    np.maximum.at(best, group, np.tile(said, 2))
    where, busiest = key // max(1, size), np.zeros(len(first))
    np.maximum.at(busiest, where, carried)
    here = of[key % max(1, size)] == first[where]
    sides = (np.bincount(where[side], best[side], minlength=len(first)) for side in (here, ~here))
    return np.minimum(np.bincount(pair, said, minlength=len(first)) - busiest, np.minimum(*sides))


def _closest(of: Ints, ties: _Ties, whole: NDArray[np.bool_], earns: NDArray[np.bool_]) -> Ints:
    """Give for every community the one whose part it is; itself where it is whole, or nothing points clearly to one.

    Talk, or a launderer, does not make one gang of two that each `earns`: has victims of its own. What these tell of both may.
    """
    count = len(whole)
    a, b = of[ties.a], of[ties.b]
    apart = (a != b) & (a >= 0) & (b >= 0)
    apart &= ties.told | ~(earns[a] & earns[b])
    key, pair = np.unique(np.minimum(a, b)[apart] * count + np.maximum(a, b)[apart], return_inverse=True)
    one, other = key // max(1, count), key % max(1, count)
    talked, tied = (
        np.bincount(pair[part], ties.odds[apart][part], minlength=len(key))
        for part in (np.flatnonzero(apart) < ties.talk, np.flatnonzero(apart) >= ties.talk)
    )
    several = np.minimum(*(np.bincount(of[of >= 0], minlength=count)[end] for end in (one, other))) >= ALONE
    said = talked + np.where(several, _several_carry(ties, apart, (pair, one), of), tied)
    row, col, odds = np.concatenate((one, other)), np.concatenate((other, one)), np.round(np.tile(said, 2), 9)
    order = np.lexsort((col, -odds, row))
    row, col, odds = row[order], col[order], odds[order]
    into = np.arange(count)
    if not len(row):
        return into
    best = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    after = np.minimum(best + 1, len(row) - 1)
    next_best = np.where((after > best) & (row[after] == row[best]), odds[after], 0.0)
    sure = best[(odds[best] >= LEAST) & (odds[best] >= next_best + LEAD) & ~whole[row[best]]]
    into[row[sure]] = col[sure]
    return into
