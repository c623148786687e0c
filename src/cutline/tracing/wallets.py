"""What a digital-yuan wallet's tier allows: how much can lie there, and how fast it can leave; by operator and date.

The limits are data with their source (`wallet_tiers.yaml`). They bound what an officer has to expect; nothing is computed from
them that is evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import yaml

from cutline.errors import UsageError

LIMITS = Path(__file__).with_name("wallet_tiers.yaml")
FEN = 100


@dataclass(frozen=True, slots=True)
class TierLimits:
    """The most that a wallet of a tier may hold, pay at once and pay in a day, in fen (None: no limit), since when."""

    tier: str
    balance_minor: int | None
    single_minor: int | None
    day_minor: int | None
    since: date
    operator: str
    source: str


def limits_of(tier: str, operator: str, at: datetime) -> TierLimits | None:
    """Give the limits of a tier at a moment: the operator's own where one is known, else the common ones; None where none is.

    `operator` is the institution's code or id, of which the part after the last slash counts.
    """
    code = operator.rpartition("/")[2]
    fits = [one for one in _known() if one.tier == tier and one.operator in ("", code) and one.since <= at.date()]
    return max(fits, key=lambda one: (one.operator == code and bool(code), one.since), default=None)


@cache
def _known() -> tuple[TierLimits, ...]:
    known = []
    for entry in yaml.safe_load(LIMITS.read_text(encoding="utf-8")):
        for tier, said in entry["tiers"].items():
            if set(said) != {"balance", "single", "day"} or not isinstance(entry["from"], date):
                raise UsageError(f"{LIMITS.name}: tier {tier} says {said}, expected balance, single and day, and a date `from`")
            balance, single, day = (_fen(said[name]) for name in ("balance", "single", "day"))
            said_by = (entry["from"], str(entry["operator"]), str(entry["source"]))
            known.append(TierLimits(str(tier), balance, single, day, *said_by))
    return tuple(known)


def _fen(yuan: int | None) -> int | None:
    return None if yuan is None else int(yuan) * FEN
