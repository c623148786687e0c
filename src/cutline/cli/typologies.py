"""`cutline typologies`: list them, show one, check files, run their stories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cutline.cli.output import AsJson, Output
from cutline.workspace.typologies import check_typologies, list_typologies, show_typology, tell_typologies

app = typer.Typer(no_args_is_help=True, help="List the typologies, show one, or check files before they are used.")


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """List what the system looks for."""
    out = Output(as_json)
    answer = list_typologies()
    if as_json:
        out.json(answer)
    rows = [(t["id"], t["flow"], t["subject"], t["title_en"], t["title_zh"]) for t in answer["typologies"]]
    out.table(f"Typologies: {answer['total']}", ("id", "flow", "subject", "looks for", "zh"), rows)


@app.command()
def show(typology: Annotated[str, typer.Argument(help="A typology's id.")], as_json: AsJson = False) -> None:
    """Show a typology as it is written."""
    out = Output(as_json)
    answer = show_typology(typology)
    if as_json:
        out.json(answer)
    else:
        out.plain(answer["text"])


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Typologies to check; without any the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check files: a fault is told with file, line, column and what was expected; exit code 1 if there is any."""
    out = Output(as_json)
    answer = check_typologies(files or [])
    if as_json:
        out.json(answer)
    else:
        for fault in answer["faults"]:
            out.plain(fault["message"])
        out.say(f"{answer['checked']} checked, {len(answer['faults'])} at fault")
    if answer["faults"]:
        raise typer.Exit(1)


@app.command(name="test")
def tell(
    names: Annotated[list[str] | None, typer.Argument(help="Files or ids; without any the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the stories that typologies carry: what each should end as and what it does; exit code 1 if any differs."""
    out = Output(as_json)
    answer = tell_typologies(names or [])
    if as_json:
        out.json(answer)
    told = sorted(answer["stories"], key=lambda t: t["good"])
    rows = [
        (t["typology"], t["story"], t["found"], "as expected" if t["good"] else f"expected {t['expected']}", t["why"])
        for t in told
    ]
    title = f"Stories: {len(rows)} of {answer['typologies']} typologies, {answer['failed']} end otherwise than they should"
    out.table(title, ("typology", "story", "ends as", "", "about"), rows)
    if answer["failed"]:
        raise typer.Exit(1)
