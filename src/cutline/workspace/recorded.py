"""What the judge of warnings looks up: rows of the records in which some entities stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from cutline.evaluation import Records
from cutline.evaluation.warned import HELD
from cutline.model.index import EventTable, Index
from cutline.store.lake import Lake

Touching = Callable[[Iterable[str]], pl.DataFrame]
"""Gives the rows of a table in which one of some entities stands at one of its ends: the ends as text, `occurred_at`."""

UTC_US = pl.Datetime("us", "UTC")


def records_of(lake: Lake, index: Index | None, known: Iterable[str]) -> Records:
    """Give the look-ups of the judge, from the index of an analysis where it is in memory: to read millions takes seconds."""
    return Records(
        ties_of(lake, index),
        frozenset(known),
        _rows(lake, index, "transfers", ["payer"], "payer"),
        _rows(lake, index, "contacts", ["source", "target"], "target"),
    )


def ties_of(lake: Lake, index: Index | None = None) -> Touching:
    """Give who holds what by some record: ties (`a`, `b`) that touch some entities. They are read once, and kept as codes."""
    return _rows(lake, index, "ties", ["a", "b"], "a", "b", relations=HELD)


def _rows(
    lake: Lake, index: Index | None, table: str, columns: list[str], *ends: str, relations: Sequence[str] = ()
) -> Touching:
    held = index.tables.get(table) if index is not None else None
    if index is not None and held is not None and {*columns, *(["relation"] if relations else [])} <= held.columns.keys():
        return _of_index(index, held, columns, ends, relations)
    return _of_lake(lake, table, columns, ends, relations)


def _of_index(index: Index, held: EventTable, columns: list[str], ends: Sequence[str], relations: Sequence[str]) -> Touching:
    mine = np.ones(len(held), np.bool_)
    if relations:
        mine = np.isin(held.columns["relation"], [held.category("relation", one) for one in relations])

    def touching(entities: Iterable[str]) -> pl.DataFrame:
        asked = np.zeros(len(index) + 1, np.bool_)  # the last one is who is absent: -1
        asked[[code for code in map(index.code, entities) if code >= 0]] = True
        at = np.flatnonzero(mine & np.logical_or.reduce([asked[held.columns[end]] for end in ends]))
        told = {name: _named(index, held.columns[name][at]) for name in columns}
        return pl.DataFrame({**told, "occurred_at": pl.Series(held.t_us[at], dtype=pl.Int64).cast(UTC_US)})

    return touching


def _named(index: Index, codes: np.ndarray[tuple[int], np.dtype[np.int32]]) -> pl.Series:
    """Give the ids behind codes, null behind -1."""
    return pl.Series(index.entities.take(pa.array(codes, pa.int32(), mask=codes < 0)), dtype=pl.String)


def _of_lake(lake: Lake, table: str, columns: list[str], ends: Sequence[str], relations: Sequence[str]) -> Touching:
    @cache
    def read() -> pa.Table:
        rows = lake.events(table, [*columns, "relation"] if relations else columns)
        return rows.filter(_among(rows, "relation", relations)) if relations else rows

    def touching(entities: Iterable[str]) -> pl.DataFrame:
        asked, rows = list(entities), read()
        chosen = rows.filter(reduce(pc.or_, [_among(rows, end, asked) for end in ends]))
        return pl.DataFrame(pl.from_arrow(chosen)).select(*(pl.col(name).cast(pl.String) for name in columns), "occurred_at")

    return touching


def _among(rows: pa.Table, name: str, values: Sequence[str]) -> pa.Array:
    """Say which rows have one of some values in a dictionary-encoded column: each name is compared once, not each row."""
    coded = rows.column(name).combine_chunks()
    asked = pc.is_in(coded.dictionary.cast(pa.large_string()), value_set=pa.array(values, pa.large_string()))
    return asked.take(coded.indices).fill_null(False)
