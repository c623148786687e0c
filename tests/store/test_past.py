"""The lake as it stood: neither what was received later nor what had not happened yet, and views of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.store.lake import Lake
from cutline.store.past import PastLake
from tests.store.deliveries import at, contacts, hidden, stage

DAY = 86_400


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An early delivery of which one row dates itself later than it came, and a late one that tells of an early call too."""
    with Lake.open(tmp_path / "ws") as opened:
        early = [{"event_id": "a", "occurred_at": at(1)}, {"event_id": "b", "occurred_at": at(3 * DAY)}]
        late = [{"event_id": "c", "occurred_at": at(2), "source": "phone:+869"}, {"event_id": "d", "occurred_at": at(1)}]
        first = stage(opened, tmp_path / "one.csv", contacts(early, "B"), received_at=at(DAY))
        opened.commit([first])
        second = stage(opened, tmp_path / "two.csv", contacts(late, "A"), received_at=at(5 * DAY))
        merged = hidden(("contacts", first.batch.batch, 1, second.batch.batch, 2, "merged"))
        opened.commit([second], merged)
        yield opened


def ids(lake: Lake) -> list[str]:
    return lake.events("contacts", ["event_id"]).column("event_id").to_pylist()


def about(lake: Lake, who: str) -> list[str]:
    return lake.rows_about("contacts", "source", {who}, ["event_id"])["event_id"].to_list()


@pytest.mark.parametrize(
    ("moment", "seen"), [(at(DAY), ["a"]), (at(4 * DAY), ["a", "b"]), (at(5 * DAY), ["d", "c", "b"]), (at(1), [])]
)
def test_it_holds_what_was_known_and_had_happened(lake: Lake, moment: datetime, seen: list[str]) -> None:
    past = PastLake(lake, moment)
    assert ids(past) == seen, "of one call, the early sighting speaks until the late one came"
    assert past.count_events("contacts") == len(seen)
    assert ids(lake) == ["d", "c", "b"]


def test_questions_about_somebody_and_about_ids_look_back_too(lake: Lake) -> None:
    past = PastLake(lake, at(DAY))
    assert (about(past, "phone:+861"), about(past, "phone:+869")) == (["a"], [])
    assert about(PastLake(lake, at(5 * DAY)), "phone:+869") == ["c"]
    assert past.find_events("contacts", pl.Series(["a", "b", "c"]))["id"].to_list() == ["a"]
    assert past.batches().height == 1
    assert past.standing(at(9 * DAY)).order("contacts").source.tolist() == past.standing().order("contacts").source.tolist()


def test_its_views_are_not_todays(lake: Lake) -> None:
    past, other = PastLake(lake, at(DAY)), PastLake(lake, at(4 * DAY))
    lake.save_views({"findings": pl.DataFrame({"of": ["today"]})})
    past.save_views({"findings": pl.DataFrame({"of": ["then"]})})
    assert lake.view("findings")["of"].item() == "today"
    assert PastLake(lake, at(DAY)).view("findings")["of"].item() == "then"
    assert other.view("findings") is None


def test_a_delivery_that_comes_later_makes_it_no_older(lake: Lake, tmp_path: Path) -> None:
    past = PastLake(lake, at(DAY))
    past.save_view("findings", pl.DataFrame({"of": ["then"]}))
    lake.commit([stage(lake, tmp_path / "later.csv", contacts([{"event_id": "z"}], "C"), received_at=at(9 * DAY))])
    past = PastLake(lake, at(DAY))
    assert past.view_generation("findings") == past.generation
    lake.commit([stage(lake, tmp_path / "found.csv", contacts([{"event_id": "y"}], "D"), received_at=at(3))])
    past = PastLake(lake, at(DAY))
    assert past.view_generation("findings") != past.generation


def test_nothing_comes_in_or_goes_out_through_it(lake: Lake, tmp_path: Path) -> None:
    past = PastLake(lake, at(DAY))
    for change in (lambda: past.commit([]), lambda: past.stage(None, tmp_path), lambda: past.purge(at(0).date())):
        with pytest.raises(UsageError, match="is to be looked at"):
            change()
    past.close()
    assert ids(lake) == ["d", "c", "b"]
