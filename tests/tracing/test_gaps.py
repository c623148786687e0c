"""Stated balances against the rows: what is missing, between which rows, exact; and what only looks like it."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import build_ledgers
from cutline.tracing.gaps import Gap, Statements, reconcile
from tests.tracing.ledgers_by_hand import account, transfer
from tests.worlds import world

ME, OTHER = account(1), account(2)


def found(rows: list[dict[str, Any]], who: str = ME) -> list[tuple[int, int, int, bool]]:
    ledgers = build_ledgers(world(transfers=rows))
    mine = ledgers.book(ledgers.index.code(who), "CNY")
    gaps: tuple[Gap, ...] = reconcile(ledgers).gaps
    return [(g.after_row, g.before_row, g.amount_minor, g.confirmed) for g in gaps if g.book == mine]


def came(minute: int, amount: int, balance: int | None = None) -> dict[str, Any]:
    return transfer(minute, OTHER, ME, amount, payee_balance_after=balance)


def went(minute: int, amount: int, balance: int | None = None) -> dict[str, Any]:
    return transfer(minute, ME, OTHER, amount, payer_balance_after=balance)


def test_balances_that_the_rows_explain_leave_no_gap() -> None:
    assert found([came(0, 50, 150), went(1, 30, 120), came(2, 5), went(3, 5, 120)]) == []


def test_a_lost_inflow_and_a_lost_outflow_are_told_by_amount_and_place() -> None:
    rows = [came(0, 50, 150), went(1, 30, 420), came(2, 5, 425), went(3, 5, 400), came(4, 1, 401)]
    assert found(rows) == [(0, 1, 300, True), (2, 3, -20, True)]


def test_the_last_balance_stands_alone() -> None:
    assert found([came(0, 50, 150), went(1, 30, 119)]) == [(0, 1, -1, False)]


def test_rows_of_one_second_in_another_order_are_no_gap() -> None:
    """The bank booked the outflow before the inflow."""
    assert found([came(0, 50, 150), came(1, 10, 130), went(2, 30, 120), came(3, 1, 131)]) == []


def test_gaps_that_cancel_at_once_are_an_order_of_rows_but_later_they_are_two() -> None:
    """An outflow that the bank booked two rows earlier; and one that came in and left again while nobody told."""
    late = transfer(1.5, ME, OTHER, 30, payer_balance_after=120)
    assert found([came(0, 50, 150), came(0.5, 1, 121), came(1, 2, 123), late | {"payer_balance_after": 123}]) == []
    rows = [came(0, 50, 150), went(9, 30, 420), came(10, 5, 425), went(60, 5, 120), came(61, 1, 121)]
    assert [amount for _, _, amount, _ in found(rows)] == [300, -300]


def test_an_account_without_balances_says_nothing_and_is_counted_so() -> None:
    ledgers = build_ledgers(world(transfers=[came(0, 50), went(1, 30)]))
    told = reconcile(ledgers)
    assert (told.gaps, told.stated.tolist()) == ((), [0, 0])


def test_amounts_beyond_int64_beside_it_change_nothing() -> None:
    wei = transfer(5, "address:evm/0xA", "address:evm/0xB", 10**30, "ethereum/native")
    assert found([came(0, 50, 150), went(1, 30, 420), came(2, 5, 425), wei]) == [(0, 1, 300, True)]


@settings(deadline=None)
@given(st.lists(st.integers(-40, 40).filter(bool), min_size=4, max_size=14), st.data())
def test_what_a_feed_loses_is_found_to_the_unit(moves: list[int], data: st.DataObject) -> None:
    """Rows that vanish in one place, with two balances kept on either side of it."""
    first = data.draw(st.integers(2, len(moves) - 2))
    last = data.draw(st.integers(first, len(moves) - 2))
    balance, rows = 1000, []
    for minute, amount in enumerate(moves):
        balance += amount
        row = came(minute, amount, balance) if amount > 0 else went(minute, -amount, balance)
        if not first <= minute < last:
            rows.append(row)
    lost = sum(moves[first:last])
    assert found(rows) == ([(first - 1, first, lost, True)] if lost else [])


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50)), min_size=3, max_size=20), st.data())
@settings(max_examples=60, deadline=None)
def test_statements_between_rows_tell_of_what_was_left_out_and_of_nothing_else(
    moves: list[tuple[bool, int]], data: st.DataObject
) -> None:
    """Each minute one row, a statement half a minute before each and after the last; one row may be withheld."""
    rows = [came(k, amount) if comes else went(k, amount) for k, (comes, amount) in enumerate(moves)]
    withheld = data.draw(st.none() | st.integers(1, len(rows) - 2))
    ledgers = build_ledgers(world(transfers=[row for k, row in enumerate(rows) if k != withheld]))
    book = ledgers.book(ledgers.index.code(ME), "CNY")
    held = np.concatenate([[0], np.cumsum([amount if comes else -amount for comes, amount in moves])])
    start = int(ledgers.t_us[0]) - 30_000_000
    said = Statements(np.full(len(held), book), start + 60_000_000 * np.arange(len(held)), held.astype(np.int64))
    shuffled = np.array(data.draw(st.permutations(range(len(held)))), np.int64)
    told = reconcile(ledgers, Statements(*(column[shuffled] for column in said)))
    missing = [] if withheld is None else [moves[withheld][1] * (1 if moves[withheld][0] else -1)]
    assert [gap.amount_minor for gap in told.gaps if gap.book == book] == missing
    assert all(gap.confirmed for gap in told.gaps)
    assert told.stated[book] == len(held)
