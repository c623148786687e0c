from datetime import UTC, datetime

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cutline.errors import SourceError, UsageError
from cutline.graph.index import Coverage, build_index
from cutline.model.evidence import Citation
from cutline.model.tables import TABLES, Unit
from cutline.store.lake import Lake
from tests.store.deliveries import NO_REJECTS, START, at, contacts, hidden, keys, record, rejects, seen, stage


def counts(lake: Lake) -> dict[str, tuple[int, ...]]:
    frame = lake.batches()
    return {
        r["file_name"]: tuple(r[c] for c in ("read", "accepted", "merged", "duplicates", "rejected")) for r in frame.to_dicts()
    }


def test_a_batch_is_seen_by_nobody_until_it_is_committed(lake, tmp_path):
    staged = stage(lake, tmp_path / "cdr.csv", contacts([{}, {}]))
    assert seen(lake, "event_id") == []
    assert lake.batches().height == 0
    lake.commit([staged])
    assert seen(lake, "event_id") == [("e1",), ("e2",)]


def test_what_was_committed_is_there_after_closing(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        lake.commit([stage(lake, tmp_path / "cdr.csv", contacts([{"duration_s": 7}]))])
        before = lake.batches()
    with Lake.open(tmp_path / "ws") as lake:
        assert seen(lake, "event_id", "duration_s", "trunk") == [("e1", 7, None)]
        assert lake.batches().equals(before)


def test_events_stand_in_the_order_of_time_deliverer_and_id_however_they_came(tmp_path):
    rows = {
        "one": contacts([{"event_id": "b", "occurred_at": at(1)}, {"event_id": "a", "occurred_at": at(1)}]),
        "two": contacts([{"event_id": "aa", "occurred_at": at(1)}, {"event_id": "z", "occurred_at": at(0)}]),
        "three": contacts([{"event_id": "0", "occurred_at": at(1)}, {"event_id": "9", "occurred_at": at(2)}], "AAA"),
    }
    expected = [("CMCC", "z"), ("AAA", "0"), ("CMCC", "a"), ("CMCC", "aa"), ("CMCC", "b"), ("AAA", "9")]
    for number, names in enumerate((["one", "two", "three"], ["three", "two", "one"], ["two", "one", "three"])):
        with Lake.open(tmp_path / str(number)) as lake:
            for name in names:
                lake.commit([stage(lake, tmp_path / f"{name}.csv", rows[name])])
            assert seen(lake, "deliverer", "event_id") == expected


def test_a_merged_event_is_filled_cited_and_counted_once(lake, tmp_path):
    one = stage(lake, tmp_path / "a.csv", contacts([{"trunk": "mine"}], "A"), received_at=at(900))
    two = stage(lake, tmp_path / "b.csv", contacts([{"duration_s": 5, "trunk": "other"}, {}], "B"), received_at=at(700))
    three = stage(lake, tmp_path / "c.csv", contacts([{"duration_s": 6}], "C"), received_at=at(800))
    a, b, c = one.batch.batch, two.batch.batch, three.batch.batch
    lake.commit([one, two, three], hidden(("contacts", b, 1, a, 1, "merged"), ("contacts", c, 1, a, 1, "merged")))
    assert seen(lake, "deliverer", "duration_s", "trunk", "known_at", "batch") == [
        ("A", 5, "mine", at(700), a),
        ("B", None, None, at(700), b),
    ]
    assert lake.cite("contacts", np.array([1, 0])) == [
        Citation("contacts", "B", "e2", b, 2),
        Citation("contacts", "A", "e1", a, 1),
        Citation("contacts", "B", "e1", b, 1),
        Citation("contacts", "C", "e1", c, 1),
    ]
    assert counts(lake) == {"a.csv": (1, 1, 0, 0, 0), "b.csv": (2, 1, 1, 0, 0), "c.csv": (1, 0, 1, 0, 0)}


def test_a_new_visible_record_takes_over_all_older_sightings(lake, tmp_path):
    first = stage(lake, tmp_path / "a.csv", contacts([{}], "A"))
    second = stage(lake, tmp_path / "b.csv", contacts([{"duration_s": 5}], "B"))
    a, b = first.batch.batch, second.batch.batch
    lake.commit([first, second], hidden(("contacts", b, 1, a, 1, "merged")))
    third = stage(lake, tmp_path / "c.csv", contacts([{}], "C"))
    c = third.batch.batch
    lake.commit([third], hidden(("contacts", a, 1, c, 1, "merged")))
    assert seen(lake, "deliverer", "duration_s") == [("C", 5)]
    assert [x.batch for x in lake.cite("contacts", np.array([0]))] == [c, a, b]
    assert counts(lake)["a.csv"] == (1, 0, 1, 0, 0)
    assert all(check.good for check in lake.doctor())


def test_a_record_that_is_judged_anew_and_merges_no_more_is_visible_again(lake, tmp_path):
    one = stage(lake, tmp_path / "a.csv", contacts([{}], "A"))
    two = stage(lake, tmp_path / "b.csv", contacts([{"event_id": "m"}, {"event_id": "n"}], "B"))
    a, b = one.batch.batch, two.batch.batch
    lake.commit([one, two], hidden(("contacts", b, 1, a, 1, "merged"), ("", b, 2, b, 1, "duplicate")))
    judged = pl.DataFrame({"table": "contacts", "batch": b, "row": [1, 2]})
    lake.commit([], judged=judged)
    assert seen(lake, "event_id") == [("e1",), ("m",)]
    assert counts(lake) == {"a.csv": (1, 1, 0, 0, 0), "b.csv": (2, 1, 0, 1, 0)}
    assert all(check.good for check in lake.doctor())


def test_duplicates_and_contradictions_hide_a_source_row_in_every_table(lake, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("x")
    ties = pl.DataFrame(
        {
            "event_id": "t",
            "deliverer": "A",
            "occurred_at": START,
            "row": [1, 2, 2, 3],
            "a": "phone:+861",
            "b": "person:A/1",
            "relation": ["owns", "owns", "uses", "owns"],
        }
    )
    with lake.stage(record(source, "A"), source) as staged:
        staged.append({"contacts": contacts([{}, {}, {}, {}], "A"), "ties": ties}, keys([1, 2, 3, 4, 5]), rejects([6, 7]))
    b = staged.batch.batch
    twice = hidden(("", b, 2, b, 1, "duplicate"), ("", b, 3, b, 1, "conflicting"), ("", b, 5, b, 4, "duplicate"))
    lake.commit([staged], twice, rejects([3]).with_columns(pl.lit(b).alias("batch")))
    assert seen(lake, "event_id") == [("e1",), ("e4",)]
    assert seen(lake, "relation", table="ties") == [("owns",)]
    assert counts(lake) == {"a.csv": (7, 2, 0, 2, 3)}
    assert lake.rejects()["row"].to_list() == [3, 6, 7]
    assert lake.rejects(b).columns == [
        "batch",
        "file_name",
        "deliverer",
        "kind",
        "row",
        "field",
        "found",
        "expected",
        "original",
    ]


def test_an_id_that_only_a_hidden_record_names_is_no_entity(lake, tmp_path):
    staged = stage(lake, tmp_path / "a.csv", contacts([{}, {"target": "phone:+869"}]))
    b = staged.batch.batch
    lake.commit([staged], hidden(("", b, 2, b, 1, "conflicting")))
    assert lake.events("contacts", ["target"]).column("target").chunk(0).dictionary.to_pylist() == ["phone:+862"]


def test_the_index_reads_events_and_cites_through_the_lake(lake, tmp_path):
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{"duration_s": 3}, {"target": "phone:+863"}]))])
    wanted = {n: [c.name for c in t.columns if c.unit not in (Unit.TEXT, Unit.DECIMAL)] for n, t in TABLES.items()}
    coverage = {name: Coverage(*span) for name, span in lake.coverage().items()}
    index = build_index(lake.events, wanted, lambda: coverage, lake.cite, lake.known)
    assert index.entities.to_pylist() == ["phone:+861", "phone:+862", "phone:+863"]
    assert index.tables["contacts"].columns["target"].tolist() == [1, 2]
    assert index.cite("contacts", np.array([1]))[0].event_id == "e2"
    assert len(index.tables["transfers"]) == 0


def test_every_column_of_every_table_reads_in_its_own_type(lake):
    for name, table in TABLES.items():
        events = lake.events(name, table.names)
        assert events.num_rows == 0
        for column in events.column_names:
            encoded = pa.types.is_dictionary(events.column(column).type)
            assert encoded == (column == "batch" or table[column].unit in (Unit.ENTITY, Unit.CATEGORY)), (name, column)


def test_citing_before_reading_is_refused_because_positions_may_be_others(lake, tmp_path):
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}]))])
    seen(lake, "event_id")
    lake.commit([stage(lake, tmp_path / "b.csv", contacts([{"event_id": "later"}]))])
    with pytest.raises(UsageError, match="call `events` before `cite`"):
        lake.cite("contacts", np.array([0]))


def test_many_parts_are_one_table(lake, tmp_path, monkeypatch):
    monkeypatch.setattr("cutline.store.staging.PART_ROWS", 10)
    frame = contacts(
        [{"occurred_at": at(k % 7), "duration_s": k if k > 50 else None, "event_id": f"{k:03d}"} for k in range(95)]
    )
    source = tmp_path / "a.csv"
    source.write_text("x")
    with lake.stage(record(source), source) as staged:
        for k in range(0, 95, 4):
            staged.append({"contacts": frame[k : k + 4]}, keys(frame["row"][k : k + 4].to_list()), NO_REJECTS)
    assert sum(p.role == "records" for p in staged.parts) == 8
    lake.commit([staged])
    expected = sorted((k % 7, f"{k:03d}", k if k > 50 else None) for k in range(95))
    assert seen(lake, "occurred_at", "event_id", "duration_s") == [(at(t), e, d) for t, e, d in expected]
    cited = lake.cite("contacts", np.arange(95))
    assert [(c.event_id, c.row) for c in cited] == [(e, int(e) + 1) for _, e, _ in expected]


def test_ingest_finds_old_keys_and_records_to_compare_with(lake, tmp_path):
    assert lake.known_keys("cdr", "CMCC") is None
    one = stage(lake, tmp_path / "a.csv", contacts([{"occurred_at": at(k)} for k in range(5)]))
    a = one.batch.batch
    assert lake.staged_keys([one])["row"].to_list() == [1, 2, 3, 4, 5]
    assert lake.staged_records([one], "contacts", ["event_id", "trunk"]).rows()[0] == (a, 1, "e1", None)
    lake.commit([one], hidden(("contacts", a, 4, a, 3, "merged")))
    known = lake.known_keys("cdr", "CMCC")
    assert known is not None
    assert known.columns == ["batch", "row", "key", "content"]
    assert lake.known_keys("cdr", "CMCC", pl.Series([103, 999]))["row"].to_list() == [3]
    assert lake.known_keys("cdr", "CTCC") is None
    between = lake.records_between("contacts", ["occurred_at", "trunk"], at(2), at(3))
    assert between.select("row", "into_row", "how", "visible").rows() == [(3, None, None, True), (4, 3, "merged", False)]


def test_ingest_finds_transfers_by_their_transaction(lake, tmp_path):
    source = tmp_path / "t.csv"
    source.write_text("x")
    common = {"deliverer": "ICBK", "occurred_at": START, "payer": "account:CN/A/1", "payee": "account:CN/A/2", "asset": "CNY"}
    frame = pl.DataFrame([{**common, "event_id": f"e{k}", "row": k, "amount": k, "rail": "bank"} for k in (1, 2, 3)])
    frame = frame.with_columns(transaction_id=pl.Series(["u1", None, "u3"]))
    with lake.stage(record(source, "ICBK", kind="bank_transfers"), source) as staged:
        staged.append({"transfers": frame}, keys([1, 2, 3]), NO_REJECTS)
    lake.commit([staged])
    found = lake.records_with_transaction_ids("transfers", ["amount", "transaction_id"], pl.Series(["u3", "u9"]))
    assert found.select("row", "transaction_id", "visible").rows() == [(3, "u3", True)]


def test_the_same_file_of_the_same_deliverer_is_the_same_batch(lake, tmp_path):
    staged = stage(lake, tmp_path / "a.csv", contacts([{}]))
    assert lake.known_file(staged.batch.sha256, "CMCC") == staged.batch
    with pytest.raises(UsageError, match="before"):
        lake.stage(staged.batch, tmp_path / "a.csv")
    lake.commit([staged])
    assert lake.known_file(staged.batch.sha256, "CMCC") == staged.batch
    assert lake.known_file(staged.batch.sha256, "CTCC") is None
    with pytest.raises(UsageError, match="before"):
        lake.stage(staged.batch, tmp_path / "a.csv")


def test_an_error_while_reading_discards_the_batch(lake, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("x")
    said = record(source)

    def read():
        with lake.stage(said, source) as staged:
            staged.append({"contacts": contacts([{}])}, keys([1]), NO_REJECTS)
            raise SourceError("a.csv", "garbage", "a CDR")

    with pytest.raises(SourceError):
        read()
    assert lake.known_file(said.sha256, "CMCC") is None
    lake.commit([stage(lake, source, contacts([{}]))])
    assert len(seen(lake, "event_id")) == 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (contacts([{}]).with_columns(colour=pl.lit("red")), "colour"),
        (contacts([{}]).with_columns(source=pl.lit(None)), r"contacts\.source is null"),
        (contacts([{}]).drop("medium"), r"contacts\.medium is null"),
    ],
)
def test_a_reader_that_breaks_the_contract_is_told(lake, tmp_path, frame, message):
    with pytest.raises(UsageError, match=message):
        stage(lake, tmp_path / "a.csv", frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"how": "lost"}, "how"),
        ({"table": "phones"}, "table"),
        ({"into_batch": "nowhere"}, "neither in the lake"),
        ({"into_row": 1}, "circle"),
    ],
)
def test_sightings_that_lead_nowhere_are_refused_and_nothing_is_committed(lake, tmp_path, change, message):
    staged = stage(lake, tmp_path / "a.csv", contacts([{}, {}]))
    b = staged.batch.batch
    wrong = hidden(("contacts", b, 1, b, 2, "merged")).with_columns(**{k: pl.lit(v) for k, v in change.items()})
    with pytest.raises(UsageError, match=message):
        lake.commit([staged], wrong)
    assert lake.batches().height == 0
    assert not list((tmp_path / "ws" / "records").rglob("*.parquet"))
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}, {}]))])
    assert len(seen(lake, "event_id")) == 2


def test_coverage_is_what_was_declared_else_whole_days_in_the_delivery_zone(lake, tmp_path):
    assert lake.coverage() == {}
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{"occurred_at": at(3600)}]), zone="Asia/Shanghai")])
    us = lambda *when: int(datetime(*when, tzinfo=UTC).timestamp() * 1_000_000)  # noqa: E731
    assert lake.coverage() == {"contacts": (us(2026, 2, 28, 16), us(2026, 3, 1, 16) - 1)}
    source = tmp_path / "b.csv"
    source.write_text("only a header")
    declared = {"covers_from": datetime(2026, 1, 1, tzinfo=UTC), "covers_to": datetime(2026, 1, 31, tzinfo=UTC)}
    lake.commit([stage(lake, source, contacts([{}])[:0], **declared)])
    assert lake.coverage() == {"contacts": (us(2026, 1, 1), us(2026, 3, 1, 16) - 1)}


def test_doctor_finds_what_was_lost_or_changed(lake, tmp_path):
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}]))])
    assert all(check.good for check in lake.doctor())
    (part,) = (tmp_path / "ws" / "records").rglob("*.parquet")
    content = part.read_bytes()
    part.write_bytes(content[:-9] + b"x" + content[-8:])
    assert next(c.name for c in lake.doctor() if not c.good) == "files"
    part.write_bytes(content)
    (original,) = (tmp_path / "ws" / "originals").iterdir()
    original.unlink()
    assert [c.name for c in lake.doctor(thorough=False) if not c.good] == ["originals"]
