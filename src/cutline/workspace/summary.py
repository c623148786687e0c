"""What a run says of itself, kept beside what it computed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutline.pipeline.analysis import Analysis


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run computed, or that nothing had changed; `as_of` is the moment it looked back to, None for today."""

    unchanged: bool
    stages: list[dict[str, Any]]
    found: dict[str, int]
    not_assessable: dict[str, str]
    state: str
    learned: dict[str, Any] = field(default_factory=dict)
    judged: str = ""
    as_of: str | None = None

    def plain(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return asdict(self)


def found_by(analysis: Analysis) -> dict[str, int]:
    """Count what a run found."""
    warnings = sum(1 for a in analysis.alerts if a.kind == "warning")
    return {
        "entities": len(analysis.index),
        "findings": len(analysis.detection.findings),
        "rings": len(analysis.rings),
        "alerts": len(analysis.alerts) - warnings,
        "warnings": warnings,
        "traces": len(analysis.traces),
    }


def not_assessable_by(analysis: Analysis) -> dict[str, str]:
    """Say by typology of how many nothing could be said, and what is missing."""
    return {
        name: f"{n.events:,} events of {n.subjects:,} subjects; missing: {', '.join(n.missing)}"
        for name, n in sorted(analysis.detection.not_assessable.items())
    }


def learned_by(analysis: Analysis) -> dict[str, Any]:
    """Say what a probability was learned from, how far it can be believed, or why there is none; nothing without cases."""
    judged = analysis.judged
    if judged is None:
        return {}
    told = {"frauds": judged.frauds, "innocents": judged.innocents, "refused": judged.refused}
    if judged.reliability is None:
        return told
    later = None if math.isnan(judged.later_brier) else judged.later_brier
    return {**told, "curve": judged.curve, "later_brier": later, **asdict(judged.reliability)}
