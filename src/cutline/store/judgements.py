"""The book of judgements: what officers decided, line by line, never altered, and kept through every purge.

One step is one line of the book (`store.books`); a line that the audit log does not acknowledge is no judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import UsageError
from cutline.model.judgements import MACHINE, SUBJECTS, Judgement, Verdict, resolve_same
from cutline.model.officers import same_officer
from cutline.model.reasons import check_reason
from cutline.store.audit import AuditLog
from cutline.store.books import Book

ACTION = "judgement"
RECORD, APPROVE = "record", "approve"


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
        self._book = Book(workspace / "judgements" / "book.jsonl", audit, ACTION)
        self._show = show

    def all(self, moment: datetime | None = None) -> list[Judgement]:
        """Give every judgement as it stands now, or stood at a moment, in the order of recording.

        Raises AuditError where the book was altered.
        """
        book: dict[str, Judgement] = {}
        written = self._book.lines()
        for step in written if moment is None else [one for one in written if datetime.fromisoformat(one["time"]) <= moment]:
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
        if same_officer(waiting.proposer, actor):
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

    def standing(self, decision: Decision) -> list[Judgement]:
        """Give the judgements, proposed or in force, that already say what a decision says, of the same entities."""
        said = (decision.verdict, tuple(sorted(decision.subjects)))
        return [j for j in self.all() if (j.verdict, j.subjects) == said and not j.reversed_by]

    def _check(self, decision: Decision) -> None:
        check_reason(decision.reason)
        if not decision.legal_basis.strip():
            raise UsageError("a judgement needs a legal basis, for whoever is judged may ask for it; give --legal-basis")
        wanted, found = SUBJECTS[decision.verdict], len(set(decision.subjects))
        if found != wanted:
            raise UsageError(f"{decision.verdict} is about {wanted} different entities, found {found}")
        if decision.verdict is Verdict.REVERSED:
            earlier = self.one(decision.reverses)
            if not earlier.in_force or earlier.verdict is Verdict.REVERSED:
                raise UsageError(f"judgement {decision.reverses} is not in force; expected one that is, or record it anew")
        _check_agreement([j for j in self.all() if j.in_force], decision)

    def _write(self, step: dict[str, Any]) -> str:
        """Write a line and have it acknowledged; gives the id of the judgement that it is about."""
        sealed = self._book.seal(step)
        judgement = str(step.get("judgement") or sealed[1][:12])
        said = {"judgement": judgement, "act": step["act"], "verdict": step.get("verdict", "")}
        self._book.write(sealed, said, [self._show(entity) for entity in step.get("subjects", [])])
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
