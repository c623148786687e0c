"""Window kernels: what a subject's trailing window holds, at every anchor of a block.

Anchors (the events that are judged) and members (the rows that are measured) are listed by subject, then by place in the
merged order. `pointer[s]` and `start[s]` say where subject s begins among anchors and members. The window of anchor i is the
members left[i] … upto[i] - 1: those at or before it in the order and later than t[i] - window. All kernels move two pointers,
O(anchors + members); compiled once, parameters not code. Over an empty window min, max, mean and gaps are NaN: nothing to
measure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def reach(pointer: Any, place: Any, start: Any, member_place: Any, upto: Any) -> None:
    """upto[i]: the first member placed after anchor i (of the same subject)."""
    for s in range(len(pointer) - 1):
        j = start[s]
        for i in range(pointer[s], pointer[s + 1]):
            while j < start[s + 1] and member_place[j] <= place[i]:
                j += 1
            upto[i] = j


@njit(cache=True)
def left_edges(pointer: Any, t: Any, start: Any, member_t: Any, upto: Any, window: int, left: Any) -> None:
    """left[i]: the first member later than t[i] - window."""
    for s in range(len(pointer) - 1):
        j = start[s]
        for i in range(pointer[s], pointer[s + 1]):
            limit = t[i] - window
            while j < upto[i] and member_t[j] <= limit:
                j += 1
            left[i] = j


@njit(cache=True)
def left_after(
    pointer: Any, start: Any, member_place: Any, upto: Any, other_place: Any, other_left: Any, other_upto: Any, left: Any
) -> None:
    """Narrow windows to the members after the first member of another selection in its own window; none there → empty."""
    for s in range(len(pointer) - 1):
        j = start[s]
        for i in range(pointer[s], pointer[s + 1]):
            if other_left[i] >= other_upto[i]:
                left[i] = upto[i]
                continue
            since = other_place[other_left[i]]
            while j < upto[i] and member_place[j] <= since:
                j += 1
            left[i] = max(left[i], j)


@njit(cache=True)
def counts(left: Any, upto: Any, out: Any) -> None:
    """Members in each window."""
    for i in range(len(out)):
        out[i] = upto[i] - left[i]


@njit(cache=True)
def totals(left: Any, upto: Any, prefix: Any, scale: float, out: Any) -> None:
    """Exact integer sums from prefix sums (times `scale`), added to `out`. Wrap-around of a prefix cancels in the difference."""
    for i in range(len(out)):
        out[i] += scale * (prefix[upto[i]] - prefix[left[i]])


@njit(cache=True)
def ratios(left: Any, upto: Any, out: Any) -> None:
    """Divide sums by the number of members: means."""
    for i in range(len(out)):
        n = upto[i] - left[i]
        out[i] = out[i] / n if n > 0 else np.nan


@njit(cache=True)
def deviations(left: Any, upto: Any, values: Any, out: Any) -> None:
    """Population standard deviation, two passes over each window: exact enough to compare, O(anchors × window)."""
    for i in range(len(out)):
        n = upto[i] - left[i]
        mean = 0.0
        for j in range(left[i], upto[i]):
            mean += values[j] / n
        spread = 0.0
        for j in range(left[i], upto[i]):
            spread += (values[j] - mean) ** 2
        out[i] = np.sqrt(spread / n) if n > 0 else np.nan


@njit(cache=True)
def percentiles(left: Any, upto: Any, values: Any, rank: float, out: Any) -> None:
    """The smallest value that at least `rank` of the window's members do not exceed (nearest rank). O(anchors × window log)."""
    for i in range(len(out)):
        n = upto[i] - left[i]
        if n == 0:
            out[i] = np.nan
            continue
        ordered = np.sort(values[left[i] : upto[i]])
        out[i] = ordered[max(int(np.ceil(rank * n - 1e-9)) - 1, 0)]


@njit(cache=True)
def extremes(pointer: Any, start: Any, left: Any, upto: Any, values: Any, sign: int, out: Any) -> None:
    """Sliding minimum (sign 1) or maximum (sign -1) with a monotone queue."""
    queue = np.empty(len(values) + 1, np.int64)
    for s in range(len(pointer) - 1):
        j = start[s]
        head = tail = 0
        for i in range(pointer[s], pointer[s + 1]):
            while j < upto[i]:
                while tail > head and sign * values[queue[tail - 1]] >= sign * values[j]:
                    tail -= 1
                queue[tail] = j
                tail += 1
                j += 1
            while head < tail and queue[head] < left[i]:
                head += 1
            out[i] = values[queue[head]] if head < tail else np.nan


@njit(cache=True)
def ends(left: Any, upto: Any, values: Any, latest: bool, out: Any) -> None:
    """The value of the first or of the latest member."""
    for i in range(len(out)):
        if left[i] < upto[i]:
            out[i] = values[upto[i] - 1] if latest else values[left[i]]
        else:
            out[i] = np.nan


@njit(cache=True)
def twins(start: Any, codes: Any, last: Any, base: int, previous: Any, following: Any) -> None:
    """The same subject's member with the same code before and after each member (-1; beyond all).

    `last` remembers positions across calls; `base` grows from call to call, so it never needs clearing.
    """
    beyond = len(codes)
    for s in range(len(start) - 1):
        for j in range(start[s], start[s + 1]):
            p = last[codes[j]] - base
            last[codes[j]] = base + j
            following[j] = beyond
            if p >= start[s]:
                previous[j] = p
                following[p] = j
            else:
                previous[j] = -1


@njit(cache=True)
def distincts(pointer: Any, start: Any, left: Any, upto: Any, previous: Any, following: Any, out: Any) -> None:
    """Distinct codes: an arriving member counts unless its twin is inside, a leaving one unless its twin stays."""
    for s in range(len(pointer) - 1):
        low = high = start[s]
        d = 0
        for i in range(pointer[s], pointer[s + 1]):
            while low < left[i] and low < high:
                d -= following[low] >= high
                low += 1
            low = max(low, left[i])
            high = max(high, low)
            while high < upto[i]:
                d += previous[high] < low
                high += 1
            out[i] = d


@njit(cache=True)
def repeats(left: Any, upto: Any, place: Any, member_place: Any, previous: Any, out: Any) -> None:
    """Earlier members of the window with the same code as the anchor; NaN where the anchor itself is no member."""
    for i in range(len(out)):
        j = upto[i] - 1
        if j < left[i] or member_place[j] != place[i]:
            out[i] = np.nan
            continue
        n = 0
        j = previous[j]
        while j >= left[i]:
            n += 1
            j = previous[j]
        out[i] = n


@njit(cache=True)
def crowds(left: Any, upto: Any, codes: Any, entropy: bool, out: Any) -> None:
    """How members spread over codes: Shannon entropy in bits, or the share of the most frequent code."""
    tally = np.zeros(codes.max() + 1 if len(codes) else 1, np.int64)
    for i in range(len(out)):
        n = upto[i] - left[i]
        if n == 0:
            out[i] = np.nan
            continue
        top, bits = 0, 0.0
        for j in range(left[i], upto[i]):
            tally[codes[j]] += 1
            top = max(top, tally[codes[j]])
        for j in range(left[i], upto[i]):
            c = tally[codes[j]]
            if c > 0:
                bits -= c / n * np.log2(c / n)
                tally[codes[j]] = 0
        out[i] = bits if entropy else top / n


@njit(cache=True)
def since_first(t: Any, member_t: Any, left: Any, upto: Any, out: Any) -> None:
    """Seconds since the window's first member."""
    for i in range(len(out)):
        out[i] = (t[i] - member_t[left[i]]) / 1e6 if left[i] < upto[i] else np.nan


@njit(cache=True)
def since_latest(t: Any, place: Any, member_t: Any, member_place: Any, left: Any, upto: Any, out: Any) -> None:
    """Seconds since the window's latest member before the anchor itself."""
    for i in range(len(out)):
        j = upto[i] - 1
        if j >= left[i] and member_place[j] == place[i]:
            j -= 1
        out[i] = (t[i] - member_t[j]) / 1e6 if j >= left[i] else np.nan


@njit(cache=True)
def pauses(member_t: Any, left: Any, upto: Any, longest: bool, out: Any) -> None:
    """Between neighbouring members: the longest pause in seconds, or how uneven pauses are (deviation ÷ mean; 0 = like a clock)."""
    for i in range(len(out)):
        n = upto[i] - left[i] - 1
        if n < 1 or (n < 2 and not longest):
            out[i] = np.nan
            continue
        mean = (member_t[upto[i] - 1] - member_t[left[i]]) / 1e6 / n
        top, spread = 0.0, 0.0
        for j in range(left[i], upto[i] - 1):
            gap = (member_t[j + 1] - member_t[j]) / 1e6
            top = max(top, gap)
            spread += (gap - mean) ** 2
        if longest:
            out[i] = top
        else:
            out[i] = np.sqrt(spread / n) / mean if mean > 0 else np.nan
