"""What several verbs take: the workspace that was chosen before the verb, JSON, the clear and why, how many rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.output import Output, Report
from cutline.errors import UsageError
from cutline.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show ids in the clear; needs --reason and is audited.")]
ReasonText = Annotated[str, typer.Option("--reason", help="Why the clear is needed; goes into the audit log.")]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="TIME", help="As it stood then: only what was known and had happened by that time.")
]
At = Annotated[
    str, typer.Option(metavar="TIME", help="As of when: what was known then, minutes from then; default the last known.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many rows to show.")]


def place(named: str) -> Path:
    """Read a path as it was typed; an empty one, left by a variable that is not set, would name the current folder."""
    if not named.strip():
        raise typer.BadParameter("an empty path, expected a file or a folder; the current folder is '.'")
    return Path(named)


_chosen: list[Settings] = []


def choose(settings: Settings) -> None:
    """Remember which workspace the verb works on."""
    _chosen[:] = [settings]


def chosen() -> Settings:
    """Give the settings of the workspace that the verb works on."""
    return _chosen[0]


def stood_at(workspace: rooms.Workspace, as_of: str) -> rooms.Workspace:
    """Give the workspace, or as it stood at a time that was typed (UTC where no offset is written)."""
    if not as_of:
        return workspace
    try:
        named = datetime.fromisoformat(as_of)
    except ValueError as error:
        raise UsageError(f"--as-of is {as_of!r}, expected a time such as 2026-03-01T10:00:00+08:00") from error
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    if named > now:
        raise UsageError(f"--as-of is {as_of}, which is still to come; expected a time until {now:%Y-%m-%dT%H:%M}+00:00")
    return workspace.as_of(named)


def open_case(create: bool = False) -> AbstractContextManager[rooms.Workspace]:
    """Open the workspace that the verb works on; only a verb that brings something in creates one."""
    return rooms.Workspace.open(_chosen[0], create=create)


def answer_with(
    as_json: bool, ask: Callable[[rooms.Workspace], dict[str, Any]], draw: Callable[[Output, Report], None]
) -> None:
    """Ask the chosen workspace and tell what it answered, as JSON or drawn."""
    out = Output(as_json)
    with open_case() as workspace:
        answer = ask(workspace)
    out.answer(answer, draw)
