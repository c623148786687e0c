"""How `cutline trace` tells who can stop money: how much and how urgent, where, who can do what, how sure the way to it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cutline.cli.layout import lines
from cutline.cli.output import Output, bold, when
from cutline.model.numerals import counted

UNCONFIRMED = "by word of the office that asked; the holder has not told so itself 系请求机关所述，持有单位尚未确认"

URGENT = 5
"""So many lines of the stop list are told in full; every place is told below, each in one line."""

SERVICES = ("exchange", "custodial", "bridge")
"""Endings behind whose counter somebody keeps the money for many."""

POISON = "poison"
"""The policy whose amounts bound each place by itself and add up to nothing."""


def stops(out: Output, one: Mapping[str, Any]) -> None:
    """How much can be stopped, by whom, in what order, and whom to ask next."""
    if one["policy"] == POISON:
        out.say("Poison is a bound: whom the money may have touched, never how much; no sums. 仅示可能涉及范围，不计金额。")
    else:
        _reached(out, one["reach"])
    live = [stop for stop in one["stops"] if stop["can_be_stopped"]]
    shown = live[:URGENT] or one["stops"][:URGENT]
    out.say(f"\n{bold('Who can stop it, in this order')} 止付顺序" + ("" if live else ": nobody any more 已无可止付"))
    for stop in shown:
        _stop(out, stop, "at most 至多 " if one["policy"] == POISON else "")
    rest, hopeless = len(live) - len(shown), len(one["stops"]) - len(live)
    left = [f"{counted(rest, 'smaller or less likely one', 'smaller or less likely ones')}"] if rest > 0 else []
    left += [f"{counted(hopeless, 'place', 'places')} where nothing is left to stop"] if live and hopeless else []
    if left:
        for words in lines(f"and {', '.join(left)}; all places below, all of it with --json"):
            out.say(f"    {words}")
    if one["next_to_ask"]:
        stop = one["stops"][one["next_to_ask"]["order"] - 1]
        first = " (a guess: settle it first 先查明)" if stop["ask_first"] else ""
        for words in lines(f"Next to ask 下一步: {stop['who']}, about {stop['entity']}{first}"):
            out.say(words)


def _reached(out: Output, reach: Mapping[str, Any]) -> None:
    told = [
        f"can be stopped 可止付 {bold(reach['stoppable'])}",
        f"stopped 已止付 {reach['stopped']}",
        f"out of reach 无法止付 {reach['gone']}",
        *([f"not followed 未续查 {reach['open']}"] if reach["open_minor"] else []),
    ]
    out.say(" · ".join(told[:2]))
    out.say(" · ".join(told[2:]))


def _stop(out: Output, stop: Mapping[str, Any], bound: str) -> None:
    """Three lines: how much and how urgent, where, who can do what; then how sure the way is, and what stands behind it."""
    lies = "" if stop["amount"] == stop["loss"] else f" ({stop['amount']})"
    asked = f"{stop['asked']['kind']} {stop['asked']['standing']}" if stop["asked"] else "not asked"
    behind = stop["behind"] or {}
    holder = f" of {behind['holder']}" if "holder" in behind else ""
    urgent = f"chance {_chance(stop['chance'])}, act within {stop['left']}" if stop["can_be_stopped"] else "nothing to stop"
    out.say(f"{stop['order']:>3} {bound}{bold(stop['loss'])}{lies}, {urgent}; {asked}")
    out.say(f"    {stop['entity']}{holder}, {stop['state_en']} {stop['state_zh']}, {stop['ago']}")
    told = [f"{stop['who']}: {stop['act_en']} {stop['act_zh']}", *way_lines(stop), *_behind(behind), *_known(stop)]
    for line in (*told, *_came_of(stop["asked"])):
        for words in lines(line):
            out.say(f"    {words}")


def _chance(chance: float) -> str:
    """Write a chance so that nothing that may fail looks certain."""
    return "> 0.99" if chance > 0.99 else f"{chance:.2f}"


def way_lines(stop: Mapping[str, Any]) -> list[str]:
    """Say how sure the way is where it is not certain, and which exchange on it was guessed."""
    mark = bold("A guess 存疑: ") if stop["rivals"] > 1 else ""
    said = [f"{mark}{stop['way_en']} {stop['way_zh']}"] if stop["way_en"] else []
    if stop["rivals"] == 1:
        return ["inferred 推定: a conversion on the way; nothing else fits it"]
    if stop["rivals"] > 1:
        paid, got = stop["guess"]["paid"], stop["guess"]["got"]
        if paid:
            said.append(f"went in 转入: {paid['amount']} {when(paid['at'])} UTC, to {paid['payee']}")
        said.append(f"its payout 推定转出: {got['amount']} {when(got['at'])} UTC, {got['payer']} to {got['payee']}")
    return said


def _known(stop: Mapping[str, Any]) -> list[str]:
    """Say by what an exchange finds the customer, and its hot wallet where nobody names it."""
    said = [f"known there as 客户标识: {', '.join(_reference(one) for one in stop['ask_for'])}"] if stop["ask_for"] else []
    if stop["how"] in SERVICES and stop["institution"] != stop["entity"]:
        said.append(f"its wallet 热钱包: {stop['institution']}")
    return said


def _reference(one: Mapping[str, str]) -> str:
    return one["text"] if one["what"] in ("user", "account") else f"{one['what']} {one['text']}"


def _came_of(asked: Mapping[str, Any] | None) -> list[str]:
    """Say what came of each request: how long its holder still has, what was stopped, what had run on, who answered."""
    said = []
    for one in asked["requests"] if asked else ():
        left = "" if one["minutes_left"] is None else f", {one['minutes_left']:,} min left"
        stopped = f", {one['stopped']} stopped" if one["stopped"] else ""
        ran = f", {one['ran_on']} had run on" if one["ran_on_minor"] else ""
        refused = f": {one['refusal']}" if one["refusal"] else ""
        answered = "".join(f", answered by {a['from']}" for a in one["answers"])
        word = "" if one["confirmed"] else f"; {UNCONFIRMED}"
        said.append(f"{one['request_id']} {one['kind']} {one['standing']}{refused}{left}{stopped}{ran}{answered}{word}")
        said += [bold(f"{one['over_en']} {one['over_zh']}")] if one["over_minor"] else []
        said += [f"not counted 未采信: {u['from']}, {u['said']}: {u['why_en']} {u['why_zh']}" for u in one["unasked"]]
    return said


def _behind(behind: Mapping[str, Any]) -> list[str]:
    said = []
    if "card" in behind:
        status = f" ({behind['phone_status']})" if "phone_status" in behind else ""
        said.append(f"key on SIM card {behind['card']} of {behind['operator']}")
        said.append(f"its number {behind.get('phone', 'is not told')}{status}")
    if "limits" in behind:
        said.append(f"tier {behind['tier']}: {_limits(behind['limits'])}")
    if "above" in behind:
        said.append(f"{behind.get('kind', 'sub')} wallet of {', '.join(behind['above'])}")
    return said


def _limits(limits: Mapping[str, Any]) -> str:
    """Say how fast money can leave a wallet of a tier; nothing is said of what is not limited."""
    named = (("balance", "held"), ("single", "at once"), ("day", "a day"))
    told = [f"¥{limits[f'{name}_minor'] // 100:,} {what}" for name, what in named if limits[f"{name}_minor"] is not None]
    return f"at most {', '.join(told)}" if told else "no limit"
