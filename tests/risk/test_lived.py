"""An account on the number on which friends ring its owner is the owner's: used in a compound, it accuses nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from cutline.graph.index import Index
from cutline.risk import rank
from cutline.risk.association import associate
from cutline.risk.lived import everyday_numbers
from tests.risk.gangs import Rows, build, finding, merged, no_losses, tie
from tests.worlds import at


def call(source: str, target: str, when: datetime, duration_s: int = 100) -> dict[str, Any]:
    return {"occurred_at": when, "source": f"phone:{source}", "target": f"phone:{target}", "medium": "call",
            "duration_s": duration_s}  # fmt: skip


def compound_world() -> Rows:
    """Friends ring one number; a work number rings strangers; a third is only rung by its boss, a fourth never answers."""
    contacts = [call(f"friend{k}", "own", at(1 + k)) for k in range(3)] + [call("own", "friend0", at(5)) for _ in range(4)]
    contacts += [call("work", f"stranger{k}", at(2, k)) for k in range(12)] + [
        call(f"stranger{k}", "work", at(3)) for k in (1, 2)
    ]
    contacts += [call("boss", "held", at(4, k)) for k in range(5)]
    contacts += [call(f"friend{k}", "deaf", at(1 + k), 0) for k in range(5)]
    numbers = ("own", "work", "held", "deaf")
    ties = [tie(f"handle:w/{name}", f"phone:{name}", "registered_with") for name in numbers]
    ties += [tie(f"person:op/{name}", f"phone:{name}", "owns") for name in numbers]
    ties += [tie(f"handle:w/{name}", "device:w/desk", "uses") for name in numbers]
    return merged({"contacts": contacts, "ties": ties})


def codes(index: Index, *names: str) -> list[int]:
    return [index.code(name) for name in names]


def test_a_number_is_an_everyday_one_if_several_people_ring_it_and_somebody_answers():
    index = build(compound_world())
    assert {index.entity(int(k)) for k in np.flatnonzero(everyday_numbers(index))} == {"phone:own"}


def test_the_account_of_who_may_be_held_is_accused_of_nothing_and_its_owner_is_told_of():
    index = build(compound_world())
    handles = [f"handle:w/{name}" for name in ("own", "work", "held", "deaf")]
    seen = [finding(index, one, (), "ties", typology="compound", strength=0.9) for one in handles]
    company = associate(index, seen, no_losses())
    named = {one.typology: {f.subject for f in company if f.typology == one.typology} for one in company}
    assert named["lured-away"] == {"person:op/own"}
    assert "handle:w/own" not in {one.subject for one in company}
    ranking = rank(index, [*seen, *company])
    assert [ranking.own[code] > 0 for code in codes(index, *handles)] == [False, True, True, True]


def test_what_such_an_account_does_itself_still_counts():
    index = build(compound_world())
    seen = [finding(index, "handle:w/own", (), "ties", typology=kind, strength=0.9) for kind in ("compound", "job-lure")]
    assert rank(index, seen).own[index.code("handle:w/own")] > 0
