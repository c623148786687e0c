"""The batch driver: blocks of whole subjects through a plan, to an outcome at every event that a typology listens to.

Memory: the index, the rows of the streams (four bytes an entry), and one block. Conditions run in the order they were written,
each only on the events that survived the ones before, and a measure is computed only in blocks where something still asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS
from cutline.graph.ticks import Rhythm, tick_lines
from cutline.graph.timelines import Lines, blocks
from cutline.model.tables import TABLES
from cutline.typologies.compiler import Compiled, Rules
from cutline.typologies.evaluator import EMPTY, FALSE, TRUE, Op, Program, Truth, both
from cutline.typologies.lists import Lists
from cutline.typologies.marking import Marking
from cutline.typologies.matching import Matching
from cutline.typologies.measures import Measures, Memory
from cutline.typologies.peering import DAY_US, GROUPS, MIDNIGHT_US, day_of, groups_of, percentiles_by_day
from cutline.typologies.plan import CROWD, Crowd, Mark, Match, Peering, Plan, Ticks
from cutline.typologies.rows import Rows
from cutline.typologies.selections import Sources
from cutline.typologies.vocabulary import Stream

NOT_EVALUATED, HIT, CLEAR, NOT_ASSESSABLE = 0, 1, 2, 3

WORTH_ALL = 0.75
"""Where a smaller share of the anchors survives, the rest is measured at the survivors alone."""


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
    for measures in prepared(compiled, rows, lists):
        for rules in compiled.rules:
            yield Judged(rules, measures, judge(rules, measures))


def prepared(compiled: Compiled, rows: Rows, lists: Lists) -> Iterator[Measures]:
    """Set a plan's marks and crowds, and lay it over all subjects, block by block."""
    for mark in compiled.plan.marks:
        set_mark(mark, rows, lists)
    for match in compiled.plan.matches:
        set_match(match, rows, lists)
    for crowd in compiled.plan.crowds:
        set_crowd(crowd, rows, lists)
    for peering in compiled.plan.peerings:
        set_peers(peering, rows, lists)
    anchors = frozenset(stream for rules in compiled.rules for stream in rules.on)
    yield from measured(compiled.plan, anchors, rows, lists)


def measured(plan: Plan, anchors: frozenset[Stream], rows: Rows, lists: Lists) -> Iterator[Measures]:
    """Lay a plan over all subjects, block by block."""
    subjects = rows.subjects(plan.subject)
    if not len(subjects):
        return
    ticks = sorted((s for s in anchors if isinstance(s, Ticks)), key=repr)
    streams = (*plan.streams, *ticks)
    lines = [rows.stream(plan.subject, s) for s in plan.streams] + [ticking(plan.subject, t, rows) for t in ticks]
    sources = Sources(plan, streams, lines, rows, lists, subjects.codes)
    widest = max((len(c) for t in rows.index.tables.values() for c in t.categories.values()), default=0)
    memory = Memory(np.full(max(len(rows.index), widest), -1, np.int64))
    for block in blocks(lines, [s in anchors for s in streams]):
        yield Measures.over(sources, block, memory)


def ticking(subject: str, ticks: Ticks, rows: Rows) -> Lines:
    """Give the ticks of every subject, none before the deliveries begin; days begin where people live."""
    starts = [rows.table(stream.table).coverage.from_us for stream in ticks.of]
    since_us = min((start for start in starts if start is not None), default=ALWAYS)
    rhythm = Rhythm(ticks.every_us, MIDNIGHT_US, ticks.reach_us, since_us)
    return tick_lines([rows.stream(subject, s) for s in ticks.of], rhythm, len(TABLES))


def judge(rules: Rules, measures: Measures) -> NDArray[np.uint8]:
    """Give a typology's outcome at each anchor of a block."""
    here = heard(rules, measures)
    outcome = np.where(here, CLEAR, NOT_EVALUATED).astype(np.uint8)
    live = np.flatnonzero(here)
    if not len(live):
        return outcome
    truth: Truth = np.full(len(live), TRUE, np.uint8)
    looking = Looking(measures)
    for program in rules.when:
        truth, live = _survivors(both(truth, looking.run(program, live)), live)
        if not len(live):
            return outcome
    if rules.unless is not None:
        truth, live = _survivors(both(truth, spares(looking.run(rules.unless, live))), live)
    outcome[live] = np.where(truth == TRUE, HIT, NOT_ASSESSABLE)
    return outcome


def heard(rules: Rules, measures: Measures) -> NDArray[np.bool_]:
    """Tell at which anchors of a block a typology is evaluated."""
    return np.isin(measures.block.stream, [k for k, stream in enumerate(measures.sources.streams) if stream in rules.on])


class Looking:
    """Measures that narrow with the anchors that are still asked about: a rare first condition makes the others cheap."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._kept: NDArray[np.int64] | None = None

    def run(self, program: Program, live: NDArray[np.int64]) -> Truth:
        """Run a program at anchors of the block, fewer from call to call."""
        at = live if self._kept is None else np.searchsorted(self._kept, live)
        if len(at) < WORTH_ALL * len(self._measures.block.t_us):
            self._measures, self._kept = self._measures.only(at), live
            at = np.arange(len(live))
        return np.asarray(self._measures.run(program, at), np.uint8)


def set_mark(mark: Mark, rows: Rows, lists: Lists) -> None:
    """Write on rows whether a step had come before them, or had not: 1, 0, or -1 where it cannot be known; and witnesses."""
    if (mark.stream.table, mark.name) in rows.computed:
        return
    marking = Marking.of(mark, rows)
    for measures in measured(mark.plan, frozenset({mark.stream}), rows, lists):
        marking.add(measures)
    rows.computed[mark.stream.table, mark.name] = marking.flags()
    if not mark.absent:
        rows.witness[mark.stream.table, mark.name] = marking.witness()


def set_match(match: Match, rows: Rows, lists: Lists) -> None:
    """Write on rows whether they end a sequence: 1, 0, or -1 where it cannot be known; and the rows of the steps before."""
    if (match.table, match.name) not in rows.computed:
        Matching(match, rows, lists).set()


def set_crowd(crowd: Crowd, rows: Rows, lists: Lists) -> None:
    """Write what everybody who shares a row's value did, as bounds on the row; unlimited where the value is unknown."""
    key = (crowd.stream.table, crowd.name)
    if key in rows.crowds:
        return
    count = len(rows.table(crowd.stream.table))
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    for measures in measured(crowd.plan, frozenset({crowd.stream}), rows, lists):
        own = measures.block.rows[measures.sources.streams.index(crowd.stream)]
        low[own], high[own] = measures.run(crowd.program, np.arange(len(own)))
    rows.crowds[key] = (low, high)


def set_peers(peering: Peering, rows: Rows, lists: Lists) -> None:
    """Take a measure of every subject at each midnight and keep the percentile. Memory: 16 bytes a subject and day."""
    if peering.name in rows.peers:
        return
    plan = peering.plan
    reach_us = max(lane.reach_us for lane in plan.lanes_in(peering.program))
    midnights = Ticks("", "", "", "", DAY_US, reach_us, plan.streams)
    days, values = [np.empty(0, np.int64)], [np.empty(0)]
    for measures in measured(plan, frozenset({midnights}), rows, lists):
        low, high = measures.run(peering.program, np.arange(len(measures.block.t_us)))
        group = groups_of(peering.same, lists.particulars, measures.entities, measures.block.t_us)
        some = np.flatnonzero((low == high) & (low != 0.0) & (group >= 0))
        days.append(day_of(measures.block.t_us[some]) * GROUPS + group[some])
        values.append(low[some])
    found = percentiles_by_day(np.concatenate(days), np.concatenate(values), peering.rank)
    rows.peers[peering.name] = found._replace(same=peering.same)


def missing(rules: Rules, measures: Measures, at: NDArray[np.int64]) -> dict[str, None]:
    """Say what was missing at some anchors that could not be assessed, each thing once, in the order it was met."""
    notes: dict[str, None] = {}
    measures = measures.only(at)
    plan = measures.sources.plan
    programs = [*rules.when, *([rules.unless] if rules.unless else [])]
    for lane in dict.fromkeys(lane for program in programs for lane in plan.lanes_in(program)):
        unknown = measures.selections.unknown(lane)
        if unknown is None:
            continue
        stream = plan.selections[lane.selection].stream
        notes |= dict.fromkeys(f"{stream}: {what}" for what in measures.selections.uncovered(lane))
        if (np.isfinite(unknown) & (unknown > 0)).any():
            notes[f"{stream}: rows with unknown values"] = None
    if rules.match is not None and measures.selections.holds(rules.match.table, rules.match.cut):
        notes["sequences: searches that their budget ended"] = None
    for number in dict.fromkeys(k for program in programs for k in program.loads if plan.outputs[k].aggregate == CROWD):
        low, high = measures.bounds(number)
        if (low < high).any():
            stream = plan.selections[plan.lanes[plan.outputs[number].lane].selection].stream
            notes[f"{stream}: what everybody did who shares a value with the subject"] = None
    if measures.truncated(programs, np.arange(len(measures.block.t_us))).any():
        notes["patterns: searches that their budget ended"] = None
    if not measures.sources.lists.loaded:
        notes |= {f"lists: any that could say '{tag}'": None for program in programs for tag in _tags(program)}
    return notes


def _survivors(truth: Truth, live: NDArray[np.int64]) -> tuple[Truth, NDArray[np.int64]]:
    keep = np.flatnonzero(truth & TRUE)
    return truth[keep], live[keep]


def spares(truth: Truth) -> Truth:
    """Negate `unless`; where it has nothing to measure it spares nobody."""
    spared = ((truth & TRUE) << 1) | ((truth & FALSE) >> 1) | ((truth & EMPTY) >> 2)
    return np.asarray(spared, np.uint8)


def _tags(program: Program) -> list[str]:
    return [program.tags[k][1] for op, k in program.code if op is Op.TAG]
