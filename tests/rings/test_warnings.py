"""Warnings: how urgently, by what means, and with which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cutline.model.entities import GRADES
from cutline.model.evidence import Action, Citation, Finding
from cutline.rings.warnings import grade, warn
from tests.worlds import at

NOW = at(20)


def told(hours_ago: float, strength: float = 0.5, yuan: int = 1_000, typology: str = "victim-drain") -> Finding:
    moment = NOW - timedelta(hours=hours_ago)
    return Finding(
        finding_id=f"finding:{typology}{hours_ago}",
        typology=typology,
        typology_version="1",
        subject="account:CN/ABC/v",
        first_at=moment,
        last_at=moment,
        hits=1,
        strength=strength,
        reason_en="r",
        reason_zh="r",
        citations=(Citation("transfers", "abc", "e", "b", 1),),
        warning=True,
        advice_en=f"tell {typology}",
        advice_zh=f"告知 {typology}",
        value_minor=yuan * 100,
    )


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([told(2, strength=0.8)], "high"),
        ([told(2, yuan=60_000)], "high"),
        ([told(2), told(5, typology="refund-lure")], "high"),
        ([told(2)], "middle"),
        ([told(72, strength=0.9, yuan=90_000)], "middle"),
        ([told(2), told(400, strength=0.9, yuan=90_000)], "middle"),
        ([told(24 * 8, strength=0.9, yuan=90_000)], "low"),
    ],
)
def test_urgency_follows_what_can_still_be_lost(findings: list[Finding], expected: str) -> None:
    assert grade("account:CN/ABC/v", findings, NOW) == expected
    assert expected in GRADES


def test_a_person_in_danger_is_always_visited_and_screened() -> None:
    warning = warn("warning-1", "person:id/son", 0.9, [told(24 * 9, typology="silence-after-travel")], NOW)
    assert warning.grade == "high"
    assert [p.action for p in warning.proposals] == [Action.SCREEN]


def test_a_warning_tells_what_to_say_and_accuses_nobody() -> None:
    findings = [told(2, strength=0.6), told(5, strength=0.7, yuan=9_000, typology="refund-lure")]
    warning = warn("warning-1", "account:CN/ABC/v", 0.5, findings, NOW)
    assert (warning.kind, warning.ring_id, warning.subjects) == ("warning", "", ("account:CN/ABC/v",))
    assert warning.advice_en == "tell refund-lure"
    assert warning.advice_zh
    assert warning.value_minor == 900_000
    assert [p.action for p in warning.proposals] == [Action.WARN]
    assert warning.finding_ids == tuple(f.finding_id for f in findings)


def test_the_order_of_findings_changes_nothing() -> None:
    findings = [told(2), replace(told(3), advice_en="other"), told(5, typology="refund-lure")]
    assert warn("w", "phone:+861", 0.5, findings, NOW).advice_en == warn("w", "phone:+861", 0.5, findings[::-1], NOW).advice_en
