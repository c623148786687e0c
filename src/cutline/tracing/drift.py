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

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.tracing.landmarks import Landmarks
from cutline.tracing.ledger import Ledgers
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
    if ledgers.exact is not None:
        raise UsageError("drift is looked for where amounts fit int64; these ledgers hold larger ones; trace without it")
    tolerance = tolerance or DriftConfig()
    paths = lay(ledgers, landmarks)
    drift = np.zeros(ledgers.books, np.int64)
    for _ in range(tolerance.rounds):
        books, came, first = _reached(ledgers, search(ledgers, landmarks, seeds, Policy.TAINTED_FIRST, config, drift))
        more = _unexplained(paths, books, came, first, tolerance.share)
        if (more <= drift[books]).all():
            break
        drift[books] = np.maximum(drift[books], more)
    drift[books] = np.minimum(drift[books], more)
    return search(ledgers, landmarks, seeds, Policy.TAINTED_FIRST, config, drift), drift


def _reached(ledgers: Ledgers, found: Found) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the books that stolen money reached, how much came, and the row that brought it first."""
    books, first, where = np.unique(ledgers.payee[found.rows], return_index=True, return_inverse=True)
    came = np.zeros(len(books), np.int64)
    np.add.at(came, where, found.amounts)
    return books.astype(np.int64), came, found.rows[first]


@njit(cache=True)
def _unexplained(
    p: Paths, books: NDArray[np.int64], came: NDArray[np.int64], first: NDArray[np.int64], share: float
) -> NDArray[np.int64]:
    """Give what each dedicated book paid beyond all it had, after stolen money first came; −1 for the others."""
    more = np.full(len(books), -1, np.int64)
    for at in range(len(books)):
        book, rank = books[at], p.rank[first[at]]
        inflow = came_until(p, book, p.in_ptr[book + 1]) - p.opening[book]
        if came[at] < share * inflow:
            continue
        more[at] = 0
        k, i = first_later(p, p.out_ptr, p.out_rows, book, rank), first_later(p, p.in_ptr, p.in_rows, book, rank)
        paid = 0 if k == p.out_ptr[book] else paid_until(p, book, k)
        had = max(0, _least(p, book, k))
        while k < p.out_ptr[book + 1]:
            row = p.out_rows[k]
            while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
                i += 1
            paid += p.amount[row]
            more[at] = max(more[at], paid - (came_until(p, book, i) - p.opening[book]) - had)
            k += 1
    return more


@njit(cache=True)
def _least(p: Paths, book: int, until: int) -> int:
    """Give the least opening balance that pays the outflows before a position of `out_rows`."""
    need, i = 0, p.in_ptr[book]
    for k in range(p.out_ptr[book], until):
        row = p.out_rows[k]
        while i < p.in_ptr[book + 1] and p.rank[p.in_rows[i]] < p.rank[row]:
            i += 1
        need = max(need, p.out_from[row] + p.amount[row] - (came_until(p, book, i) - p.opening[book]))
    return int(need)
