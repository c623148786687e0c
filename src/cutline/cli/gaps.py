"""`cutline gaps`: whose stated balances the delivered rows do not explain."""

from __future__ import annotations

from typing import Annotated

import typer

from cutline import workspace as rooms
from cutline.cli.options import AsJson, ReasonText, Unmask, open_case
from cutline.cli.output import Output, Report, when
from cutline.model.numerals import counted

PLACES_SHOWN = 3
WAY = {"in": "came in 转入", "out": "went out 转出"}


def gaps(
    entity: Annotated[str, typer.Argument(help="An account, wallet, or its pseudonym; nobody: the largest gaps of all.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many accounts.")] = 20,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Say where rows are missing: stated balances that the delivered transfers do not explain, by how much, between when."""
    from cutline.workspace.reconciling import GapWish, find_gaps

    access, out = rooms.Access(unmask, reason), Output(as_json)
    with open_case() as workspace:
        workspace.permit(access, asked={"command": "gaps", "entity": entity})
        wish = GapWish(workspace.named(entity) if entity else "", limit)
        answer = find_gaps(workspace.lake, wish, workspace.show(access))
    out.answer(answer, _draw)


def _draw(out: Output, answer: Report) -> None:
    """One line for each place where rows are missing."""
    lines = []
    for one in answer["gaps"]:
        for k, place in enumerate(one["places"][:PLACES_SHOWN]):
            sure = "" if place["confirmed"] else " (one balance alone 仅一处余额)"
            span = f"{when(place['after'])} – {when(place['until'])[5:]}"
            lines.append((one["entity"] if not k else "", f"{WAY[place['direction']]} {place['missing']}{sure}", span))
        if len(one["places"]) > PLACES_SHOWN:
            lines.append(("", f"and {len(one['places']) - PLACES_SHOWN} more 另有", ""))
    head = ("account 账户", "rows do not tell 缺失", "between 期间(UTC)")
    if lines:
        out.table(f"Missing rows 缺失流水: {answer['shown']} of {answer['total']}", head, lines)
        out.say("Ask the holder for its rows of these times. 请向持有机构调取该时段流水。")
    else:
        out.say("Missing rows 缺失流水: none; every stated balance is explained by the rows before it. 余额与流水相符。")
    stating = counted(answer["with_balances"], "account states", "accounts state")
    out.say(f"{stating} balances, {answer['without_balances']:,} do not; of these nobody can tell. 未提供余额的账户无法核对。")
