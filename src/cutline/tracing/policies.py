"""Which money leaves first: the taint policies, each exact to the unit.

An account's inflows lie end to end on one axis, its outflows on another, both from zero. Under FIFO an inflow at [a, b)
leaves by the outflows whose intervals overlap [a, b): no queue is kept, and what no outflow overlaps is still there.
Tainted-first says that stolen money leaves before clean money; haircut that every outflow carries stolen money in
proportion to the balance, rounded down, so that the odd unit stays in the account until the balance leaves whole. FIFO is
Clayton's case; pro rata is how commingled funds are returned; tainted-first loses no trail and is the default of a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Policy(StrEnum):
    """How stolen money in a mixed balance is said to leave it."""

    TAINTED_FIRST = "tainted_first"
    FIFO = "fifo"
    HAIRCUT = "haircut"


@njit(cache=True)
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


@njit(cache=True)
def tainted_first(taint: int, out: int) -> int:
    """Give the stolen part of an outflow when stolen money leaves first."""
    return min(taint, out)


@njit(cache=True)
def haircut(taint: int, out: int, balance: int) -> int:
    """Give the stolen part of an outflow in proportion to the balance before it, rounded down; the last unit takes all."""
    if out >= balance:
        return min(taint, out)
    return min(part(taint, out, balance), out)


@njit(cache=True)
def overlap(lot_from: int, lot_to: int, out_from: int, out_to: int) -> int:
    """Give what an outflow takes of a lot under FIFO: the overlap of their intervals."""
    return max(0, min(lot_to, out_to) - max(lot_from, out_from))


def stolen_in_outflows(policy: Policy, flows: Sequence[tuple[int, bool]]) -> NDArray[np.int64]:
    """Work one account's ledger by hand: how much of each outflow is stolen.

    `flows` are in time order: (amount, stolen) for an inflow with amount > 0, (−amount, False) for an outflow.
    The balance is never below zero; a court can check the result line by line.
    """
    balance = taint = came = left = 0
    lots: list[tuple[int, int]] = []
    result = []
    for amount, stolen in flows:
        if amount >= 0:
            lots += [(came, came + amount)] if stolen else []
            balance, taint, came = balance + amount, taint + amount * stolen, came + amount
            continue
        out = -amount
        match policy:
            case Policy.FIFO:
                moved = sum(overlap(a, b, left, left + out) for a, b in lots)
            case Policy.HAIRCUT:
                moved = haircut(taint, out, balance)
            case Policy.TAINTED_FIRST:
                moved = tainted_first(taint, out)
        balance, taint, left = balance - out, taint - moved, left + out
        result.append(moved)
    return np.array(result, np.int64)
