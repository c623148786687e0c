"""Registers: a question about a few ids finds the same rows as one that reads all of them, and never those of another lake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.store import finding, registers, text_hashes
from cutline.store.lake import Lake
from cutline.store.records import Part, read_frame
from cutline.store.registers import hash_texts
from tests.store.deliveries import at, contacts, hidden, stage


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registers.REGISTERED, "contacts", ("event_id", "source", "target"))


def calls(first: int, deliverer: str) -> pl.DataFrame:
    rows = [{"source": f"phone:+86{k % 9}", "event_id": f"e{first + k}", "occurred_at": at(k % 7)} for k in range(40)]
    return contacts(rows, deliverer)


def answers(lake: Lake) -> tuple[list[tuple[object, ...]], ...]:
    found = lake.find_events("contacts", pl.Series(["e3", "e25", "e45", "none"]))
    about = lake.rows_about("contacts", "source", ["phone:+863", "phone:+868", "phone:+nobody"], ["target", "event_id"])
    either = lake.rows_about("contacts", ("source", "target"), ["phone:+864"], ["event_id"])
    none = lake.rows_about("contacts", "source", ["phone:+863"], ["target"], set())
    return found.rows(), about.rows(), none.rows(), either.rows()


def deliver(lake: Lake, folder: Path) -> None:
    first, second = stage(lake, folder / "a.csv", calls(0, "A")), stage(lake, folder / "b.csv", calls(20, "B"))
    merged = [("contacts", second.batch.batch, k, first.batch.batch, k + 20, "merged") for k in range(1, 20)]
    again = [("contacts", second.batch.batch, 30, first.batch.batch, 1, "duplicate")]
    lake.commit([first, second], hidden(*merged, *again))


def test_the_same_is_found_with_registers_and_nothing_else_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        deliver(lake, tmp_path)
        lake.count_events("contacts")
        before = answers(lake)
        assert [len(one) for one in before] == [3, 18, 0, 8]
        lake.keep_orders()
    read: list[str] = []

    def noted(folder: Path, part: Part, columns: list[str]) -> pl.DataFrame:
        read.append(part.path)
        return read_frame(folder, part, columns)

    monkeypatch.setattr(finding, "_named", None)  # whoever looked through a column would fail here
    monkeypatch.setattr(finding, "read_frame", noted)
    with Lake.open(tmp_path / "lake") as lake:
        assert answers(lake) == before
        assert read
        read.clear()
        assert lake.find_events("contacts", pl.Series(["none", "nowhere"])).height == 0
        assert read == []


def test_ids_that_share_a_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        deliver(lake, tmp_path)
        before = answers(lake)
        monkeypatch.setattr(text_hashes, "hash_each", lambda begins, _data: np.zeros(len(begins) - 1, np.int64))
        lake.keep_orders()
    with Lake.open(tmp_path / "lake") as lake:
        assert answers(lake) == before


def test_registers_of_an_older_lake_are_not_used(tmp_path: Path) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", calls(0, "A"))])
        lake.keep_orders()
        assert lake.find_events("contacts", pl.Series(["e45"])).height == 0
        lake.commit([stage(lake, tmp_path / "b.csv", calls(20, "B"))])
        assert lake.find_events("contacts", pl.Series(["e45"])).height == 1
        assert lake.rows_about("contacts", "source", ["phone:+863"], ["event_id"]).height == 10


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.text(max_size=20), max_size=30), st.integers(0, 5))
def test_a_text_has_one_hash_wherever_it_stands(texts: list[str | None], skipped: int) -> None:
    array = pa.array(["first", *texts], pa.string()).slice(skipped)
    told = hash_texts(array).tolist()
    assert [k < 0 for k in told] == [text is None for text in array.to_pylist()]
    assert told == [-1 if text is None else hash_texts(pa.array([text])).item() for text in array.to_pylist()]


def test_hashes_never_change() -> None:
    assert hash_texts(pa.array(["", "a", "foobar"])).tolist() == [fnv(b""), fnv(b"a"), fnv(b"foobar")]
    assert fnv(b"foobar") == (0x85944171F73967E8 ^ 0x85944171F73967E8 >> 32) & 0x7FFFFFFF  # the published test vector


def fnv(text: bytes) -> int:
    h = 0xCBF29CE484222325
    for byte in text:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return (h ^ (h >> 32)) & 0x7FFFFFFF
