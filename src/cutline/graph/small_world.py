"""Small worlds written by hand: a few rows become the index that analysis rooms take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.graph.index import build_index
from cutline.model.evidence import Citation
from cutline.model.index import Coverage, Index
from cutline.model.moments import to_us
from cutline.model.tables import TABLES, Table, Unit

Row = Mapping[str, Any]

_NOT_INDEXED = (Unit.DECIMAL,)


Span = tuple[datetime, datetime]

Houses = Mapping[str, Mapping[str, Span | None]]
"""By table and beginning of ids: from when to when an institution delivered; None: it did not."""


def small_world(covered: Span, tables: Mapping[str, Sequence[Row]], houses: Houses | None = None) -> Index:
    """Make an index of rows by table: `{"transfers": [{"occurred_at": …, "payer": "account:CN/ICBK/1", …}]}`.

    Missing columns are null; a row without event id, deliverer, batch or `known_at` is given one. A table that is not named
    was not delivered: it is empty and not covered. Raises UsageError where a row names a column that its table has not.
    """
    arrow = {name: _arrow(table, tables.get(name, ())) for name, table in TABLES.items()}

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        return arrow[name].select(["occurred_at", *[c for c in columns if c != "occurred_at"]])

    def cite(name: str, positions: NDArray[np.int64]) -> list[Citation]:
        rows = arrow[name].select(["deliverer", "event_id", "batch", "row"]).take(pa.array(positions)).to_pylist()
        return [Citation(name, r["deliverer"], r["event_id"], r["batch"], r["row"]) for r in rows]

    def known(name: str, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(arrow[name].column("known_at").cast(pa.int64()).to_numpy()[positions], np.int64)

    wanted = {n: [c.name for c in t.columns if c.unit not in _NOT_INDEXED] for n, t in TABLES.items()}
    coverage = {name: _coverage(covered, (houses or {}).get(name, {})) for name in tables}
    return build_index(read, wanted, lambda: coverage, cite, known)


def _coverage(covered: Span, houses: Mapping[str, Span | None]) -> Coverage:
    own = {house: (None, None) if span is None else (to_us(span[0]), to_us(span[1])) for house, span in houses.items()}
    return Coverage(to_us(covered[0]), to_us(covered[1]), own)


_TYPES = {
    Unit.ENTITY: pa.string(),
    Unit.CATEGORY: pa.string(),
    Unit.TEXT: pa.string(),
    Unit.TIME: pa.timestamp("us", "UTC"),
    Unit.DURATION: pa.int64(),
    Unit.MINOR: pa.decimal128(38, 0),
    Unit.MONEY: pa.decimal128(38, 0),
    Unit.DECIMAL: pa.decimal128(38, 18),
    Unit.FLAG: pa.bool_(),
    Unit.NUMBER: pa.float64(),
}


def _arrow(table: Table, rows: Sequence[Row]) -> pa.Table:
    filled = []
    for k, row in enumerate(rows):
        unknown = sorted(row.keys() - set(table.names))
        if unknown:
            raise UsageError(
                f"row {k + 1} of {table.name} has a column '{unknown[0]}'; expected some of {', '.join(table.names)}"
            )
        common = {"event_id": f"e{k:06d}", "deliverer": "test", "known_at": row["occurred_at"], "batch": "b1", "row": k + 1}
        filled.append({**common, **row})
    filled.sort(key=lambda r: (r["occurred_at"], r["deliverer"], r["event_id"]))
    columns = {}
    for column in (table[name] for name in table.names):
        values = [_value(row.get(column.name), column.unit) for row in filled]
        columns[column.name] = pa.array(values, pa.int64() if column.name == "row" else _TYPES[column.unit])
    return pa.table(columns)


def _value(value: Any, unit: Unit) -> Any:
    return Decimal(value) if value is not None and unit in (Unit.MINOR, Unit.DECIMAL) else value
