"""Registers as company: who stands behind a suspect holder's number in another register, and who opened suspects' cards.

Person tokens are equal within an issuer only. What the registers of a bank and of an operator have in common is the number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, EventTable, Index, distinct, stretches
from cutline.risk.association.signs import Pattern, Signs, for_every_token, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

HOLDERS = 4
"""Holders of accounts on one number up to which it is one person's own at several banks (D); more share it."""

STEPS = 2
"""From a holder to the number's owner, and on to the same person at another bank."""

SUSPECT = 0.39
"""What a person's own findings must say to speak for the other tokens too (D)."""

LESS_SURE = 0.9
"""How much of what is said of one of the tokens holds of another, which only the number ties to it (D)."""

CARDS = 5
"""Suspect cards that one agent opened before it is the agent's doing, not chance (D)."""

PART = 0.3
"""Share of all cards of an agent that are suspect (D)."""

SEVERAL = 2
"""Cards of such an agent in one name that are no chance of who happened to ask there (D)."""


def same_number(index: Index, who: NDArray[np.int64], own: Floats, barred: Bools) -> list[Finding]:
    """Find whom a number ties to suspect people: its owner at the operator, and the holders of accounts on it at banks.

    Whoever opens an account proves the linked number to be theirs, so that all of these are one person unless the number is
    shared. `own` is what each person's own findings say, and what is said of one is said of the other, a little less surely.
    """
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    a, b, row = register_pairs(index, ties, who)
    strength = np.zeros(size)
    reached = np.where(index.kinds == KIND_NAMES.index("person"), own, 0.0)
    np.maximum.at(reached, who, reached)
    for _ in range(STEPS):
        step = np.zeros(size)
        np.maximum.at(step, b, np.round(np.where(reached[a] >= SUSPECT, reached[a], 0.0), 9))
        strength = np.maximum(strength, step)
        reached = np.maximum(reached, step)
    person = index.kinds == KIND_NAMES.index("person")
    strength = np.where(person & ~barred & (own[who] < SUSPECT), LESS_SURE * strength[who], 0.0)
    words = (
        "Stands in the register behind the same phone number as a suspect holder of accounts or cards.",
        "在登记中与可疑账户或电话卡的持有人使用同一手机号。",
    )
    subjects = np.flatnonzero(strength > 0)
    order = np.argsort(b, kind="stable")
    low, high = (np.searchsorted(b[order], who[subjects], side) for side in ("left", "right"))
    at = order[stretches(low, high - low)]
    subject = np.repeat(subjects, high - low).astype(np.int64)
    shown = Signs("ties", row[at], subject, a[at], np.ones(len(at)))
    return write_findings(index, Pattern("same-number-as-suspect", lambda _: words), (shown,), strength)


def register_pairs(
    index: Index, ties: EventTable, who: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pair the owner of every number with the holders of accounts on it, both ways, and the rows that say so.

    `who` numbers the persons behind the tokens; pairs are of such numbers.
    """
    x, y, size = ties.columns["a"], ties.columns["b"], len(index)
    person = KIND_NAMES.index("person")
    known = (x >= 0) & (y >= 0)
    owns = np.flatnonzero(known & (ties.columns["relation"] == ties.category("relation", "owns")))
    owns = owns[index.kinds[x[owns]] == person]
    owner = np.full(size, -1, np.int64)
    owner[y[owns]] = who[x[owns]]  # the rows stand by time: a number that changed hands is its last holder's
    with_number = np.flatnonzero(known & (ties.columns["relation"] == ties.category("relation", "registered_with")))
    money = np.isin(index.kinds[x[with_number]], [KIND_NAMES.index(kind) for kind in ("account", "ecny_wallet")])
    rows = with_number[money & (index.kinds[y[with_number]] == KIND_NAMES.index("phone"))]
    rows = rows[owner[x[rows]] >= 0]
    pairs = distinct(y[rows].astype(np.int64) * size + owner[x[rows]])
    shared = np.bincount(pairs // max(1, size), minlength=size) > HOLDERS
    rows = rows[~shared[y[rows]] & (owner[y[rows]] >= 0) & (owner[y[rows]] != owner[x[rows]])]
    one, other = owner[y[rows]], owner[x[rows]]
    return np.concatenate((one, other)), np.concatenate((other, one)), np.concatenate((rows, rows))


def activators(index: Index, who: NDArray[np.int64], marked: Bools, barred: Bools) -> list[Finding]:
    """Find the people who opened many suspects' cards, as a real part of all they opened; a shop serves everybody.

    `who` numbers the persons behind the tokens: who deals at two operators is one dealer, and known to banks, too.
    """
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "activated_by")) & (a >= 0) & (b >= 0))
    rows = rows[(index.kinds[a[rows]] == KIND_NAMES.index("phone")) & (index.kinds[b[rows]] == KIND_NAMES.index("person"))]
    every = Signs("ties", rows, who[b[rows]], a[rows].astype(np.int64), np.ones(len(rows)))
    found = every.take(marked[every.other])
    cards, all_ = found.others(size)[who], every.others(size)[who]
    many = (index.kinds == KIND_NAMES.index("person")) & (cards >= CARDS) & (cards >= PART * all_) & ~barred
    strength = np.where(many, np.minimum(1.0, 0.4 + 0.03 * np.minimum(cards, 10) + 0.2 * cards / np.maximum(1, all_)), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"Opened {all_[code]} phone cards, {cards[code]} of which are suspicious themselves.",
            f"经办开卡{all_[code]}张，其中{cards[code]}张自身可疑。",
        )

    return write_findings(index, Pattern("opened-suspect-cards", words), (for_every_token(found, many, who),), strength)


def dealt_to(index: Index, who: NDArray[np.int64], marked: Bools, barred: Bools) -> list[Finding]:
    """Find the people in whose name an agent who opens suspects' cards opened several, whether anybody uses them yet or not."""
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    number, agent = ends_of(ties, "activated_by")
    opened = Signs("ties", np.arange(len(number)), agent.astype(np.int64), number.astype(np.int64), np.ones(len(number)))
    theirs, all_ = opened.take(marked[number]).others(size), opened.others(size)
    dealer = (theirs >= CARDS) & (theirs >= PART * all_)
    dealt = np.zeros(size, np.bool_)
    dealt[number[dealer[agent]]] = True
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "owns")) & (ties.columns["a"] >= 0))
    rows = rows[(ties.columns["b"][rows] >= 0) & dealt[ties.columns["b"][rows]]]
    person = ties.columns["a"][rows]
    mine = (index.kinds[person] == KIND_NAMES.index("person")) & ~dealer[person]
    found = Signs(
        "ties", rows[mine], who[person[mine]], ties.columns["b"][rows[mine]].astype(np.int64), np.ones(int(mine.sum()))
    )
    cards = found.others(size)[who]
    people = (index.kinds == KIND_NAMES.index("person")) & (cards >= SEVERAL) & ~barred
    strength = np.where(people, np.minimum(0.8, 0.4 + 0.05 * cards), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{cards[code]} phone cards in this name were opened by an agent, many of whose cards are suspicious.",
            f"名下{cards[code]}张电话卡由同一开卡人经办，该经办人所开卡中多张可疑。",
        )

    return write_findings(index, Pattern("cards-of-a-dealer", words), (for_every_token(found, people, who),), strength)
