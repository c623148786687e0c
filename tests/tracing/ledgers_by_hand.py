"""Small ledgers for tests, and oracles that follow every lot of every account in a queue."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from cutline.graph.index import Index
from cutline.tracing.policies import Policy, haircut, tainted_first
from tests.worlds import at, world

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def account(name: object, bank: str = "ICBK") -> str:
    return f"account:CN/{bank}/{name}"


def address(name: object) -> str:
    return f"address:tron/T{name}"


def transfer(moment: datetime | float, payer: str, payee: str, amount: int, asset: str = "CNY", **more: Any) -> dict[str, Any]:
    when = moment if isinstance(moment, datetime) else at(1, minutes=moment)
    rail = "bank" if asset == "CNY" else "chain"
    return {"occurred_at": when, "payer": payer, "payee": payee, "amount": amount, "asset": asset, "rail": rail, **more}


@dataclass(frozen=True)
class Move:
    """One transfer between small numbers: time, payer, payee, amount."""

    t: int
    payer: int
    payee: int
    amount: int


def index_of(moves: Sequence[Move]) -> Index:
    return world(transfers=[transfer(m.t, account(m.payer), account(m.payee), m.amount) for m in moves])


@st.composite
def histories(draw: st.DrawFn, accounts: int = 5, most: int = 40) -> list[Move]:
    """Histories in time order with ties, cycles, transfers to oneself, empty transfers and unexplained opening balances."""
    size = draw(st.integers(1, most))
    who, clock = st.integers(0, accounts - 1), 0
    moves = []
    for _ in range(size):
        clock += draw(st.integers(0, 2))
        moves.append(Move(clock, draw(who), draw(who), draw(st.sampled_from([0, 1, 2, 3, 5, 7, 10, 40, 10**12]))))
    return moves


def openings(moves: Sequence[Move]) -> dict[int, int]:
    balance: dict[int, int] = defaultdict(int)
    need: dict[int, int] = defaultdict(int)
    for m in moves:
        balance[m.payer] -= m.amount
        need[m.payer] = max(need[m.payer], -balance[m.payer])
        balance[m.payee] += m.amount
    return need


def lots_by_queue(moves: Sequence[Move], seed: int, stolen: int) -> tuple[dict[int, int], dict[int, int]]:
    """FIFO with a real queue for each account: (stolen amount by transfer, stolen amount left by account)."""
    queue: dict[int, deque[tuple[int, bool]]] = defaultdict(deque)
    for who, amount in openings(moves).items():
        queue[who].append((amount, False))
    carried: dict[int, int] = {}
    for k, m in enumerate(moves):
        need, parts = m.amount, []
        while need:
            amount, bad = queue[m.payer].popleft()
            part = min(amount, need)
            parts.append((part, bad))
            need -= part
            if amount > part:
                queue[m.payer].appendleft((amount - part, bad))
        if k == seed:
            parts = [(stolen, True), (m.amount - stolen, False)]
        if sum(a for a, bad in parts if bad):
            carried[k] = sum(a for a, bad in parts if bad)
        queue[m.payee].extend(parts)
    left = {who: sum(a for a, bad in lots if bad) for who, lots in queue.items()}
    return carried, {who: amount for who, amount in left.items() if amount}


def lots_by_heap(moves: Sequence[Move], seed: int, stolen: int) -> tuple[dict[int, int], dict[int, int]]:
    """LIFO with a real heap for each account, the bottom first: (stolen amount by transfer, stolen amount left by account)."""
    heap: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for who, amount in openings(moves).items():
        heap[who].append((amount, False))
    carried: dict[int, int] = {}
    for k, m in enumerate(moves):
        need, parts = m.amount, []
        while need:
            amount, bad = heap[m.payer].pop()
            part = min(amount, need)
            parts.insert(0, (part, bad))
            need -= part
            if amount > part:
                heap[m.payer].append((amount - part, bad))
        if k == seed:
            parts = [(stolen, True), (m.amount - stolen, False)]
        if sum(a for a, bad in parts if bad):
            carried[k] = sum(a for a, bad in parts if bad)
        heap[m.payee].extend(parts)
    left = {who: sum(a for a, bad in lots if bad) for who, lots in heap.items()}
    return carried, {who: amount for who, amount in left.items() if amount}


def spells_by_time(moves: Sequence[Move], seed: int, stolen: int) -> tuple[dict[int, int], dict[int, int]]:
    """TIHO: an account's outflows between two inflows share what was stolen at the first of them, the largest first."""
    taint: dict[int, int] = defaultdict(int)
    plan: dict[int, int] = {}
    carried = {}
    for k, m in enumerate(moves):
        if k > seed and k not in plan:
            spell = []
            for later in range(k, len(moves)):
                if moves[later].payer == m.payer:
                    spell.append(later)
                if moves[later].payee == m.payer:
                    break
            rest = taint[m.payer]
            for one in sorted(spell, key=lambda x: (-moves[x].amount, x)):
                plan[one] = min(rest, moves[one].amount)
                rest -= plan[one]
        moved = stolen if k == seed else plan.get(k, 0)
        if k > seed:
            taint[m.payer] -= moved
        taint[m.payee] += moved
        if moved:
            carried[k] = moved
    return carried, {who: amount for who, amount in taint.items() if amount}


def contacts_by_time(moves: Sequence[Move], seed: int) -> dict[int, int]:
    """Poison: whole transfers of everybody who was touched before."""
    touched = {moves[seed].payee}
    carried = {}
    for k in range(seed + 1, len(moves)):
        if moves[k].payer in touched:
            touched.add(moves[k].payee)
            carried[k] = moves[k].amount
    return carried


def balances_by_time(moves: Sequence[Move], seed: int, stolen: int, policy: Policy) -> tuple[dict[int, int], dict[int, int]]:
    """Tainted-first and haircut by going through every transfer in time order."""
    balance = defaultdict(int, openings(moves))
    taint: dict[int, int] = defaultdict(int)
    carried = {}
    for k, m in enumerate(moves):
        bad = taint[m.payer]
        moved = tainted_first(bad, m.amount) if policy is Policy.TAINTED_FIRST else haircut(bad, m.amount, balance[m.payer])
        moved = stolen if k == seed else moved if k > seed else 0
        if k != seed:
            taint[m.payer] -= moved
        taint[m.payee] += moved
        balance[m.payer] -= m.amount
        balance[m.payee] += m.amount
        if moved:
            carried[k] = moved
    return carried, {who: amount for who, amount in taint.items() if amount}
