"""Times as sources write them, ISO 8601 with or without offset, to UTC microseconds; the impossible are refused."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel

FIRST_YEAR, LAST_YEAR = 1900, 2099
EXPECTED = f"an ISO 8601 time from {FIRST_YEAR} to {LAST_YEAR}, such as 2026-03-01T08:15:30+08:00"

_BAD, _ABSOLUTE, _LOCAL = 0, 1, 2
_US = 1_000_000
_DAY_S = 86_400


class Times(NamedTuple):
    """Parsed times: UTC, null where nothing stood or what stood is refused; `local` marks those written without an offset."""

    values: pl.Series
    local: pl.Series


def parse_times(values: pl.Series, zone: str) -> Times:
    """Read a column of texts: a date, or a date and time, with `Z`, an offset or none; without one the zone decides.

    A local time that a change of clocks skipped is refused; one that it repeats is taken as the first of the two.
    """
    array = values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    moments, how = _parse(np.frombuffer(data or b"", np.uint8), places)
    known = values.is_not_null().to_numpy()
    local = pl.Series(values.name, (how == _LOCAL) & known)
    naive = pl.Series(values.name, moments).cast(pl.Datetime("us"))
    utc = naive.dt.replace_time_zone("UTC").to_frame("utc").with_columns(good=pl.Series((how != _BAD) & known))
    if local.any():
        in_zone = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
        utc = utc.with_columns(utc=pl.when(local).then(in_zone).otherwise("utc"))
    return Times(utc.select(pl.when("good").then("utc")).to_series().alias(values.name), local)


@kernel
def _parse(data: NDArray[np.uint8], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    count = len(places) - 1
    moments = np.zeros(count, np.int64)
    how = np.zeros(count, np.uint8)
    for i in range(count):
        moments[i], how[i] = _parse_one(data, places[i], places[i + 1])
    return moments, how


@inner
def _parse_one(data, at, end):  # type: ignore[no-untyped-def]
    """Give microseconds and how they are meant: absolute, local or not at all."""
    if end - at < 10 or data[at + 4] != 45 or data[at + 7] != 45:
        return 0, _BAD
    year, month, day = _digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2)
    if year < FIRST_YEAR or year > LAST_YEAR or month < 1 or month > 12 or day < 1 or day > _month_days(year, month):
        return 0, _BAD
    moment = _days(year, month, day) * _DAY_S * _US
    at += 10
    if at == end:
        return moment, _LOCAL
    if data[at] not in (84, 116, 32):
        return 0, _BAD
    clock, at = _clock(data, at + 1, end)
    if clock < 0:
        return 0, _BAD
    moment += clock
    if at == end:
        return moment, _LOCAL
    offset_s = _offset(data, at, end)
    if offset_s > _DAY_S:
        return 0, _BAD
    return moment - offset_s * _US, _ABSOLUTE


@inner
def _clock(data, at, end):  # type: ignore[no-untyped-def]
    """Read HH:MM, HH:MM:SS or HH:MM:SS.f…; give microseconds of the day (-1: no such time) and where it ends."""
    if end - at < 5 or data[at + 2] != 58:
        return -1, at
    hour, minute, second, fraction = _digits(data, at, 2), _digits(data, at + 3, 2), 0, 0
    at += 5
    if end - at >= 3 and data[at] == 58:
        second = _digits(data, at + 1, 2)
        at += 3
        if at < end and (data[at] == 46 or data[at] == 44):
            at += 1
            unit = _US // 10
            first = at
            while at < end and 48 <= data[at] <= 57:
                fraction += (data[at] - 48) * unit
                unit //= 10
                at += 1
            if at == first:
                return -1, at
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return -1, at
    return ((hour * 60 + minute) * 60 + second) * _US + fraction, at


@inner
def _offset(data, at, end):  # type: ignore[no-untyped-def]
    """Read Z, ±HH, ±HHMM or ±HH:MM as seconds east; more than a day where it is none."""
    none = 2 * _DAY_S
    if data[at] == 90 or data[at] == 122:
        return 0 if at + 1 == end else none
    if data[at] != 43 and data[at] != 45:
        return none
    size = end - at
    hour, minute = -1, 0
    if size >= 3:
        hour = _digits(data, at + 1, 2)
    if size == 5:
        minute = _digits(data, at + 3, 2)
    elif size == 6 and data[at + 3] == 58:
        minute = _digits(data, at + 4, 2)
    elif size != 3:
        return none
    if hour < 0 or hour > 15 or minute < 0 or minute > 59:
        return none
    seconds = (hour * 60 + minute) * 60
    return seconds if data[at] == 43 else -seconds


@njit(cache=True, inline="always")
def _digits(data, at, count):  # type: ignore[no-untyped-def]
    value = np.int64(0)
    for k in range(count):
        digit = np.int64(data[at + k]) - 48
        if digit < 0 or digit > 9:
            return np.int64(-1)
        value = value * 10 + digit
    return value


@njit(cache=True, inline="always")
def _month_days(year, month):  # type: ignore[no-untyped-def]
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit(cache=True, inline="always")
def _days(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970 of a Gregorian date; years are counted from March, so that the leap day is their last."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
