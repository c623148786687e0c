"""How long money stays before it goes on, learned from the delivered transfers themselves.

A lot is what one transfer brought; first in, first out, it has left once its middle has. What still lies there is no less of a
witness: it says that it lay so long. Of both, Kaplan and Meier's estimate (1958) gives the share of lots that go on within any
time, among those that had lain as long as the money asked about. Earlier lots of the holder itself count each for one; stolen
lots at such holders together count for ten, so that few habits of its own give way to what is usual, and many do not (ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import NULL
from cutline.model.evidence import Ending
from cutline.model.moments import to_us
from cutline.model.waits import WAITS
from cutline.tracing.landmarks import FOLLOW, Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats

LIKE_WEIGHT = 10.0
LEAST_OWN, LEAST_LIKE = 5, 10
"""Fewer lots that had lain as long tell nothing: then nobody says how much time is left (ours)."""

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Dwell:
    """How the money at one place is expected to go on: shares gone after WAITS (empty: nothing tells), and on how many lots."""

    gone: tuple[float, ...] = ()
    own: int = 0
    like: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where money lies: whose, in what asset, as what, and since when."""

    entity: str
    asset: str
    how: Ending
    since: datetime


@dataclass(frozen=True, slots=True)
class _Lots:
    """Lots of money: which book they came to, how many minutes they stayed, and whether they have left (else: so far)."""

    book: NDArray[np.int64]
    minutes: NDArray[np.float64]
    left: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.bool_]) -> _Lots:
        return _Lots(self.book[chosen], self.minutes[chosen], self.left[chosen])


def expect_to_go(
    ledgers: Ledgers, landmarks: Landmarks, stolen: NDArray[np.int64], places: Sequence[Place]
) -> tuple[Dwell, ...]:
    """Say of each place how the money there is expected to go on, as of the last transfer. `stolen`: rows that carried losses.

    Only what lies with a holder can be told: whoever holds for many shows nobody when a customer's money leaves.
    """
    books = [ledgers.book(ledgers.index.code(place.entity), place.asset) for place in places]
    told = [k for k, place in enumerate(places) if place.how is Ending.RESIDUAL and books[k] >= 0]
    mine = sorted({books[k] for k in told})
    own = _lots(ledgers, np.concatenate([np.empty(0, np.int64), *(ledgers.rows_into(book) for book in mine)]))
    holders = (landmarks.ends == FOLLOW) & ~landmarks.frozen
    like = _lots(ledgers, np.unique(stolen[(ledgers.payee[stolen] >= 0) & holders[ledgers.payee[stolen]]]))
    rail, now = _rails(ledgers), int(ledgers.t_us.max(initial=NULL))
    of_rail = {kind: like.take(rail[like.book] == kind) for kind in {int(rail[book]) for book in mine}}
    found = [Dwell()] * len(places)
    for k in told:
        lain = max(0.0, (now - to_us(places[k].since)) / MINUTE_US)
        such = of_rail[int(rail[books[k]])]
        found[k] = _expect(own.take(own.book == books[k]), such.take(such.book != books[k]), lain)
    return tuple(found)


def _rails(ledgers: Ledgers) -> NDArray[np.int64]:
    """Number books by the kind of their holder and by the chain of their asset: money of one number goes the same ways."""
    chains = [asset.partition("/")[0] if "/" in asset else "" for asset in ledgers.assets]
    code = {chain: k for k, chain in enumerate(sorted(set(chains)))}
    chain = np.array([code[name] for name in chains], np.int64)[ledgers.asset] if chains else ledgers.asset.astype(np.int64)
    return np.asarray(ledgers.index.kinds[ledgers.entity].astype(np.int64) * max(1, len(code)) + chain, np.int64)


def _expect(own: _Lots, like: _Lots, lain: float) -> Dwell:
    """Give what is gone after each wait, of lots that had lain as long; nothing where too few had."""
    own, like = (lots.take(lots.minutes > lain) for lots in (own, like))
    if len(own.book) < LEAST_OWN and len(like.book) < LEAST_LIKE:
        return Dwell()
    more = np.concatenate([own.minutes, like.minutes]) - lain
    left = np.concatenate([own.left, like.left])
    weight = np.concatenate([np.ones(len(own.book)), np.full(len(like.book), LIKE_WEIGHT / max(1, len(like.book)))])
    order = np.argsort(more, kind="stable")
    at_risk = np.cumsum(weight[order][::-1])[::-1]
    stays = np.cumprod(1.0 - np.where(left[order], weight[order] / at_risk, 0.0))
    seen = np.searchsorted(more[order], np.array(WAITS, np.float64), side="right")
    gone = 1.0 - np.concatenate([[1.0], stays])[seen]
    return Dwell(tuple(np.round(np.clip(gone, 0.0, 1.0), 4).tolist()), len(own.book), len(like.book))


def _lots(ledgers: Ledgers, rows: NDArray[np.int64]) -> _Lots:
    """Measure how long what some transfers brought stayed; rows that no ledger holds are none."""
    rows = rows[(ledgers.payee[rows] >= 0) & (ledgers.payee[rows] != ledgers.payer[rows])]
    middle = floats(ledgers.in_from[rows]) + floats(ledgers.moved[rows]) / 2
    covers = _covering(ledgers, ledgers.payee[rows], middle)
    left = covers >= 0
    left[left] = floats(ledgers.out_from[covers[left]]) + floats(ledgers.moved[covers[left]]) > middle[left]
    until = np.where(left, ledgers.t_us[covers], ledgers.t_us.max(initial=NULL))
    return _Lots(ledgers.payee[rows].astype(np.int64), np.maximum(0, until - ledgers.t_us[rows]) / MINUTE_US, left)


def _covering(ledgers: Ledgers, book: NDArray[np.int32], middle: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find by lot the last transfer out of its book that begins no later on its axis than the lot's middle; −1: none.

    All lots halve what is left of their book's outflows at once: as many steps as the busiest book's count has bits.
    """
    first = ledgers.out_ptr[book]
    low, high = first.copy(), ledgers.out_ptr[book + 1].copy()
    while (still := np.flatnonzero(low < high)).size:
        half = (low[still] + high[still]) // 2
        before = floats(ledgers.out_from[ledgers.out_rows[half]]) <= middle[still]
        low[still[before]] = half[before] + 1
        high[still[~before]] = half[~before]
    found = np.full(len(book), -1, np.int64)
    there = low > first
    found[there] = ledgers.out_rows[low[there] - 1]
    return found
