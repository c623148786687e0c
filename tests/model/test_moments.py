from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from cutline.model.moments import to_moment, to_us


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(-720, 720))
def test_a_moment_comes_back_exactly_whatever_its_zone(local, minutes):
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert to_moment(to_us(moment)) == moment
    assert to_moment(to_us(moment)).tzinfo is UTC
