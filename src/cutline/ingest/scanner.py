"""The scanner that finds records and fields in the bytes of a CSV file, and the views that stand for fields in Arrow."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.ingest.blocks import LARGEST_RECORD_BYTES

GOOD, WRONG_COUNT, BAD_QUOTE, NOT_TEXT = 0, 1, 2, 3
VIEW_BYTES = 16
_LF, _CR, _QUOTE, _SPACE, _TAB = 10, 13, 34, 32, 9
_INLINE_BYTES = 12


@njit(cache=True)
def has_strange_bytes(data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which records hold a NUL byte or bytes that are not ASCII, and so deserve a closer look."""
    strange = np.zeros(len(starts), np.bool_)
    for i in range(len(starts)):
        for at in range(starts[i], ends[i]):
            if data[at] == 0 or data[at] >= 0x80:
                strange[i] = True
                break
    return strange


@njit(cache=True)
def scan_records(data, delimiter, final, records, fields):  # type: ignore[no-untyped-def]
    """Note every record's and field's place; give the number of records and of bytes they take."""
    starts, ends, faults = records
    field_starts, field_ends = fields
    size = len(data)
    at = 0
    count = 0
    while at < size:
        if data[at] == _LF or _is_line_end_in_two(data, at):
            at += 1
            continue
        after, fault = _scan_record(data, at, delimiter, field_starts[count], field_ends[count])
        if after < 0:
            if not final and size - at < LARGEST_RECORD_BYTES:
                break
            fault = BAD_QUOTE
        if fault != GOOD:
            after = at
            while after < size and data[after] != _LF:
                after += 1
        starts[count] = at
        ends[count] = after - 1 if after > at and data[after - 1] == _CR else after
        faults[count] = fault
        count += 1
        at = after + 1
    return count, min(at, size)


@njit(cache=True)
def _scan_record(data, at, delimiter, field_starts, field_ends):  # type: ignore[no-untyped-def]
    """Note the fields of one record; give the place of its line end (-1: the data end inside quotes) and its fault."""
    size = len(data)
    width = len(field_starts)
    number = 0
    while True:
        start = at
        doubled = False
        if at < size and data[at] == _QUOTE:
            start = at + 1
            at, doubled = _find_closing_quote(data, start)
            if at < 0:
                return -1, BAD_QUOTE
            end = at
            at += 1
            at += _is_line_end_in_two(data, at)
            if at < size and data[at] != delimiter and data[at] != _LF:
                return at, BAD_QUOTE
        else:
            while at < size and data[at] != delimiter and data[at] != _LF:
                at += 1
            end = at
            if end > start and data[end - 1] == _CR and (at == size or data[at] == _LF):
                end -= 1
        if number < width:
            start, end = _trim(data, start, end)
            field_starts[number] = -start - 1 if doubled else start
            field_ends[number] = end
        number += 1
        if at >= size or data[at] == _LF:
            return at, GOOD if number == width else WRONG_COUNT
        at += 1


@njit(cache=True, inline="always")
def _is_line_end_in_two(data, at):  # type: ignore[no-untyped-def]
    """Say whether a carriage return stands here before a line feed or the end."""
    return at < len(data) and data[at] == _CR and (at + 1 == len(data) or data[at + 1] == _LF)


@njit(cache=True, inline="always")
def _trim(data, start, end):  # type: ignore[no-untyped-def]
    while start < end and (data[start] == _SPACE or data[start] == _TAB):
        start += 1
    while end > start and (data[end - 1] == _SPACE or data[end - 1] == _TAB):
        end -= 1
    return start, end


@njit(cache=True)
def _find_closing_quote(data, at):  # type: ignore[no-untyped-def]
    size = len(data)
    limit = min(size, at + LARGEST_RECORD_BYTES)
    doubled = False
    while at < limit:
        if data[at] == _QUOTE:
            if at + 1 < size and data[at + 1] == _QUOTE:
                doubled = True
                at += 1
            else:
                return at, doubled
        at += 1
    return -1, doubled


@njit(cache=True)
def fill_views(data, starts, ends, extra, views):  # type: ignore[no-untyped-def]
    """Write one 16-byte Arrow string view a field: length, then the bytes, or their first four, buffer and offset."""
    as_bytes, as_ints = views
    used = 0
    for i in range(len(starts)):
        source = data
        start, end, buffer = starts[i], ends[i], 0
        if start < 0:
            source, buffer = extra, 1
            at = -start - 1
            start = used
            while at < end:
                extra[used] = data[at]
                used += 1
                at += 2 if data[at] == _QUOTE and at + 1 < end and data[at + 1] == _QUOTE else 1
            end = used
        length = end - start
        as_ints[i, 0] = length
        if length <= _INLINE_BYTES:
            for k in range(length):
                as_bytes[i, 4 + k] = source[start + k]
        else:
            for k in range(4):
                as_bytes[i, 4 + k] = source[start + k]
            as_ints[i, 2] = buffer
            as_ints[i, 3] = start
