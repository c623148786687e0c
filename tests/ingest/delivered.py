"""Writes small deliveries for the tests and reads them to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cutline.ingest.chunk import KEY_SCHEMA, REJECT_SCHEMA, REST_KEPT, Chunk, Reader, SourceFile
from cutline.ingest.kinds import best_kind
from cutline.ingest.survey import survey
from cutline.ingest.tabular import LAKE_ADDS, TABULAR_READERS
from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES

DELIVERY = "source: desk\nreceived_at: 2026-04-01T08:00:00+08:00\n"


@dataclass(slots=True)
class Result:
    """All chunks of a file put together."""

    read: int
    tables: dict[str, pl.DataFrame]
    keys: pl.DataFrame
    rejects: pl.DataFrame
    zone_assumed: int
    partial: pl.DataFrame


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def discover(paths: Sequence[Path]) -> list[SourceFile]:
    """Give the files that a survey finds; raises the first of its refusals."""
    found = survey(paths)
    if found.refused:
        raise found.refused[0]
    return found.files


def deliver(folder: Path, name: str, content: bytes | str, delivery: str = DELIVERY) -> SourceFile:
    """Write one file and its delivery.yaml, and give it as discovered."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "delivery.yaml").write_text(delivery, encoding="utf-8")
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return discover([path])[0]


def reader_of(kind: str) -> Reader:
    """Give the tabular reader of a kind."""
    return next(reader for reader in TABULAR_READERS if reader.kind == kind)


def read_csv(folder: Path, content: bytes | str, kind: str | None = None, delivery: str = DELIVERY) -> Result:
    """Deliver a CSV file and read it with the named reader, or the one that its header asks for."""
    file = deliver(folder, "file.csv", content, delivery)
    if kind is None:
        text = content if isinstance(content, str) else content.decode("latin-1")
        known = best_kind(text.split("\n", 1)[0].strip("\ufeff\r").split(","))
        assert known is not None
        kind = known.name
    return read_all(reader_of(kind), file)


def read_all(reader: Reader, file: SourceFile) -> Result:
    """Read a file to its end and check what must hold of every reader."""
    chunks = list(reader.read(file))
    for chunk in chunks:
        check_contract(chunk)
    rows = sorted([row for chunk in chunks for part in (chunk.keys, chunk.rejects) for row in part["row"].to_list()])
    assert rows == list(range(1, sum(chunk.read for chunk in chunks) + 1))
    names = sorted({name for chunk in chunks for name in chunk.tables})
    return Result(
        read=sum(chunk.read for chunk in chunks),
        tables={name: pl.concat([chunk.tables[name] for chunk in chunks if name in chunk.tables]) for name in names},
        keys=_concat([chunk.keys for chunk in chunks], KEY_SCHEMA),
        rejects=_concat([chunk.rejects for chunk in chunks], REJECT_SCHEMA),
        zone_assumed=sum(chunk.zone_assumed for chunk in chunks),
        partial=_concat([chunk.partial for chunk in chunks], REJECT_SCHEMA),
    )


def check_contract(chunk: Chunk) -> None:
    """Check schemas, that every source row is in keys or rejects, once, and that lake rows come from accepted rows."""
    assert dict(chunk.keys.schema) == KEY_SCHEMA
    assert dict(chunk.rejects.schema) == dict(chunk.partial.schema) == REJECT_SCHEMA
    assert chunk.partial["row"].is_in(chunk.keys["row"].implode()).all()
    assert chunk.partial["expected"].str.ends_with(REST_KEPT).all()
    rows = pl.concat([chunk.keys["row"], chunk.rejects["row"]])
    assert rows.n_unique() == len(rows) == chunk.read
    assert chunk.rejects["expected"].null_count() == 0
    assert (chunk.rejects["expected"] != "").all()
    for name, frame in chunk.tables.items():
        wanted = {c: t for c, t in polars_schema(TABLES[name]).items() if c not in LAKE_ADDS}
        assert dict(frame.schema) == wanted
        required = [c for c in wanted if TABLES[name][c].required]
        assert frame.select(pl.col(required).null_count()).sum_horizontal().item() == 0
        assert frame["row"].is_in(chunk.keys["row"].implode()).all()
        assert frame.select("event_id", "row").is_unique().all()


def _concat(frames: Sequence[pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.concat([*frames, pl.DataFrame(schema=schema)])
