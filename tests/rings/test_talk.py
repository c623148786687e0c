"""Recruits are called on their own phones, of which nothing is found: by one gang, before they leave."""

import numpy as np
import pytest

from cutline.rings.talk import join_spoken
from cutline.risk import rank
from tests.risk.gangs import Rows, build, finding, merged, tie
from tests.worlds import at

TRAVELLERS, PEOPLE = range(3), 200


def scene(day: int = 3, cold_calls: int = 1, callers: str = "ab") -> Rows:
    """Three people leave on the fifth; phones of gangs call them, and everybody else once or time and again."""
    rows: Rows = {"contacts": [], "ties": [], "movements": []}

    def call(source: str, target: str, when: int, hour: int = 0) -> None:
        row = {"occurred_at": at(when, hour), "source": source, "target": target, "medium": "call", "duration_s": 60}
        rows["contacts"].append(row)

    for k in range(PEOPLE):
        for gang in "ab" * cold_calls:
            call(f"phone:+86-{gang}0", f"phone:+86-o{k}", 2)
    for k in TRAVELLERS:
        rows["ties"].append(tie(f"person:id/t{k}", f"phone:+86-t{k}", "owns"))
        out = {"person": f"person:id/t{k}", "to_place": "place:MM", "direction": "out", "kind": "crossing"}
        rows["movements"].append({"occurred_at": at(5), **out})
        for again in range(6):
            call(f"phone:+86-{callers[(k + again) % len(callers)]}0", f"phone:+86-t{k}", day, again)
    return merged(rows)


@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize(
    ("rows", "joins"),
    [
        pytest.param(scene(callers="a"), True, id="one gang"),
        pytest.param(scene(callers="a", day=7), False, id="after they left"),
        pytest.param(scene(callers="ab"), False, id="two gangs"),
        pytest.param(scene(callers="a", cold_calls=6), False, id="who calls everybody"),
    ],
)
def test_travellers_go_with_those_who_called_them_on_their_own_phones(rows, joins, stands):
    index = build(rows)
    people, phones = ([index.code(f"{kind}{k}") for k in TRAVELLERS] for kind in ("person:id/t", "phone:+86-t"))
    label = np.full(len(index), -1)
    label[people], label[index.code("phone:+86-a0")], label[index.code("phone:+86-b0")] = 0, 1, 2
    if stands:  # a number may hold its owner's tokens together, and is no member for that
        label[phones] = 0
    ranking = rank(index, [finding(index, index.entity(code)) for code in np.flatnonzero(label >= 0) if code not in phones])
    after = join_spoken(label, ranking)
    assert bool(after[people[0]] == after[index.code("phone:+86-a0")]) is joins
    assert after[people[0]] != after[index.code("phone:+86-b0")]
