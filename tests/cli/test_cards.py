"""A card at a look: what its operator said of this very card, what came before and after it, whose key it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cutline.errors import UsageError
from tests.cli.desks import CLEAR, DAY, Desk, reported

HEAD = "msisdn,iccid,imsi,holder,holder_kind,activated_at,agent,status,status_at,kind,wallet_address,region\n"
WALLET = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"
NUMBER, OLD, NEW, LATER = "13800138000", "460001234567890", "460001234567891", "460001234567892"


def row(imsi: str, holder: str, since: str, status: str = "active", status_at: str = "", wallet: str = "") -> str:
    kind = "bsim" if wallet else "voice"
    return f"{NUMBER},898600123456789{imsi[-4:]},{imsi},{holder},person,{since},,{status},{status_at},{kind},{wallet},350205\n"


def cards(desk: Desk, name: str = NUMBER) -> dict[str, Any]:
    told = desk.ask("card", name, *CLEAR, "--json")["cards"]
    return {one["card"].rpartition("/")[2]: one for one in told}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A key card was lost and issued anew; later the number was given back and went to somebody else."""
    desk = reported(tmp_path)
    first = row(OLD, "p7", "2025-01-05T10:00:00+08:00", wallet=WALLET)
    desk.deliver("telecom-a", "08:00:00+08:00", {"sim.csv": HEAD + first}, department="telecom")
    closed = row(OLD, "p7", "2025-01-05T10:00:00+08:00", "closed", "2026-02-01T09:00:00+08:00", WALLET)
    anew = row(NEW, "p7", "2026-02-01T09:00:00+08:00", wallet=WALLET)
    desk.deliver("telecom-a", "09:00:00+08:00", {"sim.csv": HEAD + closed + anew}, department="telecom")
    return desk


def test_a_replaced_card_has_its_own_status_and_its_replacement(desk: Desk) -> None:
    told = cards(desk)
    assert list(told) == [NEW, OLD], "the card of today first"
    old, new = told[OLD], told[NEW]
    assert (old["status"], old["live"], old["status_since"]) == ("closed", False, "2026-02-01T01:00:00+00:00")
    assert (new["status"], new["live"], new["until"]) == ("active", True, None)
    assert (old["ended_by"]["card"], old["ended_by"]["how"], old["ended_by"]["at"]) == (
        f"subscriber:imsi/{NEW}",
        "replaced",
        "2026-02-01T01:00:00+00:00",
    )
    assert (new["began_after"]["card"], new["began_after"]["same_key"]) == (f"subscriber:imsi/{OLD}", True)
    assert (old["who_may_act"], [a["who"] for a in new["who_may_act"]]) == ([], ["telecom-a"])
    assert (old["wallet"]["key_until"], new["wallet"]["key_since"]) == ("2026-02-01T01:00:00+00:00",) * 2
    assert list(cards(desk, OLD)) == [OLD]
    assert list(cards(desk, WALLET)) == [NEW, OLD]
    text = desk.ask("card", OLD)
    assert "this card: closed since 2026-02-01" in text
    assert "replaced for the same holder" in text
    assert NUMBER not in text


def test_a_recycled_number_is_told_of_two_holders(desk: Desk) -> None:
    back = row(NEW, "p7", "2026-02-01T09:00:00+08:00", "closed", "2026-02-20T09:00:00+08:00", WALLET)
    other = row(LATER, "p9", "2026-03-02T09:00:00+08:00", "limited", "2026-03-05T09:00:00+08:00")
    desk.deliver("telecom-a", "09:30:00+08:00", {"sim.csv": HEAD + back + other}, department="telecom")
    told = cards(desk)
    assert list(told) == [LATER, NEW, OLD]
    assert [one["holder"].rpartition("/")[2] for one in told.values()] == ["p9", "p7", "p7"]
    assert [one["status"] for one in told.values()] == ["limited", "closed", "closed"]
    assert told[NEW]["ended_by"]["how"] == "recycled"
    assert told[LATER]["began_after"] == {
        "card": f"subscriber:imsi/{NEW}",
        "at": "2026-03-02T01:00:00+00:00",
        "how": "recycled",
        "same_key": False,
    }
    assert told[LATER]["wallet"] is None
    assert "号码曾属他人" in desk.ask("card", NUMBER)


def test_what_a_number_did_under_a_later_card_is_not_the_earlier_cards(desk: Desk) -> None:
    head = "record_id,a_number,b_number,start,duration_s,type,imsi\n"
    calls = f"c1,{NUMBER},13900139000,2026-01-10T10:00:00+08:00,60,call,\n"
    calls += f"c2,{NUMBER},13900139000,{DAY}09:10:00+08:00,60,call,{NEW}\n"
    desk.deliver("telecom-a", "09:40:00+08:00", {"cdr.csv": head + calls}, department="telecom", covers_from="2026-01-01")
    told = cards(desk)
    assert told[OLD]["last_used"]["at"] == "2026-01-10T02:00:00+00:00"
    assert told[NEW]["last_used"]["at"] == "2026-03-10T01:10:00+00:00"


def test_a_card_that_nobody_knows_says_by_what_it_could_be_known(desk: Desk) -> None:
    with pytest.raises(UsageError, match="by its number"):
        desk.ask("card", "89860012345678901234")
