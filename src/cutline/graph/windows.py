"""Window kernels: what a subject's trailing window holds, at every anchor of a block.

Anchors (the events that are judged) and members (the rows that are measured) are listed by subject, then by place in the
merged order of the subject's events. The span of anchor i is the members left[i] … right[i] - 1: for a window (t - w, t] those
at or before it in the order and later than t[i] - w. Kernels move two pointers, O(anchors + members), unless they say
otherwise; compiled once, parameters not code. Over an empty span all but counts and sums are NaN: nothing to measure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Anchors(NamedTuple):
    """Events to be judged: subject s has `start[s] … start[s + 1]`; time in µs and place in the merged order."""

    start: NDArray[np.int64]
    t: NDArray[np.int64]
    place: NDArray[np.int64]


class Members(NamedTuple):
    """Rows to be measured, laid out as anchors are."""

    start: NDArray[np.int64]
    t: NDArray[np.int64]
    place: NDArray[np.int64]


class Span(NamedTuple):
    """For each anchor its first member and the first after its last."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]


class Spells(NamedTuple):
    """Spells of subjects, `start[s] … start[s + 1]`: their beginnings in order with the codes, and their ends in order."""

    start: NDArray[np.int64]
    begins: NDArray[np.int64]
    beginning: NDArray[np.int64]
    ends: NDArray[np.int64]
    ending: NDArray[np.int64]


@njit(cache=True, nogil=True)
def reach(anchors: Any, members: Any, out: Any) -> None:
    """out[i]: the first member placed after anchor i."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            while j < members.start[s + 1] and members.place[j] <= anchors.place[i]:
                j += 1
            out[i] = j


@njit(cache=True, nogil=True)
def edges(anchors: Any, members: Any, upto: Any, window: int, out: Any) -> None:
    """out[i]: the first member later than t[i] - window."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            limit = anchors.t[i] - window
            while j < upto[i] and members.t[j] <= limit:
                j += 1
            out[i] = j


@njit(cache=True, nogil=True)
def edges_after(anchors: Any, members: Any, span: Any, since: Any) -> None:
    """Narrow spans in place to the members placed after since[i], which never falls for a subject; -1: to nothing."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            if since[i] < 0:
                span.left[i] = span.right[i]
                continue
            while j < span.right[i] and members.place[j] <= since[i]:
                j += 1
            span.left[i] = max(span.left[i], j)


@njit(cache=True, nogil=True)
def edges_later(anchors: Any, members: Any, span: Any, since: Any) -> None:
    """Narrow spans in place to the members at since[i] or later, which never falls for a subject but where it is endless."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            if since[i] > anchors.t[i]:
                span.left[i] = span.right[i]
                continue
            while j < span.right[i] and members.t[j] < since[i]:
                j += 1
            span.left[i] = max(span.left[i], j)


@njit(cache=True, nogil=True)
def reached(anchors: Any, span: Any, previous: Any, following: Any, times: int, out: Any) -> None:
    """out[i]: the member with which the window holds `times` different codes, -1 where it never does. Twins as in `twins`."""
    for s in range(len(anchors.start) - 1):
        begin = anchors.start[s]
        left = right = span.left[begin] if begin < anchors.start[s + 1] else 0
        different = 0
        for i in range(begin, anchors.start[s + 1]):
            while left < span.left[i]:
                if left < right and following[left] >= right:
                    different -= 1
                left += 1
            right = max(right, left)
            while different < times and right < span.right[i]:
                if previous[right] < left:
                    different += 1
                right += 1
            out[i] = right - 1 if different >= times else -1


@njit(cache=True, nogil=True)
def latest_rows(span: Any, at: Any, listed: Any, out: Any) -> None:
    """The rows of the latest members of some windows, newest first; with twins, only the last of each code."""
    rows, following = listed
    for k in range(len(at)):
        found, j = 0, span.right[at[k]] - 1
        while j >= span.left[at[k]] and found < out.shape[1]:
            if len(following) == 0 or following[j] >= span.right[at[k]]:
                out[k, found] = rows[j]
                found += 1
            j -= 1


@njit(cache=True, nogil=True)
def counts(span: Any, out: Any) -> None:
    """Members in each window."""
    for i in range(len(out)):
        out[i] = span.right[i] - span.left[i]


@njit(cache=True, nogil=True)
def totals(span: Any, prefix: Any, scale: float, out: Any) -> None:
    """Exact integer sums from prefix sums (times `scale`), added to `out`; a prefix that wraps around cancels out."""
    for i in range(len(out)):
        out[i] += scale * (prefix[span.right[i]] - prefix[span.left[i]])


@njit(cache=True, nogil=True)
def ratios(span: Any, out: Any) -> None:
    """Divide sums by the number of members: means."""
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        out[i] = out[i] / n if n > 0 else np.nan


@njit(cache=True, nogil=True)
def deviations(span: Any, values: Any, out: Any) -> None:
    """Population standard deviation, two passes over each window: exact enough to compare, O(anchors × window)."""
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        mean = 0.0
        for j in range(span.left[i], span.right[i]):
            mean += values[j] / n
        spread = 0.0
        for j in range(span.left[i], span.right[i]):
            spread += (values[j] - mean) ** 2
        out[i] = np.sqrt(spread / n) if n > 0 else np.nan


@njit(cache=True, nogil=True)
def percentiles(span: Any, values: Any, rank: float, out: Any) -> None:
    """The smallest value that `rank` of the members do not exceed (nearest rank). O(anchors × window × log window)."""
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        if n == 0:
            out[i] = np.nan
            continue
        ordered = np.sort(values[span.left[i] : span.right[i]])
        out[i] = ordered[max(int(np.ceil(rank * n - 1e-9)) - 1, 0)]


@njit(cache=True, nogil=True)
def extremes(anchors: Any, members: Any, span: Any, values: Any, sign: int, out: Any) -> None:
    """Sliding minimum (sign 1) or maximum (sign -1) with a monotone queue."""
    queue = np.empty(len(values) + 1, np.int64)
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        head = tail = 0
        for i in range(anchors.start[s], anchors.start[s + 1]):
            while j < span.right[i]:
                while tail > head and sign * values[queue[tail - 1]] >= sign * values[j]:
                    tail -= 1
                queue[tail] = j
                tail += 1
                j += 1
            while head < tail and queue[head] < span.left[i]:
                head += 1
            out[i] = values[queue[head]] if head < tail else np.nan


@njit(cache=True, nogil=True)
def ends(span: Any, values: Any, latest: bool, out: Any) -> None:
    """The value of the first or of the latest member."""
    for i in range(len(out)):
        if span.left[i] < span.right[i]:
            out[i] = values[span.right[i] - 1] if latest else values[span.left[i]]
        else:
            out[i] = np.nan


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def distincts(anchors: Any, members: Any, span: Any, previous: Any, following: Any, out: Any) -> None:
    """Distinct codes: an arriving member counts unless its twin is inside, a leaving one unless its twin stays."""
    for s in range(len(anchors.start) - 1):
        low = high = members.start[s]
        d = 0
        for i in range(anchors.start[s], anchors.start[s + 1]):
            while low < span.left[i] and low < high:
                d -= following[low] >= high
                low += 1
            low = max(low, span.left[i])
            high = max(high, low)
            while high < span.right[i]:
                d += previous[high] < low
                high += 1
            out[i] = d


@njit(cache=True, nogil=True)
def repeats(anchors: Any, members: Any, span: Any, previous: Any, out: Any) -> None:
    """Earlier members of the window with the same code as the anchor; NaN where the anchor itself is no member."""
    for i in range(len(out)):
        j = span.right[i] - 1
        if j < span.left[i] or members.place[j] != anchors.place[i]:
            out[i] = np.nan
            continue
        n = 0
        j = previous[j]
        while j >= span.left[i]:
            n += 1
            j = previous[j]
        out[i] = n


@njit(cache=True, nogil=True)
def crowds(span: Any, codes: Any, entropy: bool, out: Any) -> None:
    """How members spread over codes: Shannon entropy in bits, or the share of the most frequent code."""
    tally = np.zeros(codes.max() + 1 if len(codes) else 1, np.int64)
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        if n == 0:
            out[i] = np.nan
            continue
        top, bits = 0, 0.0
        for j in range(span.left[i], span.right[i]):
            tally[codes[j]] += 1
            top = max(top, tally[codes[j]])
        for j in range(span.left[i], span.right[i]):
            c = tally[codes[j]]
            if c > 0:
                bits -= c / n * np.log2(c / n)
                tally[codes[j]] = 0
        out[i] = bits if entropy else top / n


@njit(cache=True, nogil=True)
def since_first(anchors: Any, members: Any, span: Any, out: Any) -> None:
    """Seconds since the window's first member."""
    for i in range(len(out)):
        out[i] = (anchors.t[i] - members.t[span.left[i]]) / 1e6 if span.left[i] < span.right[i] else np.nan


@njit(cache=True, nogil=True)
def since_latest(anchors: Any, members: Any, span: Any, out: Any) -> None:
    """Seconds since the window's latest member before the anchor itself."""
    for i in range(len(out)):
        j = span.right[i] - 1
        if j >= span.left[i] and members.place[j] == anchors.place[i]:
            j -= 1
        out[i] = (anchors.t[i] - members.t[j]) / 1e6 if j >= span.left[i] else np.nan


@njit(cache=True, nogil=True)
def pauses(members: Any, span: Any, longest: bool, out: Any) -> None:
    """The longest pause between members in seconds, or how uneven pauses are (deviation ÷ mean; 0: like a clock)."""
    for i in range(len(out)):
        n = span.right[i] - span.left[i] - 1
        if n < 1 or (n < 2 and not longest):
            out[i] = np.nan
            continue
        mean = (members.t[span.right[i] - 1] - members.t[span.left[i]]) / 1e6 / n
        top, spread = 0.0, 0.0
        for j in range(span.left[i], span.right[i] - 1):
            gap = (members.t[j + 1] - members.t[j]) / 1e6
            top = max(top, gap)
            spread += (gap - mean) ** 2
        if longest:
            out[i] = top
        else:
            out[i] = np.sqrt(spread / n) / mean if mean > 0 else np.nan


@njit(cache=True, nogil=True)
def silences(anchors: Any, members: Any, span: Any, reaches: Any, out: Any) -> None:
    """The longest time without members in (t - reaches[0], t - reaches[1]], edges included, in seconds. O(anchors × window)."""
    for i in range(len(out)):
        before, top = anchors.t[i] - reaches[0], 0
        for j in range(span.left[i], span.right[i]):
            top = max(top, members.t[j] - before)
            before = members.t[j]
        out[i] = max(top, anchors.t[i] - reaches[1] - before) / 1e6


@njit(cache=True, nogil=True)
def holding(anchors: Any, spells: Any, out: Any) -> None:
    """Different codes of the spells [begin, end) that hold at each anchor."""
    tally = np.zeros(spells.beginning.max() + 1 if len(spells.beginning) else 1, np.int64)
    for s in range(len(anchors.start) - 1):
        risen = fallen = spells.start[s]
        different = 0
        for i in range(anchors.start[s], anchors.start[s + 1]):
            while risen < spells.start[s + 1] and spells.begins[risen] <= anchors.t[i]:
                different += tally[spells.beginning[risen]] == 0
                tally[spells.beginning[risen]] += 1
                risen += 1
            while fallen < spells.start[s + 1] and spells.ends[fallen] <= anchors.t[i]:
                tally[spells.ending[fallen]] -= 1
                different -= tally[spells.ending[fallen]] == 0
                fallen += 1
            out[i] = different
        for k in range(spells.start[s], spells.start[s + 1]):
            tally[spells.beginning[k]] = 0
