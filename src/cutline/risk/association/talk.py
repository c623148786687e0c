"""Talk as company: who reached several victims in the days before they paid, and whom several of them name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.model.evidence import Finding
from cutline.model.index import Index
from cutline.risk.association.signs import Pattern, Signs, rows_of, signs, write_findings

Bools = NDArray[np.bool_]

BEFORE_US = 7 * 86_400_000_000
"""How long before a payment a contact may have led to it (D)."""

CHANCE = 0.01
"""Probability that chance alone would make one finding among all phones and handles looked at (D)."""


def reached_victims(index: Index, victim_of: NDArray[np.int64], paid_us: NDArray[np.int64], barred: Bools) -> list[Finding]:
    """Find the phones and handles that reached several victims shortly before these paid, more than chance explains.

    `victim_of` numbers the victim behind a phone or handle (−1 none), `paid_us` says when each victim first and last paid
    (n × 2). Chance: victims are `v` of the `n` who were reached at all; whoever reaches `m` meets m·v/n of them (Poisson).
    """
    contacts, size = index.tables.get("contacts"), len(index)
    if contacts is None or not len(contacts) or not len(paid_us):
        return []
    source, target = contacts.columns["source"], contacts.columns["target"]
    both = (source >= 0) & (target >= 0)
    talked = both  # a text before a payment is what the bank's code looks like
    if "medium" in contacts.columns:
        talked = both & (contacts.columns["medium"] != contacts.category("medium", "sms"))
    rows = rows_of(target, talked, victim_of >= 0)
    when, who = contacts.t_us[rows], victim_of[target[rows]]
    rows = rows[(when >= paid_us[who, 0] - BEFORE_US) & (when <= paid_us[who, 1])]
    found = Signs("contacts", rows, source[rows].astype(np.int64), victim_of[target[rows]], np.ones(len(rows)))
    met = found.others(size)
    found = found.take((met[found.subject] >= 2) & ~barred[found.subject])
    near = np.zeros(size, np.bool_)
    near[found.subject] = True
    people = _different(target[both], size)
    every = rows_of(source, both, near)
    reached = signs("contacts", every, source[every], target[every]).others(size)
    mean = reached * len(paid_us) / max(1, people)
    chance = np.where(near, gammainc(np.maximum(met, 1), np.maximum(mean, 1e-12)), 1.0)
    looked_at = max(1, _different(source[source >= 0], size))
    strength = np.where(chance <= CHANCE / looked_at, np.minimum(1.0, 0.5 + 0.1 * np.minimum(met, 5)), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"Reached {met[code]} victims within a week before they paid, {reached[code]} in all; chance: {mean[code]:.1f}.",
            f"在{met[code]}名报案人付款前一周内与其联系，共联系{reached[code]}人；随机情况下约为{mean[code]:.1f}人。",
        )

    return write_findings(index, Pattern("reached-victims", words), (found,), strength)


def _different(codes: NDArray[np.int32], size: int) -> int:
    seen = np.zeros(size, np.bool_)
    seen[codes] = True
    return int(seen.sum())


def named_by_several(index: Index, reporters: Bools, barred: Bools) -> list[Finding]:
    """Find what several people who lost money name; one report never brands."""
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0))
    rows = rows[reporters[a[rows]] & ~barred[b[rows]]]
    found = signs("ties", rows, b[rows], a[rows])
    times = found.others(size)
    strength = np.where(times >= 2, np.minimum(1.0, 0.4 + 0.1 * times), 0.0)

    def words(code: int) -> tuple[str, str]:
        return f"{times[code]} people who reported a loss name it.", f"被{times[code]}名报案受损者提及。"

    return write_findings(index, Pattern("named-by-victims", words), (found,), strength)
