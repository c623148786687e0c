"""How long money lies before it goes on: the waits that are told, and the time that is left as a range."""

from __future__ import annotations

from dataclasses import dataclass

WAITS = (10, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 7200, 10_080, 20_160, 43_200, 86_400)
"""Minutes from the last known moment after which it is told how much will have gone: ten minutes to sixty days."""

A_DAY = WAITS.index(1440)
EARLY, LATE = 0.1, 0.5
"""Time left is a range: until the first tenth of the money is expected to have gone, and until half of it has (ours)."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long what can be stopped is likely to lie on, from the last known moment, in minutes: a range.

    By `from_minutes` the first tenth of it is expected to have gone, by `to_minutes` half; None: later than any record shows.
    Within a day `day_minor` of it goes. It rests on `own` earlier lots of these holders and on `like` stolen lots at such
    holders; where there is none, nothing is known. `unsure_minor`: value that can be stopped and of which nothing tells.
    """

    from_minutes: int | None
    to_minutes: int | None
    own: int
    like: int
    day_minor: int
    unsure_minor: int

    @property
    def known(self) -> bool:
        """Whether anything tells."""
        return self.own + self.like > 0
