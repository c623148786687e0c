"""Which transfers could be meant: those of a book, a direction, a span of time and of amount; then the nearest for each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import stretches
from cutline.model.kernels import kernel
from cutline.tracing.ledger import Ledgers


class Queries(NamedTuple):
    """What is sought, one line a book: for whom (`asker`), where, which way, within which amounts and times.

    Amounts are floats: they choose, and no amount is ever taken from them. `want` is the amount expected (NaN: any) and `at`
    the time; both only rank the candidates.
    """

    asker: NDArray[np.int64]
    book: NDArray[np.int64]
    outgoing: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    want: NDArray[np.float64]
    at: NDArray[np.int64]
    before_us: int
    after_us: int


class Searched(NamedTuple):
    """How far a search with a budget got: of so many candidates for `what` so many were looked at."""

    what: str
    looked_at: int
    of: int


class Candidates(NamedTuple):
    """Transfers that fit, each with who asked and how far off it is (0: exact)."""

    asker: NDArray[np.int64]
    row: NDArray[np.int64]
    cost: NDArray[np.float64]

    def only(self, kept: NDArray[np.bool_]) -> Candidates:
        """Give those that are kept."""
        return Candidates(self.asker[kept], self.row[kept], self.cost[kept])


def seek(ledgers: Ledgers, q: Queries, taken: NDArray[np.bool_], size: NDArray[np.float64]) -> Candidates:
    """Find all transfers that fit, leaving out those that are taken. `size`: by row the amount in the unit of the queries."""
    outs, ins = (ledgers.out_ptr, ledgers.out_rows), (ledgers.in_ptr, ledgers.in_rows)
    parts = []
    for (ptr, rows), way in ((outs, True), (ins, False)):
        lines = np.flatnonzero((q.outgoing == way) & (q.book >= 0))
        line, row = _scan(ptr, rows, (ledgers.t_us, size, taken), q, lines)
        span = np.where(ledgers.t_us[row] < q.at[line], q.before_us, q.after_us)
        late = np.abs(ledgers.t_us[row] - q.at[line]) / span
        width = q.high[line] - q.low[line]
        off = np.abs(size[row] - q.want[line]) / np.where(width > 0, width, 1.0)
        parts.append((q.asker[line], row, late + np.nan_to_num(off)))
    return Candidates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def choose(found: Candidates, askers: int) -> NDArray[np.int64]:
    """Give each asker its nearest transfer, each transfer to one asker; −1 none.

    Desks serve in turn: among candidates about as near (within a 24th of the window) the earlier asker chooses first.
    """
    order = np.lexsort((found.row, found.cost, found.asker, np.floor(24 * found.cost)))
    _, short = np.unique(found.row, return_inverse=True)
    return _greedy(found.asker[order], found.row[order], short[order], askers)


def match_equal(wanted: NDArray[Any], keys: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give all (position in wanted, position in keys) of equal values; `keys` ascend."""
    low, high = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, "right")
    return np.repeat(np.arange(len(wanted)), high - low), stretches(low, high - low)


@kernel
def _scan(
    ptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]],
    q: Queries,
    lines: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    t_us, size, taken = columns
    line, found = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for k in lines:
        low, high = ptr[q.book[k]], ptr[q.book[k] + 1]
        end = high
        while low < high:
            middle = (low + high) >> 1
            if t_us[rows[middle]] < q.at[k] - q.before_us:
                low = middle + 1
            else:
                high = middle
        for at in range(low, end):
            row = rows[at]
            if t_us[row] > q.at[k] + q.after_us:
                break
            if not taken[row] and size[row] > 0 and q.low[k] <= size[row] <= q.high[k]:
                line.append(k)
                found.append(np.int64(row))
    return np.array(line, np.int64), np.array(found, np.int64)


@kernel
def _greedy(asker: NDArray[np.int64], row: NDArray[np.int64], short: NDArray[np.int64], askers: int) -> NDArray[np.int64]:
    chosen = np.full(askers, -1, np.int64)
    used = np.zeros(len(short), np.bool_)
    for k in range(len(asker)):
        if chosen[asker[k]] < 0 and not used[short[k]]:
            chosen[asker[k]] = row[k]
            used[short[k]] = True
    return chosen
