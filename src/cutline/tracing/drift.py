"""A trail that bears drift: an account that paid out more than was seen to come, and lives on stolen money, lost no trail.

Where value is told in one money though it was held in many (swaps between, prices that moved), and where a feed lost transfers,
an account can pay more than it received. Plain tainted-first then calls the difference clean, and the trail thins out hop by
hop. Here the difference counts as stolen at an account whose character says so: much of all that it ever received is stolen.
Any other account that stolen money passes pays it on pro rata, so that a shop's customers do not become suspects. Amounts on
the trail may then exceed what was stolen; the loss never does: it is spread over what moved, to the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.landmarks import Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import Amount, floats, integers, minus, most, nothing, pairs, pick, plus, put
from cutline.tracing.paths import Paths, came_until, first_later, lay, paid_until
from cutline.tracing.policies import Policy
from cutline.tracing.search import Found, Stolen, TraceConfig, search


@dataclass(frozen=True, slots=True)
class DriftConfig:
    """What is dedicated to stolen money: the least stolen share of all that an account ever received; rounds of looking."""

    share: float = 0.25
    rounds: int = 20


def search_drifting(
    ledgers: Ledgers,
    landmarks: Landmarks,
    seeds: Sequence[Stolen],
    config: TraceConfig,
    tolerance: DriftConfig | None = None,
) -> tuple[Found, NDArray[np.int64]]:
    """Search tainted-first until no more accounts show their character; then once more, pro rata through all the others.

    Gives what was found, and by book what was added (−1: not dedicated). Every round but the last only adds.
    """
    tolerance = tolerance or DriftConfig()
    paths = lay(ledgers, landmarks)
    drift = np.zeros_like(ledgers.opening)
    for _ in range(tolerance.rounds):
        books, came, first = _reached(ledgers, search(ledgers, landmarks, seeds, Policy.TAINTED_FIRST, config, drift))
        more = _unexplained(paths, books, _lives_on_it(ledgers, books, came, tolerance.share), first)
        found, known = integers(more), integers(drift[books])
        if (found <= known).all():
            break
        drift[books] = _laid(ledgers, np.maximum(found, known))
    drift[books] = _laid(ledgers, np.minimum(integers(drift[books]), integers(more)))
    return search(ledgers, landmarks, seeds, Policy.TAINTED_FIRST, config, drift), drift


def _laid(ledgers: Ledgers, amounts: NDArray[Any]) -> NDArray[np.int64]:
    """Lay amounts in the width of the ledgers."""
    return np.asarray(amounts, np.int64) if ledgers.exact is None else pairs(amounts)


def _reached(ledgers: Ledgers, found: Found) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Give the books that stolen money reached, how much came, and the row that brought it first."""
    books, first, where = np.unique(ledgers.payee[found.rows], return_index=True, return_inverse=True)
    came = np.bincount(where, found.amounts.astype(np.float64), len(books)).astype(np.float64)
    return books.astype(np.int64), came, found.rows[first]


def _lives_on_it(ledgers: Ledgers, books: NDArray[np.int64], came: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Say of which books so much of all that they ever received is stolen."""
    last = ledgers.in_rows[ledgers.in_ptr[books + 1] - 1]
    received = floats(ledgers.in_from[last]) + floats(ledgers.moved[last]) - floats(ledgers.opening[books])
    return np.asarray(came >= share * received)


@kernel
def _unexplained(
    p: Paths, books: NDArray[np.int64], dedicated: NDArray[np.bool_], first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give what each dedicated book paid beyond all it had, after stolen money first came; −1 for the others."""
    more = np.full((len(books), *p.opening.shape[1:]), -1, np.int64)
    for at in range(len(books)):
        book, rank = books[at], p.rank[first[at]]
        if not dedicated[at]:
            continue
        put(more, at, nothing(p.amount))
        k, i = first_later(p, p.out_ptr, p.out_rows, book, rank), first_later(p, p.in_ptr, p.in_rows, book, rank)
        paid = paid_until(p, book, k)
        had = _least(p, book, k)
        while k < p.out_ptr[book + 1]:
            row = p.out_rows[k]
            while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
                i += 1
            paid = plus(paid, pick(p.amount, row))
            explained = plus(minus(came_until(p, book, i), pick(p.opening, book)), had)
            put(more, at, most(pick(more, at), minus(paid, explained)))
            k += 1
    return more


@inner
def _least(p: Paths, book: int, until: int) -> Amount:
    """Give the least opening balance that pays the outflows before a position of `out_rows`."""
    need, i = nothing(p.amount), p.in_ptr[book]
    for k in range(p.out_ptr[book], until):
        row = p.out_rows[k]
        while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
            i += 1
        came = minus(came_until(p, book, i), pick(p.opening, book))
        need = most(need, minus(plus(pick(p.out_from, row), pick(p.amount, row)), came))
    return need
