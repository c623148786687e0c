"""`cutline requests`: what holders are asked, prepared by one officer, approved by another, and what they answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.options import AsJson, Limit, ReasonText, Unmask, answer_with, named_moment
from cutline.cli.output import Output, Report
from cutline.cli.stops import UNCONFIRMED

app = typer.Typer(no_args_is_help=True, help="Ask holders: prepare, approve, export, withdraw, renew and follow requests.")

Why = Annotated[str, typer.Option("--reason", help="Why; stays in the record.")]
At = Annotated[str, typer.Option("--at", help="When it was done, or as of when; default now.")]
Names = Annotated[list[str], typer.Argument(help="Ids of requests, from `list`.")]


@app.command()
def prepare(  # noqa: PLR0913, PLR0917 # each is an option of its own
    seed: Annotated[str, typer.Argument(help="What `trace` takes: a report, a ring, a transfer, an account or address.")],
    authority: Annotated[str, typer.Option(help="The office in whose name it is asked.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option(help="query, stop, freeze, preserve; default: what the ending needs.")
    ] = None,
    about: Annotated[list[str] | None, typer.Option(help="Only about this account or address.")] = None,
    holder: Annotated[str, typer.Option(help="Who runs that place, where no record names it.")] = "",
    first: Annotated[int, typer.Option(min=1, help="The first so many lines of the stop list.")] = 10,
    again: Annotated[bool, typer.Option("--again", help="Ask once more what is in hand already.")] = False,
    at: At = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Prepare what the stop list of a trace calls for; nothing is sent, another officer approves."""
    from cutline.workspace.preparing import PrepareWish, prepare_requests

    wish = PrepareWish(seed, authority, reason, tuple(kind or ()), tuple(about or ()), first, again, holder)
    answer_with(as_json, lambda workspace: prepare_requests(workspace, wish, _moment(at), rooms.Access()), _prepared)


@app.command()
def approve(names: Names, at: At = "", reason: Why = "", as_json: AsJson = False) -> None:
    """Approve another officer's requests: only then can they be exported."""
    from cutline.workspace.requests import approve_requests

    answer_with(as_json, lambda workspace: approve_requests(workspace, names, reason, _moment(at)), _changed)


@app.command()
def withdraw(names: Names, at: At = "", reason: Why = "", as_json: AsJson = False) -> None:
    """Take back requests that were not exported yet; they stay in the book."""
    from cutline.workspace.requests import withdraw_requests

    answer_with(as_json, lambda workspace: withdraw_requests(workspace, names, reason, _moment(at)), _changed)


@app.command()
def renew(
    name: Annotated[str, typer.Argument(help="A stop or freeze that was executed.")],
    at: At = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Prepare the prolongation of a stop (twice at most) or freeze; another officer approves it."""
    from cutline.workspace.preparing import renew_request

    answer_with(as_json, lambda workspace: renew_request(workspace, name, reason, _moment(at)), _changed)


@app.command()
def vouch(
    names: Names,
    deliverer: Annotated[str, typer.Option("--from", help="The source, as deliveries name it, that answers for the holder.")],
    at: At = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Count what another source delivers as the holder's own answer: a branch, a clearing house, a holder's other name."""
    from cutline.workspace.requests import VouchWish, vouch_requests

    wish = VouchWish(deliverer, reason)
    answer_with(as_json, lambda workspace: vouch_requests(workspace, names, wish, _moment(at)), _changed)


@app.command()
def export(
    names: Names,
    out: Annotated[Path, typer.Option(help="Write the rows into this .csv; the letter goes beside it as .md.")],
    at: At = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Write approved requests to one holder into files that an officer sends; from then on its time runs."""
    from cutline.workspace.requests import export_requests

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        workspace.permit(access, "export requests", {"requests": names})
        return export_requests(workspace, names, out, _moment(at), access)

    answer_with(as_json, ask, _exported)


@app.command(name="list")
def list_all(  # noqa: PLR0913, PLR0917 # each is an option of its own
    standing: Annotated[str, typer.Option(help="Only those that stand so, such as overdue.")] = "",
    about: Annotated[str, typer.Option(help="Only about this id or pseudonym.")] = "",
    limit: Limit = 20,
    at: At = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List requests with where they stand and the minutes left, what needs hands first."""
    from cutline.workspace.requests import ListWish, list_requests

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        workspace.permit(access, asked={"command": "requests list", "about": about, "standing": standing})
        return list_requests(workspace, ListWish(standing, about, limit), _moment(at), access)

    answer_with(as_json, ask, _many)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A request's id, from `list`.")],
    at: At = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Show one request: who prepared and approved it, what the holder said, and its letter."""
    from cutline.workspace.requests import show_request

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        workspace.permit(access, asked={"command": "requests show", "request": name})
        return show_request(workspace, name, _moment(at), access)

    answer_with(as_json, ask, _one)


def _moment(at: str) -> datetime:
    """What is done, is done now, or when an officer says that it was."""
    return named_moment(at) or datetime.now(UTC)


def _table(out: Output, title: str, requests: list[Report]) -> None:
    """Two short lines a request fit 80 columns: what is asked and how it stands, about whom and for how long."""
    rows = [
        (
            r["request_id"],
            r["standing"] + ("" if r["minutes_left"] is None else f"\n{_span(r['minutes_left'])}"),
            f"{r['kind']} {r['asked']}\n{r['about']} at {r['holder'].rpartition(':')[2]}",
        )
        for r in requests
    ]
    out.table(title, ("request", "stands", "what, about whom, at which holder"), rows)


def _span(minutes: int) -> str:
    size = abs(minutes)
    told = f"{size} min" if size < 120 else f"{size // 60} h" if size < 2880 else f"{size // 1440} d"
    return f"{told} left" if minutes >= 0 else f"{told} over"


def _prepared(out: Output, answer: Report) -> None:
    _table(out, f"Prepared 已拟 ({len(answer['prepared'])})", answer["prepared"])
    if answer["already"]:
        _table(out, f"In hand already 已在办 ({len(answer['already'])})", answer["already"])
    for one in answer["left_out"]:
        out.plain(f"nobody is asked about {one['entity']}: {one['why']}")
    if answer["prepared"]:
        names = " ".join(r["request_id"] for r in answer["prepared"])
        out.plain(f"another officer lets them go out: cutline requests approve {names} --reason …")


def _changed(out: Output, answer: Report) -> None:
    for one in answer["requests"]:
        out.plain(f"request {one['request_id']}: {one['kind']} {one['asked']} about {one['about']}, {one['standing']}")


def _exported(out: Output, answer: Report) -> None:
    out.plain(f"{', '.join(answer['sent'])}: {answer['file']} and {answer['letter']}; send them: the holder's time runs")


def _many(out: Output, answer: Report) -> None:
    stands = ", ".join(f"{count} {standing}" for standing, count in answer["by_standing"].items())
    _table(
        out, f"Requests ({answer['shown']} of {answer['total']}) as of {answer['as_of'][:16]} UTC: {stands}", answer["requests"]
    )
    for one in answer["requests"]:
        _tell_outcome(out, one)
    known = {one["request_id"] for one in answer["requests"]}
    _tell_unasked(out, [one for one in answer["unasked"] if one["request_id"] not in known])


def _tell_outcome(out: Output, one: Report) -> None:
    if one["stopped"]:
        ran = f", {one['ran_on']} had run on" if one["ran_on_minor"] else ""
        out.plain(f"{one['request_id']}: {one['stopped']} stopped{ran}")
    if one["over_minor"]:
        out.plain(f"{one['request_id']}: {one['over_en']} {one['over_zh']}")
    if one["refusal"]:
        out.plain(f"{one['request_id']}: refused: {one['refusal']}")
    if not one["confirmed"]:
        out.plain(f"{one['request_id']}: {UNCONFIRMED}")
    for answer in one["answers"]:
        out.plain(f"{one['request_id']}: answered by {answer['from']}, {answer['file']}, {answer['rows']} rows")
    _tell_unasked(out, one["unasked"])


def _tell_unasked(out: Output, unasked: list[Report]) -> None:
    """Say what is not counted, and what an officer can do about it."""
    for one in unasked:
        what = f"sends {one['file'] or 'rows'}" if one["said"] == "rows" else f"says {one['said']}"
        about = f" about {one['about']}" if one["about"] else ""
        out.plain(
            f"{one['request_id']}: not counted 未采信: {one['from']} {what}{about}, {one['received_at'][:16]} UTC: "
            f"{one['why_en']} {one['why_zh']}"
        )
    for name, source in sorted({(u["request_id"], u["from"]) for u in unasked if u["doubt"] == "other_holder"}):
        out.plain(f"where {source} does speak for that holder: cutline requests vouch {name} --from {source} --reason …")


def _one(out: Output, answer: Report) -> None:
    for one in answer["requests"]:
        _changed(out, {"requests": [one]})
        for name in ("prepared_by", "approved_by", "sent_at", "due_at", "acknowledged_at", "executed_at", "lapses_at"):
            if one[name]:
                out.plain(f"  {name.replace('_', ' ')}: {one[name]}")
        for word in one["vouched"]:
            out.plain(f"  {word['from']} speaks for the holder: {word['by']}, {word['at']}: {word['why']}")
        _tell_outcome(out, one)
        if one["letter"]:
            out.plain("\n" + one["letter"])
