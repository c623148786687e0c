from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutline.errors import SourceError
from cutline.ingest import tabular
from cutline.ingest.kinds import KINDS
from tests.ingest.delivered import read_csv
from tests.ingest.samples import SAMPLES

HEADER = SAMPLES["cdr"].split("\n", 1)[0]


def line(record: str = "r1", start: str = "2026-03-01T08:15:30+08:00", duration: str = "5", release: str = "") -> str:
    return f"{record},call,13800138000,13900139000,{start},{duration},,,,,,,{release},\n"


def test_header_only_is_accepted_with_nothing_read(tmp_path: Path) -> None:
    result = read_csv(tmp_path, HEADER + "\n")
    assert (result.read, result.tables, result.rejects.height) == (0, {}, 0)


def test_duplicates_share_a_key_and_conflicts_differ_in_content(tmp_path: Path) -> None:
    other_zone = line("r1", "2026-03-01T00:15:30Z", "5.0")
    result = read_csv(tmp_path, HEADER + "\n" + line() + line() + other_zone + line("r1", duration="6") + line("r2"))
    keys = result.keys["key"].to_list()
    content = result.keys["content"].to_list()
    assert keys[0] == keys[1] == keys[2] == keys[3] != keys[4]
    assert content[0] == content[1] == content[2]
    assert len({content[0], content[3], content[4]}) == 3
    elsewhere = read_csv(tmp_path, HEADER + "\n" + line(), delivery="source: other\nreceived_at: 2026-04-01T08:00:00+08:00\n")
    assert elsewhere.keys["key"][0] != keys[0]


def test_a_reject_says_row_field_found_expected_and_the_row_as_written(tmp_path: Path) -> None:
    text = HEADER + ",操作员\n" + line().strip() + ",a\n" + line("r2", "9999-12-31T00:00:00Z").strip() + ",张\n"
    told = read_csv(tmp_path, text).rejects.row(0, named=True)
    assert (told["row"], told["field"], told["found"]) == (2, "start", "9999-12-31T00:00:00Z")
    assert told["expected"].startswith("an ISO 8601 time from 1900 to 2099")
    assert json.loads(told["original"])["操作员"] == "张"


def test_a_clock_in_another_zone(tmp_path: Path) -> None:
    text = (
        HEADER
        + "\n"
        + line("r1", "2026-03-01T08:00:00")
        + line("r2", "2026-03-01T08:00:00+08:00")
        + line("r3", "2026-03-01T00:00:00Z")
    )
    result = read_csv(tmp_path, text)
    assert result.tables["contacts"]["occurred_at"].n_unique() == 1
    assert result.zone_assumed == 1
    told = read_csv(tmp_path, text, delivery="source: desk\nzone: America/New_York\n")
    assert told.zone_assumed == 0
    assert told.tables["contacts"]["occurred_at"].dt.hour().to_list() == [13, 0, 0]


def test_chinese_and_latin_files_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    text = HEADER + "\n" + "".join(line(f"r{n}", release="空号停机关机") for n in range(5))
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert read_csv(tmp_path, text.encode(encoding), "cdr").tables["contacts"]["release_cause"][0] == "空号停机关机"
    latin = HEADER + "\n" + line(release="non répondu")
    assert read_csv(tmp_path, latin.encode("latin-1"), "cdr").tables["contacts"]["release_cause"][0] == "non répondu"
    damaged = text.encode() + line("r9", release="X").encode().replace(b"X", b"\xff\xfe")
    result = read_csv(tmp_path, damaged, "cdr")
    assert (result.keys.height, result.rejects["row"].to_list()) == (5, [6])


def test_a_truncated_gzip_is_a_source_error(tmp_path: Path) -> None:
    text = HEADER + "\n" + "".join(line(f"r{n * 7919}") for n in range(20_000))
    packed = gzip.compress(text.encode())
    assert read_csv(tmp_path, packed, "cdr").read == 20_000
    with pytest.raises(SourceError, match="truncated"):
        read_csv(tmp_path, packed[: len(packed) // 2], "cdr")


def test_a_huge_line_an_open_quote_and_a_wrong_count_cost_one_row_each(tmp_path: Path) -> None:
    bad = [line("r2", release="x" * (10 << 20)), 'r3,call,"138\n', "r4,call\n", line("r5").strip() + ",one more\n"]
    text = HEADER + "\n" + line() + "".join(bad) + line("r6")
    result = read_csv(tmp_path, text)
    assert result.tables["contacts"]["event_id"].to_list() == ["r1", "r6"]
    assert result.rejects["row"].to_list() == [2, 3, 4, 5]
    assert result.rejects["field"].to_list() == ["record"] * 4


def test_block_size_changes_no_row_key_or_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [line(f"r{n}", duration=str(n % 7 - 1)) for n in range(500)] + ["short\n"]
    text = HEADER + "\n" + "".join(rows)
    whole = read_csv(tmp_path, text)
    monkeypatch.setattr(tabular, "BLOCK_BYTES", 1500)
    parts = read_csv(tmp_path, text)
    assert parts.keys.equals(whole.keys)
    assert parts.rejects.equals(whole.rejects)
    assert parts.tables["contacts"].equals(whole.tables["contacts"])


_SPICE = st.sampled_from(
    ["", " ", "x", "-1", '"', "\n", ",", "2026-03-01", "9999-12-31T00:00:00Z", "CN/ICBK/1", "1e400", "中", "\x00"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_read_is_keys_and_rejects_whatever_stands_in_the_file(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    header, *rows = SAMPLES[kind].split("\n", 1)
    soup = bytearray(rows[0].encode() * 3)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(soup)))
        soup[at : at + data.draw(st.integers(0, 9))] = data.draw(_SPICE.map(str.encode) | st.binary(max_size=8))
    result = read_csv(tmp_path, header.encode() + b"\n" + bytes(soup), kind)
    assert result.read == result.keys.height + result.rejects.height
