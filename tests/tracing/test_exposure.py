from collections import defaultdict, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import build_ledgers, mark
from cutline.tracing.exposure import expose
from tests.tracing.ledgers_by_hand import Move, account, histories, index_of, openings, transfer
from tests.worlds import world

ACCOUNTS = 5


def by_queue(moves, opening, start, listed, hops):
    """Exposure with a real queue for each account: (holder, how) → amount, and the least hops to each listed holder."""
    queue = defaultdict(deque)
    for who, amount in opening.items():
        queue[who].append((amount, 0))
    sums, least = defaultdict(int), {}
    for m in moves:
        parts, need = [], m.amount
        while need:
            amount, depth = queue[m.payer].popleft()
            part = min(amount, need)
            parts.append((part, depth + 1 if depth else 0))
            need -= part
            if amount > part:
                queue[m.payer].appendleft((amount - part, depth))
        if m.payer == start and m.amount:
            parts = [(m.amount, 1)]
        for amount, depth in parts:
            how = ""
            if depth:
                how = "itself" if m.payee == start else "listed" if m.payee in listed else "budget" if depth >= hops else ""
            if how:
                sums[m.payee, how] += amount
                least[m.payee] = min(depth, least.get(m.payee, depth))
            queue[m.payee].append((amount, 0 if how else depth))
    for who, lots in queue.items():
        for amount, depth in lots:
            if depth:
                sums[who, "residual"] += amount
    return dict(sums), {who: depth for who, depth in least.items() if who in listed}


def by_search(moves, start, listed, hops, backward):
    ledgers = build_ledgers(index_of(moves))
    landmarks, book = mark(ledgers), ledgers.book(ledgers.index.code(account(start)), "CNY")
    found = expose(ledgers, landmarks, book, [account(x) for x in sorted(listed)], hops, backward)
    names = {account(k): k for k in range(ACCOUNTS)}
    sums = {(names[x.entity], x.how): x.direct_minor + x.indirect_minor for x in found}
    return sums, {names[x.entity]: x.hops for x in found if x.how == "listed"}


def reversed_in_time(moves):
    closing = defaultdict(int, openings(moves))
    for m in moves:
        closing[m.payer] -= m.amount
        closing[m.payee] += m.amount
    return [Move(m.t, m.payee, m.payer, m.amount) for m in moves[::-1]], closing


@settings(deadline=None)  # the first example may compile
@given(histories(ACCOUNTS), st.sets(st.integers(0, ACCOUNTS - 1), max_size=3), st.integers(1, 6), st.booleans())
def test_exposure_is_what_a_queue_for_each_account_says(moves, listed, hops, backward):
    start = moves[0].payer
    listed -= {start}
    seen, opening = reversed_in_time(moves) if backward else (moves, openings(moves))
    expected, least = by_queue(seen, opening, start, listed, hops)
    found, hops_found = by_search(moves, start, listed, hops, backward)
    assert found == {key: amount for key, amount in expected.items() if amount}
    assert hops_found == {who: depth for who, depth in least.items() if (who, "listed") in found}
    moved = sum(m.amount for m in moves if (m.payee if backward else m.payer) == start)
    assert sum(found.values()) == moved


def test_direct_and_over_two_hands_are_told_apart():
    moves = [
        transfer(0, account(0), account(1), 100),
        transfer(1, account(1), account(9), 60),
        transfer(2, account(0), account(9), 7),
        transfer(3, account(1), account(2), 40),
    ]
    ledgers = build_ledgers(world(transfers=moves))
    book = ledgers.book(ledgers.index.code(account(0)), "CNY")
    found = {x.entity: x for x in expose(ledgers, mark(ledgers), book, [account(9), "account:CN/ICBK/unknown"], 5)}
    assert (found[account(9)].direct_minor, found[account(9)].indirect_minor, found[account(9)].hops) == (7, 60, 1)
    assert found[account(2)].how == "residual"
    assert expose(ledgers, mark(ledgers), ledgers.book(ledgers.index.code(account(9)), "CNY"), [], 5) == ()


@pytest.mark.parametrize("hops", [1, 2])
def test_what_lies_beyond_the_hops_asked_for_is_said_to(hops):
    moves = [transfer(k, account(k), account(k + 1), 10) for k in range(4)]
    ledgers = build_ledgers(world(transfers=moves))
    (one,) = expose(ledgers, mark(ledgers), ledgers.book(ledgers.index.code(account(0)), "CNY"), [account(4)], hops)
    assert (one.how, one.entity, one.hops) == ("budget", account(hops), hops)
