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
from cutline.model.kernels import kernel
from cutline.tracing.agenda import steps_of
from cutline.tracing.answer import trace
from cutline.tracing.landmarks import Landmarks, mark
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import minus, pick, plus, put
from cutline.tracing.policies import Policy
from cutline.tracing.rails import JOINED
from cutline.tracing.search import Stolen, TraceConfig
from cutline.tracing.splits import mirror


def reverse(ledgers: Ledgers) -> Ledgers:
    """Read ledgers backward: linear, and as large again. Books are numbered from the end, rows keep their numbers."""
    came = _whole(ledgers.in_ptr, ledgers.in_rows, ledgers.moved, ledgers.opening)
    paid = _whole(ledgers.out_ptr, ledgers.out_rows, ledgers.moved, np.zeros_like(ledgers.opening))
    kept = ledgers.payer >= 0
    last = ledgers.books - 1
    rank = np.int32(len(ledgers.rank) - 1) - ledgers.rank
    return replace(
        ledgers,
        entity=ledgers.entity[::-1].copy(),
        asset=ledgers.asset[::-1].copy(),
        opening=_less(came, paid)[::-1].copy(),
        gap=_less(np.zeros_like(ledgers.gap), ledgers.gap)[::-1].copy(),
        out_ptr=len(ledgers.in_rows) - ledgers.in_ptr[::-1],
        out_rows=ledgers.in_rows[::-1].copy(),
        in_ptr=len(ledgers.out_rows) - ledgers.out_ptr[::-1],
        in_rows=ledgers.out_rows[::-1].copy(),
        payer=np.where(kept, last - ledgers.payee, -1).astype(np.int32),
        payee=np.where(kept, last - ledgers.payer, -1).astype(np.int32),
        rank=rank,
        in_step=steps_of(rank),
        out_from=_mirrored(came, ledgers.payee, ledgers.in_from, ledgers.moved),
        in_from=_mirrored(came, ledgers.payer, ledgers.out_from, ledgers.moved),
    )


def turn(landmarks: Landmarks) -> Landmarks:
    """Give landmarks for ledgers read backward: behind an exchange's or a mixer's counter there is no way either."""
    rails = landmarks.rails
    return Landmarks(
        landmarks.ends[::-1].copy(),
        landmarks.frozen[::-1].copy(),
        landmarks.service[::-1].copy(),
        landmarks.row_ends & np.uint8(JOINED),
        replace(rails, splits=mirror(rails.splits, rails.partners(rails.splits.other))),
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
    one = replace(one, held_us=-1)  # until when it lay there says nothing of where it came from
    if policy is Policy.LIFO or not 0 <= one.row < len(ledgers.amount):
        return one
    return replace(one, start_minor=ledgers.amount_of(one.row) - one.start_minor - one.amount_minor)


@kernel
def _whole(
    ptr: NDArray[np.int64], rows: NDArray[np.int32], moved: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Add up one side of each book."""
    total = start.copy()
    for book in range(len(ptr) - 1):
        for k in range(ptr[book], ptr[book + 1]):
            put(total, book, plus(pick(total, book), pick(moved, rows[k])))
    return total


@kernel
def _less(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    left = a.copy()
    for k in range(len(a)):
        put(left, k, minus(pick(a, k), pick(b, k)))
    return left


@kernel
def _mirrored(
    whole: NDArray[np.int64], book: NDArray[np.int32], begun: NDArray[np.int64], moved: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each transfer's place on the axis of a book that is read from its end; −1 refused."""
    place = np.full(begun.shape, -1, np.int64)
    for row in range(len(book)):
        if book[row] >= 0:
            put(place, row, minus(pick(whole, book[row]), plus(pick(begun, row), pick(moved, row))))
    return place
