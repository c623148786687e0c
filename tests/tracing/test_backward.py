import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.backward import reverse, trace_back, turn
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, account, histories, index_of

EXACT = TraceConfig(floor_ppm=0)


def carried(ledgers, marks, row, policy):
    f = search(ledgers, marks, [Stolen(row, int(ledgers.amount[row]))], policy, EXACT)
    assert f.end_losses.sum() == ledgers.amount[row] or policy is Policy.POISON
    return {int(r): int(a) for r, a in zip(f.rows, f.amounts, strict=True) if a and r != row}


@given(histories(most=25), st.sampled_from([Policy.FIFO, Policy.LIFO]))
@settings(max_examples=30, deadline=None)
def test_what_one_transfer_took_of_another_is_the_same_both_ways(moves, policy):
    ledgers = build_ledgers(index_of(moves))
    marks, back = mark(ledgers), reverse(ledgers)
    forward = {(i, j): a for i in range(len(moves)) for j, a in carried(ledgers, marks, i, policy).items()}
    backward = {(i, j): a for j in range(len(moves)) for i, a in carried(back, turn(marks), j, policy).items()}
    assert forward == backward


@given(histories(most=25))
@settings(max_examples=30, deadline=None)
def test_what_reaches_what_is_the_same_both_ways(moves):
    moves = [Move(m.t, m.payer, m.payee, max(1, m.amount)) for m in moves]
    ledgers = build_ledgers(index_of(moves))
    marks, back = mark(ledgers), reverse(ledgers)
    forward = {(i, j) for i in range(len(moves)) for j in carried(ledgers, marks, i, Policy.POISON)}
    backward = {(i, j) for j in range(len(moves)) for i in carried(back, turn(marks), j, Policy.POISON)}
    assert forward == backward


@given(histories())
@settings(max_examples=30, deadline=None)
def test_backward_twice_is_forward(moves):
    ledgers = build_ledgers(index_of(moves))
    again = reverse(reverse(ledgers))
    for name in ("entity", "opening", "out_ptr", "out_rows", "in_ptr", "in_rows", "payer", "payee", "rank"):
        assert np.array_equal(getattr(again, name), getattr(ledgers, name)), name
    closing = reverse(ledgers).opening
    assert (closing >= 0).all()


@pytest.mark.parametrize("policy", [p for p in Policy if p is not Policy.POISON])
def test_origins_add_up_and_hops_keep_their_direction(policy):
    moves = [Move(0, 8, 1, 70), Move(1, 9, 1, 30), Move(2, 1, 2, 100), Move(3, 2, 3, 100)]
    found = trace_back(build_ledgers(index_of(moves)), [Stolen(3, 100)], policy, EXACT)
    assert {(h.payer, h.payee) for h in found.hops} >= {(account(2), account(3)), (account(1), account(2))}
    assert {t.entity: t.amount_minor for t in found.terminals} == {account(8): 70, account(9): 30}
