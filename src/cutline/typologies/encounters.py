"""Whether the two sides of a row had been in touch before: who is a stranger, and who was never paid.

A row counts whichever way it led. That there was none is certain only where the deliveries reach back over the whole time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import EventTable
from cutline.graph.timelines import Subjects
from cutline.model.kernels import kernel
from cutline.model.tables import TABLES
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Truth
from cutline.typologies.rows import Rows
from cutline.typologies.trees import Ask
from cutline.typologies.vocabulary import ENDS


def met(rows: Rows, table: str, ask: Ask) -> Truth:
    """Tell for every row of a table whether its two sides met in [t - before - window, t - before), t being the row's time.

    Without `before` only earlier rows count, not another of the same instant. O(n log n) once a table, O(n) for each time that
    is asked for. Memory: one byte a row for each, four for the order, and twenty while the rows are sorted.
    """
    key = (table, f"met {ask.role} {ask.window_us} {ask.before_us}")
    if key not in rows.computed:
        rows.computed[key] = _met(rows, rows.table(table), ask)
    return rows.computed[key]


def _met(rows: Rows, table: EventTable, ask: Ask) -> Truth:
    out = np.full(len(table), UNKNOWN, np.uint8)
    if not len(table):
        return out
    one, other = (table.columns[end] for end in ENDS[table.name])
    everybody = Subjects.of_kinds(rows.index, TABLES[table.name][ask.role].kinds)
    covered = rows.covered(table, everybody)
    whose = (everybody.number[table.columns[ask.role]], covered.from_us, covered.to_us)
    _mark_met((one, other, table.t_us, _by_pair(rows, table)), (ask.window_us, ask.before_us), whose, out)
    return out


def _by_pair(rows: Rows, table: EventTable) -> NDArray[np.int32]:
    """Give the rows whose two sides are known, pair after pair, those of a pair by time."""
    key = (table.name, "met by pair")
    if key not in rows.computed:
        one, other = (table.columns[end] for end in ENDS[table.name])
        named = np.flatnonzero((one >= 0) & (other >= 0)).astype(np.int32)
        low, high = np.minimum(one, other)[named], np.maximum(one, other)[named]
        rows.computed[key] = named[np.argsort(low.astype(np.int64) << 32 | high, kind="stable")]
    return rows.computed[key]


@kernel
def _mark_met(rows: Any, span: Any, whose: Any, out: Any) -> None:
    """Walk the rows of each pair by time, and keep the first and the last that the present row looks back on."""
    one, other, t_us, order = rows
    window, before = span
    own, since, until = whose
    first = last = 0
    for k in range(len(order)):
        i, j = order[k], order[max(0, k - 1)]
        same = (one[i] == one[j] and other[i] == other[j]) or (one[i] == other[j] and other[i] == one[j])
        if not same:
            first = last = k
        end = t_us[i] - before
        while last < k and t_us[order[last]] < end:
            last += 1
        while first < last and t_us[order[first]] < end - window:
            first += 1
        if first < last:
            out[i] = TRUE
        elif own[i] >= 0 and end - window >= since[own[i]] and end <= until[own[i]]:
            out[i] = FALSE
