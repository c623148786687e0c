"""`cutline card`: the status of a SIM card, and of the wallet whose key lives on it."""

from __future__ import annotations

from typing import Annotated

import typer

from cutline import workspace as rooms
from cutline.cli.options import AsJson, ReasonText, Unmask, open_case
from cutline.cli.output import Output, Report, bold, when


def card(
    name: Annotated[str, typer.Argument(help="A phone number, a SIM card, a chain address, or its pseudonym.")],
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """Say whose card it is, what its wallet holds and did last, and who may act."""
    from cutline.workspace.cards import card_of, card_status
    from cutline.workspace.following import ready_trail

    out, access = Output(as_json), rooms.Access(unmask, reason)
    with open_case() as workspace:
        entity = workspace.named(card_of(name))
        workspace.permit(access, asked={"command": "card", "entity": entity})
        answer = card_status(workspace.lake, ready_trail(workspace.lake, workspace.resolution), entity, workspace.show(access))
    out.answer(answer, _cards)


def _cards(out: Output, answer: Report) -> None:
    """One paragraph a card: the card and its holder, what came before and after it, the wallet, who may act."""
    for one in answer["cards"]:
        ended = f" until {_day(one['until'])}" if one["until"] else ""
        out.say(f"{bold(one['card'])} carries {one['number']} since {_day(one['since'])}{ended}")
        since = f" since {_day(one['status_since'])}" if one["status_since"] else ""
        status = f"{one['status']}{since}" if one["status"] else "status not told 状态不详"
        out.say(f"    {one['operator']}; {one['kind'] or 'kind not told'}; this card: {status}")
        out.say(f"    held by {one['holder'] or 'nobody on record 持有人不详'}")
        _changes(out, one)
        used = one["last_used"]
        if used:
            where = f" at {used['cell']}" + (f", {used['place']}" if used["place"] else "") if used["cell"] else ""
            out.say(f"    last used {_when(used['at'])} UTC{where}")
        _wallet(out, one["wallet"])
        for act in one["who_may_act"]:
            out.say(f"    may act: {act['who']}: {act['act_en']} {act['act_zh']}")
    out.say("Proposals only: a person decides, a second person approves.")


CHANGES = {
    ("ended_by", "replaced"): "replaced for the same holder 同一机主补换卡",
    ("ended_by", "recycled"): "its number went to another holder 号码已转给他人",
    ("began_after", "replaced"): "replaces an earlier card of the same holder 系补换卡",
    ("began_after", "recycled"): "its number was another holder's before 号码曾属他人",
}


def _changes(out: Output, one: Report) -> None:
    """Say which card carried the number before this one and after it, when, and whether the wallet's key is the same."""
    for side in ("began_after", "ended_by"):
        change = one[side]
        if change:
            key = ", with the key of the same wallet 同一钱包密钥" if change["same_key"] else ""
            out.say(f"    {CHANGES[side, change['how']]}, {_when(change['at'] or '')}: {change['card']}{key}")


def _wallet(out: Output, wallet: Report | None) -> None:
    if wallet is None:
        out.say("    holds no wallet's key, as far as its operator told 卡内无钱包密钥")
        return
    frozen = ", frozen 已冻结" if wallet["frozen"] else ""
    span = f"since {_day(wallet['key_since'])}" + (f" until {_day(wallet['key_until'])}" if wallet["key_until"] else "")
    out.say(f"    holds the key of {wallet['address']} {span}{frozen}")
    held = ", ".join(b["amount"] for b in wallet["balances"]) or "nothing that a delivered transfer tells"
    since = f", unmoved since {_when(wallet['quiet_since'])} UTC" if wallet["quiet_since"] else ""
    out.say(f"    balance as far as known 已知余额: {held}{since}")
    for move in wallet["last_moves"]:
        arrow = "from" if move["way"] == "in" else "to"
        out.say(f"      {_when(move['at'])} {move['amount']} {arrow} {move['other']}")


def _when(moment: str) -> str:
    return when(moment) or "when is not told"


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "an unknown day"
