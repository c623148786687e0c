"""One clock in one answer: what was known by then, and minutes from then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cutline.errors import UsageError
from tests.cli.desks import CLEAR, DAY, MULE, NEXT, Desk, reported, transfers

AUTHORITY = ("--authority", "Putian Public Security Bureau", "--reason", "the victim called at 10:30")
BASIS = ("--legal-basis", "art. 20", "--reason", "the bank has not answered yet")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The mule's bank tells half an hour later that the money had run on at 10:20."""
    desk = reported(tmp_path)
    ran = transfers(("T3", "10:20:00", "ICBK/62220002", "CCB/62270003", "45000.00"))
    desk.deliver("ICBK", "11:00:00+08:00", {"transfers.csv": ran}, department="finance")
    return desk


def traced(desk: Desk, *words: str) -> Any:
    (one,) = desk.ask("trace", "RPT1", *words, *CLEAR, "--json")["traces"]
    return one


def lies(one: Any) -> dict[str, tuple[int, int]]:
    return {s["entity"]: (s["amount_minor"], s["minutes"]) for s in one["stops"]}


def test_minutes_are_counted_from_the_last_that_is_known(desk: Desk) -> None:
    first = traced(desk)
    assert (first["as_of"], first["records_until"]) == ("2026-03-10T02:25:00+00:00",) * 2
    assert lies(first) == {MULE: (5_000_00, 25), NEXT: (45_000_00, 5)}
    desk.ask("requests", "prepare", "RPT1", *AUTHORITY, "--at", DAY + "11:10:00+08:00")
    later = traced(desk)
    assert (later["as_of"], later["records_until"]) == ("2026-03-10T03:10:00+00:00", "2026-03-10T02:25:00+00:00")
    assert lies(later) == {MULE: (5_000_00, 70), NEXT: (45_000_00, 50)}
    assert {s["asked"]["as_of"] for s in later["stops"]} == {later["as_of"]}, "one clock for all of it"
    assert all(a["chance"] > b["chance"] for a, b in zip(first["stops"], later["stops"], strict=True))


def test_a_named_moment_is_the_clock_of_all_of_it(desk: Desk) -> None:
    now = traced(desk, "--at", DAY + "12:00:00+08:00")
    assert (now["as_of"], lies(now)) == ("2026-03-10T04:00:00+00:00", {MULE: (5_000_00, 120), NEXT: (45_000_00, 100)})
    assert "minutes are counted from 2026-03-10 04:00" in desk.ask("trace", "RPT1", "--at", DAY + "12:00:00+08:00")
    desk.ask("requests", "prepare", "RPT1", *AUTHORITY, "--at", DAY + "11:10:00+08:00")
    before = traced(desk, "--at", DAY + "11:05:00+08:00")
    assert {s["asked"] and s["asked"]["standing"] for s in before["stops"]} == {None}, "nobody had asked by then"


def test_what_came_later_is_not_known_yet(desk: Desk) -> None:
    early = traced(desk, "--at", DAY + "10:40:00+08:00")
    assert lies(early) == {MULE: (50_000_00, 40)}
    drafted = desk.ask("requests", "prepare", "RPT1", *AUTHORITY, "--at", DAY + "10:41:00+08:00", "--json")
    assert {r["asked"] for r in drafted["prepared"]} == {"¥50,000.00"}, "asked for what was known to lie there"
    assert lies(traced(desk)).keys() == {MULE, NEXT}, "looking back changes nothing of today"
    for words in (("trace", "RPT1"), ("returns", "RPT1")):
        with pytest.raises(UsageError, match="nothing was known as of"):
            desk.ask(*words, "--at", DAY + "10:00:00+08:00")
        with pytest.raises(UsageError, match="still to come"):
            desk.ask(*words, "--at", "2999-01-01")
        with pytest.raises(UsageError, match="expected a time such as"):
            desk.ask(*words, "--at", "noon")


def test_a_run_looks_back_to_no_time_still_to_come(desk: Desk) -> None:
    for words in (("run",), ("alerts",)):
        with pytest.raises(UsageError, match="still to come"):
            desk.ask(*words, "--as-of", "2999-01-01")


def test_returns_and_watches_name_their_clock(desk: Desk) -> None:
    told = desk.ask("returns", "RPT1", "--json")
    assert told["as_of"] == "2026-03-10T02:25:00+00:00"
    assert desk.ask("returns", "RPT1", "--at", DAY + "12:00:00+08:00", "--json")["as_of"] == "2026-03-10T04:00:00+00:00"
    with pytest.raises(UsageError, match="run --as-of"):
        desk.ask("returns", "RPT1", "--at", DAY + "10:40:00+08:00")
    desk.ask("watch", "add", NEXT, *BASIS)
    ran = transfers(("T5", "10:24:00", "CCB/62270003", "BOC/77", "45000.00"))
    desk.deliver("CCB", "11:20:00+08:00", {"transfers.csv": ran}, department="finance")
    code, said = desk.run("watch", "check", "--json")
    assert (code, '"as_of": "2026-03-10T02:25:00+00:00"' in said) == (10, True)


def test_nobody_decides_nothing(desk: Desk) -> None:
    for words in (("watch", "add", NEXT, *BASIS), ("requests", "prepare", "RPT1", *AUTHORITY)):
        with pytest.raises(UsageError, match="CUTLINE_ACTOR"):
            desk.ask(*words, actor="unknown")
    assert desk.ask("watch", "list", "--json", actor="unknown")["watches"] == []
