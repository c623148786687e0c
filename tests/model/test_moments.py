import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import UsageError
from cutline.model.moments import read_moment, to_moment, to_us


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(-720, 720))
def test_a_moment_comes_back_exactly_whatever_its_zone(local, minutes):
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert to_moment(to_us(moment)) == moment
    assert to_moment(to_us(moment)).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00", "2026-03-01 02:00Z"])
def test_a_typed_moment_is_utc_where_no_offset_is_written(text: str) -> None:
    assert read_moment(text, "--at") == datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01T00:00:00+08:00"])
def test_what_is_no_moment_is_refused_by_the_option_that_took_it(text: str) -> None:
    with pytest.raises(UsageError, match=f"--as-of is '{re.escape(text)}', .*expected a time"):
        read_moment(text, "--as-of")
