"""Lures as company: what an advert of suspects names to be reached at, and whose phone falls silent after talking with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import NULL, Index
from cutline.risk.association.journeys import departures
from cutline.risk.association.money import is_kind
from cutline.risk.association.signs import Pattern, Signs, for_every_token, signs, write_findings
from cutline.risk.association.speech import last_use, listened
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
DAY_US = 86_400_000_000

PART = 0.5
"""Share of the adverts naming a number that must be suspects' own: lures name an honest firm's number, too (D)."""

LEFT_US = 14 * DAY_US
"""How long after the talk a phone may still be used before its owner leaves (D)."""

SILENT_US = 7 * DAY_US
"""Delivered days of silence that must follow (D)."""

MISSED = 8.0
"""Rows that a phone's earlier use makes one expect in its silence, from which silence is no chance (D)."""


def named_in_lures(index: Index, marked: Bools, barred: Bools) -> list[Finding]:
    """Find the phones and handles at which adverts of suspects want to be answered."""
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0))
    rows = rows[is_kind(index, "handle")[a[rows]] & is_kind(index, "phone", "handle")[b[rows]] & (a[rows] != b[rows])]
    every = signs("ties", rows, b[rows], a[rows])
    found = every.take(marked[every.other] & ~barred[every.subject] & ~marked[every.subject])
    theirs, all_ = found.total(size), every.total(size)
    strength = np.where((theirs > 0) & (theirs >= PART * all_), np.minimum(1.0, 0.5 + 0.05 * theirs), 0.0)

    def words(code: int) -> tuple[str, str]:
        n = int(theirs[code])
        return (
            f"{n} advert{'s' if n > 1 else ''} of suspects ask{'' if n > 1 else 's'} to be answered here.",
            f"可疑对象发布的{n}条招工信息以此为联系方式。",
        )

    return write_findings(index, Pattern("named-in-lures", words), (found,), strength)


def fallen_silent(index: Index, lure: Bools, who: NDArray[np.int64], barred: Bools) -> list[Finding]:
    """Find the phones that talked with a lure and soon after fell silent for good, and whose they are.

    `lure` marks the phones and handles of recruiters. Whoever only asked goes on calling friends; who changes the number has
    not talked with a lure before. The owner may be held, and is screened first.
    """
    contacts, size = index.tables.get("contacts"), len(index)
    if contacts is None or not len(contacts) or not lure.any():
        return []
    source, target, t_us = contacts.columns["source"], contacts.columns["target"], contacts.t_us
    heard = listened(index)
    rows = np.flatnonzero(heard & (source >= 0) & (target >= 0) & (lure[source] ^ lure[target]))
    called = lure[source[rows]]
    other, recruiter = (np.where(called, x[rows], y[rows]).astype(np.int64) for x, y in ((target, source), (source, target)))
    mine = is_kind(index, "phone")[other] & ~barred[other]
    found = Signs("contacts", rows[mine], other[mine], recruiter[mine], np.ones(int(mine.sum())))
    talk = np.full(size, NULL)
    np.maximum.at(talk, found.subject, t_us[found.row])
    last, times = last_use(index, talk > NULL, heard)
    used_us = np.maximum(DAY_US, np.where(last > NULL, last - t_us[0], 0))
    silent_us = np.where(last > NULL, t_us[-1] - last, 0)
    gone = (silent_us >= SILENT_US) & (times / used_us * silent_us >= MISSED) & (last - np.maximum(talk, t_us[0]) <= LEFT_US)
    days = silent_us // DAY_US
    phones = write_findings(index, _silent_phone(days), (found,), np.where(gone, 0.55, 0.0))
    return phones + _owners(index, gone, days, who)


def _silent_phone(days: NDArray[np.int64]) -> Pattern:
    def words(code: int) -> tuple[str, str]:
        return (
            f"Talked with recruiters for work abroad and fell silent, for {days[code]} days now. Its owner may be held.",
            f"与境外招工诱骗号码通话后静默{days[code]}天，此前每日使用。机主可能被胁迫。",
        )

    return Pattern("silent-after-lure", words)


def _owners(index: Index, gone: Bools, days: NDArray[np.int64], who: NDArray[np.int64]) -> list[Finding]:
    """Say of the owners of such phones that they were lured away."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "owns")) & (a >= 0) & (b >= 0))
    rows = rows[gone[b[rows]] & is_kind(index, "person")[a[rows]]]
    found = signs("ties", rows, a[rows], b[rows])
    longest = np.zeros(len(index), np.int64)
    np.maximum.at(longest, who[found.subject], days[found.other])
    tokens = is_kind(index, "person") & (longest[who] > 0)
    spoken = for_every_token(found, tokens, who)

    def words(code: int) -> tuple[str, str]:
        n = longest[who[code]]
        return (
            f"Talked with recruiters for work abroad, and their phone is silent since, for {n} days. May be held.",
            f"与境外招工诱骗者通话后，其手机静默{n}天。可能被胁迫。",
        )

    return write_findings(index, Pattern("lured-away", words), (spoken,), np.where(tokens, 0.5, 0.0))


def held_there(index: Index, accounts: Bools, who: NDArray[np.int64]) -> list[Finding]:
    """Find the owners of the everyday numbers with which some `accounts` used in a compound are registered."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns or not accounts.any():
        return []
    owner_of, relation, size = np.full(len(index), -1, np.int64), ties.columns["relation"], len(index)
    owner, thing = ends_of(ties, "owns")
    mine = is_kind(index, "person")[owner]
    owner_of[thing[mine]] = owner[mine]  # the rows stand by time: the last holder counts
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((relation == ties.category("relation", "registered_with")) & (a >= 0) & (b >= 0))
    rows = rows[accounts[a[rows]] & (owner_of[b[rows]] >= 0)]
    found = signs("ties", rows, owner_of[b[rows]].astype(np.int32), a[rows])
    tokens = np.zeros(size, np.bool_)
    tokens[who[found.subject]] = True
    tokens = is_kind(index, "person") & tokens[who]
    words = (
        "Their own account logs in where many work accounts do, behind one address abroad. May be held there.",
        "其本人账号在境外集中登录地址出现，与大量工作账号同处。可能被拘禁。",
    )
    spoken = for_every_token(found, tokens, who)
    return write_findings(index, Pattern("lured-away", lambda _: words), (spoken,), np.where(tokens, 0.5, 0.0))


def left_after_lure(index: Index, hand: NDArray[np.int64], lure: Bools, who: NDArray[np.int64]) -> list[Finding]:
    """Find the people who left the country soon after talking both ways with a recruiter, and have been silent since.

    Whoever paid the fare: some are made to pay it themselves. `hand` numbers whose each phone and handle is. Whoever comes
    back, or still calls friends from abroad, is on a journey.
    """
    contacts, size = index.tables.get("contacts"), len(index)
    if contacts is None or not len(contacts) or not lure.any():
        return []
    left = departures(index, who)
    rows, spoke = _both_ways(index, hand, lure, left)
    until = np.full(size, NULL)
    last, _ = last_use(index, spoke[hand], np.zeros(len(contacts), np.bool_))
    np.maximum.at(until, hand, last)
    end, begun = int(contacts.t_us[-1]), int(contacts.t_us[0])
    gone = spoke & (left > NULL) & (end - np.maximum(left, begun) >= SILENT_US) & (until <= np.maximum(left, begun) + DAY_US)
    tokens = is_kind(index, "person") & gone[who]
    source, target = (hand[contacts.columns[end][rows]] for end in ("source", "target"))
    person = np.where(lure[contacts.columns["source"][rows]], target, source)
    found = Signs("contacts", rows, person, person, np.ones(len(rows)))
    words = (
        "Left the country soon after talking with recruiters for work abroad, is not back and silent. May be held.",
        "与境外招工诱骗者联系后不久出境，至今未归且静默。可能被胁迫。",
    )
    spoken = for_every_token(found.take(gone[found.subject]), tokens, who)
    return write_findings(index, Pattern("lured-away", lambda _: words), (spoken,), np.where(tokens, 0.5, 0.0))


def _both_ways(index: Index, hand: NDArray[np.int64], lure: Bools, left: NDArray[np.int64]) -> tuple[NDArray[np.int64], Bools]:
    """Give the contacts with recruiters of those who left within the following two weeks, and who wrote and was written to."""
    contacts, spoke = index.tables["contacts"], np.zeros((2, len(index)), np.bool_)
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero(listened(index) & (source >= 0) & (target >= 0) & (lure[source] ^ lure[target]))
    answered = lure[source[rows]]
    person = hand[np.where(answered, target[rows], source[rows])]
    ahead = np.where(left[person] > NULL, left[person], NULL // 2) - contacts.t_us[rows]
    near = (ahead >= 0) & (ahead <= LEFT_US)
    spoke[answered[near].astype(np.int64), person[near]] = True
    return rows[near], spoke[0] & spoke[1]
