"""Detection: a whole catalogue over a whole index, to findings and an honest account of what could not be assessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from cutline.graph.index import Index
from cutline.model.evidence import Finding
from cutline.model.tables import TABLES
from cutline.typologies.catalogue import Catalogue
from cutline.typologies.compiler import Compiled
from cutline.typologies.findings import Draft, episodes, finish
from cutline.typologies.lists import Lists
from cutline.typologies.rows import Rows
from cutline.typologies.sweep import CLEAR, NOT_ASSESSABLE, Judged, missing, sweep

SWEEPERS = 2
"""Plans that are swept at once; kernels let go of the interpreter, so that two keep two cores busy."""

Progress = Callable[[str, int, int], None]
"""(what, done, of how many): called for each group of typologies."""


@dataclass(frozen=True, slots=True)
class NotAssessable:
    """How often a typology could not be assessed: events, different subjects, and what was missing."""

    events: int
    subjects: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """What a catalogue found, and at how many events each typology was clear or could not be assessed."""

    findings: tuple[Finding, ...]
    not_assessable: Mapping[str, NotAssessable]
    clear: Mapping[str, int]


@dataclass(slots=True)
class Tally:
    """Counts of one typology while the sweep runs."""

    clear: int = 0
    events: int = 0
    subjects: int = 0
    missing: dict[str, None] = field(default_factory=dict)

    def add(self, judged: Judged) -> None:
        """Count one block. A subject is never cut between blocks."""
        self.clear += int(np.count_nonzero(judged.outcome == CLEAR))
        at = np.flatnonzero(judged.outcome == NOT_ASSESSABLE)
        if len(at):
            self.events += len(at)
            self.subjects += len(np.unique(judged.measures.block.subject[at]))
            self.missing |= missing(judged.rules, judged.measures, at)


def detect(index: Index, catalogue: Catalogue, progress: Progress | None = None) -> Detection:
    """Run every typology of a catalogue over an index; findings are in the order of typology, subject, first event.

    `index` must hold `needed_columns(catalogue)`; a column `value` of transfers is used where the index has one (see
    `graph.valuation.value_of`), else only amounts in the base currency are valued.
    """
    rows = Rows(index)
    for name in TABLES:
        rows.table(name)  # what was not read stands there as empty before several threads look
    lists = Lists(rows)
    tallies = {t.id: Tally() for t in catalogue}

    def swept(compiled: Compiled) -> list[Draft]:
        drafts: list[Draft] = []
        for judged in sweep(compiled, rows, lists):
            tallies[judged.rules.id].add(judged)
            drafts += episodes(judged)
        return drafts

    drafts: list[Draft] = []
    # Every typology belongs to one plan, and a plan to one thread: threads share only columns that all would compute alike.
    with ThreadPoolExecutor(SWEEPERS) as pool:
        running = [pool.submit(swept, compiled) for compiled in catalogue.compiled]
        for k, (compiled, one) in enumerate(zip(catalogue.compiled, running, strict=True)):
            if progress is not None:
                progress(compiled.plan.subject, k, len(running))
            drafts += one.result()
    versions = lists.versions()
    found = sorted((finish(d, rows, versions) for d in drafts), key=lambda f: (f.typology, f.subject, f.first_at))
    return Detection(
        tuple(found),
        {name: NotAssessable(t.events, t.subjects, tuple(t.missing)) for name, t in tallies.items() if t.events},
        {name: t.clear for name, t in tallies.items()},
    )


def outcomes(index: Index, catalogue: Catalogue) -> Iterator[tuple[str, str, int, int]]:
    """Give (typology, subject, time in µs, outcome) at every event that was judged: for checks and small worlds."""
    rows = Rows(index)
    lists = Lists(rows)
    for compiled in catalogue.compiled:
        for judged in sweep(compiled, rows, lists):
            for i in np.flatnonzero(judged.outcome):
                subject = index.entity(int(judged.measures.entities[i]))
                yield judged.rules.id, subject, int(judged.measures.block.t_us[i]), int(judged.outcome[i])
