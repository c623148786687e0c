"""The one clock of an answer: from which moment minutes are counted, and what was known by then.

Unless a moment is named it is the last that the records and our own books know of, so that an answer about old records is told
as of those records, and no analysis reads the clock on the wall. What is done, is done now, or when an officer says it was.
"""

from __future__ import annotations

from datetime import datetime

from cutline.pipeline.answered import asked_last
from cutline.pipeline.trail import last_moment
from cutline.workspace.case import Workspace
from cutline.workspace.following import ready_trail


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
