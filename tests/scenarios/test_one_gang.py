"""One gang and the people around it, through the whole shipped catalogue: who is found, warned, and left alone."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.graph.index import Index
from cutline.typologies.catalogue import load_catalogue
from cutline.typologies.detection import Detection, detect
from tests.worlds import at, world

BOX, VICTIM_PHONE, COURIER = "phone:+8617000000001", "phone:+8613800000001", "phone:+8613900000001"
VICTIM, LAYER, LANDLORD = "account:CN/ABC/victim", "account:CN/ICBK/layer1", "account:CN/ICBK/landlord"


def pay(when: Any, payer: str, payee: str, yuan: int, left: int | None = None, **more: Any) -> dict[str, Any]:
    row = {"occurred_at": when, "payer": payer, "payee": payee, "amount": yuan * 100, "asset": "CNY", "rail": "bank"}
    return {**row, "payer_balance_after": None if left is None else left * 100, "channel": "mobile", **more}


def call(when: Any, source: str, target: str, seconds: int, cell: str | None = None) -> dict[str, Any]:
    row = {"occurred_at": when, "source": source, "target": target, "medium": "call", "duration_s": seconds}
    return {**row, "source_first_cell": cell}


def gang() -> dict[str, list[dict[str, Any]]]:
    calls = [call(at(20, 1, 4 * k), BOX, f"phone:+86139{k:08d}", 20, "cell:CMCC/1") for k in range(70)]
    calls.append(call(at(20, 6), BOX, VICTIM_PHONE, 2400, "cell:CMCC/1"))
    money = [pay(at(20, 7), VICTIM, LAYER, 60_000, left=800)]
    money += [pay(at(20, 7, 5 + k), LAYER, f"account:CN/CMB/layer2-{k}", 9_900, left=50_500 - 9_900 * k) for k in range(6)]
    return {"contacts": calls, "transfers": money}


def neighbours() -> dict[str, list[dict[str, Any]]]:
    rounds = [call(at(20, 1, 8 * k), COURIER, f"phone:+86137{k:08d}", 30, f"cell:CMCC/{k}") for k in range(60)]
    backs = [call(at(20, 2, 40 * k), f"phone:+86137{k:08d}", COURIER, 30) for k in range(8)]
    rents = [pay(at(20, 3, 10 * k), f"account:CN/ABC/tenant{k}", LANDLORD, 2_000) for k in range(4)]
    return {
        "contacts": rounds + backs,
        "transfers": [*rents, pay(at(20, 8), LANDLORD, "account:CN/ABC/bank", 7_000, left=40_000)],
    }


@pytest.fixture(scope="module")
def index() -> Index:
    theirs, others = gang(), neighbours()
    ties = [
        {"occurred_at": at(-20), "a": VICTIM, "b": VICTIM_PHONE, "relation": "registered_with"},
        {"occurred_at": at(-20), "a": LANDLORD, "b": "phone:+8613700000009", "relation": "registered_with"},
    ]
    opened = [{"occurred_at": at(-20), "entity": LAYER, "attribute": "opened_at", "valid_from": at(-200)}]
    return world(ties=ties, tags=[], facts=opened, **{table: theirs[table] + others[table] for table in theirs})


@pytest.fixture(scope="module")
def detection(index: Index) -> Detection:
    return detect(index, load_catalogue())


def test_the_gang_is_found_and_its_victim_is_warned(detection: Detection) -> None:
    found = {(f.typology, f.subject, f.warning) for f in detection.findings}
    assert found == {
        ("sim-box", BOX, False),
        ("sim-box-slow", BOX, False),
        ("victim-drain", VICTIM, True),
        ("call-then-spread", LAYER, False),
        ("pass-through-account", LAYER, False),
    }


def test_a_finding_leads_back_to_every_step(detection: Detection) -> None:
    (spread,) = [f for f in detection.findings if f.typology == "call-then-spread"]
    assert {c.table for c in spread.citations} == {"contacts", "transfers"}
    assert spread.value_minor == 6_000_000
    assert "¥60,000.00" in spread.reason_en
    assert "60,000.00元" in spread.reason_zh


def test_a_growing_episode_keeps_its_name(index: Index) -> None:
    theirs = gang()
    later = pay(at(20, 7, 20), LAYER, "account:CN/CMB/layer2-7", 500, left=300)
    more = world(
        ties=[{"occurred_at": at(-20), "a": VICTIM, "b": VICTIM_PHONE, "relation": "registered_with"}],
        tags=[],
        contacts=theirs["contacts"],
        transfers=[*theirs["transfers"], later],
    )
    names = []
    for world_ in (index, more):
        (finding,) = [f for f in detect(world_, load_catalogue()).findings if f.typology == "call-then-spread"]
        names.append((finding.finding_id, finding.hits))
    assert names[0][0] == names[1][0]
    assert names[1][1] == names[0][1] + 1
