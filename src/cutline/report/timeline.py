"""What was seen of a ring, when: one row for each typology, and one for the money of its victims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import wrap

from cutline.model.evidence import Finding, Trace
from cutline.model.numerals import counted
from cutline.report.axis import ticks
from cutline.report.svg import PALETTE, WIDTH, circle, line, rect, svg, text

LEFT, LINE, GAP = 330, 15, 10
"""Pixels of the titles, of one line of them, and between two rows."""

ENGLISH, CHINESE = 50, 26
"""Letters of one line: a title is broken, never cut."""

PAYMENTS = 40
"""Pixels of the row of the victims' payments."""

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
    named = {typology: _lines(titles.get(typology, typology)) for typology, _ in rows}
    deep = {typology: GAP + LINE * sum(map(len, lines)) for typology, lines in named.items()}
    height = 34 + PAYMENTS * bool(traces) + sum(deep.values()) + 10
    pieces = _axis(start, end, x, height)
    y = 34.0
    if traces:
        pieces.append(text(8, y + 16, "payments of victims · 受害人付款", font_size=12))
        pieces += [circle(x(t.hops[0].occurred_at), y + 12, 3.5, fill=PALETTE["victim"]) for t in traces if t.hops]
        y += PAYMENTS
    for typology, here in rows:
        pieces += _title(y, *named[typology])
        for f in here:
            width = max(4.0, x(f.last_at) - x(f.first_at))
            seen = counted(f.hits, "time", "times")
            pieces.append(rect(x(f.first_at), y + 6, width, 12, seen, fill=PALETTE["alarm"], fill_opacity=0.35))
        y += deep[typology]
    told = counted(len(findings), "finding", "findings"), counted(len(traces), "traced report", "traced reports")
    title = f"From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {', '.join(told)}"
    heard = "; ".join(f"{' '.join(named[typology][0])}: {_seen(here)}" for typology, here in rows)
    return svg(WIDTH, height, title, pieces, heard)


def _seen(findings: Sequence[Finding]) -> str:
    """Say in words what a row of bars shows."""
    first, last = min(f.first_at for f in findings), max(f.last_at for f in findings)
    return f"{counted(len(findings), 'finding', 'findings')} from {first:%m-%d} to {last:%m-%d}"


def _lines(title: str) -> tuple[list[str], list[str]]:
    """Break a title into lines that fit beside the bars: the English ones, and the Chinese ones."""
    english, _, chinese = title.partition(" · ")
    return wrap(english, ENGLISH), wrap(chinese, CHINESE)


def _title(y: float, english: list[str], chinese: list[str]) -> list[str]:
    told = [text(8, y + LINE * k - 2, words, font_size=12) for k, words in enumerate(english, 1)]
    below = y + LINE * len(english)
    return told + [
        text(8, below + LINE * k - 2, words, font_size=11, fill=PALETTE["quiet"], lang="zh")
        for k, words in enumerate(chinese, 1)
    ]


def _axis(start: datetime, end: datetime, x: Callable[[datetime], float], height: int) -> list[str]:
    pieces = []
    for moment, label in ticks(start, end):
        pieces.append(line(x(moment), 24, x(moment), height, stroke=PALETTE["line"]))
        pieces.append(text(x(moment), 16, label, font_size=11, text_anchor="middle", fill=PALETTE["quiet"]))
    return pieces
