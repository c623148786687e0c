"""A file of text as blocks of whole lines in UTF-8, whatever it is packed and written in, in bounded memory.

Memory: one block (`block_bytes`) and one line of at most `LARGEST_RECORD_BYTES`. A longer line is cut to its beginning and a
mark with a NUL byte, which no good record holds: it becomes a reject of its own and its neighbours stay whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from cutline.errors import SourceError, UnknownFormatError
from cutline.ingest.chunk import Head
from cutline.ingest.encoding import UTF8, recognise_encoding

BLOCK_BYTES = 8 << 20
LARGEST_RECORD_BYTES = 1 << 20
HEAD_BYTES = 64 << 10
KEPT_OF_OVERLONG_BYTES = 4096
OVERLONG_MARK = b"\x00"

_PACKED_BYTES = 4 << 10
# Zstandard turns 4 packed bytes into 128 KiB at most, so that a piece of this size is 128 MiB at the very worst.
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_JSON_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]')
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file as UTF-8 bytes, and those that are not blank; the first of these has number `first_row`."""

    first_row: int
    text: bytes
    lines: list[bytes]


def open_blocks(path: Path, encoding: str | None = None, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Give a file of lines (JSON lines, plain text) block by block; CSV, whose records may span lines: `delimited`.

    A line that is not UTF-8 in a UTF-8 file keeps its bytes, and an overlong line ends in a NUL byte: both fail to parse where
    they are parsed, and become rejects there. Raises SourceError where the file is truncated or damaged.
    """
    row = 1
    for text in open_text(path, encoding, block_bytes):
        lines = [line for line in (text.splitlines() if b"\r" in text else text.split(b"\n")) if line.strip()]
        yield Block(row, text, lines)
        row += len(lines)


def open_text(path: Path, encoding: str | None = None, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Give whole lines of a file as UTF-8 bytes without BOM; the encoding is recognised where none is given.

    Up to the first byte that is not ASCII all encodings agree; only where that text is not UTF-8 the rest of the file is
    surveyed before going on, so that a usual file is read once.
    """
    known = encoding
    for text in _whole_lines(path, block_bytes):
        if known is None and not text.isascii():
            known = UTF8 if _is_utf8(text) else recognise_encoding(_whole_lines(path, block_bytes))
        if known in (None, UTF8):
            yield text
        else:
            yield text.decode(known, errors="replace").encode() if known else text


def was_cut(line: bytes) -> bool:
    """Say whether a line is the beginning of one that was too long to be kept whole, in UTF-8 (twice as long at most)."""
    return KEPT_OF_OVERLONG_BYTES < len(line) <= 2 * KEPT_OF_OVERLONG_BYTES + 4 and line.endswith(OVERLONG_MARK)


def open_stream(path: Path, piece_bytes: int = HEAD_BYTES) -> Iterator[bytes]:
    """Give a file's bytes in pieces, unpacked where it is gzip or Zstandard (known by content, not by name).

    Raises SourceError where the file cannot be opened, is truncated or is damaged.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
            stream.seek(0)
            if magic.startswith(_GZIP):
                with gzip.open(stream) as unpacked:
                    yield from iter(lambda: unpacked.read(piece_bytes), b"")
            elif magic == _ZSTD:
                yield from _unpack_zstd(stream)
            else:
                yield from iter(lambda: stream.read(piece_bytes), b"")
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise SourceError(
            str(path), f"the packed file is truncated or damaged ({error})", "a whole file", "have it sent again"
        ) from error
    except OSError as error:
        raise SourceError(
            str(path), f"the file cannot be read ({error.strerror or error})", "a file that may be read"
        ) from error


def read_head(path: Path) -> Head:
    """Read the beginning of a file and the names of its columns: a CSV header, or the names in the first JSON object.

    Raises SourceError for an empty file and UnknownFormatError for a binary one.
    """
    raw = b""
    for piece in open_stream(path):
        raw += piece
        if len(raw) >= HEAD_BYTES:
            break
    whole = len(raw) < HEAD_BYTES
    raw = raw[:HEAD_BYTES]
    _check_is_text(path, raw)
    raw = raw.removeprefix(_BOM)
    if not whole and b"\n" in raw:
        raw = raw[: raw.rfind(b"\n") + 1]
    text = raw.decode(recognise_encoding([raw]), errors="replace")
    if not text.strip():
        raise SourceError(str(path), "an empty file", "a header or records", "have it sent again")
    return Head(text, _columns(text), path.name)


def _columns(text: str) -> tuple[str, ...]:
    if text.lstrip().startswith("{"):
        return _names(text.lstrip().split("\n"))
    try:
        header = next((row for row in csv.reader(io.StringIO(text, newline="")) if row), [])
    except csv.Error:
        return ()
    return tuple(name.strip() for name in header)


def _names(lines: list[str]) -> tuple[str, ...]:
    """Give the names of the first line that is a JSON object; where none is, those that the first has outside other objects."""
    for line in lines:
        if not line.startswith("{"):
            break
        try:
            return tuple(json.loads(line, parse_int=str))
        except (ValueError, RecursionError):
            continue
    names, depth, last = [], 0, ""
    for sign in _JSON_SIGN.findall(lines[0]):
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == ":" and depth == 1 and last:
            names.append(last)
        last = sign[1:-1] if sign.startswith('"') else ""
    return tuple(names)


def _check_is_text(path: Path, raw: bytes) -> None:
    if raw.startswith(_UTF16_BOMS):
        raise UnknownFormatError(str(path), "text in UTF-16", "UTF-8, GB18030 or latin-1", "save it as UTF-8")
    controls = len(raw) - len(raw.translate(None, _CONTROLS))
    if controls * 50 > len(raw):
        raise UnknownFormatError(
            str(path), "a binary file", "CSV, JSON lines, XML or YAML, plain or packed with gzip or Zstandard"
        )


def _whole_lines(path: Path, block_bytes: int) -> Iterator[bytes]:
    """Give raw bytes cut at line ends, with overlong lines cut short and the BOM taken off."""
    held: list[bytes] = []
    size = 0
    first = True
    inside_overlong = False
    for piece in open_stream(path, block_bytes):
        if inside_overlong:
            end = piece.find(b"\n")
            if end < 0:
                continue
            piece, inside_overlong = piece[end:], False  # noqa: PLW2901 # what follows the overlong line
        held.append(piece)
        size += len(piece)
        if size < block_bytes or (piece.find(b"\n") < 0 and size <= LARGEST_RECORD_BYTES):
            continue
        text = b"".join(held)
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        if len(rest) > LARGEST_RECORD_BYTES:
            rest, inside_overlong = rest[:KEPT_OF_OVERLONG_BYTES] + OVERLONG_MARK, True
        held, size = [rest], len(rest)
        if cut:
            yield _shorten(text[:cut].removeprefix(_BOM) if first else text[:cut])
            first = False
    if size:
        text = b"".join(held)
        yield _shorten(text.removeprefix(_BOM) if first else text)


def _shorten(text: bytes) -> bytes:
    """Cut every overlong line. Such a line leaves at least one window of half its length without a line end."""
    window = LARGEST_RECORD_BYTES // 2
    if all(text.find(b"\n", at, at + window) >= 0 for at in range(0, len(text) - window, window)):
        return text
    lines = text.split(b"\n")
    return b"\n".join(
        line[:KEPT_OF_OVERLONG_BYTES] + OVERLONG_MARK if len(line) > LARGEST_RECORD_BYTES else line for line in lines
    )


def _unpack_zstd(stream: BinaryIO) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    complete = False
    for packed in iter(lambda: stream.read(_PACKED_BYTES), b""):
        rest = packed
        while rest:
            if complete:
                unpacker = zstandard.ZstdDecompressor().decompressobj()
            yield unpacker.decompress(rest)
            complete = unpacker.eof
            rest = unpacker.unused_data if complete else b""
    if not complete:
        raise EOFError("a frame does not end")


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
