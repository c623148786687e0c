"""Whether two had been in touch before, against a plain reading of every earlier row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.index import Index
from cutline.graph.small_world import small_world
from cutline.typologies.encounters import met
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN
from cutline.typologies.rows import Rows
from cutline.typologies.trees import Ask
from tests.worlds import at

HOUR_US = 3_600_000_000
PHONES = [f"phone:+8613800000{n:03}" for n in range(4)]


def calls(rows: list[tuple[int, int, int]], since: int = -1000) -> Index:
    told = [
        {"occurred_at": at(0) + timedelta(hours=hour), "source": PHONES[a], "target": PHONES[b], "medium": "call"}
        for hour, a, b in rows
    ]
    return small_world((at(0) + timedelta(hours=since), at(90)), {"contacts": told})


def answers(index: Index, window: int, before: int = 0, role: str = "target") -> list[int]:
    other = "source" if role == "target" else "target"
    ask = Ask(0, "met", other, "", role, window * HOUR_US, before * HOUR_US)
    return [int(one) for one in met(Rows(index), "contacts", ask)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.integers(0, 3)).filter(lambda r: r[1] != r[2]), max_size=25),
    st.integers(1, 12),
    st.integers(0, 6),
    st.integers(-5, 10),
)
def test_a_row_in_the_window_whichever_way_it_led_is_found_and_no_other(
    rows: list[tuple[int, int, int]], window: int, before: int, since: int
) -> None:
    index = calls(rows, since)
    table = index.tables["contacts"]
    if not len(table):
        assert answers(index, window, before) == []
        return
    seen = list(zip(table.t_us.tolist(), table.columns["source"].tolist(), table.columns["target"].tolist(), strict=True))
    start = table.coverage.from_us
    assert start is not None
    for k, found in enumerate(answers(index, window, before)):
        t_us, a, b = seen[k]
        end = t_us - before * HOUR_US
        begin = end - window * HOUR_US
        known = any(begin <= when < end and {x, y} == {a, b} for when, x, y in seen)
        assert found == (TRUE if known else FALSE if begin >= start else UNKNOWN)


def test_a_side_that_is_not_known_may_be_anybody() -> None:
    told: list[dict[str, Any]] = [{"occurred_at": at(5), "source": None, "target": PHONES[0], "medium": "call"}]
    assert answers(small_world((at(0), at(90)), {"contacts": told}), 24) == [UNKNOWN]


def test_the_operator_of_whom_it_is_asked_must_have_delivered() -> None:
    index = calls([(100, 0, 1)], since=90)
    assert answers(index, 24) == [UNKNOWN]
    assert answers(index, 5) == [FALSE]
