"""Columns of events: what the visible records tell, filled from their merged sightings where they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.model.schemas import polars_schema
from cutline.model.tables import COMMON, TABLES
from cutline.store.events import EventOrder
from cutline.store.records import ADDED, dictionary_columns, read_part

READERS = 2
"""Parts that are read, and columns that are put together, at once."""

_COMMON = frozenset(column.name for column in COMMON)


def read_events(folder: Path, order: EventOrder, columns: Sequence[str]) -> pa.Table:
    """Read columns of the events; entities and categories (and `batch`) come dictionary-encoded with one dictionary.

    A column of the table proper that is null in the visible record is filled from the first merged sighting that has it;
    `known_at` is when the first of the sightings was received. Memory: the stored columns (4 to 16 bytes a record) and two
    columns more than the result.
    """
    names = ["occurred_at", *[c for c in columns if c != "occurred_at"]]
    stored = [name for name in names if name not in ADDED]
    chunks: dict[str, list[Any]] = {name: [] for name in stored}

    def make(name: str) -> Any:
        if name == "known_at":
            return _known_at(order)
        if name == "batch":
            return _batch(order)
        column = _dictionary_column if name in dictionary_columns(TABLES[order.table]) else _plain_column
        return column(order, name, chunks.pop(name))

    # Arrow and NumPy let go of the interpreter while they work: two threads keep two cores busy.
    with ThreadPoolExecutor(READERS) as pool:
        for part, read in zip(order.parts, pool.map(lambda p: read_part(folder, p, stored), order.parts), strict=True):
            for name in stored:
                chunks[name].append(read.column(name) if name in part.columns else part.rows)
        return pa.table(dict(zip(names, pool.map(make, names), strict=True)))


def _filled(order: EventOrder, name: str, valid: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Say from which reading position each event takes its value of a column."""
    if name in _COMMON or not len(order.main):
        return order.source
    origin = np.arange(len(valid), dtype=np.int32)
    helps = ~valid[order.main] & valid[order.sighting]
    # Assigned last to first, so that the first sighting that knows the value is the one that stays.
    origin[order.main[helps][::-1]] = order.sighting[helps][::-1]
    return np.asarray(origin[order.source], np.int32)


def _dictionary_column(order: EventOrder, name: str, chunks: list[Any]) -> pa.DictionaryArray:
    pieces = [piece for chunk in chunks if not isinstance(chunk, int) for piece in chunk.chunks]
    unified = pa.chunked_array(pieces, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries()
    codes = np.full(int(order.starts[-1]), -1, np.int32)
    arrived = iter(unified.chunks)
    at = 0
    for chunk in chunks:
        end = at + (chunk if isinstance(chunk, int) else len(chunk))
        while at < end and not isinstance(chunk, int):
            piece = next(arrived)
            codes[at : at + len(piece)] = pc.fill_null(piece.indices, -1).to_numpy()
            at += len(piece)
        at = end
    values = unified.chunk(0).dictionary if unified.num_chunks else pa.array([], pa.string())
    codes = codes[_filled(order, name, codes >= 0)]
    return _only_used(codes, values)


def _only_used(codes: NDArray[np.int32], values: pa.Array) -> pa.DictionaryArray:
    """Drop dictionary values that no event has, so that a hidden record's ids do not appear as entities."""
    used = np.zeros(len(values) + 1, bool)
    used[codes] = True
    used = used[:-1]
    if not used.all():
        compact = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(-1)).astype(np.int32)
        codes, values = compact[codes], values.filter(pa.array(used))
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values)


def _plain_column(order: EventOrder, name: str, chunks: list[Any]) -> pa.Array:
    kind = _arrow_type(order.table, name)
    pieces = [pa.nulls(c, kind) if isinstance(c, int) else c.cast(kind).combine_chunks() for c in chunks]
    whole = pa.concat_arrays(
        [a for p in pieces for a in (p.chunks if isinstance(p, pa.ChunkedArray) else [p])] or [pa.nulls(0, kind)]
    )
    valid = np.ones(len(whole), bool) if not whole.null_count else pc.is_valid(whole).to_numpy(zero_copy_only=False)
    return whole.take(pa.array(_filled(order, name, valid)))


def _arrow_type(table: str, name: str) -> pa.DataType:
    empty = pl.DataFrame(schema={name: polars_schema(TABLES[table])[name]})
    return empty.to_arrow(compat_level=pl.CompatLevel.oldest()).schema.field(0).type


def _part_of(order: EventOrder) -> NDArray[np.int32]:
    return np.repeat(np.arange(len(order.parts), dtype=np.int32), np.diff(order.starts))


def _known_at(order: EventOrder) -> pa.Array:
    part_of = _part_of(order)
    known = order.known_us[part_of] if len(order.parts) else np.zeros(0, np.int64)
    if len(order.main):
        np.minimum.at(known, order.main, known[order.sighting])
    return pa.array(known[order.source]).cast(pa.timestamp("us", "UTC"))


def _batch(order: EventOrder) -> pa.DictionaryArray:
    batches = sorted({p.batch for p in order.parts})
    numbers = {batch: k for k, batch in enumerate(batches)}
    number = np.array([numbers[p.batch] for p in order.parts], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(number[_part_of(order)][order.source]), pa.array(batches, pa.string()))
