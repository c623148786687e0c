"""Cards of a dealer: in whose name several were opened by who opens suspects' cards is named, a shop's customer is not."""

from __future__ import annotations

from cutline.risk.association import associate
from tests.risk.gangs import build, finding, merged, no_losses, tie


def test_in_whose_name_a_dealer_opened_several_cards_is_named_and_the_customers_of_a_shop_are_not():
    ties = [tie(f"phone:box{k}", "organisation:op/dealer", "activated_by") for k in range(6)]
    ties += [tie(f"phone:idle{k}", "organisation:op/dealer", "activated_by") for k in range(3)]
    ties += [tie("person:op/farmer", f"phone:idle{k}", "owns") for k in range(2)]
    ties += [tie("person:op/one", "phone:idle2", "owns")]
    for k in range(40):
        ties += [tie(f"phone:o{k}", "organisation:op/shop", "activated_by"), tie(f"person:op/o{k // 2}", f"phone:o{k}", "owns")]
    ties += [tie(f"phone:b{k}", "organisation:op/shop", "activated_by") for k in range(6)]
    index = build(merged({"ties": ties}))
    boxes = [f"phone:{name}{k}" for name in ("box", "b") for k in range(6)]
    accused = [finding(index, one, (), "ties", typology="sim-box", strength=0.9) for one in boxes]
    named = {one.subject for one in associate(index, accused, no_losses()) if one.typology == "cards-of-a-dealer"}
    assert named == {"person:op/farmer"}
