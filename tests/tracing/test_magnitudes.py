import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark, trace
from cutline.tracing.backward import reverse
from cutline.tracing.joins import Joins
from cutline.tracing.magnitudes import below, floats, integers, minus, pair_weight, pairs, part, pick, plus
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import (
    Move,
    address,
    histories,
    index_of,
    lots_by_heap,
    lots_by_queue,
    transfer,
)
from tests.worlds import world

EXACT = TraceConfig(floor_ppm=0)
ETH, COIN = "ethereum/native", "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
LARGE = 10**24 + 7
"""A million ETH in wei, and seven."""

amounts = st.integers(0, 2**127 - 1) | st.integers(2**63 - 3, 2**63 + 3) | st.integers(2**64 - 3, 2**64 + 3)


@njit
def _all(a):
    return plus(pick(a, 0), pick(a, 1)), minus(pick(a, 0), pick(a, 1)), below(pick(a, 0), pick(a, 1))


@njit
def _part(a):
    return part(pick(a, 0), pick(a, 1), pick(a, 2))


def _int(pair):
    return int(integers(np.array([pair], np.int64))[0])


@settings(max_examples=300, deadline=None)
@given(amounts, amounts)
def test_pairs_reckon_as_integers_do(a, b):
    a, b = a // 2, b // 2
    total, difference, smaller = _all(pairs([a, b]))
    assert (_int(total), _int(difference), smaller) == (a + b, a - b, a < b)
    assert a > b or pair_weight(*pairs([a])[0]) <= pair_weight(*pairs([b])[0])
    assert floats(pairs([a]))[0] == pytest.approx(float(a))


@settings(max_examples=300, deadline=None)
@given(amounts, amounts, amounts)
def test_a_part_of_a_pair_is_the_exact_floor(value, numerator, denominator):
    denominator = max(1, denominator)
    numerator = min(numerator, denominator)
    assert _int(_part(pairs([value, numerator, denominator]))) == value * numerator // denominator


def _enlarged(moves):
    """The same history in amounts that no int64 holds, and that share no trailing zeros."""
    return [Move(m.t, m.payer, m.payee, m.amount * LARGE) for m in moves]


def _found(moves, policy, seed):
    ledgers = build_ledgers(index_of(moves))
    f = search(ledgers, mark(ledgers), [Stolen(seed, moves[seed].amount)], policy, EXACT)
    left: dict[int, int] = {}
    for row, amount in zip(f.end_rows.tolist(), f.end_amounts.tolist(), strict=True):
        left[moves[row].payee] = left.get(moves[row].payee, 0) + amount
    return ledgers, f, {who: amount for who, amount in left.items() if amount}


@settings(max_examples=25, deadline=None)
@given(histories(), st.data())
def test_lots_of_wei_lie_where_a_real_queue_and_a_real_heap_leave_them(moves, data):
    moves = [*_enlarged(moves), Move(10**6, 90, 91, 10**30)]
    seed = data.draw(st.integers(0, len(moves) - 1))
    for policy, oracle in ((Policy.FIFO, lots_by_queue), (Policy.LIFO, lots_by_heap)):
        ledgers, f, left = _found(moves, policy, seed)
        carried, stay = oracle(moves, seed, moves[seed].amount)
        assert ledgers.exact is not None
        assert {r: a for r, a in zip(f.rows.tolist(), f.amounts.tolist(), strict=True) if a} == carried
        assert left == stay
        assert sum(f.end_losses) == moves[seed].amount


@settings(max_examples=25, deadline=None)
@given(histories(), st.data())
def test_stolen_first_and_largest_first_do_in_wei_what_they_do_in_yuan(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    moves = [*moves, Move(10**6, 90, 91, 10**13)]
    for policy in (Policy.TAINTED_FIRST, Policy.TIHO, Policy.POISON):
        narrow, few, rest = _found(moves, policy, seed)
        wide, many, left = _found(_enlarged(moves), policy, seed)
        assert (narrow.exact is None, wide.exact is None) == (True, False)
        assert many.rows.tolist() == few.rows.tolist()
        assert many.amounts.tolist() == [a * LARGE for a in few.amounts.tolist()]
        assert left == {who: a * LARGE for who, a in rest.items()}


@settings(max_examples=20, deadline=None)
@given(histories(), st.data())
def test_a_haircut_of_wei_loses_nothing_and_both_ways_are_one_ledger(moves, data):
    moves = [*_enlarged(moves), Move(10**6, 90, 91, 10**30)]
    seed = data.draw(st.integers(0, len(moves) - 1))
    ledgers, f, _ = _found(moves, Policy.HAIRCUT, seed)
    assert sum(f.end_losses) == sum(f.end_amounts) == moves[seed].amount
    again = reverse(reverse(ledgers))
    for name in ("opening", "out_from", "in_from", "out_rows", "in_rows"):
        assert np.array_equal(getattr(again, name), getattr(ledgers, name)), name


def test_an_exchange_of_usdt_for_ether_carries_the_loss_over_exactly():
    paid, got = 2_500_000_001, 10**18 + 3
    moves = [
        transfer(0, address("victim"), address("thief"), paid, COIN),
        transfer(1, address("thief"), address("pool"), paid, COIN),
        transfer(1.1, address("pool"), address("thief"), 40 * got, ETH),
        transfer(2, address("thief"), address("next"), 30 * got + 1, ETH),
    ]
    ledgers = build_ledgers(world(transfers=moves))
    partner = np.array([-1, 2, 1, -1], np.int32)
    marks = mark(ledgers, Joins(partner, np.zeros(4, np.int16)))
    for policy in (Policy.FIFO, Policy.TAINTED_FIRST, Policy.HAIRCUT):
        t = trace(ledgers, [Stolen(0, paid)], policy, EXACT, marks)
        assert sum(x.loss_minor for x in t.terminals) == paid
        ended = {x.entity: (x.asset, x.amount_minor) for x in t.terminals}
        assert ended == {address("next"): (ETH, 30 * got + 1), address("thief"): (ETH, 10 * got - 1)}


def test_a_book_whose_sum_leaves_int64_is_followed_too():
    big = 2**62 - 1
    f = _found([Move(0, 1, 2, big), Move(1, 3, 2, big), Move(2, 4, 2, big), Move(3, 2, 5, 3 * big)], Policy.FIFO, 2)[1]
    assert f.amounts.tolist() == [big, big]
    assert f.end_amounts.tolist() == [big]
