"""What a command shows: tables for people, one JSON object for machines, progress for whoever waits."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cutline import workspace
from cutline.cli.layout import PROSE, widths

Report = Mapping[str, Any]


STALE = {
    "version": "another version computed what this answer rests on, and may have known less; to compute it again: cutline run",
    "records": "records came in since the last run, which this answer rests on; to include them: cutline run",
    "judgements": "a judgement took effect or was lifted since the last run, which this answer rests on; for it: cutline run",
}

_BOLD, _THIN = "\x0e", "\x0f"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def bold(words: object) -> str:
    """Mark words that stand out in what `say` prints."""
    return f"{_BOLD}{words}{_THIN}"


def when(moment: str) -> str:
    """Write a moment to the minute."""
    return moment[:16].replace("T", " ")


class Output:
    """Standard output carries the answer alone; progress and errors go to standard error."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False, soft_wrap=True)
        self.aside = Console(stderr=True, highlight=False)

    def answer(self, answer: Report, draw: Callable[[Output, Report], None]) -> None:
        """Show an answer: as one JSON object where a machine reads, else as it is drawn for a person."""
        if self.as_json:
            self.json(answer)
        else:
            draw(self, answer)
        for what in answer.get("stale_by", ()):
            self.aside.print(STALE[what] + (f" --as-of {answer['as_of']}" if answer.get("as_of") else ""))

    def json(self, answer: Any) -> None:
        """Print one JSON object and nothing else."""
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")

    def plain(self, text: str) -> None:
        """Print a text as it is written."""
        sys.stdout.write(_harmless(text).rstrip("\n") + "\n")

    def say(self, words: str) -> None:
        """Print a line for a person, as it is written but for what is `bold`; silent where a machine reads."""
        if not self.as_json:
            first, *marked = words.split(_BOLD)
            pieces: list[tuple[str, str]] = [(first, "")]
            for part in marked:
                loud, _, rest = part.partition(_THIN)
                pieces += [(loud, "bold"), (rest, "")]
            self.console.print(Text.assemble(*((_harmless(piece), style) for piece, style in pieces)))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Print a table for a person; where the terminal is too narrow for its words, row by row, one thing beneath another."""
        if self.as_json:
            return
        cells = [[_cell(value) for value in row] for row in rows]
        wide = widths(columns, [[cell.plain for cell in row] for row in cells], self.console.width)
        if wide is None:
            self._rows(title, columns, cells)
            return
        table = Table(title=Text(_harmless(title)), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
        for at, column in enumerate(columns):
            numeric = all(isinstance(row[at], int | float) for row in rows) and bool(rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold", width=wide[at])
        for row in cells:
            table.add_row(*row)
        self.console.print(table)

    def _rows(self, title: str, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
        """Print each row as what it is about, its short facts in one line, and its sentences."""
        self.console.print(Text(_harmless(title), "bold"))
        for first, *others in cells:
            self.console.print(Text(first.plain, "bold"))
            named = [(name, cell.plain) for name, cell in zip(columns[1:], others, strict=True) if cell.plain]
            short = " · ".join(f"{name} {cell}".strip() for name, cell in named if cell_len(cell) <= PROSE)
            for told in filter(None, [short, *(f"{name}: {cell}" for name, cell in named if cell_len(cell) > PROSE)]):
                self.console.print(Padding(Text(told), (0, 0, 0, 2)), soft_wrap=False)

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


def _cell(value: Any) -> Text:
    match value:
        case None:
            return Text("–")
        case bool():
            return Text("yes" if value else "no")
        case int():
            return Text(f"{value:,}")
        case float():
            return Text(f"{value:.3f}")
    return Text(_harmless(str(value)))


def _harmless(text: str) -> str:
    """Leave out what would steer the terminal: texts of records are written by anybody."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
