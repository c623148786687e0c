"""The batch driver: blocks of whole subjects through a plan, to an outcome at every event that a typology listens to.

Memory: the index, the rows of the streams (four bytes an entry), and one block. Conditions run in the order they were written,
each only on the events that survived the ones before, and a measure is computed only in blocks where something still asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.graph.timelines import Block, Lines, Subjects, blocks
from cutline.typologies.compiler import Compiled, Rules
from cutline.typologies.evaluator import EMPTY, FALSE, TRUE, UNKNOWN, Op, Program, Truth, both
from cutline.typologies.measures import Measures, Memory
from cutline.typologies.plan import Mark, Plan
from cutline.typologies.rows import Lists, Rows
from cutline.typologies.vocabulary import SUBJECTS, Stream

NOT_EVALUATED, HIT, CLEAR, NOT_ASSESSABLE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Judged:
    """One typology over one block: its outcome at every anchor."""

    rules: Rules
    measures: Measures
    outcome: NDArray[np.uint8]

    @property
    def hits(self) -> NDArray[np.int64]:
        """The anchors where it is certainly true."""
        return np.flatnonzero(self.outcome == HIT)


def sweep(compiled: Compiled, rows: Rows, lists: Lists) -> Iterator[Judged]:
    """Judge everything that typologies on one plan listen to, block by block, subjects in the order of their ids."""
    for mark in compiled.plan.marks:
        set_mark(mark, rows, lists)
    anchors = frozenset(stream for rules in compiled.rules for stream in rules.on)
    for measures in measured(compiled.plan, anchors, rows, lists):
        for rules in compiled.rules:
            yield Judged(rules, measures, judge(rules, measures))


def measured(plan: Plan, anchors: frozenset[Stream], rows: Rows, lists: Lists) -> Iterator[Measures]:
    """Lay a plan over all subjects, block by block."""
    streams = plan.streams
    lines = [rows.stream(plan.subject, s) for s in streams]
    subjects = Subjects.of_kinds(rows.index, SUBJECTS[plan.subject])
    widest = max((len(c) for t in rows.index.tables.values() for c in t.categories.values()), default=0)
    memory = Memory(np.full(max(len(rows.index), widest, 1), -1, np.int64))
    for block in _in_order(lines, streams, anchors, rows):
        yield Measures(plan, block, streams, lines, rows, lists, memory, subjects.codes)


def _in_order(lines: list[Lines], streams: tuple[Stream, ...], anchors: frozenset[Stream], rows: Rows) -> Iterator[Block]:
    if len(lines[0].pointer) > 1:
        yield from blocks(rows.index, lines, [s in anchors for s in streams])


def judge(rules: Rules, measures: Measures) -> NDArray[np.uint8]:
    """Give a typology's outcome at each anchor of a block."""
    here = np.isin(measures.block.stream, [k for k, s in enumerate(measures.streams) if s in rules.on])
    outcome = np.where(here, CLEAR, NOT_EVALUATED).astype(np.uint8)
    live = np.flatnonzero(here)
    truth: Truth = np.full(len(live), TRUE, np.uint8)
    for program in rules.when:
        truth, live = _survivors(both(truth, measures.run(program, live)), live)
        if not len(live):
            return outcome
    if rules.unless is not None:
        truth, live = _survivors(both(truth, _spares(measures.run(rules.unless, live))), live)
    outcome[live] = np.where(truth == TRUE, HIT, NOT_ASSESSABLE)
    return outcome


def _survivors(truth: Truth, live: NDArray[np.int64]) -> tuple[Truth, NDArray[np.int64]]:
    keep = np.flatnonzero(truth & TRUE)
    return truth[keep], live[keep]


def _spares(truth: Truth) -> Truth:
    """Negate `unless`; where it has nothing to measure it spares nobody."""
    spared = ((truth & TRUE) << 1) | ((truth & FALSE) >> 1) | ((truth & EMPTY) >> 2)
    return np.asarray(spared, np.uint8)


def set_mark(mark: Mark, rows: Rows, lists: Lists) -> None:
    """Write a step that has happened on the rows of the next step: 1, 0, or -1 where it cannot be known, and its witness."""
    key = (mark.stream.table, mark.name)
    if key in rows.computed:
        return
    count = len(rows.table(mark.stream.table))
    flags, witness = np.zeros(count, np.int8), np.full(count, -1, np.int32)
    plan = _with_stream(mark)
    for measures in measured(plan, frozenset({mark.stream}), rows, lists):
        anchors = np.arange(len(measures.block.t_us))
        truth = measures.run(mark.condition, anchors)
        k = list(measures.streams).index(mark.stream)
        own = measures.block.rows[k]
        members = measures.selected(0)[0]
        flags[own] = np.where(truth == TRUE, 1, np.where(truth == UNKNOWN, -1, 0))
        seen = np.flatnonzero(truth == TRUE)
        witness[own[seen]] = members.rows[members.upto[seen] - 1]
    rows.computed[key] = flags
    rows.witness[key] = (plan.selections[0].stream.table, witness)


def _with_stream(mark: Mark) -> Plan:
    """The plan of a mark also has to walk over the rows that are to be marked."""
    from cutline.typologies.plan import Selection, intern

    intern(mark.plan.selections, Selection(mark.stream, None, ""))
    return mark.plan


def missing(rules: Rules, measures: Measures, at: NDArray[np.int64]) -> dict[str, None]:
    """Say what was missing at some anchors that could not be assessed, each thing once, in the order it was met."""
    notes: dict[str, None] = {}
    programs = [*rules.when, *([rules.unless] if rules.unless else [])]
    for program in programs:
        for lane in measures.plan.lanes_in(program):
            unknown = measures.unknown(lane)
            if unknown is None:
                continue
            stream = measures.plan.selections[lane.selection].stream
            if np.isinf(unknown[at]).any():
                notes[f"{stream}: {_span(lane.window_us)} of history before the event"] = None
            if (np.isfinite(unknown[at]) & (unknown[at] > 0)).any():
                notes[f"{stream}: rows with values unknown"] = None
        notes |= _missing_lists(program, measures)
    return notes


def _missing_lists(program: Program, measures: Measures) -> dict[str, None]:
    tags = [program.tags[k][1] for op, k in program.code if op is Op.TAG]
    return {} if measures.lists.loaded else {f"lists: any that could say '{tag}'": None for tag in tags}


def _span(us: int) -> str:
    hours = us / 3_600_000_000
    return f"{hours / 24:g} d" if hours >= 48 else f"{hours:g} h"
