"""Following money on request: from what an officer types to the stop list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import UsageError
from cutline.model.entities import kind_of
from cutline.model.evidence import Hop, Trace, to_plain
from cutline.model.money import format_minor
from cutline.pipeline.analysis import read_index
from cutline.pipeline.trail import Trail, lay_trail, needed_columns
from cutline.store.lake import Lake
from cutline.tracing import Policy, Stolen, held_at, stop_list, trace
from cutline.tracing.answer import moment
from cutline.workspace.masking import Show, show_plain

HOPS_SHOWN = 60
HOLDERS = ("account", "ecny_wallet", "address")


def follow(lake: Lake, seed: str, policy: str, show: Show) -> dict[str, Any]:
    """Trace from a report, a transfer (id or hash), or what an account, wallet or address holds at the end of the records."""
    chosen = _policy(policy)
    trail = lay_trail(lake, read_index(lake, [needed_columns()]))
    until = moment(int(trail.ledgers.t_us.max())) if len(trail.ledgers.t_us) else datetime.min
    stolen = _stolen(lake, trail, seed, until, show)
    unresolved = [
        {"report_id": u.report_id, "payment": {"to": u.payment.to, "reference": u.payment.reference}, "why": u.why}
        for u in trail.resolved.unresolved
        if u.report_id == seed
    ]
    by_asset: dict[int, list[Stolen]] = {}
    for one in stolen:
        by_asset.setdefault(int(trail.ledgers.asset[trail.ledgers.payee[one.row]]), []).append(one)
    traces = [trace(trail.ledgers, group, chosen, landmarks=trail.landmarks, name=seed) for group in by_asset.values()]
    answer = {"traces": [_told(t, until) for t in traces], "unresolved": [_unresolved(u, show) for u in unresolved]}
    return dict(show_plain(answer, show))


def _policy(name: str) -> Policy:
    for policy in Policy:
        if policy.value == name.replace("-", "_"):
            return policy
    raise UsageError(f"--policy is {name!r}, expected one of: {', '.join(p.value.replace('_', '-') for p in Policy)}")


def _stolen(lake: Lake, trail: Trail, seed: str, until: datetime, show: Show) -> list[Stolen]:
    reported = [p.stolen for p in trail.resolved.payments if p.report_id == seed]
    if reported or any(u.report_id == seed for u in trail.resolved.unresolved):
        return reported
    if kind_of(seed) in HOLDERS and ":" in seed:
        books = trail.ledgers.books_of(trail.ledgers.index.code(seed)) if trail.ledgers.index.code(seed) >= 0 else []
        assets = sorted({str(trail.ledgers.assets[trail.ledgers.asset[book]]) for book in books})
        held = [lot for asset in assets for lot in held_at(trail.ledgers, seed, asset, until)]
        if held:
            return held
        raise UsageError(
            f"{show(seed)} holds nothing at the end of the records that a transfer brought; trace a transfer or a report"
        )
    found = lake.find_events("transfers", pl.Series([seed]))
    rows = np.unique(found["position"].to_numpy()).tolist()
    moved = [Stolen(row, int(trail.ledgers.amount[row])) for row in rows if trail.ledgers.payer[row] >= 0]
    if not moved:
        raise UsageError(f"{seed} is no report, transfer, account, wallet or address of this lake; expected one of these")
    return moved


def _told(one: Trace, until: datetime) -> dict[str, Any]:
    stops = stop_list(one, until, until)
    return {
        "seed": one.seed,
        "trace_id": one.trace_id,
        "policy": one.policy.replace("_", "-"),
        "stolen": format_minor(one.stolen_minor, one.currency),
        "stolen_minor": one.stolen_minor,
        "currency": one.currency,
        "as_of": until.isoformat(),
        "stops": [
            {
                "order": k,
                "entity": s.entity,
                "institution": s.institution,
                "how": str(s.how),
                "amount": format_minor(s.amount_minor, s.asset),
                "amount_minor": s.amount_minor,
                "loss": format_minor(s.loss_minor, one.currency),
                "loss_minor": s.loss_minor,
                "minutes": round(s.minutes),
                "ago": _ago(s.minutes),
                "chance": s.chance,
                "act": f"{s.act_en} {s.act_zh}",
                "basis": s.basis,
            }
            for k, s in enumerate(stops, 1)
        ],
        "terminals": [{**to_plain(t), "amount": format_minor(t.amount_minor, t.asset)} for t in one.terminals],
        "hops": [_hop(h) for h in one.hops[:HOPS_SHOWN]],
        "hops_total": len(one.hops),
        "truncated": one.truncated,
    }


def _ago(minutes: float) -> str:
    """Say how long money has lain as a person would: `16 min`, `3 h 24 min`, `12 d 5 h`."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        **to_plain(hop),
        "transferred": format_minor(hop.transferred_minor, hop.asset),
        "tainted_first": format_minor(hop.tainted_first_minor, hop.asset),
        "fifo": format_minor(hop.fifo_minor, hop.asset),
        "haircut": format_minor(hop.haircut_minor, hop.asset),
    }


def _unresolved(told: dict[str, Any], show: Show) -> str:
    payment = told["payment"]
    named = payment["reference"] or (show(payment["to"]) if payment["to"] else "a payment without reference")
    return f"{told['report_id']}: {named}: {told['why']}"
