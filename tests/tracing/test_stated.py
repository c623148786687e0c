from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cutline.model.evidence import Ending, Terminal, Trace
from cutline.tracing.stated import Stated, stated_endings

COIN = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
PRICES = {COIN: Decimal("7.15"), "CNY": Decimal(1)}


def traced(asset: str, **left: int) -> Trace:
    terminals = tuple(
        Terminal(f"address:tron/{name}", asset, minor, minor, Ending.RESIDUAL, datetime(2026, 3, 1, tzinfo=UTC), "", ())
        for name, minor in left.items()
    )
    return Trace("t", "R", "fifo", asset, sum(left.values()), terminals, (), truncated=False)


def answer(traces: list[Trace], loss: str | None, currency: str = "CNY", prices: dict[str, Decimal] | None = None):
    stated = {} if loss is None else {"R": Stated(Decimal(loss), currency)}
    return [(e[-1], a) for _, e, a in stated_endings(traces, stated, (PRICES if prices is None else prices).get)]


def test_coins_whose_loss_is_stated_in_yuan_are_answered_in_yuan() -> None:
    assert answer([traced(COIN, a=75_000_000, b=25_000_000)], "715") == [("a", Decimal("536.25")), ("b", Decimal("178.75"))]


def test_what_the_report_says_is_exact_where_the_price_is_not() -> None:
    assert answer([traced(COIN, a=100_000_000)], "720.00") == [("a", Decimal(720))]


@pytest.mark.parametrize("loss", ["100", "99.5", "100.4"])
def test_a_loss_stated_in_coins_is_answered_in_coins(loss: str) -> None:
    assert answer([traced(COIN, a=100_000_000)], loss) == [("a", Decimal(100))]


def test_a_report_that_states_no_loss_is_answered_in_coins() -> None:
    assert answer([traced(COIN, a=100_000_000)], None) == [("a", Decimal(100))]


def test_yuan_stay_yuan_and_coins_beside_them_are_the_rest_of_the_loss() -> None:
    traces = [traced("CNY", a=500_00), traced(COIN, b=100_000_000)]
    assert answer(traces, "1220") == [("a", Decimal(500)), ("b", Decimal(720))]
    assert answer(traces, "9000") == [("a", Decimal(500)), ("b", Decimal(715))], "the report tells of more than was found"


def test_without_a_price_the_stated_loss_is_the_only_word_of_their_worth() -> None:
    assert answer([traced(COIN, a=100_000_000)], "800", prices={"CNY": Decimal(1)}) == [("a", Decimal(800))]


def test_shares_never_exceed_the_loss() -> None:
    assert sum(a for _, a in answer([traced(COIN, a=1, b=1, c=1)], "0.00002145")) <= Decimal("0.00002145")
