"""JSON of the sources, record by record: strict (no NaN, no lone surrogates), bounded, every bad line a reject.

A file holds one record a line, or, where a page-wise API wrote it, objects or lists of records (`{"data": [record, …]}`),
one a line or one in the whole file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.blocks import open_blocks, open_stream
from cutline.ingest.readers.draft import KEPT_CHARACTERS, reject

LARGEST_PAGE_BYTES = 64 << 20
BATCH_ROWS = 50_000
BATCH_CHARACTERS = 8 << 20
"""Records of pages may be long, a block's transactions with all they spend: a batch ends at this length too."""

DEEPEST = 64

PAGE_SAYS, PLACE = "@page", "place"
"""Under which name a record of a page finds what the page says, and therein its own place."""

Record = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """Records with their row numbers and spellings, and rejects of what is no record."""

    rows: list[int] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    faults: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    @property
    def rejects(self) -> pl.DataFrame:
        """What could not be read, as rejects."""
        return reject(self.faults)

    @property
    def size(self) -> int:
        """How many source rows the batch stands for."""
        return len(self.rows) + len(self.faults)


def read_records(path: Path, pages: str = "", heads: Sequence[str] = ()) -> Iterator[Batch]:
    """Give the records of a file in batches; with `pages`, a record with a list under that name stands for the list's records.

    Each of them gets what the page says under the names `heads`, and its place in the list, as its own value `PAGE_SAYS`; with
    `heads`, answers are taken out of their envelopes. Memory: one batch, or one page of at most 64 MB. Raises SourceError for
    a page that is larger or no JSON.
    """
    batch, row, length = Batch(), 0, 0
    for text, value, fault in _values(path, pages):
        page = _unwrap(value) if heads else value
        says = {name: page.get(name) for name in heads} if heads and isinstance(page, dict) else {}
        for place, record in enumerate([page] if heads and _names_alone(page, pages) else _unfold(page, pages)):
            row += 1
            if isinstance(record, dict) and not fault:
                batch.rows.append(row)
                batch.originals.append(text if record is value else _spell(record))
                told = says and record is not page
                batch.records.append({**record, PAGE_SAYS: {**says, PLACE: place}} if told else record)
            else:
                found = text if record is value else _spell(record)
                batch.faults.append((row, "", found[:200], fault or "a JSON object", found))
            length += len(batch.originals[-1]) if heads and batch.originals else 0
            if batch.size >= BATCH_ROWS or length >= BATCH_CHARACTERS:
                yield batch
                batch, length = Batch(), 0
    if batch.size:
        yield batch


def text_of(record: Record, *path: str) -> str | None:
    """Give what stands at a path of names as text: a number in its own spelling, true and false as 1 and 0, else null."""
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    match value:
        case str():
            return value.strip() or None
        case bool():
            return "1" if value else "0"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < 100 else str(value)
    return None


def parse(text: str) -> Any:
    """Parse one JSON text; raises ValueError where it is no strict JSON, or nested too deep."""
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError(f"nested deeper than {DEEPEST}") from error
    if "\\u" in text or text.count("{") + text.count("[") > DEEPEST:
        _check(value, 0)
    return value


def _values(path: Path, pages: str) -> Iterator[tuple[str, Any, str]]:
    whole = _page(path) if pages else None
    if whole is not None:
        yield "", whole, ""
        return
    for block in open_blocks(path):
        for line in block.lines:
            yield _line(line)


def _page(path: Path) -> Any | None:
    """Give what a file holds that is one JSON text over several lines, or a list; None for a file of lines."""
    begin = next(open_stream(path), b"")[: 1 << 16].removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip()
    line, newline, _ = begin.partition("\n")
    if not begin.startswith(("{", "[")) or (newline and begin.startswith("{") and line.rstrip().endswith("}")):
        return None
    try:
        return parse(_whole(path))
    except ValueError as error:
        if not newline:  # one long line, or a first line too long to see its end: it is judged as a line
            return None
        raise SourceError(str(path), f"no JSON ({error})", "one page of records as JSON, or one record a line") from error


def _line(line: bytes) -> tuple[str, Any, str]:
    if line.endswith(b"\x00"):
        return line[:-1].decode(errors="replace"), None, "a line of at most 1 MiB"
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return line.decode(errors="replace"), None, "UTF-8 or GB18030"
    try:
        return text, parse(text), ""
    except ValueError as error:
        return text, None, f"JSON ({error})"


def _whole(path: Path) -> str:
    held = bytearray()
    for piece in open_stream(path):
        held += piece
        if len(held) > LARGEST_PAGE_BYTES:
            raise ValueError("a page of more than 64 MB")
    return bytes(held).decode("utf-8-sig")


def _unwrap(value: Any) -> Any:
    """Take an answer out of its envelope: JSON-RPC's `result`, or `data` with a `code`, and the `list` therein."""
    if isinstance(value, dict) and "result" in value and "jsonrpc" in value:
        return value["result"]
    if isinstance(value, dict) and "code" in value and isinstance(value.get("data"), dict):
        return value["data"].get("list", value["data"])
    return value


def _names_alone(page: Any, pages: str) -> bool:
    """Say whether a page has no records, or names them by their hashes alone: then it is a record itself."""
    records = page.get(pages) if isinstance(page, dict) else None
    return isinstance(records, list) and all(isinstance(record, str) for record in records)


def _unfold(value: Any, pages: str) -> list[Any]:
    if pages and isinstance(value, dict) and isinstance(value.get(pages), list):
        return list(value[pages])
    return list(value) if pages and isinstance(value, list) else [value]


def _spell(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, default=str)[: 4 * KEPT_CHARACTERS]


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, inner in value.items():
            name.encode()
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=Decimal)
