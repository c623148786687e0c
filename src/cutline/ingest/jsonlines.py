"""JSON lines as columns of text: what stands at some paths of each object, numbers in the spelling they have in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.blocks import KEPT_OF_OVERLONG_BYTES, LARGEST_RECORD_BYTES, open_blocks, was_cut
from cutline.ingest.chunk import REJECT_SCHEMA
from cutline.ingest.delimited import Rows

TOO_LONG = f"a line of more than {LARGEST_RECORD_BYTES:,} bytes"
AN_OBJECT = "one JSON object in a line of UTF-8, at most 1 MiB long"


def open_objects(path: Path, paths: Sequence[str]) -> Iterator[Rows]:
    """Read a file of one JSON object a line; `paths` are names, with dots between levels and numbers for places in lists.

    A value that is absent, null or empty is null; true and false are those words; an object or a list is its JSON. A line that
    holds no object is a reject. Parsing goes line by line through the C scanner of the standard library, which alone keeps
    integers of any length exact.
    """
    first_row = 1
    steps = [path_.split(".") for path_ in paths]
    for block in open_blocks(path):
        objects = [_parse(line) for line in block.lines]
        yield _rows(objects, block.lines, list(zip(paths, steps, strict=True)), first_row)
        first_row += len(block.lines)
    if first_row == 1:
        raise SourceError(str(path), "an empty file", "one JSON object a line", "have it sent again")


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _rows(objects: list[dict[str, Any] | None], lines: list[bytes], paths: list[tuple[str, list[str]]], first_row: int) -> Rows:
    good = [number for number, value in enumerate(objects) if value is not None]
    bad = [number for number, value in enumerate(objects) if value is None]
    columns = {
        name: pl.Series(name, [_text(_at(objects[number], steps)) for number in good], dtype=pl.String) for name, steps in paths
    }
    written = [line[:KEPT_OF_OVERLONG_BYTES].decode(errors="replace").replace("\x00", "") for line in lines]
    rejects = pl.DataFrame(
        {
            "row": [first_row + number for number in bad],
            "field": ["record"] * len(bad),
            "found": [TOO_LONG if was_cut(lines[number]) else "no JSON object" for number in bad],
            "expected": [AN_OBJECT] * len(bad),
            "original": [json.dumps({"line": written[number]}, ensure_ascii=False) for number in bad],
        },
        schema=REJECT_SCHEMA,
    )
    return Rows(
        read=len(objects),
        row=pl.Series("row", [first_row + number for number in good], dtype=pl.Int64),
        frame=pl.DataFrame(columns),
        rejects=rejects,
        original=pl.Series("original", [written[number] for number in good], dtype=pl.String),
    )


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.encode(errors="replace").decode().strip() or None
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False)
