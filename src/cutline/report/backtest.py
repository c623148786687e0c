"""The page of a backtest: hits over time, overlap, and a curve for each threshold, drawn without script or outside resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from cutline.model.numerals import counted
from cutline.report.style import cards, figure, page, table, words
from cutline.report.svg import PALETTE, WIDTH, circle, line, rect, svg, text

LEFT, HEIGHT = 60, 220
BASE, ROOM, LEGEND = HEIGHT - 30, HEIGHT - 54, 210
"""Where the axis of a drawing lies, how high 100 % stands above it, and the pixels to the right that a legend takes."""

LINES = (("subjects", PALETTE["account"], ""), ("precision", PALETTE["victim"], "7 4"), ("recall", PALETTE["cash"], "2 4"))
"""What a curve shows: colour and dashes, so that no meaning rests on colour alone."""

APART = 56
"""Pixels between two labels below an axis."""


def render_backtest(told: Mapping[str, Any]) -> str:
    """Render what a backtest found; `told` holds counts and shares, no ids."""
    mark = '<p class="mark">Judged on simulated records. 模拟数据</p>' if told["simulated"] else ""
    title = f"{told['title_en']} · {told['title_zh']}"
    curves = "".join(_curve(curve) for curve in told["curves"])
    nothing = (
        "<p>Nothing was found: that can mean that nothing is there, or that these records cannot show it. "
        "Which typologies could not say: <code>cutline run --json</code>, not_assessable.</p>"
        if not told["findings"]
        else ""
    )
    return page(
        f"Backtest: {told['typology']}",
        f"<h1>Backtest: {escape(told['typology'])} · 回溯检验</h1><p>{words(title)}</p>{mark}{_cards(told)}{nothing}"
        f"<section><h2>Findings over time · 时间分布</h2>{figure(draw_periods(told['periods'], told['by']))}</section>"
        f"{_overlap(told['overlap'])}{curves}{_method(told)}",
    )


def draw_periods(periods: Sequence[Mapping[str, Any]], by: str) -> str:
    """Draw for each day or week how many findings began in it (filled) and were first seen in it (outlined)."""
    if not periods:
        return "<p>No finding in any period. 各时段均无命中。</p>"
    most = max(max(p["began"], p["seen"]) for p in periods) or 1
    wide = (WIDTH - LEFT - 20) / len(periods)
    pieces = _frame([(1.0, str(most)), (0.0, "0")], WIDTH - 20)
    every = max(1, len(periods) // 10)
    for k, p in enumerate(periods):
        x = LEFT + k * wide
        note = f"{p['begins']}: {p['began']} began, {p['seen']} first seen, {p['withdrawn']} cleared later"
        began, seen = ROOM * p["began"] / most, ROOM * p["seen"] / most
        pieces.append(rect(x + 1, BASE - began, wide * 0.6, began, note, fill=PALETTE["victim"]))
        pieces.append(rect(x + wide * 0.62, BASE - seen, wide * 0.3, seen, note, fill="none", stroke=PALETTE["alarm"]))
        if k % every == 0:
            pieces.append(text(x, HEIGHT - 14, p["begins"][5:], font_size=11, fill=PALETTE["quiet"]))
    legend = f"by {by}: filled, began in it 实心：发生; outlined, could first be seen in it 空心：可见"
    pieces.append(text(LEFT, 12, legend, font_size=12, fill=PALETTE["quiet"]))
    told = "; ".join(f"{p['begins']}: {p['began']} began, {p['seen']} seen" for p in periods if p["began"] or p["seen"])
    return svg(WIDTH, HEIGHT, f"Findings by {by}, {periods[0]['begins']} to {periods[-1]['begins']}", pieces, told)


def draw_curve(points: Sequence[Mapping[str, Any]], written: str) -> str:
    """Draw subjects (as a share of the most), precision and recall over the values of one threshold."""
    if not points:
        return "<p>This threshold has no curve. 该阈值无曲线。</p>"
    low, high = points[0]["value"], points[-1]["value"]
    most = max(p["subjects"] for p in points) or 1

    def x(value: float) -> float:
        return LEFT + 20 + (WIDTH - LEFT - LEGEND - 40) * ((value - low) / (high - low) if high > low else 0.5)

    pieces = _frame([(1.0, "100 %"), (0.5, "50 %"), (0.0, "0 %")], WIDTH - LEGEND)
    legend = {"subjects": f"subjects 对象: 100 % = {most:,}", "precision": "precision 精确率", "recall": "recall 召回率"}
    for k, (name, colour, dashes) in enumerate(LINES):
        known = [p for p in points if p[name] is not None]
        at = [(x(p["value"]), BASE - ROOM * p[name] / (most if name == "subjects" else 1)) for p in known]
        pieces += [_stroke(a, b, colour, dashes) for a, b in pairwise(at)]
        pieces += [
            circle(*place, 3.5, f"{p['shown']}: {name} {_number(p[name])}", fill=colour)
            for place, p in zip(at, known, strict=True)
        ]
        if known:
            level = 36 + 22 * k
            pieces.append(_stroke((WIDTH - LEGEND + 14, level), (WIDTH - LEGEND + 38, level), colour, dashes))
            pieces.append(text(WIDTH - LEGEND + 44, level + 4, legend[name], font_size=11, fill=colour))
    return svg(WIDTH, HEIGHT, f"Effect of moving {written}", [*pieces, *_values(points, x)], _said(points))


def _stroke(a: tuple[float, float], b: tuple[float, float], colour: str, dashes: str) -> str:
    more: dict[str, Any] = {"stroke_dasharray": dashes} if dashes else {}
    return line(*a, *b, stroke=colour, stroke_width=2, **more)


def _values(points: Sequence[Mapping[str, Any]], x: Callable[[float], float]) -> list[str]:
    """Write the values below the axis, the one as written first, and others as far as they do not touch it or each other."""
    pieces, taken = [], list[float]()
    for p in sorted(points, key=lambda p: (not p["as_written"], p["value"])):
        at = x(p["value"])
        if p["as_written"]:
            pieces.append(line(at, BASE - ROOM, at, BASE, stroke=PALETTE["quiet"], stroke_dasharray="3 3"))
            pieces.append(text(at, BASE - ROOM - 6, "as written 现值", font_size=11, text_anchor="middle", fill=PALETTE["ink"]))
        if all(abs(at - other) >= APART for other in taken):
            taken.append(at)
            weight = "bold" if p["as_written"] else "normal"
            pieces.append(text(at, HEIGHT - 12, p["shown"], font_size=11, text_anchor="middle", font_weight=weight))
    return pieces


def _said(points: Sequence[Mapping[str, Any]]) -> str:
    """Say in words what a curve shows."""
    told = []
    for p in points:
        known = [f"{name} {_number(p[name])}" for name in ("precision", "recall") if p[name] is not None]
        now = " (as written)" if p["as_written"] else ""
        told.append(f"{p['shown']}{now}: {', '.join([counted(p['subjects'], 'subject', 'subjects'), *known])}")
    return "; ".join(told)


def _frame(levels: Sequence[tuple[float, str]], right: float) -> list[str]:
    """Draw the axes, and a line for each level with what it stands for."""
    pieces = [line(LEFT, BASE - ROOM, LEFT, BASE, stroke=PALETTE["line"])]
    for share, label in levels:
        y = BASE - ROOM * share
        pieces.append(line(LEFT, y, right, y, stroke=PALETTE["line"]))
        pieces.append(text(LEFT - 6, y + 4, label, font_size=11, text_anchor="end", fill=PALETTE["quiet"]))
    return pieces


def _cards(told: Mapping[str, Any]) -> str:
    shown = [
        (f"{told['findings']:,}", "findings · 命中"),
        (f"{told['subjects']:,}", "subjects · 对象"),
        (f"{told['withdrawn']:,}", "seen once, cleared later · 后撤销"),
    ]
    if told["delay_h"] is not None:
        shown.append((f"{told['delay_h']['median']:g} h", "until half of them could be seen · 可知时滞"))
    if told["quality"] is not None:
        shown.append((_number(told["quality"]["precision"]), "precision · 精确率"))
        shown.append((_number(told["quality"]["recall"]), "recall of its kind of subject, alone · 召回率"))
    return cards(shown)


def _overlap(overlap: Sequence[Mapping[str, Any]] | None) -> str:
    if not overlap:
        return ""
    rows = [(o["typology"], f"{o['subjects']:,}", f"{o['both']:,}", f"{o['jaccard']:.3f}") for o in overlap]
    head = ("typology · 模型", "its subjects · 对象", "in both · 共有", "Jaccard")
    told = table("What others found of the same subjects, the most alike first", head, rows)
    return f"<section><h2>Overlap with others · 与其他模型重合</h2>{told}</section>"


def _curve(curve: Mapping[str, Any]) -> str:
    points = curve["points"]
    rows = [
        (p["shown"] + (" *" if p["as_written"] else ""), f"{p['subjects']:,}", _number(p["precision"]), _number(p["recall"]))
        for p in points
    ]
    head = ("value · 阈值", "subjects · 对象", "precision · 精确率", "recall · 召回率")
    told = f"<details><summary>As a table · 表格</summary>{table('* as written · 现值', head, rows)}</details>"
    return (
        f"<section><h2>{curve['number']}. If {escape(curve['written'])} were another number · 阈值影响</h2>"
        f"<p><code>{escape(curve['condition'])}</code></p>"
        f"{figure(draw_curve(points, curve['written']))}{told if points else ''}</section>"
    )


def _method(told: Mapping[str, Any]) -> str:
    """Say what the figures rest on, and what they do not say."""
    judged = (
        f"Precision and recall are against {told['quality']['source']}."
        if told["quality"] is not None
        else "No precision and no recall: no closed case and no truth was given. 无已结案件或真值，不计精确率。"
    )
    return (
        "<section><h2>How to read this page · 说明</h2>"
        f"<p>{words(judged)} Each threshold is moved alone, from half to twice, over everything that is known today; what is "
        "found over time sees at each moment only what had been received by then. An indicator is a lead, never proof. "
        "指标仅为线索。</p></section>"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %" if isinstance(value, float) else f"{value:,}"
