"""The look of every page: system fonts, calm colours, readable on a phone and on paper; nothing is loaded from anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f4f6f8;color:#1d2733;font:16px/1.5 system-ui,"Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:28px;margin:8px 0}
h2{font-size:22px;margin:0 0 4px}
h3{font-size:16px;margin:26px 0 8px}
section{background:#fff;border:1px solid #dde3e9;border-radius:10px;padding:20px;margin:18px 0}
.mark{display:inline-block;background:#fff3d6;border:1px solid #c79100;border-radius:6px;padding:4px 10px;margin:4px 0}
.cards{list-style:none;display:flex;flex-wrap:wrap;gap:12px;padding:0;margin:16px 0}
.cards li{background:#fff;border:1px solid #dde3e9;border-radius:10px;padding:12px 14px;min-width:min-content;flex:1 1 160px}
.cards b{display:block;font-size:21px;white-space:nowrap}
.cards b+span{color:#5b6875;font-size:13px}
.cards b+span span{color:inherit;font-size:inherit}
figure{margin:0 0 18px;overflow-x:auto}
svg{width:100%;min-width:720px;height:auto;display:block;font-family:inherit}
.scroll{overflow-x:auto;margin:14px 0 18px}
figure:focus-visible,.scroll:focus-visible{outline:3px solid #2f6fb3;outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;font-weight:600;padding:6px 0}
th,td{text-align:left;vertical-align:top;padding:6px 8px;border-bottom:1px solid #e6ebf0}
th{color:#5b6875;font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.n{white-space:nowrap}
td.w{white-space:nowrap}
td:not(.w):not(.n){min-width:130px}
td.p{min-width:215px!important}
tfoot td{font-weight:600;border-top:2px solid #c9d1d9}
@media(max-width:640px){main{padding:14px 8px 40px}section{padding:14px 10px}h1{font-size:23px}
h2{font-size:19px;overflow-wrap:anywhere}.cards li{flex-basis:132px;padding:10px}.cards b{font-size:17px}}
@media print{body{background:#fff}section{break-inside:avoid-page;border:0;padding:0}}
"""


WHOLE, PROSE = 30, 60
"""Cells of so many letters are not broken; longer ones than this are sentences."""

_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
_AMOUNT = re.compile("[-¥$€£]?[0-9][0-9,.]*(?: [kmbn%]{1,2}| [A-Z]{3,5})?|[0-9.]+ (?:s|MB|h|min)|–")


def words(text: str) -> str:
    """Escape a text for a page, and mark its Chinese so that a screen reader speaks it."""
    return _CHINESE.sub(lambda found: f'<span lang="zh">{found.group()}</span>', escape(text))


def cards(told: Sequence[tuple[str, str]]) -> str:
    """Figures at a glance: the figure, and what it counts."""
    return "<ul class='cards'>" + "".join(f"<li><b>{escape(n)}</b><span>{words(w)}</span></li>" for n, w in told) + "</ul>"


def figure(drawn: str) -> str:
    """A drawing that may be wider than the screen: it scrolls by itself, with the keyboard too."""
    return f'<figure tabindex="0">{drawn}</figure>' if drawn.startswith("<svg") else drawn


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> str:
    """A table with its caption; a column of figures stands flush right. `foot` is a last row that adds up."""
    figures = [bool(rows) and all(_AMOUNT.fullmatch(row[k]) for row in rows) for k in range(len(head))]
    top = "".join(f'<th scope="col"{_right(f)}>{words(h)}</th>' for h, f in zip(head, figures, strict=True))
    body = "".join(f"<tr>{_cells(row, figures)}</tr>" for row in rows)
    below = f"<tfoot><tr>{_cells(foot, figures)}</tr></tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{words(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>{below}</table></div>"
    )


def _cells(row: Sequence[str], figures: Sequence[bool]) -> str:
    return "".join(f"<td{_right(f) or _whole(cell)}>{words(cell)}</td>" for cell, f in zip(row, figures, strict=True))


def _right(figures: bool) -> str:
    return ' class="n"' if figures else ""


def _whole(cell: str) -> str:
    """Keep short cells, such as a pseudonym or a time, on one line, and give sentences room."""
    return ' class="w"' if len(cell) <= WHOLE else ' class="p"' if len(cell) > PROSE else ""


def page(title: str, body: str) -> str:
    """Put a body into a page of its own, which may run no script and load no resource."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
