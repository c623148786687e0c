import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import DeskOrders, Policy, Stolen, TraceConfig, build_ledgers, join_orders, mark
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import at, world

PLACES = {"CNY": 2, USDT: 6}
DESK = "organisation:DESK/1"


def order(minute, side, usdt, user="m", **more):
    row = {"side": side, "asset": USDT, "amount": usdt, "currency": "CNY", "holder": DESK}
    return {"occurred_at": at(1, minutes=minute), **row, "account": account(user), "address": address(user), **more}


def joined(transfers, orders, price=7.2, **known):
    ledgers = build_ledgers(world(transfers=transfers, orders=orders))
    prices = np.full(len(orders), price)
    return ledgers, join_orders(ledgers, DeskOrders(prices, PLACES, **known))


def halves(joins):
    return {(int(k), int(p)) for k, p in enumerate(joins.partner) if p > k}


def test_a_buy_order_joins_yuan_paid_with_usdt_received_less_a_fee():
    _, joins = joined(
        [
            transfer(0, account("m"), account("desk"), 720_00),
            transfer(1, account("m"), account("shop"), 300_00),
            transfer(9, address("desk"), address("m"), 99_000_000, USDT),
        ],
        [order(2, "buy", 100_000_000)],
    )
    assert halves(joins) == {(0, 2)}
    assert joins.competing.tolist() == [1, 0, 1]


def test_a_sell_order_joins_usdt_sent_with_yuan_received():
    _, joins = joined(
        [
            transfer(5, address("m"), address("desk"), 100_000_000, USDT),
            transfer(9, account("desk"), account("m"), 720_00),
        ],
        [order(2, "sell", 100_000_000)],
    )
    assert halves(joins) == {(0, 1)}


def test_rivals_are_counted_and_the_nearest_wins():
    _, joins = joined(
        [
            transfer(0, account("m"), account("other"), 720_00),
            transfer(59, account("m"), account("desk"), 720_00),
            transfer(70, address("desk"), address("m"), 100_000_000, USDT),
        ],
        [order(60, "buy", 100_000_000)],
    )
    assert halves(joins) == {(1, 2)}
    assert joins.competing[1] == 2


def test_a_transfer_is_half_of_one_exchange_only():
    _, joins = joined(
        [
            transfer(0, account("m"), account("desk"), 720_00),
            transfer(1, account("m"), account("desk"), 720_00),
            transfer(5, address("desk"), address("m"), 100_000_000, USDT),
            transfer(6, address("desk"), address("m"), 100_000_000, USDT),
        ],
        [order(0, "buy", 100_000_000), order(1, "buy", 100_000_000)],
    )
    assert halves(joins) == {(0, 2), (1, 3)}


def test_halves_known_by_id_are_certain():
    _, joins = joined(
        [
            transfer(0, account("m"), account("desk"), 720_00),
            transfer(1, account("m"), account("desk"), 720_00),
            transfer(5, address("desk"), address("m"), 100_000_000, USDT),
        ],
        [order(0, "buy", 100_000_000)],
        fiat_row=np.array([1]),
        coin_row=np.array([2]),
    )
    assert halves(joins) == {(1, 2)}
    assert joins.competing.tolist() == [0, 0, 0]


def test_too_late_too_little_or_without_its_other_half_nothing_is_joined():
    paid = transfer(0, account("m"), account("desk"), 720_00)
    for delivered in (
        transfer(60 * 24, address("desk"), address("m"), 100_000_000, USDT),
        transfer(5, address("desk"), address("m"), 90_000_000, USDT),
        transfer(5, address("desk"), address("x"), 100_000_000, USDT),
    ):
        _, joins = joined([paid, delivered], [order(0, "buy", 100_000_000)])
        assert halves(joins) == set()


def test_without_a_price_time_and_coins_decide():
    _, joins = joined(
        [
            transfer(0, account("m"), account("desk"), 720_00),
            transfer(5, address("desk"), address("m"), 100_000_000, USDT),
        ],
        [order(0, "buy", 100_000_000)],
        price=float("nan"),
    )
    assert halves(joins) == {(0, 1)}


def usual(minute, user):
    return [
        transfer(minute, account(user), account("desk"), 720_00),
        transfer(minute + 2, address("desk"), address(user), 100_000_000, USDT),
    ], order(minute, "buy", 100_000_000, user)


def test_an_order_without_an_address_is_served_by_its_known_desk():
    (first, one), (second, two) = usual(0, "a"), usual(600, "b")
    third = [
        transfer(1200, account("m"), account("desk"), 360_00),
        transfer(1205, address("desk"), address("hidden"), 50_000_000, USDT),
    ]
    _, joins = joined(first + second + third, [one, two, order(1200, "buy", 50_000_000, address=None)])
    assert (4, 5) in halves(joins)


def test_value_through_a_known_desk_without_an_order_is_matched_with_its_rivals_counted():
    (first, one), (second, two) = usual(0, "a"), usual(600, "b")
    silent = [
        transfer(1200, account("m"), account("desk"), 500_00),
        transfer(1230, address("desk"), address("n"), 69_444_444, USDT),
        transfer(1231, address("desk"), address("o"), 33_000_000, USDT),
        transfer(1500, address("p"), address("desk"), 10_000_000, USDT),
        transfer(1505, account("desk"), account("p"), 72_00),
    ]
    _, joins = joined(first + second + silent, [one, two])
    assert halves(joins) == {(0, 1), (2, 3), (4, 5), (7, 8)}
    assert joins.competing[4] == 1


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.POISON])
def test_what_goes_into_an_exchange_comes_out_on_the_other_rail(policy):
    ledgers, joins = joined(
        [
            transfer(0, account("v"), account("m"), 720_01),
            transfer(1, account("m"), account("desk"), 720_00),
            transfer(5, address("desk"), address("m"), 100_000_000, USDT),
            transfer(6, account("desk"), account("shop"), 720_00),
            transfer(7, address("m"), address("n"), 33_333_333, USDT),
        ],
        [order(1, "buy", 100_000_000)],
    )
    f = search(ledgers, mark(ledgers, joins), [Stolen(0, 720_01)], policy, TraceConfig())
    ended = {
        ledgers.index.entity(int(ledgers.entity[ledgers.payee[r]])): (int(a), int(x))
        for r, a, x in zip(f.end_rows, f.end_amounts, f.end_losses, strict=True)
    }
    assert ended[account("m")] == (1, 1)
    assert ended[address("n")][0] == 33_333_333
    assert ended[address("m")][0] == 66_666_667
    assert abs(ended[address("n")][1] - 240_00) <= 1
    assert sum(loss for _, loss in ended.values()) == 720_01


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3), st.integers(1, 10**9)), min_size=1, max_size=12),
    st.sampled_from([policy for policy in Policy if policy is not Policy.POISON]),
)
@settings(max_examples=25, deadline=None)
def test_no_exchange_loses_or_makes_value(steps, policy):
    transfers, orders, minute = [transfer(0, account("v"), account("u0"), 10**10)], [], 0
    for wait, who, usdt in steps:
        minute += wait
        yuan = max(1, round(usdt * 7.2 / 10_000))
        other = f"u{(who + 1) % 4}"
        transfers += [
            transfer(minute, account(f"u{who}"), account("desk"), yuan),
            transfer(minute + 1, address("desk"), address(f"u{who}"), usdt, USDT),
            transfer(minute + 2, address(f"u{who}"), address("desk"), usdt, USDT),
            transfer(minute + 3, account("desk"), account(other), yuan),
        ]
        orders += [
            order(minute, "buy", usdt, f"u{who}"),
            order(minute + 2, "sell", usdt, address=address(f"u{who}"), account=account(other)),
        ]
    ledgers, joins = joined(transfers, orders)
    f = search(ledgers, mark(ledgers, joins), [Stolen(0, 10**10)], policy, TraceConfig(floor_ppm=0))
    assert f.end_losses.sum() == 10**10
    assert not f.truncated
