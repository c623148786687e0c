"""CSV as columns of text, record by record accounted for, whatever damage the file has.

A Numba scanner walks the bytes once and notes where each field stands; the columns are Arrow string views onto those places, so
nothing is copied. A record is a reject, with the line as it was written, if it has another number of fields than the header, a
quote that does not close where RFC 4180 wants it, bytes that are not text, or more than `LARGEST_RECORD_BYTES`. After a bad
record the scanner goes on at the next line: a lone quote costs one row, not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import SourceError
from cutline.ingest.blocks import BLOCK_BYTES, KEPT_OF_OVERLONG_BYTES, LARGEST_RECORD_BYTES, OVERLONG_MARK, open_text
from cutline.ingest.chunk import REJECT_SCHEMA
from cutline.ingest.scanner import (
    BAD_QUOTE,
    GOOD,
    NOT_TEXT,
    VIEW_BYTES,
    WRONG_COUNT,
    fill_views,
    has_strange_bytes,
    scan_records,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some records of a CSV file. `frame` has the file's columns as text, null where empty; `row` numbers its rows in the file.

    `rejects` (REJECT_SCHEMA) are the records that are no rows at all; `read` counts both. `original` is each row as it was
    written, where that is more than its columns (JSON).
    """

    read: int
    row: pl.Series
    frame: pl.DataFrame
    rejects: pl.DataFrame
    original: pl.Series | None = None


def open_rows(path: Path, encoding: str | None = None, delimiter: str = ",", block_bytes: int = BLOCK_BYTES) -> Iterator[Rows]:
    """Read a CSV file with a header row, block by block; values are trimmed of spaces, and nothing is interpreted.

    Raises SourceError for an empty file, a header with a name twice or without names, and for damage below the text.
    """
    header: tuple[str, ...] = ()
    first_row = 1
    pending = b""
    texts = open_text(path, encoding, block_bytes)
    text = next(texts, None)
    while text is not None:
        following = next(texts, None)
        text = pending + text
        if not header:
            header, text = _take_header(path, text, delimiter)
        scan = _scan_text(text, len(header), delimiter, final=following is None)
        pending = text[scan.consumed :]
        yield _rows(text, header, scan, first_row)
        first_row += len(scan.faults)
        text = following
    if not header:
        raise SourceError(str(path), "an empty file", "a header row and records", "have it sent again")


@dataclass(frozen=True, slots=True)
class _Scan:
    consumed: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    faults: NDArray[np.uint8]
    field_starts: NDArray[np.int32]
    field_ends: NDArray[np.int32]


def _take_header(path: Path, text: bytes, delimiter: str) -> tuple[tuple[str, ...], bytes]:
    rest = text.lstrip(b"\r\n")
    if not rest.strip():
        raise SourceError(str(path), "an empty file", "a header row and records", "have it sent again")
    line, _, after = rest.partition(b"\n")
    try:
        fields = next(csv.reader(io.StringIO(line.decode().rstrip("\r")), delimiter=delimiter, strict=True), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceError(
            str(path), f"a header that cannot be read ({error})", "the names of the columns in one line"
        ) from error
    names = tuple(field.strip() for field in fields)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise SourceError(str(path), f"the header names {', '.join(twice)} twice", "every column once")
    if not any(names):
        raise SourceError(str(path), "a header without names", "the names of the columns in the first line")
    return tuple(name or f"column {i}" for i, name in enumerate(names, 1)), after


def _scan_text(text: bytes, width: int, delimiter: str, final: bool) -> _Scan:
    data = np.frombuffer(text, np.uint8)
    most = text.count(b"\n") + 1
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    faults = np.empty(most, np.uint8)
    fields = np.empty((most, width), np.int32), np.empty((most, width), np.int32)
    count, consumed = scan_records(data, ord(delimiter), final, (starts, ends, faults), fields)
    if OVERLONG_MARK in text or not _is_text(text):
        _flag_not_text(data, starts[:count], ends[:count], faults)
    return _Scan(consumed, starts[:count], ends[:count], faults[:count], fields[0][:count], fields[1][:count])


def _rows(text: bytes, header: tuple[str, ...], scan: _Scan, first_row: int) -> Rows:
    good = np.flatnonzero(scan.faults == GOOD)
    columns = {}
    for i, name in enumerate(header):
        columns[name] = _column(text, scan.field_starts[good, i], scan.field_ends[good, i])
    return Rows(
        read=len(scan.faults),
        row=pl.Series("row", good + first_row, pl.Int64),
        frame=pl.DataFrame(columns) if len(good) else pl.DataFrame(schema=dict.fromkeys(header, pl.String)),
        rejects=_faulty(text, len(header), scan, first_row),
    )


def _column(text: bytes, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> pl.Series:
    """Build a column of string views; a start below zero marks a field with doubled quotes, copied once to halve them."""
    data = np.frombuffer(text, np.uint8)
    doubled = np.flatnonzero(starts < 0)
    extra = np.empty(int((ends[doubled] + starts[doubled] + 1).sum()), np.uint8)
    views = np.zeros((len(starts), VIEW_BYTES), np.uint8)
    fill_views(data, starts, ends, extra, (views, views.view(np.int32)))
    valid = views.view(np.int32)[:, 0] > 0
    buffers = [
        pa.py_buffer(np.packbits(valid, bitorder="little").tobytes()),
        pa.py_buffer(views),
        pa.py_buffer(text),
        *([pa.py_buffer(extra)] if len(doubled) else []),
    ]
    series = pl.from_arrow(pa.Array.from_buffers(pa.string_view(), len(starts), buffers))
    return pl.Series(series)


def _faulty(text: bytes, width: int, scan: _Scan, first_row: int) -> pl.DataFrame:
    expected = {
        WRONG_COUNT: f"{width} fields as in the header",
        BAD_QUOTE: "quotes as in RFC 4180, closed within the record",
        NOT_TEXT: f"text without NUL in the file's encoding, at most {LARGEST_RECORD_BYTES} bytes a record",
    }
    found = {WRONG_COUNT: "another number of fields", BAD_QUOTE: "a quote out of place", NOT_TEXT: "bytes that are not text"}
    bad = np.flatnonzero(scan.faults)
    lines = [text[scan.starts[i] : scan.ends[i]][:KEPT_OF_OVERLONG_BYTES].decode(errors="replace") for i in bad]
    return pl.DataFrame(
        {
            "row": bad + first_row,
            "field": ["record"] * len(bad),
            "found": [found[int(scan.faults[i])] for i in bad],
            "expected": [expected[int(scan.faults[i])] for i in bad],
            "original": [json.dumps({"line": line.replace("\x00", "")}, ensure_ascii=False) for line in lines],
        },
        schema=REJECT_SCHEMA,
    )


def _is_text(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return "\ufffd".encode() not in text


def _flag_not_text(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], faults: NDArray[np.uint8]
) -> None:
    suspicious = np.flatnonzero(has_strange_bytes(data, starts, ends))
    for i in suspicious:
        record = data[starts[i] : ends[i]].tobytes()
        if OVERLONG_MARK in record or not _is_text(record):
            faults[i] = NOT_TEXT
