"""Pages of one build: what victims name of it speaks for all of it, unless it is a host's that everybody uses."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, merged, no_losses, tie
from tests.worlds import at


def told(page: str, attribute: str, value: str) -> dict[str, Any]:
    return {"occurred_at": at(1), "entity": f"website:{page}", "attribute": attribute, "value": value, "valid_from": at(1)}


def pages_world(reporters: int, shops: int) -> Rows:
    """Two of a maker's three pages, and one page at a host, are named by victims."""
    facts = [told(f"bad{k}.example", "app_id", "com.bad") for k in range(3)]
    facts += [told(f"shop{k}.example", "certificate", "host") for k in range(shops)]
    named = [tie(f"person:id/v{k}", f"website:bad{k % 2}.example", "mentions") for k in range(reporters)]
    named += [tie(f"person:id/v{k}", "website:shop0.example", "mentions") for k in range(reporters)]
    reports = [{"occurred_at": at(9), "kind": "loss", "reporter": f"person:id/v{k}"} for k in range(reporters)]
    return merged({"facts": facts, "ties": named, "reports": reports})


@pytest.mark.parametrize(("reporters", "expected"), [(2, {"bad0", "bad1", "bad2"}), (1, set())])
def test_pages_of_the_build_that_two_victims_name_are_named_and_one_report_never_brands(reporters, expected):
    found = associate(build(pages_world(reporters, shops=12)), [], no_losses())
    assert {one.subject for one in found if one.typology == "built-alike"} == {f"website:{name}.example" for name in expected}
