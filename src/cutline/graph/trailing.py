"""What came before each row in a group that it belongs to: the same card, shop or place. Trailing windows, as of each row.

A group is any column of codes. Measured are the rows of the group in (t - window, t], the row itself among them; rows of equal
time count in their order. Mirrored, the same measures say what came after: for collections that are judged as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.graph import window_values, windows

FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class History:
    """Rows sorted by group and time: group g has `order[start[g]:start[g + 1]]`, its times are `rows.t` there."""

    order: NDArray[np.int64]
    rows: windows.Members

    @property
    def start(self) -> NDArray[np.int64]:
        """Where each group begins in the order, and where the last one ends."""
        return self.rows.start

    def as_told(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring values from the history's order back into that of the rows."""
        out = np.empty(len(values))
        out[self.order] = values
        return out


def history_of(group: NDArray[np.int64], t_us: NDArray[np.int64], mirrored: bool = False) -> History:
    """Sort rows by group (dense codes) and time; mirrored, the latest comes first and times run backwards."""
    place = np.arange(len(group))
    t_us, place = (-t_us, -place) if mirrored else (t_us, place)
    order = np.lexsort((place, t_us, group))
    start = np.concatenate(([0], np.cumsum(np.bincount(group))))
    return History(order, windows.Members(start, t_us[order], np.arange(len(order))))


def trailing(history: History, window_us: int = FOREVER) -> windows.Span:
    """Find the rows of the group in each row's window: O(rows)."""
    rows, anchors = history.rows, windows.Anchors(*history.rows)
    left, right = np.empty((2, len(history.order)), np.int64)
    windows.reach(anchors, rows, right)
    windows.edges(anchors, rows, right, window_us, left)
    return windows.Span(left, right)


def counted(history: History, span: windows.Span) -> NDArray[np.float64]:
    """Rows in each window."""
    out = np.empty(len(history.order))
    window_values.counts(span, out)
    return history.as_told(out)


def averaged(history: History, span: windows.Span, values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of an integer column in each window."""
    out = np.zeros(len(history.order))
    window_values.totals(span, np.concatenate(([0], np.cumsum(values[history.order]))), 1.0, out)
    window_values.ratios(span, out)
    return history.as_told(out)


def different(history: History, span: windows.Span, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distinct codes of another column in each window."""
    out, ours = np.empty(len(history.order)), codes[history.order]
    previous, following = np.empty((2, len(ours)), np.int64)
    last = np.full(int(ours.max(initial=0)) + 1, -1, np.int64)
    window_values.twins(history.start, ours, last, 0, previous, following)
    window_values.distincts(windows.Anchors(*history.rows), history.rows, span, previous, following, out)
    return history.as_told(out)


def pause(history: History, span: windows.Span) -> NDArray[np.float64]:
    """Seconds since the group's row before; NaN at its first."""
    out = np.empty(len(history.order))
    window_values.since_latest(windows.Anchors(*history.rows), history.rows, span, out)
    return history.as_told(out)


def one_before(history: History, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column's value at the group's row before; NaN at its first."""
    ours = values[history.order]
    out = np.concatenate(([np.nan], ours[:-1]))
    out[history.start[:-1][np.diff(history.start) > 0]] = np.nan
    return history.as_told(out)
