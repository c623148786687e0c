"""Window kernels: which members a subject's trailing window holds, at every anchor of a block; `window_values` measures them.

Anchors (the events that are judged) and members (the rows that are measured) are listed by subject, then by place in the
merged order of the subject's events. The span of anchor i is the members left[i] … right[i] - 1: for a window (t - w, t] those
at or before it in the order and later than t[i] - w. Kernels move two pointers, O(anchors + members), unless they say
otherwise; compiled once, parameters not code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import kernel


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


@kernel
def reach(anchors: Any, members: Any, out: Any) -> None:
    """out[i]: the first member placed after anchor i."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            while j < members.start[s + 1] and members.place[j] <= anchors.place[i]:
                j += 1
            out[i] = j


@kernel
def edges(anchors: Any, members: Any, upto: Any, window: int, out: Any) -> None:
    """out[i]: the first member later than t[i] - window."""
    for s in range(len(anchors.start) - 1):
        j = members.start[s]
        for i in range(anchors.start[s], anchors.start[s + 1]):
            limit = anchors.t[i] - window
            while j < upto[i] and members.t[j] <= limit:
                j += 1
            out[i] = j


@kernel
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


@kernel
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


@kernel
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


@kernel
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


@kernel
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
