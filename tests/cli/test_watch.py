"""Money that rests is watched: it is told when it moves, once, whoever tells of it and however late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cutline.errors import UsageError
from cutline.workspace import watching
from tests.cli.desks import CLEAR, MULE, NEXT, Desk, reported, transfers

WHY = ("--legal-basis", "Anti-Telecom and Online Fraud Law, art. 20", "--reason", "RPT1, the bank has not answered yet")
RAN_ON = ("T3", "10:40:00", "ICBK/62220002", "CCB/62270003", "45000.00")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return reported(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on which nothing is changed."""
    return reported(tmp_path_factory.mktemp("still"))


def check(desk: Desk) -> tuple[int, Any]:
    code, told = desk.run("watch", "check", *CLEAR, "--json")
    return code, json.loads(told)


def answer(desk: Desk, source: str, *rows: tuple[str, str, str, str, str], received: str = "10:50:00+08:00") -> None:
    desk.deliver(source, received, {"transfers.csv": transfers(*rows)}, department="finance")


def test_watched_money_moves_and_is_told_once(desk: Desk) -> None:
    added = desk.ask("watch", "add", "--trace", "RPT1", *WHY, "--json")
    assert [w["seed"] for w in added["watches"]] == ["RPT1"]
    assert "~" in added["watches"][0]["entity"]
    again = desk.ask("watch", "add", "--trace", "RPT1", *WHY, "--json")
    assert [w["watch_id"] for w in again["watches"]] == [w["watch_id"] for w in added["watches"]]
    assert check(desk) == (0, {"as_of": None, "watches": 1, "alerts": [], "stops": []})
    answer(desk, "ICBK", RAN_ON, ("T4", "10:41:00", "BOC/1", "CCB/62270009", "5.00"))
    code, told = check(desk)
    assert code == 10
    (alert,) = told["alerts"]
    assert (alert["entity"], alert["payee"], alert["amount_minor"]) == (MULE, NEXT, 45_000_00)
    assert (alert["fifo_minor"], alert["tainted_first_minor"], alert["late"]) == (45_000_00, 45_000_00, False)
    assert [(s["entity"], s["amount_minor"], s["institution"]) for s in told["stops"]] == [(NEXT, 45_000_00, "CN/CCB")]
    assert check(desk)[0] == 0, "told once"
    listed = desk.ask("watch", "list", *CLEAR, "--json")
    assert [m["alert_id"] for m in listed["alerts"]] == [alert["alert_id"]]
    assert listed["watches"][0]["alerts"] == 1
    table = desk.ask("watch", "list")
    assert "account~" in table
    assert "6227" not in table


def test_who_reports_it_later_moves_nothing_again_and_the_late_is_not_missed(desk: Desk) -> None:
    desk.ask("watch", "add", MULE, *WHY)
    answer(desk, "ICBK", RAN_ON)
    assert len(check(desk)[1]["alerts"]) == 1
    same = ("X7", "10:40:05", "ICBK/62220002", "CCB/62270003", "45000.00")
    answer(desk, "CCB", same, received="10:55:00+08:00")
    assert check(desk)[0] == 0, "the payee's bank tells of the same payment"
    late = ("T5", "10:20:00", "ICBK/62220002", "BOC/777", "600.00")
    answer(desk, "ICBK", late, received="10:20:30+08:00")
    code, told = check(desk)
    (alert,) = told["alerts"]
    assert (code, alert["amount_minor"], alert["late"]) == (10, 600_00, True)
    assert alert["known_at"].startswith("2026-03-10T02:20:30"), "dated before the last check, come in after it"


def test_fifo_and_tainted_first_bound_what_left(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    before = [("A0", "08:00:00", "BOC/5", "ICBK/62220002", "300.00"), ("A9", "10:30:00", "BOC/1", "BOC/2", "1.00")]
    stolen = ("A1", "10:00:00", "CCB/62270001", "ICBK/62220002", "700.00")
    report = {
        "report_id": "RPT1",
        "kind": "loss",
        "received_at": "2026-03-10T10:30:00+08:00",
        "loss": "700.00",
        "payments": [{"amount": "700.00", "currency": "CNY", "reference": "A1"}],
    }
    answer(desk, "ICBK", *before, stolen, received="10:31:00+08:00")
    desk.deliver("police", "10:32:00+08:00", {"reports.jsonl": json.dumps(report) + "\n"})
    desk.ask("watch", "add", "--trace", "RPT1", *WHY)
    answer(desk, "ICBK", ("A2", "10:40:00", "ICBK/62220002", "CCB/62270003", "500.00"))
    (alert,) = check(desk)[1]["alerts"]
    assert (alert["fifo_minor"], alert["tainted_first_minor"]) == (200_00, 500_00), "300 of the mule's own went first, or not"


def test_a_killed_check_tells_again_and_keeps_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ask("watch", "add", MULE, *WHY)
    answer(desk, "ICBK", RAN_ON)

    class KilledError(BaseException):
        pass

    def die(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("cutline.store.watches.WatchBook.check", die)
        with pytest.raises(KilledError):
            desk.run("watch", "check")
    code, told = check(desk)
    assert (code, len(told["alerts"])) == (10, 1)
    assert check(desk)[0] == 0
    assert len(desk.ask("watch", "list", *CLEAR, "--json")["alerts"]) == 1


def test_a_lifted_watch_is_silent_and_stays_in_the_book(desk: Desk) -> None:
    (watch,) = desk.ask("watch", "add", MULE, *WHY, "--json")["watches"]
    desk.ask("watch", "remove", watch["watch_id"], "--reason", "the bank has frozen it")
    answer(desk, "ICBK", RAN_ON)
    assert check(desk) == (0, {"as_of": None, "watches": 0, "alerts": [], "stops": []})
    assert desk.ask("watch", "list", "--json")["watches"] == []
    (kept,) = desk.ask("watch", "list", "--all", "--json")["watches"]
    assert kept["removed_by"] == "li"
    (anew,) = desk.ask("watch", "add", MULE, *WHY, "--json")["watches"]
    assert anew["watch_id"] != watch["watch_id"]
    assert check(desk)[0] == 0, "what was known when the watch was set anew is no news"


def test_after_a_purge_nothing_is_left_of_what_was_told(tmp_path: Path) -> None:
    desk = reported(tmp_path)
    desk.ask("watch", "add", MULE, *WHY)
    desk.deliver("ICBK", "10:50:00+08:00", {"t.csv": transfers(RAN_ON)}, department="finance", delete_by="2026-04-01")
    second = ("T8", "10:44:00", "ICBK/62220002", "BOC/777", "100.00")
    answer(desk, "ICBK", second)
    assert len(check(desk)[1]["alerts"]) == 2
    assert desk.ask("purge", "--json")["batches"] == 1
    left = desk.ask("watch", "list", *CLEAR, "--json")["alerts"]
    assert [m["amount_minor"] for m in left] == [100_00]
    assert check(desk)[0] == 0
    book = (desk.folder / "case" / "watches" / "book.jsonl").read_text()
    assert "45000" not in book
    assert "4500000" not in book


@pytest.mark.slow
def test_a_run_says_which_watched_money_moved(desk: Desk) -> None:
    desk.ask("run", "--json")
    desk.ask("watch", "add", MULE, *WHY)
    answer(desk, "ICBK", RAN_ON)
    told = desk.ask("run", "--json")["watched"]
    assert [m["amount_minor"] for m in told["alerts"]] == [45_000_00]
    assert "account:" not in json.dumps(told)
    assert desk.ask("run", "--json")["watched"]["alerts"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", MULE, "--reason", "why not"), "legal basis"),
        (("add", *WHY), "expected one of the two"),
        (("add", MULE, "--trace", "RPT1", *WHY), "expected one of the two"),
        (("add", "phone:+8613800138000", *WHY), "holds no money"),
        (("add", "account:CN/ICBK/99", *WHY), "occurs in none of the records"),
        (("add", "--trace", "RPT9", *WHY), "no report, ring, transfer"),
        (("remove", "W1", "--reason", "done"), "watch list"),
        (("check", "--unmask"), "say why"),
    ],
)
def test_what_makes_no_sense_says_what_would(still: Desk, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        still.ask("watch", *words)


def test_places_where_money_does_not_rest_are_named() -> None:
    assert {str(how) for how in watching.RESTS} == {"residual", "frozen"}


def test_only_what_leaves_after_the_watch_carries_and_at_most_is_never_less(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    came = [
        ("A0", "08:00:00", "BOC/5", "ICBK/62220002", "300.00"),
        ("A1", "09:00:00", "CCB/62270001", "ICBK/62220002", "700.00"),
    ]
    answer(desk, "ICBK", *came, ("A2", "10:00:00", "ICBK/62220002", "BOC/8", "400.00"), received="10:31:00+08:00")
    desk.ask("watch", "add", MULE, *WHY)
    answer(desk, "ICBK", ("A3", "10:40:00", "ICBK/62220002", "CCB/62270003", "500.00"))
    told = check(desk)[1]
    (alert,) = told["alerts"]
    assert (alert["fifo_minor"], alert["tainted_first_minor"]) == (500_00, 500_00), "what left at ten was gone already"
    assert [(s["entity"], s["amount_minor"]) for s in told["stops"]] == [(NEXT, 500_00)]


def test_a_payment_that_two_watches_meet_is_told_once(desk: Desk) -> None:
    desk.ask("watch", "add", MULE, *WHY)
    desk.ask("watch", "add", "--trace", "RPT1", *WHY)
    answer(desk, "ICBK", RAN_ON)
    told = check(desk)[1]
    assert [m["amount_minor"] for m in told["alerts"]] == [45_000_00]
    assert len(told["stops"]) == 1
    assert check(desk)[0] == 0
    listed = desk.ask("watch", "list", *CLEAR, "--json")
    assert [w["alerts"] for w in listed["watches"]] == [1, 1]
    assert len(listed["alerts"]) == 1
