"""Measures that no window holds: how many ties hold at a moment, and how a window compares with all history before it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cutline.graph import windows
from cutline.graph.coverage import ALWAYS, NEVER
from cutline.graph.index import NULL
from cutline.graph.windows import Spells
from cutline.typologies.evaluator import Bounds
from cutline.typologies.plan import Lane, Output
from cutline.typologies.selections import Selected, Selections

ACTIVE = "active"


def active(selections: Selections, output: Output) -> Bounds:
    """Count the ties (or the different entities in a column of theirs) that hold at each anchor; from and to as recorded."""
    lane = selections.sources.plan.lanes[output.lane]
    sure, maybe = selections.selected(lane.selection)
    low = np.zeros(len(selections.anchors.t))
    windows.holding(selections.anchors, _spells(selections, sure, output.column), low)
    high = low.copy()
    if maybe is not None:
        more = np.zeros(len(low))
        windows.holding(selections.anchors, _spells(selections, maybe, ""), more)
        high += more
    high[_uncovered(selections, lane, sure)] = np.inf
    return low, high


def active_rows(selections: Selections, lane: Lane, anchor: int) -> NDArray[np.int32]:
    """Give the rows that surely hold at one anchor."""
    sure = selections.selected(lane.selection)[0]
    subject, t_us = selections.block.subject[anchor], selections.anchors.t[anchor]
    mine = slice(int(sure.at.start[subject]), int(sure.at.start[subject + 1]))
    begins, ends = _times(selections, sure)
    return np.asarray(sure.rows[mine][(begins[mine] <= t_us) & (t_us < ends[mine])], np.int32)


def burst(selections: Selections, output: Output) -> Bounds:
    """Compare a window with the mean of windows of its length in the subject's history before it.

    History begins with the deliveries, or for whom was opened later with the first row. Without one whole window of history, or
    without a row in it, there is nothing to measure; where it is too short because the deliveries begin late, it is unknown.
    """
    lane = selections.sources.plan.lanes[output.lane]
    sure, _ = selections.selected(lane.selection)
    span, t_us = selections.span(lane), selections.anchors.t
    subject = selections.block.subject
    start = sure.at.start[subject]
    covered = selections.sources.lines[sure.stream].covered
    since = covered.from_us[subject + selections.block.first]
    young = since == ALWAYS
    first = np.append(sure.at.t, NEVER)[np.where(start < sure.at.start[subject + 1], start, len(sure.rows))]
    begin = np.where(young, first, since)
    end = t_us - lane.reach_us
    history = np.where(begin > end, -1.0, (end - np.minimum(begin, end)) / lane.window_us)
    before = (span.left - start).astype(np.float64)
    usable = (history >= 1.0) & (before > 0)
    ratio = (span.right - span.left) * np.where(usable, history, 1.0) / np.where(usable, before, 1.0)
    value = np.where(usable, ratio, np.nan)
    open_ = _uncovered(selections, lane, sure) | ((history < 1.0) & ~young) | _doubtful(selections, lane)
    return np.where(open_, 0.0, value), np.where(open_, np.inf, value)


STATES: dict[str, Callable[[Selections, Output], Bounds]] = {ACTIVE: active, "burst": burst}
"""Aggregates that give their own bounds."""


def _doubtful(selections: Selections, lane: Lane) -> NDArray[np.bool_]:
    """Where a row up to the window's end may belong: what comes after it is neither in the window nor history."""
    maybe = selections.selected(lane.selection)[1]
    if maybe is None:
        return np.zeros(len(selections.anchors.t), np.bool_)
    return np.asarray(selections.until(lane, sure=False) > maybe.at.start[selections.block.subject])


def _uncovered(selections: Selections, lane: Lane, members: Selected) -> NDArray[np.bool_]:
    covered = selections.sources.lines[members.stream].covered
    subject, t_us = selections.block.subject + selections.block.first, selections.anchors.t - lane.before_us
    return np.asarray((t_us < covered.from_us[subject]) | (t_us > covered.to_us[subject]))


def _times(selections: Selections, members: Selected) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = selections.sources.rows.table(selections.sources.streams[members.stream].table)
    begins, ends = table.columns["valid_from"][members.rows], table.columns["valid_to"][members.rows]
    return np.where(begins == NULL, ALWAYS, begins), np.where(ends == NULL, NEVER, ends)


def _spells(selections: Selections, members: Selected, column: str) -> Spells:
    begins, ends = _times(selections, members)
    subject = np.repeat(np.arange(len(members.at.start) - 1), np.diff(members.at.start))
    codes = np.arange(len(begins))
    if column:
        name = selections.sources.streams[members.stream].table
        codes = np.unique(selections.sources.rows.column(name, column)[members.rows], return_inverse=True)[1]
    ends = np.maximum(begins, ends)
    rising, falling = np.lexsort((begins, subject)), np.lexsort((ends, subject))
    return Spells(members.at.start, begins[rising], codes[rising], ends[falling], codes[falling])
