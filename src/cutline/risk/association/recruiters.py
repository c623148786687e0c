"""Recruiting as company: a number or account that talked with several people shortly before they fell silent for good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.model.evidence import Finding
from cutline.model.index import NULL, Index, distinct
from cutline.risk.association.money import is_kind
from cutline.risk.association.signs import Pattern, Signs, rows_of, write_findings
from cutline.risk.association.speech import last_use, listened
from cutline.risk.statements import reported, tagged

Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class RecruiterConfig:
    """When talk before a silence speaks (D).

    people    who fell silent within `before_us` of the talk; one of them is missing, or left for a hot spot
    part      share of all whom the number talked with that they are: a friend of theirs has other friends
    chance    probability, for all numbers looked at together, that they fell silent without it
    silent_us delivered days of silence, in which `missed` contacts were to be expected
    """

    people: int = 4
    part: float = 0.2
    chance: float = 0.01
    before_us: int = 14 * DAY_US
    silent_us: int = 7 * DAY_US
    missed: float = 8.0


def called_away(index: Index, hand: Codes, who: Codes, barred: Bools, config: RecruiterConfig | None = None) -> list[Finding]:
    """Find the phones and handles that several people talked with shortly before all that is theirs fell silent for good.

    Recruiters speak with those whom they send away, then these write to nobody. A lawful employer's people go on writing
    home; a friend of theirs has other friends. One of the silent must be reported missing or have left for a hot spot: who
    only changes the number is neither. `hand` numbers whose each phone and handle is, `who` the people behind the tokens.
    """
    config, contacts, size = config or RecruiterConfig(), index.tables.get("contacts"), len(index)
    if contacts is None or not len(contacts):
        return []
    heard = listened(index)
    until, silent = _silent(index, hand, heard, config)
    if int(silent.sum()) < config.people:
        return []
    found = _talks(index, hand, heard, np.where(silent, until, NULL), config)
    found = found.take(~barred[found.subject])
    people = found.others(size)
    found = found.take((people >= config.people)[found.subject])
    if not len(found.row):
        return []
    known = np.zeros(size, np.bool_)
    known[found.subject[_feared(index, hand, who)[found.other]]] = True
    partners = _partners(index, hand, heard, people >= config.people)
    active = int((until > NULL).sum())
    chance = gammainc(np.maximum(1, people), np.maximum(1e-12, partners * int(silent.sum()) / max(1, active)))
    sure = known & (people >= config.people) & (people >= config.part * partners) & (chance <= config.chance / max(1, active))
    strength = np.where(sure, np.minimum(0.8, 0.35 + 0.05 * people), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{people[code]} of the {partners[code]} people it talked with left or fell silent for good within two weeks.",
            f"与其通联的{partners[code]}人中有{people[code]}人在两周内出境或永久静默。",
        )

    return write_findings(index, Pattern("called-away", words), (found,), strength)


def _silent(index: Index, hand: Codes, heard: Bools, config: RecruiterConfig) -> tuple[Codes, Bools]:
    """Say of every hand when anything of theirs was last used, and whether that is too long ago for how they used it."""
    contacts, size = index.tables["contacts"], len(index)
    last, times = last_use(index, np.ones(size, np.bool_), heard)
    until, often = np.full(size, NULL), np.bincount(hand, times, minlength=size)
    np.maximum.at(until, hand, last)
    begun, end = int(contacts.t_us[0]), int(contacts.t_us[-1])
    used_us = np.maximum(DAY_US, np.maximum(until, begun) - begun)
    silent_us = np.where(until > NULL, end - np.maximum(until, begun), 0)
    return until, (silent_us >= config.silent_us) & (often / used_us * silent_us >= config.missed)


def _talks(index: Index, hand: Codes, heard: Bools, until: Codes, config: RecruiterConfig) -> Signs:
    """Give the talks with those who fell silent soon after: the other's number as subject, the silent hand as other."""
    contacts = index.tables["contacts"]
    parts = []
    for one, two in (("source", "target"), ("target", "source")):
        here, there = contacts.columns[one], contacts.columns[two]
        gone = until[hand] > NULL
        rows = rows_of(here, heard & (here >= 0) & (there >= 0), gone)
        rows = rows[~gone[there[rows]]]
        rows = rows[until[hand[here[rows]]] - contacts.t_us[rows] <= config.before_us]
        parts.append((rows, there[rows].astype(np.int64), hand[here[rows]]))
    row, subject, other = (np.concatenate(column) for column in zip(*parts, strict=True))
    mine = is_kind(index, "phone", "handle")[subject]
    return Signs("contacts", row[mine], subject[mine], other[mine], np.ones(int(mine.sum())))


def _partners(index: Index, hand: Codes, heard: Bools, near: Bools) -> Codes:
    """Count the hands that some phones and handles talked with."""
    contacts, size, pairs = index.tables["contacts"], len(index), [np.empty(0, np.int64)]
    for one, two in (("source", "target"), ("target", "source")):
        here, there = contacts.columns[one], contacts.columns[two]
        rows = rows_of(here, heard & (here >= 0) & (there >= 0), near)
        pairs.append(distinct(here[rows].astype(np.int64) * size + hand[there[rows]]))
    return np.bincount(distinct(np.concatenate(pairs)) // max(1, size), minlength=size)


def _feared(index: Index, hand: Codes, who: Codes) -> Bools:
    """Mark the hands of whom something is feared: reported missing, or gone to a hot spot and not back."""
    out, ties, moves = np.zeros(len(index), np.bool_), index.tables.get("ties"), index.tables.get("movements")
    missing, reporters = reported(index, "missing", "person"), np.zeros(len(index), np.bool_)
    out[who[missing]] = True
    reporters[reported(index, "missing", "reporter")] = True
    if ties is not None and "relation" in ties.columns:
        a, b = ties.columns["a"], ties.columns["b"]
        told = (ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0)
        out[hand[b[told][reporters[a[told]]]]] = True
    if moves is not None and {"person", "to_place"} <= moves.columns.keys() and len(moves):
        place, person = moves.columns["to_place"], moves.columns["person"]
        hot = (person >= 0) & (place >= 0) & tagged(index, "hot_spot")[place]
        out[who[person[hot]]] = True
    return out
