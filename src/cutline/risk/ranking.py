"""The rank of every entity, with what contributes and what speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import ENTITY_KINDS, INTERMEDIATE
from cutline.model.evidence import Finding, Reason, Score
from cutline.model.index import KIND_NAMES, Index
from cutline.model.numerals import counted
from cutline.risk.config import RiskConfig
from cutline.risk.contrary import Context, read_context
from cutline.risk.findings import Evidence, shared_rows, weigh
from cutline.risk.links import LINKS, Links, gather_links
from cutline.risk.links import needed_columns as link_columns
from cutline.risk.spread import Messages, spread
from cutline.risk.told import told_links

NEIGHBOUR_REASONS = 4


@dataclass(frozen=True, slots=True)
class Ranking:
    """How suspicious every entity of the index is: a rank in [0, 1], never a probability.

    score       float64 for every code, 0 where nothing is known
    own         float64, what its own accusing findings say; only above 0 may an alert name it
    warning     float64, how strongly findings that protect it (a potential victim) speak; no accusation
    neighbours  float64, what its neighbours say, before it is capped
    """

    index: Index
    config: RiskConfig
    score: NDArray[np.float64]
    own: NDArray[np.float64]
    warning: NDArray[np.float64]
    neighbours: NDArray[np.float64]
    evidence: Evidence = field(repr=False)
    context: Context = field(repr=False)
    messages: Messages = field(repr=False)
    links: Links = field(repr=False)

    def of(self, code: int) -> Score:
        """Explain the rank of one entity. Weights are what each fact says alone; reasons stand strongest first."""
        against = _contrary(self, code)
        raising = (*_finding_reasons(self, code), *_list_reasons(self, code), *_neighbour_reasons(self, code))
        ordered = tuple(sorted(raising, key=lambda r: (-r.weight, r.finding_id, r.text_en)))
        return Score(self.index.entity(code), float(self.score[code]), calibrated=False, contributing=ordered, contrary=against)


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns of which tables a rank reads. None of them is a protected attribute."""
    columns = {table: dict.fromkeys(names) for table, names in link_columns().items()}
    columns["transfers"]["channel"] = None
    columns.setdefault("tags", {}).update(dict.fromkeys(("entity", "tag", "confidence", "valid_from", "valid_to")))
    columns.setdefault("reports", {}).update(dict.fromkeys(("kind", "reporter")))
    return {table: tuple(names) for table, names in columns.items()}


def rank(index: Index, findings: Sequence[Finding], config: RiskConfig | None = None) -> Ranking:
    """Rank every entity by its findings, its neighbours and what speaks against.

    score = (1 − (1 − own)(1 − listed)(1 − named)(1 − c · neighbours)) · (1 − contrary). The order of findings and rows, and
    the spelling of ids, change nothing.
    """
    config = config or RiskConfig()
    evidence = weigh(index, findings, config)
    context = read_context(index, evidence, config)
    links = gather_links(index, evidence.spans)
    lowered = np.minimum(config.contrary, 1.0 - (1.0 - context.lowering()) * (1.0 - config.history * context.ordinary))
    suspicion = 1.0 - (1.0 - evidence.own) * (1.0 - context.listed)
    resist = 1.0 - (1.0 - config.victim * context.victim) * (1.0 - context.harmless)
    told = told_links(index, evidence)
    messages = spread(links, suspicion * (1.0 - lowered), config.decay, shared_rows(evidence), resist, told)
    raised = (1.0 - suspicion) * (1.0 - context.named) * (1.0 - config.neighbours * messages.total)
    passed = index.kinds == KIND_NAMES.index(INTERMEDIATE)  # value only passes a transaction: it is nobody
    score = np.where(passed, 0.0, np.round((1.0 - raised) * (1.0 - lowered), 12))
    return Ranking(
        index, config, score, evidence.own, evidence.warning, messages.total, evidence, context, messages, links
    )  # fmt: skip


def _finding_reasons(ranking: Ranking, code: int) -> list[Reason]:
    return [
        Reason(w.finding.reason_en, w.finding.reason_zh, w.weight, w.finding.finding_id)
        for w in ranking.evidence.accusing.get(code, ())
    ]


def _list_reasons(ranking: Ranking, code: int) -> list[Reason]:
    reasons = [
        Reason(f"on a list as '{tag}'", f"名单标签“{tag}”", weight)
        for tag, weight in ranking.context.tags_of.get(code, ())
        if weight > 0
    ]
    if ranking.context.named[code] > 0:
        weight = float(ranking.context.named[code])
        reasons.append(Reason("named by people who reported a loss", "被报案人提及", weight))
    return reasons


def _neighbour_reasons(ranking: Ranking, code: int) -> list[Reason]:
    messages = ranking.messages
    mine = slice(messages.begin[code], messages.begin[code + 1])
    groups: dict[tuple[int, int], list[float]] = {}
    for sender, link, amount in zip(messages.sender[mine], messages.link[mine], messages.amount[mine], strict=True):
        groups.setdefault((int(link), int(ranking.index.kinds[sender])), []).append(float(amount))
    reasons = []
    for (link, kind), amounts in groups.items():
        label, neighbour = LINKS[link].label, ENTITY_KINDS[KIND_NAMES[kind]]
        weight = ranking.config.neighbours * (1.0 - float(np.prod([1.0 - a for a in amounts])))
        en = f"{counted(len(amounts), 'suspicious neighbour', 'suspicious neighbours')} ({neighbour.en}) through {label.en}"
        reasons.append(Reason(en, f"通过{label.zh}与{len(amounts)}个可疑{neighbour.zh}关联", weight))
    return sorted(reasons, key=lambda r: (-r.weight, r.text_en))[:NEIGHBOUR_REASONS]


def _contrary(ranking: Ranking, code: int) -> tuple[Reason, ...]:
    context, config = ranking.context, ranking.config
    reasons = [
        Reason(f"a list explains it as '{tag}'", f"名单标签“{tag}”可作解释", weight)
        for tag, weight in context.tags_of.get(code, ())
        if weight < 0
    ]
    reasons += [Reason(c.label.en, c.label.zh, -c.lowers) for c in context.conduct if c.shown[code]]
    if context.ordinary[code] > 0:
        days = round(context.ordinary[code] * config.history_days)
        en = f"{days} or more ordinary active days before the first finding" if days >= config.history_days else ""
        en = en or f"{counted(days, 'ordinary active day', 'ordinary active days')} before the first finding"
        reasons.append(Reason(en, f"首次发现前有{days}天正常活动", -config.history * float(context.ordinary[code])))
    if context.victim[code] > 0:
        reasons.append(Reason("reported a loss, or holds the account of one who did", "本人或户主曾报案受损", -config.victim))
    return tuple(sorted(reasons, key=lambda r: (r.weight, r.text_en)))
