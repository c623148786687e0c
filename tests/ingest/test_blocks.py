from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cutline.errors import SourceError, UnknownFormatError
from cutline.ingest.blocks import Block, open_blocks, open_stream, read_head


def blocks_of(tmp_path: Path, content: bytes, block_bytes: int = 1 << 20) -> list[Block]:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(content)
    return list(open_blocks(path, block_bytes=block_bytes))


def test_lines_are_numbered_without_blank_ones_whatever_the_block(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfone\r\n\n  \ntwo\n" + b"".join(b"line %d\n" % n for n in range(100)) + b"last"
    whole = blocks_of(tmp_path, content)
    assert whole[0].lines[:2] == [b"one", b"two"]
    for size in (8, 50, 1000):
        parts = blocks_of(tmp_path, content, size)
        assert [line for part in parts for line in part.lines] == whole[0].lines
        numbered = [part.first_row + i for part in parts for i in range(len(part.lines))]
        assert numbered == list(range(1, 104))


def test_an_overlong_line_is_cut_and_marked_and_its_neighbours_stay(tmp_path: Path) -> None:
    content = b"first\n" + b"x" * (5 << 20) + b"\nlast\n"
    for size in (1 << 16, 1 << 20, 16 << 20):
        lines = [line for part in blocks_of(tmp_path, content, size) for line in part.lines]
        assert [line[:5] for line in lines] == [b"first", b"xxxxx", b"last"]
        assert lines[1].endswith(b"\x00")
        assert len(lines[1]) < 5000


def test_chinese_lines_become_utf8(tmp_path: Path) -> None:
    assert blocks_of(tmp_path, "诈骗\n刷单\n".encode("gb18030"))[0].lines == ["诈骗".encode(), "刷单".encode()]


def test_the_head_names_columns_of_csv_and_keys_of_json(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf a ,"b c"\n1,2\n' + b"x,y\n" * 50_000))
    head = read_head(path)
    assert head.columns == ("a", "b c")
    assert len(head.text) <= 64 << 10
    path.write_text('{"x": 1, "y": {"z": 2}}\n{}\n')
    assert read_head(path).columns == ("x", "y")
    path.write_text('{"x": 1,\n')
    assert read_head(path).columns == ("x",)


@pytest.mark.parametrize(
    "first",
    [
        '{"report_id":',
        "{" + '"x": ' + "[" * 60_000,
        '{"report_id": "R1", "y": {"z": "{:"}, "narrative": "' + "x" * 3_000_000 + '"}',
    ],
    ids=["cut", "deep", "overlong"],
)
def test_a_first_line_that_is_no_object_does_not_hide_the_others_names(first: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(first + '\n{"report_id": "R2", "kind": "loss"}\n')
    columns = read_head(path).columns
    assert columns in (("report_id", "kind"), ("report_id", "y", "narrative"))


def test_empty_binary_and_utf16_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="an empty file"):
        read_head(path)
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(UnknownFormatError, match="a binary file"):
        read_head(path)
    path.write_bytes("a,b\n".encode("utf-16"))
    with pytest.raises(UnknownFormatError, match="UTF-16"):
        read_head(path)


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(open_stream(tmp_path / "gone"))
    with pytest.raises(SourceError, match="cannot be read"):
        list(open_stream(tmp_path))
