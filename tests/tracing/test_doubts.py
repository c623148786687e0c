"""How sure the way to an ending is: on ledgers whose exchanges are joined by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, build_ledgers, stop_list, trace
from cutline.tracing.doubts import doubts_before, doubts_of
from cutline.tracing.joins import Joins
from cutline.tracing.landmarks import mark
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import at, world

CARRYING = [p for p in Policy if p is not Policy.POISON]
SURE, GUESSED = account("kept"), address("d")


def followed(rivals, second=0, policy=Policy.FIFO):
    """700 to a mule, who keeps 200 elsewhere and changes 500 at a desk; the coins go on, some over a second exchange."""
    moves = [
        transfer(0, account("v"), account("m"), 700),
        transfer(1, account("m"), SURE, 200),
        transfer(2, account("m"), account("desk"), 500),
        transfer(3, address("desk"), address("c"), 100, asset=USDT),
        transfer(4, address("c"), GUESSED, 60, asset=USDT),
        transfer(5, address("c"), account("bridge"), 40, asset=USDT),
        transfer(6, account("bridge"), address("far"), 39, asset=USDT),
    ]
    ledgers = build_ledgers(world(transfers=moves))
    joins = Joins.none(len(ledgers.amount))
    for a, b, many in ((2, 3, rivals), (5, 6, second)):
        if many:
            joins.partner[a], joins.partner[b] = b, a
            joins.competing[a] = joins.competing[b] = many
    return trace(ledgers, [Stolen(0, 700)], policy, None, mark(ledgers, joins))


@pytest.mark.parametrize("policy", CARRYING)
def test_what_came_over_a_guessed_exchange_is_told_with_its_rivals_and_the_rest_is_certain(policy):
    told = followed(4, policy=policy)
    by_entity = {entity: doubt for (entity, _, _), doubt in doubts_of(told).items()}
    guess = by_entity[GUESSED]
    assert (guess.sure, guess.rivals, guess.guessed_minor) == (0.25, 4, 300)
    assert (guess.paid.payee, guess.got.payer, guess.got.payee) == (account("desk"), address("desk"), address("c"))
    assert (by_entity[SURE].sure, by_entity[SURE].rivals, by_entity[SURE].got) == (1.0, 0, None)
    lines = {line.entity: line for line in stop_list(told, at(1) + timedelta(hours=1))}
    assert lines[GUESSED].guessed
    assert not lines[SURE].guessed
    assert lines[GUESSED].chance == pytest.approx(lines[GUESSED].stays / 4, abs=1e-4)


def test_two_guesses_on_one_way_multiply_and_the_more_doubtful_is_named():
    doubt = doubts_of(followed(2, 3))[address("far"), USDT, Ending.RESIDUAL]
    assert doubt.sure == pytest.approx(1 / 6)
    assert (doubt.rivals, doubt.got.payee) == (3, address("far"))


def test_read_backward_the_guess_is_told_in_the_order_of_time():
    turned = followed(4)
    read = replace(turned, hops=tuple(replace(h, payer=h.payee, payee=h.payer) for h in turned.hops))
    doubt = doubts_before(read)[GUESSED, USDT, Ending.RESIDUAL]
    before = doubts_of(turned)[GUESSED, USDT, Ending.RESIDUAL]
    assert (doubt.sure, doubt.rivals) == (before.sure, before.rivals)
    assert (doubt.paid.occurred_at, doubt.got.occurred_at) == (before.got.occurred_at, before.paid.occurred_at)
    assert doubt.paid.payee == address("desk"), "what the reversed reading entered by is told as the hop it is there"


def test_a_join_that_nothing_else_fitted_is_no_doubt():
    doubts = {entity: doubt for (entity, _, _), doubt in doubts_of(followed(1, 1)).items()}
    assert {(d.sure, d.guessed_minor) for d in doubts.values()} == {(1.0, 0)}
    assert (doubts[GUESSED].rivals, doubts[SURE].rivals) == (1, 0), "that it was joined by likeness is told all the same"


def test_poison_tells_no_way():
    told = followed(4, policy=Policy.POISON)
    assert doubts_of(told) == {}
    assert {line.doubt for line in stop_list(told, at(2))} == {None}


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(CARRYING))
def test_more_rivals_never_make_a_way_surer_and_no_ending_is_without_a_word(first, second, policy):
    told, worse = followed(first, second, policy), followed(first + 1, second, policy)
    before, after = doubts_of(told), doubts_of(worse)
    assert before.keys() == {(t.entity, t.asset, t.how) for t in told.terminals if t.loss_minor} == after.keys()
    assert all(0 < after[place].sure <= before[place].sure <= 1 for place in before)
    assert all((d.rivals > 1) == (d.sure < 1) == (d.guessed_minor > 0) for d in before.values())
