from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.ingest.times import parse_times


def one(text: str | None, zone: str = "Asia/Shanghai") -> tuple[datetime | None, bool]:
    times = parse_times(pl.Series("t", [text], dtype=pl.String), zone)
    return times.values[0], times.local[0]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T08:15:30+08:00", utc(2026, 3, 1, 0, 15, 30)),
        ("2026-03-01T08:15:30Z", utc(2026, 3, 1, 8, 15, 30)),
        ("2026-03-01 08:15:30.1234567-0530", utc(2026, 3, 1, 13, 45, 30, 123456)),
        ("2026-03-01T08:15+08", utc(2026, 3, 1, 0, 15)),
        ("2024-02-29T23:59:59,5z", utc(2024, 2, 29, 23, 59, 59, 500000)),
    ],
)
def test_a_time_with_offset_is_absolute(text: str, moment: datetime) -> None:
    assert one(text) == (moment, False)


def test_a_time_without_offset_is_of_the_zone() -> None:
    assert one("2026-03-01T08:15:30") == (utc(2026, 3, 1, 0, 15, 30), True)
    assert one("2026-07-01", "Europe/Berlin") == (utc(2026, 6, 30, 22), True)
    assert one("2026-10-25T02:30:00", "Europe/Berlin")[0] == utc(2026, 10, 25, 0, 30)
    assert one("2026-03-29T02:30:00", "Europe/Berlin")[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "2026", "2026-3-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-03-01T24:00:00Z",
        "2026-03-01T08", "2026-03-01T08:60:00Z", "2026-03-01T08:15:61Z", "2026-03-01T08:15:30+99:00",
        "2026-03-01T08:15:30+08:0", "2026-03-01T08:15:30.Z", "2026-03-01T08:15:30 Z", "9999-12-31T23:59:59Z",
        "0001-01-01", "1899-12-31", "2100-01-01", "2026/03/01", "20260301T081530Z", "2026-03-01X08:15:30Z",
        "2026-03-01T08:15:30+", "1772323200", "２０２６-03-01",
    ],
)  # fmt: skip
def test_what_is_no_time_of_this_age_is_refused(text: str) -> None:
    assert one(text)[0] is None


@given(
    st.datetimes(datetime(1900, 1, 3), datetime(2099, 12, 29)),
    st.integers(-15 * 60, 15 * 60),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
)
def test_what_python_writes_is_read_back(moment: datetime, minutes: int, precision: str) -> None:
    written = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = written.isoformat(timespec=precision)
    assert one(text)[0] == datetime.fromisoformat(text)


def test_many_forms_in_one_column_and_its_slices() -> None:
    values = pl.Series("t", ["2026-03-01T00:00:00Z", None, "no", "2026-03-01"])
    times = parse_times(values, "UTC")
    assert times.values.to_list() == [utc(2026, 3, 1), None, None, utc(2026, 3, 1)]
    assert parse_times(values[2:], "UTC").values.to_list() == [None, utc(2026, 3, 1)]
    assert times.local.to_list() == [False, False, False, True]
