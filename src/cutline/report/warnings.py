"""Whom to warn, how urgently, and with which words: the page's section for those who protect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cutline.model.entities import GRADES
from cutline.model.evidence import Alert
from cutline.model.money import format_minor
from cutline.report.style import table, words

WARNINGS_TOLD = 12


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning with the reason of its strongest finding, in both languages."""

    alert: Alert
    reason_en: str
    reason_zh: str


def draw_warnings(warned: Sequence[Warned], show: Callable[[str], str], currency: str) -> str:
    """Write the section, the most urgent first; nothing where nobody is to be warned."""
    if not warned:
        return ""
    urgency = list(GRADES)
    ordered = sorted(warned, key=lambda w: (urgency.index(w.alert.grade), -w.alert.rank, w.alert.alert_id))
    counts = Counter(w.alert.grade for w in warned)
    told = "; ".join(f"{counts[grade]} {grade}: {label.en} {label.zh}" for grade, label in GRADES.items() if counts[grade])
    rows = [_row(w, show, currency) for w in ordered[:WARNINGS_TOLD]]
    head = ("whom · 对象", "how · 方式", "at stake · 涉及金额", "why · 原因", "what to tell them · 劝阻要点")
    caption = f"The {len(rows)} most urgent of {len(warned)} · 最紧急"
    return (
        '<section aria-labelledby="warnings"><h2 id="warnings">People to warn · 预警劝阻</h2>'
        f"<p>{words(told)}. A warning protects: it accuses nobody and restricts nobody. 预警只为保护，不作任何限制。</p>"
        f"{table(caption, head, rows)}</section>"
    )


def _row(warned: Warned, show: Callable[[str], str], currency: str) -> tuple[str, ...]:
    alert, label = warned.alert, GRADES[warned.alert.grade]
    value = "" if alert.value_minor is None else format_minor(alert.value_minor, currency)
    return (
        ", ".join(show(s) for s in alert.subjects),
        f"{label.en} {label.zh}",
        value,
        f"{warned.reason_en} {warned.reason_zh}",
        f"{alert.advice_en} {alert.advice_zh}",
    )
