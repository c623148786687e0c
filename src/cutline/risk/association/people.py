"""People as company: which tokens are one person, whose each thing is, and who holds suspicious tools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, Index
from cutline.model.numerals import counted
from cutline.risk.association.signs import Pattern, Signs, for_every_token, signs, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
HELD_SURE = 0.4
"""What the tools of somebody must say together to speak for the holder (D)."""

HELD = ("account", "ecny_wallet", "phone", "address", "handle", "device")


def same_person(index: Index) -> NDArray[np.int64]:
    """Give every entity the first code of all tokens that are one person by judgement; everything else is itself."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return np.arange(len(index))
    a, b = ends_of(ties, "same_as")
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(len(index), len(index)))
    part = connected_components(graph, directed=False)[1]
    first = np.full(len(index), len(index), np.int64)
    np.minimum.at(first, part, np.arange(len(index)))
    return np.asarray(first[part], np.int64)


def holders(
    index: Index, who: NDArray[np.int64], own: NDArray[np.float64], worked: NDArray[np.float64], barred: Bools
) -> list[Finding]:
    """Find the people who hold tools with findings, under every token of theirs.

    One tool with strong evidence speaks, or several with less: 1 − Π(1 − ¾·own) of at least `HELD_SURE`. `worked` says what was
    found of the numbers that a gang works; an everyday number, found through its owner's company, stays its owner's.
    """
    ties, size = index.tables.get("ties"), len(index)
    if ties is None or "relation" not in ties.columns:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    person = KIND_NAMES.index("person")
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "owns")) & (a >= 0) & (b >= 0))
    rows = rows[(index.kinds[a[rows]] == person) & (own[b[rows]] > 0)]
    rows = rows[np.isin(index.kinds[b[rows]], [KIND_NAMES.index(kind) for kind in HELD])]
    found = signs("ties", rows, a[rows], b[rows])
    bought, named = _orders(index, own), _handles(index, own, worked)
    subject, tool = (np.concatenate([getattr(part, n) for part in (found, bought, named)]) for n in ("subject", "other"))
    pairs, first = np.unique(who[subject] * size + tool, return_index=True)
    doubt = np.bincount(pairs // size, np.log1p(-0.75 * np.minimum(1.0, own[tool[first]])), minlength=size)
    tools = np.bincount(pairs // size, minlength=size)
    sure = -np.expm1(doubt)
    held = sure[who] >= HELD_SURE
    people = (index.kinds == person) & held & ~barred
    strength = np.where(people, np.minimum(0.95, sure[who]), 0.0)
    spoken = tuple(for_every_token(part, people, who) for part in (found, bought, named))

    one = "account, number or wallet with findings of its own"
    several = "accounts, numbers or wallets with findings of their own"

    def words(code: int) -> tuple[str, str]:
        n = int(tools[who[code]])
        return (
            f"Holds {counted(n, one, several)}.",
            f"名下有{n}个自身存在发现的账户、卡或号码。",
        )

    return write_findings(index, Pattern("holder-of-suspect-tools", words), spoken, strength)


def _orders(index: Index, own: NDArray[np.float64]) -> Signs:
    """Whoever orders at a desk from an account holds it, and whoever sells there holds the address that the coins came in at.

    To whose address bought coins go is the buyer's word alone: victims are told to buy, too.
    """
    orders = index.tables.get("orders")
    if orders is None or not {"user", "account"} <= orders.columns.keys():
        return signs("orders", np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))
    user, account = orders.columns["user"], orders.columns["account"]
    rows = np.flatnonzero((user >= 0) & (account >= 0))
    rows = rows[own[account[rows]] > 0]
    used = account[rows]
    if {"side", "address"} <= orders.columns.keys():
        address = orders.columns["address"]
        sold = np.flatnonzero((user >= 0) & (address >= 0) & (orders.columns["side"] == orders.category("side", "sell")))
        sold = sold[own[address[sold]] > 0]
        rows, used = np.concatenate((rows, sold)), np.concatenate((used, address[sold]))
    return signs("orders", rows, user[rows], used)


def _handles(index: Index, own: NDArray[np.float64], worked: NDArray[np.float64]) -> Signs:
    """Whoever owns the number that an internet account is registered with holds it, unless the number is a gang's tool."""
    ties, person = index.tables["ties"], KIND_NAMES.index("person")
    owner_of = np.full(len(index), -1, np.int64)
    owner, thing = ends_of(ties, "owns")
    mine = index.kinds[owner] == person
    owner_of[thing[mine]] = owner[mine]  # the rows stand by time: a number that changed hands is its last holder's
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "registered_with")) & (a >= 0) & (b >= 0))
    rows = rows[(index.kinds[a[rows]] == KIND_NAMES.index("handle")) & (index.kinds[b[rows]] == KIND_NAMES.index("phone"))]
    rows = rows[(own[a[rows]] > 0) & (worked[b[rows]] == 0) & (owner_of[b[rows]] >= 0)]
    return signs("ties", rows, owner_of[b[rows]].astype(np.int32), a[rows])


def hands(index: Index, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number whose each entity is: the person's number where one owns it or the phone it is registered with, else its own."""
    hand, ties = who.copy(), index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return hand
    person = index.kinds == KIND_NAMES.index("person")
    for relation in ("owns", "registered_with"):
        a, b = ends_of(ties, relation)
        owner, thing = (a, b) if relation == "owns" else (b, a)
        known = (person[owner] if relation == "owns" else hand[owner] != owner) & (hand[thing] == who[thing])
        order = np.lexsort((hand[owner[known]], thing[known]))[::-1]
        hand[thing[known][order]] = hand[owner[known][order]]
    return hand


def tokens_of(index: Index, who: NDArray[np.int64], marked: Bools) -> Bools:
    """Mark every token of a marked person."""
    chosen = np.zeros(len(index), np.bool_)
    chosen[who[marked]] = True
    return np.asarray(chosen[who])
