"""Requests to holders as officers prepare, approve, hand out, take back and read them. Nothing is sent from here."""

from __future__ import annotations

import csv
import difflib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cutline.errors import UsageError
from cutline.model.money import decimals_of
from cutline.model.requests import Prepared
from cutline.pipeline.answered import asked_by
from cutline.report.letters import Letter, write_letter
from cutline.store.durable import write_whole
from cutline.tracing.holders import Request, Standing
from cutline.workspace.case import Workspace
from cutline.workspace.masking import Access, Show, show_plain
from cutline.workspace.requested import tell_request, tell_unasked, told_moment

COLUMNS = (
    *("request_id", "holder", "kind", "about", "sent_at", "acknowledged_at", "executed_at", "amount", "currency"),
    *("refusal", "reference"),
)
"""The columns of `requests` as holders and offices exchange them."""

UNNAMED = "named in the clear alone 明文中列出"

URGENCY = (
    *(Standing.OVERDUE, Standing.PREPARED, Standing.APPROVED, Standing.SENT, Standing.ACKNOWLEDGED, Standing.EXECUTED),
    *(Standing.REFUSED, Standing.ANSWERED, Standing.LAPSED, Standing.WITHDRAWN),
)


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


def approve_requests(workspace: Workspace, names: Sequence[str], reason: str, at: datetime) -> dict[str, Any]:
    """Let another officer's requests go out."""
    return tell_changed(workspace, workspace.requests.approve(workspace.officer, names, reason, at), at)


def withdraw_requests(workspace: Workspace, names: Sequence[str], reason: str, at: datetime) -> dict[str, Any]:
    """Take back requests that were not sent."""
    return tell_changed(workspace, workspace.requests.withdraw(workspace.officer, names, reason, at), at)


def vouch_requests(workspace: Workspace, names: Sequence[str], wish: VouchWish, at: datetime) -> dict[str, Any]:
    """Take the word of a deliverer for that of the holder, of these requests; it must have delivered something."""
    known = sorted(set(workspace.lake.batches()["deliverer"].to_list()))
    if wish.deliverer not in known:
        near = difflib.get_close_matches(wish.deliverer, known, 3) or known[:3]
        raise UsageError(
            f"--from is {wish.deliverer!r}, who has delivered nothing; expected the source of a delivery: {', '.join(near)}"
        )
    vouched = workspace.requests.vouch(workspace.officer, names, wish.deliverer, (wish.reason, at))
    return tell_changed(workspace, vouched, at)


def list_requests(workspace: Workspace, wish: ListWish, at: datetime, access: Access) -> dict[str, Any]:
    """List requests as they stood at a moment, what needs hands first, and answers to requests that nobody knows."""
    if wish.standing and wish.standing not in list(Standing):
        raise UsageError(f"--standing is {wish.standing!r}, expected one of: {', '.join(Standing)}")
    asked = asked_by(workspace.lake, workspace.requests.all(), at)
    about = workspace.named(wish.about) if wish.about else ""
    chosen = bool(wish.standing or about)
    found = [r for r in asked.requests if wish.standing in ("", r.standing) and about in ("", r.about)]
    found.sort(key=lambda r: (URGENCY.index(r.standing), r.minutes_left is None, r.minutes_left or 0.0, r.request_id))
    counted = Counter(str(r.standing) for r in asked.requests)
    answer = {
        "as_of": at.isoformat(),
        "requests": [tell_request(r) for r in found[: wish.limit]],
        "shown": len(found[: wish.limit]),
        "total": len(found),
        "by_standing": {str(s): counted[s] for s in URGENCY if counted[s]},
        "unasked": [tell_unasked(u) for u in asked.unasked if not chosen or u.request_id in {r.request_id for r in found}],
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
    sent = [workspace.requests.send(workspace.officer, one.request_id, access.reason, at) for one in chosen]
    write_whole(out, _rows(sent).encode(), 0o600)
    letters = [write_letter(one, Letter(one.draft.about, one.draft.seed, one.sent_at or at)) for one in sent]
    write_whole(out.with_suffix(".md"), "\n---\n\n".join(letters).encode(), 0o600)
    told = {"file": str(out), "letter": str(out.with_suffix(".md")), "sent": [one.request_id for one in sent]}
    return {**told, "sent_at": [told_moment(one.sent_at) for one in sent]}


def tell_changed(workspace: Workspace, changed: Sequence[Prepared], at: datetime) -> dict[str, Any]:
    """Tell how some requests stand after a step."""
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
        "useful_until": told_moment(draft.useful_until),
        "trace_id": draft.trace_id,
        "renews": draft.renews,
        "prepared_at": told_moment(ours.prepared_at),
        "approved_at": told_moment(ours.approved_at),
        "withdrawn_at": told_moment(ours.withdrawn_at),
        "withdrawn_by": ours.withdrawn_by,
        "why": ours.why,
    }


def _letter(request: Request, show: Show, at: datetime) -> str:
    ours = request.prepared
    if ours is None:
        return ""
    known = tuple(str(show_plain(reference, show)) for reference in ours.draft.references)
    clear = show(ours.draft.about) == ours.draft.about
    rows = ours.draft.rests_on if clear else (UNNAMED,)  # a chain's hash names who paid
    holder = str(show_plain(ours.draft.holder, show))
    masked = replace(ours, draft=replace(ours.draft, holder=holder, references=known, rests_on=rows))
    return write_letter(masked, Letter(show(ours.draft.about), str(show_plain(ours.draft.seed, show)), ours.sent_at or at))


def _rows(sent: Sequence[Prepared]) -> str:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    for one in sent:
        draft = one.draft
        amount = "" if draft.amount_minor is None else _main_units(draft.amount_minor, draft.asset)
        asked = (one.request_id, draft.holder.rpartition(":")[2], draft.kind.value, draft.about, told_moment(one.sent_at))
        out.writerow([*asked, "", "", amount, draft.asset if amount else "", "", "; ".join(draft.references)])
    return text.getvalue()


def _main_units(minor: int, asset: str) -> str:
    """Write an amount as the exchange format wants it: a plain decimal in the main unit; empty where decimals are unknown."""
    places = decimals_of(asset)
    if places is None:
        return ""
    whole, part = divmod(minor, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)
