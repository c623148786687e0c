from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutline.errors import SourceError
from cutline.ingest import blocks
from cutline.ingest.delimited import Rows, open_rows

SLOW_DISK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(tmp_path: Path, content: bytes, block_bytes: int = blocks.BLOCK_BYTES, encoding: str | None = None) -> Rows:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    parts = list(open_rows(path, encoding, block_bytes=block_bytes))
    numbers = sorted(n for part in parts for n in [*part.row, *part.rejects["row"]])
    assert numbers == list(range(1, sum(part.read for part in parts) + 1))
    return Rows(
        read=sum(part.read for part in parts),
        row=pl.concat([part.row for part in parts]),
        frame=pl.concat([part.frame for part in parts]),
        rejects=pl.concat([part.rejects for part in parts]),
    )


def told(rows: Rows) -> list[tuple[int, str]]:
    return [(n, json.loads(o)["line"]) for n, o in rows.rejects.select("row", "original").rows()]


def test_values_keep_their_spelling_and_lose_their_outer_spaces(tmp_path: Path) -> None:
    rows = read(tmp_path, 'a, b ,c\n 1 ,"x, ""y"" and a text longer than twelve bytes",\n"",\t,"é"\r\n'.encode())
    assert rows.frame.columns == ["a", "b", "c"]
    assert rows.frame.rows() == [("1", 'x, "y" and a text longer than twelve bytes', None), (None, None, "é")]
    assert rows.row.to_list() == [1, 2]


def test_line_ends_blank_lines_and_a_last_line_without_end(tmp_path: Path) -> None:
    rows = read(tmp_path, b'\xef\xbb\xbf\r\na,b\r\n1,"2"\r\n\r\n\n3,4\n5,"6"')
    assert rows.frame.rows() == [("1", "2"), ("3", "4"), ("5", "6")]


def test_quoted_line_ends_stay_in_their_field(tmp_path: Path) -> None:
    rows = read(tmp_path, b'a,b\n1,"two\r\nlines\n"\n2,x\n')
    assert rows.frame.rows() == [("1", "two\r\nlines\n"), ("2", "x")]


def test_another_number_of_fields_is_a_reject_with_the_line_as_written(tmp_path: Path) -> None:
    rows = read(tmp_path, b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert rows.frame.rows() == [("1", "2"), ("7", "8")]
    assert told(rows) == [(2, "3"), (3, "4,5,6")]
    assert rows.rejects["expected"][0] == "2 fields as in the header"


@pytest.mark.parametrize("line", ['2,"open', '"open,2', '2,"shut"x', '"a"b,2', '2,"'])
def test_a_quote_out_of_place_costs_its_own_line_only(line: str, tmp_path: Path) -> None:
    after = "".join(f'{n},"value {n}"\n' for n in range(1000))
    rows = read(tmp_path, f"a,b\n1,x\n{line}\n{after}".encode())
    assert told(rows) == [(2, line)]
    assert rows.frame.height == 1001


def test_a_quote_inside_an_unquoted_value_is_a_character(tmp_path: Path) -> None:
    assert read(tmp_path, b'a,b\n27" screen,x\n').frame.rows() == [('27" screen', "x")]


def test_a_line_of_ten_megabytes_is_one_reject(tmp_path: Path) -> None:
    huge = b"3," + b"x" * (10 << 20)
    for block_bytes in (1 << 20, 8 << 20, 64 << 20):
        rows = read(tmp_path, b"a,b\n1,2\n" + huge + b'\n4,"5"\n6,7\n', block_bytes)
        assert rows.frame.rows() == [("1", "2"), ("4", "5"), ("6", "7")]
        assert rows.rejects["row"].to_list() == [2]
        assert len(rows.rejects["original"][0]) < 5000
        assert rows.rejects["found"].to_list() == ["a record of more than 1,048,576 bytes"]
        assert "at most 1,048,576 bytes" in rows.rejects["expected"][0]


def test_a_long_line_of_another_encoding_is_told_too(tmp_path: Path) -> None:
    huge = ("3," + "诈骗" * (1 << 19)).encode("gb18030")
    rows = read(tmp_path, "a,b\n1,刷单\n".encode("gb18030") + huge + b"\n4,5\n")
    assert rows.frame.rows() == [("1", "刷单"), ("4", "5")]
    assert rows.rejects["found"].to_list() == ["a record of more than 1,048,576 bytes"]


def test_an_unclosed_quote_before_megabytes_is_one_reject(tmp_path: Path) -> None:
    lines = b"".join(b"%d,plain\n" % n for n in range(300_000))
    rows = read(tmp_path, b'a,b\n1,"never closed\n' + lines, 1 << 20)
    assert rows.rejects["row"].to_list() == [1]
    assert rows.frame.height == 300_000


def test_bytes_that_are_no_text_reject_their_row(tmp_path: Path) -> None:
    content = "a,b\n1,中文\n2,多\n".encode() + b"3,\xff\xfe\n4,\x00\n" + "5,é\n".encode()
    rows = read(tmp_path, content)
    assert rows.frame["a"].to_list() == ["1", "2", "5"]
    assert rows.rejects["row"].to_list() == [3, 4]
    assert set(rows.rejects["found"]) == {"bytes that are not text"}


def test_block_size_changes_nothing(tmp_path: Path) -> None:
    content = b'a,b\n1,"x\ny"\n2\n"3","""q"""\n' * 1
    content += b"".join(b'%d,"multi\nline ""%d"""\nbad\n' % (n, n) for n in range(300))
    whole = read(tmp_path, content)
    for size in (16, 100, 1000):
        parts = read(tmp_path, content, size)
        assert parts.frame.equals(whole.frame)
        assert parts.row.equals(whole.row)
        assert parts.rejects.equals(whole.rejects)


@pytest.mark.parametrize(
    "pack", [gzip.compress, zstandard.compress, lambda b: zstandard.compress(b[:9]) + zstandard.compress(b[9:])]
)
def test_packed_files_are_known_by_content(pack: object, tmp_path: Path) -> None:
    assert read(tmp_path, pack(b"a,b\n1,2\n3,4\n")).frame.height == 2  # type: ignore[operator]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_truncated_packed_file_is_a_source_error(pack: object, tmp_path: Path) -> None:
    packed = pack(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(50_000)))  # type: ignore[operator]
    for size in (len(packed) // 2, len(packed) - 3):
        with pytest.raises(SourceError, match="truncated or damaged"):
            read(tmp_path, packed[:size])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"a,b,a\n1,2,3\n", "names a twice"),
        (b",,\n1,2,3\n", "without names"),
        (b"\xef\xbb\xbf", "empty file"),
    ],
)
def test_a_file_without_a_usable_header_is_a_source_error(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=words):
        read(tmp_path, content)


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    for content in (b"a,b", b"a,b\n", b"a,b\r\n\r\n"):
        rows = read(tmp_path, content)
        assert (rows.read, rows.frame.height, rows.frame.columns) == (0, 0, ["a", "b"])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "姓名,é"), ("utf-8-sig", "姓名"), ("gb18030", "你好，世界"), ("latin-1", "Müller à Genève")],
)
def test_encodings_are_recognised_however_late_they_show(encoding: str, text: str, tmp_path: Path) -> None:
    ascii_part = "a\n" + "plain\n" * 5000
    rows = read(tmp_path, (ascii_part + f'"{text}"\n' * 3).encode(encoding), 4096)
    assert rows.rejects.height == 0
    assert rows.frame["a"].tail(3).to_list() == [text] * 3


def test_a_damaged_row_does_not_change_the_encoding_of_the_file(tmp_path: Path) -> None:
    damaged = b"a\n\xff\xfebroken\n" + "中文\n".encode() * 20
    rows = read(tmp_path, damaged)
    assert rows.rejects["row"].to_list() == [1]
    assert rows.frame["a"].to_list() == ["中文"] * 20
    chinese = "a\n" + "诈骗\n" * 20
    rows = read(tmp_path, chinese.encode("gb18030") + b"\xff\n")
    assert rows.rejects["row"].to_list() == [21]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufffd", exclude_categories=("Cs",)), max_size=20).map(
    str.strip
)


@SLOW_DISK
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20), st.sampled_from(["\n", "\r\n"]), st.integers(8, 200))
def test_what_a_csv_writer_writes_is_read_back(tmp_path: Path, table: list[tuple[str, ...]], end: str, size: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *table])
    rows = read(tmp_path, out.getvalue().encode(), size)
    wanted = [tuple(value.strip(" \t") or None for value in row) for row in table]
    assert rows.frame.rows() == wanted
    assert rows.rejects.height == 0


@SLOW_DISK
@given(st.binary(max_size=300) | st.text('ab,"\n\r é', max_size=200).map(str.encode), st.integers(4, 300))
def test_every_record_of_any_bytes_is_a_row_or_a_reject(tmp_path: Path, soup: bytes, size: int) -> None:
    read(tmp_path, b"a,b\n" + soup)
    whole = read(tmp_path, b"a,b\n" + soup, encoding="utf-8")
    parts = read(tmp_path, b"a,b\n" + soup, size, encoding="utf-8")
    assert whole.frame.equals(parts.frame)
    assert whole.rejects.equals(parts.rejects)
