"""Warnings: whom to protect, how urgently, and what to tell them. They accuse nobody and restrict nobody.

The law asks for graded dissuasion (Anti-Telecom and Online Fraud Law, art. 34): high, a visit; middle, a call; low, a message.
Where the lines between the grades lie is ours, to be calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cutline.model.entities import Label, kind_of
from cutline.model.evidence import Action, Alert, Finding, Proposal

AT_STAKE = 5_000_000
"""Base currency's smallest unit: 50,000 yuan, from which a loss changes a life (D)."""

CERTAIN = 0.75
"""Strength of a warning that leaves little doubt (D)."""

NOW = timedelta(hours=48)
"""The term of an urgent stop, in which money may still be there (L, art. 20)."""

LATELY = timedelta(days=7)
"""A fraud that took once comes again within days (D)."""

WARN = Label("may be about to lose money: speak to them before it moves", "可能正在受骗：请在付款前联系劝阻")
SCREEN = Label("may be held against their will: trained screening first", "可能被胁迫或拘禁：先行专业受害筛查")


def warn(name: str, entity: str, rank: float, findings: Sequence[Finding], now: datetime) -> Alert:
    """Make the warning for one potential victim. `findings` are warnings about it, at least one; `now` is the last finding."""
    best = max(findings, key=lambda f: (f.strength, f.last_at, f.finding_id))
    why = SCREEN if _in_danger(entity) else WARN
    return Alert(
        alert_id=name,
        kind="warning",
        ring_id="",
        subjects=(entity,),
        rank=rank,
        value_minor=max((f.value_minor for f in findings if f.value_minor is not None), default=None),
        raised_at=max(f.last_at for f in findings),
        proposals=(Proposal(entity, Action.SCREEN if _in_danger(entity) else Action.WARN, why.en, why.zh),),
        finding_ids=tuple(f.finding_id for f in findings),
        grade=grade(entity, findings, now),
        advice_en=best.advice_en,
        advice_zh=best.advice_zh,
    )


def grade(entity: str, findings: Sequence[Finding], now: datetime) -> str:
    """Say how urgently: `high`, `middle` or `low`.

    A person in danger is high. So is whoever may still be paying and stands to lose much, or is warned beyond doubt or by two
    typologies at once. What happened lately is middle; what is over, low.
    """
    if _in_danger(entity):
        return "high"
    age = now - max(f.last_at for f in findings)
    fresh = [f for f in findings if now - f.last_at <= NOW]
    large = any((f.value_minor or 0) >= AT_STAKE for f in fresh)
    sure = any(f.strength >= CERTAIN for f in fresh) or len({f.typology for f in fresh}) >= 2
    if age <= NOW and (large or sure):
        return "high"
    return "middle" if age <= LATELY else "low"


def _in_danger(entity: str) -> bool:
    """A warning about a person, not about their account or number, is about the person's safety."""
    return kind_of(entity) == "person"
