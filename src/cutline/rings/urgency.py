"""How urgent an alert is: how much can still be stopped, and how soon it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cutline.model.stakes import Stake, expected_gone
from cutline.model.waits import A_DAY

LARGE = 10**10
"""Value at stake, in the base currency's smallest unit, that counts in full: 100 million yuan (ours)."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """What urgency rests on: the value at stake, what traces left here, and how fresh the last finding is (1: just now)."""

    value_minor: int | None
    stakes: tuple[Stake, ...]
    fresh: float


def rank_alert(score: float, urgency: Urgency) -> float:
    """Rank an alert: suspicion, times how much can be stopped (logarithmic) and how soon that goes; a little by freshness.

    How soon weighs as much as there is to stop: where nothing is known to lie, no hour costs money (weights ours).
    """
    large = min(1.0, math.log1p(max(0, _to_stop(urgency))) / math.log1p(LARGE))
    return round(score * (0.4 + 0.15 * urgency.fresh + large * (0.25 + 0.2 * goes_within_a_day(urgency))), 9)


def _to_stop(urgency: Urgency) -> int:
    """What can be stopped, by the traces; where none ends here, what findings say was at stake."""
    if not urgency.stakes:
        return urgency.value_minor or 0
    return sum(stake.value_minor or 0 for stake in urgency.stakes if stake.able)


def goes_within_a_day(urgency: Urgency) -> float:
    """Give the share of what can be stopped that a day's wait is expected to cost; freshness stands in where nothing tells.

    Where all that traces leave here is beyond reach or stopped already, waiting costs nothing.
    """
    able = [stake for stake in urgency.stakes if stake.able]
    if not able:
        return 0.0 if urgency.stakes else urgency.fresh
    told = [stake for stake in able if stake.gone]
    known, whole = (sum(max(stake.value_minor or 0, 1) for stake in some) for some in (told, able))
    costs = expected_gone(told)[A_DAY] if told else 0.0
    return (known * costs + (whole - known) * urgency.fresh) / whole
