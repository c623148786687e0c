"""A ring's alert on its page: what is at stake, what of it can be stopped and for how long, and what is proposed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from cutline.model.entities import ACTIONS
from cutline.model.evidence import Action, Alert
from cutline.model.money import BASE_CURRENCY, format_minor
from cutline.model.waits import tell_left
from cutline.report.style import table

PROPOSALS_TOLD = 18
URGENT = (Action.STOP, Action.FREEZE, Action.SCREEN)
"""What cannot wait stands first: money that goes, and people who may be held."""


def draw_urgency(alert: Alert | None) -> str:
    """Say in a paragraph what is at stake and how much time is left to stop it."""
    if alert is None or alert.value_minor is None:
        return ""
    words = tell_left(alert.time_left, alert.stoppable_minor)
    can = (
        "" if alert.stoppable_minor is None else f"; can be stopped 可止付 {format_minor(alert.stoppable_minor, BASE_CURRENCY)}"
    )
    return (
        f"<p>At stake 涉案 {format_minor(alert.value_minor, BASE_CURRENCY)}{can}. Time left, from the last delivered transfer: "
        f"{escape(words.en)}. 剩余时间（自末笔转账起）：{escape(words.zh)}。</p>"
    )


def draw_proposals(alert: Alert | None, show: Callable[[str], str]) -> str:
    """Draw what is proposed for whom, with the reason, the most urgent first."""
    proposed = [p for p in alert.proposals if p.action] if alert else []
    ordered = sorted(proposed, key=lambda p: URGENT.index(p.action) if p.action in URGENT else len(URGENT))
    rows = [
        (show(p.entity), f"{ACTIONS[p.action].en} · {ACTIONS[p.action].zh}", f"{p.reason_en} {p.reason_zh}")
        for p in ordered[:PROPOSALS_TOLD]
    ]
    if not rows:
        return ""
    note = "<p>Proposals only: a person decides, a second person approves. 仅为建议，须经人工决定与复核。</p>"
    title = f"What is proposed: {len(rows)} of {len(ordered)} · 处置建议"
    return note + table(title, ("for · 对象", "action · 措施", "reason · 理由"), rows)
