"""What lists, reports and an ordinary life say about an entity, for and against, as arrays over the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL, EventTable, Index, distinct
from cutline.risk.conduct import Conduct, observe, passed_along
from cutline.risk.config import RiskConfig
from cutline.risk.findings import Evidence
from cutline.risk.statements import reported

DAY_US = 86_400_000_000
DONE_BY = (
    ("transfers", "payer"),
    ("transfers", "payee"),
    ("contacts", "source"),
    ("contacts", "target"),
    ("sessions", "handle"),
)


@dataclass(frozen=True, slots=True)
class Context:
    """Facts beside the findings; every array is float64 in [0, 1] over the entities, 0 where nothing is known.

    `tags_of` gives the tags of an entity that count, each with its weight (negative: it speaks against suspicion).
    """

    harmless: NDArray[np.float64]
    listed: NDArray[np.float64]
    named: NDArray[np.float64]
    victim: NDArray[np.float64]
    ordinary: NDArray[np.float64]
    conduct: tuple[Conduct, ...]
    tags_of: Mapping[int, tuple[tuple[str, float], ...]]

    def lowering(self) -> NDArray[np.float64]:
        """What lists and ordinary conduct take away together."""
        left = 1.0 - self.harmless
        for conduct in self.conduct:
            left = left * np.where(conduct.shown, 1.0 - conduct.lowers, 1.0)
        return np.asarray(1.0 - left)


def read_context(index: Index, evidence: Evidence, config: RiskConfig) -> Context:
    """Collect what speaks for and against, beside the findings. Protected attributes are not among it."""
    tags = _tags(index, evidence.spans.first_us, config)
    harmless, listed = np.zeros(len(index)), np.zeros(len(index))
    for code, marks in tags.items():
        harmless[code] = 1.0 - float(np.prod([1.0 + w for _, w in marks if w < 0]))
        listed[code] = 1.0 - float(np.prod([1.0 - w for _, w in marks if w > 0]))
    subject = evidence.spans.first_us < np.iinfo(np.int64).max
    reporters = np.zeros(len(index), np.bool_)
    reporters[reported(index, "loss", "reporter")] = True
    victim = _with_their_accounts(index, reporters)
    return Context(
        harmless,
        listed,
        _named(index, reporters, evidence, config),
        victim,
        _ordinary(index, evidence, config),
        observe(index, subject),
        tags,
    )


def _tags(index: Index, first_us: NDArray[np.int64], config: RiskConfig) -> dict[int, tuple[tuple[str, float], ...]]:
    table = index.tables.get("tags")
    if table is None or "tag" not in table.columns:
        return {}
    names = table.categories["tag"]
    weight = np.array([config.listed.get(n, 0.0) - config.harmless.get(n, 0.0) for n in names] + [0.0])[table.columns["tag"]]
    sure = table.columns["confidence"] if "confidence" in table.columns else np.full(len(table), np.nan)
    weight = weight * np.clip(np.where(np.isnan(sure), 1.0, sure), 0.0, 1.0)
    entity = table.columns["entity"]
    weight = np.where(_valid(index, table, first_us), weight, 0.0)
    strongest: dict[int, dict[str, float]] = {}
    for row in np.flatnonzero((weight != 0) & (entity >= 0)):
        marks = strongest.setdefault(int(entity[row]), {})
        name = names[table.columns["tag"][row]]
        marks[name] = max(marks.get(name, 0.0), float(weight[row]), key=abs)
    return {code: tuple(sorted(marks.items())) for code, marks in sorted(strongest.items())}


def _valid(index: Index, tags: EventTable, first_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    """A tag counts if it was still valid when the first finding began; without findings, at the last event of the index."""
    if "valid_to" not in tags.columns:
        return np.ones(len(tags), np.bool_)
    latest = max((int(table.t_us[-1]) for table in index.tables.values() if len(table)), default=0)
    when = np.minimum(first_us[tags.columns["entity"]], latest)
    until, since = tags.columns["valid_to"], tags.columns["valid_from"]
    return np.asarray(((until == NULL) | (until >= when)) & (since <= latest))


def _with_their_accounts(index: Index, people: NDArray[np.bool_]) -> NDArray[np.float64]:
    ties = index.tables.get("ties")
    if ties is not None and "relation" in ties.columns:
        for relation in ("same_as", "same_as", "owns"):
            people = passed_along(ties, relation, people)
    return people.astype(np.float64)


def _named(index: Index, reporters: NDArray[np.bool_], evidence: Evidence, config: RiskConfig) -> NDArray[np.float64]:
    """Named by those who report: 1 − (1 − w)^n for n distinct reporters, at most `named_most`; never a person.

    Gives way where a finding rests on the same words already: what they say counts once.
    """
    out = np.zeros(len(index))
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return out
    a, b = ties.columns["a"], ties.columns["b"]
    told = (ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0)
    told[told] = reporters[a[told]]
    pairs = distinct(a[told].astype(np.int64) * len(index) + b[told])
    times = np.bincount(pairs % max(1, len(index)), minlength=len(index))
    times[index.of_kind("person")] = 0
    times[_told_in_findings(index, np.flatnonzero(told), evidence)] = 0
    return np.asarray(np.minimum(config.named_most, 1.0 - (1.0 - config.named) ** times))


def _told_in_findings(index: Index, rows: NDArray[np.int64], evidence: Evidence) -> list[int]:
    """Give the entities one of whose findings cites some of the rows of ties that name them."""
    named = index.tables["ties"].columns["b"][rows]
    words: dict[int, list[int]] = {}
    for at in np.flatnonzero(evidence.own[named] > 0).tolist():
        words.setdefault(int(named[at]), []).append(int(rows[at]))
    found = []
    for code, mine in sorted(words.items()):
        cited = {citation for w in evidence.accusing[code] for citation in w.finding.citations}
        if not cited.isdisjoint(index.cite("ties", np.array(mine, np.int64))):
            found.append(code)
    return found


def _ordinary(index: Index, evidence: Evidence, config: RiskConfig) -> NDArray[np.float64]:
    """Days with any own event before the first finding, as a share of `history_days`; only for subjects of findings."""
    subject = evidence.spans.first_us < np.iinfo(np.int64).max
    days: list[NDArray[np.int64]] = []
    for name, column in DONE_BY:
        table = index.tables.get(name)
        if table is None or column not in table.columns:
            continue
        who = table.columns[column]
        mine = np.flatnonzero((who >= 0) & subject[who])
        mine = mine[(table.t_us[mine] < evidence.spans.first_us[who[mine]]) & (table.t_us[mine] != NULL)]
        days.append(distinct(who[mine].astype(np.int64) * 2**20 + table.t_us[mine] // DAY_US % 2**20))
    if not days:
        return np.zeros(len(index))
    whose = distinct(np.concatenate(days)) >> 20
    return np.asarray(np.minimum(1.0, np.bincount(whose, minlength=len(index)) / max(1, config.history_days)))
