"""Whose an address of Bitcoin may be: a hypothesis, told as one; no path ends by it and no amount rests on it.

Who spends several addresses in one transaction usually holds the keys of all of them, and an exchange sweeps its customers'
deposit addresses into its own. So an address that was spent together with an exchange's, or of which all went to an exchange's
in such sweeps, may be a deposit address: the exchange is asked for its customer. Where many pay in and several are paid the
same amount, strangers mix their coins in one transaction (a coinjoin): from that nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import KIND_NAMES
from cutline.model.entities import INTERMEDIATE
from cutline.model.evidence import Citation
from cutline.tracing.landmarks import EXCHANGE, Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats

SPENT_TOGETHER, SWEPT = "spent together", "swept"

EQUAL_OUTPUTS = 3
"""So many outputs of one amount, and so many who pay in, may be a coinjoin (ours; Wasabi and Whirlpool have five and more)."""

MOST_SPENDS = 50
"""So many of an address's last transactions are looked at: a deposit address has few."""

SWEPT_SHARE = 0.95
"""A sweep pays at least this part of its outputs to the exchange; the rest is the fee and change (ours)."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """That an address is kept by an exchange: why (`spent together`, `swept`), in how many transactions, and their rows."""

    entity: str
    keeper: str
    why: str
    transactions: int
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Spend:
    """One transaction that an address was spent in: the row by which it paid, all rows in and all rows out."""

    row: int
    paid: NDArray[np.int64]
    got: NDArray[np.int64]


def suspect_keepers(ledgers: Ledgers, marks: Landmarks, entities: Iterable[str]) -> tuple[Hypothesis, ...]:
    """Give what may be said of who keeps some addresses, each by the first reason that holds. Cost: their transactions' rows.

    Nothing is said of addresses that are known to be an exchange's.
    """
    found = []
    for entity in sorted(set(entities)):
        books = [book for book in ledgers.books_of(ledgers.index.code(entity)) if marks.ends[book] != EXCHANGE]
        spends = [spend for book in books for spend in _spends(ledgers, book)]
        plain = [spend for spend in spends if not _may_be_coinjoin(ledgers, spend)]
        told = _spent_together(ledgers, marks, entity, plain)
        if told is None and plain and len(plain) == len(spends):
            told = _swept(ledgers, marks, entity, plain)
        found += [] if told is None else [told]
    return tuple(found)


def _spends(ledgers: Ledgers, book: int) -> list[_Spend]:
    """Give the last transactions that a book was spent in; none on a chain of accounts."""
    rows = ledgers.rows_out_of(book)[-MOST_SPENDS:]
    through = ledgers.index.kinds[ledgers.entity[ledgers.payee[rows]]] == KIND_NAMES.index(INTERMEDIATE)
    spends = []
    for row in rows[through].tolist():
        node = int(ledgers.payee[row])
        spends.append(_Spend(row, ledgers.rows_into(node), ledgers.rows_out_of(node)))
    return spends


def _may_be_coinjoin(ledgers: Ledgers, spend: _Spend) -> bool:
    payers = np.unique(ledgers.payer[spend.paid])
    _, times = np.unique(floats(ledgers.moved[spend.got]), return_counts=True)
    return bool(len(payers) >= EQUAL_OUTPUTS and times.max(initial=0) >= EQUAL_OUTPUTS)


def _spent_together(ledgers: Ledgers, marks: Landmarks, entity: str, spends: list[_Spend]) -> Hypothesis | None:
    """Find an exchange's address that paid in beside this one."""
    beside: dict[int, list[int]] = {}
    for spend in spends:
        others = np.unique(ledgers.payer[spend.paid])
        for book in others[(others != ledgers.payer[spend.row]) & _kept(marks, others)].tolist():
            beside.setdefault(book, []).append(spend.row)
    return _told(ledgers, entity, SPENT_TOGETHER, beside)


def _swept(ledgers: Ledgers, marks: Landmarks, entity: str, spends: list[_Spend]) -> Hypothesis | None:
    """Find the exchange's address to which all of this one went, always together with others."""
    into: dict[int, list[int]] = {}
    for spend in spends:
        size, payees = floats(ledgers.moved[spend.got]), ledgers.payee[spend.got]
        kept = _kept(marks, payees)
        alone = len(np.unique(ledgers.payer[spend.paid])) < 2
        if alone or not kept.any() or size[kept].sum() < SWEPT_SHARE * size.sum():
            return None
        into.setdefault(int(payees[kept][np.argmax(size[kept])]), []).append(spend.row)
    return _told(ledgers, entity, SWEPT, into)


def _kept(marks: Landmarks, books: NDArray[np.int32]) -> NDArray[np.bool_]:
    return np.asarray(marks.ends[books] == EXCHANGE)


def _told(ledgers: Ledgers, entity: str, why: str, rows: dict[int, list[int]]) -> Hypothesis | None:
    if not rows:
        return None
    book = max(rows, key=lambda one: (len(rows[one]), -one))
    keeper = ledgers.index.entity(int(ledgers.entity[book]))
    cites = ledgers.index.cite("transfers", np.array(sorted(rows[book]), np.int64))
    return Hypothesis(entity, keeper, why, len(rows[book]), tuple(cites))
