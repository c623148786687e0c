"""A trace in time: each account a line, each transfer a step from one line to another, and what ended there at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cutline.model.evidence import Ending, Hop, Trace
from cutline.model.money import format_minor
from cutline.model.numerals import counted
from cutline.report.axis import ticks
from cutline.report.money import ENDING_LABELS, short_money
from cutline.report.svg import PALETTE, WIDTH, circle, line, svg, text

LEFT, RIGHT, ROW, TOP = 190, 190, 22, 58
HANDS, MOVES = 28, 200
"""Most lines and most transfers that a picture has room for: those that carried the most; what is left out is counted."""

OTHERS = ""
"""Stands for all accounts that have no line of their own."""


def draw_hands(trace: Trace, show: Callable[[str], str], endings: Mapping[Ending, str] = ENDING_LABELS) -> str:
    """Draw what carried some of the loss under the trace's policy, from the first transfer to the last."""
    hops = [hop for hop in trace.hops if hop.carried_loss_minor > 0]
    if not hops:
        return "<p>No transfer to show on a timeline. 无时间线数据。</p>"
    rows = _lines(trace, hops)
    folded = len({e for h in hops for e in (h.payer, h.payee)} - rows.keys())
    start, end = min(h.occurred_at for h in hops), max(h.occurred_at for h in hops)
    span = max((end - start).total_seconds(), 60.0)

    def x(moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (moment - start).total_seconds() / span

    drawn = _largest(hops, rows)
    height = TOP + len(rows) * ROW
    pieces = [*_frame(start, end, x, height), *_names(rows, folded, show), *_ends(trace, rows, endings)]
    for hop in drawn:
        at = x(hop.occurred_at)
        above, below = (TOP + rows[who if who in rows else OTHERS] * ROW for who in (hop.payer, hop.payee))
        colour = PALETTE["alarm"] if hop.competing else PALETTE["account"]
        pieces.append(line(at, above, at, below, stroke=colour, stroke_width=1.4))
        pieces.append(circle(at, below, 3.5, _told(hop, trace, show), fill=colour))
    left = len(hops) - len(drawn)
    rest = f"; {counted(left, 'smaller transfer', 'smaller transfers')} not drawn" if left else ""
    among = counted(len(rows) - (OTHERS in rows), "account", "accounts") + (f" and {folded} others" if folded else "")
    title = f"{counted(len(drawn), 'transfer', 'transfers')} among {among}, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    return svg(WIDTH, height, title + rest, pieces)


def _lines(trace: Trace, hops: Sequence[Hop]) -> dict[str, int]:
    """Give the line of each account that has one, in the order in which the money reached them; the others' line comes last."""
    volume: dict[str, int] = defaultdict(int)
    for hop in hops:
        volume[hop.payer] += hop.carried_loss_minor
        volume[hop.payee] += hop.carried_loss_minor
    for terminal in trace.terminals:
        volume[terminal.entity] += terminal.loss_minor
    ordered = sorted(volume, key=lambda e: (-volume[e], e))
    alone = set(ordered if len(ordered) <= HANDS else ordered[: HANDS - 1])
    met = [*(e for hop in hops for e in (hop.payer, hop.payee)), *(t.entity for t in trace.terminals)]
    seen = dict.fromkeys(e for e in met if e in alone)
    rows = {entity: row for row, entity in enumerate(seen)}
    return rows if len(ordered) <= HANDS else {**rows, OTHERS: len(rows)}


def _largest(hops: Sequence[Hop], rows: Mapping[str, int]) -> list[Hop]:
    """Give the transfers that carried the most from one line to another, as far as there is room, in time order."""
    across = [h for h in hops if rows.get(h.payer, OTHERS) != rows.get(h.payee, OTHERS)]
    kept = sorted(across, key=lambda h: (-h.carried_loss_minor, h.occurred_at, h.payer, h.payee))[:MOVES]
    return sorted(kept, key=lambda h: (h.occurred_at, h.depth, h.payer, h.payee))


def _frame(start: datetime, end: datetime, x: Callable[[datetime], float], height: int) -> list[str]:
    quiet = PALETTE["quiet"]
    pieces = [
        text(LEFT, 14, "● paid on 转出", font_size=11, fill=PALETTE["account"]),
        text(LEFT + 120, 14, "● joined by likeness; others could be meant 推定关联", font_size=11, fill=PALETTE["alarm"]),
        text(WIDTH - RIGHT + 12, 14, "ended there · 终点", font_size=11, fill=quiet),
    ]
    for moment, label in ticks(start, end):
        at = x(moment)
        pieces.append(line(at, 44, at, height - ROW / 2, stroke=PALETTE["line"], stroke_dasharray="2 3"))
        pieces.append(text(at, 38, label, font_size=11, text_anchor="middle", fill=quiet))
    return pieces


def _names(rows: Mapping[str, int], folded: int, show: Callable[[str], str]) -> list[str]:
    pieces = []
    for entity, row in rows.items():
        y = TOP + row * ROW
        name = show(entity) if entity != OTHERS else f"{folded} others · 其他"
        pieces.append(line(LEFT, y, WIDTH - RIGHT, y, stroke=PALETTE["line"]))
        pieces.append(text(6, y + 4, name[:28], font_size=11, fill=PALETTE["ink"]))
    return pieces


def _ends(trace: Trace, rows: Mapping[str, int], endings: Mapping[Ending, str]) -> list[str]:
    """Say at the end of each line how much of the loss ended there, and how; several ways are told with the largest first."""
    ended: dict[int, dict[Ending, int]] = defaultdict(lambda: defaultdict(int))
    for terminal in trace.terminals:
        if terminal.loss_minor > 0:
            ended[rows[terminal.entity if terminal.entity in rows else OTHERS]][terminal.how] += terminal.loss_minor
    pieces = []
    for row, by_how in ended.items():
        (how, amount), *more = sorted(by_how.items(), key=lambda item: (-item[1], item[0]))
        told = f"{endings[how]} {short_money(amount, trace.currency)}" + (f" +{len(more)}" if more else "")
        note = "; ".join(f"{endings[h]}: {format_minor(a, trace.currency)}" for h, a in by_how.items())
        at = TOP + row * ROW
        pieces.append(circle(WIDTH - RIGHT + 4, at, 4, note, fill=PALETTE.get(how, PALETTE["other"])))
        pieces.append(text(WIDTH - RIGHT + 12, at + 4, told, font_size=11, fill=PALETTE["ink"]))
    return pieces


def _told(hop: Hop, trace: Trace, show: Callable[[str], str]) -> str:
    sure = f"; joined, {hop.competing} could be meant" if hop.competing else ""
    moved, loss = format_minor(hop.transferred_minor, hop.asset), format_minor(hop.carried_loss_minor, trace.currency)
    return f"{hop.occurred_at:%Y-%m-%d %H:%M:%S} {show(hop.payer)} → {show(hop.payee)}: {moved}, {loss} of the loss{sure}"
