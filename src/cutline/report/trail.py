"""One trace as a page that leaves the machine: where the money is, who can stop it, how it went, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from cutline.model.evidence import Trace
from cutline.model.money import format_minor
from cutline.model.numerals import counted
from cutline.report.hands import draw_hands
from cutline.report.money import BACKWARD, ENDING_LABELS, FORWARD, ORIGIN_LABELS, draw_money
from cutline.report.style import cards, figure, page, table, words
from cutline.report.svg import WIDTH, svg

POISON = "poison"
"""Its amounts bound each place by itself and add up to nothing."""

SERVICES = ("exchange", "custodial", "bridge")
"""Endings behind whose counter somebody keeps the money for many."""

STOPS = 12
"""So many lines of the stop list stand on the page."""

POLICIES = {
    "tainted_first": "Tainted-first: an account's stolen money is taken to leave first. A lead; by law FIFO says where it is.",
    "fifo": "FIFO: what came first goes first, over the whole history of each account.",
    "lifo": "LIFO: what came last goes first.",
    "haircut": "Haircut: every payment carries the same share of stolen money as the account held.",
    "tiho": "TIHO: between two arrivals the largest payment carries what came.",
    POISON: "Poison: whoever was touched counts in full. A bound on who could be involved, never an amount.",
}

NAMES = {
    "tainted_first": "tainted-first · 赃款先出",
    "fifo": "FIFO · 先进先出",
    "lifo": "LIFO · 后进先出",
    "haircut": "haircut · 按比例",
    "tiho": "TIHO · 大额先出",
    POISON: "poison · 一触即染",
}


def trail_svg(traces: Sequence[Trace], show: Callable[[str], str], backward: bool = False) -> str:
    """Put all pictures of some traces below each other, as one SVG that stands alone."""
    pieces, y = [], 0
    for trace in traces:
        for picture in (_flow(trace, show, backward), _hands(trace, show, backward)):
            height = _height(picture)
            if height:
                placed = picture.replace("<svg ", f'<svg x="0" y="{y}" width="{WIDTH}" height="{height}" ', 1)
                pieces.append(placed)
                y += height + 20
    return svg(WIDTH, max(y, 20), f"The trail of {counted(len(traces), 'stolen amount', 'stolen amounts')}", pieces) + "\n"


def trail_page(
    traces: Sequence[Trace], show: Callable[[str], str], backward: bool = False, told: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Make a page of its own, which loads nothing from anywhere. `told`: what the answer says of each trace, masked already."""
    answers = [*told, *({} for _ in traces[len(told) :])]
    both = zip(traces, answers, strict=True)
    parts = [_section(k, trace, answer, show, backward) for k, (trace, answer) in enumerate(both, 1)]
    name = "Where money came from · 资金来源" if backward else "Where money went · 资金流向"
    nothing = "" if traces else "<p>Nothing of it was found in the records. 记录中未找到相关资金。</p>"
    return page(f"Cutline: {name}", f"<h1>{name}</h1>{nothing}{''.join(parts)}")


def _section(number: int, trace: Trace, answer: Mapping[str, Any], show: Callable[[str], str], backward: bool) -> str:
    seed = show(trace.seed) if ":" in trace.seed else trace.seed
    flow = "Where it came from · 资金来源" if backward else "Where it went · 资金去向"
    return (
        f'<section aria-labelledby="trace-{number}"><h2 id="trace-{number}">{escape(seed)}: '
        f"{escape(format_minor(trace.stolen_minor, trace.currency))}; {words(NAMES[trace.policy])}</h2>"
        f"{_until(answer)}{_reach(answer)}"
        f"{_stops(answer)}<h3>{flow}</h3>{figure(_flow(trace, show, backward))}{_endings(trace, answer, show, backward)}"
        f"<h3>When it moved · 时间线</h3>{figure(_hands(trace, show, backward))}{_doubts(trace, answer)}</section>"
    )


def _hands(trace: Trace, show: Callable[[str], str], backward: bool) -> str:
    return draw_hands(trace, show, ORIGIN_LABELS if backward else ENDING_LABELS)


def _flow(trace: Trace, show: Callable[[str], str], backward: bool) -> str:
    if not backward:
        return draw_money([trace], show, trace.currency, FORWARD)
    turned = tuple(replace(hop, payer=hop.payee, payee=hop.payer) for hop in trace.hops)
    return draw_money([replace(trace, hops=turned)], show, trace.currency, BACKWARD)


def _until(answer: Mapping[str, Any]) -> str:
    return f"<p>Records until {escape(answer['as_of'][:16].replace('T', ' '))} UTC · 记录截至</p>" if answer else ""


def _reach(answer: Mapping[str, Any]) -> str:
    if not answer or answer["direction"] == "backward" or answer["policy"] == POISON:
        return ""
    reach = answer["reach"]
    named = (("stoppable", "can be stopped · 可止付"), ("stopped", "stopped · 已止付"), ("gone", "out of reach · 无法止付"))
    told = [(reach[name], label) for name, label in named]
    return cards([*told, (reach["open"], "not followed on · 未续查")] if reach["open_minor"] else told)


def _endings(trace: Trace, answer: Mapping[str, Any], show: Callable[[str], str], backward: bool) -> str:
    """Every place with its amount and, where the answer is at hand, how sure the way to it is."""
    places = answer.get("terminals", ())
    rows = [
        (
            show(t.entity),
            (ORIGIN_LABELS if backward else ENDING_LABELS)[t.how],
            format_minor(t.amount_minor, t.asset),
            format_minor(t.loss_minor, trace.currency),
            f"{t.since:%Y-%m-%d %H:%M}",
            *((_sure(places[k]),) if places else ()),
        )
        for k, t in enumerate(trace.terminals)
    ]
    total = format_minor(sum(t.loss_minor for t in trace.terminals), trace.currency)
    caption = "How far back the records tell · 可追溯至" if backward else "Where it is now · 现在何处"
    share = "of it · 其中" if backward else "at most · 至多" if trace.policy == POISON else "of the loss · 占损失"
    head: tuple[str, ...] = ("where · 账户", "how · 状态", "amount · 金额", share, "since (UTC) · 起始")
    foot: tuple[str, ...] = ("together · 合计", "", "", total, "")
    if places:
        head, foot = (*head, "how sure · 可靠程度"), (*foot, _guessed_of(answer))
    told = {s["order"] for s in _live(answer)[:STOPS]}
    named = {(s["entity"], s["amount"]) for s in answer.get("stops", ()) if s["order"] in told}
    rest = [(f"{t['entity']}, {t['amount']}", t) for t in places if (t["entity"], t["amount"]) not in named]
    return table(caption, head, rows, () if trace.policy == POISON else foot) + _guesses(rest)


def _sure(place: Mapping[str, Any]) -> str:
    """Say how sure the way to a place is, so that no guess reads like a statement of a bank."""
    if place["sure"] is None:
        return "–"
    if place["rivals"] < 2:
        return "inferred; nothing else fits · 推定" if place["rivals"] else "certain · 确定"
    return f"a guess: {place['rivals']} fit, about {place['sure']:.0%} · 存疑"


def _guessed_of(answer: Mapping[str, Any]) -> str:
    guessed = [e["guessed"] for e in answer["endings"] if e.get("guessed_minor")]
    return f"{' + '.join(guessed)} guessed · 存疑" if guessed else ""


def _stops(answer: Mapping[str, Any]) -> str:
    """Tell whom to ask first; places where nothing is left to stop stand in the table of endings alone."""
    stops = _live(answer)
    if not stops:
        nobody = "<p>Nobody can stop any of it any more. 已无可止付款项。</p>"
        return nobody if answer.get("stops") else ""
    rows = [
        (
            str(s["order"]),
            s["loss"],
            "> 0.99" if s["chance"] > 0.99 else f"{s['chance']:.2f}",
            s["left"],
            _place(s),
            f"{s['who']}: {s['act_en']}. {s['who_zh']}：{s['act_zh']}",
        )
        for s in stops[:STOPS]
    ]
    share = "at most · 至多" if answer["policy"] == POISON else "of the loss · 金额"
    head = ("", share, "chance · 成功率", "act within · 时限", "where · 账户", "who can do what · 单位与措施")
    told = f"Who can stop it, in this order: {len(rows)} of {len(stops)} · 止付顺序"
    note = (
        "Proposals only: a person decides, a second person approves. The chance is how likely the money still lies there when "
        "the request is executed, times how sure the way to it is. 仅为建议，须经人工决定与复核。"
        "成功率＝执行时资金仍在的可能性×路径的可靠程度。"
    )
    return table(told, head, rows) + f"<p>{words(note)}</p>{_guesses([(str(s['order']), s) for s in stops[:STOPS]])}"


def _live(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [s for s in answer.get("stops", ()) if s["can_be_stopped"]]


def _place(stop: Mapping[str, Any]) -> str:
    """Name a place, what lies there, and what its institution knows the customer by."""
    lies = "" if stop["loss"] == stop["amount"] else f" ({stop['amount']})"
    known = ", ".join(f"{one['what']} {one['text']}" for one in stop["ask_for"])
    wallet = (
        f"; wallet · 热钱包 {stop['institution']}" if stop["how"] in SERVICES and stop["institution"] != stop["entity"] else ""
    )
    return f"{stop['entity']}{lies}" + (f"; known there as · 客户标识 {known}" if known else "") + wallet


def _guesses(places: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Say of each place, by its name, whose way is a guess how many fitted, which was taken, and what to do first."""
    by_step: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, place in places:
        if place["rivals"] > 1:
            by_step.setdefault(_steps(place["guess"]), []).append((name, place))
    if not by_step:
        return ""
    said = []
    for steps, mine in by_step.items():
        ways = "<br>".join(f"<b>{escape(name)}</b> {words(s['way_en'] + ' ' + s['way_zh'])}" for name, s in mine)
        said.append(f"<li>{ways}<br>{words(steps)}</li>")
    return f"<h3>{words('Guessed ways: settle these first · 存疑路径，先行查明')}</h3><ul>{''.join(said)}</ul>"


def _steps(guess: Mapping[str, Any]) -> str:
    paid, got = guess["paid"], guess["got"]
    steps = [f"went in · 转入 {_step(paid)}"] if paid else []
    return "; ".join([*steps, f"taken to be its payout · 推定转出 {_step(got)}"])


def _step(moved: Mapping[str, Any]) -> str:
    return f"{moved['amount']} {moved['at'][:16].replace('T', ' ')} UTC, {moved['payer']} → {moved['payee']}"


def _doubts(trace: Trace, answer: Mapping[str, Any]) -> str:
    """Say how sure the trail is: its policy, steps that were joined by likeness, rows that are missing, a search cut short."""
    joined = [h for h in trace.hops if h.competing and h.carried_loss_minor > 0]
    said = [POLICIES[trace.policy]]
    if joined:
        said.append(
            f"{counted(len(joined), 'step was', 'steps were')} joined by time and amount between two ledgers: "
            f"{_fitted(max(h.competing for h in joined))} 跨账本步骤为推定。"
        )
    if answer.get("gaps"):
        said.append(
            f"Rows are missing at {counted(len(answer['gaps']), 'account', 'accounts')} on the way: stated balances changed "
            "otherwise than their rows. 沿途账户流水有缺。"
        )
    said += [
        f"{cut['what']}: looked at {cut['looked_at']:,} of {cut['of']:,} candidates. 候选过多，仅查部分。"
        for cut in answer.get("searched", ())
        if cut["looked_at"] < cut["of"]
    ]
    if trace.truncated:
        said.append("The search stopped at its budget; what lies beyond is told as not followed on. 追踪达到上限。")
    said.append("People and numbers appear as pseudonyms unless the clear was asked for with a reason. 默认使用化名。")
    return "<h3>How sure this is · 可靠程度</h3><ul>" + "".join(f"<li>{escape(s)}</li>" for s in said) + "</ul>"


def _fitted(most: int) -> str:
    return "nothing else fitted any of them." if most == 1 else f"of the most doubtful one {most} could have been meant."


def _height(picture: str) -> int:
    """Read a picture's height off its view box; a paragraph has none."""
    head = picture.partition('viewBox="')[2].partition('"')[0].split()
    return int(head[3]) if head else 0
