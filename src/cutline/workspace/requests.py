"""Requests to holders as officers prepare, approve, hand out, take back and read them. Nothing is sent from here."""

from __future__ import annotations

import csv
import difflib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import UsageError
from cutline.model.entities import kind_of
from cutline.model.money import decimals_of
from cutline.model.requests import RENEWALS, Ask, Draft, Prepared
from cutline.pipeline.answered import asked_by, told_customers, told_exchanges
from cutline.report.letters import Letter, write_letter
from cutline.store.durable import write_whole
from cutline.store.lake import Lake
from cutline.tracing import stop_list
from cutline.tracing.drafting import Customer, Drafted, Wishes, draft_requests
from cutline.tracing.holders import HOLDS_MONEY, Request, Standing
from cutline.workspace import shelf
from cutline.workspace.backing import key_cards, look_behind
from cutline.workspace.case import Workspace
from cutline.workspace.following import Followed, follow_seed
from cutline.workspace.following import Wish as TraceWish
from cutline.workspace.masking import Access, Show, show_plain
from cutline.workspace.requested import tell_request, tell_unasked

COLUMNS = (
    *("request_id", "holder", "kind", "about", "sent_at", "acknowledged_at", "executed_at", "amount", "currency"),
    *("refusal", "reference"),
)
"""The columns of `requests` as holders and offices exchange them."""

URGENCY = (
    *(Standing.OVERDUE, Standing.PREPARED, Standing.APPROVED, Standing.SENT, Standing.ACKNOWLEDGED, Standing.EXECUTED),
    *(Standing.REFUSED, Standing.ANSWERED, Standing.LAPSED, Standing.WITHDRAWN),
)
OVER = (Standing.WITHDRAWN, Standing.LAPSED, Standing.REFUSED)


@dataclass(frozen=True, slots=True)
class PrepareWish:
    """What an officer wants prepared: from which seed, in whose name, of which kinds, about whom; `again` asks once more."""

    seed: str
    authority: str
    reason: str
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    first: int = 10
    again: bool = False


@dataclass(frozen=True, slots=True)
class VouchWish:
    """Whose deliveries an officer takes for a holder's, and why."""

    deliverer: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListWish:
    """Which requests to list: of one standing, about one entity, at most so many."""

    standing: str = ""
    about: str = ""
    limit: int = 20


def prepare_requests(workspace: Workspace, wish: PrepareWish, at: datetime, access: Access) -> dict[str, Any]:
    """Prepare the requests that a trace's stop list calls for; what is in hand already is not asked a second time."""
    if not wish.authority.strip():
        raise UsageError("a request needs the office that asks: give --authority")
    show = workspace.show(access)
    followed = follow_seed(workspace.lake, workspace.named(wish.seed), TraceWish(), show, workspace.resolution)
    kinds = tuple(_kind(name) for name in wish.kinds)
    wishes = Wishes(wish.authority.strip(), kinds, tuple(workspace.named(name) for name in wish.about))
    drafted = _draft(workspace, followed, wishes, at, wish.first)
    stood = asked_by(workspace.lake, workspace.requests.all(), at).requests
    live = {_subject(r): r for r in stood if r.standing not in OVER}
    wanted = [draft for draft in drafted.drafts if wish.again or draft.subject not in live]
    screened = _owned_by_screened(workspace.lake)
    refused = {k: _why_not(draft, stood, screened) for k, draft in enumerate(wanted)}
    fresh = [draft for k, draft in enumerate(wanted) if not refused[k]]
    made = workspace.requests.prepare(workspace.actor, fresh, wish.reason, at)
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
    return _told(workspace, workspace.requests.prepare(workspace.actor, [longer], reason, at), at)


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


def approve_requests(workspace: Workspace, names: Sequence[str], reason: str, at: datetime) -> dict[str, Any]:
    """Let another officer's requests go out."""
    return _told(workspace, workspace.requests.approve(workspace.actor, names, reason, at), at)


def withdraw_requests(workspace: Workspace, names: Sequence[str], reason: str, at: datetime) -> dict[str, Any]:
    """Take back requests that were not sent."""
    return _told(workspace, workspace.requests.withdraw(workspace.actor, names, reason, at), at)


def vouch_requests(workspace: Workspace, names: Sequence[str], wish: VouchWish, at: datetime) -> dict[str, Any]:
    """Take the word of a deliverer for that of the holder, of these requests; it must have delivered something."""
    known = sorted(set(workspace.lake.batches()["deliverer"].to_list()))
    if wish.deliverer not in known:
        near = difflib.get_close_matches(wish.deliverer, known, 3) or known[:3]
        raise UsageError(
            f"--from is {wish.deliverer!r}, who has delivered nothing; expected the source of a delivery: {', '.join(near)}"
        )
    vouched = workspace.requests.vouch(workspace.actor, names, wish.deliverer, (wish.reason, at))
    return _told(workspace, vouched, at)


def list_requests(workspace: Workspace, wish: ListWish, at: datetime, access: Access) -> dict[str, Any]:
    """List requests as they stood at a moment, what needs hands first, and answers to requests that nobody knows."""
    if wish.standing and wish.standing not in list(Standing):
        raise UsageError(f"--standing is {wish.standing!r}, expected one of: {', '.join(Standing)}")
    asked = asked_by(workspace.lake, workspace.requests.all(), at)
    about = workspace.named(wish.about) if wish.about else ""
    found = [r for r in asked.requests if wish.standing in ("", r.standing) and about in ("", r.about)]
    found.sort(key=lambda r: (URGENCY.index(r.standing), r.minutes_left is None, r.minutes_left or 0.0, r.request_id))
    counted = Counter(str(r.standing) for r in asked.requests)
    answer = {
        "as_of": at.isoformat(),
        "requests": [tell_request(r) for r in found[: wish.limit]],
        "shown": len(found[: wish.limit]),
        "total": len(found),
        "by_standing": {str(s): counted[s] for s in URGENCY if counted[s]},
        "unasked": [tell_unasked(one) for one in asked.unasked],
    }
    return dict(show_plain(answer, workspace.show(access)))


def show_request(workspace: Workspace, name: str, at: datetime, access: Access) -> dict[str, Any]:
    """Show one request with all that is known of it, and its letter."""
    asked = asked_by(workspace.lake, workspace.requests.all(), at).requests
    mine = [r for r in asked if r.request_id == name]
    if not mine:
        raise UsageError(f"there is no request {name!r} at {at.isoformat()}; expected an id from `cutline requests list`")
    show = workspace.show(access)
    told = [{**tell_request(r), **_drafted(r), "letter": _letter(r, show, at)} for r in mine]
    return {"requests": [show_plain(one, show) for one in told]}


def export_requests(workspace: Workspace, names: Sequence[str], out: Path, at: datetime, access: Access) -> dict[str, Any]:
    """Write approved requests to one holder into a file, with a letter beside it; from then on they count as sent."""
    if not access.unmask:
        raise UsageError('a request names people in the clear; say why: --unmask --reason "…" (it goes into the audit log)')
    if out.suffix != ".csv":
        raise UsageError(f"--out is {out}; expected a file that ends in .csv; the letter is written beside it as .md")
    chosen = workspace.requests.some(names)
    holders = sorted({one.draft.holder for one in chosen})
    if len(holders) > 1:
        raise UsageError(f"these requests go to {', '.join(holders)}; expected one holder: export them one by one")
    sent = [workspace.requests.send(workspace.actor, one.request_id, access.reason, at) for one in chosen]
    write_whole(out, _rows(sent).encode(), 0o600)
    letters = [write_letter(one, Letter(one.draft.about, one.draft.seed, one.sent_at or at)) for one in sent]
    write_whole(out.with_suffix(".md"), "\n---\n\n".join(letters).encode(), 0o600)
    told = {"file": str(out), "letter": str(out.with_suffix(".md")), "sent": [one.request_id for one in sent]}
    return {**told, "sent_at": [_iso(one.sent_at) for one in sent]}


def moment_of(text: str, now: datetime) -> datetime:
    """Give the moment that an officer names, UTC where no offset is written; `now` where none is named, and never later."""
    if not text:
        return now
    try:
        named = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at is {text!r}, expected a time such as 2026-03-01T10:00:00+08:00") from error
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    if named > now:
        raise UsageError(f"--at is {text}, which is still to come; expected a time until {now.isoformat(timespec='seconds')}")
    return named.astimezone(UTC)


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
    absent = [entity for entity in wishes.only if all(entity not in (d.about, *(e for e, _ in left_out)) for d in drafts)]
    if wishes.only and not drafts and not left_out:
        raise UsageError(f"the money that is traced does not lie at {len(absent)} of those named; see `cutline trace`")
    return Drafted(tuple(drafts), tuple(left_out))


def _told(workspace: Workspace, changed: Sequence[Prepared], at: datetime) -> dict[str, Any]:
    names = {one.request_id for one in changed}
    stood = asked_by(workspace.lake, workspace.requests.all(), at).requests
    told = [tell_request(r) for r in stood if r.request_id in names]
    return dict(show_plain({"requests": told}, workspace.show(Access())))


def _drafted(request: Request) -> dict[str, Any]:
    ours = request.prepared
    if ours is None:
        return {}
    draft = ours.draft
    return {
        "authority": draft.authority,
        "basis": f"{draft.basis.en} {draft.basis.zh}",
        "references": list(draft.references),
        "useful_until": _iso(draft.useful_until),
        "trace_id": draft.trace_id,
        "renews": draft.renews,
        "prepared_at": _iso(ours.prepared_at),
        "approved_at": _iso(ours.approved_at),
        "withdrawn_at": _iso(ours.withdrawn_at),
        "withdrawn_by": ours.withdrawn_by,
        "why": ours.why,
    }


def _letter(request: Request, show: Show, at: datetime) -> str:
    ours = request.prepared
    if ours is None:
        return ""
    masked = replace(ours, draft=replace(ours.draft, holder=str(show_plain(ours.draft.holder, show))))
    return write_letter(masked, Letter(show(ours.draft.about), str(show_plain(ours.draft.seed, show)), ours.sent_at or at))


def _rows(sent: Sequence[Prepared]) -> str:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    for one in sent:
        draft = one.draft
        amount = "" if draft.amount_minor is None else _main_units(draft.amount_minor, draft.asset)
        said = (one.request_id, draft.holder.rpartition(":")[2], draft.kind.value, draft.about, _iso(one.sent_at), "", "")
        out.writerow([*said, amount, draft.asset if amount else "", "", "; ".join(draft.references)])
    return text.getvalue()


def _main_units(minor: int, asset: str) -> str:
    """Write an amount as the exchange format wants it: a plain decimal in the main unit; empty where decimals are unknown."""
    places = decimals_of(asset)
    if places is None:
        return ""
    whole, part = divmod(minor, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)


def _kind(name: str) -> Ask:
    if name not in list(Ask):
        raise UsageError(f"--kind is {name!r}, expected one of: {', '.join(Ask)}")
    return Ask(name)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
