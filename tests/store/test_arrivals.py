"""What came in when: the number of the batch that first told of an event, whatever its dates say."""

import numpy as np

from cutline.store.lake import Lake
from tests.store.deliveries import at, contacts, hidden, stage


def test_an_event_came_with_the_first_of_its_sightings(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        assert lake.last_number == 0
        one = stage(lake, tmp_path / "a.csv", contacts([{"event_id": "a"}, {"event_id": "b"}], "B"), received_at=at(900))
        lake.commit([one])
        first = one.batch.batch
        two = stage(lake, tmp_path / "b.csv", contacts([{"event_id": "x"}, {"event_id": "y"}], "A"), received_at=at(10))
        second = two.batch.batch
        lake.commit([two], hidden(("contacts", first, 1, second, 1, "merged")))
        assert lake.numbers() == {first: 1, second: 2}
        assert lake.last_number == 2
        ids = lake.events("contacts", ["event_id"]).column("event_id").to_pylist()
        came = dict(zip(ids, lake.came_with("contacts", np.arange(len(ids))).tolist(), strict=True))
        assert came == {"x": 1, "b": 1, "y": 2}, "x is a's event, told by A later, though it dates itself earlier"


def test_rows_about_somebody_can_be_asked_of_some_batches(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        for name, who in (("a", "B"), ("b", "A")):
            staged = stage(lake, tmp_path / f"{name}.csv", contacts([{"event_id": name}], who))
            lake.commit([staged])
            batch = staged.batch.batch
        asked = ("contacts", "source", {"phone:+861"}, ["event_id"])
        assert lake.rows_about(*asked).height == 2
        assert lake.rows_about(*asked, {batch})["event_id"].to_list() == ["b"]
        assert lake.rows_about(*asked, set()).height == 0
