from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, join_swaps, mark, trace
from cutline.tracing.backward import trace_back
from cutline.tracing.joins import Joins
from cutline.tracing.magnitudes import integers
from tests.tracing.ledgers_by_hand import transfer
from tests.worlds import at, world

EXACT = TraceConfig(floor_ppm=0)
EVERY = [policy for policy in Policy if policy is not Policy.POISON]
USDT, DAI, WETH, ETH = "ethereum/0xdAC1", "ethereum/0x6B17", "ethereum/0xC02a", "ethereum/native"


def who(name):
    return f"address:evm/0x{name}"


def leg(payer, payee, amount, asset, tx="t1", minute=1):
    return transfer(minute, who(payer), who(payee), amount, asset, transaction_id=tx)


def swapped(legs, pools=("pool", "pool2")):
    """Lay hand-made legs, of which the first is the theft, and join what swaps."""
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(legs)]
    index = world(transfers=rows, tags=[{"occurred_at": at(1), "entity": who(p), "tag": "pool", "list": "x"} for p in pools])
    ledgers = build_ledgers(index)
    table = index.tables["transfers"]
    known = np.array([index.code(who(p)) for p in pools], np.int32)
    joins = join_swaps(ledgers, Joins.none(len(rows)), table.columns["transaction_id"], known[known >= 0]).joins
    return ledgers, joins


def ended(legs, policy=Policy.TAINTED_FIRST, pools=("pool", "pool2")):
    ledgers, joins = swapped(legs, pools)
    stolen = ledgers.amount_of(0)
    t = trace(ledgers, [Stolen(0, stolen)], policy, EXACT, mark(ledgers, joins))
    assert sum(x.loss_minor for x in t.terminals) == stolen
    return {(x.entity.rsplit("0x")[1], x.asset, x.amount_minor, x.loss_minor) for x in t.terminals}


THEFT = leg("victim", "thief", 1000, USDT, "t0", 0)


@pytest.mark.parametrize("policy", [Policy.TAINTED_FIRST, Policy.FIFO, Policy.HAIRCUT, Policy.LIFO])
@pytest.mark.parametrize("pool_pays_first", [False, True])
def test_a_swap_goes_on_in_what_came_back(policy, pool_pays_first):
    """A pair of v2 is paid first, a pool of v3 pays first and is paid in its callback; a fork does as its parent."""
    legs = [leg("thief", "pool", 1000, USDT), leg("pool", "thief", 7 * 10**20 + 1, DAI)]
    onward = leg("thief", "next", 7 * 10**20 + 1, DAI, "t2", 2)
    assert ended([THEFT, *legs[:: -1 if pool_pays_first else 1], onward], policy) == {("next", DAI, 7 * 10**20 + 1, 1000)}


def test_a_route_over_two_pools_and_a_router_is_one_hop():
    legs = [
        leg("thief", "router", 1000, USDT),
        leg("router", "pool", 1000, USDT),
        leg("pool", "router", 55, WETH),
        leg("router", "pool2", 55, WETH),
        leg("pool2", "router", 900, DAI),
        leg("router", "other", 900, DAI),
    ]
    assert ended([THEFT, *legs]) == {("other", DAI, 900, 1000)}
    joins = swapped([THEFT, *legs])[1]
    assert joins.partner.tolist() == [-1, 6, -1, -1, -1, -1, 1]
    assert not joins.competing.any()


def test_half_a_swap_carries_half_of_the_loss():
    clean = leg("friend", "thief", 3000, USDT, "t00", 0.5)
    legs = [THEFT, clean, leg("thief", "pool", 2000, USDT), leg("pool", "thief", 500, DAI)]
    assert ended(legs, Policy.HAIRCUT) == {("thief", DAI, 125, 500), ("thief", USDT, 500, 500)}


def test_a_fee_of_its_own_stays_a_hop():
    legs = [leg("thief", "desk", 10, USDT), leg("thief", "pool", 990, USDT), leg("pool", "thief", 880, DAI)]
    assert ended([THEFT, *legs]) == {("desk", USDT, 10, 10), ("thief", DAI, 880, 990)}


def test_a_coin_and_its_wrapped_form_are_one_while_a_route_is_netted():
    theft = leg("victim", "thief", 10**19 + 1, ETH, "t0", 0)
    legs = [
        leg("thief", "router", 10**19 + 1, ETH),
        leg("router", "C02a", 10**19 + 1, ETH),
        leg("C02a", "router", 10**19 + 1, WETH),
        leg("router", "pool", 10**19 + 1, WETH),
        leg("pool", "thief", 900, DAI),
    ]
    assert ended([theft, *legs]) == {("thief", DAI, 900, 10**19 + 1)}


def test_a_wrap_goes_on_in_the_wrapped_coin():
    theft = leg("victim", "thief", 10**19 + 1, ETH, "t0", 0)
    legs = [leg("thief", "C02a", 10**19, ETH), leg("C02a", "thief", 10**19, WETH), leg("thief", "next", 5, WETH, "t2", 2)]
    assert ended([theft, *legs]) == {
        ("thief", ETH, 1, 1),
        ("next", WETH, 5, 5),
        ("thief", WETH, 10**19 - 5, 10**19 - 5),
    }


def test_what_is_added_to_a_pool_ends_there():
    assert ended([THEFT, leg("thief", "pool", 1000, USDT)]) == {("pool", USDT, 1000, 1000)}


def test_strangers_in_one_transaction_are_not_taken_for_each_other():
    legs = [
        leg("thief", "pool", 500, USDT),
        leg("pool", "thief", 450, DAI),
        leg("b", "pool", 700, DAI),
        leg("pool", "b", 710, USDT),
        leg("c", "pool", 1, USDT),
        leg("pool", "d", 2, DAI),
    ]
    partner = swapped([THEFT, *legs])[1].partner.tolist()
    assert partner[:5] == [-1, 2, 1, 4, 3]


def test_a_swap_in_pieces_goes_on_in_all_of_them_at_one_rate():
    legs = [
        leg("thief", "pool", 600, USDT),
        leg("thief", "pool2", 400, USDT),
        leg("pool", "thief", 540, DAI),
        leg("pool2", "thief", 360, DAI),
    ]
    assert ended([THEFT, *legs]) == {("thief", DAI, 900, 1000)}
    half = [leg("friend", "thief", 1000, USDT, "t00", 0.5), *legs, leg("thief", "next", 700, DAI, "t2", 2)]
    half[1], half[2] = leg("thief", "pool", 800, USDT), leg("thief", "pool2", 1200, USDT)
    assert ended([THEFT, *half], Policy.FIFO) == {("next", DAI, 450, 1000)}
    assert not swapped([THEFT, *legs])[1].competing.any()


@pytest.mark.parametrize("policy", EVERY)
def test_one_payment_that_is_split_over_pools_and_what_the_router_gave_back(policy):
    """1,000 in, 100 of it given back; 900 became 540 and 361 of another coin."""
    legs = [
        leg("thief", "router", 1000, USDT),
        leg("router", "pool", 600, USDT),
        leg("router", "pool2", 300, USDT),
        leg("router", "thief", 100, USDT),
        leg("pool", "thief", 540, DAI),
        leg("pool2", "thief", 361, DAI),
    ]
    assert ended([THEFT, *legs], policy) == {("thief", USDT, 100, 100), ("thief", DAI, 901, 900)}


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_swap_in_pieces_loses_or_makes_value(data):
    """Chains of swaps in pieces, of small amounts and of wei, under every policy, forward and backward."""
    scale = data.draw(st.sampled_from([1, 10**18]))
    amounts = st.integers(1, 60)
    legs, held = [leg("victim", "thief", 1000 * scale, USDT, "t0", 0)], 1000
    for k in range(data.draw(st.integers(1, 3))):
        gave, got = (USDT, DAI) if k % 2 == 0 else (DAI, USDT)
        paid = [min(held, data.draw(amounts)) for _ in range(data.draw(st.integers(1, 3)))]
        came = [data.draw(amounts) for _ in range(data.draw(st.integers(1, 3)))]
        back = data.draw(st.integers(0, max(0, sum(paid) - 1)))
        minute, tx = 1 + k, f"s{k}"
        for j, amount in enumerate(paid):
            legs.append(leg("thief", f"pool{j % 2 + 1}", amount * scale, gave, tx, minute))
        for j, amount in enumerate(came):
            legs.append(leg(f"pool{j % 2 + 1}", "thief", amount * scale, got, tx, minute))
        if back:
            legs.append(leg("pool1", "thief", back * scale, gave, tx, minute))
        held = sum(came)
    policy = data.draw(st.sampled_from(EVERY))
    ledgers, joins = swapped(legs, ("pool1", "pool2"))
    marks = mark(ledgers, joins)
    for way in (trace, trace_back):
        t = way(ledgers, [Stolen(0, ledgers.amount_of(0))], policy, EXACT, marks)
        assert sum(x.loss_minor for x in t.terminals) == ledgers.amount_of(0)
    rows = np.flatnonzero(joins.partner < -1)
    for row in rows.tolist():
        k = -2 - joins.partner[row]
        pieces = range(joins.splits.ptr[k], joins.splits.ptr[k + 1])
        begin, end = (integers(part).tolist() for part in (joins.splits.begin, joins.splits.end))
        assert begin[pieces[0]] == 0
        assert end[pieces[-1]] == ledgers.amount_of(row)
        assert all(end[a] == begin[b] for a, b in pairwise(pieces))


def test_a_release_ends_a_freeze():
    rows = [transfer(0, who("a"), who("b"), 5, USDT), transfer(600, who("c"), who("d"), 5, USDT)]
    tags = [
        {"occurred_at": at(1), "entity": who("a"), "tag": "frozen", "list": "x", "valid_from": at(0), "valid_to": at(1)},
        {"occurred_at": at(1), "entity": who("b"), "tag": "frozen", "list": "x", "valid_from": at(0)},
    ]
    ledgers = build_ledgers(world(transfers=rows, tags=tags))
    frozen = {ledgers.index.entity(int(e)) for e in ledgers.entity[mark(ledgers).frozen]}
    assert frozen == {who("b")}


def test_what_a_route_pays_for_an_item_goes_on_with_the_seller():
    """A sweep: the thief's dollars become ether at a pool, the ether goes to the item's seller, the item to the thief."""
    item = "ethereum/0xBEEF/7"
    legs = [
        leg("thief", "pool", 1000, USDT),
        leg("pool", "router", 55, WETH),
        leg("router", "seller", 55, WETH),
        leg("seller", "thief", 1, item),
    ]
    assert ended([THEFT, *legs, leg("seller", "next", 55, WETH, "t2", 2)]) == {("next", WETH, 55, 1000)}
