"""Small pieces of SVG, escaped, that the drawings of a page are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

WIDTH = 1040
"""How wide every drawing is, in its own units; the page scales it."""

PALETTE = {
    "ink": "#1d2733",
    "quiet": "#5b6875",
    "line": "#c9d1d9",
    "paper": "#ffffff",
    "wash": "#f4f6f8",
    "victim": "#2f6fb3",
    "account": "#8a5a00",
    "cash": "#7a3e9d",
    "exchange": "#00736b",
    "frozen": "#3a6ea5",
    "residual": "#a15c00",
    "other": "#5b6875",
    "alarm": "#b3261e",
}
"""Colours with a contrast of at least 4.5 on white; no meaning rests on colour alone."""


def svg(width: int, height: int, title: str, body: Iterable[str], told: str = "") -> str:
    """Wrap drawings into an accessible picture that scales to the page's width; `told` says in words what it shows."""
    heard = f"{title}. {told}" if told else title
    inside = f"<desc>{escape(told)}</desc>" if told else ""
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(heard)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{inside}{"".join(body)}</svg>'
    )


def text(x: float, y: float, words: str, **style: str | float) -> str:
    """One line of text at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}"{_attributes(style)}>{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, note: str = "", **style: str | float) -> str:
    """A rectangle; `note` is what a pointer resting on it says."""
    inside = f"<title>{escape(note)}</title>" if note else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"{_attributes(style)}>'
        f"{inside}</rect>"
    )


def circle(x: float, y: float, radius: float, note: str = "", **style: str | float) -> str:
    """A disc."""
    inside = f"<title>{escape(note)}</title>" if note else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"{_attributes(style)}>{inside}</circle>'


def line(x1: float, y1: float, x2: float, y2: float, **style: str | float) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_attributes(style)}/>'


def ribbon(start: tuple[float, float], end: tuple[float, float], width: float, note: str, **style: str | float) -> str:
    """A band of money between the middles of its two ends: the area between two curves, as high everywhere as at its ends.

    A stroke of that width would swell where the curve is steep, and reach beyond what it joins.
    """
    (x1, y1), (x2, y2) = start, end
    half, middle = max(width, 1.0) / 2, (x1 + x2) / 2
    above = f"M{x1:.1f},{y1 - half:.1f} C{middle:.1f},{y1 - half:.1f} {middle:.1f},{y2 - half:.1f} {x2:.1f},{y2 - half:.1f}"
    below = f"L{x2:.1f},{y2 + half:.1f} C{middle:.1f},{y2 + half:.1f} {middle:.1f},{y1 + half:.1f} {x1:.1f},{y1 + half:.1f}"
    return f'<path d="{above} {below} Z"{_attributes(style)}><title>{escape(note)}</title></path>'


def _attributes(style: dict[str, str | float]) -> str:
    return "".join(f' {name.replace("_", "-")}="{escape(str(value))}"' for name, value in style.items())
