"""A book: lines of what people decided, never altered, each hashed with the one before and acknowledged by the audit log.

A line is canonical JSON. The audit log acknowledges it by its hash, with pseudonyms in place of ids. A line that the log does
not acknowledge, as a crash can leave it, says nothing. A line that it acknowledges and that is missing or changed is an
AuditError. Books hold ids in the clear, for a decision that names nobody decides nothing; their owner alone reads the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutline.errors import AuditError
from cutline.store.audit import AuditLog
from cutline.store.durable import settle_all

BEGINNING = "0" * 64


class Book:
    """One book of a workspace, written by the process that holds it; `action` is how the audit log calls its lines."""

    def __init__(self, file: Path, audit: AuditLog, action: str) -> None:
        self._file = file
        self._audit = audit
        self._action = action

    def lines(self) -> list[dict[str, Any]]:
        """Give every acknowledged line, in order, with its hash as `line`; raises AuditError where the book was altered."""
        said = {str(e.detail["line"]) for e in self._audit.entries() if e.action == self._action}
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

    def seal(self, step: Mapping[str, Any]) -> tuple[bytes, str]:
        """Give a step as it would stand next in the book, and its hash."""
        known = self.lines()
        line = json.dumps(step, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return line, hashlib.sha256((known[-1]["line"] if known else BEGINNING).encode() + line).hexdigest()

    def write(self, sealed: tuple[bytes, str], said: Mapping[str, Any], subjects: Sequence[str] = ()) -> None:
        """Write a sealed line, then have the audit log acknowledge it with what is `said` of it and pseudonyms of `subjects`.

        `actor`, `reason` and `legal_basis` are those of the line.
        """
        line, digest = sealed
        self._file.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as out:
            torn = out.tell() and not self._file.read_bytes().endswith(b"\n")
            out.write((b"\n" if torn else b"") + line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        settle_all([self._file.parent, self._file.parent.parent])
        step = json.loads(line)
        self._audit.append(
            actor=str(step["actor"]),
            action=self._action,
            reason=str(step["reason"]),
            legal_basis=str(step.get("legal_basis", "")),
            subjects=subjects,
            detail={**said, "line": digest},
        )
