"""How a number of things is written in English: one payer, five payers."""

from __future__ import annotations


def counted(number: float, one: str, many: str) -> str:
    """Write a number of things, such as `1 payer`, `1,200 payers`, `0 payers`, `2.50 payers`."""
    shown = f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
    return f"{shown} {one if number == 1 else many}"
