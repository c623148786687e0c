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


class Fees:
    """Who paid whom in a chain's own coin, who moved anything else, and the first row of everybody; read once."""

    def __init__(self, index: Index, incomes: Incomes) -> None:
        table, size = index.tables["transfers"], len(index)
        payer, payee = table.columns["payer"], table.columns["payee"]
        own = np.array([name.endswith(NATIVE) for name in table.categories.get("asset", ())] + [False])
        native = np.flatnonzero(own[table.columns["asset"]] & incomes.known) if own.any() else np.empty(0, np.int64)
        native = native[is_kind(index, "address")[payer[native]]]
        self.paid = signs("transfers", native, payer[native], payee[native])
        self.used, self.first = np.zeros(size, np.bool_), np.full(size, len(table), np.int64)
        if len(native):
            rows = np.flatnonzero(incomes.known)
            tokens = rows[~own[table.columns["asset"][rows]]]
            for end in (payer, payee):
                np.minimum.at(self.first, end[rows], rows)
                self.used[end[tokens]] = True


def fees(index: Index, incomes: Incomes, told: Fees, marked: Bools, barred: Bools) -> list[Finding]:
    """Find the addresses that pay the fees of suspects' addresses, and those that were made ready by them.

    Addresses that were never used beside do not count for who pays: they may be anybody's.
    """
    if not len(told.paid.row):
        return []
    size = len(index)
    every = told.paid.take((marked | told.used)[told.paid.other])
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
    return found + _made_ready(index, incomes, told, (pays, marked, barred))


def _made_ready(index: Index, incomes: Incomes, told: Fees, state: tuple[Bools, Bools, Bools]) -> list[Finding]:
    """Find the addresses whose first coin of all came from one that pays suspects' fees, and that nobody else pays."""
    (pays, marked, barred), size, table = state, len(index), index.tables["transfers"]
    payer, payee = table.columns["payer"], table.columns["payee"]
    ready = told.paid.take(pays[told.paid.subject] & (told.paid.row == told.first[told.paid.other]))
    ready = ready.take(~marked[ready.other] & ~barred[ready.other])
    fresh = np.zeros(size, np.bool_)
    fresh[ready.other] = True
    rows = incomes.paid_to(fresh)
    rows = rows[~marked[payer[rows]] & ~pays[payer[rows]]]
    others = np.bincount(payee[rows], incomes.value[rows], minlength=size)
    ready = ready.take(np.round(others / np.maximum(1.0, incomes.received), 9)[ready.other] <= CLEAN)
    turned = Signs("transfers", ready.row, ready.other, ready.subject, ready.weight)
    strength = np.where(turned.total(size) > 0, 0.5, 0.0)
    words = (
        "Its first coin of all, for fees, came from an address that pays suspects' fees; nobody else pays it.",
        "其首笔入账即由为可疑地址垫付手续费者转入，别无其他来源。",
    )
    return write_findings(index, Pattern("fees-from-suspects", lambda _: words), (turned,), strength)
