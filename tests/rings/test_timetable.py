"""Tools that begin in step with one gang's arrivals are that gang's; where nothing tells them apart, nobody's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.rings.timetable import Timetable, in_step

NOBODY = np.empty(0)
LEFT = [np.array([1.0, 1.3, 5.2, 9.0]), np.array([2.1, 3.4, 7.0, 12.5]), np.array([0.9, 6.3, 10.1])]


def tools(left: np.ndarray, after: float = 1.8, each: int = 2) -> np.ndarray:
    """Some tools for each who arrived, a few hours apart from the usual time."""
    return np.concatenate([left + after + 0.1 * k for k in range(each)])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_parties_go_with_the_tools_that_begin_after_their_arrivals(order):
    table = Timetable(LEFT, [tools(LEFT[k]) for k in order], [NOBODY] * 3, 20.0)
    at, lead = in_step(table)
    assert [order[gang] for gang in at.tolist()] == [0, 1, 2]
    assert (lead > 3.0).all()


def test_several_parties_may_have_gone_to_one_gang_and_none_to_another():
    both = np.concatenate(LEFT[:2])
    at, lead = in_step(Timetable(LEFT[:2], [tools(both), np.array([0.2, 0.3, 18.0])], [NOBODY] * 2, 20.0))
    assert at.tolist() == [0, 0]
    assert (lead > 3.0).all()


def test_whom_the_own_people_s_arrivals_explain_needs_no_others():
    at, _ = in_step(Timetable([LEFT[0]], [tools(LEFT[1])], [LEFT[1]], 20.0))
    assert at.tolist() == [-1]


def test_gangs_in_the_same_step_are_told_apart_by_nothing():
    _, lead = in_step(Timetable(LEFT[:1], [tools(LEFT[0]), tools(LEFT[0])], [NOBODY] * 2, 20.0))
    assert lead[0] < 3.0


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_order_of_parties_and_gangs_changes_no_clear_answer(seed):
    rng = np.random.default_rng(seed)
    left = [np.sort(rng.uniform(0, 15, rng.integers(3, 7))) for _ in range(3)]
    began = [tools(t, after=1.1) for t in left]
    at, lead = in_step(Timetable(left, began, [NOBODY] * 3, 22.0))
    turned, lead_turned = in_step(Timetable(left[::-1], began[::-1], [NOBODY] * 3, 22.0))
    clear = (lead > 3.0) & (lead_turned[::-1] > 3.0)
    assert (np.where(turned >= 0, 2 - turned, -1)[::-1][clear] == at[clear]).all()
