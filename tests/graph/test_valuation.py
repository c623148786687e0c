from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.graph.index import NULL
from cutline.graph.valuation import value_of
from tests.worlds import at, world

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def transfer(moment: datetime, amount: int, asset: str) -> dict[str, object]:
    ends = {"payer": "address:tron/a", "payee": "address:tron/b"}
    return {"occurred_at": moment, "amount": amount, "asset": asset, "rail": "chain", **ends}


def prices(*rows: tuple[str, datetime, str, str]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["asset", "occurred_at", "currency", "price"], orient="row")
    return frame.with_columns(pl.col("occurred_at").cast(pl.Datetime("us", "UTC")))


def test_the_base_currency_is_its_own_value() -> None:
    assert value_of(world(transfers=[transfer(at(1), 12_345, "CNY")])).tolist() == [12_345]


def test_the_last_price_at_or_before_counts() -> None:
    index = world(transfers=[transfer(at(k), 1_500_000, USDT) for k in (1, 2, 3)])
    known = prices((USDT, at(2), "CNY", "7.18"), (USDT, at(2.5), "CNY", "7.2001"), (USDT, at(0), "USD", "1"))
    assert value_of(index, known).tolist() == [NULL, 1077, 1080]


@pytest.mark.parametrize("asset", ["USD", "tron/TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj"])
def test_without_price_or_decimals_a_value_is_unknown(asset: str) -> None:
    index = world(transfers=[transfer(at(1), 5, asset)])
    assert value_of(index, None).tolist() == [NULL]
    known = prices(("tron/TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj", at(0), "CNY", "1"))
    assert value_of(index, known).tolist() == [NULL]


@given(amount=st.integers(0, 2**63 - 1) | st.integers(0, 10**38 - 1), price=st.decimals("0.0001", "900000", places=4))
def test_values_are_exact_to_the_fen_and_unknown_beyond_int64(amount: int, price: Decimal) -> None:
    index = world(transfers=[transfer(at(1), amount, "tron/native")])
    expected = amount * int(price * 10**4) * 100 // 10**10
    got = value_of(index, prices(("tron/native", at(0), "CNY", str(price)))).tolist()
    assert got == [expected if expected < 2**63 else NULL]
