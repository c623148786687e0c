"""Numbers as company: those that are kept to register suspect accounts with and for nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import Index
from cutline.model.numerals import counted
from cutline.risk.association.money import is_kind
from cutline.risk.association.signs import Pattern, Signs, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]

SEVERAL = 2
"""Numbers in one hand, or internet accounts on one number, from which on they were opened for that (D)."""


def silent_registrations(index: Index, registered_with: Signs) -> Signs:
    """Give what is registered with numbers on which nobody ever talks or writes, about the number; codes may arrive there.

    `registered_with` tells what is registered with what. Only numbers of an operator that tells whose they are count: of
    others we do not see who talks.
    """
    ties, contacts, size = index.tables.get("ties"), index.tables.get("contacts"), len(index)
    silent, talking = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if ties is not None and "relation" in ties.columns and contacts is not None and len(contacts):
        owner, number = ends_of(ties, "owns")
        silent[number[is_kind(index, "person")[owner]]] = True
        source, target = contacts.columns["source"], contacts.columns["target"]
        talking[source[source >= 0]] = True
        if "duration_s" in contacts.columns:
            talking[target[(target >= 0) & (contacts.columns["duration_s"] > 0)]] = True
    every = registered_with.turned()
    return every.take((silent & ~talking & is_kind(index, "phone"))[every.subject])


def kept_numbers(index: Index, every: Signs, hand: NDArray[np.int64], marked: Bools, barred: Bools) -> list[Finding]:
    """Find the numbers on which nobody talks, and with which nothing is registered but what is suspicious itself.

    A gang buys cards to open accounts with; a mule takes a second number for what he lends. Whose number is an everyday one
    talks on it, whatever else he does. An internet account alone may be opened with anybody's number: there must be several
    such accounts on it, or such numbers in one hand, as `hand` numbers them. `every` are the `silent_registrations`.
    """
    size = len(index)
    found = every.take(marked[every.other] & ~marked[every.subject] & ~barred[every.subject])
    theirs, all_ = found.others(size), every.others(size)
    kept = (theirs > 0) & (theirs == all_)
    money = np.zeros(size, np.bool_)
    money[found.subject[is_kind(index, "account", "ecny_wallet")[found.other]]] = True
    kept &= money | (theirs >= SEVERAL) | (np.bincount(hand[kept], minlength=size)[hand] >= SEVERAL)
    strength = np.where(kept, np.minimum(0.8, 0.5 + 0.1 * theirs), 0.0)

    def words(code: int) -> tuple[str, str]:
        n = int(theirs[code])
        accounts = counted(n, "account", "accounts")
        return (
            f"Nobody ever talks on this number; it is registered with {accounts} alone, suspicious on its own findings.",
            f"该号码从无通话，仅用于注册{n}个自身可疑的账号。",
        )

    return write_findings(index, Pattern("number-kept-for-suspects", words), (found,), strength)
