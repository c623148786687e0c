"""Co-movement: two subjects at one place within minutes of each other, on one occasion after another.

A meeting is a row of one subject at a place (a cash machine, an address of the network, a cell) where another subject's row is
at most `within` older. An occasion is a place on a day, however often two meet there then. A place where a crowd passes within
that time says nothing about any two of them: more than `CROWD` others, or `GLANCE` rows, and the row meets nobody. So the cost
is bounded: rows × CROWD. As of a row only meetings at or before it count.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.model.kernels import kernel

CROWD = 6
"""Others within the time at a place that still are company and not a crowd."""

GLANCE = 48
"""Rows within the time at a place that are looked at."""


class Presence(NamedTuple):
    """Rows in time order: when, on which day, who, and at which place; -1: unknown, such a row meets nobody."""

    t_us: NDArray[np.int64]
    day: NDArray[np.int32]
    subject: NDArray[np.int32]
    place: NDArray[np.int32]


class Occasions(NamedTuple):
    """Occasions by subject in time order: subject k of `subjects` has `start[k] … start[k + 1]`; each with its company.

    `row` is the later of the two rows that met, `earlier` the other. Every occasion is here twice, once for each of the two.
    """

    subjects: NDArray[np.int32]
    start: NDArray[np.int64]
    company: NDArray[np.int32]
    row: NDArray[np.int32]
    earlier: NDArray[np.int32]


def meet(presence: Presence, within_us: int) -> Occasions:
    """Find everybody's occasions. O(rows × CROWD + meetings × log meetings); 40 bytes a meeting."""
    by_place = np.argsort(presence.place, kind="stable").astype(np.int32)
    later, earlier = _meetings(presence, by_place[np.searchsorted(presence.place, 0, sorter=by_place) :], within_us)
    order = np.argsort(later, kind="stable")
    later, earlier = later[order], earlier[order]
    one, other = presence.subject[later], presence.subject[earlier]
    subjects = distinct(np.concatenate([one, other]))
    a, b = np.searchsorted(subjects, one).astype(np.int64), np.searchsorted(subjects, other).astype(np.int64)
    pairs = np.minimum(a, b) * (len(subjects) + 1) + np.maximum(a, b)
    order = np.argsort(pairs, kind="stable")
    first = np.sort(order[_first_of_occasions(pairs[order], presence.day, presence.place, later[order])])
    who, company = np.concatenate([a[first], b[first]]), np.concatenate([b[first], a[first]])
    rows, olders = np.tile(later[first], 2), np.tile(earlier[first], 2)
    order = np.argsort(who * (len(presence.t_us) + 1) + rows, kind="stable")
    start = np.searchsorted(who[order], np.arange(len(subjects) + 1)).astype(np.int64)
    return Occasions(subjects, start, company[order].astype(np.int32), rows[order], olders[order])


def together(occasions: Occasions, presence: Presence, at: NDArray[np.int64], window_us: int) -> NDArray[np.float64]:
    """Give at some rows on how many occasions in the window the row's subject has met its most frequent company so far.

    `at` lists rows by subject, in time order within a subject.
    """
    out = np.zeros(len(at))
    number = np.searchsorted(occasions.subjects, presence.subject[at])
    known = np.append(occasions.subjects, -2)[number] == presence.subject[at]
    _together(occasions, presence.t_us, at, np.where(known, number, -1), window_us, out)
    return out


def company_of(occasions: Occasions, presence: Presence, row: int, window_us: int) -> tuple[int, NDArray[np.int64]]:
    """Give who the most frequent company is as of a row (-1: nobody), and the rows of both on every occasion."""
    k = int(np.searchsorted(occasions.subjects, presence.subject[row]))
    if k >= len(occasions.subjects) or occasions.subjects[k] != presence.subject[row]:
        return -1, np.empty(0, np.int64)
    mine = slice(int(occasions.start[k]), int(occasions.start[k + 1]))
    met, company = occasions.row[mine], occasions.company[mine]
    inside = (met <= row) & (presence.t_us[met] > presence.t_us[row] - window_us)
    if not inside.any():
        return -1, np.empty(0, np.int64)
    # Of those met equally often the one met last: codes depend on how people are called.
    times = np.bincount(company[inside], minlength=len(occasions.subjects))
    best = int(company[np.flatnonzero(inside & (times[company] == times.max()))[-1]])
    chosen = inside & (company == best)
    rows = np.sort(np.concatenate([met[chosen], occasions.earlier[mine][chosen]])).astype(np.int64)
    return int(occasions.subjects[best]), rows


@kernel
def _meetings(presence: Any, by_place: Any, within: int) -> Any:
    """Pairs of rows: each row with the latest earlier row of everybody else who was there in time, unless it was a crowd."""
    later, earlier = np.empty(len(by_place), np.int32), np.empty(len(by_place), np.int32)
    found = 0
    met = np.empty(CROWD + 1, np.int32)
    for i in range(len(by_place)):
        if found + CROWD > len(later):
            later = np.append(later, np.empty(len(later) + CROWD, np.int32))
            earlier = np.append(earlier, np.empty(len(earlier) + CROWD, np.int32))
        row, others, begin = by_place[i], 0, found
        for j in range(i - 1, -1, -1):
            other = by_place[j]
            if presence.place[other] != presence.place[row] or presence.t_us[row] - presence.t_us[other] > within:
                break
            if others > CROWD or i - j > GLANCE:
                others = CROWD + 1
                break
            who = presence.subject[other]
            if who < 0 or who == presence.subject[row] or np.any(met[:others] == who):
                continue
            met[others] = who
            others += 1
            if others <= CROWD:
                later[found], earlier[found] = row, other
                found += 1
        if others > CROWD or presence.subject[row] < 0:
            found = begin
    return later[:found], earlier[:found]


@kernel
def _first_of_occasions(pairs: Any, day: Any, place: Any, row: Any) -> Any:
    """Positions of the first meeting of each pair at each place on each day; meetings of a pair stand in time order."""
    kept = np.empty(len(pairs), np.int64)
    count = 0
    for i in range(len(pairs)):
        new, j = True, i - 1
        while new and j >= 0 and pairs[j] == pairs[i] and day[row[j]] == day[row[i]]:
            new = place[row[j]] != place[row[i]]
            j -= 1
        if new:
            kept[count] = i
            count += 1
    return kept[:count]


@kernel
def _together(occasions: Any, t_us: Any, at: Any, number: Any, window: int, out: Any) -> None:
    tally = np.zeros(len(occasions.subjects), np.int32)
    having = np.zeros(len(occasions.row) + 2, np.int32)  # having[n]: how many companions were met n times
    low = high = top = 0
    for i in range(len(at)):
        if number[i] < 0:
            continue
        if i == 0 or number[i - 1] != number[i]:
            for k in range(low, high):
                tally[occasions.company[k]] = 0
            having[: top + 1] = 0
            low = high = occasions.start[number[i]]
            top = 0
        while high < occasions.start[number[i] + 1] and occasions.row[high] <= at[i]:
            who = occasions.company[high]
            having[tally[who]] -= 1
            tally[who] += 1
            having[tally[who]] += 1
            top = max(top, tally[who])
            high += 1
        while low < high and t_us[occasions.row[low]] <= t_us[at[i]] - window:
            who = occasions.company[low]
            having[tally[who]] -= 1
            tally[who] -= 1
            having[tally[who]] += 1
            low += 1
        while top > 0 and having[top] == 0:
            top -= 1
        out[i] = top
