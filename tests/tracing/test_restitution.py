import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import UsageError
from cutline.tracing.restitution import Claim, in_proportion, share_out


def lines(recovered, *claims):
    sheet = share_out(recovered, [Claim(*claim) for claim in claims])
    return {s.victim: (s.traced_minor, s.pro_rata_minor) for s in sheet.shares}, sheet.left_minor


def test_what_is_shown_comes_first_and_the_rest_is_shared_by_what_is_still_lost():
    assert lines(100, ("a", 80, 60), ("b", 100, 0), ("c", 20, 0)) == ({"a": (60, 6), "b": (0, 28), "c": (0, 6)}, 0)


def test_where_more_is_shown_than_there_is_all_are_cut_alike():
    assert lines(30, ("a", 80, 40), ("b", 90, 20), ("c", 50, 0)) == ({"a": (20, 0), "b": (10, 0), "c": (0, 0)}, 0)


def test_nobody_gets_more_than_was_lost():
    assert lines(500, ("a", 80, 40), ("b", 20, 0)) == ({"a": (40, 40), "b": (0, 20)}, 400)


def test_odd_units_go_to_the_largest_remainders_then_by_name():
    assert in_proportion(2, {"b": 1, "a": 1, "c": 1}) == {"b": 1, "a": 1, "c": 0}


def test_what_cannot_be_is_refused():
    for recovered, claims in ((10, [Claim("a", 5, 6)]), (10, [Claim("a", 5, 0), Claim("a", 5, 0)]), (-1, [Claim("a", 5, 0)])):
        with pytest.raises(UsageError, match="expected"):
            share_out(recovered, claims)


CLAIMS = st.lists(st.tuples(st.integers(0, 10**30), st.integers(0, 10**30)), max_size=8)


@given(st.integers(0, 10**31), CLAIMS)
def test_the_sheet_adds_up_to_the_unit_in_whatever_order(recovered, told):
    claims = [Claim(f"v{k}", max(pair), min(pair)) for k, pair in enumerate(told)]
    sheet = share_out(recovered, claims)
    assert sum(s.returned_minor for s in sheet.shares) + sheet.left_minor == recovered
    assert all(0 <= s.returned_minor <= s.lost_minor and s.traced_minor <= s.shown_minor for s in sheet.shares)
    assert sheet.left_minor == max(0, recovered - sum(c.lost_minor for c in claims))
    assert share_out(recovered, claims[::-1]) == sheet
