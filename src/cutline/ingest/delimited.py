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

from cutline.errors import SourceError
from cutline.ingest.blocks import (
    BLOCK_BYTES,
    KEPT_OF_OVERLONG_BYTES,
    LARGEST_RECORD_BYTES,
    OVERLONG_MARK,
    open_text,
    was_cut,
)
from cutline.ingest.chunk import REJECT_SCHEMA
from cutline.ingest.scanner import BAD_QUOTE, NOT_TEXT, WRONG_COUNT, Scan, scan_text

OVERLONG = 4
"""A fault beside the scanner's: it sees no more of such a record than the beginning and the mark."""

_LENGTH = np.uint64(0xFFFF_FFFF)


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
        scan = scan_text(text, len(header), delimiter, final=following is None, suspicious=not _is_text(text))
        pending = text[scan.consumed :]
        yield _rows(text, header, scan, first_row)
        first_row += len(scan.rows) + len(scan.bad)
        text = following
    if not header:
        raise SourceError(str(path), "an empty file", "a header row and records", "have it sent again")


def _take_header(path: Path, text: bytes, delimiter: str) -> tuple[tuple[str, ...], bytes]:
    rest = text.lstrip(b"\r\n")
    if not rest or rest.isspace():
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


def _rows(text: bytes, header: tuple[str, ...], scan: Scan, first_row: int) -> Rows:
    shared = [pa.py_buffer(text), *([pa.py_buffer(scan.unquoted)] if len(scan.unquoted) else [])]
    count = len(scan.rows)
    columns = []
    for name, views in zip(header, scan.views, strict=True):
        filled = np.packbits((views[:, 0] & _LENGTH) != 0, bitorder="little")
        buffers = [pa.py_buffer(filled), pa.py_buffer(views), *shared]
        columns.append(pl.Series(name, pl.from_arrow(pa.Array.from_buffers(pa.string_view(), count, buffers)), pl.String))
    return Rows(
        read=count + len(scan.bad),
        row=pl.Series("row", scan.rows + first_row, pl.Int64),
        frame=pl.DataFrame(columns),
        rejects=_faulty(text, len(header), scan, first_row),
    )


def _faulty(text: bytes, width: int, scan: Scan, first_row: int) -> pl.DataFrame:
    expected = {
        WRONG_COUNT: f"{width} fields as in the header",
        BAD_QUOTE: "quotes as in RFC 4180, closed within the record",
        NOT_TEXT: "text without NUL in the file's encoding",
        OVERLONG: f"at most {LARGEST_RECORD_BYTES:,} bytes a record; only the first {KEPT_OF_OVERLONG_BYTES:,} are kept",
    }
    found = {
        WRONG_COUNT: "another number of fields",
        BAD_QUOTE: "a quote out of place",
        NOT_TEXT: "bytes that are not text",
        OVERLONG: f"a record of more than {LARGEST_RECORD_BYTES:,} bytes",
    }
    lines = [
        text[start : min(end, start + KEPT_OF_OVERLONG_BYTES)].decode(errors="replace") for start, end, _ in scan.bad.tolist()
    ]
    faults = [OVERLONG if was_cut(text[start:end]) else fault for start, end, fault in scan.bad.tolist()]
    return pl.DataFrame(
        {
            "row": scan.bad_rows + first_row,
            "field": ["record"] * len(faults),
            "found": [found[fault] for fault in faults],
            "expected": [expected[fault] for fault in faults],
            "original": [json.dumps({"line": line.replace("\x00", "")}, ensure_ascii=False) for line in lines],
        },
        schema=REJECT_SCHEMA,
    )


def _is_text(text: bytes) -> bool:
    if OVERLONG_MARK in text:
        return False
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return "\ufffd".encode() not in text
