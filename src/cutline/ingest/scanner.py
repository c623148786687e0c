"""The scanner that finds records and fields in the bytes of a CSV file, and writes the Arrow views that stand for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cutline.ingest.blocks import LARGEST_RECORD_BYTES
from cutline.model.kernels import inner, kernel

GOOD, WRONG_COUNT, BAD_QUOTE, NOT_TEXT = 0, 1, 2, 3
_LF, _CR, _QUOTE, _SPACE, _TAB = 10, 13, 34, 32, 9
_INLINE_BYTES = 12
_REPLACED = (0xEF, 0xBF, 0xBD)
"""U+FFFD, which decoders put where bytes are no text."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands in a text; good records have a row each in `views` (column, row, two words of 8 bytes).

    `rows` and `bad_rows` number the records of the text from 0; `bad` is (start, end, fault) of each bad one. A view's buffer 0
    is the text, buffer 1 is `unquoted`: fields with doubled quotes, halved. `consumed` bytes are whole records.
    """

    consumed: int
    rows: NDArray[np.int64]
    views: NDArray[np.uint64]
    unquoted: NDArray[np.uint8]
    bad_rows: NDArray[np.int64]
    bad: NDArray[np.int64]


def scan_text(text: bytes, width: int, delimiter: str, final: bool, suspicious: bool) -> Scan:
    """Find the records of `width` fields in a text; `suspicious` text is checked record by record for what is no UTF-8.

    Unless `final`, a record that the text ends inside of is left for the next one.
    """
    data = np.frombuffer(text, np.uint8)
    most = text.count(b"\n") + 1
    starts, ends = np.empty((width, most), np.int32), np.empty((width, most), np.int32)
    rows, bad_rows, bad = np.empty(most, np.int64), np.empty(most, np.int64), np.empty((most, 3), np.int64)
    how = (np.uint8(ord(delimiter)), final, suspicious)
    good, faulty, consumed = _scan(data, how, starts, ends, (rows, bad_rows, bad))
    views = np.empty((width, good, 2), np.uint64)
    unquoted = np.empty(len(text), np.uint8)
    words = np.frombuffer(text, np.uint64, len(text) // 8)
    used = 0
    for column in range(width):
        places = starts[column, :good], ends[column, :good]
        used = _fill_views(data, words, places, views[column], unquoted, used)
    return Scan(consumed, rows[:good], views, unquoted[:used], bad_rows[:faulty], bad[:faulty])


@kernel
def _scan(data, how, starts, ends, records):  # type: ignore[no-untyped-def]
    """Note where the fields of all records stand; give how many are good and bad, and how many bytes they take."""
    delimiter, final, suspicious = how
    rows, bad_rows, bad = records
    size = len(data)
    at = good = faulty = 0
    while at < size:
        if data[at] == _LF or _is_line_end_in_two(data, at):
            at += 1
            continue
        after, fault = _scan_record(data, at, delimiter, good, starts, ends)
        if after < 0 and not final and size - at < LARGEST_RECORD_BYTES:
            break
        if suspicious and fault == GOOD and not _is_text(data, at, after):
            fault = NOT_TEXT
        if fault == GOOD:
            rows[good] = good + faulty
            good += 1
        else:
            after = _line_end(data, at)
            bad_rows[faulty] = good + faulty
            bad[faulty, 0] = at
            bad[faulty, 1] = after - 1 if after > at and data[after - 1] == _CR else after
            bad[faulty, 2] = NOT_TEXT if suspicious and not _is_text(data, at, after) else fault
            faulty += 1
        at = after + 1
    return good, faulty, min(at, size)


@inner
def _scan_record(data, at, delimiter, row, starts, ends):  # type: ignore[no-untyped-def]
    """Note the fields of one record; give the place of its line end (-1: the data end inside quotes) and its fault.

    A start below zero marks a field with doubled quotes.
    """
    size = len(data)
    width = len(starts)
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
        if number == width:
            return at, WRONG_COUNT
        start, end = _trim(data, start, end)
        starts[number, row] = -start - 1 if doubled else start
        ends[number, row] = end
        number += 1
        if at >= size or data[at] == _LF:
            return at, GOOD if number == width else WRONG_COUNT
        at += 1


@kernel
def _fill_views(data, words, places, views, unquoted, used):  # type: ignore[no-untyped-def]
    """Write one column's views: length, then all bytes, or the first four, the buffer and the offset, as Arrow lays them out.

    Column by column the processor foresees the lengths, and two loads of a word replace a loop over bytes.
    """
    starts, ends = places
    for row in range(len(starts)):
        start, end = np.int64(starts[row]), np.int64(ends[row])
        buffer = np.uint64(0)
        if start < 0:
            first = used
            used = _halve_quotes(data, -start - 1, end, unquoted, used)
            start, end, buffer = first, used, np.uint64(1)
            low, high = _load_slowly(unquoted, start, end)
        elif (start >> 3) + 2 < len(words):
            low, high = _load(words, start)
        else:
            low, high = _load_slowly(data, start, end)
        length = end - start
        if length > _INLINE_BYTES:
            high = buffer | np.uint64(start) << np.uint64(32)
        else:
            high = (low >> np.uint64(32) | high << np.uint64(32)) & _mask(length - 4)
        views[row, 0] = np.uint64(length) | (low & _mask(min(length, 4))) << np.uint64(32)
        views[row, 1] = high
    return used


@njit(cache=True, inline="always")
def _load(words, start):  # type: ignore[no-untyped-def]
    """The sixteen bytes from a place on, as two words; the bytes of a word stand lowest first."""
    at = start >> 3
    down = np.uint64((start & 7) * 8)
    up = np.uint64(63) - down
    one = np.uint64(1)
    return words[at] >> down | words[at + 1] << one << up, words[at + 1] >> down | words[at + 2] << one << up


@inner
def _load_slowly(data, start, end):  # type: ignore[no-untyped-def]
    low, high = np.uint64(0), np.uint64(0)
    for k in range(min(end - start, 16)):
        if k < 8:
            low |= np.uint64(data[start + k]) << np.uint64(8 * k)
        else:
            high |= np.uint64(data[start + k]) << np.uint64(8 * k - 64)
    return low, high


@njit(cache=True, inline="always")
def _mask(count):  # type: ignore[no-untyped-def]
    """The lowest bytes of a word, none for a count of zero or less, all for eight or more."""
    if count <= 0:
        return np.uint64(0)
    return np.uint64(0xFFFF_FFFF_FFFF_FFFF) >> np.uint64(64 - 8 * min(count, 8))


@inner
def _halve_quotes(data, at, end, unquoted, used):  # type: ignore[no-untyped-def]
    while at < end:
        unquoted[used] = data[at]
        used += 1
        at += 2 if data[at] == _QUOTE else 1
    return used


@inner
def _line_end(data, at):  # type: ignore[no-untyped-def]
    while at < len(data) and data[at] != _LF:
        at += 1
    return at


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


@inner
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


@inner
def _is_text(data, at, end):  # type: ignore[no-untyped-def]
    """Say whether bytes are UTF-8 (RFC 3629, table of section 4) without NUL and without a mark of lost bytes."""
    while at < end:
        first = data[at]
        if first == 0:
            return False
        at += 1
        if first < 0x80:
            continue
        more, low, high = _what_follows(first)
        if more == 0 or at + more > end or data[at] < low or data[at] > high:
            return False
        for k in range(1, more):
            if data[at + k] < 0x80 or data[at + k] > 0xBF:
                return False
        if more == 2 and first == _REPLACED[0] and data[at] == _REPLACED[1] and data[at + 1] == _REPLACED[2]:
            return False
        at += more
    return True


@inner
def _what_follows(first):  # type: ignore[no-untyped-def]
    """Give how many bytes follow the first of a character (0: none may), and the least and greatest that the second may be."""
    if 0xC2 <= first <= 0xDF:
        return 1, 0x80, 0xBF
    if 0xE0 <= first <= 0xEF:
        return 2, 0xA0 if first == 0xE0 else 0x80, 0x9F if first == 0xED else 0xBF
    if 0xF0 <= first <= 0xF4:
        return 3, 0x90 if first == 0xF0 else 0x80, 0x8F if first == 0xF4 else 0xBF
    return 0, 0, 0
