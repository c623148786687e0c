"""Window kernels that measure: what the members of each span add up to, how they differ, how far apart they stand.

Spans, members and anchors are those of `graph.windows`. Kernels move two pointers, O(anchors + members), unless they say
otherwise. Over an empty span all but counts and sums are NaN: nothing to measure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutline.model.kernels import inner, kernel


@kernel
def counts(span: Any, out: Any) -> None:
    """Members in each window."""
    for i in range(len(out)):
        out[i] = span.right[i] - span.left[i]


@kernel
def totals(span: Any, prefix: Any, scale: float, out: Any) -> None:
    """Exact integer sums from prefix sums (times `scale`), added to `out`; a prefix that wraps around cancels out."""
    for i in range(len(out)):
        out[i] += scale * (prefix[span.right[i]] - prefix[span.left[i]])


@kernel
def ratios(span: Any, out: Any) -> None:
    """Divide sums by the number of members: means."""
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        out[i] = out[i] / n if n > 0 else np.nan


@kernel
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


@kernel
def percentiles(span: Any, values: Any, rank: float, out: Any) -> None:
    """The smallest value that `rank` of the members do not exceed (nearest rank), unknown ones last. O(anchors × window)."""
    room = np.empty(len(values))
    for i in range(len(out)):
        n = span.right[i] - span.left[i]
        if n == 0:
            out[i] = np.nan
            continue
        for k in range(n):
            value = values[span.left[i] + k]
            room[k] = np.inf if np.isnan(value) else value
        found = _nth(room, n, max(int(np.ceil(rank * n - 1e-9)) - 1, 0))
        out[i] = found if found < np.inf else np.nan


@inner
def _nth(room: Any, n: int, nth: int) -> float:
    """Give the value that would stand at a place if the first n were in order: quickselect, because to sort compiles longer."""
    low, high = 0, n - 1
    while low < high:
        middle, i, j = room[(low + high) // 2], low, high
        while i <= j:
            while room[i] < middle:
                i += 1
            while room[j] > middle:
                j -= 1
            if i <= j:
                room[i], room[j] = room[j], room[i]
                i, j = i + 1, j - 1
        if nth <= j:
            high = j
        elif nth >= i:
            low = i
        else:
            break
    return float(room[nth])


@kernel
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


@kernel
def ends(span: Any, values: Any, latest: bool, out: Any) -> None:
    """The value of the first or of the latest member."""
    for i in range(len(out)):
        if span.left[i] < span.right[i]:
            out[i] = values[span.right[i] - 1] if latest else values[span.left[i]]
        else:
            out[i] = np.nan


@kernel
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


@kernel
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


@kernel
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


@kernel
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


@kernel
def since_first(anchors: Any, members: Any, span: Any, out: Any) -> None:
    """Seconds since the window's first member."""
    for i in range(len(out)):
        out[i] = (anchors.t[i] - members.t[span.left[i]]) / 1e6 if span.left[i] < span.right[i] else np.nan


@kernel
def since_latest(anchors: Any, members: Any, span: Any, out: Any) -> None:
    """Seconds since the window's latest member before the anchor itself."""
    for i in range(len(out)):
        j = span.right[i] - 1
        if j >= span.left[i] and members.place[j] == anchors.place[i]:
            j -= 1
        out[i] = (anchors.t[i] - members.t[j]) / 1e6 if j >= span.left[i] else np.nan


@kernel
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


@kernel
def silences(anchors: Any, members: Any, span: Any, reaches: Any, out: Any) -> None:
    """The longest time without members in (t - reaches[0], t - reaches[1]], edges included, in seconds. O(anchors × window)."""
    for i in range(len(out)):
        before, top = anchors.t[i] - reaches[0], 0
        for j in range(span.left[i], span.right[i]):
            top = max(top, members.t[j] - before)
            before = members.t[j]
        out[i] = max(top, anchors.t[i] - reaches[1] - before) / 1e6
