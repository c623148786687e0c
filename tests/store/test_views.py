"""Views, which runs replace, and snapshots, which others read."""

import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.store.lake import Lake
from tests.store.deliveries import contacts, stage


def test_a_view_of_files_is_replaced_whole_and_stands_for_the_lake_it_was_made_of(lake, tmp_path):
    assert lake.find_files("ledgers") is None
    for said in ("old", "new"):
        lake.save_files("ledgers", lambda folder, said=said: (folder / "a.npy").write_text(said))
    assert (lake.find_files("ledgers") / "a.npy").read_text() == "new"
    assert [path.name for path in (tmp_path / "ws" / "views").iterdir()] == ["ledgers-2"]
    lake.commit([stage(lake, tmp_path / "other.csv", contacts([{"event_id": "another"}]))])
    assert lake.find_files("ledgers") is None
    lake.drop_views()
    assert not list((tmp_path / "ws" / "views").iterdir())


def test_views_are_replaced_together_and_know_their_state(lake, tmp_path):
    assert lake.view("findings") is None
    lake.save_views({"findings": pl.DataFrame({"x": [1]}), "scores": pl.DataFrame({"y": [[1, 2]]})})
    lake.save_view("findings", pl.DataFrame({"x": [2]}))
    assert lake.view("findings")["x"].to_list() == [2]
    assert lake.view("scores")["y"].to_list() == [[1, 2]]
    assert lake.view_generation("findings") == lake.generation
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}]))])
    assert lake.view_generation("findings") == lake.generation - 1
    assert len(list((tmp_path / "ws" / "views").iterdir())) == 2
    with pytest.raises(UsageError):
        lake.save_view("../x", pl.DataFrame())
    lake.drop_views()
    assert lake.view("findings") is None
    assert not list((tmp_path / "ws" / "views").iterdir())


def test_a_snapshot_is_parquet_that_others_can_read_until_a_purge(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}]))])
        lake.snapshot(tmp_path / "out")
    Lake.open(tmp_path / "ws").close()
    assert pl.read_parquet(tmp_path / "out" / "contacts.parquet")["event_id"].to_list() == ["e1"]
