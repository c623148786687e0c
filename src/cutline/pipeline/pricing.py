"""What amounts are worth in the base currency: for reading and ranking, kept apart from the evidence, which is in its assets.

A price is the last one delivered until a moment; where the price table names none, the median of the latest desk orders, which
says so. Where neither tells, the worth is unknown and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl

from cutline.model.assets import decimals_of
from cutline.model.money import BASE_CURRENCY
from cutline.pipeline.trail import read_prices
from cutline.store.lake import Lake

LATEST_ORDERS = 21
"""So many desk orders, the latest ones, tell a price by their median (ours)."""

TABLE, DESKS = "price table", "desk orders"


@dataclass(frozen=True, slots=True)
class Price:
    """One whole unit in the base currency, since when, and who says so."""

    price: Decimal
    at: datetime
    told_by: str


def last_prices(lake: Lake, until: datetime) -> dict[str, Price]:
    """Give by asset its last price until a moment, in the base currency."""
    orders = pl.DataFrame(pl.from_arrow(lake.events("orders", ["asset", "currency", "price"])))
    found: dict[str, Price] = {}
    for told_by, frame, count in ((DESKS, orders, LATEST_ORDERS), (TABLE, read_prices(lake), 1)):
        rows = frame.with_columns(pl.col("asset", "currency", "price").cast(pl.String)).drop_nulls("price")
        rows = rows.filter((pl.col("currency") == BASE_CURRENCY) & (pl.col("occurred_at") <= until))
        for (asset,), mine in rows.sort("occurred_at", "price").partition_by("asset", as_dict=True).items():
            last = mine.tail(count)
            middle = sorted(Decimal(text) for text in last["price"])[len(last) // 2]
            found[str(asset)] = Price(middle, last["occurred_at"][-1], told_by)
    return found


def worth(amount_minor: int, asset: str, prices: Mapping[str, Price]) -> int | None:
    """Give an amount's worth in the base currency's smallest unit, fractions dropped; None where nobody told a price."""
    if asset == BASE_CURRENCY:
        return amount_minor
    places, price = decimals_of(asset), prices.get(asset)
    if places is None or price is None:
        return None
    return int(amount_minor * price.price.scaleb((decimals_of(BASE_CURRENCY) or 0) - places))
