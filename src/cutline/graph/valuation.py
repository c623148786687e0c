"""What a transfer was worth in the base currency when it happened: exact, or unknown; never guessed.

An amount in the base currency is its own value. Any other asset is valued with its last price at or before the transfer; where
no such price, or the asset's number of decimals, is known, the value is unknown. Fractions of a fen are dropped.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.graph.index import NULL, Index
from cutline.model.money import BASE_CURRENCY, decimals_of

_PRICE_SCALE, _FEN = 18, 2
_INT64_MAX = 2**63 - 1


def value_of(index: Index, prices: pl.DataFrame | None = None) -> NDArray[np.int64]:
    """Value every transfer of the index in fen; NULL where its value is unknown.

    `prices`: asset, occurred_at, currency, price (decimal text: one whole unit in `currency`). Prices in other currencies than
    the base are not used. Cost: one sorted search for each transfer in another asset.
    """
    table = index.tables["transfers"]
    value = np.full(len(table), NULL, np.int64)
    amount, asset = table.columns["amount"], table.columns["asset"]
    prices_of = _by_asset(prices) if prices is not None else {}
    known, beyond = np.flatnonzero(amount != NULL), table.beyond.get("amount")
    parts = _parts(asset[known])
    for code, name in enumerate(table.categories.get("asset", ())):
        rows = known[parts[code]] if code in parts else known[:0]
        decimals = decimals_of(name)
        if name == BASE_CURRENCY:
            value[rows] = amount[rows]
        elif decimals is not None and name in prices_of:
            value[rows] = _priced(amount[rows], table.t_us[rows], prices_of[name], decimals)
            if beyond is not None:
                its = asset[beyond.rows] == code
                rows = beyond.rows[its]
                value[rows] = _priced(beyond.integers()[its], table.t_us[rows], prices_of[name], decimals)
    return value


def _parts(code: NDArray[np.int32]) -> dict[int, NDArray[np.int64]]:
    """Say at which places each code stands: one sort, however many codes there are (every item is an asset of its own)."""
    order = np.argsort(code, kind="stable")
    codes, first = np.unique(code[order], return_index=True)
    return dict(zip(codes.tolist(), np.split(order, first)[1:], strict=True))


def _by_asset(prices: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Sort by price too, so that of two prices at one moment always the same is taken."""
    text = prices.with_columns(pl.col("asset", "currency", "price").cast(pl.String)).drop_nulls(
        ["asset", "occurred_at", "price"]
    )
    known = text.filter(pl.col("currency") == BASE_CURRENCY).sort("occurred_at", "price")
    return {str(name[0]): part for name, part in known.partition_by("asset", as_dict=True).items()}


def _priced(amount: NDArray[Any], t_us: NDArray[np.int64], prices: pl.DataFrame, decimals: int) -> NDArray[np.int64]:
    price_t = prices["occurred_at"].dt.timestamp("us").to_numpy().astype(np.int64)
    scaled = np.array([int(Decimal(p).scaleb(_PRICE_SCALE)) for p in prices["price"]] or [0], object)
    at = np.searchsorted(price_t, t_us, "right") - 1
    # Python integers: an amount of 19 digits times a price does not fit 64 bits, and a float would not be exact.
    fen = amount.astype(object) * scaled[at] // 10 ** (decimals + _PRICE_SCALE - _FEN)
    fits = (at >= 0) & (fen <= _INT64_MAX)
    return np.where(fits, fen, NULL).astype(np.int64)
