"""An axis of time: where its ticks stand and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta

STEPS = [timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 180, 360, 720)] + [timedelta(days=d) for d in (1, 2, 5, 10, 20, 50)]
MOST, MOST_HOURS = 10, 6
"""Most ticks that are days, and most that name an hour too, which takes more room."""


def ticks(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Give a few round moments of a time, a day by its date, an hour by date and time."""
    fits = (s for s in STEPS if (end - start) / s <= (MOST if s >= timedelta(days=1) else MOST_HOURS))
    step = next(fits, (end - start) / MOST)
    moment = start.replace(hour=0, minute=0, second=0, microsecond=0)
    moment += step * max(0, -(-(start - moment) // step))
    found = []
    while moment <= end:
        found.append((moment, f"{moment:%m-%d}" if step >= timedelta(days=1) else f"{moment:%m-%d %H:%M}"))
        moment += step
    return found
