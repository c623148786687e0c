"""What a ring's page says of its alert: how much time is left, honestly, and the most urgent proposals first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cutline.model.evidence import Action, Alert, Proposal
from cutline.model.waits import TimeLeft
from cutline.report.alert import PROPOSALS_TOLD, draw_proposals, draw_urgency

START = datetime(2026, 3, 1, tzinfo=UTC)


def alert(**more):
    proposals = tuple(
        Proposal(f"phone:+86{k}", Action.LIMIT if k else Action.STOP, f"why {k}", "因")
        for k in reversed(range(PROPOSALS_TOLD + 4))
    )
    return replace(Alert("a", "alert", "r", ("phone:+860",), 0.8, 90_000, START, proposals, ("f",)), **more)


@pytest.mark.parametrize(
    ("stoppable", "left", "says"),
    [
        (None, None, "no traced money lies here"),
        (0, None, "nothing of it can be stopped any more"),
        (50_000, TimeLeft(120, 2880, 6, 30, 9, 0), "begins to go within 2 h, half gone within 2 d. "),
        (50_000, TimeLeft(120, None, 6, 30, 9, 0), "begins to go within 2 h, half later than these records show"),
        (50_000, TimeLeft(30, 30, 6, 30, 9, 0), "half gone within 30 min"),
        (50_000, TimeLeft(None, None, 6, 30, 9, 0), "most lies longer than these records show"),
        (50_000, TimeLeft(120, 2880, 6, 30, 9, 1_000), "not sure about ¥10.00 of it"),
        (50_000, TimeLeft(None, None, 0, 0, 0, 50_000), "not sure: nothing tells how long such money lies"),
    ],
)
def test_time_left_is_a_range_and_says_where_nobody_knows(stoppable, left, says):
    assert says in draw_urgency(alert(stoppable_minor=stoppable, time_left=left))


def test_without_an_alert_or_a_value_nothing_is_said():
    assert draw_urgency(None) == draw_urgency(alert(value_minor=None)) == draw_proposals(None, str) == ""


def test_the_most_urgent_proposals_stand_first_and_it_is_told_how_many_there_are():
    drawn = draw_proposals(alert(), str)
    assert drawn.index("why 0") < drawn.index("why 21")
    assert f"{PROPOSALS_TOLD} of {PROPOSALS_TOLD + 4}" in drawn
    assert "why 1<" not in drawn
