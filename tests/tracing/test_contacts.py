"""Poison in one pass: what a search that leaps from account to account finds, through exchanges that were told before too."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Joins, Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.backward import reverse, turn
from cutline.tracing.landmarks import BUDGET, RESIDUAL
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, contacts_by_time, histories, index_of


def poison(moves, seeds, joins=None, **config):
    ledgers = build_ledgers(index_of(moves))
    return ledgers, search(ledgers, mark(ledgers, joins), seeds, Policy.POISON, TraceConfig(**config))


@st.composite
def joined(draw):
    """Histories, some pairs of whose transfers are halves of exchanges, whichever came first."""
    moves = draw(histories())
    pairs = draw(st.lists(st.tuples(*[st.integers(0, len(moves) - 1)] * 2), max_size=5))
    partner = np.full(len(moves), -1, np.int32)
    for one, other in pairs:
        if one != other and partner[one] < 0 and partner[other] < 0:
            partner[one], partner[other] = other, one
    return moves, Joins(partner, np.zeros(len(moves), np.int16))


def spread(moves, joins, seed):
    """The transfers that are reached, by asking every transfer again until nothing changes."""
    reached, changed = {seed}, True
    while changed:
        came = {}
        for row in reached:
            last = int(joins.partner[row]) if joins.partner[row] >= 0 else row
            came[moves[last].payee] = min(came.get(moves[last].payee, last), last)
        more = {k for k, m in enumerate(moves) if came.get(m.payer, len(moves)) < k}
        changed = not (more | {seed}) <= reached
        reached |= more
    return reached | {int(joins.partner[row]) for row in reached if joins.partner[row] >= 0}


@given(joined(), st.data())
@settings(max_examples=100, deadline=None)
def test_one_pass_reaches_what_asking_every_transfer_again_reaches(told, data):
    moves, joins = told
    seed = data.draw(st.integers(0, len(moves) - 1))
    ledgers, found = poison(moves, [Stolen(seed, moves[seed].amount)], joins)
    assert set(found.rows.tolist()) == spread(moves, joins, seed)
    assert (np.diff(ledgers.rank[found.rows]) > 0).all()
    assert not found.truncated


@given(histories(most=120), st.data())
@settings(max_examples=60, deadline=None)
def test_where_rows_do_not_stand_in_the_order_of_time_the_same_is_reached(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    ledgers = build_ledgers(index_of(moves), settle_together=True)
    order = np.argsort(ledgers.rank)
    settled = [moves[row] for row in order]
    came = {order[k] for k in contacts_by_time(settled, int(ledgers.rank[seed]))}
    found = search(ledgers, mark(ledgers), [Stolen(seed, moves[seed].amount)], Policy.POISON, TraceConfig())
    assert set(found.rows.tolist()) == {seed, *came}


def test_a_search_that_is_cut_is_complete_up_to_a_moment_and_says_where_it_stopped():
    moves = [Move(0, 0, 1, 9), *(Move(k, 1, 1 + k, 1) for k in range(1, 9)), Move(9, 2, 10, 1), Move(10, 3, 10, 1)]
    _, found = poison(moves, [Stolen(0, 9)], max_steps=4)
    assert found.rows.tolist() == [0, 1, 2, 3, 4]
    assert found.truncated
    assert sorted(zip(found.end_rows.tolist(), found.end_codes.tolist(), strict=True)) == [
        (0, BUDGET), (1, BUDGET), (2, BUDGET), (3, RESIDUAL), (4, RESIDUAL),
    ]  # fmt: skip


def test_what_lies_too_deep_is_said_to():
    _, found = poison([Move(k, k, k + 1, 5) for k in range(6)], [Stolen(0, 5)], max_hops=3)
    assert found.rows.tolist() == [0, 1, 2]
    assert (found.end_rows.tolist(), found.end_codes.tolist(), found.truncated) == ([2], [BUDGET], True)


def test_of_a_seed_only_what_was_stolen_counts_and_nothing_comes_from_nobody():
    _, found = poison([Move(0, 0, 1, 9), Move(1, 1, 2, 7), Move(2, 3, 4, 1)], [Stolen(0, 4, 2)])
    assert (found.rows.tolist(), found.amounts.tolist(), found.losses.tolist()) == ([0, 1], [4, 7], [4, 4])


def test_backward_passes_from_the_end():
    moves = [Move(0, 0, 1, 9), Move(0, 1, 2, 7), Move(1, 5, 2, 1), Move(2, 2, 3, 8), Move(3, 4, 2, 8)]
    ledgers = build_ledgers(index_of(moves))
    found = search(reverse(ledgers), turn(mark(ledgers)), [Stolen(3, 8)], Policy.POISON, TraceConfig())
    assert sorted(found.rows.tolist()) == [0, 1, 2, 3]
