"""The loop with the holders: what was asked about each ending, what came of it, and whom to ask next.

Nobody sees every ledger: a trace leads to a holder, the holder is asked, its answer comes as a delivery, the trace goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cutline.model.evidence import Ending
from cutline.tracing.stopping import StopLine


class Standing(StrEnum):
    """How far a request has come."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    EXECUTED = "executed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a holder about an entity; times are None where nothing was answered yet."""

    about: str
    kind: str
    sent_at: datetime
    acknowledged_at: datetime | None
    executed_at: datetime | None
    amount_minor: int | None
    refusal: str
    reference: str

    @property
    def standing(self) -> Standing:
        """What the holder has said so far: a refusal and an execution end a request."""
        if self.executed_at:
            return Standing.EXECUTED
        if self.refusal:
            return Standing.REFUSED
        return Standing.ACKNOWLEDGED if self.acknowledged_at else Standing.SENT

    def minutes(self, now: datetime) -> float:
        """How long the holder took, or has taken until now."""
        return max(0.0, ((self.executed_at or now) - self.sent_at).total_seconds() / 60)


def latest_requests(requests: Iterable[Request], now: datetime) -> dict[str, Request]:
    """Give the last request about each entity that was sent by `now`."""
    known = sorted((r for r in requests if r.sent_at <= now), key=lambda r: (r.sent_at, r.reference, r.kind))
    return {request.about: request for request in known}


def next_to_ask(lines: Sequence[StopLine], asked: dict[str, Request]) -> StopLine | None:
    """Give the first line of a stop list that somebody can act on and that nobody has been asked about; None when all were."""
    for line in lines:
        if line.chance > 0 and line.how is not Ending.FROZEN and line.entity not in asked:
            return line
    return None
