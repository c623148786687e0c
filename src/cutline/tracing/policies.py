"""Which money leaves first: the taint policies, each exact to the unit.

An account's inflows lie end to end on one axis, its outflows on another, both from zero. Under FIFO an inflow at [a, b)
leaves by the outflows whose intervals overlap [a, b): no queue is kept, and what no outflow overlaps is still there.
LIFO takes from the top of the heap: an inflow lies at the heights [balance before, balance after), and an outflow takes all
that lies above the balance it leaves. Tainted-first says that stolen money leaves before clean money; haircut that every
outflow carries stolen money in proportion to the balance, rounded down, so that the odd unit stays in the account until the
balance leaves whole; TIHO that of the outflows between two inflows (a spell; the outputs of one transaction are one) the
largest take it first. Poison says that whatever an account pays after it touched stolen money is stolen: it bounds what can
be reached, and alone makes value.

FIFO is Clayton's case; pro rata is how commingled funds are returned; tainted-first loses no trail and is the default of a
search.
"""

from __future__ import annotations

from enum import StrEnum

from cutline.model.kernels import kernel


class Policy(StrEnum):
    """How stolen money in a mixed balance is said to leave it."""

    TAINTED_FIRST = "tainted_first"
    FIFO = "fifo"
    HAIRCUT = "haircut"
    LIFO = "lifo"
    TIHO = "tiho"
    POISON = "poison"


LOTS = (Policy.FIFO, Policy.LIFO)
"""Policies that follow each banknote: an interval inside a transfer, and an interval of the loss with it."""


@kernel
def part(value: int, numerator: int, denominator: int) -> int:
    """Give floor(value × numerator / denominator) exactly, where nothing is negative and the result fits int64."""
    if value == 0 or numerator == 0:
        return 0
    if numerator == denominator:
        return value
    if value <= 0x7FFFFFFFFFFFFFFF // numerator:
        return value * numerator // denominator
    whole = 0
    rest = 0
    for bit in range(62, -1, -1):
        whole *= 2
        rest *= 2
        if rest >= denominator:
            rest -= denominator
            whole += 1
        if (value >> bit) & 1:
            whole += numerator // denominator
            rest += numerator % denominator
            if rest >= denominator:
                rest -= denominator
                whole += 1
    return whole


@kernel
def tainted_first(taint: int, out: int) -> int:
    """Give the stolen part of an outflow when stolen money leaves first."""
    return min(taint, out)


@kernel
def haircut(taint: int, out: int, balance: int) -> int:
    """Give the stolen part of an outflow in proportion to the balance before it, rounded down; the last unit takes all."""
    if out >= balance:
        return min(taint, out)
    return min(part(taint, out, balance), out)
