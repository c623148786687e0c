"""Fees as company: an address needs its chain's own coin before it can pay, and who gives it shows whose it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import Index
from cutline.risk.association.money import Incomes, is_kind
from cutline.risk.association.signs import Pattern, Signs, signs, write_findings

Bools = NDArray[np.bool_]

NATIVE = "/native"
"""How the name of a chain's own coin ends."""

SUSPECTS = 3
"""Suspect addresses whose fees one address pays before it is theirs, not a seller's of whom they bought (D)."""

PART = 0.6
"""Share that these are of all whose fees it pays and who do anything: an exchange and a gas station serve everybody (D)."""

CLEAN = 0.1
"""Most of an address's income that may come from others than suspects, if it is known by its fees (D)."""


def fees(index: Index, incomes: Incomes, marked: Bools, barred: Bools) -> list[Finding]:
    """Find the addresses that pay the fees of suspects' addresses, and those that were made ready by them.

    Addresses that were never used beside do not count for who pays: they may be anybody's.
    """
    paid = _native(index, incomes)
    if not len(paid.row):
        return []
    size = len(index)
    used = marked | _moves_tokens(index, incomes)
    every = paid.take(used[paid.other])
    theirs = every.take(marked[every.other])
    suspects, all_ = theirs.others(size), every.others(size)
    pays = (suspects >= SUSPECTS) & (suspects >= PART * all_) & ~barred
    strength = np.where(pays & ~marked, np.minimum(0.8, 0.4 + 0.05 * np.minimum(suspects, 8)), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"Paid the fees of {suspects[code]} suspect addresses, of {all_[code]} used ones that it paid any for.",
            f"为{suspects[code]}个可疑地址垫付链上手续费，其垫付的在用地址共{all_[code]}个。",
        )

    found = write_findings(index, Pattern("pays-suspects-fees", words), (theirs,), strength)
    return found + _made_ready(index, incomes, paid, (pays, marked, barred))


def _made_ready(index: Index, incomes: Incomes, paid: Signs, state: tuple[Bools, Bools, Bools]) -> list[Finding]:
    """Find the addresses whose first coin of all came from one that pays suspects' fees, and that nobody else pays."""
    (pays, marked, barred), size, table = state, len(index), index.tables["transfers"]
    payer, payee = table.columns["payer"], table.columns["payee"]
    rows = np.flatnonzero(incomes.known)
    first = np.full(size, len(table), np.int64)
    for end in (payer, payee):
        np.minimum.at(first, end[rows], rows)
    from_others = rows[~marked[payer[rows]] & ~pays[payer[rows]]]
    others = np.bincount(payee[from_others], incomes.value[from_others], minlength=size)
    ready = paid.take(pays[paid.subject] & (paid.row == first[paid.other]))
    ready = ready.take(~marked[ready.other] & ~barred[ready.other])
    ready = ready.take(np.round(others / np.maximum(1.0, incomes.received), 9)[ready.other] <= CLEAN)
    turned = Signs("transfers", ready.row, ready.other, ready.subject, ready.weight)
    strength = np.where(turned.total(size) > 0, 0.5, 0.0)
    words = (
        "Its first coin of all, for fees, came from an address that pays suspects' fees; nobody else pays it.",
        "其首笔入账即由为可疑地址垫付手续费者转入，别无其他来源。",
    )
    return write_findings(index, Pattern("fees-from-suspects", lambda _: words), (turned,), strength)


def _native(index: Index, incomes: Incomes) -> Signs:
    """Give the payments in a chain's own coin: the payer as subject, the payee as other."""
    table = index.tables["transfers"]
    payer, payee = table.columns["payer"], table.columns["payee"]
    names = table.categories.get("asset", ())
    own = np.array([name.endswith(NATIVE) for name in names] + [False])
    rows = np.flatnonzero(own[table.columns["asset"]] & incomes.known)
    rows = rows[is_kind(index, "address")[payer[rows]]]
    return signs("transfers", rows, payer[rows], payee[rows])


def _moves_tokens(index: Index, incomes: Incomes) -> Bools:
    """Say who moved anything but a chain's own coin."""
    table, out = index.tables["transfers"], np.zeros(len(index), np.bool_)
    own = np.array([name.endswith(NATIVE) for name in table.categories.get("asset", ())] + [False])
    rows = np.flatnonzero(~own[table.columns["asset"]] & incomes.known)
    out[table.columns["payer"][rows]] = True
    out[table.columns["payee"][rows]] = True
    return out
