"""What communities had to do with victims: who talked to them before they paid, and whom they paid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, distinct
from cutline.rings.candidates import same_hand
from cutline.rings.carried import Carried
from cutline.risk import LINKS, Ranking

BEFORE_US = 7 * 86_400_000_000
"""How long before a payment a contact may have led to it (D)."""

Ints = NDArray[np.int64]
_DESK, _OWNS = (next(k for k, link in enumerate(LINKS) if link.name == name) for name in ("desk", "owns"))
_IDENTITY = np.array([link.identity for link in LINKS])


@dataclass(frozen=True, slots=True)
class Dealings:
    """Distinct pairs, by code of the entity and number of the victim; and everybody to whom the same entities talked.

    speaker, met       who reached which victim in the week before a payment
    taker, paid_by     who was paid by which victim
    caller, callee     who talked to whom, victim or not, by code
    everybody          entities that anybody at all called or wrote to
    victims            numbers of victims
    """

    speaker: Ints
    met: Ints
    taker: Ints
    paid_by: Ints
    caller: Ints
    callee: Ints
    everybody: int
    victims: int

    def pairs(self, label: Ints) -> tuple[Ints, Ints]:
        """Pairs (community · victims + victim) of who talked to whom, and of who was paid by whom, each once."""
        return _by_community(label, self.speaker, self.met, self.victims), _by_community(
            label, self.taker, self.paid_by, self.victims
        )

    def reach(self, label: Ints) -> NDArray[np.float64]:
        """Give the share of everybody to whom each community talked."""
        count = int(label.max()) + 1 if len(label) else 0
        called = _by_community(label, self.caller, self.callee, len(label)) // max(1, len(label))
        return np.asarray(np.bincount(called, minlength=count) / self.everybody, np.float64)


def read_dealings(member: NDArray[np.bool_], ranking: Ranking, carried: Carried) -> Dealings:
    """Find what members (boolean over the entities) had to do with victims.

    Victims are those who reported a loss, with what is theirs, and what they paid from: where the police's tokens are no
    bank's, the reported payment alone says whose it was. An address for which one account alone bought is its owner's. Where
    the loss was followed, the payments that `carried` it are what was taken: a company that fell victim pays wages, too.
    """
    contacts, transfers = (ranking.index.tables.get(name) for name in ("contacts", "transfers"))
    if contacts is None or transfers is None or not len(contacts):
        none = np.empty(0, np.int64)
        return Dealings(none, none, none, none, none, none, everybody=1, victims=1)
    victim = _victims(ranking, carried.paid_from())
    victims, size = max(1, int(victim.max(initial=-1)) + 1), max(1, len(member))
    payer, payee = transfers.columns["payer"], transfers.columns["payee"]
    paid = np.flatnonzero((payer >= 0) & (payee >= 0) & (victim[payer] >= 0))
    paid = paid[member[payee[paid]]]
    paid = paid[_lost(payer[paid], payee[paid], victim, carried)]
    last = np.full(victims, np.iinfo(np.int64).min)
    np.maximum.at(last, victim[payer[paid]], transfers.t_us[paid])
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero((source >= 0) & (target >= 0))
    heard = np.zeros(size, np.bool_)
    heard[target[rows]] = True
    rows = rows[member[source[rows]]]
    of = victim[target[rows]]
    near = (of >= 0) & (contacts.t_us[rows] <= last[of]) & (contacts.t_us[rows] > last[of] - BEFORE_US)
    talked = distinct(source[rows[near]].astype(np.int64) * victims + of[near])
    took = distinct(payee[paid].astype(np.int64) * victims + victim[payer[paid]])
    called = distinct(source[rows].astype(np.int64) * size + target[rows])
    parts = (talked // victims, talked % victims, took // victims, took % victims, called // size, called % size)
    return Dealings(*parts, max(1, int(heard.sum())), victims)


def _lost(payer: Ints, payee: Ints, victim: Ints, carried: Carried) -> NDArray[np.bool_]:
    """Say which payments of victims were losses: those that carried a reported one; where none of theirs was followed, all."""
    size, first = max(1, len(victim)), (carried.depth == 1) & (carried.payer >= 0) & (carried.payee >= 0)
    losses = distinct(carried.payer[first].astype(np.int64) * size + carried.payee[first])
    followed = np.isin(victim, victim[losses // size])
    return np.isin(payer.astype(np.int64) * size + payee, losses) | ~followed[payer]


def _by_community(label: Ints, who: Ints, what: Ints, size: int) -> Ints:
    known = label[who] >= 0
    return distinct(label[who[known]] * max(1, size) + what[known])


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
