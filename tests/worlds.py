"""Tiny worlds for tests: rows written by hand become the index that analysis rooms take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from cutline.graph.index import Coverage, Index, build_index
from cutline.model.evidence import Citation
from cutline.model.tables import TABLES, Table, Unit

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """A moment after the first of March 2026, 00:00 UTC."""
    return START + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def world(covered: tuple[datetime, datetime] | None = None, **tables: Sequence[Mapping[str, Any]]) -> Index:
    """Make an index of rows: `world(transfers=[{"occurred_at": at(1), "payer": "account:CN/ICBK/1", …}])`.

    Missing columns are null. Rows need no event id, deliverer or batch; those they have are kept. All tables of the
    vocabulary that are not given are empty and not covered.
    """
    full = {name: list(tables.get(name, ())) for name in TABLES}
    arrow = {name: _arrow(TABLES[name], rows) for name, rows in full.items()}
    span = covered or (at(-60), at(60))
    coverage = {
        name: Coverage(_us(span[0]), _us(span[1])) if tables.get(name) is not None else Coverage(None, None) for name in TABLES
    }

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        return arrow[name].select(["occurred_at", *[c for c in columns if c != "occurred_at"]])

    def cite(name: str, positions: np.ndarray) -> list[Citation]:
        rows = arrow[name].select(["deliverer", "event_id", "batch", "row"]).take(pa.array(positions)).to_pylist()
        return [Citation(name, r["deliverer"], r["event_id"], r["batch"], r["row"]) for r in rows]

    wanted = {n: [c.name for c in t.columns if c.unit not in (Unit.TEXT, Unit.DECIMAL)] for n, t in TABLES.items()}
    return build_index(read, wanted, coverage, cite)


def _us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


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


def _arrow(table: Table, rows: list[Mapping[str, Any]]) -> pa.Table:
    filled = []
    for k, row in enumerate(rows):
        unknown = row.keys() - set(table.names)
        assert not unknown, f"{table.name} has no {unknown}"
        common = {"event_id": f"e{k:06d}", "deliverer": "test", "known_at": row["occurred_at"], "batch": "b1", "row": k + 1}
        filled.append({**common, **row})
    filled.sort(key=lambda r: (r["occurred_at"], r["deliverer"], r["event_id"]))
    columns = {}
    for column in (table[name] for name in table.names):
        values = [_value(row.get(column.name), column.unit) for row in filled]
        kind = pa.int64() if column.name == "row" else _TYPES[column.unit]
        columns[column.name] = pa.array(values, kind)
    return pa.table(columns)


def _value(value: Any, unit: Unit) -> Any:
    return Decimal(value) if value is not None and unit in (Unit.MINOR, Unit.DECIMAL) else value
