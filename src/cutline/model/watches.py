"""What is watched, and what an alert of a watch says: that watched money moved again, how much of it, and to whom."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cutline.model.evidence import Citation


@dataclass(frozen=True, slots=True)
class Watch:
    """An officer's order to say when somebody's money moves.

    `seed` is the trace that led there (the entity itself where there was none). `as_of` is the last record when it was set.
    What came in with a batch numbered above `after` is news. Times are UTC; `removed_at` is None while it stands.
    """

    watch_id: str
    entity: str
    seed: str
    as_of: datetime
    after: int
    added_at: datetime
    added_by: str
    legal_basis: str
    reason: str
    removed_at: datetime | None = None
    removed_by: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """Watched money moved in one transfer. Amounts are in the asset's smallest unit.

    `fifo_minor` is how much of the watched value it carries first in, first out; `tainted_first_minor` the most that it does,
    tainted first or FIFO. `late`: it happened before the last record that was known when the watch was set, and came in
    afterwards.
    """

    alert_id: str
    watch_id: str
    entity: str
    payee: str
    asset: str
    amount_minor: int
    fifo_minor: int
    tainted_first_minor: int
    occurred_at: datetime
    known_at: datetime
    late: bool
    citations: tuple[Citation, ...]


def watch_id(entity: str, seed: str, turn: int) -> str:
    """Give a watch's id: of whom, why, and the how manieth time."""
    return "W" + hashlib.sha256(f"{entity}\0{seed}\0{turn}".encode()).hexdigest()[:11]


def alert_id(watch: str, first: Citation) -> str:
    """Give an alert's id, which stays the same whoever tells of the transfer afterwards."""
    return "M" + hashlib.sha256(f"{watch}\0{first.deliverer}\0{first.event_id}".encode()).hexdigest()[:11]
