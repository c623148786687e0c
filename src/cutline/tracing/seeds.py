"""From what a victim told to transfers of the lake: each reported payment finds its event, or says why not.

A reference (transfer id or transaction hash) decides; without one a payment is the transfer with the payer, payee and amount
told, nearest in time within a day; then with payee and amount alone, or payer and amount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.graph.index import KIND_NAMES
from cutline.model.entities import INTERMEDIATE
from cutline.model.moments import to_us
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import integers
from cutline.tracing.search import Stolen

Lookup = Callable[[Sequence[str]], Mapping[str, Sequence[int]]]
"""References → the rows of `transfers` that any sighting tells under that event id or transaction hash."""

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class ReportedPayment:
    """One payment as told: `from_` and `to` are ids of entities, empty where unknown; `time` None where unknown."""

    time: datetime | None
    amount_minor: int | None
    currency: str
    from_: str
    to: str
    reference: str


@dataclass(frozen=True, slots=True)
class Seed:
    """The payments of one report."""

    report_id: str
    payments: tuple[ReportedPayment, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """A reported payment and its transfer; `by` says how it was found, `rivals` how many other transfers would fit."""

    report_id: str
    stolen: Stolen
    by: str
    rivals: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reported payment that is not counted under its report, and why.

    `told_in`: the earlier report that told of it too and counts it; `stolen` is then what it moved, to be followed on request.
    """

    report_id: str
    payment: ReportedPayment
    why: str
    stolen: Stolen | None = None
    told_in: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """All payments of some reports: those with a transfer, and those without."""

    payments: tuple[Payment, ...]
    unresolved: tuple[Unresolved, ...]


def resolve(ledgers: Ledgers, seeds: Sequence[Seed], lookup: Lookup) -> Resolved:
    """Find the transfer of every reported payment.

    `seeds` stand in the order of their receipt: a payment told twice is answered under the first report, the later telling is
    among the unresolved. The loss is what the transfer moved: the record is exact, memory is not.
    """
    told = sorted({p.reference for s in seeds for p in s.payments if p.reference})
    known = lookup(told) if told else {}
    taken: dict[int, str] = {}
    payments, unresolved = [], []
    for seed in seeds:
        again: set[int] = set()
        for payment in seed.payments:
            rows, by = _candidates(ledgers, payment, known)
            free = [row for row in rows if taken.get(row) != seed.report_id and row not in again]
            if not free or free[0] in taken:
                told_again = _told_again(ledgers, free, taken)
                again.update(free[:1])
                first = taken[(free or rows)[0]] if rows else ""
                why = f"told before in report {first}" if rows else "no transfer fits; ask the payer's bank for it"
                unresolved.append(Unresolved(seed.report_id, payment, why, told_again, first if told_again else ""))
                continue
            taken[free[0]] = seed.report_id
            stolen = Stolen(free[0], ledgers.amount_of(free[0]))
            payments.append(Payment(seed.report_id, stolen, by, len(free) - 1))
    return Resolved(tuple(payments), tuple(unresolved))


def _told_again(ledgers: Ledgers, free: Sequence[int], taken: Mapping[int, str]) -> Stolen | None:
    """Give the payment that an earlier report told of too; None where no transfer fits, or this report told of it itself."""
    return Stolen(free[0], ledgers.amount_of(free[0])) if free and free[0] in taken else None


def received(ledgers: Ledgers, rows: Sequence[int]) -> list[int]:
    """Give of one transaction's transfers those that somebody received: what went into a transaction came out of it too."""
    through = KIND_NAMES.index(INTERMEDIATE)
    held = [row for row in rows if ledgers.index.kinds[ledgers.entity[ledgers.payee[row]]] != through]
    return held or list(rows)


def held_at(ledgers: Ledgers, entity: str, asset: str, moment: datetime) -> tuple[Stolen, ...]:
    """Take all that an account holds at a moment as stolen, as the lots that FIFO says it then holds.

    Under no policy has any of it left by then: see `Stolen.held_us`.
    What it holds from before the ledgers begin has no transfer to start from and is not among them.
    """
    book = ledgers.book(ledgers.index.code(entity), asset)
    if book < 0:
        raise UsageError(f"{entity} has no transfer in {asset}; expected an account of the lake and an asset that it moved")
    until = to_us(moment)
    came, left = ledgers.rows_into(book), ledgers.rows_out_of(book)
    came, left = came[ledgers.t_us[came] <= until], left[ledgers.t_us[left] <= until]
    spent = int(integers(ledgers.moved[left]).sum())
    starts = np.maximum(0, spent - integers(ledgers.in_from[came]))
    lots = zip(came.tolist(), starts.tolist(), (integers(ledgers.moved[came]) - starts).tolist(), strict=True)
    return tuple(Stolen(row, amount, start, until) for row, start, amount in lots if amount > 0)


def _candidates(ledgers: Ledgers, payment: ReportedPayment, known: Mapping[str, Sequence[int]]) -> tuple[list[int], str]:
    """Give the rows that fit a payment best, the nearest in time first, and by what they were found."""
    payer, payee = (ledgers.index.code(e) if e else -1 for e in (payment.from_, payment.to))
    by_reference = received(ledgers, [row for row in known.get(payment.reference, ()) if ledgers.payer[row] >= 0])
    if by_reference:
        misfits = {row: _misfit(ledgers, row, payment, payer, payee) for row in sorted(by_reference)}
        best = min(misfits.values())
        return [row for row, misfit in misfits.items() if misfit == best], "reference"
    if payment.amount_minor is None or payment.time is None:
        return [], ""
    near = _near(ledgers, payment, payee, ledgers.rows_into)
    both = [row for row in near if payer >= 0 and ledgers.entity[ledgers.payer[row]] == payer]
    if both:
        return both, "payer, payee, amount and time"
    if near and not payment.from_:
        return near, "payee, amount and time"
    if not payment.to:
        near = _near(ledgers, payment, payer, ledgers.rows_out_of)
        return near, "payer, amount and time"
    return near, "payee, amount and time"


def _misfit(ledgers: Ledgers, row: int, payment: ReportedPayment, payer: int, payee: int) -> tuple[bool, bool, bool]:
    """Say what a transfer has otherwise than told. Through a transaction nobody pays directly; what comes back is change."""
    source, sink = int(ledgers.entity[ledgers.payer[row]]), int(ledgers.entity[ledgers.payee[row]])
    through = ledgers.index.kinds[source] == KIND_NAMES.index(INTERMEDIATE)
    wrong_payee = sink != payee if payee >= 0 else through and sink == payer
    wrong_payer = payer >= 0 and source != payer and not through
    return wrong_payee, wrong_payer, payment.amount_minor is not None and ledgers.amount_of(row) != payment.amount_minor


def _near(ledgers: Ledgers, payment: ReportedPayment, party: int, rows_of: Callable[[int], NDArray[np.int64]]) -> list[int]:
    """Give a party's transfers of the amount told within a day of the time told, the nearest first."""
    if payment.time is None:
        return []
    at = to_us(payment.time)
    found: list[tuple[int, int, int]] = []
    for book in ledgers.books_of(party):
        mine = rows_of(book)
        away = np.abs(ledgers.t_us[mine] - at)
        fits = (away <= DAY_US) & (integers(ledgers.moved[mine]) == payment.amount_minor)
        found += zip(away[fits].tolist(), ledgers.rank[mine[fits]].tolist(), mine[fits].tolist(), strict=True)
    return [row for _, _, row in sorted(found)]
