"""An index after judgements: one code for one person, rows and citations where they were."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cutline.model.index import Coverage, EventTable, Index
from cutline.model.judgements import Resolution
from cutline.resolution.merging import merge

IDS = ["account:CN/ICBK/1", "person:bank/1", "person:telecom/9", "phone:+861"]


def index() -> Index:
    ties = EventTable(
        "ties",
        np.array([1, 2, 3], np.int64),
        {"a": np.array([1, 2, -1], np.int32), "b": np.array([0, 3, 2], np.int32), "relation": np.array([0, 0, 0], np.int32)},
        {"relation": ("owns",)},
        Coverage(None, None),
    )
    return Index(pa.array(IDS), np.array([5, 0, 0, 2], np.uint8), {"ties": ties}, lambda *_: [])


def test_the_led_token_s_rows_become_the_leader_s() -> None:
    before = index()
    leader = {"person:bank/1": "person:bank/1", "person:telecom/9": "person:bank/1"}
    after = merge(before, Resolution(leader, "v"))
    assert after.tables["ties"].columns["a"].tolist() == [1, 1, -1]
    assert after.tables["ties"].columns["b"].tolist() == [0, 3, 1]
    assert before.tables["ties"].columns["a"].tolist() == [1, 2, -1], "the given index stays"
    assert after.code("person:telecom/9") == 2
    assert after.tables["ties"].columns["relation"] is before.tables["ties"].columns["relation"]


def test_without_judgements_or_with_strangers_nothing_changes() -> None:
    before = index()
    assert merge(before, Resolution()) is before
    assert merge(before, Resolution({"person:x/1": "person:x/1", "person:bank/1": "person:x/1"}, "v")) is before
