"""Which rows of several deliverers are one event: the kernels under `sightings`.

Rows of one key, sorted by time, fall into runs that no tolerance bridges. Inside a run all pairs that agree are taken nearest
in time first, ties by rank; a run longer than `DENSE` (hundreds of equal rows within one another's tolerance) is matched first
in, first out, in linear time. Events are rings: `ring[i]` is the next sighting of i's event, i itself where it stands alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel

DENSE = 256
DAY_US = 86_400_000_000
_COARSE = np.int64(1) << 50


class Rows(NamedTuple):
    """What decides whether rows agree, one entry a row.

    `deliverer` is the rank of its name; `day` is 1 where the time is known to the day only; `duration_s` is −1 where unknown;
    `id_kind` is 0 where the row has no id shared by banks (two ids of one kind that differ tell two events apart); `bound` is 1
    where an id has already joined the row to others, so that times need not agree any more.
    """

    start_us: NDArray[np.int64]
    deliverer: NDArray[np.int32]
    day: NDArray[np.uint8]
    duration_s: NDArray[np.int64]
    id_kind: NDArray[np.uint8]
    id_code: NDArray[np.uint64]
    bound: NDArray[np.uint8]


class Tolerance(NamedTuple):
    """How far two clocks may differ, both bounds included."""

    start_us: int
    duration_s: int


@kernel
def find_runs(
    order: NDArray[np.int64], key: NDArray[np.uint64], second: NDArray[np.uint64], rows: Rows, tolerance: Tolerance
) -> NDArray[np.int64]:
    """Give (from, to) in `order` of the runs in which at least two deliverers report the same key at agreeing times."""
    bounds = np.empty((order.size // 2 + 1, 2), np.int64)
    found, first, reach, mixed = 0, 0, np.int64(0), False
    for k in range(order.size + 1):
        inside = k < order.size and k > 0
        if inside:
            i, before = order[k], order[k - 1]
            inside = key[i] == key[before] and second[i] == second[before] and rows.start_us[i] <= reach
        if inside:
            mixed = mixed or rows.deliverer[order[k]] != rows.deliverer[order[k - 1]]
        else:
            if mixed:
                bounds[found, 0], bounds[found, 1] = first, k
                found += 1
            if k == order.size:
                break
            first, mixed, reach = k, False, rows.start_us[order[k]]
        i = order[k]
        reach = max(reach, rows.start_us[i] + (DAY_US - 1 if rows.day[i] else tolerance.start_us))
    return bounds[:found]


@inner
def _near(i: int, j: int, rows: Rows, tolerance: Tolerance) -> bool:
    both_known = rows.duration_s[i] >= 0 and rows.duration_s[j] >= 0
    if both_known and abs(rows.duration_s[i] - rows.duration_s[j]) > tolerance.duration_s:
        return False
    apart = rows.start_us[j] - rows.start_us[i]
    if rows.day[i] and rows.day[j]:  # midnights of one calendar day in two zones
        return bool(abs(apart) < DAY_US // 2)
    if rows.day[i]:
        return bool(0 <= apart < DAY_US)
    if rows.day[j]:
        return bool(0 <= -apart < DAY_US)
    return bool(abs(apart) <= tolerance.start_us)


@inner
def _joinable(i: int, j: int, ring: NDArray[np.int64], rows: Rows, tolerance: Tolerance) -> bool:
    if not _near(i, j, rows, tolerance):
        return False
    a = i
    while True:
        b = j
        while True:
            if rows.deliverer[a] == rows.deliverer[b]:
                return False
            if rows.id_kind[a] and rows.id_kind[a] == rows.id_kind[b] and rows.id_code[a] != rows.id_code[b]:
                return False
            if not (rows.bound[a] or rows.bound[b] or _near(a, b, rows, tolerance)):
                return False
            b = ring[b]
            if b == j:
                break
        a = ring[a]
        if a == i:
            return True


@inner
def _join(i: int, j: int, ring: NDArray[np.int64]) -> None:
    ring[i], ring[j] = ring[j], ring[i]


@inner
def _put_in_order(places: NDArray[np.int64], key: NDArray[np.int64]) -> None:
    """Sort places by their keys, in place, equal ones as they stand: by merging, which compiles faster than NumPy's."""
    size, width, merged = places.size, 1, np.empty(places.size, np.int64)
    while width < size:
        for low in range(0, size, 2 * width):
            i, middle, end = low, min(low + width, size), min(low + 2 * width, size)
            j = middle
            for k in range(low, end):
                if i < middle and (j >= end or key[places[i]] <= key[places[j]]):
                    merged[k] = places[i]
                    i += 1
                else:
                    merged[k] = places[j]
                    j += 1
        for k in range(size):
            places[k] = merged[k]
        width *= 2


@inner
def _match_nearest(members: NDArray[np.int64], ring: NDArray[np.int64], rows: Rows, tolerance: Tolerance) -> None:
    size = members.size * (members.size - 1) // 2
    cost, left, right = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    pairs = 0
    for a in range(members.size):
        for b in range(a + 1, members.size):
            i, j = members[a], members[b]
            if rows.deliverer[i] != rows.deliverer[j] and _near(i, j, rows, tolerance):
                coarse = _COARSE if rows.day[i] or rows.day[j] else 0
                cost[pairs] = coarse + abs(rows.start_us[i] - rows.start_us[j])
                left[pairs], right[pairs] = i, j
                pairs += 1
    cheapest = np.empty(pairs, np.int64)
    for k in range(pairs):
        cheapest[k] = k
    _put_in_order(cheapest, cost)
    for p in cheapest:
        if _joinable(left[p], right[p], ring, rows, tolerance):
            _join(left[p], right[p], ring)


@inner
def _match_in_turn(
    members: NDArray[np.int64], deliverers: int, ring: NDArray[np.int64], rows: Rows, tolerance: Tolerance
) -> None:
    waiting = np.zeros(deliverers, np.int64)
    for a in range(members.size):
        i = members[a]
        mine = rows.deliverer[i]
        b = waiting[mine]
        passed = True
        while b < a:
            j = members[b]
            if _joinable(j, i, ring, rows, tolerance):
                _join(j, i, ring)
                break
            gone = rows.start_us[i] - rows.start_us[j] > (DAY_US if rows.day[j] else tolerance.start_us)
            taken = rows.deliverer[j] == mine
            k = ring[j]
            while k != j:
                taken = taken or rows.deliverer[k] == mine
                k = ring[k]
            passed = passed and (gone or taken)
            b += 1
            if passed:
                waiting[mine] = b


@kernel
def match_runs(
    runs: NDArray[np.int64],
    order: NDArray[np.int64],
    rank: NDArray[np.int64],
    ring: NDArray[np.int64],
    rows: Rows,
    tolerance: Tolerance,
) -> None:
    """Join the rows of each run into events, in place in `ring`; `rank` breaks ties and is read in runs of three and more."""
    deliverers = 0
    for row in range(ring.size):  # not `max`, which takes long to compile
        deliverers = max(deliverers, rows.deliverer[row] + 1)
    for r in range(runs.shape[0]):
        first, end = runs[r, 0], runs[r, 1]
        if end - first == 2:
            if _joinable(order[first], order[first + 1], ring, rows, tolerance):
                _join(order[first], order[first + 1], ring)
            continue
        members = order[first:end].copy()
        _put_in_order(members, rank)
        if members.size <= DENSE:
            _match_nearest(members, ring, rows, tolerance)
        else:
            _put_in_order(members, rows.start_us)
            _match_in_turn(members, deliverers, ring, rows, tolerance)


@kernel
def mark_bound(ring: NDArray[np.int64], bound: NDArray[np.uint8]) -> None:
    """Mark the rows that stand in an event of several sightings."""
    for i in range(ring.size):
        bound[i] = ring[i] != i


@kernel
def choose_primary(ring: NDArray[np.int64], rows: Rows) -> NDArray[np.int64]:
    """Give for each row the position of its event's primary: the most precise, then earliest, then smallest deliverer."""
    primary = np.full(ring.size, -1, np.int64)
    for i in range(ring.size):
        if primary[i] >= 0:
            continue
        best, j = i, ring[i]
        while j != i:
            if (rows.day[j], rows.start_us[j], rows.deliverer[j]) < (rows.day[best], rows.start_us[best], rows.deliverer[best]):
                best = j
            j = ring[j]
        primary[i], j = best, ring[i]
        while j != i:
            primary[j], j = best, ring[j]
    return primary
