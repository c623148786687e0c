"""Stolen money from victims to where it is now, as one flow from left to right, in which nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cutline.model.entities import ENTITY_KINDS, Label, kind_of
from cutline.model.evidence import Ending, Trace
from cutline.model.money import decimals_of, format_minor
from cutline.model.numerals import counted
from cutline.model.ways import Way, ways_of
from cutline.report.svg import PALETTE, WIDTH, rect, ribbon, svg, text

MARGIN, BAR = 44, 10
TALLEST, LABELLED, PASSING = 330, 24, 8
"""Pixels of a column's money together, and of the gaps above a bar with a label and above what only passes."""

LAST_LABELS = 226
"""Pixels that the last column takes, its labels with amounts to the smallest unit among them."""

PER_COLUMN, LAST_HOP = 7, 4
"""Most bars of a column, and the hop from which on all hands share one column, in which the last of them stands."""

ENDING_LABELS = {
    Ending.CASH: "cash · 取现",
    Ending.EXCHANGE: "exchange · 交易所",
    Ending.MIXER: "mixer · 混币",
    Ending.CUSTODIAL: "custodian · 托管",
    Ending.FROZEN: "frozen · 已冻结",
    Ending.RESIDUAL: "still there · 仍在账户",
    Ending.BUDGET: "not followed · 追踪中止",
    Ending.BRIDGE: "bridge · 跨链桥",
    Ending.BURNED: "destroyed · 已销毁",
}


ORIGIN_LABELS = {**ENDING_LABELS, Ending.RESIDUAL: "had it before · 期初已有"}
"""Read backward, what lies in an account when the records begin is where money comes from."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a flow is read: forward from victims to endings, or backward from a payment to origins."""

    first: Label
    hop: Label
    deep: Label
    last: Label
    told: str
    nothing: Label
    endings: Mapping[Ending, str]


FORWARD = Reading(
    Label("victims", "受害人"),
    Label("hop {n}", "第{n}手"),
    Label("hop {n} on, last hand", "末手"),
    Label("now", "现在"),
    "Where {amount} went, from victims on the left to where it is now on the right",
    Label("No money of reported victims was followed to this ring.", "尚无已报案资金流入该团伙。"),
    ENDING_LABELS,
)
BACKWARD = Reading(
    Label("asked about", "所查账户"),
    Label("{n} before", "前{n}手"),
    Label("{n} before on, first hand", "首手"),
    Label("how far back", "来源"),
    "Where {amount} came from: what was asked about on the left, on the right how far back the records tell",
    Label("Nothing was found before it.", "未见来源。"),
    ORIGIN_LABELS,
)


@dataclass(slots=True)
class _Bar:
    """What stands in a column: an account, others together, an ending, or money that came to rest in a column before."""

    column: int
    label: str
    full: str
    colour: str
    passes: bool = False
    amount: int = 0
    x: float = 0.0
    y: float = 0.0
    used_in: float = 0.0
    used_out: float = 0.0
    links: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def draw_money(traces: Sequence[Trace], show: Callable[[str], str], currency: str, reading: Reading = FORWARD) -> str:
    """Draw the flows of several traces of one currency, each under its own policy; every column adds up to what was stolen."""
    if any(t.policy == "poison" for t in traces):
        return (
            "<p>Poison bounds who could have been touched; it says of no account how much, so no flow is drawn. "
            "最大涉及范围不含金额，不绘制流向。</p>"
        )
    ways = [way for trace in traces for way in ways_of(trace)]
    if not ways:
        return f"<p>{reading.nothing.en} {reading.nothing.zh}</p>"
    last = min(LAST_HOP, max(len(way.hands) for way in ways) - 1)
    bars = _bars(ways, last, show, reading)
    scale, height = _place(bars)
    total = sum(way.amount_minor for way in ways)
    pieces = _heads(bars, last, reading) + _ribbons(bars, scale, currency) + _labels(bars, scale, currency, last)
    return svg(WIDTH, height, reading.told.format(amount=format_minor(total, currency)), pieces, _told(bars, currency, last))


def _bars(ways: Sequence[Way], last: int, show: Callable[[str], str], reading: Reading) -> dict[str, _Bar]:
    columns = _Columns(last, _group(ways, last), reading.endings)
    bars: dict[str, _Bar] = {}
    for way in ways:
        before = ""
        for column in range(last + 2):
            key, bar = _stop(way, column, columns, show)
            bars.setdefault(key, bar).amount += way.amount_minor
            if before:
                bars[before].links[key] += way.amount_minor
            before = key
    return bars


def _hand(way: Way, column: int, last: int) -> str | None:
    """Give whose hands a way is in at a column; None where it came to rest before."""
    reached = len(way.hands) - 1
    if column > reached:
        return None
    return way.hands[-1] if column == last else way.hands[column]


def _group(ways: Sequence[Way], last: int) -> dict[tuple[int, str], str]:
    """Give the bar of every account in every column: the largest have one of their own, the rest share one."""
    shown: dict[tuple[int, str], str] = {}
    for column in range(last + 1):
        volume: dict[str, int] = defaultdict(int)
        for way in ways:
            hand = _hand(way, column, last)
            if hand is not None:
                volume[hand] += way.amount_minor
        ordered = sorted(volume, key=lambda e: (-volume[e], e))
        alone = len(ordered) if len(ordered) <= PER_COLUMN else PER_COLUMN - 1
        folded = f"others {column} {len(ordered) - alone}"
        shown |= {(column, e): f"{column} {e}" if k < alone else folded for k, e in enumerate(ordered)}
    return shown


@dataclass(frozen=True, slots=True)
class _Columns:
    """The last column of hands, the bar of each account in each column, and how endings are called."""

    last: int
    shown: Mapping[tuple[int, str], str]
    endings: Mapping[Ending, str]


def _stop(way: Way, column: int, columns: _Columns, show: Callable[[str], str]) -> tuple[str, _Bar]:
    hand = _hand(way, column, columns.last) if column <= columns.last else None
    if hand is None:
        ending, passes = columns.endings[way.how], column <= columns.last
        colour = PALETTE.get(way.how, PALETTE["other"])
        return f"{'rests' if passes else 'end'} {column} {way.how}", _Bar(column, ending, ending, colour, passes)
    key = columns.shown[column, hand]
    if key.startswith("others "):
        count = key.rsplit(" ", 1)[1]
        return key, _Bar(column, f"{count} others · 其他", f"{count} others", PALETTE["other"])
    full = f"{ENTITY_KINDS[kind_of(hand)].en} {show(hand)}"
    colour = PALETTE["victim"] if column == 0 else PALETTE["exchange" if kind_of(hand) == "address" else "account"]
    return key, _Bar(column, short(show(hand)), full, colour)


def _place(bars: dict[str, _Bar]) -> tuple[float, int]:
    """Give each bar its place, near those that its money comes from; gives the pixels for one unit of money, and the height."""
    columns: dict[int, list[_Bar]] = defaultdict(list)
    for bar in bars.values():
        columns[bar.column].append(bar)
    total = sum(bar.amount for bar in columns[0])
    scale = TALLEST / max(1, total)
    step = (WIDTH - LAST_LABELS) / max(1, len(columns) - 1)
    pull: dict[str, float] = defaultdict(float)
    tallest = 0.0
    for column, here in sorted(columns.items()):
        names = {id(bar): key for key, bar in bars.items() if bar.column == column}
        here.sort(key=lambda b: (b.passes, pull[names[id(b)]] / max(1, b.amount), -b.amount, names[id(b)]))
        y = float(MARGIN)
        for bar in here:
            bar.x, bar.y = 6 + column * step, y
            thick = max(2.0, bar.amount * scale)
            y += thick + (PASSING if bar.passes else LABELLED)
            for key, amount in bar.links.items():
                pull[key] += amount * (bar.y + thick / 2)
        tallest = max(tallest, y)
    return scale, round(tallest)


def _ribbons(bars: dict[str, _Bar], scale: float, currency: str) -> list[str]:
    pieces = []
    for bar in sorted(bars.values(), key=lambda b: (b.column, b.y)):
        for key, amount in sorted(bar.links.items(), key=lambda item: bars[item[0]].y):
            target, width = bars[key], amount * scale
            start = (bar.x + BAR, bar.y + bar.used_out + width / 2)
            end = (target.x, target.y + target.used_in + width / 2)
            bar.used_out += width
            target.used_in += width
            note = f"{bar.full} → {target.full}: {format_minor(amount, currency)}"
            rests = target.passes or bar.passes
            colour = target.colour if rests else bar.colour
            pieces.append(ribbon(start, end, width, note, fill=colour, fill_opacity=0.14 if rests else 0.32))
            if target.passes:
                level = target.y + target.used_in - width / 2
                across = (target.x, level), (target.x + BAR, level)
                pieces.append(ribbon(*across, width, note, fill=colour, fill_opacity=0.14))
    return pieces


def _heads(bars: dict[str, _Bar], last: int, reading: Reading) -> list[str]:
    """Say above each column what stands in it."""
    named = {0: f"{reading.first.en} · {reading.first.zh}", last + 1: f"{reading.last.en} · {reading.last.zh}"}
    columns = {bar.column: bar.x for bar in bars.values()}
    for column in range(1, last + 1):
        hop = reading.deep if column == LAST_HOP else reading.hop
        named[column] = f"{hop.en} · {hop.zh}".format(n=column)
    return [text(x, 14, named[column], font_size=12, fill=PALETTE["quiet"]) for column, x in sorted(columns.items())]


def short_money(minor: int, currency: str) -> str:
    """Write an amount in as few characters as a drawing has room for: `¥27.4k`."""
    places = decimals_of(currency) or 0
    sign = format_minor(0, currency).replace("0.00", "").replace("0", "").strip()
    whole = minor / 10**places
    for limit, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if whole >= limit:
            return f"{sign}{whole / limit:.3g}{unit}"
    return f"{sign}{whole:.0f}"


def short(shown: str) -> str:
    """Leave out the kind and the tail of a pseudonym; the full one is what a pointer resting on the bar says."""
    name = shown.partition("~")[2] or shown.partition(":")[2] or shown
    return name[:9]


def _labels(bars: dict[str, _Bar], scale: float, currency: str, last: int) -> list[str]:
    """Draw the bars; what came to rest is told once, in the last column, to the smallest unit, as in the table of endings."""
    pieces = []
    for bar in bars.values():
        if bar.passes:
            continue
        amount = format_minor(bar.amount, currency)
        pieces.append(rect(bar.x, bar.y, BAR, max(2.0, bar.amount * scale), f"{bar.full}: {amount}", fill=bar.colour))
        if bar.column == last + 1:
            pieces.append(text(bar.x, bar.y - 4, f"{bar.label} {amount}", font_size=11, fill=PALETTE["ink"]))
        else:
            told = f"{bar.label} {short_money(bar.amount, currency)}"
            pieces.append(text(bar.x, bar.y - 4, told, font_size=11, fill=PALETTE["ink"]))
    return pieces


def _told(bars: dict[str, _Bar], currency: str, last: int) -> str:
    """Say in words what the picture shows, for whoever does not see it."""
    first = [bar for bar in bars.values() if bar.column == 0]
    ends = sorted((bar for bar in bars.values() if bar.column == last + 1), key=lambda b: (-b.amount, b.full))
    told = "; ".join(f"{bar.full}: {format_minor(bar.amount, currency)}" for bar in ends)
    return f"{counted(last, 'hop', 'hops')} shown, from {counted(len(first), 'bar', 'bars')} on the left. In the end {told}."
