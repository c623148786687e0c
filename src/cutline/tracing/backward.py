"""Where money came from: the same ledgers read from their end, so that every policy follows it backward as it does forward.

Time runs the other way, payers are paid, what is left over is what an account opens with. FIFO and LIFO read backward are FIFO
and LIFO again: what one transfer took of another is the same both ways, to the unit. Haircut is the same up to the rounding of
its divisions; tainted-first and TIHO backward say from where the money sought could have come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Trace
from cutline.tracing.answer import trace
from cutline.tracing.landmarks import FOLLOW, Landmarks, mark
from cutline.tracing.ledger import Ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.search import Stolen, TraceConfig


def reverse(ledgers: Ledgers) -> Ledgers:
    """Read ledgers backward: linear, and as large again. Books are numbered from the end, rows keep their numbers."""
    came, paid = (_whole(ledgers, *side) for side in ((ledgers.in_ptr, ledgers.in_rows), (ledgers.out_ptr, ledgers.out_rows)))
    came += ledgers.opening
    kept = ledgers.payer >= 0
    last = ledgers.books - 1
    return replace(
        ledgers,
        entity=ledgers.entity[::-1].copy(),
        asset=ledgers.asset[::-1].copy(),
        opening=(came - paid)[::-1].copy(),
        gap=-ledgers.gap[::-1],
        out_ptr=len(ledgers.in_rows) - ledgers.in_ptr[::-1],
        out_rows=ledgers.in_rows[::-1].copy(),
        in_ptr=len(ledgers.out_rows) - ledgers.out_ptr[::-1],
        in_rows=ledgers.out_rows[::-1].copy(),
        payer=np.where(kept, last - ledgers.payee, -1).astype(np.int32),
        payee=np.where(kept, last - ledgers.payer, -1).astype(np.int32),
        rank=np.int32(len(ledgers.rank) - 1) - ledgers.rank,
        out_from=np.where(kept, came[ledgers.payee] - ledgers.in_from - ledgers.amount, -1),
        in_from=np.where(kept, came[ledgers.payer] - ledgers.out_from - ledgers.amount, -1),
    )


def turn(landmarks: Landmarks) -> Landmarks:
    """Give landmarks for ledgers read backward: behind an exchange's or a mixer's counter there is no way either."""
    return Landmarks(
        landmarks.ends[::-1].copy(),
        landmarks.frozen[::-1].copy(),
        landmarks.service[::-1].copy(),
        np.full_like(landmarks.row_ends, FOLLOW),
        landmarks.joins,
    )


def trace_back(
    ledgers: Ledgers,
    wanted: Sequence[Stolen],
    policy: Policy = Policy.FIFO,
    config: TraceConfig | None = None,
    landmarks: Landmarks | None = None,
    name: str = "",
) -> Trace:
    """Say where the money of some transfers came from. Terminals are origins: what an account held before the records begin.

    Hops stand from the last to the first, with payer and payee as they were.
    """
    marks = turn(landmarks or mark(ledgers))
    sought = [_turned(ledgers, one, policy) for one in wanted]
    found = trace(reverse(ledgers), sought, policy, config, marks, name)
    return replace(found, hops=tuple(replace(hop, payer=hop.payee, payee=hop.payer) for hop in found.hops))


def _turned(ledgers: Ledgers, one: Stolen, policy: Policy) -> Stolen:
    """Find a part of a transfer on its axis read backward; a heap's heights stay as they are."""
    if policy is Policy.LIFO or not 0 <= one.row < len(ledgers.amount):
        return one
    return replace(one, start_minor=int(ledgers.amount[one.row]) - one.start_minor - one.amount_minor)


def _whole(ledgers: Ledgers, ptr: NDArray[np.int64], rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """Add up one side of each book, exactly: sums of a book fit int64."""
    total = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(ledgers.amount[rows], out=total[1:])
    return np.asarray(total[ptr[1:]] - total[ptr[:-1]])
