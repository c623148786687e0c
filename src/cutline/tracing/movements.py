"""Movements of stolen balances: what moved, what is still to come, where it ended; and where the reached books stand.

A movement is a row of four amounts (ROW, AMOUNT, LOSS, DEPTH). Where its transfer is half of an exchange it is carried over to
the other half, in proportion; where it is exchanged in pieces, to each of them, to the unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner
from cutline.tracing.magnitudes import Amount, minus, nothing, number, part, pick, plus, put, put_number
from cutline.tracing.paths import Paths, across, partner_of, pieces_of, push
from cutline.tracing.reached import FIRST_SIZE, with_room
from cutline.tracing.splits import FIRST_SPLIT

ROW, AMOUNT, LOSS, DEPTH = range(4)
"""Fields of a movement: stolen amount in the asset, and its share of the loss."""

MOVED, COMING, ENDED, WAITING, REACHED, CUT = range(6)
"""Counters of a state."""


class State(NamedTuple):
    """Where the stolen balances stand.

    `table` numbers the reached books (see `reached`). By number: `book`, `taint`, `loss`, `depth`, `latest` (row), `cursor`
    (next outflow), `awake`; by book: `drift`, or nothing. Lists with their counters in `n`: `moved`, `coming` (arrivals still
    to come), `ends`, the heap of `keys` and `heap`.
    """

    drift: NDArray[np.int64]
    table: NDArray[np.int64]
    book: NDArray[np.int64]
    taint: NDArray[np.int64]
    loss: NDArray[np.int64]
    depth: NDArray[np.int64]
    latest: NDArray[np.int64]
    cursor: NDArray[np.int64]
    awake: NDArray[np.bool_]
    moved: NDArray[np.int64]
    coming: NDArray[np.int64]
    ends: NDArray[np.int64]
    keys: NDArray[np.int64]
    heap: NDArray[np.int64]
    n: NDArray[np.int64]


@inner
def new_state(seeds: NDArray[np.int64], steps: int, pieces: int, drift: NDArray[np.int64]) -> State:
    """Make an empty state of the width of the seeds, with room for all steps; memory is taken as it is touched."""
    room = steps + len(seeds)
    size = (2 + pieces) * room + 2
    moved, taint = np.empty((size, *seeds.shape[1:]), np.int64), np.empty((room, *seeds.shape[2:]), np.int64)
    by_number = np.empty((4, room), np.int64)
    return State(
        drift, np.zeros(FIRST_SIZE, np.int64), by_number[0], taint, np.empty_like(taint), by_number[1], by_number[2],
        by_number[3], np.empty(room, np.bool_), moved, np.empty_like(moved), np.empty_like(moved), np.empty(size, np.int64),
        np.empty(size, np.int64), np.zeros(6, np.int64),
    )  # fmt: skip


@inner
def roomy(s: State) -> State:
    """Give the same state with room for one more book."""
    table = with_room(s.table, s.n[REACHED] + 1)
    return State(
        s.drift, table, s.book, s.taint, s.loss, s.depth, s.latest, s.cursor, s.awake,
        s.moved, s.coming, s.ends, s.keys, s.heap, s.n,
    )  # fmt: skip


@inner
def fill(fields: NDArray[np.int64], row: int, amount: Amount, loss: Amount, depth: int) -> None:
    """Write a movement's fields."""
    put_number(fields, ROW, row)
    put(fields, AMOUNT, amount)
    put(fields, LOSS, loss)
    put_number(fields, DEPTH, depth)


@inner
def close(s: State, row: int, code: int, amount: Amount, loss: Amount) -> None:
    """Record an ending: by which row, why, and how much."""
    end = s.ends[s.n[ENDED]]
    put_number(end, 0, row)
    put_number(end, 1, code)
    put(end, 2, amount)
    put(end, 3, loss)
    s.n[ENDED] += 1


@inner
def end_there(s: State, movement: NDArray[np.int64], code: int) -> None:
    """End a whole movement where it came."""
    close(s, number(movement, ROW), code, pick(movement, AMOUNT), pick(movement, LOSS))


@inner
def move(p: Paths, s: State, movement: NDArray[np.int64]) -> None:
    """Record a movement, carry it over to the other rail where it is half of an exchange, and let it arrive in its time."""
    s.moved[s.n[MOVED]] = movement
    s.n[MOVED] += 1
    row = number(movement, ROW)
    other = partner_of(p, row)
    if other <= FIRST_SPLIT:
        _move_pieces(p, s, movement)
        return
    came = s.coming[s.n[COMING]]
    came[:] = movement
    if other >= 0:
        put(came, AMOUNT, part(pick(p.amount, other), pick(movement, AMOUNT), pick(p.amount, row)))
        put_number(came, ROW, other)
        put_number(came, DEPTH, number(came, DEPTH) + 1)
        s.moved[s.n[MOVED]] = came
        s.n[MOVED] += 1
    s.n[COMING] += 1
    s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], 2 * p.rank[number(came, ROW)], -s.n[COMING])


@inner
def _move_pieces(p: Paths, s: State, movement: NDArray[np.int64]) -> None:
    """Carry a movement over to the other side of an exchange in several pieces, in proportion, to the unit."""
    row, amount, loss = number(movement, ROW), pick(movement, AMOUNT), pick(movement, LOSS)
    first, last = pieces_of(p, row)
    so_far = lost = nothing(p.amount)
    for k in range(first, last):
        end = pick(p.split_end, k)
        upto, lost_upto = part(amount, end, pick(p.amount, row)), part(loss, end, pick(p.amount, row))
        mine = minus(across(p, k, plus(pick(p.split_begin, k), minus(upto, so_far))), pick(p.split_there, k))
        came = s.coming[s.n[COMING]]
        fill(came, p.split_other[k], mine, minus(lost_upto, lost), number(movement, DEPTH) + 1)
        so_far, lost = upto, lost_upto
        s.moved[s.n[MOVED]] = came
        s.n[MOVED] += 1
        s.n[COMING] += 1
        s.n[WAITING] = push(s.keys, s.heap, s.n[WAITING], 2 * p.rank[p.split_other[k]], -s.n[COMING])
