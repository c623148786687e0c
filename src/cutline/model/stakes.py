"""What of the stolen money can still be stopped, where it lies, and how long such money lies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cutline.model.evidence import Ending
from cutline.model.waits import A_DAY, EARLY, LATE, WAITS, TimeLeft


@dataclass(frozen=True, slots=True)
class Stake:
    """Stolen value that traces leave at one entity, in one asset, in one way.

    `amount_minor` in the asset's smallest unit; `value_minor` in the base currency's, None where nobody told a price. `able`:
    somebody can hold it and nobody does yet; `issuer`: who can freeze this asset wherever it lies, empty where nobody can.
    `gone`: the share expected to have left after each of WAITS minutes, empty where nothing tells; it rests on `own` earlier
    lots of this holder and `like` stolen lots at such holders that had lain as long.
    """

    entity: str
    asset: str
    how: Ending
    amount_minor: int
    value_minor: int | None
    able: bool
    issuer: str
    since: datetime
    gone: tuple[float, ...] = ()
    own: int = 0
    like: int = 0


def time_left(stakes: Sequence[Stake]) -> TimeLeft | None:
    """Say of several stakes together how long they lie on, each by its value; None where none can be stopped."""
    able = [stake for stake in stakes if stake.able]
    if not able:
        return None
    told = [stake for stake in able if stake.gone]
    gone = expected_gone(told) or (0.0,) * len(WAITS)
    first, last = (
        next((wait for wait, share in zip(WAITS, gone, strict=True) if share >= part), None) for part in (EARLY, LATE)
    )
    known, whole = (sum(stake.value_minor or 0 for stake in some) for some in (told, able))
    own, like = sum(stake.own for stake in told), max((stake.like for stake in told), default=0)  # they share such lots
    return TimeLeft(first, last, own, like, round(known * gone[A_DAY]), whole - known)


def _when(gone: Sequence[float], part: float) -> int | None:
    return next((wait for wait, share in zip(WAITS, gone, strict=True) if share >= part), None)


def expected_gone(stakes: Sequence[Stake]) -> tuple[float, ...]:
    """Give the share of their value expected to have gone after each of WAITS; what has no price counts for next to nothing."""
    worth = [max(stake.value_minor or 0, 1) for stake in stakes]
    at_each = zip(*(stake.gone for stake in stakes), strict=True)
    return tuple(sum(w * share for w, share in zip(worth, shares, strict=True)) / sum(worth) for shares in at_each)
