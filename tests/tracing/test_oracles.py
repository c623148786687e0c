"""Every policy against going through all transfers in time order, where money changes rails, ends at counters, is frozen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Joins, Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.landmarks import EXCHANGE, FOLLOW
from cutline.tracing.policies import haircut
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, account, histories, index_of, openings

DESK = 100
Parts = list[tuple[int, bool]]


@dataclass(frozen=True)
class World:
    """Transfers, the later half of each exchange by its earlier one, counters behind which nobody follows, a seed."""

    moves: list[Move]
    other: dict[int, int]
    counters: set[int]
    frozen: set[int]
    seed: int
    stolen: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Histories with exchanges at desks of their own: one transfer to a desk, and later one from it, of any amount."""
    moves = [(one, "") for one in draw(histories(most=25))]
    for k in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, len(moves)))
        last = draw(st.integers(first + 1, len(moves) + 1))
        who, amount = st.integers(0, 4), st.sampled_from([0, 1, 3, 7, 10, 333])
        moves.insert(first, (Move(0, draw(who), DESK + 2 * k, draw(amount)), f"in{k}"))
        moves.insert(last, (Move(0, DESK + 2 * k + 1, draw(who), draw(amount)), f"out{k}"))
    place = {name: at for at, (_, name) in enumerate(moves) if name}
    other = {at: place["out" + name[2:]] for name, at in place.items() if name.startswith("in")}
    laid = [replace(move, t=at // 2) for at, (move, _) in enumerate(moves)]
    counters, frozen = draw(st.sets(st.integers(0, 4), max_size=2)), draw(st.sets(st.integers(0, 4), max_size=2))
    # What a counter pays out, and what comes out of an exchange, lies with whoever gets it: other tests say so.
    open_ = [k for k in range(len(laid)) if k not in other.values() and (k not in other or laid[k].payer not in counters)]
    seed = draw(st.sampled_from(open_))
    return World(laid, other, counters, frozen, seed, draw(st.integers(0, laid[seed].amount)))


def across(world: World, k: int, amount: int) -> int:
    return amount * world.moves[world.other[k]].amount // world.moves[k].amount if amount else 0


def balances(world: World, policy: Policy) -> tuple[dict[int, int], dict[int, int]]:
    """Tainted-first, haircut and TIHO: stolen amount by transfer, and where it lies."""
    moves, first_of = world.moves, {late: k for k, late in world.other.items()}
    balance, taint = defaultdict(int, openings(moves)), defaultdict(int)
    carried: dict[int, int] = {}
    plan: dict[int, int] = {}
    for k, m in enumerate(moves):
        bad = taint[m.payer] if m.payer not in world.counters else 0
        if policy is Policy.TIHO and k not in plan:
            plan |= spell(moves, k, bad)
        if k == world.seed:
            moved = world.stolen
        elif policy is Policy.HAIRCUT:
            moved = haircut(bad, m.amount, balance[m.payer])
        else:
            moved = plan[k] if policy is Policy.TIHO else min(bad, m.amount)
        if k != world.seed:
            taint[m.payer] -= moved
        if k in first_of:
            moved = across(world, first_of[k], carried.get(first_of[k], 0))
        if k not in world.other:
            taint[m.payee] += moved
        carried[k] = moved
        balance[m.payer] -= m.amount
        balance[m.payee] += m.amount
    return nonzero(carried), nonzero(taint)


def spell(moves: list[Move], k: int, rest: int) -> dict[int, int]:
    """What the outflows of one payer until it is paid again take, the largest first."""
    mine = []
    for later in range(k, len(moves)):
        mine += [later] if moves[later].payer == moves[k].payer else []
        if moves[later].payee == moves[k].payer:
            break
    plan = {}
    for one in sorted(mine, key=lambda x: (-moves[x].amount, x)):
        plan[one] = min(rest, moves[one].amount)
        rest -= plan[one]
    return plan


def lots(world: World, newest_first: bool) -> tuple[dict[int, int], dict[int, int]]:
    """FIFO and LIFO with a real pile for each account: stolen amount by transfer, and where it lies."""
    first_of = {late: k for k, late in world.other.items()}
    pile: dict[int, Parts] = defaultdict(list)
    for who, amount in openings(world.moves).items():
        pile[who].append((amount, False))
    told: dict[int, Parts] = {}
    gone: dict[int, int] = defaultdict(int)
    for k, m in enumerate(world.moves):
        told[k] = take(pile[m.payer], m.amount, newest_first)
        if k == world.seed:
            told[k] = [(world.stolen, True), (m.amount - world.stolen, False)]
        if k in first_of:
            told[k] = carry(world, first_of[k], told[first_of[k]])
        ends = m.payee in world.counters and k not in world.other
        gone[m.payee] += sum(amount for amount, bad in told[k] if bad and ends)
        clean = ends or k in world.other
        pile[m.payee] += [(amount, bad and not clean) for amount, bad in told[k]]
    for who, parts in pile.items():
        gone[who] += sum(amount for amount, bad in parts if bad)
    return nonzero({k: sum(amount for amount, bad in parts if bad) for k, parts in told.items()}), nonzero(gone)


def take(pile: Parts, need: int, newest_first: bool) -> Parts:
    taken: Parts = []
    while need:
        amount, bad = pile.pop(-1 if newest_first else 0)
        part = min(amount, need)
        need -= part
        taken.insert(0 if newest_first else len(taken), (part, bad))
        if amount > part:
            pile.insert(len(pile) if newest_first else 0, (amount - part, bad))
    return taken


def carry(world: World, k: int, parts: Parts) -> Parts:
    """Lay what was stolen of one half at the same fractions of the other."""
    there: Parts = []
    at = 0
    for amount, bad in parts:
        there.append((across(world, k, at + amount) - across(world, k, at), bad))
        at += amount
    return [*there, (world.moves[world.other[k]].amount - sum(amount for amount, _ in there), False)]


def contacts(world: World) -> set[int]:
    """Poison: every transfer of everybody who was touched before."""
    touched: set[int] = set()
    reached: set[int] = set()
    for k, m in enumerate(world.moves):
        halves = {late for first, late in world.other.items() if first in reached}
        if k != world.seed and m.payer not in touched and k not in halves:
            continue
        reached.add(k)
        if k not in world.other and m.payee not in world.counters:
            touched.add(m.payee)
    return reached


def nonzero(amounts: Any) -> dict[int, int]:
    return {k: amount for k, amount in amounts.items() if amount}


def searched(world: World, policy: Policy) -> Any:
    ledgers = build_ledgers(index_of(world.moves))
    partner = np.full(len(world.moves), -1, np.int32)
    for first, late in world.other.items():
        partner[first], partner[late] = late, first
    marks = mark(ledgers, Joins(partner, np.zeros(len(partner), np.int16)))
    names = [ledgers.index.entity(int(code)) for code in ledgers.entity]
    marks = replace(
        marks,
        ends=np.array([EXCHANGE if n in set(map(account, world.counters)) else FOLLOW for n in names], np.uint8),
        frozen=np.array([n in set(map(account, world.frozen)) for n in names]),
    )
    found = search(ledgers, marks, [Stolen(world.seed, world.stolen)], policy, TraceConfig(floor_ppm=0))
    left: dict[int, int] = defaultdict(int)
    for row, amount in zip(found.end_rows, found.end_amounts, strict=True):
        left[int(names[ledgers.payee[row]].rsplit("/", 1)[1])] += int(amount)
    return found, nonzero(dict(zip(found.rows.tolist(), found.amounts.tolist(), strict=True))), nonzero(left)


@given(worlds(), st.sampled_from([Policy.TAINTED_FIRST, Policy.HAIRCUT, Policy.TIHO]))
@settings(max_examples=80, deadline=None)
def test_balances_are_followed_across_rails_to_their_counters(world, policy):
    found, carried, left = searched(world, policy)
    moved, lies = balances(world, policy)
    assert carried == moved
    # Where an exchange makes many units of one, some of them are no unit of the loss: where these lie is not told.
    assert left.items() <= lies.items()
    assert world.other or left == lies
    assert found.end_losses.sum() == world.stolen


@given(worlds(), st.sampled_from([Policy.FIFO, Policy.LIFO]))
@settings(max_examples=80, deadline=None)
def test_lots_are_followed_across_rails_to_their_counters(world, policy):
    found, carried, left = searched(world, policy)
    moved, lies = lots(world, policy is Policy.LIFO)
    assert carried == moved
    # As above: of a place, what is no unit of the loss is not told.
    assert all(amount <= lies.get(where, 0) for where, amount in left.items())
    assert world.other or left == lies
    assert found.end_losses.sum() == world.stolen


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_poison_is_followed_across_rails_to_its_counters(world):
    found, _, _ = searched(world, Policy.POISON)
    assert set(found.rows.tolist()) == contacts(world)
