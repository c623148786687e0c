"""Crews as company: phones on which several suspects who know each other are spoken with, as a real part of all talk."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from cutline.model.evidence import Finding
from cutline.model.index import Index, distinct
from cutline.risk.association.money import is_kind
from cutline.risk.association.signs import Pattern, Signs, for_every_token, rows_of, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CrewConfig:
    """When talk speaks (D). Whoever has two friends who went astray talks with suspects, too, among all the others.

    suspects  different suspect people spoken with on `days` different days each, two of whom know each other
    part      share of all days of talk, counted for each partner, that is with suspects
    most      share of the talk on one number from which on `suspects` are enough, however rarely; one more, if it is `part`
    """

    suspects: int = 3
    days: int = 2
    part: float = 0.25
    most: float = 0.5


def crew_lines(
    index: Index, talk: Talk, who: Codes, suspect: Bools, barred: Bools, config: CrewConfig | None = None
) -> list[Finding]:
    """Find the people who talk with a crew, and the phones that they do it on.

    `who` numbers the people behind the tokens; `suspect` marks suspect people by the numbers of `talk`; `barred`: who is no
    subject. Cost: a few passes over the contacts; the memory of those that touch suspects and whoever talks with several.
    """
    config, hand, worked = config or CrewConfig(), talk.hand, talk.worked
    if not len(index.tables["contacts"]):
        return []
    near = talk.partners(suspect) >= config.suspects
    if not near.any():
        return []
    mine, other, row = talk.of(near)
    count, part, regular = _regular(index, (mine, other, row), suspect, config)
    crew = (count >= config.suspects) & (np.round(part, 9) >= config.part)
    crew &= suspect | _acquainted(index, talk, suspect, regular.take(crew[regular.subject]))
    shown = crew[mine] & suspect[other]
    phones = crew[hand] & is_kind(index, "phone") & ~worked & ~barred
    people = is_kind(index, "person") & (crew & ~suspect)[who] & ~barred

    def words(code: int) -> tuple[str, str]:
        one = hand[code]
        return (
            f"{count[one]} suspects are spoken with here again and again, {100 * part[one]:.0f} % of all talk.",
            f"与{count[one]}名可疑人员反复通联，占全部通联的{100 * part[one]:.0f}%。",
        )

    said = Signs("contacts", row[shown], mine[shown], other[shown], np.ones(int(shown.sum())))
    spoken = (for_every_token(said, people, who), talk.lines(row[shown], mine[shown]))
    strength = np.where(phones | people, np.minimum(0.8, 0.4 + 0.05 * count[hand]), 0.0)
    return write_findings(index, Pattern("crew-line", words), spoken, strength)


def crew_numbers(index: Index, talk: Talk, suspect: Bools, barred: Bools, config: CrewConfig | None = None) -> list[Finding]:
    """Find the numbers on which hardly anybody but suspects is spoken with: a second card, kept for a crew.

    Whoever keeps one has an everyday number beside, and among all talk of theirs it would not be seen. `suspect` marks suspect
    numbers and those of suspect people; `barred`: who is no subject.
    """
    config, hand, size = config or CrewConfig(), talk.hand, len(index)
    if not len(index.tables["contacts"]):
        return []
    lines = talk.by_number()
    near = (lines.partners(suspect) >= config.suspects) & is_kind(index, "phone") & ~barred & ~suspect & ~talk.worked
    mine, other, row = lines.of(near)
    own = near[mine] & (hand[mine] != hand[other])
    every = Signs("contacts", row[own], mine[own], hand[other[own]], np.ones(int(own.sum())))
    found = every.take(suspect[other[own]])
    crew, all_ = found.others(size), every.others(size)
    part = np.round(found.total(size) / np.maximum(1.0, every.total(size)), 9)
    several = (crew >= config.suspects) & (part >= config.most)
    several |= (crew > config.suspects) & (part >= config.part)
    strength = np.where(several & (crew >= config.part * all_), np.minimum(0.8, 0.45 + 0.05 * crew), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{crew[code]} of {all_[code]} people spoken with here are suspects: {100 * part[code]:.0f} % of all talk on it.",
            f"该号码的{all_[code]}名通联对象中有{crew[code]}名可疑，占全部通联的{100 * part[code]:.0f}%。",
        )

    return write_findings(index, Pattern("crew-line", words), (found,), strength)


def _regular(
    index: Index, contacts: tuple[Codes, Codes, Codes], suspect: Bools, config: CrewConfig
) -> tuple[Codes, NDArray[np.float64], Signs]:
    """Count for every hand the suspects it talks with regularly, and say what part of its talk they are; and who they are."""
    (mine, other, row), size = contacts, len(index)
    pairs, days = _days(mine, other, index.tables["contacts"].t_us[row], size)
    a, b = pairs // size, pairs % size
    regular = suspect[b] & (days >= config.days)
    part = np.bincount(a, days * suspect[b], minlength=size) / np.maximum(1, np.bincount(a, days, minlength=size))
    partners = Signs("contacts", pairs[regular], a[regular], b[regular], days[regular].astype(np.float64))
    return np.bincount(a[regular], minlength=size), part, partners


class Talk:
    """Who really talked with whom, by hands: no texts, no unanswered calls, nothing from a number that a gang works.

    `hand` numbers whose each phone and handle is; `worked`: the numbers whose calls go to anybody and say nothing.
    """

    def __init__(self, index: Index, hand: Codes, worked: Bools) -> None:
        table = index.tables["contacts"]
        columns = table.columns
        self.source, self.target, self.hand, self.size = columns["source"], columns["target"], hand, len(index)
        self.worked = worked
        self.talked = (self.source >= 0) & (self.target >= 0)
        if "medium" in columns:
            self.talked &= columns["medium"] != table.category("medium", "sms")
            if "duration_s" in columns:
                self.talked &= (columns["medium"] != table.category("medium", "call")) | (columns["duration_s"] > 0)
        self.talked &= ~worked[self.source]  # what is unknown, at the last place, was left out above

    def by_number(self) -> Talk:
        """Give the same talk, not of the hands but of each number and handle by itself."""
        lines = copy(self)
        lines.hand = np.arange(self.size)
        return lines

    def of(self, near: Bools) -> tuple[Codes, Codes, Codes]:
        """Give for every contact of some hands the hand, the other one and the row."""
        mine = near[self.hand]
        parts = []
        for one, two in ((self.source, self.target), (self.target, self.source)):
            rows = rows_of(one, self.talked, mine)
            a, b = self.hand[one[rows]], self.hand[two[rows]]
            parts.append((a[a != b], b[a != b], rows[a != b]))
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]

    def partners(self, marked: Bools) -> Codes:
        """Count for every hand the marked ones it talked with."""
        mine, other, _ = self.of(marked)
        return np.bincount(distinct(other * self.size + mine) // self.size, minlength=self.size)

    def lines(self, row: Codes, mine: Codes) -> Signs:
        """Give the phone or handle with which each contact was made by the one whose contact it is."""
        own = self.hand[self.source[row]] == mine
        line = np.where(own, self.source[row], self.target[row]).astype(np.int64)
        far = np.where(own, self.target[row], self.source[row]).astype(np.int64)
        return Signs("contacts", row, line, far, np.ones(len(row)))


def _days(mine: Codes, other: Codes, when: Codes, size: int) -> tuple[Codes, Codes]:
    """Give the pairs of hands, as numbers, and on how many days they talked."""
    day = when // DAY_US
    pairs = mine * size + other
    order = np.lexsort((day, pairs))
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (np.diff(pairs[order]) != 0) | (np.diff(day[order]) != 0)
    found, days = np.unique(pairs[order][fresh], return_counts=True)
    return found, days.astype(np.int64)


def _acquainted(index: Index, talk: Talk, suspect: Bools, partners: Signs) -> Bools:
    """Say of whose partners two know each other: they talked, paid each other, or both did with a third suspect."""
    out, people = np.zeros(len(index), np.bool_), np.flatnonzero(suspect)
    if not len(partners.subject):
        return out
    x, y = (np.searchsorted(people, end) for end in _bonds(index, talk, suspect))
    near = csr_matrix((np.ones(len(x)), (x, y)), shape=(len(people),) * 2)
    near = near + near.T
    near = ((near + near @ near) > 0).tocsr()
    order = np.argsort(partners.subject, kind="stable")
    hands, begin = np.unique(partners.subject[order], return_index=True)
    for one, theirs in zip(hands.tolist(), np.split(partners.other[order], begin[1:]), strict=True):
        place = np.searchsorted(people, theirs)
        among = near[place][:, place]
        out[one] = among.nnz > np.count_nonzero(among.diagonal())
    return out


def _bonds(index: Index, talk: Talk, suspect: Bools) -> tuple[Codes, Codes]:
    """Pairs of suspect hands that had to do with each other: by talk, by money, by cards that one opened for the other."""
    mine, other, _ = talk.of(suspect)
    pairs, theirs, transfers = [(mine, other)], suspect[talk.hand], index.tables["transfers"].columns
    payer, payee = transfers["payer"], transfers["payee"]
    paid = np.flatnonzero((payer >= 0) & (payee >= 0) & theirs[payer] & theirs[payee])
    pairs.append((talk.hand[payer[paid]], talk.hand[payee[paid]]))
    if (ties := index.tables.get("ties")) is not None and "relation" in ties.columns:
        phone, agent = ends_of(ties, "activated_by")
        pairs.append((talk.hand[phone], talk.hand[agent]))
    a, b = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    both = suspect[a] & suspect[b]
    return a[both], b[both]
