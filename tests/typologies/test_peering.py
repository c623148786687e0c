"""Peers of the same class or age: as the slow reference says, and unknown where nobody recorded it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.typologies import peering
from cutline.typologies.catalogue import load_catalogue
from tests.typologies import reference
from tests.typologies.test_meaning import ACCOUNTS, HEAD, swept, transfers
from tests.worlds import at, world

ALIKE = """
on: transfers.in
when:
  - count(transfers.in, 30h) >= peers(p50, count(transfers.in, 20h), same class)
  - sum(transfers.in.value, 20h) >= peers(p50, sum(transfers.in.value, 20h), same age) or count(transfers.in, 5h) == 1
"""


@st.composite
def facts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Of every account but perhaps the last its class, which may change, and when it was opened."""
    rows: list[dict[str, Any]] = []
    for entity in ACCOUNTS[: draw(st.sampled_from([3, 4]))]:
        opened, word = draw(st.sampled_from([at(-20), at(-28.5), at(-100)])), draw(st.sampled_from(["I", "I", "II"]))
        begins = draw(st.sampled_from([None, at(-1), at(hours=20)]))
        row = {"occurred_at": at(-1), "entity": entity}
        rows.append({**row, "attribute": "opened_at", "value": "then", "valid_from": opened})
        rows.append({**row, "attribute": "class", "value": word, "valid_from": begins})
    return rows


def test_peers_of_one_class_or_age_equal_the_reference(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peering, "LEAST", 2)
    folder = tmp_path_factory.mktemp("peers")
    (folder / "alike.yaml").write_text(HEAD.format("alike") + ALIKE.strip() + "\n")
    catalogue = load_catalogue(folder)
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(money=st.lists(transfers, min_size=15, max_size=25), records=facts())
    def look(money: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
        index = world((at(-9), at(30)), transfers=money, facts=records)
        got = swept(index, catalogue)["alike"]
        assert got == reference.judge(index, catalogue["alike"].document)
        seen.update(outcome for _, _, outcome in got)

    look()
    assert seen.keys() == {"hit", "clear", "not_assessable"}
