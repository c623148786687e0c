"""Requests to holders as an officer has them prepared, from a stop list or as the prolongation of one that was executed.

What is in hand already is not asked a second time, what was stopped as often as the law lets it be is not stopped again, and
who must be screened for coercion first is not frozen. Another officer approves; nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cutline.errors import UsageError
from cutline.model.entities import kind_of
from cutline.model.requests import RENEWALS, Ask, Draft
from cutline.pipeline.answered import asked_by, told_customers, told_exchanges
from cutline.store.lake import Lake
from cutline.tracing import stop_list
from cutline.tracing.drafting import Customer, Drafted, Wishes, draft_requests
from cutline.tracing.holders import HOLDS_MONEY, Request, Standing
from cutline.workspace import shelf
from cutline.workspace.backing import key_cards, look_behind
from cutline.workspace.case import Workspace
from cutline.workspace.clock import stood_by
from cutline.workspace.following import Followed, Wish, follow_seed, is_victim
from cutline.workspace.masking import Access, show_plain
from cutline.workspace.requested import tell_request
from cutline.workspace.requests import tell_changed

OVER = (Standing.WITHDRAWN, Standing.LAPSED, Standing.REFUSED)


@dataclass(frozen=True, slots=True)
class PrepareWish:
    """What an officer wants prepared: from which seed, in whose name, of which kinds, about whom; `again` asks once more.

    `holder`: who runs the place, where no record names it and the officer knows.
    """

    seed: str
    authority: str
    reason: str
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    first: int = 10
    again: bool = False
    holder: str = ""


def prepare_requests(workspace: Workspace, wish: PrepareWish, at: datetime, access: Access) -> dict[str, Any]:
    """Prepare the requests that a trace's stop list calls for; what is in hand already is not asked a second time."""
    if not wish.authority.strip():
        raise UsageError("a request needs the office that asks: give --authority")
    show = workspace.show(access)
    then = stood_by(workspace, at)
    seed = then.named(wish.seed)
    followed = follow_seed(then.lake, seed, Wish(), show, then.resolution)
    kinds = tuple(_kind(name) for name in wish.kinds)
    if is_victim(followed.trail, seed) and not kinds:
        raise UsageError(
            f"{show(seed)} paid what a report tells of: a reporting victim, whose own money is "
            "not to be stopped unasked; expected --kind query, the report, or each --kind that is meant"
        )
    about = tuple(workspace.named(name) for name in wish.about)
    if wish.holder and len(about) != 1:
        raise UsageError("--holder names who runs one place; expected --about with that place")
    wishes = Wishes(wish.authority.strip(), kinds, about, wish.holder.strip())
    drafted = _draft(then, followed, wishes, at, wish.first)
    stood = asked_by(workspace.lake, workspace.requests.all(), at).requests
    live = {_subject(r): r for r in stood if r.standing not in OVER}
    wanted = [draft for draft in drafted.drafts if wish.again or draft.subject not in live]
    screened = _owned_by_screened(workspace.lake)
    refused = {k: _why_not(draft, stood, screened) for k, draft in enumerate(wanted)}
    fresh = [draft for k, draft in enumerate(wanted) if not refused[k]]
    made = workspace.requests.prepare(workspace.officer, fresh, wish.reason, at)
    now = {r.request_id: r for r in asked_by(workspace.lake, workspace.requests.all(), at).requests}
    already = [] if wish.again else [live[draft.subject] for draft in drafted.drafts if draft.subject in live]
    answer = {
        "as_of": at.isoformat(),
        "prepared": [tell_request(now[one.request_id]) for one in made],
        "already": [tell_request(one) for one in already],
        "left_out": [{"entity": entity, "why": why} for entity, why in drafted.left_out]
        + [{"entity": draft.about, "why": refused[k]} for k, draft in enumerate(wanted) if refused[k]],
    }
    return dict(show_plain(answer, show))


def renew_request(workspace: Workspace, name: str, reason: str, at: datetime) -> dict[str, Any]:
    """Prepare the prolongation of an executed stop or freeze; another officer approves it. A stop is renewed twice at most."""
    (earlier,) = workspace.requests.some([name])
    draft = earlier.draft
    stood = asked_by(workspace.lake, workspace.requests.all(), at).requests
    stands = next((str(r.standing) for r in stood if r.request_id == name), "not prepared yet")
    if draft.kind not in HOLDS_MONEY or stands not in (Standing.EXECUTED, Standing.LAPSED):
        raise UsageError(f"request {name} is a {draft.kind} and {stands}; expected a stop or freeze that was executed")
    if _is_spent(draft, stood):
        raise UsageError(f"request {name}: {_spent(draft.kind)}: cutline requests prepare … --kind freeze")
    if any(r.draft.renews == name and not r.withdrawn_at for r in workspace.requests.all()):
        raise UsageError(f"request {name} has been renewed already; see `cutline requests list`")
    longer = replace(draft, renews=name, renewal=draft.renewal + 1, useful_until=None)
    return tell_changed(workspace, workspace.requests.prepare(workspace.officer, [longer], reason, at), at)


def _subject(request: Request) -> tuple[str, str, str]:
    return request.kind, request.about, request.asset


def _why_not(draft: Draft, stood: Sequence[Request], screened: Mapping[str, str]) -> str:
    """Say why a request is not prepared though the stop list calls for it; empty where it is."""
    if _is_spent(draft, stood):
        return _spent(draft.kind)
    if draft.kind is Ask.FREEZE and draft.about in screened:
        return f"{screened[draft.about]}: a stop-payment holds the stolen money for hours meanwhile"
    return ""


def _owned_by_screened(lake: Lake) -> dict[str, str]:
    """Name what belongs to persons whom the last run would have screened for coercion first: they are not restricted."""
    from cutline.rings.proposals import OWNED_BY_SCREENED  # the engines of a run, which no other question of this room needs

    why = OWNED_BY_SCREENED.en
    return {p.entity: why for alert in shelf.alerts_of_last_run(lake) for p in alert.proposals if p.reason_en == why}


def _is_spent(draft: Draft, stood: Sequence[Request]) -> bool:
    """Say whether an account was stopped as often as the law lets it be, whether renewed or asked for anew."""
    most = RENEWALS.get(draft.kind)
    executed = [r for r in stood if r.executed_at and _subject(r) == draft.subject]
    return most is not None and len(executed) > most


def _spent(kind: Ask) -> str:
    return f"a {kind} is renewed {RENEWALS[kind]} times at most, and it was; a freeze can be asked for"


def _draft(workspace: Workspace, followed: Followed, wishes: Wishes, at: datetime, first: int) -> Drafted:
    drafts: list[Draft] = []
    left_out: list[tuple[str, str]] = []
    holders = {
        t.entity for trace in followed.traces for t in trace.terminals if kind_of(t.entity) in ("address", "ecny_wallet")
    }
    behind = look_behind(workspace.lake, sorted(holders), followed.until) if holders else {}
    operated = {entity: Customer(one.operator, ()) for entity, one in behind.items() if one.operator and not one.card}
    for trace in followed.traces:
        lines = stop_list(trace, at, followed.until, key_cards(behind))
        customers = told_exchanges(workspace.lake, {line.institution for line in lines})
        customers |= told_customers(workspace.lake, {line.entity for line in lines})
        customers |= operated
        chosen = lines if wishes.only else lines[:first]
        drafted = draft_requests(trace, chosen, at, wishes, customers)
        drafts += drafted.drafts
        left_out += drafted.left_out
        if len(lines) > len(chosen):
            left_out.append((f"{len(lines) - len(chosen)} smaller endings", "beyond --first"))
    if wishes.only and not drafts and not left_out:
        raise UsageError(f"the money that is traced does not lie at {len(wishes.only)} of those named; see `cutline trace`")
    return Drafted(tuple(drafts), tuple(left_out))


def _kind(name: str) -> Ask:
    if name not in list(Ask):
        raise UsageError(f"--kind is {name!r}, expected one of: {', '.join(Ask)}")
    return Ask(name)
