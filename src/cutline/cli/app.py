"""`cutline`: the verbs, their options, and how an error reaches whoever typed them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli import cards, explanation, gaps, judgements, money, requests, show, typologies, watch
from cutline.cli.failure import run_command
from cutline.cli.options import AsJson, AsOf, Limit, ReasonText, Unmask, choose, chosen, open_case, place, stood_at
from cutline.cli.output import Output, Report
from cutline.errors import UsageError
from cutline.settings import read_settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Joins records of police, banks, telecoms and platforms to cut off overseas telecom fraud. 反电信网络诈骗。",
)


@app.callback()
def begin(
    workspace: Annotated[
        Path | None, typer.Option("--workspace", parser=place, metavar="PATH", help="Folder of the case; default ./workspace.")
    ] = None,
) -> None:
    """Choose the workspace that the verb works on."""
    settings = read_settings()
    choose(replace(settings, workspace=workspace) if workspace else settings)
    # Arrow's own allocator keeps what it once read into, a fifth of what a run holds; read when Arrow is first needed.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=100, help="People in the simulated province.")] = 10_000,
    days: Annotated[int, typer.Option(min=3, help="Days of records.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The seed decides everything.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Simulate a province, run everything, write report.html."""
    out = Output(as_json)
    with out.progress() as progress:
        result = rooms.run_demo(chosen(), rooms.DemoOptions(people, days, seed), progress)
    if as_json:
        out.json(result.plain())
    else:
        show.demo(out, result)


@app.command()
def simulate(
    directory: Annotated[Path, typer.Argument(parser=place, metavar="DIRECTORY", help="Where to write; must be new or empty.")],
    people: Annotated[int, typer.Option(min=100)] = 10_000,
    days: Annotated[int, typer.Option(min=3)] = 30,
    seed: Annotated[int, typer.Option(min=0)] = 7,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic province in native formats, with truth/."""
    out = Output(as_json)
    with out.progress() as progress:
        summary = rooms.simulate_province(directory, rooms.DemoOptions(people, days, seed), progress)
    if as_json:
        out.json(summary)
    else:
        show.simulation(out, directory, summary)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(parser=place, metavar="PATHS", help="Files or folders of deliveries.")],
    as_kind: Annotated[str, typer.Option("--as", help="The kind, where recognising it is not wanted.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file for a CSV of nobody's format.")] = None,
    strict: Annotated[bool, typer.Option(help="Fail if any single file was refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read native files into the lake; every source row is accounted for."""
    out = Output(as_json)
    with open_case(create=True) as workspace, out.progress() as progress:
        report = workspace.ingest(paths, as_kind, mapping, progress)
    if as_json:
        out.json(report.plain())
    else:
        show.ingest(out, report)
    if report.refused and (strict or not report.files):
        raise typer.Exit(1)


@app.command()
def run(
    again: Annotated[bool, typer.Option("--again", help="Compute everything even if nothing changed.")] = False,
    as_of: AsOf = "",
    report: Annotated[Path | None, typer.Option(parser=place, metavar="PATH", help="Write the page of this run here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Index, detect, score, rings, traces, alerts: only what changed. Says which watched money moved.

    With --as-of it looks back instead, beside what stands today, which stays as it is; ask with the same --as-of.
    """
    from cutline.workspace.watching import check_watches

    out = Output(as_json)
    with open_case() as workspace, out.progress() as progress:
        asked = stood_at(workspace, as_of)
        summary = asked.run(progress, again=again or report is not None)
        if report is not None:
            from cutline.workspace.telling import report_run

            report_run(asked, report, summary)
        watched = None if as_of else check_watches(workspace, rooms.Access())  # nobody watches the past
    if as_json:
        out.json({**summary.plain(), "watched": watched, "report": str(report) if report else None})
        return
    show.run(out, summary)
    if report:
        out.say(f"written: {report}")
    if watched:
        watch.alerts(out, watched)


@app.command()
def findings(  # noqa: PLR0913, PLR0917 # each is an option of its own
    typology: Annotated[str, typer.Option(help="Only of this typology.")] = "",
    subject: Annotated[str, typer.Option(help="Only about this id or pseudonym.")] = "",
    limit: Limit = 20,
    as_of: AsOf = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List what typologies found, strongest first."""
    access = rooms.Access(unmask, reason)
    _listing(
        as_json,
        access,
        lambda w: w.findings(typology, subject, limit, access),
        show.findings,
        typology=typology,
        subject=subject,
        as_of=as_of,
    )


@app.command()
def alerts(
    warnings: Annotated[bool, typer.Option("--warnings", help="Only warnings that protect a potential victim.")] = False,
    limit: Limit = 20,
    as_of: AsOf = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List what deserves a person's eyes, most urgent first, with what is proposed."""
    access = rooms.Access(unmask, reason)
    _listing(as_json, access, lambda w: w.alerts(warnings, limit, access), show.alerts, as_of=as_of)


@app.command()
def rings(
    ring: Annotated[str, typer.Argument(help="A ring's id: show its members.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many rows to show; default 20 rings, all members.")] = 0,
    as_of: AsOf = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List rings, or the members of one with role and why they belong."""
    access = rooms.Access(unmask, reason)
    most = limit or (sys.maxsize if ring else 20)
    _listing(as_json, access, lambda w: w.rings(ring, most, access), show.rings, ring=ring, as_of=as_of)


@app.command()
def subjects(  # noqa: PLR0913, PLR0917 # each is an option of its own
    kind: Annotated[str, typer.Option(help="Only entities of this kind, such as phone or account.")] = "",
    least: Annotated[float, typer.Option(help="Only with at least this rank.")] = 0.0,
    limit: Limit = 20,
    as_of: AsOf = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List entities by rank."""
    access = rooms.Access(unmask, reason)
    _listing(as_json, access, lambda w: w.subjects(kind, least, limit, access), show.subjects, kind=kind, as_of=as_of)


@app.command()
def explain(
    entity: Annotated[str, typer.Argument(help="An id such as phone:+8613800138000, or a pseudonym.")],
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many reasons and events; default 6 and 8, all as JSON.")
    ] = 0,
    as_of: AsOf = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Say why: what, since when, what is proposed, how sure, reasons for and against, the events they rest on."""
    access = rooms.Access(unmask, reason)
    most = limit or (None if as_json else explanation.EVENTS)
    _listing(
        as_json,
        access,
        lambda w: w.explain(entity, access, most),
        lambda out, answer: explanation.draw(out, answer, limit),
        command="explain",
        entity=entity,
        as_of=as_of,
    )


@app.command()
def evaluate(
    truth: Annotated[Path | None, typer.Argument(help="truth/ of a synthetic delivery.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Write the answer files here; needs --unmask --reason.")] = None,
    ablate: Annotated[str, typer.Option(help="`tags`: judge a run that sees no tags.")] = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Write answers and, with truth, the judge's figures."""
    if truth is None and answers is None:
        raise UsageError("evaluate has nothing to do; give TRUTH_DIR for figures, --answers DIR for files, or both")
    out = Output(as_json)
    with open_case() as workspace, out.progress() as progress:
        result = workspace.evaluate(truth, answers, ablate, rooms.Access(unmask, reason), progress)
    out.answer(result, show.evaluation)


@app.command()
def rejects(
    limit: Limit = 20,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List rows that did not enter: where, what was found, what was expected."""
    access = rooms.Access(unmask, reason)
    _listing(as_json, access, lambda w: w.rejects(limit, access), show.rejects)


@app.command()
def resolve(
    limit: Limit = 20,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Propose which persons and organisations of different issuers are one; an officer's judgement alone joins them."""
    from cutline.workspace.resolving import resolve as propose

    access = rooms.Access(unmask, reason)
    _listing(as_json, access, lambda w: propose(w, limit, access), judgements.proposals)


@app.command()
def purge(as_json: AsJson = False) -> None:
    """Delete every batch that is past its delete_by, everywhere; leave a hashed tombstone."""
    out = Output(as_json)
    with open_case() as workspace:
        summary = workspace.purge()
    out.answer(summary, show.purge)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the installation, the stores, the clock and the chain of audit."""
    out = Output(as_json)
    with open_case() as workspace:
        checks = workspace.doctor()
    if as_json:
        out.json({"ok": all(c["ok"] for c in checks), "checks": checks})
    else:
        show.doctor(out, checks)
    if not all(c["ok"] for c in checks):
        raise typer.Exit(1)


app.command()(money.trace)
app.command()(money.returns)
app.command()(money.exposure)
app.command()(gaps.gaps)
app.command()(cards.card)
app.add_typer(judgements.app, name="judgements")
app.add_typer(requests.app, name="requests")
app.add_typer(watch.app, name="watch")
app.add_typer(typologies.app, name="typologies")


def _listing(
    as_json: bool,
    access: rooms.Access,
    ask: Callable[[rooms.Workspace], dict[str, Any]],
    draw: Callable[[Output, Report], None],
    **asked: str,
) -> None:
    out = Output(as_json)
    with open_case() as workspace:
        workspace.permit(access, asked={"command": draw.__name__} | asked)
        answer = ask(stood_at(workspace, asked.get("as_of", "")))
    out.answer(answer, draw)


def main() -> None:
    """Run the command line; a known error is one message on standard error and an exit code, never a traceback."""
    run_command(app, as_json="--json" in sys.argv[1:])
