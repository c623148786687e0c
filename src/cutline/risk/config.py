"""How evidence is weighed. Our own defaults, to be calibrated once cases are decided; until then a score is a rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HARMLESS: Mapping[str, float] = {
    "exchange": 0.5,
    "bridge": 0.4,
    "merchant": 0.4,
    "payroll": 0.5,
    "landlord": 0.4,
    "call_center": 0.4,
    "courier": 0.4,
    "campus": 0.4,
    "tour_operator": 0.4,
    "official_channel": 0.6,
    "verified_employer": 0.5,
    "verified_venue": 0.5,
    "verified_issuer": 0.5,
}
"""Tags that explain a look-alike, and by how much each lowers a score. None reaches 1: a list may be wrong."""

LISTED: Mapping[str, float] = {"sanctioned": 0.7, "fraud": 0.6, "stolen": 0.6, "frozen": 0.5, "mixer": 0.5}
"""Tags that raise a score."""


@dataclass(frozen=True, slots=True)
class RiskConfig:
    """The weights of a rank.

    finding       how much a finding of strength 1 counts; below 1, so that a second, independent one still adds
    repeat        what each further episode of a typology counts, against the one before
    neighbours    the most that neighbours alone can raise a score to
    decay         what is left of guilt after each hop beyond the first
    named         how much one reporter's naming counts (one report never brands)
    history_days  ordinary active days before the first finding that count in full
    history       by how much a full ordinary history lowers
    victim        by how much an own report of a loss lowers what neighbours raise
    contrary      the most that all contrary facts together can take away: they lower, they never erase
    """

    finding: float = 0.9
    repeat: float = 0.3
    neighbours: float = 0.4
    decay: float = 0.6
    named: float = 0.2
    named_most: float = 0.6
    history_days: int = 60
    history: float = 0.15
    victim: float = 0.8
    contrary: float = 0.75
    harmless: Mapping[str, float] = field(default_factory=lambda: HARMLESS)
    listed: Mapping[str, float] = field(default_factory=lambda: LISTED)
