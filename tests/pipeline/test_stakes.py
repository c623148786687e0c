"""What is at stake where: every asset at its price, by how it ended; and who can still hold it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cutline.model.evidence import Ending, Terminal, Trace
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.stakes import lay_stakes
from cutline.pipeline.trail import Trail
from cutline.store.lake import Lake
from cutline.tracing import build_ledgers, mark
from cutline.tracing.seeds import Resolved
from tests.tracing.ledgers_by_hand import transfer
from tests.worlds import world

USDT, TRX, WETH = (
    "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "tron/native",
    "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def lost(currency: str, entity: str, loss: int, how: Ending = Ending.RESIDUAL) -> Trace:
    end = Terminal(entity, currency, loss, loss, how, NOW, "", ())
    return Trace(f"t-{entity}", "r", "fifo", currency, loss, (end,), (), False)


def test_every_asset_counts_at_its_price_and_by_who_can_hold_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "delivery.yaml").write_text("source: desk\nreceived_at: 2026-03-11T00:00:00+08:00\n")
    rows = f"{USDT},2026-03-09T12:00:00Z,CNY,7.10\n{USDT},2026-03-10T13:00:00Z,CNY,9\n{WETH},2026-03-09T12:00:00Z,CNY,20000\n"
    (folder / "prices.csv").write_text("asset,time,currency,price\n" + rows)
    bank, tron, evm = "account:CN/ICBK/1", "address:tron/T1", "address:evm/0x1"
    traces = [
        lost("CNY", bank, 500),
        lost("CNY", bank, 500),
        lost("CNY", bank, 70, Ending.FROZEN),
        lost(USDT, tron, 2_000_000),
        lost(TRX, tron, 9),
        lost(WETH, evm, 10**18),
        lost("CNY", "account:CN/ICBK/atm", 0, Ending.CASH),
    ]
    ledgers = build_ledgers(world(transfers=[transfer(NOW, bank, "account:CN/ICBK/2", 1)]))
    trail = Trail(ledgers, mark(ledgers), Resolved((), ()))
    with Lake.open(tmp_path / "case") as lake:
        assert not take_in(lake, [folder], IntakeOptions()).refused
        stakes = lay_stakes(lake, trail, traces, np.empty(0, np.int64))
    told = {(s.entity, s.asset, s.how.value): (s.amount_minor, s.value_minor, s.able, s.issuer) for s in stakes}
    assert told == {
        (bank, "CNY", "residual"): (1_000, 1_000, True, ""),
        (bank, "CNY", "frozen"): (70, 70, False, ""),
        (tron, USDT, "residual"): (2_000_000, 1_420, True, "Tether"),
        (tron, TRX, "residual"): (9, None, False, ""),
        (evm, WETH, "residual"): (10**18, 2_000_000, False, ""),
    }
    assert all(stake.gone == () for stake in stakes), "nothing tells how long such money lies"
