"""Who supplies two boxes with cards is of the one that works most of them, and ties neither to the other."""

import numpy as np

from cutline.rings.boxes import SUPPLIED, part_boxes
from cutline.risk import LINKS, rank
from cutline.risk.links import gather_links
from tests.risk.gangs import Rows, build, merged, tie
from tests.worlds import at

Held = dict[tuple[str, str], tuple[str, float]]


def worked(box: str, farmers: range, each: int, issuer: str = "person:id/f") -> Rows:
    """A box of two devices which every card of it has been in; every farmer owns some of its cards."""
    rows: Rows = {"ties": [], "contacts": []}
    for farmer in farmers:
        for k in range(each):
            card = f"phone:+86-{box}{farmer}-{k}"
            rows["ties"].append(tie(f"{issuer}{farmer}", card, "owns"))
            for hour, device in enumerate(("one", "two")):
                call = {"source": card, "target": f"phone:+86-o{k}", "source_device": f"device:{box}-{device}"}
                rows["contacts"].append({"occurred_at": at(2, hour), "medium": "call", "duration_s": 9, **call})
    return rows


def owned(rows: Rows) -> Held:
    """What ties every card to a person, and how strongly, where every link held by one."""
    index = build(rows)
    links, weight = part_boxes((links := gather_links(index)), np.ones(len(links)), rank(index, []))
    ends = zip(links.a.tolist(), links.b.tolist(), links.kind.tolist(), weight.tolist(), strict=True)
    pairs = {(index.entity(a), index.entity(b)): (LINKS[kind].name, held) for a, b, kind, held in ends}
    return {pair: said for pair, said in pairs.items() if pair[0].startswith("person") and pair[1].startswith("phone")}


def test_cards_in_a_second_box_are_supplied_and_no_longer_one_hand_with_the_first():
    ties = owned(merged(worked("a", range(4), 4), worked("b", range(6), 2)))
    assert {said for (_, card), said in ties.items() if "-a" in card} == {("owns", 1.0)}
    assert {said for (who, card), said in ties.items() if "-b" in card and int(who[-1]) < 4} == {("activated_by", SUPPLIED)}
    assert {said for (who, card), said in ties.items() if "-b" in card and int(who[-1]) >= 4} == {("owns", 1.0)}


def test_a_farmer_known_to_two_operators_is_one_farmer():
    second = worked("b", range(4), 2, "person:other/f")
    same: Rows = {"ties": [tie(f"person:other/f{k}", f"person:id/f{k}", "same_as") for k in range(4)]}
    apart, one = (owned(merged(worked("a", range(4), 4), second, extra)) for extra in ({"ties": []}, same))
    assert {said for (_, card), said in apart.items() if "-b" in card} == {("owns", 1.0)}
    assert {said for (_, card), said in one.items() if "-b" in card} == {("activated_by", SUPPLIED)}


def test_handsets_of_one_s_own_and_boxes_of_a_single_owner_stay_in_one_hand():
    everyday = merged(*(worked(f"{name}{k}-", range(k, k + 1), 2) for k in range(4) for name in ("private", "work")))
    alone = merged(worked("a", range(1), 8), worked("b", range(1), 6))
    for rows in (everyday, alone):
        assert set(owned(rows).values()) == {("owns", 1.0)}
