"""Why an entity stands where it stands: in short, then every reason, then every event once with what rests on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from cutline.model.assets import display_asset
from cutline.model.endings import STATES
from cutline.model.entities import ACTIONS, ENTITY_KINDS, Label, kind_of
from cutline.model.evidence import Alert, Citation, Finding, Member, Ring, Score, to_plain
from cutline.model.judgements import Judgement, Verdict, resolve_same
from cutline.model.money import BASE_CURRENCY, format_minor
from cutline.model.numerals import counted
from cutline.model.stakes import Stake, time_left
from cutline.model.waits import tell_left
from cutline.store.lake import Lake
from cutline.workspace import shelf
from cutline.workspace.masking import Access, show_plain

if TYPE_CHECKING:
    from cutline.workspace.case import Workspace


def explain(workspace: Workspace, entity: str, access: Access, limit: int | None) -> dict[str, Any]:
    """Say why: in short, then rank, ring, role, reasons, findings, and the events they rest on, each once.

    `limit`: how many events are given, those first on which the most rests; None: all.
    """
    lake = workspace.lake
    score = next(iter(shelf.take(lake, "reasons", Score, pl.col("subject") == entity)), None)
    ring, member = _membership(lake, entity)
    alert = _alert_of(lake, entity)
    findings = shelf.findings_of(lake, entity)
    stakes = shelf.stakes_at(lake, entity)
    events = _events(findings)
    reasons = to_plain(score) if score else {"contributing": [], "contrary": []}
    answer = {
        "entity": entity,
        "kind": ENTITY_KINDS[kind_of(entity)].en,
        "score": _rank_of(lake, entity),
        "probability": score.score if score and score.calibrated else None,
        "ring_id": ring.ring_id if ring else "",
        "role": member.role if member else "",
        "role_confidence": member.role_confidence if member else None,
        "because_en": member.because_en if member else "",
        "because_zh": member.because_zh if member else "",
        "first_at": min((f.first_at.isoformat() for f in findings), default=None),
        "last_at": max((f.last_at.isoformat() for f in findings), default=None),
        "alert": _tell_alert(alert),
        "proposed": _proposed(alert, entity),
        **tell_stakes(stakes, shelf.knows_stakes(lake)),
        "same_as": _same_as(lake, entity, workspace.book.all(workspace.moment)),
        "sure": _how_sure(findings, events),
        "contributing": _numbered(reasons["contributing"], findings),
        "contrary": _numbered(reasons["contrary"], findings),
        "findings": [_finding(k, f, events) for k, f in enumerate(findings, 1)],
        **_tell_events(lake, events, limit, access),
    }
    return dict(show_plain(answer, workspace.show(access)))


def _membership(lake: Lake, entity: str) -> tuple[Ring | None, Member | None]:
    return next(((r, m) for r in shelf.rings_of_last_run(lake) for m in r.members if m.entity == entity), (None, None))


def _rank_of(lake: Lake, entity: str) -> float:
    frame = lake.view("subjects")
    found = None if frame is None else frame.filter(pl.col("entity").cast(pl.String) == entity)["score"]
    return float(found[0]) if found is not None and found.len() else 0.0


def _alert_of(lake: Lake, entity: str) -> Alert | None:
    """Give the alert that proposes something of an entity or names it, an accusing one before a warning."""
    named = [a for a in shelf.alerts_of_last_run(lake) if entity in a.subjects or any(p.entity == entity for p in a.proposals)]
    return min(named, key=lambda a: a.kind != "alert", default=None)


def _tell_alert(alert: Alert | None) -> dict[str, Any] | None:
    return None if alert is None else {"alert_id": alert.alert_id, "kind": alert.kind, "rank": alert.rank}


def _proposed(alert: Alert | None, entity: str) -> dict[str, Any] | None:
    """Give what is proposed for an entity; None where no alert says anything about it."""
    mine = next((p for p in alert.proposals if p.entity == entity), None) if alert else None
    if mine is None:
        return None
    label = ACTIONS.get(mine.action, Label("nothing", "无"))
    return {"action_en": label.en, "action_zh": label.zh} | {n: v for n, v in to_plain(mine).items() if n != "entity"}


def tell_stakes(stakes: Sequence[Stake], computed: bool = True) -> dict[str, Any]:
    """Tell what stolen money lies somewhere by asset and state, and how much time is left to stop it."""
    stoppable = sum(s.value_minor or 0 for s in stakes if s.able) if stakes else None
    told = [
        {
            "asset": stake.asset,
            "amount": format_minor(stake.amount_minor, stake.asset),
            "value": _money(stake.value_minor),
            "name": display_asset(stake.asset),
            "state_en": STATES[stake.how].en,
            "state_zh": STATES[stake.how].zh,
            **to_plain(stake),
            **tell_time(time_left([stake]), (stake.value_minor or 0) if stake.able else 0),
        }
        for stake in sorted(stakes, key=lambda s: (-(s.value_minor or 0), s.asset, s.how))
    ]
    return {"stakes": told, "stoppable": _money(stoppable), **tell_time(time_left(stakes), stoppable, computed)}


def tell_time(left: Any, stoppable_minor: int | None, computed: bool = True) -> dict[str, Any]:
    """Tell the time left as figures and in words; `computed`: the run knew what stolen money lies where."""
    words = tell_left(left, stoppable_minor, computed)
    return {"time_left": to_plain(left) if left else None, "left_en": words.en, "left_zh": words.zh}


def _money(minor: int | None) -> str | None:
    return None if minor is None else format_minor(minor, BASE_CURRENCY)


def _same_as(lake: Lake, entity: str, judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Say who else this is, and on whose word: an issuer's record, or a judgement in force, which and by whom."""
    rows = lake.rows_about("ties", ("a", "b"), [entity], ("a", "b", "relation"))
    said = sorted(
        {
            (row["b"] if row["a"] == entity else row["a"], row["deliverer"])
            for row in rows.iter_rows(named=True)
            if row["relation"] == "same_as" and row["a"] != row["b"]
        }
    )
    told: list[dict[str, Any]] = [{"entity": other, "word": "issuer", "by": deliverer} for other, deliverer in said]
    return told + judged_same([entity], judgements)


def judged_same(members: Sequence[str], judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Give the judgements in force by which some entities stand for others too."""
    here, resolution = set(members), resolve_same(judgements)
    return [
        {
            "entity": next((e for e in j.subjects if e not in here), j.subjects[0]),
            "word": "judgement",
            "by": f"{j.proposer}, {j.approver}",
            "judgement_id": j.judgement_id,
        }
        for j in judgements
        if j.verdict is Verdict.SAME and j.in_force and resolution.of(j.subjects[0]) in here
    ]


def _how_sure(findings: Sequence[Finding], events: Sequence[_Event]) -> dict[str, Any]:
    """Say on how much it rests, and whether on what the entity did or on its company alone."""
    from cutline.risk.association import ASSOCIATIONS

    kinds = {f.typology for f in findings}
    company = len(kinds & set(ASSOCIATIONS))
    sources = {c.deliverer for event in events for c in event.citations}
    own = len(kinds) - company
    en = (
        f"{counted(len(events), 'event', 'events')} told by {counted(len(sources), 'deliverer', 'deliverers')}; "
        f"{counted(own, 'kind', 'kinds')} of finding on its own conduct, {company} on its company"
    )
    zh = f"依据{len(events)}条事件，来自{len(sources)}家数据提供方；自身行为类发现{own}类，关联类{company}类"
    if kinds and not own:
        en, zh = f"{en}: nothing it did itself is found", f"{zh}；未发现其自身行为"
    told = {"events": len(events), "deliverers": len(sources), "own_kinds": own, "company_kinds": company}
    return {**told, "text_en": en, "text_zh": zh}


def _numbered(reasons: Sequence[Mapping[str, Any]], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    number = {f.finding_id: k for k, f in enumerate(findings, 1)}
    return [{**reason, "finding": number.get(reason["finding_id"])} for reason in reasons]


class _Event:
    """One event, the rows of the sources that tell it, and the numbers of the findings that rest on it."""

    __slots__ = ("citations", "findings")

    def __init__(self) -> None:
        self.citations: dict[Citation, None] = {}
        self.findings: dict[int, None] = {}


def _events(findings: Sequence[Finding]) -> list[_Event]:
    """Give every event once, those first on which the most findings rest, then in the order of the strongest finding."""
    found: dict[tuple[str, str], _Event] = {}
    for number, finding in enumerate(findings, 1):
        for citation in finding.citations:
            event = found.setdefault((citation.table, citation.event_id), _Event())
            event.citations[citation] = None
            event.findings[number] = None
    return sorted(found.values(), key=lambda e: -len(e.findings))


def _finding(number: int, finding: Finding, events: Sequence[_Event]) -> dict[str, Any]:
    mine = [k for k, event in enumerate(events, 1) if number in event.findings]
    return {"n": number, **to_plain(finding), "citations": len(finding.citations), "events": mine}


def _tell_events(lake: Lake, events: Sequence[_Event], limit: int | None, access: Access) -> dict[str, Any]:
    files = {b["batch"]: b["file_name"] for b in lake.batches().select("batch", "file_name").to_dicts()}
    shown = events[:limit]
    cited = [citation for event in shown for citation in event.citations]
    originals = dict(zip(cited, _originals(lake, cited), strict=True)) if access.unmask else {}

    def source(citation: Citation) -> dict[str, Any]:
        told = {n: v for n, v in asdict(citation).items() if n not in ("table", "event_id")}
        told["file"] = files.get(citation.batch, "(purged)")
        return told | ({"original": json.dumps(originals[citation], ensure_ascii=False)} if access.unmask else {})

    rows = [
        {
            "n": number,
            "table": next(iter(event.citations)).table,
            "event_id": next(iter(event.citations)).event_id,
            "findings": list(event.findings),
            "sources": [source(citation) for citation in event.citations],
        }
        for number, event in enumerate(shown, 1)
    ]
    return {"events": rows, "shown": len(rows), "total": len(events)}


def _originals(lake: Lake, citations: Sequence[Citation]) -> list[dict[str, str]]:
    from cutline.ingest.extraction import extract_rows

    return lake.originals(tuple(citations), extract_rows)
