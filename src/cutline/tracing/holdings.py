"""Money that lies with somebody at a moment: what that account paid before did not take it away, under any policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import integers
from cutline.tracing.paths import Paths
from cutline.tracing.policies import Policy

if TYPE_CHECKING:  # a search keeps what is held where it lies, and so needs this
    from cutline.tracing.search import Stolen


def keep_held(ledgers: Ledgers, paths: Paths, seeds: Sequence[Stolen], policy: Policy) -> Paths:
    """Leave out of each holder's outflows those until the moment at which the seeds lie there.

    FIFO needs nothing of it: the lots of what is held are those that no outflow until then took.
    """
    if policy is Policy.FIFO:
        return paths
    until: dict[int, int] = {}
    for seed in seeds:
        if seed.held_us >= 0:
            book = int(ledgers.payee[seed.row])
            until[book] = max(until.get(book, -1), seed.held_us)
    if not until:
        return paths
    kept, ptr = np.ones(len(paths.out_rows), np.bool_), paths.out_ptr.copy()
    for book, moment in until.items():
        begin, end = int(paths.out_ptr[book]), int(paths.out_ptr[book + 1])
        gone = int(np.count_nonzero(ledgers.t_us[paths.out_rows[begin:end]] <= moment))
        kept[begin : begin + gone] = False  # a book's outflows stand in time order
        ptr[book + 1 :] -= gone
    return paths._replace(out_ptr=ptr, out_rows=paths.out_rows[kept])


def heap_starts(ledgers: Ledgers, seeds: Sequence[Stolen]) -> list[int]:
    """Say for LIFO where on its transfer each seed begins: what is held lies on top of the heap, the latest uppermost.

    Such a begin may lie outside of the transfer: it is a height of the balance, told from the foot of the transfer.
    """
    starts = [seed.start_minor for seed in seeds]
    tops: dict[int, int] = {}
    for k in sorted(range(len(seeds)), key=lambda k: -int(ledgers.rank[seeds[k].row])):
        seed = seeds[k]
        if seed.held_us < 0:
            continue
        book = int(ledgers.payee[seed.row])
        top = tops.get(book)
        tops[book] = (balance_at(ledgers, book, seed.held_us) if top is None else top) - seed.amount_minor
        starts[k] = tops[book] - int(integers(ledgers.in_from[seed.row : seed.row + 1])[0])
    return starts


def balance_at(ledgers: Ledgers, book: int, moment_us: int) -> int:
    """Give what a book holds at a moment, its opening balance included."""
    came, left = ledgers.rows_into(book), ledgers.rows_out_of(book)
    inside, gone = (int(integers(ledgers.moved[rows[ledgers.t_us[rows] <= moment_us]]).sum()) for rows in (came, left))
    return int(integers(ledgers.opening[book : book + 1])[0]) + inside - gone
