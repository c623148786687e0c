"""Peers: how a measure is spread over all subjects of a kind, so that a threshold can follow what is ordinary.

At each midnight in China the measure is taken of every subject that has something in its window: known for sure, and not zero.
An anchor sees the percentile (nearest rank) of the last midnight before or at it: nobody is compared with the future.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cutline.typologies.evaluator import Bounds
from cutline.typologies.rows import HOME_ZONE, Midnights

LEAST = 20
"""Peers without whom a percentile says nothing: with fewer it is unknown."""

DAY_US = 86_400_000_000

MIDNIGHT_US = int(datetime(1970, 1, 1, tzinfo=ZoneInfo(HOME_ZONE)).timestamp()) * 1_000_000


def percentiles_by_day(days: NDArray[np.int32], values: NDArray[np.float64], rank: float) -> Midnights:
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


def look_up(found: Midnights, t_us: NDArray[np.int64]) -> Bounds:
    """Give what peers did at the last midnight; anything where too few were known."""
    day = day_of(t_us)
    place = np.searchsorted(found.day, day)
    known = np.append(found.day, -1)[place] == day
    value = np.append(found.value, 0.0)[place]
    return np.where(known, value, -np.inf), np.where(known, value, np.inf)
