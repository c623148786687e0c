"""One trace as a picture that leaves the machine: where the money went, and when it moved from hand to hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape

from cutline.model.evidence import Hop, Trace
from cutline.model.money import format_minor
from cutline.report.money import draw_money
from cutline.report.style import page
from cutline.report.svg import PALETTE, circle, line, svg, text

WIDTH, LEFT, ROW, TOP = 1040, 250, 22, 40
HANDS, MOVES = 28, 120
"""Most accounts and most transfers that a picture has room for: those that carried the most."""


def draw_hands(trace: Trace, show: Callable[[str], str]) -> str:
    """Draw each account as a line in time, and each transfer as a step from one line to another."""
    hops = _largest(trace.hops)
    if not hops:
        return "<p>No transfer to show on a timeline. 无时间线数据。</p>"
    rows: dict[str, int] = {}
    for hop in hops:
        for entity in (hop.payer, hop.payee):
            rows.setdefault(entity, len(rows))
    start, end = hops[0].occurred_at, hops[-1].occurred_at
    span = max((end - start).total_seconds(), 60.0)

    def x(moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - 30) * (moment - start).total_seconds() / span

    pieces = [
        text(LEFT, 16, f"{start:%Y-%m-%d %H:%M} UTC", font_size=11, fill=PALETTE["quiet"]),
        text(WIDTH - 10, 16, f"{end:%Y-%m-%d %H:%M} UTC", font_size=11, fill=PALETTE["quiet"], text_anchor="end"),
    ]
    for entity, row in rows.items():
        y = TOP + row * ROW
        pieces.append(line(LEFT, y, WIDTH - 20, y, stroke=PALETTE["line"]))
        pieces.append(text(6, y + 4, show(entity)[:34], font_size=11))
    for hop in hops:
        at, above, below = x(hop.occurred_at), TOP + rows[hop.payer] * ROW, TOP + rows[hop.payee] * ROW
        pieces.append(line(at, above, at, below, stroke=PALETTE["account"], stroke_width=1.4))
        pieces.append(circle(at, below, 3.5, _told(hop, show), fill=PALETTE["alarm"] if hop.competing else PALETTE["account"]))
    title = f"{len(hops)} of {len(trace.hops)} transfers among {len(rows)} accounts, from {start:%Y-%m-%d %H:%M} UTC"
    return svg(WIDTH, TOP + len(rows) * ROW + 10, title, pieces)


def trail_svg(traces: Sequence[Trace], show: Callable[[str], str], backward: bool = False) -> str:
    """Put all pictures of some traces below each other, as one SVG that stands alone."""
    pieces, y = [], 0
    for trace in traces:
        for picture in _pictures(trace, show, backward):
            height = _height(picture)
            if height:
                placed = picture.replace("<svg ", f'<svg x="0" y="{y}" width="{WIDTH}" height="{height}" ', 1)
                pieces.append(placed)
                y += height + 20
    return svg(WIDTH, max(y, 20), f"The trail of {len(traces)} stolen amounts", pieces) + "\n"


def trail_page(traces: Sequence[Trace], show: Callable[[str], str], backward: bool = False) -> str:
    """Make a page of its own: what was stolen, where it is, and the pictures. It loads nothing from anywhere."""
    parts = [_section(trace, show, backward) for trace in traces]
    return page("Cutline: trail of money · 资金流向", "".join(parts))


def _section(trace: Trace, show: Callable[[str], str], backward: bool) -> str:
    lines = "".join(
        f"<tr><td>{escape(show(t.entity))}</td><td>{escape(str(t.how))}</td><td>{escape(format_minor(t.amount_minor, t.asset))}"
        f"</td><td>{t.since:%Y-%m-%d %H:%M}</td></tr>"
        for t in trace.terminals
    )
    where = "Where it came from · 来源" if backward else "Where it is now · 现在何处"
    return (
        f"<h1>{escape(show(trace.seed) if ':' in trace.seed else trace.seed)}</h1>"
        f"<p>{escape(format_minor(trace.stolen_minor, trace.currency))}, {escape(trace.policy.replace('_', '-'))}</p>"
        f"<h2>{where}</h2><table><tr><th>where</th><th>how</th><th>amount</th><th>since (UTC)</th></tr>{lines}</table>"
        f"{''.join(_pictures(trace, show, backward))}"
    )


def _pictures(trace: Trace, show: Callable[[str], str], backward: bool) -> list[str]:
    """Give the flow, which reads from victims to endings and so only forward, and the hands."""
    flow = [] if backward else [draw_money([trace], show, trace.currency)]
    return [*flow, draw_hands(trace, show)]


def _largest(hops: Sequence[Hop]) -> list[Hop]:
    """Give the transfers that carried the most, as far as there is room for them and for their accounts, in time order."""
    hands: set[str] = set()
    kept: list[Hop] = []
    for hop in sorted(hops, key=lambda h: (-h.loss_minor, h.occurred_at, h.payer, h.payee)):
        both = {hop.payer, hop.payee}
        if len(both) == 2 and len(kept) < MOVES and len(hands | both) <= HANDS:
            hands |= both
            kept.append(hop)
    return sorted(kept, key=lambda h: (h.occurred_at, h.depth, h.payer, h.payee))


def _told(hop: Hop, show: Callable[[str], str]) -> str:
    sure = f"; joined, {hop.competing} candidates" if hop.competing else ""
    moved = format_minor(hop.transferred_minor, hop.asset)
    return f"{hop.occurred_at:%Y-%m-%d %H:%M:%S} {show(hop.payer)} → {show(hop.payee)}: {moved}{sure}"


def _height(picture: str) -> int:
    """Read a picture's height off its view box; a paragraph has none."""
    head = picture.partition('viewBox="')[2].partition('"')[0].split()
    return int(head[3]) if head else 0
