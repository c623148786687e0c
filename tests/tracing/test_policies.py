import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.tracing.policies import Policy, haircut, part, stolen_in_outflows

STATUTE = [(7, False), (3, True), (-4, False), (-6, False)]
"""7 clean in, 3 stolen in, 4 out, 6 out: the table of the policies."""


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(Policy.FIFO, [0, 3]), (Policy.TAINTED_FIRST, [3, 0]), (Policy.HAIRCUT, [1, 2])],
)
def test_the_table_of_the_policies(policy, expected):
    assert stolen_in_outflows(policy, STATUTE).tolist() == expected


def test_haircut_is_exact_in_units_that_divide():
    scaled = [(10 * amount, stolen) for amount, stolen in STATUTE]
    assert stolen_in_outflows(Policy.HAIRCUT, scaled).tolist() == [12, 18]


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 2**62))
def test_part_is_the_exact_floor(value, numerator, denominator):
    numerator = min(numerator, denominator)
    assert part(value, numerator, denominator) == value * numerator // denominator


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 2**62))
def test_a_haircut_takes_no_more_than_there_is(taint, out, balance):
    taint = min(taint, balance)
    moved = haircut(taint, min(out, balance), balance)
    assert 0 <= moved <= min(taint, out)
    assert haircut(taint, balance, balance) == taint


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.integers(0, 60)), max_size=30), st.sampled_from(Policy))
def test_every_policy_conserves_stolen_value(steps, policy):
    flows, balance, stolen_in = [], 0, 0
    for amount, stolen, out in steps:
        flows.append((amount, stolen))
        stolen_in += amount * stolen
        paid = min(out, balance + amount)
        balance += amount - paid
        flows += [(-paid, False)] if paid else []
    if balance:
        flows.append((-balance, False))
    moved = stolen_in_outflows(policy, flows)
    assert moved.sum() == stolen_in
    outs = np.array([-amount for amount, _ in flows if amount < 0], np.int64)
    assert (moved >= 0).all()
    assert (moved <= outs).all()
