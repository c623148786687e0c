"""Finding rows without reading tables: events by what their sources call them, records by the entity they name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES
from cutline.store.events import EventOrder
from cutline.store.records import Part, read_frame, read_part

READERS = 2
"""Parts that are read at once: reading happens outside the interpreter."""


def find_events(folder: Path, order: EventOrder, ids: pl.Series) -> pl.DataFrame:
    """Give (id, position in `events`) for every event of which a sighting has an id among `ids`.

    Looks at event_id and, where the table has it, transaction_id. Cost: one pass over these columns; memory: one part.
    """
    wanted = ids.cast(pl.String).unique().drop_nulls().implode()
    hits = [pl.DataFrame(schema={"id": pl.String(), "reading": pl.Int64()})]
    for part, start in zip(order.parts, order.starts, strict=False):
        named = [column for column in ("event_id", "transaction_id") if column in part.columns]
        hits += [_hits(folder, part, int(start), column, wanted) for column in named]
    found = pl.concat(hits)
    place = _places(order, found["reading"].to_numpy())
    seen = found.select("id", position=pl.Series(place)).filter(pl.col("position") >= 0)
    return seen.unique().sort("id", "position")


def rows_about(
    folder: Path, parts: Sequence[Part], column: str, entities: Collection[str], columns: Sequence[str]
) -> pl.DataFrame:
    """Give what records of a table say of some entities: occurred_at, deliverer and the columns asked for, in time order.

    Only the column that names the entities is read of parts that name none of them. What several sightings say stands once.
    """
    wanted, names = pa.array(sorted(set(entities)), pa.string()), ["occurred_at", "deliverer", column, *columns]
    names = list(dict.fromkeys(names))

    def look(part: Part) -> pl.DataFrame | None:
        named = read_part(folder, part, [column]).column(column)
        at = np.concatenate([np.zeros(0, np.bool_), *(_named(chunk, wanted) for chunk in named.chunks)])
        return _read_rows(folder, part, names, at) if at.any() else None

    with ThreadPoolExecutor(READERS) as pool:
        looked = list(pool.map(look, (part for part in parts if column in part.columns and len(wanted))))
    found = [frame for frame in looked if frame is not None]
    if not found:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    return pl.concat(found).unique(maintain_order=True).sort("occurred_at", "deliverer", maintain_order=True)


def _read_rows(folder: Path, part: Part, names: Sequence[str], at: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.DataFrame:
    """Read some rows of a part; only these leave Arrow, ids and categories as text, columns never written as null."""
    schema = {n: pl.String() if k == pl.Categorical else k for n, k in polars_schema(TABLES[part.table]).items()}
    frame = pl.DataFrame(pl.from_arrow(read_part(folder, part, names).filter(pa.array(at))))
    missing = [pl.lit(None, schema[name]).alias(name) for name in names if name not in part.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(schema[name]) for name in names)


def _named(chunk: pa.DictionaryArray, wanted: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which rows of a dictionary column name one of the wanted: the dictionary is searched, not the rows."""
    known = np.append(pc.is_in(chunk.dictionary.cast(pa.string()), value_set=wanted).to_numpy(zero_copy_only=False), False)
    return np.asarray(known[pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False)], np.bool_)


def _hits(folder: Path, part: Part, start: int, column: str, wanted: pl.Series) -> pl.DataFrame:
    values = read_frame(folder, part, [column])[column]
    at = np.flatnonzero(values.is_in(wanted).fill_null(value=False).to_numpy())
    return pl.DataFrame({"id": values.gather(at), "reading": start + at}, schema={"id": pl.String(), "reading": pl.Int64()})


def _places(
    order: EventOrder, reading: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """From reading positions of records to positions of their events; -1 for a repeat that stands for nothing."""
    total = int(order.starts[-1])
    main = np.full(total, -1, np.int64)
    main[order.source] = np.arange(len(order.source))
    if len(order.main):
        main[order.sighting] = main[order.main]
    return main[reading]
