"""Questions about money: `cutline trace`, `cutline returns`, `cutline exposure`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli import trail
from cutline.cli.options import AsJson, At, ReasonText, Unmask, named_moment, open_case
from cutline.cli.output import Output, Report, bold, when

REPORTS = 20
"""So many reports are listed, the newest."""

INFERRED = "a conversion was joined by time and amount; nothing else fits 途中兑换系推定，无其他可对应"
"""What is shown, but over an exchange that no record names."""

STATES = {
    "recovered": "recovered 追回",
    "stopped": "lies there, stopped 在账，已止付",
    "lies_there": "lies there, not yet stopped 在账，尚未止付",
}

_NOT_ASKED = ("unmask", "reason", "as_json")


def trace(  # noqa: PLR0913, PLR0917 # each is an option of its own
    context: typer.Context,
    seed: Annotated[
        str | None, typer.Argument(help="A report, ring, transfer (id, hash), account, wallet or address; none: list reports.")
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            help="fifo (where money is: the default), tainted-first (leads), lifo, haircut, tiho, or poison (a bound).",
            show_default=False,
        ),
    ] = "",
    backward: Annotated[bool, typer.Option("--backward", help="Where the money came from.")] = False,
    drift: Annotated[
        bool, typer.Option("--drift", help="Keep the trail where value changed on the way: swaps, prices, gaps.")
    ] = False,
    picture: Annotated[Path | None, typer.Option("--out", help="Draw the trail into this .svg or .html file.")] = None,
    at: At = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Follow money to where it is now, how much of it, and who can stop it, in what order."""
    from cutline.workspace.clock import stood_by
    from cutline.workspace.following import Wish

    access = rooms.Access(unmask, reason)
    if seed is None:
        from cutline.workspace.reported import list_reports

        _answer(context, as_json, access, (lambda workspace: list_reports(workspace.lake, REPORTS), trail.reports))
        return
    moment = named_moment(at)
    wish = Wish(policy, backward, drift, picture, moment)
    _answer(context, as_json, access, (lambda workspace: stood_by(workspace, moment).trace(seed, wish, access), trail.trace))


def returns(  # noqa: PLR0913, PLR0917 # each is an option of its own
    context: typer.Context,
    about: Annotated[list[str], typer.Argument(help="A ring, an account, wallet or address, or one or more reports.")],
    recovered: Annotated[str, typer.Option(help="What was recovered in yuan, where it is not what the records say.")] = "",
    table: Annotated[Path | None, typer.Option("--csv", help="Write the sheet into this file.")] = None,
    at: At = "",
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Compute the return of funds: what each victim gets of what still lies there, as a sheet to be checked by hand."""
    from cutline.workspace.clock import stood_by
    from cutline.workspace.returning import ReturnWish, return_funds

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        moment = named_moment(at)
        stood = stood_by(workspace, moment)
        wish = ReturnWish(tuple(stood.named(name) for name in about), recovered, table, moment)
        return return_funds(stood.lake, wish, stood.show(access), stood.resolution, stood.requests.all())

    _answer(context, as_json, access, (ask, _sheets))


def exposure(  # noqa: PLR0913, PLR0917 # each is an option of its own
    context: typer.Context,
    entity: Annotated[str, typer.Argument(help="An account, wallet or address, or its pseudonym.")],
    backward: Annotated[bool, typer.Option("--backward", help="Of what it received, not of what it paid.")] = False,
    hops: Annotated[int, typer.Option(min=1, help="Follow at most so many transfers.")] = 5,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Say how much money went to, or came from, sanctioned, frozen, mixing, fraudulent or exchange accounts; by which list."""
    from cutline.workspace.exposing import ExposureWish, expose_entity

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        wish = ExposureWish(workspace.named(entity), backward, hops)
        return expose_entity(workspace.lake, wish, workspace.show(access), workspace.book.all())

    _answer(context, as_json, access, (ask, _exposures))


def _answer(
    context: typer.Context,
    as_json: bool,
    access: rooms.Access,
    how: tuple[Callable[[rooms.Workspace], dict[str, Any]], Callable[[Output, Report], None]],
) -> None:
    ask, draw = how
    out = Output(as_json)
    with open_case() as workspace:
        asked = {k: v if isinstance(v, str | list) else str(v) for k, v in context.params.items() if k not in _NOT_ASKED and v}
        workspace.permit(access, asked={"command": context.info_name} | asked)
        answer = ask(workspace)
    out.answer(answer, draw)


def _sheets(out: Output, answer: Report) -> None:
    """The sheet of each asset: what there is, whose it is shown to be, who gets what, and the rules in two languages."""
    for one in answer["returns"]:
        out.say(f"{bold('Return of funds 资金返还')} {one['asset_name']}: {_lies(one)}; as of {when(answer['as_of'])} UTC")
        held = [(b["entity"], b["amount"] if b["whole"] else "only what is shown 仅查明部分") for b in one["balances"]]
        out.table("Balances 余额", ("where 账户", "balance 余额"), held)
        shown = [(s["report_id"], s["entity"], s["amount"], INFERRED if s["rivals"] else "") for s in one["shown"]]
        head = ("report 报案", "where 账户", "amount 金额")
        out.table("Shown to lie there (FIFO) 查明在账（先进先出）", (*head, "way 途径"), shown)
        guessed = [
            (
                s["report_id"],
                s["entity"],
                s["amount"],
                f"{s['rivals']} fit 笔可对应; {s['sure']:.0%}; claim stays 主张不减 {s['loss']}",
            )
            for s in one["guessed"]
        ]
        if guessed:
            out.table("Guessed, not shown: shares in nothing 推测在账（未查明，不参与返还）", (*head, "how sure 把握"), guessed)
        _cut(out, one)
        _shares(out, one)
        out.say(f"as shown 查明 {one['traced']} + R {one['rest']} + left 留待裁判 {one['left']} = {one['recovered']}")
        out.say(f"check 核对: {one['check']}")
    if not answer["returns"]:
        out.say("nothing lies there that a transfer brought 无可返还余额")
    trail.told_before(out, answer)
    for rule in answer["rules"]:
        out.say(f"{rule['en']} {rule['zh']}")


def _lies(one: Report) -> str:
    """What only lies there can be gone tomorrow; recovered is what an officer says was."""
    if one["state"] == "partly":
        held = f"stopped 已止付 {one['stopped']}, not yet stopped 尚未止付 {one['not_stopped']}"
        return f"lies there 在账 {one['recovered']}: {held}"
    return f"{STATES[one['state']]} {one['recovered']}"


def _cut(out: Output, one: Report) -> None:
    """The first division, where more is shown to lie there than was recovered."""
    if one["traced_minor"] < one["shown_total_minor"]:
        lines = [
            (x["report_id"], x["shown"], x["cut_whole_minor"], x["cut_remainder"], x["cut_odd_minor"]) for x in one["lines"]
        ]
        title = f"Cut alike 同比缩减: P = {one['traced_minor']:,}, S = {one['shown_total_minor']:,}"
        out.table(title, ("report 报案", "s", "P×s÷S", "remainder 余数", "odd 零头"), lines)


def _shares(out: Output, one: Report) -> None:
    """The second division: a line for each victim, what is left for the court, and the sum, which is what was recovered."""
    told = {
        "report_id": "report 报案",
        "lost": "lost 损失",
        "traced": "as shown 查明",
        "open_before_minor": "w",
        "whole_minor": "R×w÷W",
        "remainder": "remainder 余数",
        "odd_minor": "odd 零头",
        "returned": "returned 返还",
        "open": "still lost 未返还",
    }
    left, total = one["foot"]
    lines = [[x[name] for name in told] for x in one["lines"]]
    lines.append([left[name] if name in {"report_id", "returned"} else "" for name in told])
    lines.append(["" if isinstance(total[name], int) else total[name] for name in told])
    head = tuple(told.values())
    out.table(f"Sheet 计算表: R = {one['rest_minor']:,}, W = {one['weights_minor']:,}", head, lines)


def _exposures(out: Output, answer: Report) -> None:
    """By tag, by the rest, and holder by holder with the list that names it."""
    back = answer["direction"] == "backward"
    for one in answer["exposures"]:
        did = "received 收到" if back else "paid 支付"
        out.say(f"{bold(answer['entity'])} {did} {one['total']}, followed over at most {answer['hops']} transfers")
        rows = [
            (f"{x['en']} {x['zh']}", x["direct"], x["indirect"], x["share"], x["holders"])
            for x in (*one["by_tag"], *one["others"])
        ]
        head = ("came from 来自" if back else "went to 去向", "directly 直接", "over others 间接", "share 占比", "holders 户数")
        out.table("Exposure by value 风险敞口", head, rows)
        holders = [
            (x["entity"], x["hops"], x["direct"], x["indirect"], "; ".join(_list_of(y) for y in x["on_lists"]))
            for x in one["holders"]
        ]
        if holders:
            title = f"Who is on a list 名单所列 ({len(holders)} of {one['holders_total']})"
            out.table(title, ("who 对象", "hops 层", "directly 直接", "over others 间接", "list 名单"), holders)
    if not answer["exposures"]:
        out.say("nothing was received 无收款" if back else "nothing was paid 无付款")
    out.say("Who carries several tags counts under each of them. 一户多标签的分别计入各标签。")


def _list_of(one: Report) -> str:
    version = f" {one['version']}" if one["version"] else ""
    return f"{one['tag']}: {one['list']}{version}" + "".join(
        f", {when} {one[when][:10]}" for when in ("since", "until") if one[when]
    )
