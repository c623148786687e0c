"""Where stolen money went on to: addresses that live on what one gang took are that gang's, whatever lies between."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct

LEAST = 2
"""Reported losses that one community took and another received from which the two say something (D)."""

SHARE = 0.6
"""Share of the reported losses that reach a community which one other must have taken (D),"""

PASSED = 0.5
"""or else share of the losses that this other took which must arrive (D)."""

LEAD = 2.0
"""How many times the next one's the odds must be that a loss arrives: who launders for several mixes a little of each (D),"""

SPREAD = 1.0
"""and by how many standard errors, if another took more of what arrives: nine of nine are no more than 21 of 24 (D)."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Carried:
    """Transfers that carried reported losses, one row each: codes of the ends, number of the report, steps from the victim."""

    payer: Ints
    payee: Ints
    report: Ints
    depth: Ints

    def paid_from(self) -> Ints:
        """Give the codes of what the losses were paid from."""
        return np.asarray(self.payer[self.depth == 1], np.int64)


NOTHING = Carried(*(np.empty(0, np.int64) for _ in range(4)))


def join_carried(label: Ints, carried: Carried) -> Ints:
    """Join a community that victims did not pay to the one whose takings arrive at it.

    `label` gives the community of every entity, −1 for none. Bridges, pools and exchanges' addresses may lie between. Through a
    launderer of several gangs a part of what each took arrives everywhere, and nearly all of what the owner took.
    """
    count = int(label.max()) + 1 if len(label) else 0
    known = (carried.payee >= 0) & (carried.report >= 0)
    known[known] = label[carried.payee[known]] >= 0
    at, report, direct = label[carried.payee[known]], carried.report[known], carried.depth[known] == 1
    if not direct.any():
        return label
    size = int(report.max()) + 1
    took, got = (distinct(at[rows] * size + report[rows]) for rows in (direct, ~direct))
    into, had = np.arange(count), np.bincount(took // size, minlength=count)
    for one in np.setdiff1d(got // size, took // size).tolist():  # communities, not events
        mine = got[got // size == one] % size
        into[one] = _sender(np.bincount(took[np.isin(took % size, mine)] // size, minlength=count), had, len(mine), one)
    return np.where(label >= 0, into[label], -1)


def _sender(met: Ints, had: Ints, arrived: int, else_: int) -> int:
    """Say whose losses arrive: by the odds of one that it took, not by their number, for gangs are large and small."""
    odds = np.log((met + 0.5) / (had - met + 0.5))
    error = np.hypot(*(1.0 / np.sqrt(part + 0.5) for part in (met, had - met)))
    best = int(np.where(met > 0, odds, -np.inf).argmax())
    others = (met > 0) & (np.arange(len(met)) != best)
    lead, doubt = odds[best] - odds[others], np.hypot(error[best], error[others])
    much = met[best] >= SHARE * arrived or met[best] >= PASSED * had[best]
    sure = (lead >= SPREAD * doubt) | (met[others] <= met[best])
    clear = bool((sure & (lead >= math.log(LEAD))).all())
    return best if met[best] >= LEAST and much and clear else else_
