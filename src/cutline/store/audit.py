"""The audit log: who saw or did what, why, and on what legal basis. It only grows, and any change to it shows.

One entry is one line of canonical JSON in `audit/log.jsonl`. Its hash covers all it says and the hash of the entry before it,
and the hashes are the leaves of an RFC 6962 Merkle tree whose head stands in `audit/head.json`. Whoever keeps a head elsewhere
can prove later that nothing before it was altered. The log holds pseudonyms or hashes of people, never ids in the clear.

An entry is acknowledged (`append` returned) only when both its line and the head that covers it are on disk. A crash can leave
behind the head a whole line, which is kept, or a torn one, which is moved to `audit/torn-<n>.bin` and reported.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import AuditError, UsageError
from cutline.store.durable import settle_all, write_whole
from cutline.store.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash

BEGINNING = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was seen or done. `subjects` are pseudonyms or hashes; `time` is ISO 8601 in UTC."""

    seq: int
    time: str
    actor: str
    action: str
    reason: str
    legal_basis: str
    subjects: tuple[str, ...]
    detail: Mapping[str, Any]
    previous: str
    hash: str = ""

    def sealed(self) -> tuple[bytes, bytes]:
        """Give the entry's leaf hash and its line, without the line's end."""
        said = {name: value for name, value in asdict(self).items() if name != "hash"}
        digest = leaf_hash(_canonical(said))
        return digest, _canonical({**said, "hash": digest.hex()})


@dataclass(frozen=True, slots=True)
class AuditState:
    """A log that adds up: number of entries, head of its Merkle tree, hash of the last entry, torn tails set aside."""

    size: int
    root: str
    last: str
    torn: tuple[str, ...] = ()


@dataclass(slots=True)
class _Head:
    """What is acknowledged: `bytes` of the log, the tree over their entries, and the last one's place and hash."""

    bytes: int = 0
    last_at: int = 0
    last: str = BEGINNING
    tree: Frontier = field(default_factory=Frontier)


class AuditLog:
    """The audit log of a workspace. Several processes may append; each append locks the log for its moment."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "audit"
        self._log = self._folder / "log.jsonl"
        self._head = self._folder / "head.json"
        self._folder.mkdir(parents=True, exist_ok=True)

    def append(
        self,
        *,
        actor: str,
        action: str,
        reason: str,
        legal_basis: str = "",
        subjects: Sequence[str] = (),
        detail: Mapping[str, Any] | None = None,
    ) -> AuditEntry:
        """Write an entry; it is on disk, and cannot be taken back, when this returns.

        Raises UsageError without actor, action and reason, AuditError where the log's end is not what was acknowledged.
        """
        for name, value in (("actor", actor), ("action", action), ("reason", reason)):
            if not value.strip():
                raise UsageError(f"audit entry without {name}: say who does what, and why")
        with self._locked():
            head = self._caught_up()
            words = (actor, action, reason, legal_basis, tuple(subjects), _plain(detail or {}))
            digest, line = AuditEntry(head.tree.size, _now(), *words, head.last).sealed()
            with self._log.open("ab") as out:
                out.write(line + b"\n")
                out.flush()
                os.fsync(out.fileno())
            self._advance(head, digest, len(line) + 1)
            self._write_head(head)
        return _entry(json.loads(line))

    def verify(self) -> AuditState:
        """Read the whole log and compare it with its head; raise AuditError that names the first wrong entry."""
        with self._locked():
            acknowledged = self._read_head()
            found = _Head()
            for digest, length in self._lines(acknowledged.bytes):
                self._advance(found, digest, length)
            if (found.bytes, found.tree.size) != (acknowledged.bytes, acknowledged.tree.size):
                raise AuditError(
                    f"{self._log} entry {found.tree.size}: the log has {found.tree.size} entries in {found.bytes} bytes, "
                    f"its head says {acknowledged.tree.size} in {acknowledged.bytes}: entries were removed or added"
                )
            if found.tree.root() != acknowledged.tree.root():
                raise AuditError(
                    f"{self._head}: belongs to another log, though the entries of {self._log.name} agree with each other"
                )
            head = self._caught_up()
            return AuditState(head.tree.size, head.tree.root().hex(), head.last, self.torn())

    def entries(self) -> Iterator[AuditEntry]:
        """Give the entries, oldest first; raises AuditError at the first that does not follow from the one before."""
        with self._locked():
            self._caught_up()
        if self._log.exists():
            with self._log.open("rb") as file:
                for line in file:
                    yield _entry(json.loads(line))

    def prove_inclusion(self, seq: int) -> list[str]:
        """Give the proof that an entry stands in the log of the present head (RFC 6962, 2.1.1), as hexadecimal."""
        return [h.hex() for h in inclusion_proof(self._leaves(), seq)]

    def prove_consistency(self, earlier: int) -> list[str]:
        """Give the proof that the log of an earlier size is the beginning of the present one (RFC 6962, 2.1.2)."""
        return [h.hex() for h in consistency_proof(self._leaves(), earlier)]

    def torn(self) -> tuple[str, ...]:
        """Name the torn tails that crashes left, oldest first."""
        return tuple(str(path) for path in sorted(self._folder.glob("torn-*.bin")))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _leaves(self) -> list[bytes]:
        with self._locked():
            self._caught_up()
            return [digest for digest, _ in self._lines()]

    def _lines(self, until: int | None = None) -> Iterator[tuple[bytes, int]]:
        """Check every line that begins before a byte against the one before, and give its leaf hash and length.

        What lies behind the head was never acknowledged; it may be torn, and is not looked at here.
        """
        previous, seq, at = BEGINNING, 0, 0
        if not self._log.exists():
            return
        with self._log.open("rb") as file:
            for line in file:
                if until is not None and at >= until:
                    return
                digest = self._checked(line, seq, previous)
                yield digest, len(line)
                previous, seq, at = digest.hex(), seq + 1, at + len(line)

    def _checked(self, line: bytes, seq: int, previous: str | None) -> bytes:
        where = f"{self._log} entry {seq}"
        try:
            entry = _entry(json.loads(line))
            digest, sealed = entry.sealed()
        except (ValueError, TypeError, KeyError) as error:
            raise AuditError(
                f"{where}: not an entry ({error}); restore the log from a backup and keep this one as evidence"
            ) from error
        if entry.seq != seq or previous not in (None, entry.previous):
            raise AuditError(f"{where}: is entry {entry.seq} after {entry.previous[:12]}…, expected {seq} after {previous}")
        if sealed + b"\n" != line:
            raise AuditError(f"{where}: its text does not give the hash it was written with: it was changed")
        return digest

    def _caught_up(self) -> _Head:
        """Read the head, take in whole lines written after it, set a torn tail aside."""
        head = self._read_head()
        size = self._log.stat().st_size if self._log.exists() else 0
        if size < head.bytes:
            raise AuditError(
                f"{self._log}: {size} bytes, expected at least {head.bytes}: entries were removed or shortened at its end"
            )
        if not size:
            return head
        with self._log.open("rb") as file:
            file.seek(head.last_at)
            last = file.read(head.bytes - head.last_at)
            tail = file.read()
        if head.tree.size and self._checked(last, head.tree.size - 1, None).hex() != head.last:
            raise AuditError(
                f"{self._log} entry {head.tree.size - 1}: not the entry that the head knows as last; it was changed"
            )
        if not tail:
            return head
        while (end := tail.find(b"\n")) >= 0:
            self._advance(head, self._checked(tail[: end + 1], head.tree.size, head.last), end + 1)
            tail = tail[end + 1 :]
        if tail:
            self._set_aside(head.bytes, tail)
        self._write_head(head)
        return head

    def _set_aside(self, at: int, tail: bytes) -> None:
        write_whole(self._folder / f"torn-{len(self.torn()):04d}.bin", tail, 0o600)
        with self._log.open("r+b") as file:
            file.truncate(at)
            os.fsync(file.fileno())

    @staticmethod
    def _advance(head: _Head, digest: bytes, length: int) -> None:
        head.tree.add(digest)
        head.last = digest.hex()
        head.last_at = head.bytes
        head.bytes += length

    def _read_head(self) -> _Head:
        if not self._head.exists():
            if self._log.exists():
                raise AuditError(f"{self._head}: missing though there is a log; restore it from a backup")
            self._write_head(_Head())
            os.close(os.open(self._log, os.O_WRONLY | os.O_CREAT, 0o600))
            settle_all([self._folder])
        try:
            said = json.loads(self._head.read_bytes())
            tree = Frontier(int(said["size"]), [bytes.fromhex(h) for h in said["subtrees"]])
            head = _Head(int(said["bytes"]), int(said["last_at"]), str(said["last"]), tree)
        except (ValueError, KeyError, TypeError) as error:
            raise AuditError(f"{self._head}: not a head ({error}); restore it from a backup") from error
        if tree.size.bit_count() != len(tree.roots) or tree.root().hex() != said["root"]:
            raise AuditError(f"{self._head}: its parts do not give its root: it was changed")
        return head

    def _write_head(self, head: _Head) -> None:
        subtrees = [h.hex() for h in head.tree.roots]
        said = {"size": head.tree.size, "root": head.tree.root().hex(), "subtrees": subtrees}
        said |= {"last": head.last, "last_at": head.last_at, "bytes": head.bytes}
        write_whole(self._head, _canonical(said) + b"\n", 0o600)


def _entry(said: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(**{**said, "subjects": tuple(said["subjects"])})


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(_canonical(detail))
    except (TypeError, ValueError) as error:
        raise UsageError(f"audit entry with a detail that JSON cannot hold: {error}") from error
    return plain


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
