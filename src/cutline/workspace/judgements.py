"""Judgements as officers record, approve, reverse and read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cutline.errors import UsageError
from cutline.model.judgements import LABELS, SUBJECTS, Judgement, Verdict
from cutline.model.moments import read_moment
from cutline.store.judgements import Decision
from cutline.workspace.case import Workspace
from cutline.workspace.masking import Access
from cutline.workspace.resolving import proposal_of

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before it nobody decided a case of telecom fraud."""

SKEW = timedelta(minutes=5)
"""How far the clock of who writes may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer says: a verdict, about entities or one proposal of a program, and why."""

    verdict: str
    about: tuple[str, ...]
    legal_basis: str
    reason: str
    decided_at: str = ""


def list_judgements(workspace: Workspace, verdict: str, limit: int, access: Access) -> dict[str, Any]:
    """List judgements, the newest first."""
    wanted = _verdict(verdict) if verdict else None
    found = [j for j in reversed(workspace.book.all()) if wanted in (None, j.verdict)]
    show = workspace.show(access)
    return {"judgements": [_plain(j, show) for j in found[:limit]], "shown": len(found[:limit]), "total": len(found)}


def record_judgement(workspace: Workspace, wish: Wish) -> dict[str, Any]:
    """Record a judgement: in force at once on a program's proposal, else waiting for another officer.

    `standing`: earlier judgements, not reversed, that say the same of the same; to say it twice is no error.
    """
    verdict = _verdict(wish.verdict)
    if SUBJECTS[verdict] == 2 and len(wish.about) == 1:
        from cutline.resolution.linkage import PROPOSER

        proposed = proposal_of(workspace.lake, wish.about[0])
        detail = {"proposal": proposed.proposal_id, "probability": proposed.probability}
        detail |= {weight.attribute: weight.bits for weight in proposed.weights}
        decision = Decision(
            verdict,
            proposed.subjects,
            wish.legal_basis,
            wish.reason,
            _moment(wish.decided_at),
            proposer=PROPOSER,
            detail=detail,
        )
    else:
        subjects = tuple(workspace.entity(named) for named in wish.about)
        decision = Decision(verdict, subjects, wish.legal_basis, wish.reason, _moment(wish.decided_at))
    standing = workspace.book.standing(decision)
    told = _told(workspace, workspace.book.record(workspace.officer, decision))
    return {**told, "standing": [{"judgement_id": j.judgement_id, "status": j.status} for j in standing]}


def approve_judgement(workspace: Workspace, judgement: str, reason: str) -> dict[str, Any]:
    """Put another officer's judgement into force."""
    return _told(workspace, workspace.book.approve(workspace.officer, judgement, reason))


def reverse_judgement(workspace: Workspace, judgement: str, legal_basis: str, reason: str) -> dict[str, Any]:
    """Record that a judgement no longer holds; another officer approves that too."""
    decision = Decision(Verdict.REVERSED, (), legal_basis, reason, reverses=judgement)
    return _told(workspace, workspace.book.record(workspace.officer, decision))


def _told(workspace: Workspace, judgement: Judgement) -> dict[str, Any]:
    return _plain(judgement, workspace.show(Access()))


def _plain(judgement: Judgement, show: Callable[[str], str]) -> dict[str, Any]:
    label = LABELS[judgement.verdict]
    return {
        **asdict(judgement),
        "verdict": judgement.verdict.value,
        "label_en": label.en,
        "label_zh": label.zh,
        "status": judgement.status,
        "subjects": [show(entity) for entity in judgement.subjects],
        "decided_at": judgement.decided_at.isoformat(),
        "recorded_at": judgement.recorded_at.isoformat(),
    }


def _verdict(text: str) -> Verdict:
    words = [verdict.value for verdict in Verdict if verdict is not Verdict.REVERSED]
    if text not in words:
        raise UsageError(f"the verdict is {text!r}, expected one of: {', '.join(words)}; an earlier one is lifted by `reverse`")
    return Verdict(text)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment, now = read_moment(text, "--decided-at"), datetime.now(UTC)
    if not EARLIEST <= moment <= now + SKEW:
        raise UsageError(
            f"--decided-at is {text}, expected a time from {EARLIEST:%Y-%m-%d} until now, {now:%Y-%m-%dT%H:%M}+00:00 "
            "(UTC where no offset is written)"
        )
    return moment
