"""Finding rows without reading tables: events by what their sources call them, records by the entity they name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES
from cutline.store.events import EventOrder
from cutline.store.records import Part, read_frame, read_part
from cutline.store.registers import Register

Rows = NDArray[np.int64]

READERS = 2
"""Parts that are read at once: reading happens outside the interpreter."""


def find_events(folder: Path, order: EventOrder, ids: pl.Series, registers: Mapping[str, Register]) -> pl.DataFrame:
    """Give (id, position in `events`) for every event of which a sighting has an id among `ids`.

    Looks at event_id and, where the table has it, transaction_id. Cost: with `registers` of both columns what the found rows
    cost; else one pass over these columns. Memory: one part.
    """
    wanted = ids.cast(pl.String).unique().drop_nulls()
    hits = [pl.DataFrame(schema={"id": pl.String(), "reading": pl.Int64()})]
    for column in ("event_id", "transaction_id"):
        for k, at in _looked_at(order.parts, column, wanted.to_list(), registers.get(column)):
            hits.append(_hits(folder, order.parts[k], int(order.starts[k]), column, wanted, at))
    found = pl.concat(hits)
    place = _places(order, found["reading"].to_numpy())
    seen = found.select("id", position=pl.Series(place, dtype=pl.Int64)).filter(pl.col("position") >= 0)
    return seen.unique().sort("id", "position")


def rows_about(
    folder: Path,
    parts: Sequence[Part],
    sides: Sequence[str],
    entities: Collection[str],
    columns: Sequence[str],
    registers: Mapping[str, Register],
) -> pl.DataFrame:
    """Give what records say of some entities that one of the `sides` (columns) names, in time order.

    The frame has occurred_at, deliverer, the `sides` and the columns asked for. With `registers` of all `sides` only parts
    that name one of them are read; else these columns of all `parts`. What several sightings say stands once.
    """
    texts = sorted(set(entities))
    wanted, names = pa.array(texts, pa.string()), list(dict.fromkeys(["occurred_at", "deliverer", *sides, *columns]))

    def look(found: tuple[Part, Rows | None]) -> pl.DataFrame | None:
        part, rows = found
        if rows is not None:
            named_there = pl.any_horizontal(pl.col(side).is_in(texts) for side in sides)
            return _read_rows(folder, part, names, rows).filter(named_there)
        at = np.flatnonzero(_naming(folder, part, sides, wanted))
        return _read_rows(folder, part, names, at) if len(at) else None

    asked = {part.path for part in parts}
    held = registers[sides[0]].parts if all(side in registers for side in sides) else parts
    looked_at = [(held[k], rows) for k, rows in _looked_at_sides(held, sides, texts, registers) if held[k].path in asked]
    with ThreadPoolExecutor(READERS) as pool:
        looked = list(pool.map(look, looked_at))
    found = [frame for frame in looked if frame is not None]
    if not found:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    return pl.concat(found).unique(maintain_order=True).sort("occurred_at", "deliverer", maintain_order=True)


def _looked_at_sides(
    parts: Sequence[Part], sides: Sequence[str], ids: Sequence[str], registers: Mapping[str, Register]
) -> list[tuple[int, Rows | None]]:
    """As `_looked_at`, of several columns: a part is looked at once, wherever it may name one of the ids."""
    together: dict[int, list[Rows | None]] = {}
    registered = all(side in registers for side in sides)
    for side in sides:
        for k, rows in _looked_at(parts, side, ids, registers[side] if registered else None):
            together.setdefault(k, []).append(rows)
    found = [(k, [one for one in rows if one is not None]) for k, rows in sorted(together.items())]
    return [(k, np.unique(np.concatenate(rows)) if rows else None) for k, rows in found]


def _naming(folder: Path, part: Part, sides: Sequence[str], wanted: pa.Array) -> NDArray[np.bool_]:
    """Say which rows of a part name one of the wanted in any of these columns."""
    read, naming = read_part(folder, part, sides), np.zeros(part.rows, np.bool_)
    for column in read.columns:
        naming |= np.concatenate([np.zeros(0, np.bool_), *(_named(chunk, wanted) for chunk in column.chunks)])
    return naming


def _looked_at(
    parts: Sequence[Part], column: str, ids: Sequence[str], register: Register | None
) -> list[tuple[int, Rows | None]]:
    """Give the parts, by number, that may name one of the ids, and in which rows; None: in any."""
    if not ids:
        return []
    if register is not None:
        return list(register.find(ids))
    return [(k, None) for k, part in enumerate(parts) if column in part.columns]


def _read_rows(folder: Path, part: Part, names: Sequence[str], rows: Rows) -> pl.DataFrame:
    """Read some rows of a part; only these leave Arrow, ids and categories as text, columns never written as null."""
    schema = {n: pl.String() if k == pl.Categorical else k for n, k in polars_schema(TABLES[part.table]).items()}
    chosen = read_part(folder, part, names).take(pa.array(rows))
    frame = pl.DataFrame(pl.from_arrow(pa.table({n: _as_text(chosen.column(n)) for n in chosen.column_names})))
    missing = [pl.lit(None, schema[name]).alias(name) for name in names if name not in part.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(schema[name]) for name in names)


def _named(chunk: pa.DictionaryArray, wanted: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which rows of a dictionary column name one of the wanted: the dictionary is searched, not the rows."""
    known = np.append(pc.is_in(chunk.dictionary.cast(pa.string()), value_set=wanted).to_numpy(zero_copy_only=False), False)
    return np.asarray(known[pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False)], np.bool_)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a dictionary's few values without the dictionary."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _hits(folder: Path, part: Part, start: int, column: str, wanted: pl.Series, rows: Rows | None) -> pl.DataFrame:
    values = read_frame(folder, part, [column])[column]
    rows = np.arange(part.rows) if rows is None else rows
    known = values.gather(rows)
    at = np.flatnonzero(known.is_in(wanted.implode()).fill_null(value=False).to_numpy())
    told = {"id": known.gather(at), "reading": start + rows[at]}
    return pl.DataFrame(told, schema={"id": pl.String(), "reading": pl.Int64()})


def _places(order: EventOrder, reading: Rows) -> Rows:
    """From reading positions of records to positions of their events; -1 for a repeat that stands for nothing."""
    merged = np.flatnonzero(np.isin(order.sighting, reading.astype(np.int32)))
    main_of = dict(zip(order.sighting[merged].tolist(), order.main[merged].tolist(), strict=True))
    main = np.array([main_of.get(one, one) for one in reading.tolist()], np.int32)
    named = np.flatnonzero(np.isin(order.source, main))
    position_of = dict(zip(order.source[named].tolist(), named.tolist(), strict=True))
    return np.array([position_of.get(one, -1) for one in main.tolist()], np.int64)
