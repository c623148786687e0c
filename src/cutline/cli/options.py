"""What several verbs take: the workspace that was chosen before the verb, JSON, the clear and why, how many rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.output import Output, Report
from cutline.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show ids in the clear; needs --reason and is audited.")]
ReasonText = Annotated[str, typer.Option("--reason", help="Why the clear is needed; goes into the audit log.")]
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
