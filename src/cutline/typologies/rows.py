"""What the sweep reads: columns of the index, columns that are computed, marks that steps have set, and what lists say."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS, Covered, cover, cover_all
from cutline.graph.index import NULL, Coverage, EventTable, Index
from cutline.graph.local_time import local_hours
from cutline.graph.timelines import Lines, Subjects, TieRows, lines_of, lines_via
from cutline.graph.valuation import value_of
from cutline.model.assets import is_piece
from cutline.model.index import stretches
from cutline.model.tables import TABLES
from cutline.typologies.evaluator import Bounds
from cutline.typologies.origins import tell_origin
from cutline.typologies.plan import BY
from cutline.typologies.vocabulary import KIND_OF, LINKS, NIGHT_HOURS, SAYS, SUBJECTS, TOLD, Stream, origin_of, rank_of, word_of
from cutline.typologies.wording import lexicons, said

HOME_ZONE = "Asia/Shanghai"
"""Night is counted on the clocks of the country whose people are robbed."""


class Midnights(NamedTuple):
    """Values by day and group, ascending; `same`: what makes a group."""

    day: NDArray[np.int64]
    value: NDArray[np.float64]
    same: tuple[str, ...] = ()


class Witness(NamedTuple):
    """The rows of `table` by which a step had happened: `earlier[k]` for row `later[k]` (ascending); -1: fewer."""

    table: str
    later: NDArray[np.int32]
    earlier: NDArray[np.int32]

    def of(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Give the earlier rows of some rows, one line each."""
        none = np.full((1, self.earlier.shape[1]), -1, np.int32)
        place = np.searchsorted(self.later, rows)
        known = np.append(self.later, np.int32(-1))[place] == rows
        return np.concatenate([self.earlier, none])[np.where(known, place, len(self.later))]


@dataclass(slots=True)
class Rows:
    """The tables of an index, with computed columns. Holds each computed column once (8 bytes a row at most)."""

    index: Index
    computed: dict[tuple[str, str], NDArray[Any]] = field(default_factory=dict)
    witness: dict[tuple[str, str], Witness] = field(default_factory=dict)
    crowds: dict[tuple[str, str], Bounds] = field(default_factory=dict)
    lines: dict[tuple[str, Stream], Lines] = field(default_factory=dict)
    tied: dict[tuple[str, str], TieRows] = field(default_factory=dict)
    peers: dict[str, Midnights] = field(default_factory=dict)

    def table(self, name: str) -> EventTable:
        """Give a table; one that was not read is empty and not covered."""
        if name not in self.index.tables:
            self.index.tables[name] = EventTable(name, np.empty(0, np.int64), {}, {}, Coverage(None, None))
        return self.index.tables[name]

    def column(self, table: str, name: str) -> NDArray[Any]:
        """Give a column of the index, or one that is computed from others."""
        rows = self.table(table)
        if name in rows.columns:
            return rows.columns[name]
        if (table, name) not in self.computed:
            self.computed[table, name] = self._compute(rows, name)
        return self.computed[table, name]

    def bounds(self, table: str, name: str, at: NDArray[np.int32] | slice) -> Bounds:
        """Give the bounds of a column's values at some rows: unlimited where a value is unknown."""
        values = self.column(table, name)[at]
        low = values.astype(np.float64)
        unknown = is_unknown(values)
        if not unknown.any():
            return low, low
        return np.where(unknown, -np.inf, low), np.where(unknown, np.inf, low)

    def subjects(self, subject: str) -> Subjects:
        """Give all entities of a subject's kinds, or all values of a column."""
        if not subject.startswith(BY):
            return Subjects.of_kinds(self.index, SUBJECTS[subject])
        table, _, column = subject.removeprefix(BY).partition(".")
        if column in TABLES[table].entity_columns:
            return Subjects.of_kinds(self.index, TABLES[table][column].kinds)
        return Subjects.of_values(len(self.table(table).categories.get(column, ())))

    def stream(self, subject: str, stream: Stream) -> Lines:
        """Give a stream's rows by subject, sorted once."""
        if (subject, stream) not in self.lines:
            mine = self.subjects(subject)
            self.lines[subject, stream] = self._via(mine, stream) if stream.via else self._own(mine, stream)
        return self.lines[subject, stream]

    def _own(self, subjects: Subjects, stream: Stream) -> Lines:
        table = self.table(stream.table)
        role = table.columns.get(stream.role, np.empty(0, np.int32))
        named = stream.role in TABLES[stream.table].entity_columns
        covered = self.covered(table, subjects) if named else cover_all(table, len(subjects))
        return lines_of(table, rank_of(stream.table), role, subjects, covered)

    def covered(self, table: EventTable, subjects: Subjects) -> Covered:
        """Say from when to when no row of each subject can be missing.

        Whoever was opened after the deliveries begin has no history before them that could be missing.
        """
        covered = cover(self.index, table, subjects.codes)
        who, opened_us = self._opened()
        mine = subjects.number[who]
        mine, opened_us = mine[mine >= 0], opened_us[mine >= 0]
        covered.from_us[mine[opened_us >= covered.from_us[mine]]] = ALWAYS
        return covered

    def _opened(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Give who was opened, and when: one row for each time."""
        facts = self.table("facts")
        if not len(facts):
            return np.empty(0, np.int32), np.empty(0, np.int64)
        rows = np.flatnonzero(facts.columns["attribute"] == facts.category("attribute", "opened_at"))
        return facts.columns["entity"][rows], facts.columns["valid_from"][rows]

    def _via(self, mine: Subjects, stream: Stream) -> Lines:
        others = Subjects.of_kinds(self.index, LINKS[stream.via].kinds)
        direct = Stream(stream.table, stream.direction, stream.role)
        return lines_via(self.table(stream.table), self._own(others, direct), self.ties(mine, stream.via), len(mine))

    def ties(self, mine: Subjects, via: str) -> TieRows:
        """Give the ties that lead from subjects to the entities that `via` names."""
        link = LINKS[via]
        return self._ties(mine, Subjects.of_kinds(self.index, link.kinds), link.relations)

    def ties_by_subject(self, subject: str, via: str) -> TieRows:
        """Give the ties of all of a subject's entities, those of one entity together, sorted once."""
        if (subject, via) not in self.tied:
            ties = self.ties(self.subjects(subject), via)
            order = np.argsort(ties.subject, kind="stable")
            self.tied[subject, via] = TieRows(**{f.name: getattr(ties, f.name)[order] for f in fields(ties)})
        return self.tied[subject, via]

    def _ties(self, mine: Subjects, others: Subjects, relations: tuple[str, ...]) -> TieRows:
        """Ties lead both ways: which end is the subject is told by the kinds."""
        table = self.table("ties")
        if not len(table):
            none = np.empty(0, np.int32)
            return TieRows(none, none, *(np.empty(0, np.int64) for _ in range(3)))
        wanted = np.isin(table.columns["relation"], [table.category("relation", r) for r in relations])
        parts = []
        for one, other in (("a", "b"), ("b", "a")):
            subject, tied = mine.number[table.columns[one]], others.number[table.columns[other]]
            at = np.flatnonzero(wanted & (subject >= 0) & (tied >= 0))
            parts.append((subject[at], tied[at], table.columns["valid_from"][at], table.columns["valid_to"][at], at))
        return self._of_every_token(mine, TieRows(*(np.concatenate(p) for p in zip(*parts, strict=True))))

    def _of_every_token(self, mine: Subjects, ties: TieRows) -> TieRows:
        """What is tied to one token of a person is tied to the others that issuers say are the same person."""
        table = self.table("ties")
        same = np.flatnonzero(table.columns["relation"] == table.category("relation", "same_as"))
        a, b = (mine.number[table.columns[end][same]] for end in ("a", "b"))
        both = (a >= 0) & (b >= 0) & (a != b)
        if not both.any():
            return ties
        a, b = np.concatenate([a[both], b[both]]), np.concatenate([b[both], a[both]])
        order = np.argsort(ties.subject, kind="stable")
        first, last = (np.searchsorted(ties.subject[order], a, side) for side in ("left", "right"))
        counts = last - first
        source = order[stretches(first, counts)]
        parts = {f.name: np.append(getattr(ties, f.name), getattr(ties, f.name)[source]) for f in fields(ties)}
        return TieRows(**{**parts, "subject": np.append(ties.subject, np.repeat(b, counts))})

    def _compute(self, table: EventTable, name: str) -> NDArray[Any]:
        if name == "value":
            return value_of(self.index)
        if name == "piece":
            single = np.array([is_piece(asset) for asset in table.categories.get("asset", ())], np.int8)
            return np.asarray(np.append(single, np.int8(0))[table.columns["asset"]], np.int8)
        if name.endswith(KIND_OF):
            codes = table.columns[name.removesuffix(KIND_OF)]
            return np.where(codes < 0, -1, self.index.kinds[codes].astype(np.int32)).astype(np.int32)
        if name.endswith(TOLD):
            return (~is_unknown(self.column(table.name, name.removesuffix(TOLD)))).astype(np.int8)
        if name.startswith(SAYS):
            word = word_of(table.name, name)
            reads = [(table.columns[c], table.texts[c]) for c in (word.needs if word else ())]
            return said(lexicons()[name.removeprefix(SAYS)], reads)
        column, origin = origin_of(table.name, name)
        if origin:
            return tell_origin(self.index, table.columns[column], origin)
        hours = local_hours(table.t_us, HOME_ZONE)
        if name == "hour":
            return hours
        begins, ends = NIGHT_HOURS
        return ((hours >= begins) | (hours < ends)).astype(np.int8)


def is_unknown(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which values of an index column are unknown."""
    if values.dtype == np.int64:
        return np.asarray(values == NULL)
    if values.dtype == np.float64:
        return np.asarray(np.isnan(values))
    return np.asarray(values == -1)
