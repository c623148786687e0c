"""Whose records a delivery holds is told by its rows."""

from __future__ import annotations

import pytest

from cutline.store.houses import own_houses

ICBK, ABOC, BKCH = "account:CN/ICBK/", "account:CN/ABOC/", "account:CN/BKCH/"


def pairs(**counts: int) -> dict[tuple[str, str], int]:
    """`pairs(ii=3, ia=1)`: three rows inside ICBK, one from ICBK to ABOC; `o` is no account."""
    houses = {"i": ICBK, "a": ABOC, "b": BKCH, "o": ""}
    return {(houses[name[0]], houses[name[1]]): n for name, n in counts.items()}


@pytest.mark.parametrize(
    ("deliverer", "rows", "own"),
    [
        ("icbc bank", pairs(ii=5, ia=3, bi=4, io=2), {ICBK}),
        ("joint-centre", pairs(ii=5, ia=3, aa=4, bb=2), {ICBK, ABOC, BKCH}),
        ("someone", pairs(ii=96, ia=2, bb=2), {ICBK}),
        ("someone", pairs(ia=4, ii=1), {ICBK}),
        ("someone", pairs(ia=4), {ICBK, ABOC}),
        ("bank ABOC", pairs(ia=4), {ABOC}),
        ("bank-icbk", pairs(ii=6, aa=2), {ICBK}),
        ("bank-icbk", pairs(ii=1, aa=9), {ICBK, ABOC}),
    ],
)
def test_whose_ledger_it_is(deliverer, rows, own):
    assert own_houses(deliverer, rows) == own
