"""Watches as officers set, lift and read them, and the check that says whose money moved again.

What moved is a view: computed anew from the lake, so that a killed check loses nothing and a purge leaves nothing behind. Which
alerts were told is a record: none is told twice, whoever reports the transfer later, and none is missed because it came late.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.model.entities import kind_of
from cutline.model.evidence import Citation, Ending, from_plain, to_plain
from cutline.model.moments import to_moment
from cutline.model.money import format_minor
from cutline.model.tables import HOLDERS
from cutline.model.watches import Moved, Watch, alert_id
from cutline.pipeline.trail import Trail, last_moment
from cutline.store.lake import Lake
from cutline.store.watches import Watched
from cutline.tracing import Ledgers, stop_list
from cutline.tracing.watching import Carried, carried, carried_of_held, follow_on, outflows
from cutline.workspace.case import Workspace
from cutline.workspace.clock import last_known
from cutline.workspace.following import Wish, follow_seed, is_holder, ready_trail, stolen_from
from cutline.workspace.masking import Access, show_plain

VIEW = "watched"
RESTS = (Ending.RESIDUAL, Ending.FROZEN)
"""Endings worth a watch: what cash, exchanges and mixers took does not move again under its own name."""

STOPS_TOLD = 3
NOTHING = Carried({}, {})

NAMED_IN = (
    *(("transfers", "payer"), ("transfers", "payee"), ("facts", "entity"), ("ties", "a"), ("ties", "b")),
    *(("orders", "account"), ("orders", "address"), ("tags", "entity"), ("requests", "about")),
)
"""Where records name who holds money, the likeliest first."""


@dataclass(frozen=True, slots=True)
class WatchWish:
    """Whom to watch: some entities, or where the money of a trace rests; on what basis and why."""

    entities: tuple[str, ...]
    trace: str
    legal_basis: str
    reason: str


def add_watches(workspace: Workspace, wish: WatchWish, access: Access) -> dict[str, Any]:
    """Watch entities, or the places where a trace's money lies, from the records as they are now."""
    if bool(wish.entities) == bool(wish.trace):
        raise UsageError("watch add takes entities, or --trace with a report, ring or transfer; expected one of the two")
    show, left_out = workspace.show(access), []
    if wish.trace:
        seed = workspace.named(wish.trace)
        followed = follow_seed(workspace.lake, seed, Wish(), show, workspace.resolution)
        terminals = [t for one in followed.traces for t in one.terminals]
        on = [(t.entity, seed) for t in terminals if t.how in RESTS and t.amount_minor > 0]
        left_out = [{"entity": t.entity, "how": str(t.how)} for t in terminals if t.how not in RESTS]
        until = followed.until
    else:
        on = [(entity, entity) for entity in map(workspace.named, wish.entities)]
        _check_kinds(on)
        _check_known(workspace.lake, wish.entities, on)
        until = last_moment(ready_trail(workspace.lake, workspace.resolution))
    since = (until, workspace.lake.last_number)
    watches = workspace.watches.add(workspace.officer, on, since, (wish.legal_basis, wish.reason))
    answer = {"watches": [_plain(watch, 0) for watch in watches], "left_out": left_out}
    return dict(show_plain(answer, show))


def remove_watches(workspace: Workspace, names: Sequence[str], reason: str) -> dict[str, Any]:
    """Lift watches; they stay in the book."""
    lifted = workspace.watches.remove(workspace.officer, names, reason)
    return dict(show_plain({"watches": [_plain(watch, 0) for watch in lifted]}, workspace.show(Access())))


def list_watches(workspace: Workspace, everything: bool, access: Access) -> dict[str, Any]:
    """List the watches that stand (or all that ever did), and every alert that they gave."""
    book = workspace.watches.read()
    chosen = book.watches if everything else book.standing
    known = _kept(workspace, book)
    mine = [moved for moved in known if moved.watch_id in {watch.watch_id for watch in chosen}]
    counts = {watch.watch_id: sum(moved.watch_id == watch.watch_id for moved in mine) for watch in chosen}
    answer = {
        "watches": [_plain(watch, counts[watch.watch_id]) for watch in chosen],
        "alerts": [_told(moved) for moved in _once(mine)],
    }
    return dict(show_plain(answer, workspace.show(access)))


def check_watches(workspace: Workspace, access: Access) -> dict[str, Any]:
    """Say which watched money moved in what came in since the last check; keep it, and never tell it twice.

    A payment that several watches meet is told once, under that which a trace led to, and counts as told for all of them.
    """
    book = workspace.watches.read()
    alerts: list[Moved] = []
    done: list[str] = []
    stops: list[dict[str, Any]] = []
    now: datetime | None = None
    if book.standing and book.seen < workspace.lake.last_number:
        if _touched(workspace.lake, book):
            trail = _trail(workspace)
            found = _outflows(workspace, trail, book.watches)
            _keep(workspace.lake, book, found)
            now = last_known(workspace, last_moment(trail))
            told: set[int] = set()
            for one in sorted(found, key=lambda o: o.watch.seed == o.watch.entity):  # a trace's watch knows what was stolen
                news = [k for k, moved in enumerate(one.moved) if _is_news(book, moved)]
                fresh = [k for k in news if one.rows[k] not in told]
                told |= {one.rows[k] for k in fresh}
                done += [one.moved[k].alert_id for k in news]
                alerts += [one.moved[k] for k in fresh]
                stops += _lies_now(trail, one, fresh, now)
        workspace.watches.check(workspace.actor, done, workspace.lake.last_number)
    answer = {
        "as_of": now.isoformat() if now else None,
        "watches": len(book.standing),
        "alerts": [_told(moved) for moved in sorted(alerts, key=lambda m: (m.occurred_at, m.alert_id))],
        "stops": stops,
    }
    return dict(show_plain(answer, workspace.show(access)))


def _once(told: Sequence[Moved]) -> list[Moved]:
    """Give each payment once, though several watches met it; under one that says most of it."""
    most = sorted(told, key=lambda m: -m.fifo_minor)
    first = {(m.entity, m.citations[0].deliverer, m.citations[0].event_id): m.alert_id for m in reversed(most)}
    return [m for m in told if m.alert_id in first.values()]


@dataclass(frozen=True, slots=True)
class _Outflow:
    """What left one watched entity since the watch was set: alerts, their rows, how much of the watched value they carry."""

    watch: Watch
    moved: tuple[Moved, ...] = ()
    rows: tuple[int, ...] = ()
    share: Carried = NOTHING


def _is_news(book: Watched, moved: Moved) -> bool:
    stands = any(watch.watch_id == moved.watch_id for watch in book.standing)
    return stands and moved.alert_id not in book.told


def _touched(lake: Lake, book: Watched) -> bool:
    """Say whether any batch since the last check has a transfer by somebody who is watched; reads these batches alone."""
    floor = max(book.seen, min(watch.after for watch in book.standing))
    fresh = {batch for batch, number in lake.numbers().items() if number > floor}
    entities = {watch.entity for watch in book.standing}
    return lake.rows_about("transfers", "payer", entities, ["event_id"], fresh).height > 0


def _trail(workspace: Workspace) -> Trail:
    return workspace.analysis.trail if workspace.analysis else ready_trail(workspace.lake, workspace.resolution)


def _outflows(workspace: Workspace, trail: Trail, watches: Sequence[Watch]) -> list[_Outflow]:
    """Look at every watch; a report or ring that led to several of them is followed once."""
    followed: dict[str, Carried] = {}
    return [_outflow(workspace, trail, watch, followed) for watch in watches]


def _outflow(workspace: Workspace, trail: Trail, watch: Watch, followed: dict[str, Carried]) -> _Outflow:
    """Give everything that left a watched entity in what came in after the watch was set."""
    lake, ledgers = workspace.lake, trail.ledgers
    paid = outflows(ledgers, watch.entity)
    if not len(paid):
        return _Outflow(watch)
    lake.count_events("transfers")  # puts the events in order once, where nothing has read them yet
    rows = paid[lake.came_with("transfers", paid) > watch.after]
    if not len(rows):
        return _Outflow(watch)
    share = _share(workspace, trail, watch, rows, followed)
    numbers = lake.numbers()
    told = zip(rows.tolist(), lake.known("transfers", rows).tolist(), strict=True)
    moved = []
    for row, known_us in told:
        cited = sorted(lake.cite("transfers", np.array([row], np.int64)), key=lambda c: (numbers[c.batch], c.row))
        moved.append(_one(ledgers, watch, share, (row, known_us), tuple(cited)))
    return _Outflow(watch, tuple(moved), tuple(rows.tolist()), share)


def _one(ledgers: Ledgers, watch: Watch, share: Carried, at: tuple[int, int], cited: tuple[Citation, ...]) -> Moved:
    row, known_us = at
    occurred = to_moment(int(ledgers.t_us[row]))
    return Moved(
        alert_id=alert_id(watch.watch_id, cited[0]),
        watch_id=watch.watch_id,
        entity=watch.entity,
        payee=ledgers.index.entity(int(ledgers.entity[ledgers.payee[row]])),
        asset=str(ledgers.assets[ledgers.asset[ledgers.payee[row]]]),
        amount_minor=ledgers.amount_of(row),
        fifo_minor=share.fifo.get(row, 0),
        tainted_first_minor=share.most(row),
        occurred_at=occurred,
        known_at=to_moment(known_us),
        late=occurred <= watch.as_of,
        citations=cited,
    )


def _share(workspace: Workspace, trail: Trail, watch: Watch, rows: NDArray[np.int64], followed: dict[str, Carried]) -> Carried:
    """Say how much of what is watched `rows` carry: of what the seed's trace stole, or an account held when the watch was set.

    A ring or report that is no more leaves what the watched entity held.
    """
    if is_holder(watch.seed):
        return carried_of_held(trail.ledgers, trail.landmarks, watch.entity, watch.as_of, rows)
    if watch.seed not in followed:
        try:
            value = stolen_from(workspace.lake, trail, watch.seed, last_moment(trail), workspace.show(Access()))
        except UsageError:
            return carried_of_held(trail.ledgers, trail.landmarks, watch.entity, watch.as_of, rows)
        followed[watch.seed] = carried(trail.ledgers, trail.landmarks, value)
    return followed[watch.seed]


def _lies_now(trail: Trail, one: _Outflow, fresh: Sequence[int], now: datetime) -> list[dict[str, Any]]:
    """Say where what moved lies now, and who can stop it, the best chance first."""
    traces = follow_on(trail.ledgers, trail.landmarks, [one.rows[k] for k in fresh], one.share)
    lines = [line for trace in traces for line in stop_list(trace, now, last_moment(trail))]
    return [
        {
            "watch_id": one.watch.watch_id,
            "entity": line.entity,
            "institution": line.institution,
            "how": str(line.how),
            "amount": format_minor(line.amount_minor, line.asset),
            "amount_minor": line.amount_minor,
            "minutes_left": line.minutes_left,
            "chance": line.chance,
            "act_en": line.act_en,
            "act_zh": line.act_zh,
        }
        for line in lines[:STOPS_TOLD]
    ]


def _keep(lake: Lake, book: Watched, found: Sequence[_Outflow]) -> None:
    """Keep every alert of the watches that stand, and those of lifted ones that were told."""
    moved = [m for one in found for m in one.moved if one.watch.removed_at is None or m.alert_id in book.told]
    bodies = [json.dumps(to_plain(one), ensure_ascii=False) for one in moved]
    lake.save_view(VIEW, pl.DataFrame({"body": bodies}, {"body": pl.String}))


def _kept(workspace: Workspace, book: Watched) -> list[Moved]:
    """Give the alerts that were told; after a purge they are computed again from what is left."""
    frame = workspace.lake.view(VIEW)
    if frame is not None:
        return [m for m in (from_plain(Moved, json.loads(body)) for body in frame["body"]) if m.alert_id in book.told]
    if not book.told:
        return []
    found = _outflows(workspace, _trail(workspace), book.watches)
    return [m for one in found for m in one.moved if m.alert_id in book.told]


def _check_kinds(on: Sequence[tuple[str, str]]) -> None:
    for entity, _ in on:
        if kind_of(entity) not in HOLDERS:
            raise UsageError(f"{entity.partition(':')[0]} holds no money; expected an account, wallet or address, or --trace")


def _check_known(lake: Lake, named: Sequence[str], on: Sequence[tuple[str, str]]) -> None:
    """Refuse whom no record names: a slip of the pen would be watched in silence for ever."""
    for name, (entity, _) in zip(named, on, strict=True):
        if not any(lake.rows_about(table, column, {entity}, ["event_id"]).height for table, column in NAMED_IN):
            raise UsageError(f"{name} occurs in none of the records delivered so far; check it, or ingest what names it")


def _plain(watch: Watch, alerts: int) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(watch)
    return {**plain, "alerts": alerts}


def _told(moved: Moved) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(moved)
    return {
        **plain,
        "amount": format_minor(moved.amount_minor, moved.asset),
        "fifo": format_minor(moved.fifo_minor, moved.asset),
        "tainted_first": format_minor(moved.tainted_first_minor, moved.asset),
    }
