"""Alerts: one for each ring or lone subject that deserves a person's eyes, the most urgent first."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Alert, Finding, Ring
from cutline.model.moments import to_moment, to_us
from cutline.model.stakes import Stake, time_left
from cutline.rings.belongings import belongings
from cutline.rings.candidates import hands_of
from cutline.rings.coercion import Known, coercion_indicators
from cutline.rings.config import AlertConfig
from cutline.rings.departures import leaving_for_hot_spots
from cutline.rings.proposals import Situation, propose
from cutline.rings.urgency import Urgency, rank_alert
from cutline.rings.warnings import warn
from cutline.risk import Ranking

LURED_AWAY = "lured-away"
CONFINED = "compound"


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all alerts of one run share."""

    ranking: Ranking
    findings: Mapping[int, tuple[Finding, ...]]
    warnings: Mapping[int, tuple[Finding, ...]]
    situation: Situation
    config: AlertConfig
    now_us: int


def raise_alerts(
    rings: Sequence[Ring],
    ranking: Ranking,
    findings: Sequence[Finding],
    stakes: Sequence[Stake] = (),
    config: AlertConfig | None = None,
    said: Mapping[str, NDArray[np.bool_]] | None = None,
) -> tuple[Alert, ...]:
    """Raise one alert per ring and per lone subject, and one warning per potential victim, by falling rank.

    A lone subject is a person with what is theirs: a suspect phone and the card in it are one alert. Only entities with a
    finding of their own are subjects; the others of a ring stand in the ring alone. `stakes` is the stolen value that traces
    leave at entities, `said` which posts say the words of a lexicon (its name → boolean over the rows). The clock of findings
    is the last one, that of stakes the last transfer.
    """
    desk = _desk(ranking, findings, stakes, config or AlertConfig(), said or {})
    alerts = [alert for ring in rings if (alert := _of_ring(desk, ring)) is not None]
    named = {subject for alert in alerts for subject in alert.subjects}
    loud = np.flatnonzero((ranking.own > 0) & (ranking.score >= desk.config.least)).tolist()
    lone = [code for code in loud if ranking.index.entity(code) not in named]
    alerts += [_alert(desk, "", hand, ()) for hand in hands_of(ranking.links, lone)]
    quiet = np.flatnonzero(ranking.warning >= desk.config.least_warning).tolist()
    alerts += [_warning(desk, code) for code in quiet]
    return tuple(sorted(alerts, key=lambda alert: (-alert.rank, alert.alert_id)))


def _desk(
    ranking: Ranking,
    findings: Sequence[Finding],
    stakes: Sequence[Stake],
    config: AlertConfig,
    said: Mapping[str, NDArray[np.bool_]],
) -> _Desk:
    index = ranking.index
    now = max((_us(f) for f in findings), default=0)
    by_code: tuple[dict[int, list[Finding]], dict[int, list[Finding]]] = ({}, {})
    for finding in sorted(findings, key=lambda f: (f.first_at, f.finding_id)):
        code = index.code(finding.subject)
        if code >= 0:
            by_code[finding.warning].setdefault(code, []).append(finding)
    accusing, warnings = ({code: tuple(group) for code, group in side.items()} for side in by_code)
    fresh = frozenset(code for code, group in accusing.items() if now - max(map(_us, group)) <= config.fresh_h * 3_600_000_000)
    held: dict[int, list[Stake]] = {}
    for stake in stakes:
        held.setdefault(index.code(stake.entity), []).append(stake)
    lured, confined = (
        sorted(code for code, group in accusing.items() if any(f.typology == typology for f in group))
        for typology in (LURED_AWAY, CONFINED)
    )
    suspects = (ranking.own > 0) & (ranking.score >= config.least)
    coerced = coercion_indicators(index, Known(lured, confined, suspects, said))
    situation = Situation(
        coerced,
        belongings(ranking, coerced),
        {code: tuple(here) for code, here in held.items() if code >= 0},
        fresh,
        frozenset(np.flatnonzero(leaving_for_hot_spots(index, now)).tolist()),
    )
    return _Desk(ranking, accusing, warnings, situation, config, now)


def _us(finding: Finding) -> int:
    return to_us(finding.last_at)


def _of_ring(desk: _Desk, ring: Ring) -> Alert | None:
    codes = [code for member in ring.members if (code := desk.ranking.index.code(member.entity)) >= 0]
    subjects = tuple(c for c in codes if desk.ranking.own[c] > 0 and desk.ranking.score[c] >= desk.config.least)
    if not subjects:
        return None
    screened = tuple(c for c in codes if c not in subjects and c in desk.situation.coerced)
    return _alert(desk, ring.ring_id, subjects, screened)


def _alert(desk: _Desk, ring_id: str, subjects: tuple[int, ...], screened: tuple[int, ...]) -> Alert:
    index = desk.ranking.index
    findings = [finding for code in subjects for finding in desk.findings.get(code, ())]
    stakes = [stake for code in subjects for stake in desk.situation.located.get(code, ())]
    value = _at_stake(stakes, findings)
    entities = tuple(index.entity(code) for code in subjects)
    return Alert(
        _name("alert", ring_id or entities[0]),
        "alert",
        ring_id,
        entities,
        rank_alert(float(desk.ranking.score[list(subjects)].max()), _urgency(desk, value, findings, stakes)),
        value,
        max(f.last_at for f in findings),
        tuple(propose(desk.ranking, code, desk.situation) for code in (*subjects, *screened)),
        tuple(f.finding_id for f in findings),
        stoppable_minor=sum(stake.value_minor or 0 for stake in stakes if stake.able) if stakes else None,
        time_left=time_left(stakes),
    )


def _warning(desk: _Desk, code: int) -> Alert:
    entity = desk.ranking.index.entity(code)
    findings = desk.warnings[code]
    value = max((f.value_minor for f in findings if f.value_minor is not None), default=None)
    rank = rank_alert(float(desk.ranking.warning[code]), _urgency(desk, value, findings, ()))
    return warn(_name("warning", entity), entity, rank, findings, to_moment(desk.now_us))


def _at_stake(stakes: Sequence[Stake], findings: Sequence[Finding]) -> int | None:
    """Stolen value that traces left here; without traces the largest single finding, as money that passes on is the same."""
    traced = sum(stake.value_minor or 0 for stake in stakes)
    if traced:
        return traced
    return max((f.value_minor for f in findings if f.value_minor is not None), default=None)


def _urgency(desk: _Desk, value: int | None, findings: Sequence[Finding], stakes: Sequence[Stake]) -> Urgency:
    age_h = (desk.now_us - max(map(_us, findings))) / 3_600_000_000
    return Urgency(value, tuple(stakes), math.exp2(-age_h / desk.config.half_life_h))


def _name(kind: str, what: str) -> str:
    return f"{kind}-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
