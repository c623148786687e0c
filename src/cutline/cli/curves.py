"""A backtest on a terminal: bars over time, overlap, and what moving each threshold does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutline.cli.output import Output, Report

BAR = 24
STEPS = "▁▂▃▄▅▆▇█"


def look_back(out: Output, answer: Report, full: bool) -> None:
    """Show what a backtest found; `full` shows curves point by point, else each threshold has one line."""
    kind = "warnings" if answer["warning"] else "findings"
    out.say(f"{answer['typology']} {answer['version']}: {answer['title_en']} · {answer['title_zh']}")
    late = answer["delay_h"]
    when = (
        f"; half of them could be seen {late['median']:g} h after they began (nine of ten: {late['p90']:g} h)" if late else ""
    )
    out.say(f"{answer['findings']:,} {kind} on {answer['subjects']:,} subjects from {answer['events']:,} true events{when}")
    if answer["withdrawn"]:
        out.say(f"{answer['withdrawn']:,} subjects more were seen once and cleared by what became known later")
    _periods(out, answer["periods"], answer["by"])
    _overlap(out, answer["overlap"], answer["typology"])
    if answer["quality"] is not None:
        _quality(out, answer["quality"])
    for curve in answer["curves"] if full else ():
        _curve(out, curve)
    if not full and answer["curves"]:
        _thresholds(out, answer["curves"])
    if answer["out"]:
        out.say(f"drawn in {answer['out']}")


def _periods(out: Output, periods: Sequence[Mapping[str, Any]], by: str) -> None:
    most = max((p["began"] for p in periods), default=0)
    rows = [(p["begins"], p["began"], _bar(p["began"], most), p["seen"], p["withdrawn"]) for p in periods]
    out.table(f"Over time, by {by}", (by, "began", "", "first seen", "cleared later"), rows)


def _overlap(out: Output, overlap: Sequence[Mapping[str, Any]] | None, typology: str) -> None:
    if overlap is None:
        out.say("overlap with other typologies: after the first `cutline run`")
    elif not overlap:
        out.say(f"nobody whom {typology} finds was found by another typology in the last run")
    else:
        rows = [(o["typology"], o["subjects"], o["both"], o["jaccard"]) for o in overlap]
        out.table("Overlap with the last run", ("typology", "subjects", "in both", "Jaccard"), rows)


def _quality(out: Output, quality: Mapping[str, Any]) -> None:
    found = f"{quality['right']:,} of {quality['counted']:,} known subjects belong"
    out.say(
        f"precision {_share(quality['precision'])} ({found}); recall {_share(quality['recall'])} of {quality['positives']:,}"
    )
    out.say(f"judged by: {quality['source']}")
    out.table("Roles found", ("role", "found", "of"), [(r["role"], r["found"], r["of"]) for r in quality["roles"]])
    if quality["look_alikes"]:
        rows = [(r["like"], r["found"]) for r in quality["look_alikes"]]
        out.table("Innocent look-alikes found", ("like", "found"), rows)


def _thresholds(out: Output, curves: Sequence[Mapping[str, Any]]) -> None:
    rows = []
    for curve in curves:
        points = curve["points"]
        written = next((p for p in points if p["as_written"]), points[0])
        ends = [f"{p['shown']}: {p['subjects']:,}{_judged(p)}" for p in (points[0], written, points[-1])]
        rows.append((curve["number"], _spark([p["subjects"] for p in points]), *ends))
    title = "If a threshold were another, each alone: subjects (precision / recall); a whole curve with --move NO"
    out.table(title, ("no", "half to twice", "least", "as written", "most"), rows)
    for curve in curves:
        out.say(f"  {curve['number']}  {curve['condition']}")


def _curve(out: Output, curve: Mapping[str, Any]) -> None:
    points = curve["points"]
    most = max((p["subjects"] for p in points), default=0)
    rows = [
        (
            p["shown"] + (" ←" if p["as_written"] else ""),
            p["subjects"],
            _bar(p["subjects"], most),
            p["events"],
            _share(p["precision"]),
            _share(p["recall"]),
        )
        for p in points
    ]
    title = f"{curve['number']}. If {curve['written']} were another: {curve['condition']}"
    out.table(title, ("value", "subjects", "", "events", "precision", "recall"), rows)


def _judged(point: Mapping[str, Any]) -> str:
    if point["recall"] is None:
        return ""
    precision = "–" if point["precision"] is None else f"{100 * point['precision']:.0f}"
    return f" ({precision} / {100 * point['recall']:.0f} %)"


def _bar(count: int, most: int) -> str:
    return "█" * max(1, round(BAR * count / most)) if count else ""


def _spark(counts: Sequence[int]) -> str:
    most = max(counts, default=0) or 1
    return "".join(STEPS[round((len(STEPS) - 1) * count / most)] for count in counts)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
