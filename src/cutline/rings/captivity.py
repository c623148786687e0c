"""What is seen of people after they left the country and did not come back: signs that somebody holds them there.

Every sign is looked for on such people alone, so that whoever lives and works at home is never meant. A journey by itself is
no sign: each asks for something that holiday-makers and those who work abroad do not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, NULL, EventTable, Index, distinct
from cutline.risk.association.journeys import departures
from cutline.risk.association.people import hands, same_person
from cutline.risk.association.speech import listened
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000

SILENT_AFTER_US = 3 * DAY_US
"""Delivered time after the departure that must be covered before a silence means anything (D)."""

RECRUITED_US = 14 * DAY_US
"""How long before a departure the talk with a recruiter may have led to it (D)."""

SOON_US = 6 * HOUR_US
"""How soon after a call from abroad the family pays if it pays for it (D)."""

BOX = 4
"""Numbers that call from one device from which on it is no phone of its owner's (D)."""

HOURS, DAYS, WEEK = 14, 6, 7
"""Hours of a day in which somebody wrote or called, on so many days of a week: no work that is free has them (D)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the phones and accounts of those away ever sent: the contacts' table, its rows by time, and whose they are."""

    contacts: EventTable
    rows: Ints
    person: Ints

    def since(self, left: Ints) -> Spoken:
        """Keep what was sent after each one's departure; `left` by a person's number."""
        later = self.contacts.t_us[self.rows] > left[self.person]
        return Spoken(self.contacts, self.rows[later], self.person[later])


@dataclass(frozen=True, slots=True)
class Away:
    """The people who left and did not return: `left` by a person's number (NULL: at home), `hand` whose each thing is."""

    index: Index
    left: Ints
    who: Ints
    hand: Ints
    spoken: Spoken | None

    @classmethod
    def of(cls, index: Index) -> Away | None:
        """Look who is away; None where nobody is, or no border post delivers."""
        who = same_person(index)
        left = departures(index, who)
        if not (left > NULL).any():
            return None
        hand, contacts, spoken = hands(index, who), index.tables.get("contacts"), None
        if contacts is not None and len(contacts):
            source = contacts.columns["source"]
            rows = np.flatnonzero(_known(left[hand] > NULL)[source])
            spoken = Spoken(contacts, rows, hand[source[rows]])
        return cls(index, left, who, hand, spoken)

    def people(self, number: Ints) -> Bools:
        """Mark people by their numbers (boolean over the entities), if they are away."""
        out = np.zeros(len(self.index), np.bool_)
        out[number[self.left[number] > NULL]] = True
        return out


def fell_silent(away: Away) -> Bools:
    """Mark those whose phones were used before they left, and never since."""
    if away.spoken is None:
        return np.zeros(len(away.index), np.bool_)
    contacts, rows, person = away.spoken.contacts, away.spoken.rows, away.spoken.person
    phone = away.index.kinds[contacts.columns["source"][rows]] == KIND_NAMES.index("phone")
    last = np.full(len(away.index), NULL)
    last[person[phone]] = contacts.t_us[rows[phone]]  # the rows stand by time: the last one counts
    covered = away.left < contacts.t_us[-1] - SILENT_AFTER_US
    return away.people(np.flatnonzero((last > NULL) & (last <= away.left) & covered))


def recruited_by(away: Away, authors: Bools) -> Bools:
    """Mark those who talked both ways with some authors of adverts, or what these name, and left within two weeks.

    A message that nobody answers, or a call that nobody listens to, is what everybody gets.
    """
    contacts, size = away.index.tables.get("contacts"), len(away.index)
    if contacts is None or not len(contacts) or not authors.any():
        return np.zeros(size, np.bool_)
    named = authors.copy()
    if "ties" in away.index.tables:
        author, reached = ends_of(away.index.tables["ties"], "mentions")
        answering = np.isin(away.index.kinds[reached], [KIND_NAMES.index(kind) for kind in ("phone", "handle")])
        named[reached[answering & authors[author]]] = True
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero((_known(named)[source] ^ _known(named)[target]) & (source >= 0) & (target >= 0))
    called = named[source[rows]]
    other = away.hand[np.where(called, target[rows], source[rows])]
    ahead = np.where(away.left[other] > NULL, away.left[other], NULL // 2) - contacts.t_us[rows]
    near = (ahead >= 0) & (ahead <= RECRUITED_US)
    long = listened(away.index)[rows] & (contacts.columns["medium"][rows] == contacts.category("medium", "call"))
    was_told, told = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    was_told[other[near & (called | long)]] = True
    told[other[near & (~called | long)]] = True
    return away.people(np.flatnonzero(was_told & told))


def confined(away: Away, behind_one_address: Bools) -> Bools:
    """Mark those of whose accounts some are worked behind one address abroad, with many others."""
    handle = np.flatnonzero(behind_one_address & (away.index.kinds == KIND_NAMES.index("handle")))
    return away.people(away.hand[handle])


def phone_in_a_box(away: Away) -> Bools:
    """Mark those whose number calls, after they left, from a device from which many numbers call."""
    if away.spoken is None or "source_device" not in away.spoken.contacts.columns:
        return np.zeros(len(away.index), np.bool_)
    spoken = away.spoken.since(away.left)
    contacts, rows, person = spoken.contacts, spoken.rows, spoken.person
    device, source, size = contacts.columns["source_device"], contacts.columns["source"], len(away.index)
    used = np.zeros(size, np.bool_)
    used[device[rows][device[rows] >= 0]] = True
    there = np.flatnonzero(_known(used)[device] & (source >= 0))
    numbers = np.bincount(distinct(device[there].astype(np.int64) * size + source[there]) // size, minlength=size)
    known = device[rows] >= 0
    return away.people(person[known][numbers[device[rows[known]]] >= BOX])


def endless_days(away: Away) -> Bools:
    """Mark those who write or call in so many hours of the day, on so many days of a week, that nobody does it freely."""
    if away.spoken is None:
        return np.zeros(len(away.index), np.bool_)
    spoken = away.spoken.since(away.left)
    hour, person = spoken.contacts.t_us[spoken.rows] // HOUR_US, spoken.person
    span = int(hour.max(initial=0)) + 1
    busy = distinct(person * span + hour)
    people, hour = busy // span, busy % span
    start = np.full(len(away.index), np.iinfo(np.int64).max)
    np.minimum.at(start, people, hour)
    day = (hour - start[people]) // 24  # days are counted from the first hour: where they live, we do not know
    length = int(day.max(initial=0)) + WEEK
    days, counts = np.unique(people * length + day, return_counts=True)
    long = days[counts >= HOURS]
    last = np.searchsorted(long, long + WEEK)  # within a week of each, counting itself
    return away.people(long[last - np.arange(len(long)) >= DAYS] // length)


def family_pays(away: Away, suspects: Bools) -> Bools:
    """Mark those whose family paid suspects soon after hearing from them abroad: their release, or what they are said to owe.

    That somebody of a traveller's family is robbed meanwhile says nothing of the traveller; the call before the payment does.
    """
    size, ties = len(away.index), away.index.tables.get("ties")
    transfers = away.index.tables.get("transfers")
    if ties is None or transfers is None or not len(transfers) or away.spoken is None:
        return np.zeros(size, np.bool_)
    spoken = away.spoken.since(away.left)
    contacts, rows, person = spoken.contacts, spoken.rows, spoken.person
    one, other = (away.who[end] for end in ends_of(ties, "family"))
    kin = distinct(np.concatenate((one * size + other, other * size + one)))
    target = contacts.columns["target"][rows]
    heard = away.hand[target]
    known = (target >= 0) & (person != heard) & np.isin(person * size + heard, kin)
    rows, person, heard = rows[known], person[known], heard[known]
    payer, payee = transfers.columns["payer"], transfers.columns["payee"]
    paid = np.flatnonzero(_known(suspects)[payee] & (payer >= 0))
    paid = paid[np.isin(away.hand[payer[paid]], heard)]
    span = int(max(contacts.t_us[-1], transfers.t_us[-1]) - min(contacts.t_us[0], transfers.t_us[0])) + SOON_US + 1
    first = min(int(contacts.t_us[0]), int(transfers.t_us[0]))
    order, number = _numbered(away.hand[payer[paid]], heard)
    moment = np.sort(order * span + transfers.t_us[paid] - first)
    since = number * span + contacts.t_us[rows] - first
    soon = np.searchsorted(moment, since + SOON_US, "right") > np.searchsorted(moment, since)
    return away.people(person[soon])


def _numbered(payers: Ints, heard: Ints) -> tuple[Ints, Ints]:
    """Number some people closely, so that a number and a moment fit into one integer."""
    every = distinct(np.concatenate((payers, heard)))
    return np.searchsorted(every, payers), np.searchsorted(every, heard)


def adverts_saying(index: Index, said: Mapping[str, Bools], lexicon: str) -> Bools:
    """Mark the authors of job adverts whose rows say the words of a lexicon."""
    out, posts = np.zeros(len(index), np.bool_), index.tables.get("posts")
    if posts is None or lexicon not in said:
        return out
    author = posts.columns["author"][said[lexicon] & (posts.columns["kind"] == posts.category("kind", "job_advert"))]
    out[author[author >= 0]] = True
    return out


def _known(marked: Bools) -> Bools:
    """Append what stands for the unknown entity, −1: it is never marked."""
    return np.append(marked, False)
