"""Filters over whole tables: which rows pass is told once, whoever's timeline they are then seen on.

Whether a row passes depends on the row alone, so the verdict is a column of its own, one byte a row, and every stream, block
and plan that asks with the same words gathers from it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cutline.typologies.encounters import met
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Bounds, Inputs, Truth, run
from cutline.typologies.lists import Lists
from cutline.typologies.plan import Plan
from cutline.typologies.rows import Rows
from cutline.typologies.trees import Ask

PIECE_ROWS = 1 << 17
"""Rows that are judged at once: what is held beside the verdict stays a few megabytes."""

Word = Callable[[tuple[str, str]], int]


def passing(plan: Plan, number: int, rows: Rows, lists: Lists, word: Word) -> Truth:
    """Tell for every row of a selection's table whether it passes the filter: TRUE, FALSE or UNKNOWN. O(rows) once."""
    selection = plan.selections[number]
    table = selection.stream.table
    key = (table, f"where {selection.where!r}")
    if key not in rows.computed:
        verdict = np.empty(len(rows.table(table)), np.uint8)
        for begin in range(0, len(verdict), PIECE_ROWS):
            piece = slice(begin, min(begin + PIECE_ROWS, len(verdict)))
            verdict[piece] = _judged(plan, number, piece, (rows, lists, word))
        rows.computed[key] = verdict
    return rows.computed[key]


def _judged(plan: Plan, number: int, at: slice, reading: tuple[Rows, Lists, Word]) -> Truth:
    rows, lists, word = reading
    table = plan.selections[number].stream.table

    def bounds(column: int) -> Bounds:
        return rows.bounds(table, plan.columns[column][1], at)

    def tag(name: tuple[str, str]) -> Truth:
        return lists.truth(name[1], rows.column(table, name[0])[at], rows.table(table).t_us[at])

    def ask(asked: Ask) -> Bounds | Truth:
        if asked.what == "met":
            return met(rows, table, asked)[at]
        own = rows.column(table, asked.role)[at]
        of = own if asked.of == "subject" else rows.column(table, asked.of)[at]
        return lists.particulars.answer(asked, of, rows.table(table).t_us[at], own)

    truth = run(plan.filters[number], Inputs(at.stop - at.start, bounds, word, tag, ask))
    # A row for which there is nothing to compare is no member.
    return np.where(truth & TRUE, truth & UNKNOWN, FALSE).astype(np.uint8)
