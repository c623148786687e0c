"""The hour on the clock where people live, which decides what night is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_QUARTER_US = 15 * 60 * 1_000_000


def local_hours(t_us: NDArray[np.int64], zone: str) -> NDArray[np.int8]:
    """Give the local hour (0–23) of each moment.

    Zones change their offset at quarters of an hour, so only those are looked up.
    """
    quarters, where = np.unique(t_us // _QUARTER_US, return_inverse=True)
    place = ZoneInfo(zone)
    hours = [datetime.fromtimestamp(q * 900, UTC).astimezone(place).hour for q in quarters.tolist()]
    return np.array(hours, np.int8)[where]
