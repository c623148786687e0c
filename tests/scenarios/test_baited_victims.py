"""Victims of three baits are warned with words that help; those who only resemble them, and those who cheat, are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.typologies.catalogue import load_catalogue
from cutline.typologies.detection import Detection, detect
from tests.worlds import at, world

Row = dict[str, Any]
BAITED, REFUNDED = "account:CN/ABC/baited", "account:CN/ABC/refunded"
FACED, STUDENT = "phone:+8613800000001", "phone:+8613800000002"
ROBBED, RENEWED = "address:evm/ROBBED", "address:evm/RENEWED"
SPLITTER, WHOLESALER = "account:CN/ICBK/splitter", "account:CN/ICBK/wholesaler"
EVADER = "account:CN/ICBK/evader"


def pay(day: float, payer: str, payee: str, yuan: int, **more: Any) -> Row:
    row = {"occurred_at": at(day), "payer": payer, "payee": payee, "amount": yuan * 100, "asset": "CNY", "rail": "bank"}
    return {**row, "channel": "mobile", "remote_session": False, "identity_check": "passed", **more}


def baits() -> list[Row]:
    rows = [pay(20, BAITED, "account:CN/CMB/m1", 200), pay(20.2, "account:CN/CMB/m2", BAITED, 236)]
    rows += [pay(20.4, BAITED, "account:CN/CMB/m3", 6_800)]
    rows += [pay(20, REFUNDED, "account:CN/CMB/shop", 200), pay(20.2, "account:CN/CMB/shop", REFUNDED, 212, channel="web")]
    return [*rows, *[pay(day, REFUNDED, "account:CN/CMB/landlord", 5_000) for day in (16, 20.4)]]


def faces() -> list[Row]:
    rows = [pay(21.03, "account:CN/ABC/faced", "account:CN/CMB/m4", 60_000, identity_check="failed")]
    rows += [pay(day, "account:CN/ABC/student", "account:CN/CMB/school", 9_000, identity_check="failed") for day in (17, 21.03)]
    return rows


def splits() -> list[Row]:
    rows = [pay(22 + k / 100, SPLITTER, f"account:CN/CMB/s{k}", 48_900) for k in range(4)]
    rows += [pay(10 + k, WHOLESALER, f"account:CN/CMB/w{k % 3}", 48_900) for k in range(12)]
    rows += [pay(22 + k / 100, WHOLESALER, f"account:CN/CMB/w{k}", 48_900) for k in range(3)]
    return rows + [pay(24.2 + k / 100, EVADER, "account:CN/CMB/out", 3_000) for k in range(5)]


def wallets() -> list[Row]:
    chain = {"rail": "chain", "channel": None}
    rows = [pay(16, wallet, "address:evm/SHOP", 900, **chain) for wallet in (ROBBED, RENEWED)]
    return [
        *rows,
        pay(22.1, ROBBED, "address:evm/THIEF", 40_000, **chain),
        pay(22.1, RENEWED, "address:evm/SHOP", 4_000, **chain),
    ]


@pytest.fixture(scope="module")
def detection() -> Detection:
    ties = [
        {"occurred_at": at(-30), "a": f"{kind}/{who}", "b": phone, "relation": "registered_with"}
        for who, phone in (("faced", FACED), ("student", STUDENT))
        for kind in ("account:CN/ABC", "handle:qq")
    ]
    ties += [
        {"occurred_at": at(day), "a": f"subscriber:iccid/{card}{wallet[-3:]}", "b": wallet, "relation": "keys_for"}
        for wallet in (ROBBED, RENEWED)
        for card, day in ((1, -30), (2, 22))
    ]
    shown = [
        {"occurred_at": at(21), "source": f"handle:qq/{who}", "target": target, "medium": "video_call", "duration_s": 50}
        for who, target in (("boss", "handle:qq/faced"), ("mother", "handle:qq/student"))
    ]
    sessions = [
        {"occurred_at": at(20), "handle": f"handle:qq/{who}", "identity_check": "passed"} for who in ("faced", "student")
    ]
    froze = [{"occurred_at": at(24), "holder": "organisation:psb/ICBK", "kind": "freeze", "about": EVADER}]
    transfers = [*baits(), *faces(), *splits(), *wallets()]
    opened = [{"occurred_at": at(0), "entity": "account:CN/CMB/m3", "attribute": "opened_at", "valid_from": at(0)}]
    index = world(transfers=transfers, ties=ties, contacts=shown, sessions=sessions, requests=froze, facts=opened)
    return detect(index, load_catalogue())


@pytest.mark.parametrize(
    ("typology", "subject", "warned"),
    [
        ("refund-lure", BAITED, True),
        ("deepfake-urgency", FACED, True),
        ("bsim-key-takeover", ROBBED, True),
        ("structuring", SPLITTER, False),
        ("freeze-evasion", EVADER, False),
    ],
)
def test_each_finds_its_own_and_nobody_else(detection: Detection, typology: str, subject: str, warned: bool) -> None:
    mine = [f for f in detection.findings if f.typology == typology]
    assert {f.subject for f in mine} == {subject}
    for finding in mine:
        assert finding.warning == warned
        assert bool(finding.advice_en and finding.advice_zh) == warned
        assert finding.citations


def test_no_look_alike_is_named_by_anything(detection: Detection) -> None:
    innocent = {REFUNDED, STUDENT, RENEWED, WHOLESALER, "account:CN/ABC/student"}
    assert not {(f.typology, f.subject) for f in detection.findings if f.subject in innocent}


def test_no_victim_is_accused(detection: Detection) -> None:
    victims = {BAITED, FACED, ROBBED, "account:CN/ABC/faced"}
    assert not {(f.typology, f.subject) for f in detection.findings if f.subject in victims and not f.warning}
