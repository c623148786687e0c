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
from cutline.model.moments import read_moment
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


def named_moment(text: str, option: str = "--at") -> datetime | None:
    """Give the moment that was typed, None where none was; raises UsageError for one that is still to come."""
    if not text:
        return None
    named, now = read_moment(text, option), datetime.now(UTC)
    if named > now:
        raise UsageError(f"{option} is {text}, which is still to come; expected a time until {now:%Y-%m-%dT%H:%M}+00:00")
    return named


def stood_at(workspace: rooms.Workspace, as_of: str) -> rooms.Workspace:
    """Give the workspace, or as it stood at a time that was typed."""
    moment = named_moment(as_of, "--as-of")
    return workspace.as_of(moment) if moment else workspace


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
