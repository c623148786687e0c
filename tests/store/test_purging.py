import numpy as np
import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.store.lake import Lake
from tests.store.deliveries import LATER, PAST, START, TODAY, contacts, hidden, keys, record, rejects, seen, stage

SECRET = "13899990000"


def traces(folder) -> list[str]:
    """Every file under a folder that holds the secret, in the bytes as they lie on disk or once a column is read."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        columns = pl.read_parquet(path).write_json() if path.suffix == ".parquet" else ""
        if SECRET in path.name or SECRET in columns or SECRET.encode() in path.read_bytes():
            found.append(path.name)
    return found


def load_secret(lake, folder, name=f"statement-{SECRET}.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / name
    source.write_text(f"a_number\n{SECRET}\n" * 50)
    rows = contacts([{"source": f"phone:+86{SECRET}", "trunk": SECRET, "event_id": f"{SECRET}-{k}"} for k in range(1, 4)], "A")
    said = {"delete_by": PAST, "purpose": f"about {SECRET}"}
    with lake.stage(record(source, "A", **said), source) as staged:
        staged.append({"contacts": rows}, keys([1, 2, 3]), rejects([4], original=f'{{"a_number": "{SECRET}"}}'))
    return staged


def test_nothing_of_a_purged_batch_is_left_on_disk(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        kept = stage(lake, tmp_path / "b.csv", contacts([{"duration_s": 9}, {}], "B"), delete_by=LATER)
        gone = load_secret(lake, tmp_path / "in")
        lake.commit([kept, gone], hidden(("contacts", kept.batch.batch, 1, gone.batch.batch, 1, "merged")))
        lake.save_view("findings", pl.DataFrame({"subject": [SECRET]}))
        lake.save_files("ledgers", lambda folder: (folder / "entities.arrow").write_text(SECRET))
        lake.snapshot(tmp_path / "ws" / "published")
        assert len(traces(tmp_path / "ws")) >= 5
        assert lake.purge(PAST).batches == 0
        summary = lake.purge(TODAY)
        assert (summary.batches, summary.rows) == (1, 4)
        assert len(summary.snapshots) > 0
        assert traces(tmp_path / "ws") == []
        assert lake.view("findings") is None
        assert lake.find_files("ledgers") is None
        assert seen(lake, "deliverer", "event_id", "duration_s") == [("B", "e1", 9), ("B", "e2", None)]
        assert lake.batches().select("accepted", "merged").rows() == [(2, 0)]
        assert lake.rejects().height == 0
        assert lake.known_keys("cdr", "A") is None
        assert lake.known_file(gone.batch.sha256, "A") is None
        assert lake.tombstones()["purged_on"].to_list() == [TODAY]
        assert all(check.good for check in lake.doctor())
        lake.commit([stage(lake, tmp_path / "c.csv", contacts([{"event_id": "new"}], "B"))])
    assert traces(tmp_path / "ws") == []
    with Lake.open(tmp_path / "ws") as lake:
        assert len(seen(lake, "event_id")) == 3


def test_an_original_stays_while_another_batch_rests_on_it(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        source = tmp_path / "a.csv"
        one = stage(lake, source, contacts([{}], "A"), delete_by=PAST)
        two = stage(lake, source, contacts([{}], "B"), delete_by=LATER)
        lake.commit([one, two])
        lake.purge(TODAY)
        with lake.open_original(two.batch.batch) as file:
            assert file.read() == source.read_bytes()
        assert all(check.good for check in lake.doctor())


def test_the_sighting_that_was_received_first_speaks_next(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        a = stage(lake, tmp_path / "a.csv", contacts([{"duration_s": 1}], "A"), delete_by=PAST)
        b = stage(lake, tmp_path / "b.csv", contacts([{}], "B"), received_at=START.replace(day=9))
        c = stage(lake, tmp_path / "c.csv", contacts([{"duration_s": 3}], "C"), received_at=START.replace(day=8))
        told = [("contacts", x.batch.batch, 1, a.batch.batch, 1, "merged") for x in (b, c)]
        lake.commit([a, b, c], hidden(*told))
        lake.purge(TODAY)
        assert seen(lake, "deliverer", "duration_s") == [("C", 3)]
        assert [x.deliverer for x in lake.cite("contacts", np.array([0]))] == ["C", "B"]


def test_a_duplicate_takes_the_whole_place_of_a_purged_row(tmp_path):
    """The twin speaks for the purged row, also where that row was itself merged into another event."""
    with Lake.open(tmp_path / "ws") as lake:
        first = stage(lake, tmp_path / "a.csv", contacts([{"event_id": "x"}, {"event_id": "y"}], "A"), delete_by=PAST)
        (tmp_path / "a2.csv").write_text("the same rows, another file")
        twin = stage(lake, tmp_path / "a2.csv", contacts([{"event_id": "x"}, {"event_id": "y"}], "A"), delete_by=LATER)
        other = stage(lake, tmp_path / "b.csv", contacts([{"event_id": "p"}, {"event_id": "q"}], "B"))
        a, t, b = (s.batch.batch for s in (first, twin, other))
        lake.commit(
            [first, twin, other],
            hidden(
                ("", t, 1, a, 1, "duplicate"),
                ("", t, 2, a, 2, "duplicate"),
                ("contacts", a, 1, b, 1, "merged"),
                ("contacts", b, 2, a, 2, "merged"),
            ),
        )
        assert seen(lake, "event_id") == [("y",), ("p",)]
        lake.purge(TODAY)
        assert seen(lake, "event_id", "batch") == [("y", t), ("p", b)]
        assert [(c.batch, c.row) for c in lake.cite("contacts", np.array([0, 1]))] == [(t, 2), (b, 2), (b, 1), (t, 1)]
        assert lake.batches().select("file_name", "accepted", "merged", "duplicates").rows() == [
            ("a2.csv", 1, 1, 0),
            ("b.csv", 1, 1, 0),
        ]


def test_a_contradicting_row_stays_rejected_after_the_purge_of_what_it_contradicts(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        a = stage(lake, tmp_path / "a.csv", contacts([{}], "A"), delete_by=PAST)
        b = stage(lake, tmp_path / "b.csv", contacts([{"event_id": "other"}], "A"), bad=rejects([9]))
        lake.commit([a, b], hidden(("", b.batch.batch, 1, a.batch.batch, 1, "conflicting")))
        lake.purge(TODAY)
        assert seen(lake, "event_id") == []
        assert lake.batches()["rejected"].to_list() == [2]


def test_a_purge_waits_for_staged_batches(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        staged = load_secret(lake, tmp_path / "in")
        with pytest.raises(UsageError, match="commit or discard"):
            lake.purge(TODAY)
        lake.commit([staged])
        assert lake.purge(TODAY).batches == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_purged_file_may_be_delivered_again(tmp_path, times):
    with Lake.open(tmp_path / "ws") as lake:
        for _ in range(times):
            lake.commit([load_secret(lake, tmp_path / "in")])
            lake.purge(TODAY)
        assert lake.tombstones().height == times
        assert lake.tombstones()["digest"].n_unique() == 1
