"""Lures: where suspects' adverts want to be answered, and whose phone fell silent after talking with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, finding, merged, no_losses, tie
from tests.worlds import at


def subjects(rows: Rows, *suspects: str, typology: str = "job-lure") -> dict[str, set[str]]:
    """Whom each kind of association names."""
    index = build(rows)
    accused = [finding(index, one, (), "ties", typology=typology) for one in suspects]
    by_kind: dict[str, set[str]] = {}
    for one in associate(index, accused, no_losses()):
        by_kind.setdefault(one.typology, set()).add(one.subject)
    return by_kind


def test_the_number_of_a_lure_is_named_and_that_of_an_honest_firm_in_it_is_not():
    told = [tie("handle:w/lure", "phone:+86-lure", "mentions"), tie("handle:w/lure", "phone:+86-firm", "mentions")]
    told += [tie(f"handle:w/hr{k}", "phone:+86-firm", "mentions") for k in range(2)]
    told += [tie("person:id/victim", "phone:+86-asked", "mentions"), tie("handle:w/lure", "organisation:x/name", "mentions")]
    assert subjects(merged({"ties": told}), "handle:w/lure") == {"named-in-lures": {"phone:+86-lure"}}


def call(source: str, target: str, when: datetime, duration_s: int = 200) -> dict[str, Any]:
    return {"occurred_at": when, "source": source, "target": target, "medium": "call", "duration_s": duration_s}


def silence_world() -> Rows:
    """One who talked with a lure and left; one who talked and stayed; one who changed the number; one who hardly calls."""
    contacts = [call("phone:+86-lure", f"phone:+86-{who}", at(9), 300) for who in ("gone", "stayed", "rare")]
    for day in range(30):
        contacts += [call(f"phone:+86-{who}", "phone:+86-friend", at(day, 10)) for who in ("stayed", "friend2")]
        if day < 10:
            contacts += [call(f"phone:+86-{who}", "phone:+86-friend", at(day, 11)) for who in ("gone", "changed")]
        else:
            contacts.append(call("phone:+86-friend", "phone:+86-gone", at(day, 12), 0))
    contacts.append(call("phone:+86-rare", "phone:+86-friend", at(3)))
    ties = [tie(f"person:op/{who}", f"phone:+86-{who}", "owns") for who in ("gone", "stayed", "changed", "rare")]
    return merged({"contacts": contacts, "ties": [*ties, tie("handle:w/lure", "phone:+86-lure", "mentions")]})


def test_a_phone_silent_since_it_talked_with_a_lure_is_named_with_its_owner_and_others_are_not():
    named = subjects(silence_world(), "handle:w/lure")
    assert named["silent-after-lure"] == {"phone:+86-gone"}
    assert named["lured-away"] == {"person:op/gone"}


def leaving_world() -> Rows:
    """One wrote both ways with a recruiter, left and is silent; one writes from abroad; one only asked; one came back."""

    def wrote(source: str, target: str, day: float) -> dict[str, Any]:
        return {"occurred_at": at(day), "source": f"handle:w/{source}", "target": f"handle:w/{target}", "medium": "message"}

    people = ("held", "travels", "asked", "back")
    contacts = [wrote(who, "lure", 9) for who in people] + [wrote("lure", who, 9.1) for who in people if who != "asked"]
    contacts += [wrote("travels", "friend", 20), wrote("friend", "friend2", 30)]
    crossings = [
        {"occurred_at": at(10), "person": f"person:op/{who}", "kind": "crossing", "direction": "out"} for who in people
    ]
    crossings.append({"occurred_at": at(15), "person": "person:op/back", "kind": "crossing", "direction": "in"})
    ties = [tie(f"person:op/{who}", f"phone:+86-{who}", "owns") for who in people]
    ties += [tie(f"handle:w/{who}", f"phone:+86-{who}", "registered_with") for who in people]
    return merged({"contacts": contacts, "movements": crossings, "ties": ties})


def test_who_left_after_talking_both_ways_with_a_recruiter_and_is_silent_is_named_whoever_paid():
    assert subjects(leaving_world(), "handle:w/lure") == {"lured-away": {"person:op/held"}}
