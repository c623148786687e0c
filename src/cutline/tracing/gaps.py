"""Where balances say that transfers are missing: an account's stated balances against the rows that we hold of it.

A stated balance says what the account must have opened with, given all rows before it. Where that figure changes, and the
next balance confirms the change, rows are missing between the two balances, by just that amount: a feed lost them, or their
deliverer holds them back. A balance that the next one contradicts is no gap, nor are two gaps that cancel within two minutes:
a bank may have booked its rows in another order than their times say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import below, integers, minus, nothing, pairs, pick, plus, put, widen


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing in one book between two of its rows, in the asset's smallest unit.

    Above 0 more came in than the rows tell, below 0 more went out. `confirmed`: a later balance says the same; the last balance
    of a book has none.
    """

    book: int
    after_row: int
    before_row: int
    amount_minor: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many balances each book states, and all gaps, by book and time."""

    stated: NDArray[np.int64]
    gaps: tuple[Gap, ...]


class Statements(NamedTuple):
    """What statements of account say that books held at moments between rows, in the asset's smallest unit, in any order."""

    book: NDArray[np.int64]
    t_us: NDArray[np.int64]
    balance: NDArray[np.int64]

    @classmethod
    def none(cls) -> Statements:
        """Nobody delivered a statement."""
        return cls(*(np.empty(0, np.int64) for _ in range(3)))


class _Sides(NamedTuple):
    """Both directions of all books as CSR, the balance beside each row (below 0: none), and the order of rows."""

    out_ptr: NDArray[np.int64]
    out_rows: NDArray[np.int32]
    in_ptr: NDArray[np.int64]
    in_rows: NDArray[np.int32]
    payer_balance: NDArray[np.int64]
    payee_balance: NDArray[np.int64]
    rank: NDArray[np.int32]
    amount: NDArray[np.int64]
    said_ptr: NDArray[np.int64]
    said_rank: NDArray[np.int64]
    said: NDArray[np.int64]


AFTER, BEFORE, BOOK, SURE = range(4)

AT_ONCE_US = 120_000_000
"""As far as two houses' clocks may differ on one payment."""


def reconcile(ledgers: Ledgers, statements: Statements | None = None) -> Reconciled:
    """Compare every stated balance with the rows before it. Cost: linear; memory: 24 bytes a gap or a statement, 8 a book.

    Needs ledgers laid on an index that has the balances of `transfers`. What a statement says counts before every row that
    happened at its moment or later; its gap is told between the rows around it.
    """
    columns = ledgers.index.tables["transfers"].columns
    told_by = statements or Statements.none()
    order = np.lexsort((told_by.t_us, told_by.book))
    sides = _Sides(
        ledgers.out_ptr,
        ledgers.out_rows,
        ledgers.in_ptr,
        ledgers.in_rows,
        columns["payer_balance_after"],
        columns["payee_balance_after"],
        ledgers.rank,
        ledgers.moved,
        np.searchsorted(told_by.book[order], np.arange(ledgers.books + 1)),
        np.searchsorted(ledgers.t_us, told_by.t_us[order], side="left"),
        told_by.balance[order] if ledgers.exact is None else pairs(told_by.balance[order].tolist()),
    )
    stated = np.zeros(ledgers.books, np.int64)
    nowhere = np.empty((0, 4), np.int64)
    count = _walk(sides, stated, nowhere, np.empty((0, *ledgers.moved.shape[1:]), np.int64))
    told = np.empty((count, 4), np.int64)
    amounts = np.empty((count, *ledgers.moved.shape[1:]), np.int64)
    _walk(sides, stated, told, amounts)
    missing = integers(amounts)
    gaps = [
        Gap(int(one[BOOK]), int(one[AFTER]), int(one[BEFORE]), int(amount), bool(one[SURE]))
        for one, amount in zip(told, missing, strict=True)
    ]
    return Reconciled(stated, _lasting(gaps, ledgers.t_us))


def _lasting(gaps: list[Gap], t_us: NDArray[np.int64]) -> tuple[Gap, ...]:
    """Leave out gaps that the next one of the same book cancels at once."""
    kept: list[Gap] = []
    for gap in gaps:
        last = kept[-1] if kept and kept[-1].book == gap.book else None
        if last and last.amount_minor == -gap.amount_minor and t_us[gap.before_row] - t_us[last.after_row] <= AT_ONCE_US:
            kept.pop()
        else:
            kept.append(gap)
    return tuple(kept)


@inner
def _next(s: _Sides, book: int, o: int, i: int) -> tuple[int, bool]:
    """Give a book's next row and whether money leaves by it; −1 where there is none."""
    leaves = o < s.out_ptr[book + 1]
    comes = i < s.in_ptr[book + 1]
    if leaves and comes:
        leaves = s.rank[s.out_rows[o]] <= s.rank[s.in_rows[i]]
    if leaves:
        return int(s.out_rows[o]), True
    return (int(s.in_rows[i]), False) if comes else (-1, False)


@kernel
def _walk(s: _Sides, stated: NDArray[np.int64], told: NDArray[np.int64], amounts: NDArray[np.int64]) -> int:
    """Go through every book in time order; count its gaps and, where there is room, write them down."""
    found = 0
    for book in range(len(stated)):
        o, i, q = s.out_ptr[book], s.in_ptr[book], s.said_ptr[book]
        moved = level = doubt = nothing(s.amount)
        last = first_doubt = near = -1
        stated[book] = 0
        while o < s.out_ptr[book + 1] or i < s.in_ptr[book + 1] or q < s.said_ptr[book + 1]:
            row, leaves = _next(s, book, o, i)
            if q < s.said_ptr[book + 1] and (row < 0 or s.said_rank[q] <= s.rank[row]):
                said = minus(pick(s.said, q), moved)
                row = row if near < 0 else near
                q += 1
            else:
                near = row
                moved = minus(moved, pick(s.amount, row)) if leaves else plus(moved, pick(s.amount, row))
                balance = s.payer_balance[row] if leaves else s.payee_balance[row]
                o, i = (o + 1, i) if leaves else (o, i + 1)
                if balance < 0:
                    continue
                said = minus(widen(s.amount, balance), moved)
            stated[book] += 1
            if last < 0 or _equal(said, level):
                level, last, first_doubt = said, row, -1
            elif first_doubt >= 0 and _equal(said, doubt):
                found = _note(told, amounts, found, (last, first_doubt, book, 1), minus(said, level))
                level, last, first_doubt = said, row, -1
            else:
                doubt, first_doubt = said, row
        if first_doubt >= 0:
            found = _note(told, amounts, found, (last, first_doubt, book, 0), minus(doubt, level))
    return found


@inner
def _equal(a, b):  # type: ignore[no-untyped-def]
    return not below(a, b) and not below(b, a)


@inner
def _note(told, amounts, found, where, amount):  # type: ignore[no-untyped-def]
    if found < len(told):
        told[found, AFTER], told[found, BEFORE], told[found, BOOK], told[found, SURE] = where
        put(amounts, found, amount)
    return found + 1
