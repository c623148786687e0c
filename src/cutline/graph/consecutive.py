"""Numbers in sequence: phone cards, accounts, wallets or handles of which one follows the other, as a dealer's stack does.

The serial of an id is the digits it ends in; ids are compared only where everything before those digits is equal. Bank cards
end in a check digit (ISO/IEC 7812), so that the next card's number is not the next integer: ids that pass that check are
compared without it too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.model.kernels import inner, kernel

LONGEST_RUN = 1000
"""Numbers of a run that are counted: beyond, the next one changes nothing."""

_ENDING = r"^(?P<stem>.*?)(?P<serial>[0-9]{1,18})$"
_CHECKED_DIGITS = 15


class Serials(NamedTuple):
    """Of each id: the stem it belongs to (-1: it does not end in digits, or no check digit fits) and its serial."""

    stem: NDArray[np.int64]
    serial: NDArray[np.int64]


def serials_of(ids: pa.Array) -> tuple[Serials, Serials]:
    """Split ids into stems and serials: as they are, and those with a fitting check digit without it. Strings are read once."""
    parts = pc.extract_regex(ids, _ENDING)
    digits = pc.fill_null(pc.struct_field(parts, "serial"), "")
    known = np.asarray(pc.is_valid(parts).to_numpy(zero_copy_only=False), np.bool_)
    stems = pc.fill_null(pc.struct_field(parts, "stem"), "").dictionary_encode().indices.to_numpy().astype(np.int64)
    text = pc.if_else(pa.array(known), digits, "0")
    serial = np.asarray(text.cast(pa.int64()).to_numpy(), np.int64)
    plain = Serials(np.where(known, stems, -1), serial)
    long = np.asarray(pc.utf8_length(text).to_numpy(), np.int64) >= _CHECKED_DIGITS
    return plain, Serials(np.where(known & long & _passes(ids, long), stems, -1), serial // 10)


def _passes(ids: pa.Array, long: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which ids end in a number whose last digit checks the others (modulus 10, every second digit doubled)."""
    out = np.zeros(len(ids), np.bool_)
    at = np.flatnonzero(long)
    tails = pc.struct_field(pc.extract_regex(ids.take(pa.array(at)), r"(?P<number>[0-9]+)$"), "number")
    width = int(pc.max(pc.utf8_length(tails)).as_py() or 0)
    padded = pc.utf8_lpad(tails, width, "0")
    letters = (
        np.frombuffer("".join(padded.to_pylist()).encode(), np.uint8).reshape(len(at), width) - ord("0") if width else None
    )
    if letters is not None:
        doubled = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
        digits = letters[:, ::-1].astype(np.int64)
        out[at] = (digits[:, 0::2].sum(axis=1) + doubled[digits[:, 1::2]].sum(axis=1)) % 10 == 0
    return out


class Line(NamedTuple):
    """Rows of whole subjects as window kernels know them: where each subject starts, and times."""

    start: NDArray[np.int64]
    t: NDArray[np.int64]


class Numbers(NamedTuple):
    """Rows by number: group g is `order[first[g]:first[g + 1]]`; `linked[g]`: it follows group g - 1 in sequence."""

    order: NDArray[np.int64]
    first: NDArray[np.int64]
    group: NDArray[np.int64]
    linked: NDArray[np.bool_]


def runs(line: Line, serials: Serials, own: NDArray[np.int64], window_us: int) -> NDArray[np.float64]:
    """Give at some rows how many numbers stand in unbroken sequence with the row's own, all seen by then and in its window.

    `serials` are those of the rows; `own` the rows asked about. O(rows × log rows + runs).
    """
    out = np.ones(len(own))
    _runs(line.t, _in_sequence(line, serials), own, window_us, out)
    return out


def _in_sequence(line: Line, serials: Serials) -> Numbers:
    subject = np.repeat(np.arange(len(line.start) - 1), np.diff(line.start))
    order = np.lexsort((serials.serial, serials.stem, subject))
    stem, whose, step = serials.stem[order], subject[order], np.diff(serials.serial[order])
    same = (np.diff(whose) == 0) & (np.diff(stem) == 0)
    begins = np.append(True, ~same | (step != 0))[: len(order)]
    heads = np.flatnonzero(begins)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(begins) - 1
    linked = np.append(False, same & (step == 1))[heads] & (stem[heads] >= 0)
    return Numbers(order, np.append(heads, len(order)), group, np.append(linked, False))


def numbers_of(codes: NDArray[np.int32], ids: pa.Array) -> tuple[Serials, Serials]:
    """Give the serials of a column of codes, both ways; every distinct id is read once. Unknown codes have no stem."""
    known = distinct(codes[codes >= 0])
    where = np.where(codes < 0, len(known), np.searchsorted(known, codes))
    plain, checked = serials_of(ids.take(pa.array(known)))
    return _at(plain, where), _at(checked, where)


def _at(serials: Serials, where: NDArray[np.int64]) -> Serials:
    return Serials(np.append(serials.stem, -1)[where], np.append(serials.serial, 0)[where])


@kernel
def _runs(t: Any, numbers: Any, own: Any, window: int, out: Any) -> None:
    for i in range(len(own)):
        row = own[i]
        limit, n, g = t[row] - window, 1, numbers.group[row]
        while n < LONGEST_RUN and numbers.linked[g] and _seen(t, numbers, g - 1, row, limit):
            n += 1
            g -= 1
        g = numbers.group[row] + 1
        while n < LONGEST_RUN and numbers.linked[g] and _seen(t, numbers, g, row, limit):
            n += 1
            g += 1
        out[i] = n


@inner
def _seen(t: Any, numbers: Any, group: int, row: int, limit: int) -> bool:
    """Whether a number was seen at or before a row and in its window: its latest row by then decides."""
    begin = numbers.first[group]
    low, high = begin, numbers.first[group + 1]
    while low < high:
        middle = (low + high) // 2
        if numbers.order[middle] <= row:
            low = middle + 1
        else:
            high = middle
    return bool(low > begin and t[numbers.order[low - 1]] > limit)
