"""The one evaluator: postfix programs over bounds, so that missing data can never pass for a zero.

A quantity is a pair of bounds (low ≤ true value ≤ high); they differ only where data are missing; NaN means that there is
nothing to measure. A truth is the set of outcomes still possible, as bits: 1 true, 2 false, 4 nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.errors import Place
from cutline.model.kernels import inner, kernel
from cutline.typologies.trees import Ask

TRUE, FALSE, EMPTY, UNKNOWN = 1, 2, 4, 3
TOLERANCE = 1e-9

Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]
Truth = NDArray[np.uint8]


class Op(IntEnum):
    """What a program does with its stack; LOAD, CONST, WORD, TAG, ASK and ISSET push, the rest take what is there."""

    LOAD = auto()
    CONST = auto()
    WORD = auto()
    TAG = auto()
    ASK = auto()
    ISSET = auto()
    ADD = auto()
    SUB = auto()
    MUL = auto()
    DIV = auto()
    NEG = auto()
    LT = auto()
    LE = auto()
    GT = auto()
    GE = auto()
    EQ = auto()
    NE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Program:
    """Postfix code: (operation, argument); the argument is the number of an output or column, or a position in a pool.

    `places[k]` says where constant k is written, None where it stands in no text.
    """

    code: tuple[tuple[Op, int], ...]
    constants: tuple[float, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    places: tuple[Place | None, ...] = ()
    asks: tuple[Ask, ...] = ()

    @property
    def loads(self) -> tuple[int, ...]:
        """The outputs or columns that the program reads."""
        return tuple(dict.fromkeys(argument for op, argument in self.code if op is Op.LOAD))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where a program's values come from, for `count` events at once: bounds by number, code of a word, truth of a tag.

    `ask`: what records say.
    """

    count: int
    bounds: Callable[[int], Bounds]
    word: Callable[[tuple[str, str]], int]
    tag: Callable[[tuple[str, str]], Truth]
    ask: Callable[[Ask], Bounds | Truth]


def run(program: Program, inputs: Inputs) -> Any:
    """Run a program over many events at once and give its bounds or its truth."""
    stack: list[Any] = []
    for op, argument in program.code:
        match op:
            case Op.LOAD:
                stack.append(inputs.bounds(argument))
            case Op.CONST:
                stack.append(_same(program.constants[argument], inputs.count))
            case Op.WORD:
                stack.append(_same(float(inputs.word(program.words[argument])), inputs.count))
            case Op.TAG:
                stack.append(inputs.tag(program.tags[argument]))
            case Op.ASK:
                stack.append(inputs.ask(program.asks[argument]))
            case Op.ISSET:
                stack.append(_is_set(stack.pop()))
            case Op.NEG:
                low, high = stack.pop()
                stack.append((-high, -low))
            case Op.NOT:
                stack.append(negate(stack.pop()))
            case _:
                right, left = stack.pop(), stack.pop()
                stack.append(_BINARY[op](left, right))
    return stack.pop()


def negate(truth: Truth) -> Truth:
    """Swap true and false; nothing to measure stays nothing to measure."""
    return _NOT_TABLE[truth]


def both(left: Truth, right: Truth) -> Truth:
    """True where both are."""
    return _looked_up(_AND_TABLE, left, right)


def _looked_up(table: Truth, left: Truth, right: Truth) -> Truth:
    # One flat index is looked up several times faster than two.
    return table.ravel().take((left << np.uint8(3)) | right)


def _table(combine: Callable[[int, int], int]) -> Truth:
    """Lift a function on single outcomes to sets of outcomes: 8 × 8."""
    table = np.zeros((8, 8), np.uint8)
    for a in range(8):
        for b in range(8):
            for x in (TRUE, FALSE, EMPTY):
                for y in (TRUE, FALSE, EMPTY):
                    if a & x and b & y:
                        table[a, b] |= combine(x, y)
    return table


def _and(x: int, y: int) -> int:
    return FALSE if FALSE in (x, y) else EMPTY if EMPTY in (x, y) else TRUE


def _or(x: int, y: int) -> int:
    return TRUE if TRUE in (x, y) else EMPTY if EMPTY in (x, y) else FALSE


_AND_TABLE = _table(_and)
_OR_TABLE = _table(_or)
_NOT_TABLE = np.array([(v & EMPTY) | ((v & TRUE) << 1) | ((v & FALSE) >> 1) for v in range(8)], np.uint8)


def _same(value: float, count: int) -> Bounds:
    filled = np.full(count, value)
    return filled, filled


def _is_set(bounds: Bounds) -> Truth:
    low, high = bounds
    return np.where(low != high, UNKNOWN, np.where(low != 0.0, TRUE, FALSE)).astype(np.uint8)


def _less(a: Bounds, b: Bounds, or_equal: bool) -> Truth:
    out = np.empty(len(a[0]), np.uint8)
    _less_into(*a, *b, or_equal, out)
    return out


def _equal(a: Bounds, b: Bounds) -> Truth:
    out = np.empty(len(a[0]), np.uint8)
    _equal_into(*a, *b, out)
    return out


def _multiply(a: Bounds, b: Bounds) -> Bounds:
    low, high = np.empty(len(a[0])), np.empty(len(a[0]))
    _multiply_into(*a, *b, low, high)
    return low, high


def _divide(a: Bounds, b: Bounds) -> Bounds:
    low, high = np.empty(len(a[0])), np.empty(len(a[0]))
    _divide_into(*a, *b, low, high)
    return low, high


_BINARY: dict[Op, Callable[[Any, Any], Any]] = {
    Op.ADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    Op.SUB: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    Op.MUL: _multiply,
    Op.DIV: _divide,
    Op.LT: lambda a, b: _less(a, b, False),
    Op.LE: lambda a, b: _less(a, b, True),
    Op.GT: lambda a, b: _less(b, a, False),
    Op.GE: lambda a, b: _less(b, a, True),
    Op.EQ: _equal,
    Op.NE: lambda a, b: negate(_equal(a, b)),
    Op.AND: both,
    Op.OR: lambda a, b: _looked_up(_OR_TABLE, a, b),
}


@inner
def _slack(a: float, b: float) -> float:
    largest = max(abs(a), abs(b))
    return 0.0 if np.isinf(largest) else TOLERANCE * largest


@kernel
def _less_into(a: Any, a_high: Any, b: Any, b_high: Any, or_equal: bool, out: Any) -> None:
    for i in range(len(out)):
        if np.isnan(a[i]) or np.isnan(b[i]):
            out[i] = EMPTY
            continue
        if or_equal:
            possible = a[i] <= b_high[i] + _slack(a[i], b_high[i])
            sure = a_high[i] <= b[i] + _slack(a_high[i], b[i])
        else:
            possible = a[i] < b_high[i] - _slack(a[i], b_high[i])
            sure = a_high[i] < b[i] - _slack(a_high[i], b[i])
        out[i] = (TRUE if possible else 0) | (0 if sure else FALSE)


@kernel
def _equal_into(a: Any, a_high: Any, b: Any, b_high: Any, out: Any) -> None:
    for i in range(len(out)):
        if np.isnan(a[i]) or np.isnan(b[i]):
            out[i] = EMPTY
        elif a[i] == a_high[i] and b[i] == b_high[i]:
            out[i] = TRUE if abs(a[i] - b[i]) <= _slack(a[i], b[i]) else FALSE
        else:
            touch = a[i] <= b_high[i] + _slack(a[i], b_high[i]) and b[i] <= a_high[i] + _slack(b[i], a_high[i])
            out[i] = UNKNOWN if touch else FALSE


@inner
def _times(x: float, y: float) -> float:
    # Zero members times an unlimited unknown is zero, not NaN.
    return 0.0 if (x == 0.0 or y == 0.0) else x * y


@kernel
def _multiply_into(a: Any, a_high: Any, b: Any, b_high: Any, low: Any, high: Any) -> None:
    for i in range(len(low)):
        if np.isnan(a[i]) or np.isnan(b[i]):
            low[i] = high[i] = np.nan
            continue
        p, q = _times(a[i], b[i]), _times(a[i], b_high[i])
        r, s = _times(a_high[i], b[i]), _times(a_high[i], b_high[i])
        low[i], high[i] = min(p, q, r, s), max(p, q, r, s)


@kernel
def _divide_into(a: Any, a_high: Any, b: Any, b_high: Any, low: Any, high: Any) -> None:
    for i in range(len(low)):
        if np.isnan(a[i]) or np.isnan(b[i]) or (b[i] == 0.0 and b_high[i] == 0.0):
            low[i] = high[i] = np.nan
        elif a[i] == a_high[i] and b[i] == b_high[i]:
            low[i] = high[i] = a[i] / b[i]
        elif b[i] <= 0.0 or a[i] < 0.0:
            # The divisor may be zero, and then there is nothing to measure: nothing is certain.
            low[i], high[i] = -np.inf, np.inf
        else:
            low[i] = 0.0 if np.isinf(b_high[i]) else a[i] / b_high[i]
            high[i] = np.inf if np.isinf(a_high[i]) else a_high[i] / b[i]
