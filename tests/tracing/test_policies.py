import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.policies import haircut, part
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, index_of


def paid(policy, unit=1):
    """7 clean in, 3 stolen in, 4 out, 6 out: the table of the policies."""
    moves = [Move(0, 8, 1, 7 * unit), Move(1, 9, 1, 3 * unit), Move(2, 1, 2, 4 * unit), Move(3, 1, 3, 6 * unit)]
    ledgers = build_ledgers(index_of(moves))
    f = search(ledgers, mark(ledgers), [Stolen(1, 3 * unit)], policy, TraceConfig())
    by = dict(zip(f.rows.tolist(), f.amounts.tolist(), strict=True))
    return [by.get(2, 0), by.get(3, 0)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.POISON, [4, 6]),
        (Policy.HAIRCUT, [1, 2]),
        (Policy.FIFO, [0, 3]),
        (Policy.LIFO, [3, 0]),
        (Policy.TIHO, [0, 3]),
        (Policy.TAINTED_FIRST, [3, 0]),
    ],
)
def test_the_table_of_the_policies(policy, expected):
    assert paid(policy) == expected


def test_haircut_is_exact_in_units_that_divide():
    assert paid(Policy.HAIRCUT, unit=10) == [12, 18]


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
