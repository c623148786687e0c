"""How `cutline trace` answers a person: the first screen says where the money is, how much, who can stop it, in what order.

Lines, not wide tables: an officer's terminal may be 80 columns wide, and an id that is broken over two lines cannot be copied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cutline.cli.output import Output, bold
from cutline.model.numerals import counted

URGENT = 5
"""So many lines of the stop list are told in full; every place is told below, each in one line."""

GAPS = 5
"""So many accounts with missing rows are named."""

ITEMS = 5
"""So many purchases are named: those that carried the most; whoever washes sells one piece in circles."""

WIDTH = 78

SERVICES = ("exchange", "custodial", "bridge")
"""Endings behind whose counter somebody keeps the money for many."""

CHINESE, STOPS = "[\u2e80-\u9fff\uf900-\uffef]", "\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f"

POISON = "poison"
"""The policy whose amounts bound each place by itself and add up to nothing."""

PIECES = re.compile(f"{CHINESE}[{STOPS}]* ?|(?:(?!{CHINESE})[^ ])+ ?| ")
"""What is not broken: a word, or a Chinese character with the stops behind it, each with the blank that follows."""

HOPS_SHOWN = 60
"""Hops of the table; JSON tells all."""


def trace(out: Output, answer: Mapping[str, Any]) -> None:
    """Where the money is and who can stop it; then all places, sums, whom and what it touched, and how it went."""
    for one in answer["traces"]:
        back = one["direction"] == "backward"
        told = "to be explained, backward 溯源" if back else "stolen 被骗"
        out.say(f"{bold(one['seed'])}: {bold(one['stolen'])} {told}; {one['policy']}; as of {_when(one['as_of'])} UTC")
        if one["records_until"] != one["as_of"]:
            out.say(f"records until {_when(one['records_until'])} UTC; minutes are counted from {_when(one['as_of'])} 计时起点")
        if not back:
            _stops(out, one)
        _places_of_money(out, one, back)
        _sums(out, one)
        _touched(out, one)
        _items(out, one)
        _gaps(out, one)
        _hops(out, one)
        if one["bears_drift"]:
            out.say("Amounts may exceed the loss where value changed on the way; the share of the loss never does.")
        if one["truncated"]:
            out.say("The search stopped at its budget; what lies beyond is told as 'not followed'. 追踪达到上限。")
        for cut in (searched for searched in one["searched"] if searched["looked_at"] < searched["of"]):
            out.say(f"{cut['what']}: looked at {cut['looked_at']:,} of {cut['of']:,} candidates 候选过多，仅查部分。")
    if "picture" in answer:
        out.say(f"drawn in {answer['picture']}")
    for missing in answer["unresolved"]:
        out.say(f"not found in the lake: {missing}")


def reports(out: Output, answer: Mapping[str, Any]) -> None:
    """The reports that name payments, the newest first."""
    rows = [
        (r["report_id"], _when(r["received_at"]), "–" if r["loss"] is None else r["loss"], r["payments"])
        for r in answer["reports"]
    ]
    title = f"Reports that name payments 可追踪报案 ({answer['shown']} of {answer['total']}, the newest first)"
    out.table(title, ("report 报案", "received (UTC) 时间", "loss 损失", "payments 笔数"), rows)
    out.say(f"{answer['without_payments']} reports more name no payment. Next: cutline trace REPORT")


def _stops(out: Output, one: Mapping[str, Any]) -> None:
    if one["policy"] == POISON:
        out.say("Poison is a bound: whom the money may have touched, never how much; no sums. 仅示可能涉及范围，不计金额。")
    else:
        _reached(out, one["reach"])
    live = [stop for stop in one["stops"] if stop["can_be_stopped"]]
    shown = live[:URGENT] or one["stops"][:URGENT]
    out.say(f"\n{bold('Who can stop it, in this order')} 止付顺序" + ("" if live else ": nobody any more 已无可止付"))
    for stop in shown:
        _stop(out, stop)
    rest, hopeless = len(live) - len(shown), len(one["stops"]) - len(live)
    left = [f"{counted(rest, 'smaller or less likely one', 'smaller or less likely ones')}"] if rest > 0 else []
    left += [f"{counted(hopeless, 'place', 'places')} where nothing is left to stop"] if live and hopeless else []
    if left:
        out.say(f"    and {', '.join(left)}; all places below, all of it with --json")
    if one["next_to_ask"]:
        stop = {stop["entity"]: stop for stop in one["stops"]}[one["next_to_ask"]["entity"]]
        first = " (a guess: settle it first 先查明)" if stop["ask_first"] else ""
        out.say(f"Next to ask 下一步: {stop['who']}, about {stop['entity']}{first}")


def _reached(out: Output, reach: Mapping[str, Any]) -> None:
    told = [
        f"can be stopped 可止付 {bold(reach['stoppable'])}",
        f"stopped 已止付 {reach['stopped']}",
        f"out of reach 无法止付 {reach['gone']}",
        *([f"not followed 未续查 {reach['open']}"] if reach["open_minor"] else []),
    ]
    out.say(" · ".join(told[:2]))
    out.say(" · ".join(told[2:]))


def _stop(out: Output, stop: Mapping[str, Any]) -> None:
    """Three lines: how much and how urgent, where, who can do what; then how sure the way is, and what stands behind it."""
    lies = "" if stop["amount"] == stop["loss"] else f" ({stop['amount']})"
    asked = f"{stop['asked']['kind']} {stop['asked']['standing']}" if stop["asked"] else "not asked"
    behind = stop["behind"] or {}
    holder = f" of {behind['holder']}" if "holder" in behind else ""
    urgent = f"chance {stop['chance']:.2f}, act within {stop['left']}" if stop["can_be_stopped"] else "nothing to stop"
    out.say(f"{stop['order']:>3} {bold(stop['loss'])}{lies}, {urgent}; {asked}")
    out.say(f"    {stop['entity']}{holder}, {stop['state_en']} {stop['state_zh']}, {stop['ago']}")
    told = [f"{stop['who']}: {stop['act_en']} {stop['act_zh']}", *_way(stop), *_behind(behind), *_known(stop)]
    for line in (*told, *_came_of(stop["asked"])):
        for words in _lines(line):
            out.say(f"    {words}")


def _way(stop: Mapping[str, Any]) -> list[str]:
    """Say how sure the way is where it is not certain, and which exchange on it was guessed."""
    mark = bold("A guess 存疑: ") if stop["rivals"] > 1 else ""
    said = [f"{mark}{stop['way_en']} {stop['way_zh']}"] if stop["way_en"] else []
    if stop["rivals"] > 1:
        paid, got = stop["guess"]["paid"], stop["guess"]["got"]
        if paid:
            said.append(f"went in 转入: {paid['amount']} {_when(paid['at'])} UTC, to {paid['payee']}")
        said.append(f"its payout 推定转出: {got['amount']} {_when(got['at'])} UTC, {got['payer']} to {got['payee']}")
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
        said.append(f"{one['request_id']} {one['kind']} {one['standing']}{refused}{left}{stopped}{ran}{answered}")
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


def _places_of_money(out: Output, one: Mapping[str, Any], back: bool) -> None:
    out.say(f"\n{bold('Where it came from 来源' if back else 'Where it is 现在何处')}")
    for ending in one["endings"]:
        if one["policy"] == POISON:
            out.say(f"at most {ending['at_most']} at each of {ending['places']}:  {ending['en']} {ending['zh']}")
        else:
            out.say(f"{ending['loss']:>16} {ending['share']:>5.0%}  {ending['en']} {ending['zh']}")
    held = {"residual": "held before"} if back else {}
    rows = [(t["entity"], held.get(t["how"], t["state_en"]), t["amount"], _when(t["since"])) for t in one["terminals"]]
    out.table("", ("where 账户", "how 状态", "amount 金额", "since (UTC) 起"), rows)


def _sums(out: Output, one: Mapping[str, Any]) -> None:
    """By asset; worth is for reading, and says from when its price is and who told it."""
    if not one["totals"]:
        return
    totals = [(t["asset"], t["state_en"], t["amount"], t["worth"], t["loss"]) for t in one["totals"]]
    out.table("Together 合计", ("asset 资产", "how 状态", "amount 金额", "now 现值", "of loss 损失"), totals)
    priced = {(t["asset"], t["priced_by"], t["priced_at"]) for t in one["totals"] if t["priced_at"]}
    for asset, who, since in sorted(priced):
        out.say(f"price of {asset}: {who}, {_when(since)} UTC; no evidence, only for reading")
    for asset, by in sorted({(t["asset"], t["decimals_by"]) for t in one["totals"] if t["decimals_by"]}):
        out.say(f"decimals of {asset}: {by} 小数位依据")


def _touched(out: Output, one: Mapping[str, Any]) -> None:
    rows = [(h["holder"], h["country"], h["accounts"]) for h in one["holders"]]
    out.table("Who holds records of it 涉及机构", ("holder", "country", "accounts"), rows)
    places = [
        (p["country"] or "unknown 不详", f"{p['province_en']} {p['province_zh']}".strip(), p["city"], p["accounts"], p["loss"])
        for p in one["places"]
    ]
    out.table("Places it touched 涉及地区", ("country", "province", "city", "accounts", "of the loss"), places)


def _items(out: Output, one: Mapping[str, Any]) -> None:
    if one["items"]:
        out.say(f"\n{bold('What it bought')} 所购物品 (the value went on with the seller 价款归卖方)")
    shown = sorted(one["items"], key=lambda item: -item["loss_minor"])[:ITEMS]
    if len(shown) < len(one["items"]):
        out.say(f"{len(one['items'])} purchases, the {len(shown)} that carried the most; all with --json")
    for item in shown:
        sure = "in one transaction" if not item["competing"] else f"by its listing, {item['competing']} could be meant"
        out.say(f"{_when(item['at'])}  {item['paid']}, {item['loss']} of the loss; {sure}")
        out.say(f"    {item['item']}")
        out.say(f"    bought by {item['buyer']}, now with {item['holder']}")
        out.say(f"    sold by {item['seller']}")


def _gaps(out: Output, one: Mapping[str, Any]) -> None:
    """Say whose rows on the way are not all here; when they are missing, `cutline gaps` tells."""
    if one["gaps"]:
        out.say(f"\n{bold('Rows are missing on the way')} 沿途账户流水有缺")
    for gap in one["gaps"][:GAPS]:
        more = "came in" if gap["direction"] == "in" else "went out"
        out.say(f"{gap['missing']:>16} more {more} than rows tell: {gap['entity']}")
    if len(one["gaps"]) > GAPS:
        out.say(f"    and {len(one['gaps']) - GAPS} more accounts, all with --json")


def _hops(out: Output, one: Mapping[str, Any]) -> None:
    shown, own = one["hops"][:HOPS_SHOWN], one["policy"] not in ("tainted-first", "fifo", "haircut")
    out.say(f"\n{bold('How it went')} 资金路径 ({counted(one['hops_total'], 'hop', 'hops')}{_first(shown, one)})")
    out.say("    moved; stolen of it: " + (f"{one['policy']} / " if own else "") + "tainted-first / FIFO / haircut")
    for hop in shown:
        out.say(f"{hop['depth']:>3} {_when(hop['occurred_at'])}  {hop['payer']} → {hop['payee']}")
        parts = [*([hop["carried"]] if own else []), hop["tainted_first"], hop["fifo"], hop["haircut"]]
        for words in _lines(f"{hop['transferred']}; {' / '.join(parts)}{_sure(hop)}"):
            out.say(f"    {words}")


def _first(shown: Sequence[Mapping[str, Any]], one: Mapping[str, Any]) -> str:
    return f", the first {len(shown)}; all with --json" if len(shown) < one["hops_total"] else ""


def _sure(hop: Mapping[str, Any]) -> str:
    """Say how sure a step between rails is; a plain transfer is certain and says nothing."""
    if not hop["competing"]:
        return ""
    many = "nothing else fits" if hop["competing"] == 1 else f"{hop['competing']} fit"
    return f"; joined by time and amount 推定, {many}"


def _when(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _lines(words: str) -> list[str]:
    """Break words at blanks, and Chinese between its characters, but not before a stop; a character is two columns wide."""
    lines, width = [""], 0
    for piece in PIECES.findall(words):
        size = sum(2 if ord(letter) > 0x2E80 else 1 for letter in piece if letter.isprintable())
        if lines[-1] and width + size > WIDTH - 4:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
            width = 0
        lines[-1] += piece
        width += size
    return [line.rstrip() for line in lines]
