"""Source rows in their original spelling, found again by number in a file as it was delivered."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from cutline.ingest.blocks import open_blocks
from cutline.ingest.delimited import open_rows
from cutline.ingest.readers.messages import MESSAGES, read_payments
from cutline.ingest.readers.records import read_records
from cutline.ingest.readers.tagpack import TagPack, read_entries
from cutline.ingest.readers.tags_ofac import OfacList
from cutline.ingest.readers.trongrid import PAGE, TronGrid, TronGridEvents

Spelled = Iterator[tuple[int, dict[str, str]]]


class Kept(Protocol):
    """What is known of a file that was kept: the kind it was read as."""

    @property
    def kind(self) -> str:
        """The native format's name."""
        ...


def extract_rows(file: BinaryIO, batch: Kept, rows: Sequence[int]) -> dict[int, dict[str, str]]:
    """Give rows by number, each as field → text as it was written. Raises KeyError where the file has no such row.

    Cost: one pass over the file up to the last of the rows. Memory: one block; the bytes go through a temporary file.
    """
    wanted = set(rows)
    found: dict[int, dict[str, str]] = {}
    with tempfile.NamedTemporaryFile(prefix="cutline-original-") as aside:
        shutil.copyfileobj(file, aside)
        aside.flush()
        for number, told in _spelled(Path(aside.name), batch.kind):
            if number in wanted:
                found[number] = told
                if len(found) == len(wanted):
                    break
    return {number: found[number] for number in rows}


def _spelled(path: Path, kind: str) -> Spelled:
    special: dict[str, Callable[[Path], Spelled]] = {
        **dict.fromkeys(MESSAGES.values(), _payments),
        **dict.fromkeys((TronGrid.kind, TronGridEvents.kind), lambda p: _records(p, PAGE)),
        TagPack.kind: _entries,
        OfacList.kind: _lines,
    }
    if kind in special:
        return special[kind](path)
    return _records(path, "") if _is_json(path) else _delimited(path)


def _is_json(path: Path) -> bool:
    first = next(open_blocks(path), None)
    return first is not None and first.text.lstrip()[:1] in (b"{", b"[")


def _delimited(path: Path) -> Spelled:
    for rows in open_rows(path):
        frame = rows.frame.with_columns(rows.row.alias("row"))
        for told in frame.select(pl.all().cast(pl.String)).iter_rows(named=True):
            yield int(told.pop("row")), {name: value or "" for name, value in told.items()}


def _records(path: Path, pages: str) -> Spelled:
    for batch in read_records(path, pages):
        for row, text in zip(batch.rows, batch.originals, strict=True):
            yield row, {"line": text}


def _payments(path: Path) -> Spelled:
    for row, fields in enumerate(read_payments(path), 1):
        yield row, {name: str(value) for name, value in fields.items() if value is not None}


def _entries(path: Path) -> Spelled:
    for entry in read_entries(path):
        yield int(entry["row"]), {name: str(value) for name, value in entry.items() if value is not None and name != "row"}


def _lines(path: Path) -> Spelled:
    for block in open_blocks(path):
        for number, text in enumerate(block.lines, block.first_row):
            yield number, {"line": text.decode(errors="replace")}
