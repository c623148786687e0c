"""Crews: who talks with several suspects who know each other is named, and a friend of two who went astray is not."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, finding, merged, no_losses, tie
from tests.worlds import at


def calls(one: str, other: str, days: int, hour: float) -> list[dict[str, Any]]:
    rows = {"source": f"phone:+86-{one}", "target": f"phone:+86-{other}", "medium": "call", "duration_s": 40}
    return [{"occurred_at": at(1 + 2 * day, hour), **rows} for day in range(days)]


def crew_world(friends: int, acquainted: bool) -> Rows:
    """Somebody talks with three suspects, some of whom know each other, and with friends."""
    contacts = [row for k in range(3) for row in calls("boss", f"s{k}", 4, k)]
    contacts += [row for k in range(friends) for row in calls("boss", f"f{k}", 4, 5 + k / 10)]
    contacts += calls("s0", "s1", 3, 20) if acquainted else []
    people = ["boss", *(f"s{k}" for k in range(3)), *(f"f{k}" for k in range(friends))]
    ties = [tie(f"person:op/{who}", f"phone:+86-{who}", "owns") for who in people]
    ties += [tie(f"person:op/s{k}", f"account:B/s{k}", "owns") for k in range(3)]
    return merged({"contacts": contacts, "ties": ties})


@pytest.mark.parametrize(
    ("friends", "acquainted", "expected"),
    [
        (4, True, {"person:op/boss", "phone:+86-boss"}),
        (4, False, set()),  # three friends of one innocent who do not know each other
        (30, True, set()),  # somebody whom everybody knows
    ],
)
def test_who_talks_with_a_crew_is_named_with_the_phone_and_who_has_other_friends_is_not(friends, acquainted, expected):
    index = build(crew_world(friends, acquainted))
    accused = [finding(index, f"account:B/s{k}", (), "ties", strength=0.95) for k in range(3)]
    found = associate(index, accused, no_losses())
    assert {one.subject for one in found if one.typology == "crew-line"} == expected


def second_card_world() -> Rows:
    """On a second card three suspects are spoken with and little else; on an everyday number as many, among all the others."""
    contacts: list[dict[str, Any]] = []
    for k in range(3):
        contacts += [talk("second", f"s{k}", day + k) for day in (2, 9)] + [
            talk(f"s{k}", "everyday", day + k) for day in (2, 9)
        ]
    contacts += [talk("second", "home", 20), *(talk("everyday", f"o{k}", 1 + k % 25) for k in range(30))]
    contacts += [talk(f"box{k}", "called", 3 + k) for k in range(4)]
    ties = [tie("person:op/head", "phone:second", "owns"), tie("person:op/head", "phone:first", "owns")]
    ties += [tie("person:op/friend", "phone:everyday", "owns")]
    ties += [tie(f"person:op/s{k}", f"phone:s{k}", "owns") for k in range(3)]
    contacts += [talk("first", f"friend{k}", 1 + k % 25) for k in range(40)]
    return merged({"contacts": contacts, "ties": ties})


def talk(source: str, target: str, day: float) -> dict[str, Any]:
    return {"occurred_at": at(day), "source": f"phone:{source}", "target": f"phone:{target}", "medium": "call",
            "duration_s": 100}  # fmt: skip


def test_a_second_card_on_which_suspects_alone_are_spoken_with_is_named_and_an_everyday_number_is_not():
    index = build(second_card_world())
    accused = [finding(index, f"phone:s{k}", (), "contacts", typology="reached-victims", strength=0.9) for k in range(2)]
    accused += [finding(index, "phone:s2", (), "contacts", typology="named-in-lures", strength=0.9)]
    accused += [finding(index, f"phone:box{k}", (), "contacts", typology="sim-box", strength=0.9) for k in range(4)]
    company = associate(index, accused, no_losses())
    lines = {one.subject for one in company if one.typology == "crew-line"}
    assert "phone:second" in lines
    assert not lines & {"phone:everyday", "phone:called", "phone:first", "phone:home"}
    assert "person:op/head" in {one.subject for one in company if one.typology == "holder-of-suspect-tools"}
