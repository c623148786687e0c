"""Travellers belong to the gang whose accounts appear where they arrive, if no other's do."""

import numpy as np
import pytest

from cutline.rings.arrivals import join_arrived
from tests.risk.gangs import Rows, build, merged
from tests.worlds import at

DAYS = (2, 6, 11, 15)


def scene(country: str = "MM", early: bool = False, elsewhere: bool = False) -> Rows:
    """Four people leave for Myawaddy; a day later accounts of one gang log in from a country, another gang's from Laos."""
    rows: Rows = {"movements": [], "sessions": []}
    for k, day in enumerate(DAYS):
        rows["movements"].append(
            {
                "occurred_at": at(day),
                "person": f"person:id/t{k}",
                "to_place": "place:MM/Myawaddy",
                "direction": "out",
                "kind": "crossing",
            }
        )
        if elsewhere:
            rows["sessions"].append({"occurred_at": at(1), "handle": f"handle:chat/m{k}", "place": "place:CN"})
        for again in range(3):
            when = at(1 if early else day + 1, again)
            rows["sessions"].append({"occurred_at": when, "handle": f"handle:chat/m{k}", "place": f"place:{country}"})
        rows["sessions"].append({"occurred_at": at(day + 1), "handle": f"handle:chat/l{k}", "place": "place:LA"})
    return merged(rows)


def groups(rows: Rows) -> tuple[int, int, int]:
    index = build(rows)
    label = np.full(len(index), -1)
    names = [[f"{kind}{k}" for k in range(4)] for kind in ("person:id/t", "handle:chat/m", "handle:chat/l")]
    for number, group in enumerate(names):
        label[[index.code(name) for name in group]] = number
    after = join_arrived(label, index)
    travellers, here, there = (int(after[index.code(group[0])]) for group in names)
    return travellers, here, there


def test_travellers_belong_to_whose_accounts_appear_where_they_arrive():
    travellers, here, there = groups(scene())
    assert travellers == here != there


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(scene(country="LA"), id="another country"),
        pytest.param(scene(early=True), id="before they left"),
        pytest.param(scene(elsewhere=True), id="accounts known from home"),
    ],
)
def test_what_was_there_before_or_elsewhere_joins_nobody(rows):
    assert len(set(groups(rows))) == 3


def test_two_gangs_in_one_country_at_one_time_decide_nothing():
    rows = scene()
    for row in rows["sessions"]:
        row["place"] = "place:MM"
    assert len(set(groups(rows))) == 3


def test_two_gangs_in_one_country_are_told_apart_by_when_each_one_s_people_came():
    rows = scene()
    for row in rows["sessions"]:
        if "/l" in row["handle"]:
            k = int(row["handle"][-1])
            row.update(place="place:MM", occurred_at=at(DAYS[k] + 2, 12))
    travellers, here, there = groups(rows)
    assert travellers == here != there


def test_one_journey_of_many_tells_nothing_of_when_each_one_s_people_came():
    rows = scene()
    for row in rows["movements"]:
        row["occurred_at"] = at(DAYS[1])
    for k, row in enumerate(rows["sessions"]):
        row.update(place="place:MM", occurred_at=at(DAYS[1] + 1, k % 2) if "/m" in row["handle"] else at(DAYS[1] + 3, k % 5))
    assert len(set(groups(rows))) == 3


def test_without_border_or_log_ins_nothing_is_joined():
    rows = scene()
    for missing in ("movements", "sessions"):
        kept = {name: part for name, part in rows.items() if name != missing}
        index = build(merged(kept))
        label = np.arange(len(index))
        assert (join_arrived(label, index) == label).all()
