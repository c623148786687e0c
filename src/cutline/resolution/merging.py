"""Several tokens, one person: an index in which what officers judged the same has one code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import EventTable, Index
from cutline.model.judgements import Resolution
from cutline.model.tables import TABLES


def merge(index: Index, resolution: Resolution) -> Index:
    """Give the index in which all that was known of a judged token is known of the token that leads.

    Rows and their citations stay where they are; the token that is led keeps its code and has no rows. Columns that name
    none of them are shared with the given index. Without judgements the index is given back as it is.
    """
    target = np.arange(len(index) + 1, dtype=np.int32)
    target[-1] = -1  # what is unknown stays unknown: -1 is the last place
    for entity, leader in resolution.leader.items():
        led, leading = index.code(entity), index.code(leader)
        if led >= 0 and leading >= 0:
            target[led] = leading
    moved = np.flatnonzero(target[:-1] != np.arange(len(index)))
    if not len(moved):
        return index
    return replace(index, tables={name: _merged(table, target, moved) for name, table in index.tables.items()}, _codes={})


def _merged(table: EventTable, target: NDArray[np.int32], moved: NDArray[np.int64]) -> EventTable:
    columns = dict(table.columns)
    for column in TABLES[table.name].entity_columns:
        if column in columns and np.isin(columns[column], moved).any():
            columns[column] = target[columns[column]]
    return replace(table, columns=columns)
