"""Whose tools begin in step with whose arrivals, where several gangs' people went to one country about the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

SENT = 0.8
"""Share of a gang's new tools that are made for people whose departure is known (D)."""

USUAL_DAYS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""How long after a departure tools may usually begin: the way, and a night's sleep (D); what fits best is taken."""

STEADY = (4.0, 16.0)
"""How alike those times may be: shapes of a gamma distribution (D)."""

ROUNDS = 200
"""Most moves in search of what fits best; each is one for the better, so it ends long before."""

LEAST = 1e-6
"""A move that makes everything fit better by no more is none."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timetable:
    """Times in days: when each party's people left, when each gang's tools began, and when people left who stand with it.

    `days` is how long was watched.
    """

    left: Sequence[Floats]
    began: Sequence[Floats]
    own: Sequence[Floats]
    days: float


def in_step(table: Timetable) -> tuple[Ints, Floats]:
    """Give for each party the gang whose tools begin in step with its arrivals (−1: none's), and how clearly.

    A gang's tools begin, each by itself, some usual time after one of its people's arrivals, or at any time (a Poisson
    process); who went to whom is what makes all that was seen most likely, and the lead is the logarithm of the odds against
    the likeliest world in which the party went elsewhere, alone or in exchange with another.
    """
    worlds = [_settle(_Fit.of(table, usual, shape)) for usual in USUAL_DAYS for shape in STEADY]
    at, fit, _ = max(worlds, key=lambda world: world[2])
    lead = np.full(len(at), np.inf)
    for moved, gain in _moves(at, fit):
        for one, _ in moved:
            lead[one] = min(lead[one], -gain)
    return at, lead


@dataclass(frozen=True, slots=True)
class _Fit:
    """`near[d][j, p]`: how near tool j of gang d began to the usual time after each departure of party p; own people last."""

    near: list[Floats]
    people: Ints
    own: Ints
    days: float

    @classmethod
    def of(cls, table: Timetable, usual: float, shape: float) -> _Fit:
        """Say how near everything is if tools usually begin `usual` days after a departure."""

        def nearness(began: Floats, left: Floats) -> Floats:
            after = np.maximum(0.0, began[:, None] - left[None, :]) * shape / usual
            density = np.exp(xlogy(shape - 1.0, after) - after - gammaln(shape)) * shape / usual
            return np.asarray(density.sum(axis=1), np.float64)

        near = [
            np.stack([nearness(began, left) for left in (*table.left, own)], axis=1)
            for began, own in zip(table.began, table.own, strict=True)
        ]
        return cls(near, np.array([len(t) for t in table.left]), np.array([len(t) for t in table.own]), table.days)

    def of_gang(self, gang: int, at: Ints) -> float:
        """Give the logarithm of how much likelier its tools are if those parties came than if tools began at random."""
        came = at == gang
        people = int(self.people[came].sum() + self.own[gang]) if gang >= 0 else 0
        if not people:
            return 0.0
        near = self.near[gang][:, np.append(came, True)].sum(axis=1) / people
        return float(np.log(SENT * self.days * near + (1.0 - SENT)).sum())


def _settle(fit: _Fit) -> tuple[Ints, _Fit, float]:
    """Send parties where everything fits best, one move or exchange at a time, the best first."""
    at = np.full(len(fit.people), -1)
    for _ in range(ROUNDS):
        moved, gain = max(_moves(at, fit), key=lambda move: move[1])
        if gain <= LEAST:
            break
        for one, gang in moved:
            at[one] = gang
    return at, fit, sum(fit.of_gang(gang, at) for gang in range(len(fit.near)))


def _moves(at: Ints, fit: _Fit) -> Iterator[tuple[tuple[tuple[int, int], ...], float]]:
    """Give every way in which one party goes elsewhere or two change places, and how much better everything then fits."""
    now = [fit.of_gang(gang, at) for gang in range(len(fit.near))]
    for one in range(len(at)):
        for gang in range(-1, len(fit.near)):
            if gang != at[one]:
                yield _tried(((one, gang),), at, fit, now)
        for other in range(one):
            if at[other] != at[one]:
                yield _tried(((one, int(at[other])), (other, int(at[one]))), at, fit, now)


def _tried(
    moved: tuple[tuple[int, int], ...], at: Ints, fit: _Fit, now: list[float]
) -> tuple[tuple[tuple[int, int], ...], float]:
    tried = at.copy()
    gangs = set()
    for one, gang in moved:
        gangs |= {int(at[one]), gang}
        tried[one] = gang
    return moved, round(sum(fit.of_gang(gang, tried) - now[gang] for gang in sorted(gangs) if gang >= 0), 9)
