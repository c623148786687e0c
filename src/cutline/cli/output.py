"""What a command shows: tables for people, one JSON object for machines, progress for whoever waits."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cutline import workspace

Report = Mapping[str, Any]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


class Output:
    """Standard output carries the answer alone; progress and errors go to standard error."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False, soft_wrap=True)
        self.aside = Console(stderr=True, highlight=False)

    def json(self, answer: Any) -> None:
        """Print one JSON object and nothing else."""
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")

    def plain(self, text: str) -> None:
        """Print a text as it is written."""
        sys.stdout.write(text.rstrip("\n") + "\n")

    def say(self, words: str) -> None:
        """Print a line for a person; silent where a machine reads."""
        if not self.as_json:
            self.console.print(words)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Print a table for a person."""
        if self.as_json:
            return
        table = Table(title=escape(title), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
        for column in columns:
            numeric = all(isinstance(row[columns.index(column)], int | float) for row in rows) and bool(rows)
            first = column == columns[0]  # an id that is broken over two lines cannot be copied
            table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=first)
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.console.print(table)

    @contextmanager
    def progress(self) -> Iterator[Any]:
        """Show what is being done on standard error; gives the function that stages report to."""
        if not self.aside.is_terminal:
            yield workspace.silent
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.aside, transient=True) as bars:
            task = bars.add_task("starting", total=1.0)
            yield lambda what, share: bars.update(task, description=what, completed=share)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.3f}"
    return escape(str(value))
