"""Who keeps many customers' coins: an exchange's hot wallet, told by what it does where no list names it.

Every customer of an exchange has a deposit address, which passes all it gets on to the hot wallet; and the hot wallet pays
whoever withdraws. A gang's collecting address is fed by a few hands that feed each other, and pays few.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, Index, distinct

CUSTOMERS = 5
"""Deposit addresses from which an address keeps other people's coins (D)."""

FORWARDED = 0.9
"""Share of a deposit address's outgoing transfers that go to one hot wallet (D)."""


def keeps_for_many(index: Index) -> NDArray[np.bool_]:
    """Say which entities keep coins for many customers (boolean over the entities).

    At least `CUSTOMERS` addresses, and half of all that pay it, pay hardly anybody else; those are paid by at least as many
    others as they are; and it pays at least as many others again. Cost: a sort of the transfers between addresses.
    """
    size, out = len(index), np.zeros(len(index), np.bool_)
    transfers = index.tables.get("transfers")
    if transfers is None or not len(transfers):
        return out
    payer, payee, rows = _pairs(transfers.columns["payer"], transfers.columns["payee"], index)
    sent = np.bincount(payer, rows, minlength=size)
    forwards = rows >= FORWARDED * sent[payer]
    hub_of = np.full(size, -1, np.int64)
    hub_of[payer[forwards]] = payee[forwards]
    customers = np.bincount(payee[forwards], minlength=size)
    feeding = (hub_of[payee] >= 0) & (hub_of[payee] != payer)
    fed_by = distinct(hub_of[payee[feeding]] * size + payer[feeding])
    sources = np.bincount(fed_by // max(1, size), minlength=size)
    paid = np.bincount(payer[hub_of[payee] != payer], minlength=size)
    many = (customers >= CUSTOMERS) & (2 * customers >= np.bincount(payee, minlength=size))
    return np.asarray(many & (sources >= customers) & (paid >= customers))


def _pairs(
    payer: NDArray[np.int32], payee: NDArray[np.int32], index: Index
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the distinct pairs of addresses that paid each other, and how often."""
    address = index.kinds == KIND_NAMES.index("address")
    known = np.flatnonzero((payer >= 0) & (payee >= 0) & (payer != payee))
    known = known[address[payer[known]] & address[payee[known]]]
    keys = np.sort(payer[known].astype(np.int64) * len(index) + payee[known])
    begin = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[begin] // max(1, len(index)), keys[begin] % max(1, len(index)), np.diff(begin, append=len(keys))
