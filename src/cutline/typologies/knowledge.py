"""When a hit could first be known: an event counts from its arrival, and a warning may have come too late."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS, NEVER
from cutline.graph.index import NULL
from cutline.model.index import stretches
from cutline.typologies.compiler import Rules
from cutline.typologies.histories import active_rows
from cutline.typologies.matching import followed
from cutline.typologies.measures import Measures
from cutline.typologies.plan import Lane, Mark, Match
from cutline.typologies.rows import Rows
from cutline.typologies.vocabulary import Stream

Moments = NDArray[np.int64]


def known_at(rules: Rules, measures: Measures, at: NDArray[np.int64]) -> Moments:
    """Say when all that some anchors rest on had been reported to us, in microseconds.

    That is the latest arrival among the anchor's own row, every row that a window of `when` surely holds then, the earlier
    steps that those followed, the ties valid then by which rows of others are the subject's, and the deliveries by which it was
    known that the windows hold nothing more (where the subject's institution delivers at all). Rows of strangers that a measure
    `by` a shared value counts are left out. O(rows in the windows).
    """
    measures = measures.only(at)
    sources, block = measures.sources, measures.block
    latest = np.full(len(at), ALWAYS, np.int64)
    for k, stream in enumerate(sources.streams):
        mine = np.flatnonzero(block.stream == k)
        own = block.rows[k][np.searchsorted(block.places[k], block.place[mine])]
        latest[mine] = np.maximum(latest[mine], _told(rules, sources.rows, stream.table, own))
    lanes = dict.fromkeys(lane for program in rules.when for lane in sources.plan.lanes_in(program))
    for part in dict.fromkeys(part for lane in lanes for part in lane.parts):
        latest = np.maximum(latest, _of_window(rules, measures, part))
        latest = np.maximum(latest, _of_coverage(measures, part))
    for stream in dict.fromkeys(sources.plan.selections[lane.selection].stream for lane in lanes):
        if stream.via:
            latest = np.maximum(latest, _of_ties(measures, stream))
    return latest


def _of_window(rules: Rules, measures: Measures, lane: Lane) -> Moments:
    members, span = measures.selections.selected(lane.selection)[0], measures.selections.span(lane)
    if lane.window_us:
        counts = np.maximum(span.right - span.left, 0)
        rows = members.rows[stretches(span.left, counts)]
    else:
        held_rows = [active_rows(measures.selections, lane, k) for k in range(len(measures.block.t_us))]
        counts = np.array([len(rows) for rows in held_rows], np.int64)
        rows = np.concatenate(held_rows)
    latest = np.full(len(counts), ALWAYS, np.int64)
    if len(rows):
        table = measures.sources.streams[members.stream].table
        held, begins = np.flatnonzero(counts), np.cumsum(counts) - counts
        latest[held] = np.maximum.reduceat(_told(rules, measures.sources.rows, table, rows), begins[held])
    return latest


def _of_coverage(measures: Measures, lane: Lane) -> Moments:
    sources, block = measures.sources, measures.block
    stream = sources.plan.selections[lane.selection].stream
    latest = np.full(len(block.t_us), ALWAYS, np.int64)
    if not stream.via:
        coverage = sources.rows.table(stream.table).coverage
        for k, (entity, t_us) in enumerate(zip(measures.entities.tolist(), block.t_us.tolist(), strict=True)):
            known = coverage.known_to(sources.rows.index.entity(entity), t_us - lane.before_us)
            latest[k] = ALWAYS if known is None else known
    return latest


def _told(rules: Rules, rows: Rows, table: str, at: NDArray[np.int32]) -> Moments:
    """When rows were reported, and the earlier steps that they followed, and that what must be absent was."""
    if table not in rows.index.tables or not len(at):
        return np.full(len(at), ALWAYS, np.int64)
    latest = rows.index.known(table, at.astype(np.int64))
    if rules.match is not None and table == rules.match.table:
        latest = np.maximum(latest, _of_match(rules.match, rows, at))
    here, later = table, at.reshape(-1, 1)
    for mark in reversed(rules.marks):
        if mark.stream.table != here:
            continue
        if mark.absent:
            latest = np.maximum(latest, _of_absence(rows, mark, later).max(axis=1))
            continue
        witness = rows.witness[here, mark.name]
        before = witness.of(later.ravel()).reshape(len(at), -1)
        known = np.full(before.shape, ALWAYS, np.int64)
        known[before >= 0] = rows.index.known(witness.table, before[before >= 0].astype(np.int64))
        latest = np.maximum(latest, known.max(axis=1))
        if (before >= 0).any():
            here, later = witness.table, before
    return latest


def _of_match(match: Match, rows: Rows, at: NDArray[np.int32]) -> Moments:
    """When the rows of all steps of a sequence were known, and that what must be absent was."""
    latest = np.full(len(at), ALWAYS, np.int64)
    earlier = followed(match, rows, at)
    for step, (table, before) in zip(match.steps, earlier, strict=True):
        known = np.full(before.shape, ALWAYS, np.int64)
        known[before >= 0] = rows.index.known(table, before[before >= 0].astype(np.int64))
        for mark in step.absences:
            known = np.maximum(known, _of_absence(rows, mark, before))
        latest = np.maximum(latest, known.max(axis=1))
    ends = np.where(earlier[0][1][:, :1] >= 0, 0, -1)  # what is no end of the sequence, nothing had to be absent from
    for k, guard in match.guards:
        table, before = earlier[k + 1]
        own = next(end.stream for end in match.steps[k + 1].ends if end.letter in {e.letter for e in guard.ends if e.stream})
        if own is not None and not own.via:
            latest = np.maximum(latest, _silent(rows, own, guard.table, np.where(ends < 0, -1, before), 0).max(axis=1))
    return latest


def _of_absence(rows: Rows, mark: Mark, later: NDArray[np.int32]) -> Moments:
    """When it was known that nothing was missing which must be absent; of tied entities it is not asked."""
    stream = mark.plan.selections[mark.lane.selection].stream
    if mark.stream.via or stream.via:
        return np.full(later.shape, ALWAYS, np.int64)
    flags = rows.computed[mark.stream.table, mark.name]
    return _silent(rows, mark.stream, stream.table, np.where(flags[later] == 1, later, -1), mark.lane.before_us)


def _silent(rows: Rows, stream: Stream, silent: str, later: NDArray[np.int32], before_us: int) -> Moments:
    """Say when it was known that a table holds no more of the entities of some rows (-1: none) until then."""
    latest = np.full(later.shape, ALWAYS, np.int64)
    table, coverage = rows.table(stream.table), rows.table(silent).coverage
    for place in np.argwhere(later >= 0):
        row = int(later[tuple(place)])
        entity = rows.index.entity(int(table.columns[stream.role][row]))
        known = coverage.known_to(entity, int(table.t_us[row]) - before_us)
        latest[tuple(place)] = ALWAYS if known is None else known
    return latest


def _of_ties(measures: Measures, stream: Stream) -> Moments:
    block, rows = measures.block, measures.sources.rows
    ties = rows.ties_by_subject(measures.sources.plan.subject, stream.via)
    whose = block.subject + block.first
    low, high = (np.searchsorted(ties.subject, whose, side) for side in ("left", "right"))
    latest = np.full(len(whose), ALWAYS, np.int64)
    for k, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        mine = slice(a, b)
        ends = np.where(ties.to_us[mine] == NULL, NEVER, ties.to_us[mine])
        valid = ties.row[mine][(ties.from_us[mine] <= block.t_us[k]) & (block.t_us[k] < ends)]
        if len(valid):
            latest[k] = rows.index.known("ties", valid).max()
    return latest
