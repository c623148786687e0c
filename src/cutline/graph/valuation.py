"""What a transfer was worth in the base currency when it happened: exact, or unknown; never guessed.

An amount in the base currency is its own value. Any other asset is valued with its last price at or before the transfer; where
no such price, or the asset's number of decimals, is known, the value is unknown. Fractions of a fen are dropped.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.graph.index import NULL, Index

BASE_CURRENCY = "CNY"

DECIMALS: dict[str, int] = {
    **dict.fromkeys("CNY USD EUR GBP HKD SGD THB MYR PHP KHR LAK MMK AED AUD CAD CHF".split(), 2),
    **dict.fromkeys("JPY KRW VND".split(), 0),
    "USDT": 6,
    "USDC": 6,
    "TRX": 6,
    "BTC": 8,
    "ETH": 18,
}
"""How many decimals the smallest unit of an asset has: ISO 4217, and by display name for tokens."""

SYMBOLS: dict[str, str] = {
    "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t": "USDT",
    "tron/TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8": "USDC",
    "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7": "USDT",
    "ethereum/0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48": "USDC",
    "tron/native": "TRX",
    "bitcoin/native": "BTC",
    "ethereum/native": "ETH",
}
"""Display names of the assets whose decimals are known; any other token is unknown until a list says more."""

_PRICE_SCALE = 12
_INT64_MAX = 2**63 - 1


def symbol_of(asset: str) -> str:
    """Give the display name of an asset: itself for a currency, USDT for its contracts, empty where it is not known."""
    return asset if asset in DECIMALS and "/" not in asset else SYMBOLS.get(asset, "")


def value_of(index: Index, prices: pl.DataFrame | None = None) -> NDArray[np.int64]:
    """Value every transfer of the index in fen; NULL where its value is unknown.

    `prices`: asset (id or display name), occurred_at, currency, price (decimal text: one whole unit in `currency`). Prices in
    other currencies than the base are not used. Cost: one sorted search for each valued asset.
    """
    table = index.tables["transfers"]
    value = np.full(len(table), NULL, np.int64)
    amount, asset = table.columns["amount"], table.columns["asset"]
    for code, name in enumerate(table.categories.get("asset", ())):
        symbol = symbol_of(name)
        if symbol == BASE_CURRENCY:
            mine = asset == code
            value[mine] = amount[mine]
        elif symbol and prices is not None:
            mine = (asset == code) & (amount != NULL)
            value[mine] = _priced(amount[mine], table.t_us[mine], _series(prices, name, symbol), DECIMALS[symbol])
    return value


def _series(prices: pl.DataFrame, asset: str, symbol: str) -> tuple[NDArray[np.int64], pa.Array]:
    mine = prices.filter(pl.col("asset").is_in([asset, symbol]) & (pl.col("currency") == BASE_CURRENCY)).sort(
        "occurred_at", "price"
    )
    t_us = mine["occurred_at"].dt.timestamp("us").to_numpy().astype(np.int64)
    price = pa.array(mine["price"].to_list(), pa.string()).cast(pa.decimal256(38, _PRICE_SCALE))
    return t_us, price


def _priced(
    amount: NDArray[np.int64], t_us: NDArray[np.int64], series: tuple[NDArray[np.int64], pa.Array], decimals: int
) -> NDArray[np.int64]:
    price_t, price = series
    at = np.searchsorted(price_t, t_us, "right") - 1
    chosen = price.take(pa.array(at, mask=at < 0))
    # decimal256 keeps the product exact: 19 digits of amount times 38 of price.
    units = pc.multiply(pa.array(amount).cast(pa.decimal256(20, 0)), chosen)
    fen = pc.divide(pc.multiply(units, pa.scalar(100, pa.decimal256(3, 0))), pa.scalar(10**decimals, pa.decimal256(19, 0)))
    whole = pc.trunc(fen).cast(pa.decimal256(76, 0), safe=False)
    fits = pc.less_equal(whole, pa.scalar(_INT64_MAX, pa.decimal256(76, 0)))
    out = pc.if_else(fits, whole, pa.scalar(None, whole.type)).cast(pa.int64())
    return np.asarray(pc.fill_null(out, NULL).to_numpy(zero_copy_only=False), np.int64)
