"""The book of judgements: what officers decided, line by line, never altered, and kept through every purge.

One step is one line of canonical JSON in `judgements/book.jsonl`, hashed together with the hash of the line before it. The
audit log acknowledges each line by its hash, with pseudonyms in place of ids. A line that the log does not acknowledge, as a
crash can leave it, is no judgement. A line that it acknowledges and that is missing or changed is an AuditError.

The book holds ids in the clear, for a decision that names nobody decides nothing; its file is readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import AuditError, UsageError
from cutline.model.judgements import MACHINE, SUBJECTS, Judgement, Verdict, resolve_same
from cutline.store.audit import AuditLog
from cutline.store.durable import settle_all

ACTION = "judgement"
RECORD, APPROVE = "record", "approve"
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer wants recorded. `reverses` names a judgement, for a reversal; `proposer` a program that proposed it."""

    verdict: Verdict
    subjects: tuple[str, ...]
    legal_basis: str
    reason: str
    decided_at: datetime | None = None
    reverses: str = ""
    proposer: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


class JudgementBook:
    """The judgements of one workspace. The process that holds the workspace writes it."""

    def __init__(self, workspace: Path, audit: AuditLog, show: Callable[[str], str]) -> None:
        self._file = workspace / "judgements" / "book.jsonl"
        self._audit = audit
        self._show = show

    def all(self) -> list[Judgement]:
        """Give every judgement as it stands now, in the order of recording; raises AuditError where the book was altered."""
        book: dict[str, Judgement] = {}
        for step in self._acknowledged():
            approved = None if step["act"] == RECORD else book[step["judgement"]]
            judgement = _judgement(step) if approved is None else replace(approved, approver=step["actor"])
            book[judgement.judgement_id] = judgement
            if judgement.verdict is Verdict.REVERSED and judgement.approver:
                lifted = book[judgement.reverses]
                book[lifted.judgement_id] = replace(lifted, reversed_by=judgement.judgement_id)
        return list(book.values())

    def record(self, actor: str, decision: Decision) -> Judgement:
        """Write down a decision: a proposal that waits for another officer, or, on a program's proposal, a judgement in force.

        Raises UsageError where it says nothing, or contradicts a judgement in force.
        """
        self._check(decision)
        step = {
            "act": RECORD,
            "actor": actor,
            "time": datetime.now(UTC).isoformat(timespec="microseconds"),
            "verdict": decision.verdict.value,
            "subjects": sorted(decision.subjects),
            "decided_at": decision.decided_at.astimezone(UTC).isoformat() if decision.decided_at else "",
            "legal_basis": decision.legal_basis.strip(),
            "reason": decision.reason.strip(),
            "reverses": decision.reverses,
            "proposer": decision.proposer,
            "detail": dict(decision.detail),
        }
        return self.one(self._write(step))

    def approve(self, actor: str, judgement_id: str, reason: str) -> Judgement:
        """Put a proposed judgement into force; raises UsageError where its proposer approves it, or it is not waiting."""
        waiting = self.one(judgement_id)
        if waiting.status != "proposed":
            raise UsageError(f"judgement {judgement_id} is {waiting.status}; expected one that waits for approval")
        if waiting.proposer.strip().casefold() == actor.strip().casefold():
            raise UsageError(f"judgement {judgement_id} was proposed by {actor}; expected another officer to approve it")
        said = Decision(waiting.verdict, waiting.subjects, waiting.legal_basis, reason, reverses=waiting.reverses)
        self._check(said)
        time = datetime.now(UTC).isoformat(timespec="microseconds")
        self._write({"act": APPROVE, "actor": actor, "time": time, "judgement": judgement_id, "reason": reason.strip()})
        return self.one(judgement_id)

    def one(self, judgement_id: str) -> Judgement:
        """Give a judgement by its id; raises UsageError where the book has none."""
        found = next((j for j in self.all() if j.judgement_id == judgement_id), None)
        if found is None:
            raise UsageError(f"there is no judgement {judgement_id!r}; expected an id from `cutline judgements list`")
        return found

    def _check(self, decision: Decision) -> None:
        if len(decision.reason.strip()) < 3 or not decision.legal_basis.strip():
            raise UsageError("a judgement needs a reason and a legal basis: who is judged may ask for both")
        wanted, found = SUBJECTS[decision.verdict], len(set(decision.subjects))
        if found != wanted:
            raise UsageError(f"{decision.verdict} is about {wanted} different entities, found {found}")
        if decision.verdict is Verdict.REVERSED:
            earlier = self.one(decision.reverses)
            if not earlier.in_force or earlier.verdict is Verdict.REVERSED:
                raise UsageError(f"judgement {decision.reverses} is not in force; expected one that is, or record it anew")
        _check_agreement([j for j in self.all() if j.in_force], decision)

    def _acknowledged(self) -> list[dict[str, Any]]:
        said = [str(e.detail["line"]) for e in self._audit.entries() if e.action == ACTION]
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        steps, previous = {}, BEGINNING
        for line in lines:
            digest = hashlib.sha256(previous.encode() + line).hexdigest()
            if digest in said:
                steps[digest], previous = {**json.loads(line), "line": digest}, digest
        if len(steps) < len(said):
            raise AuditError(
                f"{self._file}: the audit log acknowledges {len(said)} lines, {len(steps)} stand here as they were written: "
                "one was changed or removed; restore the book from a backup and keep this one as evidence"
            )
        return list(steps.values())

    def _write(self, step: dict[str, Any]) -> str:
        """Write a line, then have the audit log acknowledge it; gives the id of the judgement that it is about."""
        known = self._acknowledged()
        line = json.dumps(step, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256((known[-1]["line"] if known else BEGINNING).encode() + line).hexdigest()
        self._file.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as out:
            torn = out.tell() and not self._file.read_bytes().endswith(b"\n")
            out.write((b"\n" if torn else b"") + line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        settle_all([self._file.parent, self._file.parent.parent])
        judgement = str(step.get("judgement") or digest[:12])
        said = {"line": digest, "judgement": judgement, "act": step["act"], "verdict": step.get("verdict", "")}
        subjects = [self._show(entity) for entity in step.get("subjects", [])]
        self._audit.append(
            actor=str(step["actor"]),
            action=ACTION,
            reason=str(step["reason"]),
            legal_basis=str(step.get("legal_basis", "")),
            subjects=subjects,
            detail=said,
        )
        return judgement


def _judgement(step: Mapping[str, Any]) -> Judgement:
    recorded = datetime.fromisoformat(step["time"])
    by_machine = str(step["proposer"]).startswith(MACHINE)
    return Judgement(
        judgement_id=step["line"][:12],
        verdict=Verdict(step["verdict"]),
        subjects=tuple(step["subjects"]),
        decided_at=datetime.fromisoformat(step["decided_at"]) if step["decided_at"] else recorded,
        recorded_at=recorded,
        proposer=step["proposer"] or step["actor"],
        approver=step["actor"] if by_machine else "",
        legal_basis=step["legal_basis"],
        reason=step["reason"],
        reverses=step["reverses"],
        detail=step["detail"],
    )


def _check_agreement(standing: Sequence[Judgement], decision: Decision) -> None:
    """Refuse what contradicts a judgement in force: a later judgement first reverses the earlier one."""
    subjects = tuple(sorted(decision.subjects))
    opposite = {Verdict.FRAUD: Verdict.INNOCENT, Verdict.INNOCENT: Verdict.FRAUD}.get(decision.verdict)
    against = next((j for j in standing if j.verdict is opposite and j.subjects == subjects), None)
    if decision.verdict in (Verdict.SAME, Verdict.DIFFERENT):
        differs = decision.verdict is Verdict.DIFFERENT
        proposed = Judgement("", decision.verdict, subjects, _NEVER, _NEVER, "", "this", "", "")
        same = resolve_same([*standing, proposed])
        apart = [*(j for j in standing if j.verdict is Verdict.DIFFERENT), *([proposed] if differs else [])]
        torn = next((j for j in apart if same.of(j.subjects[0]) == same.of(j.subjects[1])), None)
        if torn is not None:
            joined = [j for j in standing if j.verdict is Verdict.SAME and same.of(j.subjects[0]) == same.of(subjects[0])]
            named = torn.judgement_id or ", ".join(j.judgement_id for j in joined)
            raise UsageError(f"this contradicts judgement {named}, which is in force; reverse that one first")
    if against is not None:
        raise UsageError(f"this contradicts judgement {against.judgement_id}, which is in force; reverse that one first")


_NEVER = datetime(1, 1, 1, tzinfo=UTC)
