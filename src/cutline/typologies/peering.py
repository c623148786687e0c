"""Peers: how a measure is spread over all subjects of a kind, so that a threshold can follow what is ordinary.

At each midnight in China the measure is taken of every subject that has something in its window: known for sure, and not zero.
An anchor sees the percentile (nearest rank) of the last midnight before or at it: nobody is compared with the future.
Peers of the same class or age are a group of their own; whose class or age nobody recorded is in none.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cutline.typologies.evaluator import Bounds
from cutline.typologies.particulars import Particulars
from cutline.typologies.rows import HOME_ZONE, Midnights
from cutline.typologies.trees import Ask
from cutline.typologies.vocabulary import FACTS

LEAST = 20
"""Peers without whom a percentile says nothing: with fewer it is unknown."""

DAY_US = 86_400_000_000

AGES_S = (30 * 86_400.0, 180 * 86_400.0, 730 * 86_400.0)
"""Where an age begins: up to 30 days, up to 180, up to two years, older. New accounts are used unlike old ones."""

CLASSES = FACTS["class"]

GROUPS = (len(CLASSES) + 1) * (len(AGES_S) + 1)
"""Numbers of groups on one day, so that a day and a group make one number."""

MIDNIGHT_US = int(datetime(1970, 1, 1, tzinfo=ZoneInfo(HOME_ZONE)).timestamp()) * 1_000_000


def groups_of(
    same: tuple[str, ...], particulars: Particulars, entities: NDArray[np.int32], t_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number the group of each entity at its moment, -1 where its class or age is not known; all 0 without `same`."""
    group = np.zeros(len(entities), np.int64)
    known = np.ones(len(entities), np.bool_)
    if "class" in same:
        low, high = particulars.answer(Ask(0, "fact", "subject", "class"), entities, t_us)
        number = np.full(len(entities), -1, np.int64)
        for k, word in enumerate(CLASSES):
            number[(low == high) & (low == particulars.value(word))] = k
        known &= number >= 0
        group += number * (len(AGES_S) + 1)
    if "age" in same:
        low, high = particulars.answer(Ask(0, "age", "subject"), entities, t_us)
        known &= low == high
        group += np.searchsorted(AGES_S, low, side="right")
    return np.where(known, group, -1)


def percentiles_by_day(days: NDArray[np.int64], values: NDArray[np.float64], rank: float) -> Midnights:
    """Give the percentile of each day's values; days with fewer than `LEAST` are left out. O(n log n)."""
    order = np.lexsort((values, days))
    days, values = days[order], values[order]
    first = np.flatnonzero(np.append(True, days[1:] != days[:-1])) if len(days) else np.empty(0, np.int64)
    counts = np.diff(np.append(first, len(days)))
    chosen = first + np.maximum(np.ceil(rank * counts - 1e-9).astype(np.int64) - 1, 0)
    enough = counts >= LEAST
    return Midnights(days[first[enough]].astype(np.int64), values[chosen[enough]])


def day_of(t_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the days by their midnights."""
    return np.asarray((t_us - MIDNIGHT_US) // DAY_US)


def look_up(found: Midnights, t_us: NDArray[np.int64], group: NDArray[np.int64]) -> Bounds:
    """Give what peers of a group did at the last midnight; anything where too few were known, or the group is not."""
    day = day_of(t_us) * GROUPS + group
    place = np.searchsorted(found.day, day)
    known = (np.append(found.day, -1)[place] == day) & (group >= 0)
    value = np.append(found.value, 0.0)[place]
    return np.where(known, value, -np.inf), np.where(known, value, np.inf)
