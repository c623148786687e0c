"""The book of watches: who set them on whom and why, who lifted them, and which alerts were told. It outlives every purge.

It names the watched in the clear, and of what moved only the ids of alerts; what an alert says is computed from the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutline.errors import UsageError
from cutline.model.reasons import check_reason
from cutline.model.watches import Watch, watch_id
from cutline.store.audit import AuditLog
from cutline.store.books import Book

ACTION = "watch"
ADD, REMOVE, CHECK = "add", "remove", "check"


@dataclass(frozen=True, slots=True)
class Watched:
    """The book as it stands: every watch, the alerts told, and the batch that the last check had seen."""

    watches: tuple[Watch, ...]
    told: frozenset[str]
    seen: int

    @property
    def standing(self) -> tuple[Watch, ...]:
        """The watches that were not lifted."""
        return tuple(watch for watch in self.watches if watch.removed_at is None)


class WatchBook:
    """The watches of one workspace. The process that holds the workspace writes it."""

    def __init__(self, workspace: Path, audit: AuditLog, show: Callable[[str], str]) -> None:
        self._book = Book(workspace / "watches" / "book.jsonl", audit, ACTION)
        self._show = show

    def read(self) -> Watched:
        """Read the book; raises AuditError where it was altered."""
        watches: dict[str, Watch] = {}
        told: set[str] = set()
        seen = 0
        for step in self._book.lines():
            at = datetime.fromisoformat(step["time"])
            if step["act"] == ADD:
                watches |= {said["watch_id"]: _watch(said, step, at) for said in step["watches"]}
            elif step["act"] == REMOVE:
                for name in step["watches"]:
                    watches[name] = replace(watches[name], removed_at=at, removed_by=step["actor"])
            else:
                told |= set(step["told"])
                seen = int(step["seen"])
        return Watched(tuple(watches.values()), frozenset(told), seen)

    def add(self, actor: str, on: Sequence[tuple[str, str]], since: tuple[datetime, int], why: tuple[str, str]) -> list[Watch]:
        """Watch some (entity, seed) from now on; who is watched for the same reason already is not watched twice.

        `since`: the last record, and the number of the last batch; `why`: legal basis and reason.
        """
        basis, reason = why
        check_reason(reason)
        if not basis.strip():
            raise UsageError("a watch needs a legal basis, for whoever is watched may ask for it; give --legal-basis")
        known = self.read()
        standing = {(watch.entity, watch.seed): watch for watch in known.standing}
        turns = [(watch.entity, watch.seed) for watch in known.watches]
        fresh = [pair for pair in dict.fromkeys(on) if pair not in standing]
        as_of, after = since
        names = [watch_id(*pair, turns.count(pair)) for pair in fresh]
        if names:
            said = [
                {"watch_id": name, "entity": pair[0], "seed": pair[1], "as_of": as_of.isoformat(), "after": after}
                for name, pair in zip(names, fresh, strict=True)
            ]
            step = _step(ADD, actor, reason) | {"legal_basis": basis.strip(), "watches": said}
            self._write(step, names, [entity for entity, _ in fresh])
        standing = {(watch.entity, watch.seed): watch for watch in self.read().standing}
        return [standing[pair] for pair in dict.fromkeys(on)]

    def remove(self, actor: str, names: Sequence[str], reason: str) -> list[Watch]:
        """Lift watches; raises UsageError where one does not stand, or nothing says why."""
        check_reason(reason)
        standing = {watch.watch_id: watch for watch in self.read().standing}
        absent = [name for name in names if name not in standing]
        if absent:
            raise UsageError(f"no watch {absent[0]!r} stands; expected an id from `cutline watch list`")
        chosen = list(dict.fromkeys(names))
        self._write(_step(REMOVE, actor, reason) | {"watches": chosen}, chosen, [standing[name].entity for name in chosen])
        return [watch for watch in self.read().watches if watch.watch_id in chosen]

    def check(self, actor: str, told: Sequence[str], seen: int) -> None:
        """Note which alerts were told, and up to which batch the lake was looked through."""
        step = _step(CHECK, actor, f"{len(told)} alerts, looked through batch {seen}")
        self._write(step | {"told": sorted(told), "seen": seen}, [], [])

    def _write(self, step: Mapping[str, Any], names: Sequence[str], subjects: Sequence[str]) -> None:
        said = {"act": step["act"], "watches": list(names)}
        self._book.write(self._book.seal(step), said, [self._show(subject) for subject in subjects])


def _step(act: str, actor: str, reason: str) -> dict[str, Any]:
    return {"act": act, "actor": actor, "reason": reason.strip(), "time": datetime.now(UTC).isoformat(timespec="microseconds")}


def _watch(said: Mapping[str, Any], step: Mapping[str, Any], at: datetime) -> Watch:
    return Watch(
        watch_id=said["watch_id"],
        entity=said["entity"],
        seed=said["seed"],
        as_of=datetime.fromisoformat(said["as_of"]),
        after=int(said["after"]),
        added_at=at,
        added_by=step["actor"],
        legal_basis=step["legal_basis"],
        reason=step["reason"],
    )
