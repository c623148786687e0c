"""A lake made larger: its events once more under other names, so that millions of rows need no hour of simulating.

A copy keeps what its entities do with each other and when; numbers keep how they begin, neighbours stay neighbours. Places,
cells and IP addresses stay what they are. The last copy may end after a share of the days.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from cutline.model.entities import Flow
from cutline.model.tables import COMMON, TABLES
from cutline.store.lake import Lake
from cutline.store.records import KEYS, REJECTS, BatchRecord

KEPT = ("place", "cell", "ip")
FIRST = 3
"""First digits that say what kind of number it is."""


class Span(NamedTuple):
    """From when to when the deliveries tell, and when the last of them came."""

    begins: datetime
    ends: datetime
    received: datetime


_ENTITY = re.compile(r'"((?:account|address|ecny_wallet|phone):[^"]*)"')
_REFERENCE = re.compile(r'("reference": ")([^"]+)"')


def enlarge(lake: Lake, copies: float, aside: Path) -> None:
    """Add copies of the lake's events until it holds `copies` times as many; 2.3: one whole, and 0.3 of the days of another."""
    span = _span(lake)
    staged = []
    for number in range(1, math.ceil(copies)):
        for name in (name for name in TABLES if lake.count_events(name)):
            source = aside / f"copy-{number}-{name}.txt"
            source.write_text(f"copy {number} of {name}\n", encoding="utf-8")
            batch = lake.stage(_record(source, number, span), source)
            for part in _copied(lake, name, number):
                kept = _until(part, name, span, min(1.0, copies - number))
                batch.append({name: kept}, pl.DataFrame(schema=KEYS), pl.DataFrame(schema=REJECTS))
            staged.append(batch)
    lake.commit(staged)


def _span(lake: Lake) -> Span:
    told = lake.batches().select(pl.col("covers_from").min(), pl.col("covers_to").max(), pl.col("received_at").max())
    begins, ends, received = told.row(0)
    return Span(begins, ends, received)


def other_name(entity: str, copy: int) -> str:
    """Give an entity's name in a copy."""
    kind, _, name = entity.partition(":")
    if kind in KEPT:
        return entity
    house, slash, own = name.rpartition("/")
    keep = FIRST + 3 * own.startswith("+86") if own.lstrip("+").isdigit() else 0
    return f"{kind}:{house}{slash}{own[:keep]}{copy}{own[keep:]}"


def _record(source: Path, number: int, span: Span) -> BatchRecord:
    return BatchRecord(
        sha256=hashlib.sha256(source.read_bytes()).hexdigest(),
        file_name=source.name,
        deliverer=f"copy-{number}",
        department="benchmark",
        kind="copy",
        received_at=span.received,
        covers_from=span.begins,
        covers_to=span.ends,
    )


def _until(frame: pl.DataFrame, table: str, span: Span, share: float) -> pl.DataFrame:
    """Keep what happened in the first share of the days; who owns what stays whole."""
    if share >= 1.0 or TABLES[table].flow in (Flow.IDENTITY, Flow.LISTS):
        return frame
    return frame.filter(pl.col("occurred_at") < span.begins + (span.ends - span.begins) * share)


def _copied(lake: Lake, table: str, copy: int) -> Iterator[pl.DataFrame]:
    """Give the events of a table under other names, a million at a time."""
    names = [c.name for c in (*COMMON, *TABLES[table].columns) if c.name not in ("batch", "known_at", "row")]
    events = lake.events(table, names)
    for start in range(0, len(events), 1 << 20):
        piece = events.slice(start, 1 << 20)
        frame = pl.DataFrame({name: pl.from_arrow(_renamed(table, name, piece.column(name), copy)) for name in names})
        yield frame.with_columns(
            event_id=pl.col("event_id") + f"-{copy}", row=pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64)
        )


def _renamed(table: str, column: str, values: pa.ChunkedArray, copy: int) -> Any:
    if column in TABLES[table].entity_columns:
        one = values.combine_chunks()
        one = one.chunk(0) if isinstance(one, pa.ChunkedArray) else one
        compact = one.dictionary_decode().dictionary_encode()
        names = [other_name(name, copy) for name in compact.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(compact.indices, pa.array(names, pa.string()))
    if (table, column) == ("reports", "payments"):
        return pa.array([None if text is None else _retold(text, copy) for text in values.to_pylist()], pa.string())
    return values


def _retold(payments: str, copy: int) -> str:
    named = _ENTITY.sub(lambda m: f'"{other_name(m[1], copy)}"', payments)
    return _REFERENCE.sub(lambda m: f'{m[1]}{m[2]}-{copy}"', named)
