"""Recruiters: who talked with several people before these fell silent is named; an employer whose people write home is not."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, merged, no_losses, tie
from tests.worlds import at


def call(source: str, target: str, day: float) -> dict[str, Any]:
    return {
        "occurred_at": at(day), "source": f"phone:+86-{source}", "target": f"phone:+86-{target}", "medium": "call",
        "duration_s": 90,
    }  # fmt: skip


def recruits(agent: str, silent: bool, missing: int) -> Rows:
    """Five people whom an agent calls, and who then fall silent or go on; each has a friend, and some families ask for them."""
    people = [f"{agent}-{k}" for k in range(5)]
    contacts = [call(agent, who, 9 + k / 10) for k, who in enumerate(people)]
    contacts += [call(agent, "boss", day) for day in range(40)]
    for k, who in enumerate(people):
        contacts += [call(who, f"{agent}-friend", day + k / 100) for day in range(10 if silent else 40)]
    contacts += [call(f"{agent}-friend", f"x{k}", day) for day in range(40) for k in range(30)]
    ties = [tie(f"person:op/{who}", f"phone:+86-{who}", "owns") for who in people]
    reports = [{"occurred_at": at(20), "kind": "missing", "person": f"person:op/{who}"} for who in people[:missing]]
    return {"contacts": contacts, "ties": ties, "reports": reports}


@pytest.mark.parametrize(
    ("silent", "missing", "expected"),
    [
        (True, 1, {"phone:+86-agent"}),
        (True, 0, set()),  # a firm gave its people new numbers
        (False, 1, set()),  # workers abroad write home
    ],
)
def test_whoever_talked_with_several_before_they_fell_silent_is_named_and_neither_a_friend_nor_an_employer(
    silent, missing, expected
):
    ordinary = {"contacts": [call(f"o{k}", f"o{k + 1}", day) for k in range(60) for day in range(0, 40, 3)]}
    index = build(merged(recruits("agent", silent, missing), ordinary))
    found = associate(index, [], no_losses())
    assert {one.subject for one in found if one.typology == "called-away"} == expected
