"""Small deliveries for the lake's tests: a file, its batch, and rows of `contacts`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from cutline.store.lake import Lake
from cutline.store.records import REJECTS, BatchRecord
from cutline.store.sightings import HIDDEN
from cutline.store.staging import StagedBatch

START = datetime(2026, 3, 1, tzinfo=UTC)
NO_REJECTS = pl.DataFrame(schema=REJECTS)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def contacts(rows: Sequence[Mapping[str, Any]], deliverer: str = "CMCC") -> pl.DataFrame:
    """Rows of contacts; what a row does not say is a call of +861 to +862 at START, with its place as row number."""
    full = [
        {
            "event_id": f"e{k}",
            "deliverer": deliverer,
            "occurred_at": START,
            "row": k,
            "source": "phone:+861",
            "target": "phone:+862",
            "medium": "call",
            "duration_s": None,
            "trunk": None,
            **row,
        }
        for k, row in enumerate(rows, start=1)
    ]
    types = {"duration_s": pl.Int64(), "trunk": pl.String(), "row": pl.Int64()}
    return pl.DataFrame(full, schema_overrides=types, infer_schema_length=None)


def keys(rows: Sequence[int]) -> pl.DataFrame:
    return pl.DataFrame({"row": list(rows), "key": [r + 100 for r in rows], "content": [r + 200 for r in rows]})


def rejects(rows: Sequence[int], original: str = "{}") -> pl.DataFrame:
    return pl.DataFrame(
        {"row": list(rows), "field": "duration_s", "found": "-4", "expected": "≥ 0", "original": original}, schema=REJECTS
    )


def record(source: Path, deliverer: str = "CMCC", **said: Any) -> BatchRecord:
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    given = {"department": "telecom", "kind": "cdr", "received_at": at(86_400 * 5), **said}
    return BatchRecord(sha256=sha256, file_name=source.name, deliverer=deliverer, **given)


def stage(
    lake: Lake,
    source: Path,
    frame: pl.DataFrame,
    bad: pl.DataFrame = NO_REJECTS,
    **said: Any,
) -> StagedBatch:
    """Write a source file of the frame's ids and stage the frame as its batch."""
    source.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        source.write_text(f"record_id,{source.stem}\n" + "".join(f"{e}\n" for e in frame["event_id"]))
    deliverer = frame["deliverer"][0] if frame.height else "CMCC"
    with lake.stage(record(source, deliverer, **said), source) as staged:
        staged.append({"contacts": frame}, keys(frame["row"].unique(maintain_order=True).to_list()), bad)
    return staged


def hidden(*rows: tuple[str, str, int, str, int, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=HIDDEN, orient="row")


def seen(lake: Lake, *columns: str, table: str = "contacts") -> list[tuple[Any, ...]]:
    """The events as tuples of columns, without the time unless asked for."""
    frame = pl.DataFrame(pl.from_arrow(lake.events(table, list(columns))))
    return frame.select(pl.col(c).cast(pl.String) if frame[c].dtype == pl.Categorical else pl.col(c) for c in columns).rows()


PAST = date(2026, 4, 1)
LATER = date(2027, 1, 1)
TODAY = date(2026, 5, 1)
