"""A lake seen through a change: other names for its entities, or other values of what is protected; the rest is its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES
from cutline.store.lake import Lake

DIGITS, LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
BACKWARDS = str.maketrans(DIGITS + LOWER + LOWER.upper(), DIGITS[::-1] + LOWER[::-1] + LOWER.upper()[::-1])
KEPT = ("place", "ip")
"""Where something is, is a fact about it and no name."""

ORDERED_BY = 3
"""A number keeps so many first digits: they say what kind of number it is (mobile or fixed, which bank's card)."""


class ChangedLake:
    """What analysis asks of a lake, with `change(table, column, values)` applied to whatever is read."""

    def __init__(self, lake: Lake, change: Callable[[str, str, pa.Array], pa.Array]) -> None:
        self._lake, self._change = lake, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lake, name)

    def events(self, table: str, columns: Sequence[str]) -> pa.Table:
        found = self._lake.events(table, columns)
        for k, name in enumerate(found.column_names):
            if name != "occurred_at":
                found = found.set_column(k, name, self._change(table, name, found.column(name).combine_chunks()))
        return found


def other_name(entity: str) -> str:
    """Another id of the same kind and the same house; those that were first in order come last, neighbours stay neighbours."""
    kind, _, name = entity.partition(":")
    if kind in KEPT or (kind == "phone" and not name.startswith("+86")):
        return entity
    house, slash, own = name.rpartition("/")
    keep = ORDERED_BY + own.startswith("+86") * 3 if own.lstrip("+").isdigit() else 0
    return f"{kind}:{house}{slash}{own[:keep]}{own[keep:].translate(BACKWARDS)}"


def with_other_names(lake: Lake) -> ChangedLake:
    """Every entity has another name, everywhere: in columns and in what reports tell."""

    def change(table: str, column: str, values: pa.Array) -> pa.Array:
        if column in TABLES[table].entity_columns:
            return _mapped(values, other_name)
        return _mapped(values, _told_otherwise) if (table, column) == ("reports", "payments") else values

    return ChangedLake(lake, change)


def with_protected_attributes_dealt_anew(lake: Lake, seed: int) -> ChangedLake:
    """Everybody gets somebody else's registered region, nationality, ethnicity, birth year and sex."""
    rng = np.random.default_rng(seed)
    attribute = lake.events("facts", ["attribute"]).column("attribute").combine_chunks()
    mine = pc.is_in(attribute.cast(pa.string()), value_set=pa.array(sorted(PROTECTED_ATTRIBUTES))).to_numpy(
        zero_copy_only=False
    )
    order = np.arange(len(mine))
    for name in sorted(PROTECTED_ATTRIBUTES):
        here = np.flatnonzero(mine & pc.equal(attribute.cast(pa.string()), name).to_numpy(zero_copy_only=False))
        order[here] = rng.permutation(here)

    def change(table: str, column: str, values: pa.Array) -> pa.Array:
        if (table, column) == ("facts", "value"):
            return values.take(pa.array(order))
        if TABLES[table][column].protected:
            return values.take(pa.array(rng.permutation(len(values))))
        return values

    return ChangedLake(lake, change)


def _mapped(values: pa.Array, rename: Callable[[str], str]) -> pa.Array:
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    names = [rename(name) for name in values.dictionary.to_pylist()]
    renamed = pa.DictionaryArray.from_arrays(values.indices, pa.array(names, values.type.value_type))
    assert len(set(names)) == len(names), "two entities got one name"
    return renamed


def _told_otherwise(payments: str) -> str:
    told = json.loads(payments)
    for payment in told:
        payment.update({side: other_name(payment[side]) for side in ("from", "to") if payment.get(side)})
    return json.dumps(told)
