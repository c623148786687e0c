"""What an officer may name to a trace, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.desks import CLEAR, DAY, MULE, Desk, reported

AGAIN = {
    "report_id": "RPT2",
    "kind": "loss",
    "received_at": DAY + "10:40:00+08:00",
    "payments": [{"time": DAY + "10:00:00+08:00", "amount": "50000.00", "currency": "CNY", "reference": "T1"}],
}
ASKED = ("--authority", "PSB", "--reason", "called", "--at", DAY + "11:00:00+08:00", "--json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return reported(tmp_path)


def test_a_payment_that_another_report_told_first_is_followed_and_says_so(desk: Desk) -> None:
    desk.deliver("police", "10:45:00+08:00", {"reports.jsonl": json.dumps(AGAIN) + "\n"})
    told = desk.ask("trace", "RPT2", *CLEAR, "--json")
    assert [(t["stolen_minor"], t["terminals"][0]["entity"]) for t in told["traces"]] == [(50_000_00, MULE)]
    assert (told["also_told_in"], told["unresolved"]) == (["RPT1"], [])
    assert "also told in report RPT1" in desk.ask("trace", "RPT2")
    assert desk.ask("requests", "prepare", "RPT2", *ASKED)["prepared"]
    assert desk.ask("trace", "RPT1", "--json")["also_told_in"] == []
