"""One self-contained page about a run: what was read, what was found, and the rings as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from cutline.model.entities import ENTITY_KINDS, ROLES, kind_of
from cutline.model.evidence import Alert, Ending, Finding, Ring, Trace
from cutline.model.money import format_minor
from cutline.model.numerals import counted
from cutline.model.ways import Way, ways_of
from cutline.report.alert import draw_proposals, draw_urgency
from cutline.report.located import draw_located
from cutline.report.money import ENDING_LABELS, draw_money
from cutline.report.structure import Link, draw_key, draw_structure
from cutline.report.style import cards, figure, page, table, words
from cutline.report.timeline import draw_timeline
from cutline.report.warnings import Warned, draw_warnings

Show = Callable[[str], str]
"""How an entity's id appears on the page: as a pseudonym."""

EVIDENCE_ROWS, ENDINGS_TOLD = 18, 10
WHOLLY = 1.0 - 1e-9


EVIDENCE_HEAD = (
    "who or what · 对象",
    "typology · 模型",
    "reason · 理由",
    "when (UTC) · 时间",
    "strength · 强度",
    "rows cited · 引用",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the run: how long it took and the most memory it held."""

    name: str
    seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class RingStory:
    """One ring with everything the page tells of it."""

    ring: Ring
    links: tuple[Link, ...]
    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    alert: Alert | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole run. `simulated` is said aloud wherever a figure rests on synthetic records alone; so is `as_of`.

    `as_of` is the moment (UTC) to which a run looked back, None for one of today. `located`: what was found of the losses, by
    rail and by how they ended, where a truth was given.
    """

    title: str
    simulated: bool
    events: Mapping[str, int]
    counts: Mapping[str, int]
    stages: tuple[Stage, ...]
    rings: tuple[RingStory, ...]
    alerts: int
    warnings: int
    typology_titles: Mapping[str, str]
    currency: str
    warned: tuple[Warned, ...] = ()
    as_of: datetime | None = None
    located: tuple[Mapping[str, Any], ...] = ()


def render_page(overview: Overview, show: Show) -> str:
    """Render the page as HTML: no script, no outside resource, people and numbers as `show` gives them."""
    told = "".join(_ring(story, k, overview, show) for k, story in enumerate(overview.rings, 1))
    if not told:
        told = "<section><h2>No ring found · 未发现团伙</h2><p>Nothing in these records holds together as a ring.</p></section>"
    mark = (
        '<p class="mark">Simulated records: no figure on this page is about real people. 模拟数据</p>'
        if overview.simulated
        else ""
    )
    return page(
        overview.title,
        f"<h1>{words(overview.title)}</h1>{mark}{_past(overview.as_of)}{_figures(overview)}{told}"
        f"{draw_warnings(overview.warned, show, overview.currency)}{draw_located(overview.located, overview.currency)}"
        f"{_method(overview)}",
    )


def _past(as_of: datetime | None) -> str:
    """Say of a page about the past as of when it is."""
    if as_of is None:
        return ""
    when = f"{as_of:%Y-%m-%d %H:%M} UTC"
    return f'<p class="mark">As of {when}: only what was known and had happened by then. 截至该时刻已知的情况</p>'


def _figures(overview: Overview) -> str:
    stolen = sum({t.trace_id: t.stolen_minor for s in overview.rings for t in s.traces}.values())  # one may reach two rings
    told = [
        (f"{sum(overview.events.values()):,}", "events in the lake · 事件"),
        (f"{len(overview.rings)}", "rings shown · 团伙"),
        (f"{overview.alerts}", "alerts for a person to decide · 待研判警示"),
        (f"{overview.warnings}", "people to warn · 需劝阻"),
        (format_minor(stolen, overview.currency), "reported loss followed here · 已追踪报案损失"),
    ]
    return cards(told)


def _ring(story: RingStory, number: int, overview: Overview, show: Show) -> str:
    ring = story.ring
    people = sum(1 for m in ring.members if kind_of(m.entity) == "person")
    when = f"{ring.first_at:%Y-%m-%d} – {ring.last_at:%Y-%m-%d}" if ring.first_at and ring.last_at else "time not known"
    name = ring.ring_id.removeprefix("ring-")
    size = f"{counted(len(ring.members), 'entity', 'entities')}, {counted(people, 'person', 'people')} among them"
    structure = draw_structure(ring.members, story.links, show)
    money = draw_money(story.traces, show, overview.currency)
    timeline = draw_timeline(story.findings, story.traces, overview.typology_titles)
    return (
        f'<section aria-labelledby="ring-{number}"><h2 id="ring-{number}">Ring {escape(name)} · 团伙</h2>'
        f"<p>{size}; seen {when}. "
        f"Rank {ring.score:.2f}: a rank, not a probability.</p>{draw_urgency(story.alert)}"
        f"<h3>Who does what · 组织结构</h3>{figure(draw_key(ring.members) + structure)}"
        f"<h3>From victims to where the money is now · 资金流向</h3>{figure(money)}"
        f"{_endings(story, overview, show)}"
        f"<h3>What was seen, when · 时间线</h3>{figure(timeline)}"
        f"{_evidence(story, overview, show)}{draw_proposals(story.alert, show)}</section>"
    )


def _endings(story: RingStory, overview: Overview, show: Show) -> str:
    where: dict[tuple[str, Ending], list[int]] = {}
    sure = _sureness(story.traces)
    for trace in story.traces:
        for t in trace.terminals:
            held = where.setdefault((t.entity, t.how), [0, 0])
            held[0] += t.loss_minor
            held[1] += 1
    ordered = sorted(where.items(), key=lambda item: (-item[1][0], item[0]))
    rows = [
        (
            ENTITY_KINDS[kind_of(e)].en,
            show(e),
            ENDING_LABELS[how],
            format_minor(v, overview.currency),
            str(n),
            sure.get((e, how), "–"),
        )
        for (e, how), (v, n) in ordered[:ENDINGS_TOLD]
    ]
    rest = [both for _, both in ordered[ENDINGS_TOLD:]]
    if rest:
        amount = format_minor(sum(v for v, _ in rest), overview.currency)
        rows.append(("", f"{len(rest)} others · 其他", "", amount, str(sum(n for _, n in rest)), ""))
    head = ("kind · 类别", "where · 账户", "how it ends · 状态", "amount · 金额", "lots · 笔数", "how sure · 可靠程度")
    total = format_minor(sum(v for v, _ in where.values()), overview.currency)
    foot = ("together · 合计", "", "", total, str(sum(n for _, n in where.values())), "")
    return table("Endings, the largest first, under FIFO · 资金终点", head, rows, foot) if rows else ""


def _sureness(traces: Sequence[Trace]) -> dict[tuple[str, Ending], str]:
    """Say of each ending how sure the ways to it are, so that no guess reads like a statement of a bank."""
    ways: dict[tuple[str, Ending], list[Way]] = {}
    for way in (way for trace in traces for way in ways_of(trace)):
        ways.setdefault((way.hands[-1], way.how), []).append(way)
    told = {}
    for place, mine in ways.items():
        sure = sum(way.amount_minor * way.sure for way in mine) / max(1, sum(way.amount_minor for way in mine))
        inferred = (
            "inferred; nothing else fits · 推定" if sure >= WHOLLY else f"partly guessed: about {int(100 * sure)}% sure · 存疑"
        )
        told[place] = inferred if any(way.joined for way in mine) else "certain · 确定"
    return told


def _evidence(story: RingStory, overview: Overview, show: Show) -> str:
    best = _of_each_kind(story.findings)[:EVIDENCE_ROWS]
    rows = [
        (
            show(f.subject),
            overview.typology_titles.get(f.typology, f.typology),
            f"{f.reason_en} {f.reason_zh}",
            f"{f.first_at:%m-%d %H:%M} – {f.last_at:%m-%d %H:%M}",
            f"{f.strength:.2f}",
            f"{len(f.citations)}",
        )
        for f in best
    ]
    title = f"Evidence: {len(rows)} of {len(story.findings)} findings, the strongest of each typology first · 证据"
    return table(title, EVIDENCE_HEAD, rows)


def _of_each_kind(findings: Sequence[Finding]) -> list[Finding]:
    """Put the strongest finding of every typology before the second strongest of any: breadth convinces, not repetition."""
    turns: dict[str, int] = {}
    placed = []
    for finding in sorted(findings, key=lambda f: (-f.strength, f.first_at, f.finding_id)):
        turns[finding.typology] = turns.get(finding.typology, 0) + 1
        placed.append((turns[finding.typology], -finding.strength, finding.typology, finding))
    return [finding for *_, finding in sorted(placed, key=lambda p: p[:3])]


def _method(overview: Overview) -> str:
    counts = overview.counts
    parts = [f"{counts.get(k, 0):,} {k}" for k in ("read", "accepted", "merged", "duplicates", "rejected")]
    rows = [(s.name, f"{s.seconds:.1f} s", f"{s.peak_mb:,.0f} MB") for s in overview.stages]
    roles = ", ".join(r.en for r in ROLES.values())
    return (
        "<section><h2>How to read this page · 说明</h2>"
        f"<p>Source rows: {', '.join(parts)}; what is read is always accounted for.</p>"
        "<p>People and numbers appear as pseudonyms; the clear needs a reason and leaves an audit entry. "
        "An indicator is a lead, never proof. Money: where it is now follows FIFO (first in, first out) over the whole history "
        "of each account. "
        f"Roles looked for: {roles}; a member whose role is not clear has none.</p>"
        f"{table('Stages · 阶段', ('stage · 阶段', 'time · 用时', 'peak memory · 内存'), rows)}</section>"
    )
