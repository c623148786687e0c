"""How requests to holders are told: one JSON-ready object each, with where it stands and how many minutes are left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cutline.model.entities import Label
from cutline.model.money import format_minor
from cutline.model.requests import AnswerFile
from cutline.tracing.heard import Unasked
from cutline.tracing.holders import Request

OVERHELD = Label(
    "HELD MORE THAN ASKED: {over} over; only the amount named may be held",
    "超额止付/冻结：超出 {over}；仅可限于所列金额",
)


def tell_request(request: Request) -> dict[str, Any]:
    """Say what was asked of whom, how far it has come, what was stopped, what ran on, and until when."""
    ours = request.prepared
    return {
        "request_id": request.request_id,
        "standing": str(request.standing),
        "holder": request.holder,
        "kind": request.kind,
        "about": request.about,
        "asked": _money(request.asked_minor, request.asset),
        "asked_minor": request.asked_minor,
        "asset": request.asset,
        "stopped": _money(request.stopped_minor, request.asset),
        "stopped_minor": request.stopped_minor,
        "ran_on": _money(request.ran_on_minor, request.asset),
        "ran_on_minor": request.ran_on_minor,
        **_over(request),
        "refusal": request.refusal,
        "reference": request.reference,
        "as_of": request.as_of.isoformat(),
        "sent_at": told_moment(request.sent_at),
        "due_at": told_moment(request.due_at),
        "acknowledged_at": told_moment(request.acknowledged_at),
        "executed_at": told_moment(request.executed_at),
        "lapses_at": told_moment(request.lapses_at),
        "minutes_left": _rounded(request.minutes_left),
        "minutes_taken": _rounded(request.minutes_taken),
        "confirmed": request.confirmed,
        "answers": [tell_answer(answer) for answer in request.answers],
        "seed": ours.draft.seed if ours else "",
        "prepared_by": ours.prepared_by if ours else "",
        "approved_by": ours.approved_by if ours else "",
        "vouched": [{"from": v.deliverer, "by": v.by, "at": v.at.isoformat(), "why": v.why} for v in ours.vouched]
        if ours
        else [],
        "unasked": [tell_unasked(one) for one in request.unasked],
    }


def tell_answer(answer: AnswerFile) -> dict[str, Any]:
    """Say which delivery answers which request, and with how many rows."""
    return {
        "request_id": answer.request_id,
        "batch": answer.batch,
        "from": answer.deliverer,
        "file": answer.file_name,
        "received_at": answer.received_at.isoformat(),
        "rows": answer.rows,
    }


def tell_unasked(one: Unasked) -> dict[str, Any]:
    """Say who said what under which number, and why it is not counted; the delivery stays, as evidence."""
    return {
        "request_id": one.request_id,
        "from": one.deliverer,
        "said": one.said,
        "about": one.about,
        "asked_of": one.holder,
        "received_at": one.received_at.isoformat(),
        "batch": one.batch,
        "file": one.file_name,
        "doubt": str(one.doubt),
        "why_en": one.why.en,
        "why_zh": one.why.zh,
    }


def tell_asked(requests: Sequence[Request]) -> dict[str, Any] | None:
    """Say of one entity what its foremost request came to, and all of them; None where nobody was asked about it."""
    return {**tell_request(requests[0]), "requests": [tell_request(r) for r in requests]} if requests else None


def _over(request: Request) -> dict[str, Any]:
    """Tell loudly what is held beyond what was asked; nothing is said where nothing is."""
    minor = request.over_minor
    over = _money(minor or None, request.asset)
    words = Label(OVERHELD.en.format(over=over), OVERHELD.zh.format(over=over)) if minor else Label("", "")
    return {"over": over, "over_minor": minor, "over_en": words.en, "over_zh": words.zh}


def _money(minor: int | None, asset: str) -> str:
    return "" if minor is None or not asset else format_minor(minor, asset)


def told_moment(moment: datetime | None) -> str:
    """Write a moment, empty where there is none."""
    return moment.isoformat() if moment else ""


def _rounded(minutes: float | None) -> int | None:
    return None if minutes is None else round(minutes)
