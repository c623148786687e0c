"""Watched money that moves again: which transfers took it away, how much of it, and where it lies now.

Two policies say how much of the watched value an outflow carries: first in, first out (where a court would say it is), and
tainted first (the most that it can be). The value is that of the trace which led to the watch, as the records stand today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Trace
from cutline.tracing.answer import trace
from cutline.tracing.landmarks import Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.search import Stolen, TraceConfig, search

BOTH = (Policy.FIFO, Policy.TAINTED_FIRST)


@dataclass(frozen=True, slots=True)
class Carried:
    """By row of a transfer: how much of the watched value it carries under either policy, in the smallest unit of its asset."""

    fifo: dict[int, int]
    tainted_first: dict[int, int]


def outflows(ledgers: Ledgers, entity: str) -> NDArray[np.int64]:
    """Give the rows of all transfers by which an entity paid somebody else, in time order; none where it has no ledger."""
    code = ledgers.index.code(entity)
    if code < 0:
        return np.empty(0, np.int64)
    rows = [ledgers.out_rows[ledgers.out_ptr[book] : ledgers.out_ptr[book + 1]] for book in ledgers.books_of(code)]
    paid = np.concatenate([np.empty(0, np.int64), *rows]).astype(np.int64)
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


def follow_on(ledgers: Ledgers, marks: Landmarks, rows: Sequence[int], moved: Carried) -> list[Trace]:
    """Follow what some transfers carried to where it lies now, tainted first; where none of the value is theirs, all of it."""
    value = [Stolen(row, moved.tainted_first.get(row) or moved.fifo.get(row) or ledgers.amount_of(row)) for row in rows]
    config = TraceConfig(beside=())
    return [trace(ledgers, seeds, Policy.TAINTED_FIRST, config, marks) for seeds in by_asset(ledgers, value)]


def by_asset(ledgers: Ledgers, value: Sequence[Stolen]) -> list[list[Stolen]]:
    """Put lots of one asset together, in the order in which the assets first occur."""
    groups: dict[int, list[Stolen]] = {}
    for one in value:
        groups.setdefault(int(ledgers.asset[ledgers.payee[one.row]]), []).append(one)
    return list(groups.values())
