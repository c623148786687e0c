"""`cutline returns` and `cutline exposure`: questions about money that need more than one trail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.output import AsJson, Output, Report

Unmask = Annotated[bool, typer.Option("--unmask", help="Show ids in the clear; needs --reason and is audited.")]
ReasonText = Annotated[str, typer.Option("--reason", help="Why the clear is needed; goes into the audit log.")]


def returns(  # noqa: PLR0913, PLR0917 # each is an option of its own
    context: typer.Context,
    about: Annotated[list[str], typer.Argument(help="A ring, an account, wallet or address, or one or more reports.")],
    recovered: Annotated[str, typer.Option(help="What was recovered in yuan, where it is not what the records say.")] = "",
    table: Annotated[Path | None, typer.Option("--csv", help="Write the sheet into this file.")] = None,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Compute the return of funds: what each victim gets of what still lies there, as a sheet to be checked by hand."""
    from cutline.workspace.returning import ReturnWish, return_funds

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        wish = ReturnWish(tuple(workspace.named(name) for name in about), recovered, table)
        return return_funds(workspace.lake, wish, workspace.show(access), workspace.resolution)

    _answer(context, as_json, access, (ask, _sheets))


def _answer(
    context: typer.Context,
    as_json: bool,
    access: rooms.Access,
    how: tuple[Callable[[rooms.Workspace], dict[str, Any]], Callable[[Output, Report], None]],
) -> None:
    ask, draw = how
    out = Output(as_json)
    with rooms.Workspace.open(context.obj, create=False) as workspace:
        workspace.permit(access)
        answer = ask(workspace)
    if as_json:
        out.json(answer)
    else:
        draw(out, answer)


def _sheets(out: Output, answer: Report) -> None:
    """The sheet of each asset: what there is, whose it is shown to be, who gets what, and the rules in two languages."""
    for one in answer["returns"]:
        out.say(f"[bold]Return of funds 资金返还[/bold] {one['asset_name']}: recovered 追回 {one['recovered']}")
        held = [(b["entity"], b["amount"] if b["whole"] else "only what is shown 仅查明部分") for b in one["balances"]]
        out.table("Balances 余额", ("where 账户", "balance 余额"), held)
        shown = [(s["report_id"], s["entity"], s["amount"]) for s in one["shown"]]
        out.table("Shown to lie there (FIFO) 查明在账(先进先出)", ("report 报案", "where 账户", "amount 金额"), shown)
        lines = [
            (
                x["report_id"],
                x["lost"],
                x["traced"],
                x["open_before_minor"],
                x["whole_minor"],
                x["remainder"],
                x["odd_minor"],
                x["returned"],
                x["open"],
            )
            for x in one["lines"]
        ]
        head = (
            "report 报案",
            "lost 损失",
            "as shown 查明",
            "w",
            "R×w÷W",
            "remainder 余数",
            "odd 零头",
            "returned 返还",
            "still lost 未返还",
        )
        out.table(f"Sheet 计算表: R = {one['rest_minor']:,}, W = {one['weights_minor']:,}", head, lines)
        out.say(f"left for the court 留待裁判 {one['left']}; check 核对: {one['check']}")
    if not answer["returns"]:
        out.say("nothing lies there that a transfer brought 无可返还余额")
    for rule in answer["rules"]:
        out.say(f"{rule['en']} {rule['zh']}")
