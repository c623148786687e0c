import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.evidence import Ending
from cutline.model.moments import to_moment
from cutline.tracing import Policy, build_ledgers, held_at, trace
from cutline.tracing.holdings import balance_at
from cutline.tracing.landmarks import mark
from cutline.tracing.search import TraceConfig, search
from tests.tracing.ledgers_by_hand import account, histories, index_of, transfer
from tests.worlds import at, world

M, N = account("m"), account("n")
MOVES = [
    transfer(0, account("o"), M, 1),
    transfer(1, account("v"), M, 500),
    transfer(2, M, N, 300),
    transfer(3, account("w"), M, 400),
    transfer(4, M, N, 200),
    transfer(9, M, account("z"), 100),
    transfer(10, M, account("z"), 250),
]


@pytest.mark.parametrize("policy", Policy)
def test_what_is_held_at_the_end_has_not_left_before(policy):
    ledgers = build_ledgers(world(transfers=MOVES[:5]))
    held = held_at(ledgers, M, "CNY", at(2))
    told = trace(ledgers, held, policy)
    assert {(t.entity, t.how) for t in told.terminals} == {(M, Ending.RESIDUAL)}
    assert sum(t.loss_minor for t in told.terminals) == told.stolen_minor == 401
    assert all(hop.payee == M for hop in told.hops), "no payment before carries it"


@pytest.mark.parametrize("policy", Policy)
def test_only_payments_after_the_moment_carry_what_was_held_at_it(policy):
    ledgers = build_ledgers(world(transfers=MOVES))
    found = search(ledgers, mark(ledgers), held_at(ledgers, M, "CNY", at(1, minutes=5)), policy, TraceConfig())
    moved = dict(zip(found.rows.tolist(), found.amounts.tolist(), strict=True))
    assert (moved[5], moved[6]) == (100, 250)
    assert not {2, 4} & set(moved)


@settings(deadline=None, max_examples=40)
@given(histories(), st.data())
def test_whatever_is_held_stays_whole_until_its_moment(moves, data):
    ledgers = build_ledgers(index_of(moves))
    holder, moment = account(data.draw(st.integers(0, 4))), data.draw(st.sampled_from(ledgers.t_us.tolist()))
    book = ledgers.book(ledgers.index.code(holder), "CNY") if ledgers.index.code(holder) >= 0 else -1
    held = held_at(ledgers, holder, "CNY", to_moment(moment)) if book >= 0 else ()
    for policy in Policy if held else ():
        found = search(ledgers, mark(ledgers), held, policy, TraceConfig())
        before = [r for r in found.rows.tolist() if ledgers.t_us[r] <= moment and ledgers.payer[r] == book]
        assert not set(before) - {seed.row for seed in held}
        if policy is not Policy.POISON:
            assert found.end_losses.sum() == sum(seed.amount_minor for seed in held)
            assert all(a <= ledgers.amount_of(r) for r, a in zip(found.rows.tolist(), found.amounts.tolist(), strict=True))
    assert book < 0 or sum(seed.amount_minor for seed in held) <= balance_at(ledgers, book, moment)
