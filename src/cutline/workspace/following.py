"""Following money on request: from what an officer types to the stop list."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import IdentifierError, UsageError
from cutline.model.entities import kind_of
from cutline.model.evidence import Trace
from cutline.model.identifiers import Context, clean_entity
from cutline.model.judgements import Resolution
from cutline.model.requests import Prepared
from cutline.model.tables import HOLDERS
from cutline.pipeline.answered import asked_by, asked_last
from cutline.pipeline.indexing import read_index
from cutline.pipeline.ledger_files import keep_trail, open_trail
from cutline.pipeline.trail import Trail, last_moment, lay_trail, needed_columns
from cutline.resolution.merging import merge
from cutline.store.durable import write_whole
from cutline.store.lake import Lake
from cutline.store.past import PastLake
from cutline.tracing import Policy, Stolen, TraceConfig, held_at, trace
from cutline.tracing.backward import trace_back
from cutline.tracing.holders import about_each
from cutline.tracing.seeds import Unresolved, received
from cutline.workspace import shelf
from cutline.workspace.masking import Show, show_plain
from cutline.workspace.reported import refuse_unpaid
from cutline.workspace.trails import survey, tell_trace

PICTURES = (".svg", ".html")
HASH = re.compile("[0-9a-f]{64}")
STOLEN, HELD, MOVED = "stolen", "held", "moved"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer asks of a trace: under which policy, backward or forward, bearing drift, a picture in which file.

    `policy`: none named is FIFO, by which what is stolen is claimed where it lies (ADR 8); backward or bearing drift, where
    leads are sought, tainted-first.
    `at`: the moment from which minutes are counted, of a lake as it stood then; None: the last that is known.
    """

    policy: str = ""
    backward: bool = False
    drift: bool = False
    out: Path | None = None
    at: datetime | None = None


def ready_trail(lake: Lake, resolution: Resolution) -> Trail:
    """Give the trail that was kept, or lay and keep it anew where the lake or the judgements changed since.

    What is laid to look back is not kept: nobody asks for the same moment twice.
    """
    kept = open_trail(lake, resolution)
    if kept is not None:
        return kept
    laid = lay_trail(lake, merge(read_index(lake, [needed_columns()], coverage=False), resolution))
    if not isinstance(lake, PastLake):
        keep_trail(lake, laid, resolution)
        lake.keep_orders()
    return laid


@dataclass(frozen=True, slots=True)
class Followed:
    """What a seed led to: one trace for each asset that was stolen, until the last delivered transfer.

    `basis`: what is followed was reported as "stolen"; or is "held" by whom, or was "moved" by what, an officer asks about.
    """

    traces: tuple[Trace, ...]
    until: datetime
    trail: Trail
    basis: str = STOLEN
    seed: str = ""


def follow(
    lake: Lake, seed: str, wish: Wish, show: Show, resolution: Resolution, prepared: Sequence[Prepared] = ()
) -> dict[str, Any]:
    """Say where money went, and which holders were asked: what our own book `prepared`, and what deliveries tell."""
    followed = follow_seed(lake, seed, wish, show, resolution)
    seed = followed.seed
    missing = [u for u in followed.trail.resolved.unresolved if u.report_id == seed and not u.told_in]
    asked = asked_by(lake, prepared, wish.at) if wish.at else asked_last(lake, prepared, followed.until)
    around = survey(lake, followed.traces, (asked.as_of, followed.until), about_each(asked.requests), followed.trail)
    basis = {"bears_drift": wish.drift, "basis": followed.basis}
    told = [{**tell_trace(t, around, followed.trail, wish.backward), **basis} for t in followed.traces]
    answer = {
        "traces": told,
        "unresolved": [_unresolved(u, show) for u in missing],
        "reporting_victim": is_victim(followed.trail, seed),
        "also_told_in": also_told_in(followed.trail, [seed]),
    }
    shown = dict(show_plain(answer, show))
    if wish.out:
        write_whole(wish.out, _picture(wish, followed.traces, shown["traces"], show).encode())
        shown["picture"] = str(wish.out)
    return shown


def _picture(wish: Wish, traces: Sequence[Trace], told: Sequence[dict[str, Any]], show: Show) -> str:
    from cutline.report.trail import trail_page, trail_svg  # most answers are not drawn

    if wish.out and wish.out.suffix == ".svg":
        return trail_svg(traces, show, wish.backward)
    return trail_page(traces, show, wish.backward, told)


def follow_seed(lake: Lake, seed: str, wish: Wish, show: Show, resolution: Resolution) -> Followed:
    """Trace from a report, a ring, a transfer (id or hash), or what an account, wallet or address holds at the records' end."""
    chosen = _policy(wish.policy or ("tainted-first" if wish.drift or wish.backward else "fifo"))
    if wish.drift and (wish.backward or chosen is not Policy.TAINTED_FIRST):
        raise UsageError("--drift is given with --backward or another --policy; expected tainted-first, forward")
    if wish.out and wish.out.suffix not in PICTURES:
        raise UsageError(f"--out is {wish.out}; expected a file that ends in {' or '.join(PICTURES)}")
    trail = ready_trail(lake, resolution)
    until, seed = last_moment(trail), _as_told(lake, trail, seed)
    stolen = stolen_from(lake, trail, seed, until, show)
    by_asset: dict[int, list[Stolen]] = {}
    for one in stolen:
        by_asset.setdefault(int(trail.ledgers.asset[trail.ledgers.payee[one.row]]), []).append(one)
    way = trace_back if wish.backward else trace
    config = TraceConfig(bears_drift=wish.drift)
    traces = tuple(way(trail.ledgers, group, chosen, config, trail.landmarks, seed) for group in by_asset.values())
    return Followed(traces, until, trail, _basis(lake, trail, seed), seed)


def _as_told(lake: Lake, trail: Trail, seed: str) -> str:
    """Give a report, ring or transfer as records spell it: an officer may write it in other capitals, a hash without 0x."""
    if ":" in seed:
        return seed
    low = seed.lower()
    spellings = dict.fromkeys((seed, low, seed.upper(), *([f"0x{low}"] if HASH.fullmatch(low) else ())))
    reports = _reports(trail)
    known = next((s for s in spellings if s in reports or shelf.is_ring(lake, s)), None)
    if known is None:
        found = set(lake.find_events("transfers", pl.Series(list(spellings)))["id"].to_list())
        known = next((s for s in spellings if s in found), seed)
    return known


def _refuse_unknown(trail: Trail, seed: str, show: Show) -> None:
    """Refuse an account, wallet or address that is malformed, or that no transfer names: it is no holder of nothing."""
    if trail.ledgers.index.code(seed) >= 0:
        return
    try:
        clean_entity(seed, Context(deliverer=""))
    except IdentifierError as malformed:
        raise UsageError(f"{show(seed)} is malformed: expected {malformed.expected}") from None
    raise UsageError(f"{show(seed)} is not in these records: no transfer names it; check it, or ingest what does")


def _basis(lake: Lake, trail: Trail, seed: str) -> str:
    if seed in _reports(trail) or shelf.is_ring(lake, seed):
        return STOLEN
    return HELD if is_holder(seed) else MOVED


def _reports(trail: Trail) -> set[str]:
    told = trail.resolved
    return {p.report_id for p in told.payments} | {u.report_id for u in told.unresolved}


def also_told_in(trail: Trail, reports: Collection[str]) -> list[str]:
    """Name the earlier reports that told of some reports' payments too, and count them."""
    return sorted({u.told_in for u in trail.resolved.unresolved if u.report_id in reports and u.told_in})


def is_holder(named: str) -> bool:
    """Say whether a name is the id of what holds money; that of a report or transfer may be any word."""
    return kind_of(named) in HOLDERS and ":" in named


def is_victim(trail: Trail, seed: str) -> bool:
    """Say whether an account, wallet or address paid what a report tells of: what lies there is no stolen money by that."""
    ledgers, code = trail.ledgers, trail.ledgers.index.code(seed) if is_holder(seed) else -1
    return code >= 0 and any(int(ledgers.entity[ledgers.payer[p.stolen.row]]) == code for p in trail.resolved.payments)


def _policy(name: str) -> Policy:
    for policy in Policy:
        if policy.value == name.replace("-", "_"):
            return policy
    raise UsageError(f"--policy is {name!r}, expected one of: {', '.join(p.value.replace('_', '-') for p in Policy)}")


def stolen_from(lake: Lake, trail: Trail, seed: str, until: datetime, show: Show) -> list[Stolen]:
    """Give what was stolen by what an officer names: a report, a ring, a transfer, or all that an account holds."""
    seed = _as_told(lake, trail, seed)
    reported = [p.stolen for p in trail.resolved.payments if p.report_id == seed]
    unresolved = [u for u in trail.resolved.unresolved if u.report_id == seed]
    if reported or unresolved:  # what an earlier report told of too is counted there, and followed here
        return reported + [u.stolen for u in unresolved if u.stolen]
    if is_holder(seed):
        _refuse_unknown(trail, seed, show)
        books = trail.ledgers.books_of(trail.ledgers.index.code(seed))
        assets = sorted({str(trail.ledgers.assets[trail.ledgers.asset[book]]) for book in books})
        held = [lot for asset in assets for lot in held_at(trail.ledgers, seed, asset, until)]
        if held:
            return held
        raise UsageError(
            f"{show(seed)} holds nothing at the end of the records that a transfer brought; trace a transfer or a report"
        )
    if shelf.is_ring(lake, seed):
        return _of_ring(lake, trail, seed)
    found = lake.find_events("transfers", pl.Series([seed]))
    rows = np.unique(found["position"].to_numpy()).tolist()
    rows = received(trail.ledgers, [row for row in rows if trail.ledgers.payer[row] >= 0])
    moved = [Stolen(row, trail.ledgers.amount_of(row)) for row in rows]
    if not moved:
        refuse_unpaid(lake, seed)
        name = show_plain(seed, show)
        raise UsageError(f"{name} is no report, ring, transfer, account, wallet or address of this lake; expected one of these")
    return moved


def _of_ring(lake: Lake, trail: Trail, name: str) -> list[Stolen]:
    """Give the reported payments that a ring took in.

    Where none went to a member: those of reports most of whose loss ends in it, unless another ring took them in. So what one
    gang's victims lost is not counted over again with every gang that a cent of it came to.
    """
    rings = shelf.rings_of_last_run(lake)
    mine = next({m.entity for m in ring.members} for ring in rings if ring.ring_id == name)
    ledgers = trail.ledgers
    paid = [(p, ledgers.index.entity(int(ledgers.entity[ledgers.payee[p.stolen.row]]))) for p in trail.resolved.payments]
    taken = [p.stolen for p, payee in paid if payee in mine]
    if not taken:
        others = {m.entity for ring in rings for m in ring.members}
        ended = _mostly_in(shelf.traces_of_last_run(lake), mine)
        taken = [p.stolen for p, payee in paid if p.report_id in ended and payee not in others]
    if not taken:
        raise UsageError(f"no reported payment went to ring {name}; trace one of its accounts, or a transfer")
    return taken


def _mostly_in(traces: Sequence[Trace], members: set[str]) -> set[str]:
    """Give the reports more than half of whose loss ends with some members, in one asset at least."""
    ended = ((t, sum(x.loss_minor for x in t.terminals if x.entity in members)) for t in traces)
    return {t.seed for t, minor in ended if 2 * minor > t.stolen_minor}


def _unresolved(told: Unresolved, show: Show) -> str:
    payment = told.payment
    named = payment.reference or (show(payment.to) if payment.to else "a payment without reference")
    return f"{told.report_id}: {named}: {told.why}"
