"""The book of requests: what was prepared for holders, who approved it, when it was sent. Nothing here sends anything.

One preparation is one line with all its requests, so that a killed one leaves all of them or none. A request is prepared by
one officer and approved by another; before that nothing can be handed out. What holders answer is delivered, and stands in the
lake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import UsageError
from cutline.model.entities import Label
from cutline.model.evidence import from_plain, to_plain
from cutline.model.officers import same_officer
from cutline.model.reasons import check_reason
from cutline.model.requests import Draft, Prepared, Vouched, request_id
from cutline.store.audit import AuditLog
from cutline.store.books import Book

ACTION = "request"
PREPARE, APPROVE, SEND, WITHDRAW, VOUCH = "prepare", "approve", "send", "withdraw", "vouch"


class RequestBook:
    """The requests of one workspace. The process that holds the workspace writes it."""

    def __init__(self, workspace: Path, audit: AuditLog, show: Callable[[str], str]) -> None:
        self._book = Book(workspace / "requests" / "book.jsonl", audit, ACTION)
        self._show = show

    def all(self) -> list[Prepared]:
        """Give every request as it stands now, in the order of preparation; raises AuditError where the book was altered."""
        book: dict[str, Prepared] = {}
        for step in self._book.lines():
            at = datetime.fromisoformat(step["at"])
            for said in step["requests"]:
                if step["act"] == PREPARE:
                    name = said["request_id"]
                    book[name] = Prepared(name, _draft(said["draft"]), at, step["actor"])
                else:
                    book[said] = _moved_on(book[said], step, at)
        return list(book.values())

    def some(self, names: Sequence[str]) -> list[Prepared]:
        """Give requests by their ids, each once; raises UsageError where the book has not all of them."""
        book = {r.request_id: r for r in self.all()}
        absent = [name for name in names if name not in book]
        if absent:
            raise UsageError(f"there is no request {absent[0]!r} in the book; expected an id from `cutline requests list`")
        return [book[name] for name in dict.fromkeys(names)]

    def prepare(self, actor: str, drafts: Sequence[Draft], reason: str, at: datetime) -> list[Prepared]:
        """Write requests down in one step; they wait for another officer. Nothing to prepare writes nothing.

        Here and below `at` is when it was done; when it was written down stands beside it.
        """
        check_reason(reason)
        if not drafts:
            return []
        turns: dict[tuple[str, str, str], int] = {}
        for earlier in self.all():
            turns[earlier.draft.subject] = turns.get(earlier.draft.subject, 0) + 1
        named = []
        for draft in drafts:
            turn = turns.get(draft.subject, 0)
            turns[draft.subject] = turn + 1
            named.append({"request_id": request_id(draft, turn), "draft": to_plain(draft)})
        basis = "; ".join(sorted({draft.basis.en for draft in drafts}))
        names = [str(one["request_id"]) for one in named]
        said = {"requests": named, "legal_basis": basis}
        self._write(_step(PREPARE, actor, reason, at), said, (names, [draft.about for draft in drafts]))
        return self.some(names)

    def approve(self, actor: str, names: Sequence[str], reason: str, at: datetime) -> list[Prepared]:
        """Let requests go out; raises UsageError where one of them is not waiting, or was prepared by this very officer."""
        check_reason(reason)
        chosen = self.some(names)
        for waiting in chosen:
            name = waiting.request_id
            if waiting.approved_at or waiting.withdrawn_at:
                stands = "withdrawn" if waiting.withdrawn_at else f"approved by {waiting.approved_by}"
                raise UsageError(f"request {name} is {stands}; expected one that waits for approval")
            if same_officer(waiting.prepared_by, actor):
                raise UsageError(f"request {name} was prepared by {actor}; expected another officer to approve it")
            _check_after(waiting.prepared_at, at, f"request {name} was prepared")
        return self._move(_step(APPROVE, actor, reason, at), chosen)

    def send(self, actor: str, name: str, reason: str, at: datetime) -> Prepared:
        """Note when an approved request was handed out to be sent; a second handing out keeps the first time."""
        (ready,) = self.some([name])
        if not ready.approved_at or ready.withdrawn_at:
            stands = "withdrawn" if ready.withdrawn_at else "not approved"
            raise UsageError(
                f"request {name} is {stands}; expected one that another officer approved: cutline requests approve {name}"
            )
        if ready.sent_at:
            return ready
        _check_after(ready.approved_at, at, f"request {name} was approved")
        return self._move(_step(SEND, actor, reason, at), [ready])[0]

    def withdraw(self, actor: str, names: Sequence[str], reason: str, at: datetime) -> list[Prepared]:
        """Take requests back before they were sent; raises UsageError afterwards, for then the holder has them."""
        check_reason(reason)
        chosen = self.some(names)
        for found in chosen:
            if found.withdrawn_at or found.sent_at:
                stands = "withdrawn already" if found.withdrawn_at else "sent: its holder has it and must be told in writing"
                raise UsageError(f"request {found.request_id} is {stands}; expected one that was not sent")
            _check_after(found.prepared_at, at, f"request {found.request_id} was prepared")
        return self._move(_step(WITHDRAW, actor, reason, at), chosen)

    def vouch(self, actor: str, names: Sequence[str], deliverer: str, why: tuple[str, datetime]) -> list[Prepared]:
        """Take a deliverer's word for the holder's, of these requests alone; `why`: the reason, and when it was vouched for."""
        reason, at = why
        check_reason(reason)
        chosen = self.some(names)
        for found in chosen:
            if found.sent_at is None:
                raise UsageError(f"request {found.request_id} was not sent; expected one whose holder can have answered")
            _check_after(found.sent_at, at, f"request {found.request_id} was sent")
        return self._move({**_step(VOUCH, actor, reason, at), "deliverer": deliverer}, chosen)

    def _move(self, step: Mapping[str, Any], chosen: Sequence[Prepared]) -> list[Prepared]:
        names = [request.request_id for request in chosen]
        self._write(step, {"requests": names}, (names, [request.draft.about for request in chosen]))
        return self.some(names)

    def _write(self, step: Mapping[str, Any], more: Mapping[str, Any], about: tuple[Sequence[str], Sequence[str]]) -> None:
        names, subjects = about
        said = {"act": step["act"], "requests": list(names)}
        self._book.write(self._book.seal({**step, **more}), said, [self._show(subject) for subject in subjects])


def _step(act: str, actor: str, reason: str, at: datetime) -> dict[str, Any]:
    return {"act": act, "actor": actor, "reason": reason.strip(), "time": _iso(datetime.now(UTC)), "at": _iso(at)}


def _moved_on(request: Prepared, step: Mapping[str, Any], at: datetime) -> Prepared:
    match step["act"]:
        case "approve":
            return replace(request, approved_at=at, approved_by=step["actor"])
        case "send":
            return replace(request, sent_at=at)
        case "vouch":
            vouched = Vouched(step["deliverer"], at, step["actor"], step["reason"])
            return replace(request, vouched=(*request.vouched, vouched))
    return replace(request, withdrawn_at=at, withdrawn_by=step["actor"], why=step["reason"])


def _draft(plain: Mapping[str, Any]) -> Draft:
    written = {"rests_on": [], **plain}  # older books name no rows
    return from_plain(Draft, {**written, **{name: Label(*plain[name]) for name in ("basis", "wanted")}})


def _check_after(earlier: datetime, at: datetime, what: str) -> None:
    if at < earlier:
        raise UsageError(f"{what} at {_iso(earlier)}; expected a time that is not before that, found {_iso(at)}")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
