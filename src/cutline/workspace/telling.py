"""From a run to its page: which rings, which of their links, which reports' money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cutline.model.entities import Label
from cutline.model.evidence import Finding, Ring, Trace
from cutline.model.money import BASE_CURRENCY
from cutline.model.numerals import counted
from cutline.pipeline.analysis import Analysis
from cutline.pipeline.stages import Stage
from cutline.report import Link, Overview, RingStory, Warned, render_page
from cutline.report import Stage as ToldStage
from cutline.risk.association import ASSOCIATIONS
from cutline.tracing import Policy, TraceConfig, trace
from cutline.workspace.case import Workspace
from cutline.workspace.masking import Access
from cutline.workspace.summary import RunSummary

COUNTS = ("read", "accepted", "merged", "duplicates", "rejected")
RINGS_TOLD = 3
REPORTS_TOLD = 12
LINKS_TOLD = 400
FIFO_ALONE = TraceConfig(beside=())


def headline(found: dict[str, int]) -> str:
    """One sentence for a newcomer."""
    return (
        f"{counted(found['rings'], 'ring', 'rings')}, {counted(found['alerts'], 'alert', 'alerts')} for a person to decide, "
        f"{counted(found['warnings'], 'person', 'people')} to warn, "
        f"from {counted(found['findings'], 'finding', 'findings')} among {found['entities']:,} entities"
    )


def report_run(workspace: Workspace, path: Path, summary: RunSummary) -> Path:
    """Write the page of a run that was just made, today's or as of a moment, with the sums of all deliveries it rests on."""
    batches = workspace.lake.batches()
    counts = {name: int(batches[name].sum()) for name in COUNTS}
    return write_report(workspace, path, counts, [Stage(**stage) for stage in summary.stages])


def write_report(
    workspace: Workspace,
    path: Path,
    counts: dict[str, int],
    stages: Sequence[Stage],
    located: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write the self-contained page of the run that is in memory; people and numbers stand as pseudonyms.

    `located`: what was found by rail, where the run was judged against a truth.
    """
    analysis = workspace.analysis
    if analysis is None:
        raise ValueError("no run in memory")
    warnings = sum(1 for a in analysis.alerts if a.kind == "warning")
    overview = Overview(
        title="Cutline: what these records show · 断线：记录所示",
        simulated=workspace.simulated,
        events=workspace.event_counts(),
        counts=counts,
        stages=tuple(ToldStage(s.name, s.seconds, s.peak_mb) for s in stages),
        rings=tuple(_story(analysis, ring) for ring in analysis.rings[:RINGS_TOLD]),
        alerts=len(analysis.alerts) - warnings,
        warnings=warnings,
        typology_titles={name: f"{label.en} · {label.zh}" for name, label in _titles(analysis).items()},
        currency=BASE_CURRENCY,
        warned=_warned(analysis),
        as_of=workspace.moment,
        located=tuple(located),
    )
    path.write_text(render_page(overview, workspace.show(Access())), encoding="utf-8")
    return path


def _warned(analysis: Analysis) -> tuple[Warned, ...]:
    """Give every warning with the reason of its strongest finding."""
    findings = {f.finding_id: f for f in analysis.detection.findings if f.warning}
    told = []
    for alert in analysis.alerts:
        mine = [findings[name] for name in alert.finding_ids if name in findings]
        if alert.kind == "warning" and mine:
            best = max(mine, key=lambda f: (f.strength, f.last_at, f.finding_id))
            told.append(Warned(alert, best.reason_en, best.reason_zh))
    return tuple(told)


def _titles(analysis: Analysis) -> dict[str, Label]:
    return {**{t.id: t.title for t in analysis.catalogue}, **ASSOCIATIONS}


def _story(analysis: Analysis, ring: Ring) -> RingStory:
    members = {m.entity for m in ring.members}
    mine: list[Finding] = [f for f in analysis.detection.findings if f.subject in members and not f.warning]
    alert = next((a for a in analysis.alerts if a.ring_id == ring.ring_id), None)
    return RingStory(ring, _links(analysis, members), tuple(mine), _traces(analysis, members), alert)


def _links(analysis: Analysis, members: set[str]) -> tuple[Link, ...]:
    index = analysis.index
    inside = np.zeros(len(index) + 1, np.bool_)
    inside[[index.code(m) for m in members]] = True
    inside[-1] = False
    links: dict[tuple[str, str], str] = {}
    for table, a, b, kind in (
        ("transfers", "payer", "payee", "money"),
        ("contacts", "source", "target", "call"),
        ("ties", "a", "b", "tie"),
        ("sessions", "handle", "device", "shared"),
    ):
        columns = index.tables[table].columns if table in index.tables else {}
        if a in columns and b in columns:
            both = inside[columns[a]] & inside[columns[b]]
            pairs = np.unique(np.sort(np.stack([columns[a][both], columns[b][both]], axis=1), axis=1), axis=0)
            for x, y in pairs.tolist():
                links.setdefault((index.entity(x), index.entity(y)), kind)
    return tuple(Link(a, b, kind) for (a, b), kind in sorted(links.items()) if a != b)[:LINKS_TOLD]


def _traces(analysis: Analysis, members: set[str]) -> tuple[Trace, ...]:
    """Draw the reports whose payments reached a member first or came to rest with one, the largest losses first."""
    ledgers = analysis.trail.ledgers
    told: dict[str, list[int]] = {}
    for k, payment in enumerate(analysis.trail.resolved.payments):
        told.setdefault(payment.report_id, []).append(k)
    ended = {t.seed for t in analysis.traces if any(x.entity in members for x in t.terminals)}
    chosen = []
    for report, places in told.items():
        stolen = [analysis.trail.resolved.payments[k].stolen for k in places]
        paid = {ledgers.index.entity(int(ledgers.entity[ledgers.payee[s.row]])) for s in stolen}
        assets = {int(ledgers.asset[ledgers.payee[s.row]]) for s in stolen}
        if len(assets) == 1 and (paid & members or report in ended):
            chosen.append((sum(s.amount_minor for s in stolen), report, stolen))
    chosen.sort(key=lambda c: (-c[0], c[1]))
    return tuple(
        trace(ledgers, stolen, Policy.FIFO, FIFO_ALONE, analysis.trail.landmarks, report)
        for _, report, stolen in chosen[:REPORTS_TOLD]
    )
