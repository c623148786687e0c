"""The graph index: the lake's events become the dense columns of `model.index`, which kernels can sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.model.index import ABSENT, KIND_NAMES, NULL, Beyond, Cite, Coverage, EventTable, Index, Known, ReadEvents
from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES, Unit

__all__ = ["ABSENT", "KIND_NAMES", "NULL", "Cite", "Coverage", "EventTable", "Index", "Known", "ReadEvents", "build_index"]

READERS = 2
"""Tables that are read at once: reading happens outside the interpreter."""


def build_index(
    read: ReadEvents,
    wanted: Mapping[str, Sequence[str]],
    coverage: Callable[[], Mapping[str, Coverage]],
    cite: Cite,
    known: Known,
) -> Index:
    """Read the wanted columns of the wanted tables and give them dense codes.

    Cost: one pass over each column; strings are touched once for each distinct id, not for each row. Two tables are read at
    once, so `read` must bear that. `coverage` (by table) is asked for when they are read.
    """
    index = Index(pa.array([], pa.large_string()), np.empty(0, np.uint8), {}, cite, known)
    with ThreadPoolExecutor(READERS) as pool:
        tables = dict(zip(wanted, pool.map(lambda name: read(name, list(wanted[name])), wanted), strict=True))
    encoded = {
        (name, column): _dictionary(table.column(column))
        for name, table in tables.items()
        for column in _entity_columns(name, table)
    }
    index.entities, mappings = _all_entities(encoded)
    index.kinds = _kinds(index.entities)
    covered = coverage()
    for name in list(tables):
        dense = _Dense(name, tables.pop(name), covered.get(name, Coverage(None, None)))
        for column in dense.entity_columns:
            dense.out.columns[column] = _through(encoded.pop((name, column)), mappings[name, column])
        index.tables[name] = dense.fill()
    del dense, tables, encoded
    pa.default_memory_pool().release_unused()
    return index


Key = tuple[str, str]


def _entity_columns(name: str, table: pa.Table) -> list[str]:
    return [c for c in table.column_names if TABLES[name][c].unit is Unit.ENTITY]


def _all_entities(encoded: Mapping[Key, pa.DictionaryArray]) -> tuple[pa.Array, dict[Key, NDArray[np.int32]]]:
    """Give all ids in order, and for each column from its own codes to the common ones: every spelling is hashed once."""
    parts = [one.dictionary.cast(pa.large_string()) for one in encoded.values()]
    if not parts:
        return pa.array([], pa.large_string()), {}
    together = pa.chunked_array(parts).combine_chunks().dictionary_encode()
    order = pc.sort_indices(together.dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    common = rank[together.indices.to_numpy()]
    ends = np.cumsum([len(part) for part in parts])
    return together.dictionary.take(pa.array(order)), dict(zip(encoded, np.split(common, ends[:-1]), strict=True))


def _kinds(names: pa.Array) -> NDArray[np.uint8]:
    prefix = pc.utf8_slice_codeunits(names, 0, 14)
    kind = pc.list_element(pc.split_pattern(prefix, ":", max_splits=1), 0) if len(names) else names
    codes = pc.index_in(kind, value_set=pa.array(KIND_NAMES, pa.large_string())).to_numpy(zero_copy_only=False)
    return np.asarray(codes, np.uint8)


def _dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    combined = column.unify_dictionaries().combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return combined.chunk(0) if combined.num_chunks else pa.array([], pa.string()).dictionary_encode()
    return combined


class _Dense:
    """One table on its way from Arrow to dense columns."""

    def __init__(self, name: str, table: pa.Table, coverage: Coverage) -> None:
        self._name, self._table = name, table
        self.entity_columns = _entity_columns(name, table)
        self.out = EventTable(name, _int64(table.column("occurred_at")), {}, {}, coverage)

    def fill(self) -> EventTable:
        """Turn every column that names no entity into numbers."""
        for column in self._table.column_names:
            if column == "occurred_at":
                self.out.columns[column] = self.out.t_us
            elif column not in self.out.columns:
                self._fill(column, TABLES[self._name][column].unit, self._table.column(column))
        return self.out

    def _fill(self, column: str, unit: Unit, values: pa.ChunkedArray) -> None:
        columns = self.out.columns
        match unit:
            case Unit.CATEGORY:
                columns[column], self.out.categories[column] = _category(_dictionary(values))
            case Unit.TEXT:
                encoded = _dictionary(self._readable(column, values))
                self.out.texts[column] = encoded.dictionary
                columns[column] = np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), np.int32)
            case Unit.TIME | Unit.DURATION:
                columns[column] = _int64(values)
            case Unit.MINOR:
                columns[column], beyond = _minor(values)
                if beyond is not None:
                    self.out.beyond[column] = beyond
            case Unit.FLAG:
                columns[column] = np.asarray(pc.fill_null(values.cast(pa.int8()), -1).to_numpy(), np.int8)
            case Unit.NUMBER:
                columns[column] = np.asarray(pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy(), np.float64)
            case _:
                raise UsageError(f"{self._name}.{column} is {unit}; the index holds no such column; read it from the lake")

    def _readable(self, column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """Leave out what no analysis may or need read: protected facts, and moments that `valid_from` tells."""
        if (self._name, column) != ("facts", "value") or "attribute" not in self._table.column_names:
            return values
        left_out = pa.array(sorted(PROTECTED_ATTRIBUTES | {"opened_at"}))
        return pc.if_else(pc.is_in(self._table.column("attribute").cast(pa.string()), value_set=left_out), None, values)


def _category(encoded: pa.DictionaryArray) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return _through(encoded, rank), tuple(encoded.dictionary.take(pa.array(order)).to_pylist())


def _through(encoded: pa.DictionaryArray, mapping: NDArray[Any]) -> NDArray[np.int32]:
    codes = np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), np.int64)
    table = np.append(np.asarray(mapping, np.int32), np.int32(-1))
    return np.asarray(table[codes], np.int32)


def _int64(values: pa.ChunkedArray) -> NDArray[np.int64]:
    # A copy: a view would keep the arena that Arrow read everything into, several times the size of what is kept.
    return np.array(pc.fill_null(values.cast(pa.int64()), NULL).to_numpy(), np.int64)


def _minor(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], Beyond | None]:
    if not pa.types.is_decimal(values.type):
        return _int64(values), None
    limit = pa.scalar(2**63 - 1, values.type)
    beyond = pc.fill_null(pc.greater(pc.abs(values), limit), False)
    if not pc.any(beyond).as_py():
        return _int64(values), None
    rows = np.flatnonzero(beyond.to_numpy())
    large = pa.concat_arrays(values.filter(beyond).cast(pa.decimal128(38, 0)).chunks)
    halves = np.frombuffer(large.buffers()[1], np.int64)[2 * large.offset :].reshape(-1, 2)[: len(large)].copy()
    return _int64(pc.if_else(beyond, pa.scalar(None, values.type), values)), Beyond(rows, halves)
