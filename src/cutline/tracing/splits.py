"""Exchanges in several pieces: which part of each payment became which part of what came back.

What went in lies end to end on one axis, what came back on another; both are one exchange, at one rate, so that a place on the
one is a place on the other. A part that came back in its own coin is the last that was paid. Every unit has its place: pieces
of a row tile it, and what they carry adds up to the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.magnitudes import Amount, below, integers, minus, nothing, pairs, part, pick, plus, put

FIRST_SPLIT = -2
"""A row's `partner` of this or less names its place here: −2 the first, −3 the second."""


@dataclass(frozen=True, slots=True)
class Splits:
    """As CSR by row that is exchanged in pieces: the part [begin, end) of it is [there, until) of the transfer `other`."""

    ptr: NDArray[np.int64]
    other: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    there: NDArray[np.int64]
    until: NDArray[np.int64]

    @classmethod
    def none(cls, like: NDArray[np.int64] | None = None) -> Splits:
        """Nothing is exchanged in pieces; `like`: amounts of the width wanted."""
        shape = () if like is None else like.shape[1:]
        return cls(np.zeros(1, np.int64), np.empty(0, np.int64), *(np.empty((0, *shape), np.int64) for _ in range(4)))


def pointer(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give where each of so many begins, and where the last ends: the pointer of a CSR."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


class Sides(NamedTuple):
    """Exchanges as CSR: transfers that went in, those that came in another coin, those that came back in the same; in order."""

    paid_ptr: NDArray[np.int64]
    paid: NDArray[np.int64]
    got_ptr: NDArray[np.int64]
    got: NDArray[np.int64]
    back_ptr: NDArray[np.int64]
    back: NDArray[np.int64]


class _Pieces(NamedTuple):
    """Pieces as they are found: transfer in, transfer out, and the part of either."""

    paid: NDArray[np.int64]
    got: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    there: NDArray[np.int64]
    until: NDArray[np.int64]


def lay_splits(moved: NDArray[np.int64], sides: Sides) -> tuple[Splits, NDArray[np.int64]]:
    """Lay exchanges in pieces; gives the rows of the CSR in its order. `moved`: what each transfer moved."""
    room = 2 * (len(sides.paid) + len(sides.got) + len(sides.back)) + 2
    amounts = [np.zeros((room, *moved.shape[1:]), np.int64) for _ in range(4)]
    found = _Pieces(np.zeros(room, np.int64), np.zeros(room, np.int64), *amounts)
    count = _lay(moved, sides, found)
    cut = _Pieces(*(column[:count] for column in found))
    forth = (cut.paid, cut.got, cut.begin, cut.end, cut.there, cut.until)
    back = (cut.got, cut.paid, cut.there, cut.until, cut.begin, cut.end)
    own, other, begin, end, there, until = (np.concatenate(both) for both in zip(forth, back, strict=True))
    differs = begin != end
    wide = np.flatnonzero(differs if differs.ndim == 1 else differs.any(axis=1))
    order = wide[np.argsort(own[wide], kind="stable")]
    rows, times = np.unique(own[order], return_counts=True)
    return Splits(pointer(times), other[order], begin[order], end[order], there[order], until[order]), rows


def mirror(splits: Splits, partner: NDArray[np.int32]) -> Splits:
    """Read pieces from the end of their transfers, as ledgers that are read backward do; `partner` of each `other`."""
    if not len(splits.other):
        return splits
    last = integers(splits.end[splits.ptr[1:] - 1])
    own = np.repeat(last, np.diff(splits.ptr))
    far = last[FIRST_SPLIT - partner]
    turned = [_backward(splits, integers(amount)) for amount in (splits.end, splits.begin, splits.until, splits.there)]
    own, far, other = _backward(splits, own), _backward(splits, far), _backward(splits, splits.other)
    begin, end, there, until = (total - at for total, at in zip((own, own, far, far), turned, strict=True))
    wide = splits.begin.ndim == 2
    return Splits(splits.ptr, other, *(pairs(a) if wide else a.astype(np.int64) for a in (begin, end, there, until)))


def _backward(splits: Splits, values: NDArray[Any]) -> NDArray[Any]:
    """Give values in their rows' order, and each row's from the last to the first."""
    first = np.repeat(splits.ptr[:-1], np.diff(splits.ptr))
    after = np.repeat(splits.ptr[1:], np.diff(splits.ptr))
    return np.asarray(values[first + after - 1 - np.arange(len(values))])


@kernel
def _lay(moved: NDArray[np.int64], sides: Sides, found: _Pieces) -> int:
    count = 0
    for k in range(len(sides.paid_ptr) - 1):
        paid = sides.paid[sides.paid_ptr[k] : sides.paid_ptr[k + 1]]
        got = sides.got[sides.got_ptr[k] : sides.got_ptr[k + 1]]
        back = sides.back[sides.back_ptr[k] : sides.back_ptr[k + 1]]
        returned = _total(moved, back)
        spent = minus(_total(moved, paid), returned)
        count = _lay_one(moved, (paid, got), (nothing(moved), spent), found, count)
        count = _lay_one(moved, (paid, back), (spent, plus(spent, returned)), found, count)
    return count


@inner
def _total(moved: NDArray[np.int64], rows: NDArray[np.int64]) -> Amount:
    total = nothing(moved)
    for row in rows:
        total = plus(total, pick(moved, row))
    return total


@inner
def _lay_one(
    moved: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    span: tuple[Amount, Amount],
    found: _Pieces,
    count: int,
) -> int:
    """Lay the part [span) of what went in against all of what came out, transfer by transfer."""
    paid, got = rows
    low, high = span
    width, whole = minus(high, low), _total(moved, got)
    if not below(nothing(moved), width) or not below(nothing(moved), whole):
        return count
    i = j = 0
    at, there = nothing(moved), nothing(moved)  # places on both axes, from the beginning of the span
    begun, given = minus(nothing(moved), low), nothing(moved)  # where the transfers i and j begin
    while i < len(paid) and j < len(got):
        after, done = plus(begun, pick(moved, paid[i])), plus(given, pick(moved, got[j]))
        if not below(at, after):
            i, begun = i + 1, after
            continue
        end = after if below(after, width) else width
        until = part(whole, end, width)
        if below(done, until):
            until = done
            end = part(width, done, whole)
        found.paid[count], found.got[count] = paid[i], got[j]
        put(found.begin, count, minus(at, begun))
        put(found.end, count, minus(end, begun))
        put(found.there, count, minus(there, given))
        put(found.until, count, minus(until, given))
        count += 1
        at, there = end, until
        if not below(there, done):
            j, given = j + 1, done
    return count
