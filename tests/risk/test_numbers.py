"""Numbers kept to register suspect accounts with; and the everyday numbers, strangers' and borrowed ones that are not."""

from __future__ import annotations

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, finding, merged, no_losses, tie
from tests.worlds import at


def kept(rows: Rows, *suspects: str) -> set[str]:
    index = build(rows)
    accused = [finding(index, one, (), "ties", strength=1.0) for one in suspects]
    return {one.subject for one in associate(index, accused, no_losses()) if one.typology == "number-kept-for-suspects"}


def number(name: str, owner: str, *accounts: str) -> list[dict[str, object]]:
    phone = f"phone:+86-{name}"
    return [tie(f"person:t/{owner}", phone, "owns"), *(tie(one, phone, "registered_with") for one in accounts)]


def call(source: str, target: str, duration_s: int, medium: str = "call") -> dict[str, object]:
    ends = {"source": f"phone:+86-{source}", "target": f"phone:+86-{target}"}
    return {"occurred_at": at(2), "medium": medium, "duration_s": duration_s, **ends}


ANYBODY = [call("a", "b", 60)]


def test_a_silent_number_of_a_suspect_account_is_named_and_one_that_talks_or_serves_others_too_is_not():
    ties = number("silent", "m", "account:B/1") + number("everyday", "n", "account:B/2")
    ties += number("family", "o", "account:B/3", "account:B/innocent") + number("rung", "p", "account:B/4")
    ties += [tie("account:B/5", "phone:+86-abroad", "registered_with")]
    calls = [call("95588", "silent", 0, "sms"), call("b", "silent", 0), call("everyday", "a", 0), call("a", "rung", 40)]
    rows = merged({"ties": ties, "contacts": [*ANYBODY, *calls]})
    assert kept(rows, *(f"account:B/{k}" for k in range(1, 6))) == {"phone:+86-silent"}


def test_an_internet_account_alone_may_be_opened_with_anybodys_number_and_two_numbers_of_one_owner_are_no_chance():
    ties = number("lone", "m", "handle:w/1") + number("one", "farmer", "handle:w/2") + number("two", "farmer", "handle:w/3")
    rows = merged({"ties": ties, "contacts": ANYBODY})
    assert kept(rows, "handle:w/1", "handle:w/2", "handle:w/3") == {"phone:+86-one", "phone:+86-two"}
    assert kept(rows, "handle:w/1", "handle:w/2") == set()


def test_without_calls_nobody_knows_who_is_silent():
    assert kept(merged({"ties": number("silent", "m", "account:B/1")}), "account:B/1") == set()
