"""Journeys as company: who left on another's ticket after suspects had spoken to them, and who paid for such journeys.

A finding on a traveller never accuses alone: whoever was lured may be held, and is screened first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, NULL, Index, distinct
from cutline.risk.association.signs import Pattern, Signs, for_every_token, rows_of, signs, write_findings
from cutline.risk.conduct import ends_of
from cutline.risk.statements import last_crossing, reported

Bools = NDArray[np.bool_]
BEFORE_US = 14 * 86_400_000_000
"""How long before a departure suspects' talk may have led to it (D)."""

CHANCE = 1e-3
"""Probability from which so much talk with suspects is no cold call that everybody gets (D)."""

AWAY_US = 5 * 86_400_000_000
"""How long somebody must be gone before not being back says anything (D)."""

JOURNEY_US = 3 * 86_400_000_000
"""How far a ticket may lie from the border to be of the same journey (D)."""

LISTENED_S = 60
"""Seconds from which somebody listened (D)."""


def lured_away(index: Index, hand: NDArray[np.int64], marked: Bools, who: NDArray[np.int64]) -> list[Finding]:
    """Find the people who left on another's fare and did not return, and of whom something more is known.

    Suspects had talked with them a lot; or they are reported missing; or the payer, a private person who is no family, sent
    several like this.
    """
    moves, contacts, size = index.tables.get("movements"), index.tables.get("contacts"), len(index)
    if moves is None or contacts is None or "direction" not in moves.columns or not len(contacts) or not len(moves):
        return []
    left = departures(index, who)
    paid = np.zeros(size, np.bool_)
    fares = _of_departure(index, _fares(index, hand, who), left[who])
    paid[who[fares.subject]] = True
    gone = (left > NULL) & paid
    rows, person = _talks(index, hand, marked)
    mean = len(rows) / max(1, len(distinct(hand[index.of_kind("phone")])))
    span = max(1, int(contacts.t_us[-1] - contacts.t_us[0]))
    near = gone[person] & (contacts.t_us[rows] <= left[person]) & (contacts.t_us[rows] > left[person] - BEFORE_US)
    talked = np.bincount(person[near], minlength=size)
    expected = mean * np.clip(np.where(gone, left - contacts.t_us[0], 0), 1, BEFORE_US) / span
    chance = np.where(talked > 0, gammainc(np.maximum(talked, 1), np.maximum(expected, 1e-12)), 1.0)
    much = (talked >= 2) & (chance <= CHANCE)
    missing, sent = np.zeros(size, np.bool_), _sent(index, fares, (left, who, hand))
    missing[who[reported(index, "missing", "person")]] = True
    lured = gone & (much | missing | (sent >= 2))
    tokens = (index.kinds == KIND_NAMES.index("person")) & lured[who]
    sure = 0.3 * much + 0.2 * missing + 0.15 * (sent >= 2)
    strength = np.where(tokens, 0.35 + sure[who], 0.0)

    def words(code: int) -> tuple[str, str]:
        me = who[code]
        en = [f"suspects talked to them {talked[me]} times before"] * bool(much[me])
        en += ["they are reported missing"] * bool(missing[me]) + [f"the payer sent {sent[me]} so"] * bool(sent[me] >= 2)
        zh = [f"出境前可疑对象与其联系{talked[me]}次"] * bool(much[me])
        zh += ["家属报案失联"] * bool(missing[me]) + [f"付款人共送出{sent[me]}人"] * bool(sent[me] >= 2)
        return (
            f"Left on a fare that another paid and is not back; {', '.join(en)}. May be held against their will.",
            f"由他人付费出境未归；{'，'.join(zh)}。可能被胁迫。",
        )

    chosen = near & lured[person] & much[person]
    parts = (_about("contacts", rows[chosen], person[chosen]), _about("movements", fares.row, who[fares.subject]))
    spoken = tuple(for_every_token(part, tokens, who) for part in parts)
    return write_findings(index, Pattern("lured-away", words), spoken, strength)


def _about(table: str, row: NDArray[np.int64], person: NDArray[np.int64]) -> Signs:
    return Signs(table, row, person, person, np.ones(len(row)))


def paid_for_lured(
    index: Index, hand: NDArray[np.int64], marked: Bools, who: NDArray[np.int64], barred: Bools
) -> list[Finding]:
    """Find who paid the fares of people who were lured away; their own family does not count."""
    size = len(index)
    fares = _of_departure(index, _fares(index, hand, who), departures(index, who)[who])
    if not len(fares.row):
        return []
    lured = np.zeros(size, np.bool_)
    lured[who[np.flatnonzero(marked & (index.kinds == KIND_NAMES.index("person")))]] = True
    kin = _families(index, who)
    payer_hand = np.where(index.kinds[fares.other] == KIND_NAMES.index("person"), who[fares.other], hand[fares.other])
    related = np.isin(who[fares.subject] * size + payer_hand, kin)
    found = fares.take(lured[who[fares.subject]] & ~related & ~barred[fares.other])
    every = np.bincount(fares.other, minlength=size)
    turned = Signs("movements", found.row, found.other, who[found.subject], found.weight)
    people, count = turned.others(size), turned.total(size)
    paid = (people > 0) & (count >= 0.5 * every)
    tokens = _every_token(index, paid, who)
    best = np.zeros(size, np.int64)
    np.maximum.at(best, who, np.where(paid, people, 0))
    people = np.where(tokens, best[who], people)
    strength = np.where(paid | tokens, np.minimum(1.0, 0.4 + 0.1 * people), 0.0)

    def words(code: int) -> tuple[str, str]:
        n = int(people[code])
        return (
            f"Paid the journey of {n} who left after suspects had talked to them and did not return.",
            f"为{n}名被可疑对象联系后出境未归的人员支付行程费用。",
        )

    spoken = (turned.take(~tokens[turned.subject]), for_every_token(turned.take(tokens[turned.subject]), tokens, who))
    return write_findings(index, Pattern("paid-for-lured", words), spoken, strength)


def _every_token(index: Index, marked: Bools, who: NDArray[np.int64]) -> Bools:
    """Mark every token of the people among the marked."""
    person = index.kinds == KIND_NAMES.index("person")
    mine = np.zeros(len(index), np.bool_)
    mine[who[marked & person]] = True
    return np.asarray(mine[who] & person)


def _sent(
    index: Index, fares: Signs, state: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Count whom the payer of a person's fare sent away, none of them back: a private payer who is no kin, else 0."""
    left, who, hand = state
    size, person = len(index), index.kinds == KIND_NAMES.index("person")
    payer = np.where(person[fares.other], who[fares.other], hand[fares.other])
    private, traveller = person[payer], who[fares.subject]
    away = left[traveller] > NULL
    away &= left[traveller] <= index.tables["movements"].t_us[-1] - AWAY_US
    stranger = ~np.isin(traveller * size + payer, _families(index, who))
    pairs = distinct((payer * size + traveller)[private & away & stranger])
    everybody = distinct(payer * size + traveller)
    count, all_ = (np.bincount(keys // size, minlength=size) for keys in (pairs, everybody))
    count = np.where(count >= 0.8 * all_, count, 0)
    out = np.zeros(size, np.int64)
    np.maximum.at(out, pairs % size, count[pairs // size])
    return out


def departures(index: Index, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each person last left, NULL where they never did or came back."""
    left, came = last_crossing(index, "out", who), last_crossing(index, "in", who)
    return np.where(left > came, left, NULL)


def _fares(index: Index, hand: NDArray[np.int64], who: NDArray[np.int64]) -> Signs:
    """Journeys that another paid: the traveller as subject, the payer as other."""
    moves = index.tables.get("movements")
    if moves is None or "payer" not in moves.columns or not len(moves):
        return signs("movements", np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))
    person, payer = moves.columns["person"], moves.columns["payer"]
    rows = np.flatnonzero((person >= 0) & (payer >= 0))
    other = np.where(index.kinds[payer[rows]] == KIND_NAMES.index("person"), who[payer[rows]], hand[payer[rows]])
    rows = rows[other != who[person[rows]]]
    return signs("movements", rows, person[rows], payer[rows])


def _of_departure(index: Index, fares: Signs, left: NDArray[np.int64]) -> Signs:
    """Keep the fares of the journeys on which people left for good; `left` by entity."""
    when, gone = index.tables["movements"].t_us, left[fares.subject]
    apart = np.abs(when[fares.row] - np.where(gone > NULL, gone, 0))
    return fares.take((gone > NULL) & (apart <= JOURNEY_US))


def _talks(index: Index, hand: NDArray[np.int64], marked: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Contacts by which suspects were listened to: the rows, and whose phone or handle they reached."""
    contacts = index.tables["contacts"]
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = rows_of(source, (source >= 0) & (target >= 0), marked)
    rows = rows[~marked[target[rows]]]
    if "duration_s" in contacts.columns and "medium" in contacts.columns:
        call = contacts.columns["medium"][rows] == contacts.category("medium", "call")
        rows = rows[~call | (contacts.columns["duration_s"][rows] >= LISTENED_S)]
    return rows, hand[target[rows]]


def _families(index: Index, who: NDArray[np.int64]) -> NDArray[np.int64]:
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return np.empty(0, np.int64)
    a, b = (who[end] for end in ends_of(ties, "family"))
    return distinct(np.concatenate((a * len(index) + b, b * len(index) + a)))
