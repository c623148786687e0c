"""How `cutline trace` answers a person: the first screen says where the money is, how much, who can stop it, in what order.

Lines, not wide tables: an officer's terminal may be 80 columns wide, and an id that is broken over two lines cannot be copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutline.cli.layout import lines
from cutline.cli.output import Output, bold, when
from cutline.cli.stops import POISON, stops, way_lines
from cutline.model.numerals import counted

GAPS = 5
"""So many accounts with missing rows are named."""

GUESSES = 5
"""So many places whose way is a guess are told in full beneath the table; each is marked in it."""

ITEMS = 5
"""So many purchases are named: those that carried the most; whoever washes sells one piece in circles."""

POLICIES = {
    "fifo": "FIFO 先进先出",
    "tainted-first": "tainted-first 赃款先出",
    "lifo": "LIFO 后进先出",
    "haircut": "haircut 按比例",
    "tiho": "TIHO 大额先出",
    "poison": "poison 一触即染",
}

BASES = {
    "stolen": "stolen 被骗",
    "held": "held there, asked about 在账（所询）",
    "moved": "paid, asked about 转账（所询）",
}
"""What is followed: reported as stolen, or what somebody holds or one transfer moved, of which nobody said so."""

HOPS_SHOWN = 60
"""Hops of the table; JSON tells all."""


def trace(out: Output, answer: Mapping[str, Any]) -> None:
    """Where the money is and who can stop it; then all places, sums, whom and what it touched, and how it went."""
    if answer["reporting_victim"]:
        out.say("The holder paid what a report tells of: a reporting victim, not a suspect. 持有人为报案被害人，非嫌疑账户。")
    for one in answer["traces"]:
        back = one["direction"] == "backward"
        told = "to be explained, backward 溯源" if back else BASES[one["basis"]]
        out.say(f"{bold(one['seed'])}: {bold(one['stolen'])} {told}; {POLICIES[one['policy']]}; as of {when(one['as_of'])} UTC")
        if one["records_until"] != one["as_of"]:
            out.say(f"records until {when(one['records_until'])} UTC; minutes are counted from {when(one['as_of'])} 计时起点")
        if not back:
            stops(out, one)
        _places_of_money(out, one, back)
        _sums(out, one)
        _touched(out, one)
        _items(out, one)
        _gaps(out, one)
        _hypotheses(out, one)
        _hops(out, one)
        if one["bears_drift"]:
            out.say("Amounts may exceed the loss where value changed on the way; the share of the loss never does.")
        if one["truncated"]:
            out.say("The search stopped at its budget; what lies beyond is told as 'not followed'. 追踪达到上限。")
        for cut in (searched for searched in one["searched"] if searched["looked_at"] < searched["of"]):
            out.say(f"{cut['what']}: looked at {cut['looked_at']:,} of {cut['of']:,} candidates 候选过多，仅查部分。")
    if "picture" in answer:
        out.say(f"drawn in {answer['picture']}")
    told_before(out, answer)
    for missing in answer["unresolved"]:
        out.say(f"not found in the lake: {missing}")


def told_before(out: Output, answer: Mapping[str, Any]) -> None:
    """Name the earlier reports under which it is counted."""
    for first in answer["also_told_in"]:
        out.say(f"Some of it was also told in report {first}, and is counted there. 另案已报，金额计入该案。")


def reports(out: Output, answer: Mapping[str, Any]) -> None:
    """The reports that name payments, the newest first."""
    rows = [
        (r["report_id"], when(r["received_at"]), "–" if r["loss"] is None else r["loss"], r["payments"])
        for r in answer["reports"]
    ]
    title = f"Reports that name payments 可追踪报案 ({answer['shown']} of {answer['total']}, the newest first)"
    out.table(title, ("report 报案", "received (UTC) 时间", "loss 损失", "payments 笔数"), rows)
    out.say(f"{answer['without_payments']} reports more name no payment. Next: cutline trace REPORT")


def _places_of_money(out: Output, one: Mapping[str, Any], back: bool) -> None:
    out.say(f"\n{bold('Where it came from 来源' if back else 'Where it is 现在何处')}")
    for ending in one["endings"]:
        if one["policy"] == POISON:
            out.say(f"at most {ending['at_most']} at each of {ending['places']}:  {ending['en']} {ending['zh']}")
        else:
            guessed = f"; {ending['guessed']} of it a guess 存疑" if ending["guessed_minor"] else ""
            out.say(f"{ending['loss']:>16} {ending['share']:>5.0%}  {ending['en']} {ending['zh']}{guessed}")
    held = {"residual": "held before"} if back else {}
    rows = [
        (t["entity"], held.get(t["how"], t["state_en"]) + _mark(t), t["amount"], _day(t["since"], one["as_of"]))
        for t in one["terminals"]
    ]
    out.table("", ("where 账户", "how 状态", "amount 金额", "since UTC 起"), rows)
    _guesses(out, one["terminals"])


def _mark(terminal: Mapping[str, Any]) -> str:
    """Say beside a place how sure the way to it is; nothing where it is certain."""
    if terminal["rivals"] < 2:
        return ", inferred 推定" if terminal["rivals"] else ""
    return f", a guess 存疑: {terminal['rivals']} fit, {terminal['sure']:.0%}"


def _guesses(out: Output, terminals: Sequence[Mapping[str, Any]]) -> None:
    """Say of the places whose way is a guess which exchange was guessed and what to do, in the words of the stop list."""
    doubted = [t for t in terminals if t["rivals"] > 1]
    for place in doubted[:GUESSES]:
        out.say(f"{place['entity']}, {place['amount']}")
        for told in (words for way in way_lines(place) for words in lines(way)):
            out.say(f"    {told}")
    if len(doubted) > GUESSES:
        out.say(f"    and {counted(len(doubted) - GUESSES, 'guessed place', 'guessed places')} more, all with --json")


def _sums(out: Output, one: Mapping[str, Any]) -> None:
    """By asset; worth is for reading, and says from when its price is and who told it."""
    if not one["totals"]:
        return
    totals = [(t["asset"], t["state_en"], t["amount"], t["worth"], t["loss"]) for t in one["totals"]]
    out.table("Together 合计", ("asset 资产", "how 状态", "amount 金额", "now 现值", "of loss 损失"), totals)
    priced = {(t["asset"], t["priced_by"], t["priced_at"]) for t in one["totals"] if t["priced_at"]}
    for asset, who, since in sorted(priced):
        out.say(f"price of {asset}: {who}, {when(since)} UTC; no evidence, only for reading")
    for asset, by in sorted({(t["asset"], t["decimals_by"]) for t in one["totals"] if t["decimals_by"]}):
        out.say(f"decimals of {asset}: {by} 小数位依据")


def _touched(out: Output, one: Mapping[str, Any]) -> None:
    rows = [(h["holder"], h["country"], h["accounts"]) for h in one["holders"] if h["accounts"]]
    out.table("Who holds records of it 涉及机构", ("holder 机构", "country 国家", "accounts 账户"), rows)
    more = [f"{h['holder']} {h['lead_accounts']}" for h in one["holders"] if h["lead_accounts"]]
    for words in lines(f"leads only, no account of it 仅为线索，不计入: {', '.join(more)}") if more else ():
        out.say(words)
    places = [
        (p["country"] or "unknown 不详", f"{p['province_en']} {p['province_zh']}".strip(), p["city"], p["accounts"], p["loss"])
        for p in one["places"]
    ]
    out.table(
        "Places it touched 涉及地区", ("country 国家", "province 省", "city code 区划", "accounts 账户", "of the loss"), places
    )


def _hypotheses(out: Output, one: Mapping[str, Any]) -> None:
    """Whose an address may be; nothing rests on it."""
    for may in one["hypotheses"]:
        out.say(f"{may['entity']} may be kept by {may['keeper']}: {may['because_en']} {may['because_zh']}")
    if one["hypotheses"]:
        out.say("These are hypotheses: no amount rests on them; the exchange can be asked for its customer. 以上为推定。")


def _items(out: Output, one: Mapping[str, Any]) -> None:
    bought = [item for item in one["items"] if not item["lead"]]
    leads = len(one["items"]) - len(bought)
    if one["items"]:
        out.say(f"\n{bold('What it bought')} 所购物品 (the value went on with the seller 价款归卖方)")
    if leads:
        name = POLICIES[one["policy"]]
        out.say(f"{counted(leads, 'purchase is a lead', 'purchases are leads')}: nothing under {name}; with --json 仅为线索")
    shown = sorted(bought, key=lambda item: -item["loss_minor"])[:ITEMS]
    if len(shown) < len(bought):
        out.say(f"{len(bought)} purchases, the {len(shown)} that carried the most; all with --json")
    for item in shown:
        sure = "in one transaction" if not item["competing"] else f"by its listing, {item['competing']} could be meant"
        out.say(f"{when(item['at'])}  {item['paid']}, {item['loss']} of the loss; {sure}")
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
    carrying, leads = ([hop for hop in one["hops"] if hop["lead"] is lead] for lead in (False, True))
    shown, own = [*carrying, *leads][:HOPS_SHOWN], one["policy"] not in ("tainted-first", "fifo", "haircut")
    out.say(f"\n{bold('How it went')} 资金路径 ({counted(one['hops_total'], 'hop', 'hops')}{_first(shown, one)})")
    out.say(
        f"    moved; {'stolen' if one['basis'] == 'stolen' else 'asked about'} of it: "
        + (f"{one['policy']} / " if own else "")
        + "tainted-first / FIFO / haircut"
    )
    if leads:
        policy = POLICIES[one["policy"]]
        told = f"rows with 0 under {policy} are leads: where other policies look; {len(leads)} of them, last"
        for words in lines(f"{told} 该规则下为0的行仅为线索，列于其后"):
            out.say(f"    {words}")
    for hop in shown:
        lead = "  lead 线索" if hop["lead"] else ""
        out.say(f"{hop['depth']:>3} {when(hop['occurred_at'])}  {hop['payer']} → {hop['payee']}{lead}")
        parts = [*([hop["carried"]] if own else []), hop["tainted_first"], hop["fifo"], hop["haircut"]]
        for words in lines(f"{hop['transferred']}; {' / '.join(parts)}{_sure(hop)}"):
            out.say(f"    {words}")


def _first(shown: Sequence[Mapping[str, Any]], one: Mapping[str, Any]) -> str:
    return f", the first {len(shown)}; all with --json" if len(shown) < one["hops_total"] else ""


def _sure(hop: Mapping[str, Any]) -> str:
    """Say how sure a step between rails is; a plain transfer is certain and says nothing."""
    if not hop["competing"]:
        return ""
    many = "nothing else fits" if hop["competing"] == 1 else f"{hop['competing']} fit"
    return f"; joined by time and amount 推定, {many}"


def _day(moment: str, now: str) -> str:
    """Leave out a year that goes without saying."""
    return when(moment)[5 if moment[:4] == now[:4] else 0 :]
