"""The return of funds on request: from a ring, an account or reports to a computation that a court can check by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from cutline.errors import UsageError
from cutline.model.entities import kind_of
from cutline.model.evidence import Ring, Trace
from cutline.model.judgements import Resolution
from cutline.model.money import BASE_CURRENCY, in_words, parse_minor_column
from cutline.model.requests import Prepared
from cutline.model.tables import HOLDERS
from cutline.pipeline.answered import asked_by, asked_last
from cutline.pipeline.trail import Trail, follow_reports, last_moment
from cutline.store.lake import Lake
from cutline.store.past import PastLake
from cutline.tracing import held_at, trace_reports
from cutline.tracing.holders import about_each
from cutline.tracing.landmarks import FOLLOW
from cutline.tracing.recovered import Balance, lies_there, share_balances, stopped_in
from cutline.workspace import shelf
from cutline.workspace.following import also_told_in, is_holder, ready_trail
from cutline.workspace.masking import Show, show_plain
from cutline.workspace.sheets import RULES, tell_sheet, tell_stopped, write_sheets


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """What an officer asks: about a ring, an account or reports; what was recovered in yuan, if told; a CSV in which file.

    `at`: as of when, of a lake as it stood then; None: the last delivered transfer.
    """

    about: tuple[str, ...]
    recovered: str = ""
    out: Path | None = None
    at: datetime | None = None


def return_funds(
    lake: Lake, wish: ReturnWish, show: Show, resolution: Resolution, prepared: Sequence[Prepared] = ()
) -> dict[str, Any]:
    """Compute the return; amounts are in the smallest unit of each asset, exact. `prepared`: our own book of requests."""
    if isinstance(lake, PastLake) and shelf.last_summary(lake) is None:
        raise UsageError(
            "whose balances are shared whole is told by rings, and none were computed as of then; "
            f"run first: cutline run --as-of {lake.moment.isoformat()}"
        )
    trail = ready_trail(lake, resolution)
    traces = follow_reports(trail)
    balances, concerned = _chosen(lake, trail, traces, wish.about, show)
    recovered, payers, until = _recovered(wish.recovered), _payers(trail), last_moment(trail)
    traces = _with_hops(trail, traces, {(b.entity, b.asset) for b in balances})
    returns = share_balances(balances, traces, concerned, recovered)
    stood = asked_by(lake, prepared, wish.at) if wish.at else asked_last(lake, prepared, until)
    asked = about_each(stood.requests)
    told = [
        tell_sheet(one, payers) | tell_stopped(one, one.asset in recovered, stopped_in(one, traces, asked))
        for one in returns
        if one.sheet.shares or one.balances or one.sheet.recovered_minor
    ]
    as_of = (wish.at or until).isoformat()
    answer: dict[str, Any] = dict(show_plain({"about": list(wish.about), "as_of": as_of, "returns": told}, show))
    answer["also_told_in"] = also_told_in(trail, wish.about)
    answer["rules"] = [{"en": en, "zh": zh} for en, zh in RULES]
    if wish.out:
        write_sheets(wish.out, answer["returns"])
    return answer


def _with_hops(trail: Trail, traces: Sequence[Trace], places: Collection[tuple[str, str]]) -> list[Trace]:
    """Give traces with the hops of those that end in one of these places: how sure it is can be told by the way alone."""
    there = {t.seed for t in traces if any((x.entity, x.asset) in places and lies_there(x) for x in t.terminals)}
    payments = [p for p in trail.resolved.payments if p.report_id in there]
    told = {t.trace_id: t for t in trace_reports(trail.ledgers, payments, landmarks=trail.landmarks, with_hops=True)}
    return [told.get(t.trace_id, t) for t in traces]


def _chosen(
    lake: Lake, trail: Trail, traces: Sequence[Trace], about: Sequence[str], show: Show
) -> tuple[list[Balance], set[str]]:
    """Find the balances that are asked about, and the reports whose money was mixed with them.

    What an earlier report told of too is counted there, and shared out there.
    """
    rings = shelf.rings_of_last_run(lake)
    ring = next((r for r in rings if [r.ring_id] == list(about)), None)
    if ring is not None:
        members = [m.entity for m in ring.members if kind_of(m.entity) in HOLDERS]
        return _held(trail, members), _paid_to(trail, members)
    if len(about) == 1 and is_holder(about[0]):
        return _held(trail, about), _paid_to(trail, about)
    counted = {t.seed for t in traces}
    unknown = [name for name in about if name not in counted and not also_told_in(trail, [name])]
    if unknown:
        raise UsageError(
            f"{', '.join(show_plain(unknown, show))}: no ring, account or report with a payment in this lake; "
            "expected one of these, or reports"
        )
    reports = counted & {*about, *also_told_in(trail, about)}
    return _of_reports(trail, traces, reports, rings), reports


def _held(trail: Trail, entities: Sequence[str]) -> list[Balance]:
    """Give all that transfers brought and that accounts still hold; an exchange's own is no balance of theirs."""
    ledgers = trail.ledgers
    held = []
    for entity in entities:
        code = ledgers.index.code(entity)
        for book in ledgers.books_of(code) if code >= 0 else ():
            asset = str(ledgers.assets[ledgers.asset[book]])
            amount = sum(lot.amount_minor for lot in held_at(ledgers, entity, asset, last_moment(trail)))
            if amount and trail.landmarks.ends[book] == FOLLOW:
                held.append(Balance(entity, asset, amount, whole=True))
    return held


def _paid_to(trail: Trail, entities: Sequence[str]) -> set[str]:
    codes = {trail.ledgers.index.code(entity) for entity in entities}
    payee = trail.ledgers.entity[trail.ledgers.payee]
    return {p.report_id for p in trail.resolved.payments if int(payee[p.stolen.row]) in codes}


def _of_reports(trail: Trail, traces: Sequence[Trace], reports: set[str], rings: Sequence[Ring]) -> list[Balance]:
    """Give the balances in which these reports' money lies: a ring's whole, of others only what is shown."""
    suspects = {m.entity for ring in rings for m in ring.members}
    places = sorted({(x.entity, x.asset) for t in traces if t.seed in reports for x in t.terminals if lies_there(x)})
    whole = {(b.entity, b.asset): b for b in _held(trail, sorted({e for e, _ in places if e in suspects}))}
    return [whole.get(place, Balance(*place, 0, whole=False)) for place in places]


def _recovered(told: str) -> dict[str, int]:
    if not told:
        return {}
    amounts, refused = parse_minor_column(pl.Series([told]), BASE_CURRENCY)
    if amounts[0] is None:
        raise UsageError(
            f"--recovered is {told!r}, expected {in_words(refused[0] or '') or 'an amount in yuan such as 120000.50'}"
        )
    return {BASE_CURRENCY: int(amounts[0])}


def _payers(trail: Trail) -> dict[str, list[str]]:
    ledgers = trail.ledgers
    paid: dict[str, dict[str, None]] = {}
    for p in trail.resolved.payments:
        payer = ledgers.index.entity(int(ledgers.entity[ledgers.payer[p.stolen.row]]))
        paid.setdefault(p.report_id, {})[payer] = None
    return {report: list(names) for report, names in paid.items()}
