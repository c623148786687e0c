"""`cutline typologies`: list them, show one, check files, run their stories, look back with one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cutline.cli.curves import look_back
from cutline.cli.options import AsJson, open_case
from cutline.cli.output import Output
from cutline.model.numerals import counted

app = typer.Typer(
    no_args_is_help=True,
    help="List the typologies, show one, check files, run their stories, look back with one before it is used.",
)


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """List what the system looks for."""
    from cutline.workspace.typologies import list_typologies

    out = Output(as_json)
    answer = list_typologies()
    if as_json:
        out.json(answer)
    rows = [(t["id"], t["flow"], t["subject"], t["title_en"], t["title_zh"]) for t in answer["typologies"]]
    out.table(f"Typologies: {answer['total']}", ("id", "flow", "subject", "looks for", "zh"), rows)


@app.command()
def show(typology: Annotated[str, typer.Argument(help="A typology's id.")], as_json: AsJson = False) -> None:
    """Show a typology as it is written."""
    from cutline.workspace.typologies import show_typology

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
    """Check files: a fault is told with file, line, column and what was expected; exit code 1 if there is any.

    A tag that no known list says is no fault; it is shown as what may be a slip.
    """
    from cutline.workspace.typologies import check_typologies

    out = Output(as_json)
    answer = check_typologies(files or [])
    if as_json:
        out.json(answer)
    else:
        for fault in answer["faults"]:
            out.plain(fault["message"])
        for hint in answer["hints"]:
            out.plain(f"perhaps a slip: {hint['message']}")
        slips = f", {counted(len(answer['hints']), 'word', 'words')} to look at" if answer["hints"] else ""
        out.say(f"{answer['checked']} checked, {len(answer['faults'])} at fault{slips}")
    if answer["faults"]:
        raise typer.Exit(1)


@app.command(name="test")
def tell(
    names: Annotated[list[str] | None, typer.Argument(help="Files or ids; without any the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the stories that typologies carry: what each should end as and what it does; exit code 1 if any differs."""
    from cutline.workspace.typologies import tell_typologies

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


@app.command()
def backtest(
    name: Annotated[str, typer.Argument(help="A file, or the id of a shipped typology.")],
    by: Annotated[str, typer.Option(help="day or week.")] = "day",
    truth: Annotated[Path | None, typer.Option(help="The truth/ folder of a synthetic delivery.")] = None,
    move: Annotated[str, typer.Option(help="Only this threshold's curve: its number, or as it is written.")] = "",
    out: Annotated[Path | None, typer.Option(help="Draw everything on one page (HTML with SVG).")] = None,
    as_json: AsJson = False,
) -> None:
    """What it would have found on the workspace's records, when, and what moving its thresholds would change."""
    from cutline.workspace.backtesting import BacktestOptions, run_backtest
    from cutline.workspace.typologies import typology_of

    shown = Output(as_json)
    asked = BacktestOptions(by, truth, move, out)
    with open_case() as workspace, shown.progress() as progress:
        answer = run_backtest(workspace, typology_of(name), asked, progress)
    if as_json:
        shown.json(answer)
    else:
        look_back(shown, answer, full=bool(move))
