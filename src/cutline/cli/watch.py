"""`cutline watch`: say when money that rests somewhere moves again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.options import AsJson, ReasonText, Unmask, open_case
from cutline.cli.output import Output, Report

MOVED = 10
"""The exit code of `watch check` where watched money moved."""

app = typer.Typer(no_args_is_help=True, help="Watch where money rests, and say when it moves again.")

Why = Annotated[str, typer.Option("--reason", help="Why; stays in the record.")]


@app.command()
def add(
    entities: Annotated[list[str] | None, typer.Argument(help="Accounts, wallets or addresses, or their pseudonyms.")] = None,
    trace: Annotated[str, typer.Option(help="Instead: wherever the money of this report, ring or transfer rests.")] = "",
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="The article that the watch rests on.")] = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Watch accounts from the records as they are now; what comes in later is news, whenever it happened."""
    from cutline.workspace.watching import WatchWish, add_watches

    wish = WatchWish(tuple(entities or ()), trace, legal_basis, reason)
    out = Output(as_json)
    with open_case() as workspace:
        answer = add_watches(workspace, wish, rooms.Access())
    if as_json:
        out.json(answer)
        return
    _watches(out, answer)
    for one in answer["left_out"]:
        out.plain(f"not watched: {one['entity']}: {one['how']}")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Ids of watches, from `list`.")],
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Lift watches; they stay in the book."""
    from cutline.workspace.watching import remove_watches

    out = Output(as_json)
    with open_case() as workspace:
        answer = remove_watches(workspace, names, reason)
    if as_json:
        out.json(answer)
    else:
        for watch in answer["watches"]:
            out.plain(f"watch {watch['watch_id']} on {watch['entity']} is lifted")


@app.command(name="list")
def list_all(
    everything: Annotated[bool, typer.Option("--all", help="Lifted watches too.")] = False,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List watches, and every alert that they gave."""
    from cutline.workspace.watching import list_watches

    access = rooms.Access(unmask, reason)
    out = Output(as_json)
    with open_case() as workspace:
        workspace.permit(access, asked={"command": "watch list"})
        answer = list_watches(workspace, everything, access)
    if as_json:
        out.json(answer)
    else:
        _watches(out, answer)
        alerts(out, answer)


@app.command()
def check(unmask: Unmask = False, reason: ReasonText = "", as_json: AsJson = False) -> None:
    """Say which watched money moved since the last check; exit code 10 where some did, 0 where none."""
    from cutline.workspace.watching import check_watches

    access = rooms.Access(unmask, reason)
    out = Output(as_json)
    with open_case() as workspace:
        workspace.permit(access, asked={"command": "watch check"})
        answer = check_watches(workspace, access)
    if as_json:
        out.json(answer)
    elif answer["alerts"]:
        alerts(out, answer)
    else:
        out.plain(f"nothing moved in what came in; {answer['watches']} watches stand")
    if answer["alerts"]:
        raise typer.Exit(MOVED)


def _watches(out: Output, answer: Report) -> None:
    rows = [(w["watch_id"], w["entity"], w["alerts"], w["as_of"][:16], _stands(w)) for w in answer["watches"]]
    out.table(f"Watches 监控 ({len(rows)})", ("watch", "on", "moved", "since (UTC)", "stands"), rows)


def _stands(watch: Report) -> str:
    return f"lifted by {watch['removed_by']}" if watch["removed_at"] else f"by {watch['added_by']}"


def alerts(out: Output, answer: Report) -> None:
    """What moved, how much of what is watched that is at least and at most, and who can stop it now."""
    rows: list[tuple[Any, ...]] = [
        (m["alert_id"], m["occurred_at"][:16] + (" late" if m["late"] else ""), m["amount"], m["fifo"], m["tainted_first"])
        for m in answer["alerts"]
    ]
    if not rows:
        return
    head = ("alert", "moved (UTC)", "amount 金额", "watched: FIFO", "at most 至多")
    out.table(f"Watched money moved 被监控资金已转移 ({len(rows)})", head, rows)
    for m in answer["alerts"]:
        out.plain(f"{m['alert_id']}: {m['entity']} paid {m['payee']}")
    for s in answer.get("stops", ()):
        out.plain(
            f"now {s['amount']} with {s['entity']} ({s['how']}), {s['minutes_left']:.0f} min left: {s['institution']}: "
            f"{s['act_en']} {s['act_zh']}"
        )
