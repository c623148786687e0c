"""What was seen of a ring, when: one row for each typology, and one for the money of its victims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from cutline.model.evidence import Finding, Trace
from cutline.model.numerals import counted
from cutline.report.axis import ticks
from cutline.report.svg import PALETTE, WIDTH, circle, line, rect, svg, text

LEFT, ROW = 330, 40
LONGEST = timedelta(days=45)
"""What began before (an account opened years ago) starts at the left edge, so that the days that matter stay readable."""


def draw_timeline(findings: Sequence[Finding], traces: Sequence[Trace], titles: Mapping[str, str]) -> str:
    """Draw each finding as a bar from its first to its last true event, and each stolen payment as a dot.

    `titles` gives a typology's title; times are shown in UTC.
    """
    moments = (
        [f.first_at for f in findings] + [f.last_at for f in findings] + [h.occurred_at for t in traces for h in t.hops[:1]]
    )
    if not moments:
        return "<p>Nothing to show on a timeline. 无时间线数据。</p>"
    end = max(moments)
    start = max(min(moments), end - LONGEST)
    span = max((end - start).total_seconds(), 3600.0)

    def x(moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - 20) * max(0.0, (moment - start).total_seconds() / span)

    by_typology: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_typology[finding.typology].append(finding)
    rows = sorted(by_typology.items(), key=lambda item: min(f.first_at for f in item[1]))
    height = 34 + ROW * (len(rows) + (1 if traces else 0)) + 10
    pieces = _axis(start, end, x, height)
    y = 34.0
    if traces:
        pieces.append(text(8, y + 16, "payments of victims · 受害人付款", font_size=12))
        pieces += [circle(x(t.hops[0].occurred_at), y + 12, 3.5, fill=PALETTE["victim"]) for t in traces if t.hops]
        y += ROW
    for typology, here in rows:
        english, _, chinese = titles.get(typology, typology).partition(" · ")
        pieces.append(text(8, y + 13, _cut(english, 46), font_size=12))
        pieces.append(text(8, y + 28, _cut(chinese, 26), font_size=11, fill=PALETTE["quiet"]))
        for f in here:
            width = max(4.0, x(f.last_at) - x(f.first_at))
            seen = counted(f.hits, "time", "times")
            pieces.append(rect(x(f.first_at), y + 6, width, 12, seen, fill=PALETTE["alarm"], fill_opacity=0.35))
        y += ROW
    told = counted(len(findings), "finding", "findings"), counted(len(traces), "traced report", "traced reports")
    title = f"From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {', '.join(told)}"
    return svg(WIDTH, height, title, pieces)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip(" ,") + "…"


def _axis(start: datetime, end: datetime, x: Callable[[datetime], float], height: int) -> list[str]:
    pieces = []
    for moment, label in ticks(start, end):
        pieces.append(line(x(moment), 24, x(moment), height, stroke=PALETTE["line"]))
        pieces.append(text(x(moment), 16, label, font_size=11, text_anchor="middle", fill=PALETTE["quiet"]))
    return pieces
