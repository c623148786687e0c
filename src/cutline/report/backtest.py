"""The page of a backtest: hits over time, overlap, and a curve for each threshold, drawn without script or outside resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from cutline.report.style import page
from cutline.report.svg import PALETTE, circle, line, rect, svg, text

WIDTH, LEFT, HEIGHT = 1040, 60, 220
LINES = (("subjects", PALETTE["account"]), ("precision", PALETTE["victim"]), ("recall", PALETTE["cash"]))


def render_backtest(told: Mapping[str, Any]) -> str:
    """Render what a backtest found; `told` holds counts and shares, no ids."""
    mark = '<p class="mark">Judged on simulated records. 模拟数据</p>' if told["simulated"] else ""
    title = f"{told['title_en']} · {told['title_zh']}"
    curves = "".join(_curve(curve) for curve in told["curves"])
    return page(
        f"Backtest: {told['typology']}",
        f"<h1>Backtest: {escape(told['typology'])}</h1><p>{escape(title)}</p>{mark}{_cards(told)}"
        f"<section><h2>Findings over time · 时间分布</h2><figure>{draw_periods(told['periods'], told['by'])}</figure></section>"
        f"{_overlap(told['overlap'])}{curves}",
    )


def draw_periods(periods: Sequence[Mapping[str, Any]], by: str) -> str:
    """Draw for each day or week how many findings began in it (filled) and were first seen in it (outlined)."""
    if not periods:
        return "<p>Nothing was found. 未发现。</p>"
    most = max(max(p["began"], p["seen"]) for p in periods) or 1
    wide = (WIDTH - LEFT - 20) / len(periods)
    pieces = _frame(str(most))
    every = max(1, len(periods) // 10)
    for k, p in enumerate(periods):
        x = LEFT + k * wide
        note = f"{p['begins']}: {p['began']} began, {p['seen']} first seen, {p['withdrawn']} cleared later"
        began, seen = (HEIGHT - 50) * p["began"] / most, (HEIGHT - 50) * p["seen"] / most
        pieces.append(rect(x + 1, HEIGHT - 30 - began, wide * 0.6, began, note, fill=PALETTE["victim"]))
        pieces.append(rect(x + wide * 0.62, HEIGHT - 30 - seen, wide * 0.3, seen, note, fill="none", stroke=PALETTE["alarm"]))
        if k % every == 0:
            pieces.append(text(x, HEIGHT - 14, p["begins"][5:], font_size=11, fill=PALETTE["quiet"]))
    pieces.append(text(LEFT, 12, f"by {by}: filled, began; outlined, could first be seen", font_size=12, fill=PALETTE["quiet"]))
    return svg(WIDTH, HEIGHT, f"Findings by {by}, {periods[0]['begins']} to {periods[-1]['begins']}", pieces)


def draw_curve(points: Sequence[Mapping[str, Any]], written: str) -> str:
    """Draw subjects (as a share of the most), precision and recall over the values of one threshold."""
    if not points:
        return "<p>This threshold has no curve.</p>"
    low, high = points[0]["value"], points[-1]["value"]
    most = max(p["subjects"] for p in points) or 1

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 140) * ((value - low) / (high - low) if high > low else 0.5)

    pieces = _frame(f"{most} / 100 %")
    for k, (name, colour) in enumerate(LINES):
        shares = [(x(p["value"]), p[name] / (most if name == "subjects" else 1), p) for p in points if p[name] is not None]
        if not shares:
            continue
        at = [(px, HEIGHT - 30 - (HEIGHT - 50) * share) for px, share, _ in shares]
        pieces += [line(*a, *b, stroke=colour, stroke_width=2) for a, b in pairwise(at)]
        pieces += [
            circle(px, py, 3.5, f"{p['shown']}: {name} {_number(p[name])}", fill=colour)
            for (px, py), (_, _, p) in zip(at, shares, strict=True)
        ]
        pieces.append(text(WIDTH - 120, 40 + 18 * k, f"● {name}", font_size=13, fill=colour))
    for p in points:
        weight = "bold" if p["as_written"] else "normal"
        pieces.append(text(x(p["value"]), HEIGHT - 12, p["shown"], font_size=10, text_anchor="middle", font_weight=weight))
    return svg(WIDTH, HEIGHT, f"Effect of moving {written}", pieces)


def _frame(top: str) -> list[str]:
    base = HEIGHT - 30
    return [
        line(LEFT, base, WIDTH - 20, base, stroke=PALETTE["line"]),
        line(LEFT, 20, LEFT, base, stroke=PALETTE["line"]),
        text(LEFT - 6, 26, top, font_size=10, text_anchor="end", fill=PALETTE["quiet"]),
    ]


def _cards(told: Mapping[str, Any]) -> str:
    cards = [
        (f"{told['findings']:,}", "findings · 命中"),
        (f"{told['subjects']:,}", "subjects · 对象"),
        (f"{told['withdrawn']:,}", "seen once, cleared later · 后撤销"),
    ]
    if told["delay_h"] is not None:
        cards.append((f"{told['delay_h']['median']:g} h", "until half of them could be seen · 可知时滞"))
    if told["quality"] is not None:
        cards.append((_number(told["quality"]["precision"]), "precision · 精确率"))
        cards.append((_number(told["quality"]["recall"]), "recall of its kind of subject, alone · 召回率"))
    return "<ul class='cards'>" + "".join(f"<li><b>{escape(n)}</b><span>{escape(w)}</span></li>" for n, w in cards) + "</ul>"


def _overlap(overlap: Sequence[Mapping[str, Any]] | None) -> str:
    if not overlap:
        return ""
    rows = "".join(
        f"<tr><td>{escape(o['typology'])}</td><td>{o['subjects']:,}</td><td>{o['both']:,}</td><td>{o['jaccard']:.3f}</td></tr>"
        for o in overlap
    )
    head = "<tr><th>typology</th><th>its subjects</th><th>in both</th><th>Jaccard</th></tr>"
    return f"<section><h2>Overlap with others · 与其他模型重合</h2><table>{head}{rows}</table></section>"


def _curve(curve: Mapping[str, Any]) -> str:
    return (
        f"<section><h2>{curve['number']}. If {escape(curve['written'])} were another number · 阈值影响</h2>"
        f"<p><code>{escape(curve['condition'])}</code></p>"
        f"<figure>{draw_curve(curve['points'], curve['written'])}</figure></section>"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %" if isinstance(value, float) else f"{value:,}"
