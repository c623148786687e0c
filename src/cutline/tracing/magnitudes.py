"""Amounts of either width: one unit is one unit, whether a balance fits 64 bits (yuan, USDT) or needs 128 (wei).

A kernel is written once. Where its arrays hold one int64 an amount, it compiles to plain integers; where they hold two (low,
high: the halves of a two's complement of 128 bits, as Arrow lays a decimal), to pairs with a carry. Which of both is decided by
the ledgers: all their amounts have one width, the narrow one wherever every sum fits.
"""

# ruff: noqa: ARG001, ARG005, PLW0108 - what `overload` takes must name all arguments of what it stands for, and give functions.

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel
from cutline.tracing.policies import part as narrow_part

Amount = Any
"""In a kernel: an int, or a pair of ints (low, high)."""

SIGN = np.int64(np.iinfo(np.int64).min)
NARROW = np.int64(1 << 62)
"""Up to here the narrow division is exact."""

ONE = np.int64(1)
NONE = np.int64(0)


def pick(amounts: NDArray[np.int64], at: int) -> Amount:
    """Read the amount at a place."""
    return amounts[at] if amounts.ndim == 1 else (amounts[at, 0], amounts[at, 1])


def number(fields: NDArray[np.int64], at: int) -> int:
    """Read a plain number (a row, a depth) that stands among amounts."""
    return int(fields[at] if fields.ndim == 1 else fields[at, 0])


def put(amounts: NDArray[np.int64], at: int, value: Amount) -> None:
    """Write an amount."""
    amounts[at] = value


def put_number(amounts: NDArray[np.int64], at: int, value: int) -> None:
    """Write a plain number among amounts."""
    amounts[at] = value if amounts.ndim == 1 else (value, 0)


def nothing(amounts: NDArray[np.int64]) -> Amount:
    """Give no amount, of the width of an array."""
    return NONE if amounts.ndim == 1 else (NONE, NONE)


def widen(amounts: NDArray[np.int64], value: int) -> Amount:
    """Give a plain number as an amount of the width of an array."""
    return value if amounts.ndim == 1 else (value, value >> 63)


def plus(a: Amount, b: Amount) -> Amount:
    """Add."""
    return add_pairs(*a, *b) if isinstance(a, tuple) else a + b


def minus(a: Amount, b: Amount) -> Amount:
    """Subtract."""
    return subtract_pairs(*a, *b) if isinstance(a, tuple) else a - b


def below(a: Amount, b: Amount) -> bool:
    """Say whether a < b."""
    return bool(pair_below(*a, *b) if isinstance(a, tuple) else a < b)


def part(value: Amount, numerator: Amount, denominator: Amount) -> Amount:
    """Give floor(value × numerator / denominator) exactly; of pairs, numerator ≤ denominator."""
    return pair_part(value, numerator, denominator) if isinstance(value, tuple) else narrow_part(value, numerator, denominator)


def weight(value: Amount) -> int:
    """Give a number that never falls as an amount grows, for the order of a worklist."""
    return int(pair_weight(*value) if isinstance(value, tuple) else value)


@overload(pick, strict=False)
def _pick(amounts: Any, at: Any) -> Any:
    if amounts.ndim == 1:
        return lambda amounts, at: amounts[at]
    return lambda amounts, at: (amounts[at, 0], amounts[at, 1])


@overload(number, strict=False)
def _number(fields: Any, at: Any) -> Any:
    if fields.ndim == 1:
        return lambda fields, at: fields[at]
    return lambda fields, at: fields[at, 0]


def _put_one(amounts: Any, at: Any, value: Any) -> None:
    amounts[at] = value


@overload(put, strict=False)
def _put(amounts: Any, at: Any, value: Any) -> Any:
    if amounts.ndim == 1:
        return _put_one

    def put_pair(amounts: Any, at: Any, value: Any) -> None:
        amounts[at, 0], amounts[at, 1] = value[0], value[1]

    return put_pair


@overload(put_number, strict=False)
def _put_number(amounts: Any, at: Any, value: Any) -> Any:
    if amounts.ndim == 1:
        return _put_one

    def put_low(amounts: Any, at: Any, value: Any) -> None:
        amounts[at, 0], amounts[at, 1] = value, 0

    return put_low


@overload(nothing, strict=False)
def _nothing(amounts: Any) -> Any:
    if amounts.ndim == 1:
        return lambda amounts: NONE
    return lambda amounts: (NONE, NONE)


@overload(widen, strict=False)
def _widen(amounts: Any, value: Any) -> Any:
    if amounts.ndim == 1:
        return lambda amounts, value: np.int64(value)
    return lambda amounts, value: (np.int64(value), np.int64(value) >> 63)


@overload(plus, strict=False)
def _plus(a: Any, b: Any) -> Any:
    if not _is_pair(a):
        return lambda a, b: a + b
    return lambda a, b: add_pairs(a[0], a[1], b[0], b[1])


@overload(minus, strict=False)
def _minus(a: Any, b: Any) -> Any:
    if not _is_pair(a):
        return lambda a, b: a - b
    return lambda a, b: subtract_pairs(a[0], a[1], b[0], b[1])


@overload(below, strict=False)
def _below(a: Any, b: Any) -> Any:
    if not _is_pair(a):
        return lambda a, b: a < b
    return lambda a, b: pair_below(a[0], a[1], b[0], b[1])


@overload(part, strict=False)
def _part(value: Any, numerator: Any, denominator: Any) -> Any:
    if not _is_pair(value):
        return lambda value, numerator, denominator: narrow_part(value, numerator, denominator)
    return lambda value, numerator, denominator: pair_part(value, numerator, denominator)


@overload(weight, strict=False)
def _weight(value: Any) -> Any:
    if not _is_pair(value):
        return lambda value: value
    return lambda value: pair_weight(value[0], value[1])


def _is_pair(kind: Any) -> bool:
    return hasattr(kind, "count") and hasattr(kind, "dtype")


@inner
def least(a: Amount, b: Amount) -> Amount:
    """Give the smaller."""
    return b if below(b, a) else a


@inner
def most(a: Amount, b: Amount) -> Amount:
    """Give the larger."""
    return b if below(a, b) else a


@inner
def low_below(a: int, b: int) -> Any:
    """Compare low halves, which have no sign."""
    return (a ^ SIGN) < (b ^ SIGN)


@kernel
def add_pairs(a_low: int, a_high: int, b_low: int, b_high: int) -> Amount:
    """Add with a carry."""
    low = a_low + b_low
    return low, a_high + b_high + (ONE if low_below(low, a_low) else NONE)


@kernel
def subtract_pairs(a_low: int, a_high: int, b_low: int, b_high: int) -> Amount:
    """Subtract with a borrow."""
    return a_low - b_low, a_high - b_high - (ONE if low_below(a_low, b_low) else NONE)


@kernel
def pair_below(a_low: int, a_high: int, b_low: int, b_high: int) -> bool:
    """Compare: the high half has the sign."""
    return a_high < b_high or (a_high == b_high and low_below(a_low, b_low))


@kernel
def pair_part(value: tuple[int, int], numerator: tuple[int, int], denominator: tuple[int, int]) -> Amount:
    """Multiply and divide bit by bit; the rest stays below the denominator, so that nothing leaves 128 bits."""
    if numerator[0] == denominator[0] and numerator[1] == denominator[1]:
        return value
    if value[1] == 0 and denominator[1] == 0 and 0 <= value[0] <= NARROW and 0 <= denominator[0] <= NARROW:
        return np.int64(narrow_part(value[0], numerator[0], denominator[0])), NONE
    whole, rest = (NONE, NONE), (NONE, NONE)
    for bit in range(126, -1, -1):
        half = value[1] if bit >= 64 else value[0]
        whole = plus(whole, whole)
        room = minus(denominator, rest)
        if below(rest, room):
            rest = plus(rest, rest)
        else:
            rest = minus(rest, room)
            whole = plus(whole, (ONE, NONE))
        if (half >> (bit & 63)) & 1:
            room = minus(denominator, numerator)
            if below(rest, room):
                rest = plus(rest, numerator)
            else:
                rest = minus(rest, room)
                whole = plus(whole, (ONE, NONE))
    return whole


@kernel
def pair_weight(low: int, high: int) -> Any:
    """Order pairs by their leading 50 bits; smaller differences do not matter to a worklist. Negative amounts weigh nothing."""
    value = np.float64(high) * 2.0**64 + np.float64(low >> 1 & 0x7FFFFFFFFFFFFFFF) * 2.0
    if value <= 0.0:
        return 0
    fraction, exponent = math.frexp(value)
    return (np.int64(exponent) + 2) * 2**50 + np.int64((fraction - 0.5) * 2.0**51)


def integers(amounts: NDArray[np.int64]) -> NDArray[Any]:
    """Give amounts as NumPy integers where they are narrow, as Python's where they are pairs: for answers, not for columns."""
    if amounts.ndim == 1:
        return amounts
    low = np.ascontiguousarray(amounts[:, 0]).view(np.uint64).astype(object)
    return np.asarray(amounts[:, 1].astype(object) * 2**64 + low)


def pairs(values: Any) -> NDArray[np.int64]:
    """Give Python integers as pairs."""
    low = [(int(v) & 0xFFFFFFFFFFFFFFFF) - ((int(v) >> 63 & 1) << 64) for v in values]
    return np.array([low, [int(v) >> 64 for v in values]], np.int64).reshape(2, -1).T.copy()


def floats(amounts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give amounts as floats: for shares and comparisons."""
    if amounts.ndim == 1:
        return amounts.astype(np.float64)
    low = np.ascontiguousarray(amounts[:, 0]).view(np.uint64).astype(np.float64)
    return np.asarray(amounts[:, 1] * 2.0**64 + low, np.float64)
