"""The one clock of an answer: from which moment minutes are counted, and what was known by then.

Unless a moment is named it is the last that the records and our own books know of, so that an answer about old records is told
as of those records, and no analysis reads the clock on the wall. What is done, is done now, or when an officer says it was.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cutline.errors import UsageError
from cutline.pipeline.answered import asked_last
from cutline.pipeline.trail import last_moment
from cutline.workspace.case import Workspace
from cutline.workspace.following import ready_trail


def moment_of(text: str, now: datetime) -> datetime:
    """Give the moment that an officer names, UTC where no offset is written; `now` where none is named, and never later."""
    if not text:
        return now
    try:
        named = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at is {text!r}, expected a time such as 2026-03-01T10:00:00+08:00") from error
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    if named > now:
        raise UsageError(f"--at is {text}, which is still to come; expected a time until {now.isoformat(timespec='seconds')}")
    return named.astimezone(UTC)


def named_moment(text: str) -> datetime | None:
    """Give the moment that an officer names, None where none is named: then the last that is known counts."""
    return moment_of(text, datetime.now(UTC)) if text else None


def last_known(workspace: Workspace, until: datetime) -> datetime:
    """Give the moment of the last that is known: of a transfer (`until`), a holder's answer, or a line of our own books."""
    return asked_last(workspace.lake, workspace.requests.all(), until).as_of


def stood_by(workspace: Workspace, at: datetime | None) -> Workspace:
    """Give the workspace as it stood at a moment; itself where nothing was received and nothing happened later.

    Raises `UsageError` where nothing had been received by then.
    """
    if at is None:
        return workspace
    received = workspace.lake.batches()["received_at"]
    late = received.len() > 0 and max(received) > at
    return workspace.as_of(at) if late or last_moment(ready_trail(workspace.lake, workspace.resolution)) > at else workspace
