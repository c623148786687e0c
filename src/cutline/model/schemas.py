"""The physical types of the lake's columns: one type for each unit."""

from __future__ import annotations

import polars as pl

from cutline.model.tables import Table, Unit

POLARS_TYPES: dict[Unit, pl.DataType] = {
    Unit.ENTITY: pl.String(),
    Unit.TIME: pl.Datetime("us", "UTC"),
    Unit.DURATION: pl.Int64(),
    Unit.MINOR: pl.Decimal(38, 0),
    Unit.MONEY: pl.Decimal(38, 0),
    Unit.DECIMAL: pl.String(),
    Unit.CATEGORY: pl.String(),
    Unit.FLAG: pl.Boolean(),
    Unit.NUMBER: pl.Float64(),
    Unit.TEXT: pl.String(),
}
"""DECIMAL (prices, rates) is kept as its exact decimal spelling; whoever calculates parses it."""


def polars_schema(table: Table) -> dict[str, pl.DataType]:
    """Give the columns of a lake table in lake order with their types; `row` is an integer."""
    return {name: pl.Int64() if name == "row" else POLARS_TYPES[table[name].unit] for name in table.names}
