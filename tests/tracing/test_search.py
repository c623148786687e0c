from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import UsageError
from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.landmarks import BUDGET, RESIDUAL
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import (
    Move,
    balances_by_time,
    contacts_by_time,
    histories,
    index_of,
    lots_by_heap,
    lots_by_queue,
    spells_by_time,
)

EXACT = TraceConfig(floor_ppm=0)
CONSERVING = [policy for policy in Policy if policy is not Policy.POISON]


def found(moves, seeds, policy, config=EXACT):
    ledgers = build_ledgers(index_of(moves))
    return ledgers, search(ledgers, mark(ledgers), seeds, policy, config)


def carried(f):
    return {int(row): int(amount) for row, amount in zip(f.rows, f.amounts, strict=True) if amount}


def left(ledgers, f):
    result = defaultdict(int)
    for row, amount in zip(f.end_rows, f.end_amounts, strict=True):
        result[ledgers.index.entity(int(ledgers.entity[ledgers.payee[row]]))] += int(amount)
    return {int(name.rsplit("/", 1)[1]): amount for name, amount in result.items() if amount}


@given(histories(), st.data())
@settings(max_examples=70, deadline=None)
def test_fifo_by_intervals_is_fifo_by_queues(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    stolen = data.draw(st.integers(0, moves[seed].amount))
    ledgers, f = found(moves, [Stolen(seed, stolen)], Policy.FIFO)
    assert (carried(f), left(ledgers, f)) == lots_by_queue(moves, seed, stolen)
    assert f.end_losses.sum() == stolen
    assert not f.truncated


@given(histories(), st.data())
@settings(max_examples=70, deadline=None)
def test_lifo_by_heights_is_lifo_by_heaps(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    stolen = data.draw(st.integers(0, moves[seed].amount))
    ledgers, f = found(moves, [Stolen(seed, stolen)], Policy.LIFO)
    assert (carried(f), left(ledgers, f)) == lots_by_heap(moves, seed, stolen)
    assert f.end_losses.sum() == stolen
    assert not f.truncated


@given(histories(), st.data())
@settings(max_examples=70, deadline=None)
def test_tiho_is_the_largest_of_each_spell_first(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    stolen = data.draw(st.integers(0, moves[seed].amount))
    ledgers, f = found(moves, [Stolen(seed, stolen)], Policy.TIHO)
    assert (carried(f), left(ledgers, f)) == spells_by_time(moves, seed, stolen)
    assert f.end_losses.sum() == stolen


@given(histories(), st.data())
@settings(max_examples=40, deadline=None)
def test_poison_reaches_all_that_any_policy_can(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    _, f = found(moves, [Stolen(seed, moves[seed].amount)], Policy.POISON)
    whole = {row: amount for row, amount in contacts_by_time(moves, seed).items() if amount}
    assert {row: amount for row, amount in carried(f).items() if row != seed} == whole
    for policy in set(Policy) - {Policy.POISON}:
        _, other = found(moves, [Stolen(seed, moves[seed].amount)], policy)
        assert carried(other).keys() <= whole.keys() | {seed}


@given(histories(), st.data(), st.sampled_from([Policy.TAINTED_FIRST, Policy.HAIRCUT]))
@settings(max_examples=70, deadline=None)
def test_balances_are_what_going_through_every_transfer_gives(moves, data, policy):
    seed = data.draw(st.integers(0, len(moves) - 1))
    stolen = data.draw(st.integers(0, moves[seed].amount))
    ledgers, f = found(moves, [Stolen(seed, stolen)], policy)
    assert (carried(f), left(ledgers, f)) == balances_by_time(moves, seed, stolen, policy)
    assert f.end_losses.sum() == stolen


@given(histories(), st.data(), st.sampled_from(CONSERVING), st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_a_cut_search_still_accounts_for_every_unit(moves, data, policy, steps, hops):
    chosen = data.draw(st.lists(st.integers(0, len(moves) - 1), min_size=1, max_size=4, unique=True))
    seeds = [Stolen(k, moves[k].amount) for k in chosen]
    _, f = found(moves, seeds, policy, TraceConfig(steps, hops, 1000))
    assert f.end_losses.sum() == sum(s.amount_minor for s in seeds)
    assert set(f.end_codes.tolist()) <= {RESIDUAL, BUDGET}


@given(histories(), st.data())
@settings(max_examples=25, deadline=None)
def test_several_payments_together_are_the_sum_of_each(moves, data):
    chosen = data.draw(st.lists(st.integers(0, len(moves) - 1), min_size=1, max_size=4, unique=True))
    seeds = [Stolen(k, moves[k].amount) for k in chosen]
    ledgers, f = found(moves, seeds, Policy.FIFO)
    total = defaultdict(int)
    for seed in seeds:
        _, one = found(moves, [seed], Policy.FIFO)
        for who, amount in left(ledgers, one).items():
            total[who] += amount
    assert left(ledgers, f) == dict(total)


def test_money_that_comes_back_takes_its_new_place_in_the_queue():
    moves = [Move(0, 9, 0, 10), Move(1, 0, 1, 10), Move(2, 8, 0, 5), Move(3, 1, 0, 10), Move(4, 0, 2, 5), Move(5, 0, 3, 10)]
    ledgers, f = found(moves, [Stolen(0, 10)], Policy.FIFO)
    assert left(ledgers, f) == {3: 10}


def test_the_largest_lot_is_followed_first_when_steps_run_out():
    moves = [Move(0, 9, 0, 100), Move(1, 0, 1, 10), Move(2, 0, 2, 90), Move(3, 2, 3, 90), Move(4, 1, 4, 10)]
    ledgers, f = found(moves, [Stolen(0, 100)], Policy.FIFO, TraceConfig(max_steps=3))
    assert left(ledgers, f) == {3: 90, 1: 10}
    assert f.truncated
    assert sorted(f.end_codes.tolist()) == [BUDGET, BUDGET]


def test_a_seed_that_is_no_transfer_or_too_large_is_refused():
    moves = [Move(0, 1, 2, 5)]
    with pytest.raises(UsageError, match="no transfer"):
        found(moves, [Stolen(3, 1)], Policy.FIFO)
    with pytest.raises(UsageError, match="moved 5"):
        found(moves, [Stolen(0, 6)], Policy.FIFO)
