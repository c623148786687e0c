"""Worth in yuan: by the last price, else by desk orders, else unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cutline.pipeline.intake import take_in
from cutline.pipeline.pricing import DESKS, TABLE, Price, last_prices, worth
from cutline.pipeline.reading import IntakeOptions
from cutline.store.lake import Lake

USDT, TRX, WETH = (
    "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "tron/native",
    "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_worth_is_exact_and_unknown_stays_unknown() -> None:
    prices = {USDT: Price(Decimal("7.2"), NOW, TABLE), WETH: Price(Decimal("21000"), NOW, TABLE)}
    assert worth(12_345, "CNY", prices) == 12_345
    assert worth(1_999_999, USDT, prices) == 1_439
    assert worth(10**18 + 10**14, WETH, prices) == 21_002_10
    assert worth(5, TRX, prices) is None
    assert worth(5, "ethereum/0x0000000000000000000000000000000000000001", prices) is None


def test_the_price_table_counts_before_desk_orders_and_nothing_after_the_moment(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "delivery.yaml").write_text("source: desk\nreceived_at: 2026-03-11T00:00:00+08:00\n")
    (folder / "prices.csv").write_text(
        "asset,time,currency,price\n"
        f"{USDT},2026-03-09T12:00:00Z,CNY,7.10\n{USDT},2026-03-10T11:00:00Z,CNY,7.20\n{USDT},2026-03-10T13:00:00Z,CNY,9\n"
        f"{WETH},2026-03-10T11:00:00Z,USD,3000\n"
    )
    rows = [
        f"o{k},2026-03-10T0{k}:00:00Z,buy,{asset},1,{price},CNY"
        for k, (asset, price) in enumerate([(USDT, "5"), (TRX, "2.00"), (TRX, "2.10"), (TRX, "9.00")])
    ]
    (folder / "otc.csv").write_text("order_id,time,side,asset,amount,price,currency\n" + "\n".join(rows) + "\n")
    with Lake.open(tmp_path / "case") as lake:
        assert not take_in(lake, [folder], IntakeOptions()).refused
        found = last_prices(lake, NOW)
    assert (found[USDT].price, found[USDT].told_by, found[USDT].at.hour) == (Decimal("7.20"), TABLE, 11)
    assert (found[TRX].price, found[TRX].told_by) == (Decimal("2.10"), DESKS)
    assert WETH not in found
