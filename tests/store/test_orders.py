"""The order of events, kept on disk: the next process finds the same events, and never those of another lake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cutline.store import standing
from cutline.store.lake import Lake
from tests.store.deliveries import at, contacts, stage


def many(first: int) -> list[dict[str, object]]:
    return [{"source": f"phone:+86{k}", "target": "phone:+999", "occurred_at": at(first + k % 7)} for k in range(50)]


def test_events_stand_as_they_stood_without_being_sorted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", contacts(many(3))), stage(lake, tmp_path / "b.csv", contacts(many(0)))])
        read = lake.events("contacts", ["source", "event_id"])
        cited = lake.cite("contacts", np.arange(len(read)))
        lake.keep_orders()
    monkeypatch.setattr(standing, "order_events", None)  # whoever sorted again would fail here
    with Lake.open(tmp_path / "lake") as lake:
        assert lake.count_events("contacts") == 100
        assert lake.events("contacts", ["source", "event_id"]).to_pydict() == read.to_pydict()
        assert lake.cite("contacts", np.arange(len(read))) == cited


def test_an_order_of_an_older_lake_is_not_used(tmp_path: Path) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", contacts(many(3)))])
        lake.count_events("contacts")
        lake.keep_orders()
        lake.commit([stage(lake, tmp_path / "b.csv", contacts(many(0)[:20]))])
        assert lake.count_events("contacts") == 70
    with Lake.open(tmp_path / "lake") as lake:
        assert lake.count_events("contacts") == 70
