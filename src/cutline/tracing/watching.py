"""Watched money that moves again: which transfers took it away, how much of it, and where it lies now.

Two policies say how much of the watched value an outflow carries: first in, first out (where a court would say it is), and
tainted first; the more of the two is what it carries at most. The value is that of the trace which led to the watch, as the
records stand today, or what an account held when the watch was set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Trace
from cutline.model.moments import to_moment, to_us
from cutline.tracing.answer import trace
from cutline.tracing.landmarks import Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.search import Stolen, TraceConfig, search
from cutline.tracing.seeds import held_at

TICK = timedelta(microseconds=1)
BOTH = (Policy.FIFO, Policy.TAINTED_FIRST)


@dataclass(frozen=True, slots=True)
class Carried:
    """By row of a transfer: how much of the watched value it carries under either policy, in the smallest unit of its asset."""

    fifo: dict[int, int]
    tainted_first: dict[int, int]

    def most(self, row: int) -> int:
        """Give the most that a transfer carries: tainted-first alone gives it to an earlier one, which FIFO may pass over."""
        return max(self.tainted_first.get(row, 0), self.fifo.get(row, 0))


def outflows(ledgers: Ledgers, entity: str) -> NDArray[np.int64]:
    """Give the rows of all transfers by which an entity paid somebody else, in time order; none where it has no ledger."""
    code = ledgers.index.code(entity)
    paid = np.concatenate([np.empty(0, np.int64), *(ledgers.rows_out_of(book) for book in ledgers.books_of(code))])
    others = paid[ledgers.entity[ledgers.payee[paid]] != code]
    return np.asarray(others[np.argsort(ledgers.rank[others], kind="stable")], np.int64)


def carried(ledgers: Ledgers, marks: Landmarks, value: Sequence[Stolen]) -> Carried:
    """Say which transfers carry how much of a value; each asset is followed by itself."""
    sums: list[dict[int, int]] = [{}, {}]
    for seeds in by_asset(ledgers, value):
        for k, policy in enumerate(BOTH):
            found = search(ledgers, marks, seeds, policy, TraceConfig())
            sums[k] |= dict(zip(found.rows.tolist(), (int(a) for a in found.amounts), strict=True))
    return Carried(*sums)


def carried_of_held(ledgers: Ledgers, marks: Landmarks, entity: str, as_of: datetime, rows: NDArray[np.int64]) -> Carried:
    """Say how much an entity's payments carry of what it held at a moment; nothing that it paid until then took any of it.

    Those of `rows` that happened before (they came in late): of what it held just before the first of them.
    """
    late = ledgers.t_us[rows] <= to_us(as_of)
    share = Carried({}, {})
    for chosen, moment in ((rows[~late], as_of), (rows[late], None)):
        if not len(chosen):
            continue
        at = moment or to_moment(int(ledgers.t_us[chosen].min())) - TICK
        found = carried(ledgers, marks, _held(ledgers, entity, at))
        for mine, told in ((share.fifo, found.fifo), (share.tainted_first, found.tainted_first)):
            mine.update({row: told[row] for row in chosen.tolist() if row in told})
    return share


def _held(ledgers: Ledgers, entity: str, at: datetime) -> list[Stolen]:
    books = ledgers.books_of(ledgers.index.code(entity))
    assets = sorted({ledgers.assets[ledgers.asset[book]] for book in books})
    return [lot for asset in assets for lot in held_at(ledgers, entity, asset, at)]


def follow_on(ledgers: Ledgers, marks: Landmarks, rows: Sequence[int], moved: Carried) -> list[Trace]:
    """Follow the most that some transfers carried to where it lies now, tainted first; where none of it is theirs, all."""
    value = [Stolen(row, moved.most(row) or ledgers.amount_of(row)) for row in rows]
    config = TraceConfig(beside=())
    return [trace(ledgers, seeds, Policy.TAINTED_FIRST, config, marks) for seeds in by_asset(ledgers, value)]


def by_asset(ledgers: Ledgers, value: Sequence[Stolen]) -> list[list[Stolen]]:
    """Put lots of one asset together, in the order in which the assets first occur."""
    groups: dict[int, list[Stolen]] = {}
    for one in value:
        groups.setdefault(int(ledgers.asset[ledgers.payee[one.row]]), []).append(one)
    return list(groups.values())
