"""How long money stays: half of a lot gone, what still lies as a witness, own habit and such money, and honest silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from cutline.model.evidence import Ending
from cutline.model.waits import A_DAY, WAITS
from cutline.tracing import build_ledgers, mark
from cutline.tracing.dwell import LEAST_LIKE, LEAST_OWN, Dwell, Place, _lots, expect_to_go
from tests.tracing.ledgers_by_hand import USDT, Move, account, address, histories, index_of, openings, transfer
from tests.worlds import at, world

HOUR = 60


def expect(transfers, place, stolen=()):
    """Ask about one place; `stolen` are the places in the list of the transfers that carried losses."""
    index = world(transfers=transfers)
    ledgers = build_ledgers(index)
    order = sorted(range(len(transfers)), key=lambda k: transfers[k]["occurred_at"])
    rows = np.array([order.index(k) for k in stolen], np.int64)
    return expect_to_go(ledgers, mark(ledgers), rows, [place])[0]


def lots(holder, count, stays, start=0, asset="CNY", name=account):
    """A holder who is paid again and again, and passes each on after so many minutes."""
    moves = []
    for k in range(count):
        t = start + k * 3 * stays
        moves += [transfer(t, name(f"from{k}"), holder, 100, asset), transfer(t + stays, holder, name("to"), 100, asset)]
    return moves


def here(entity, minutes, asset="CNY", how=Ending.RESIDUAL):
    return Place(entity, asset, how, at(1, minutes=minutes))


def test_a_holders_own_habit_tells_when_it_goes():
    mule = account("mule")
    told = expect([*lots(mule, 8, HOUR), transfer(8 * 3 * HOUR, account("v"), mule, 100)], here(mule, 8 * 3 * HOUR))
    assert told.own == 8
    assert next(wait for wait, share in zip(WAITS, told.gone, strict=True) if share >= 0.5) == HOUR


def test_money_that_has_lain_longer_than_the_habit_is_compared_with_such_as_had():
    mule = account("mule")
    late = [transfer(8 * 3 * HOUR, account("v"), mule, 100), transfer(8 * 3 * HOUR + 500, account("x"), account("y"), 1)]
    told = expect([*lots(mule, 8, HOUR), *late], here(mule, 8 * 3 * HOUR))
    assert told == Dwell(), "none of its lots lay 500 minutes: nobody knows"


def test_stolen_lots_at_such_holders_tell_where_a_holder_has_no_habit():
    moves = [move for k in range(LEAST_LIKE) for move in lots(account(f"m{k}"), 1, 200, start=k)]
    stolen = range(0, len(moves), 2)
    new = account("new")
    moves.append(transfer(1000, account("v"), new, 100))
    told = expect(moves, here(new, 1000), stolen)
    assert (told.own, told.like) == (0, LEAST_LIKE)
    assert (told.gone[WAITS.index(120)], told.gone[WAITS.index(240)]) == (0.0, 1.0)
    assert expect(moves, here(new, 1000), stolen[:-1]) == Dwell(), "too few to tell"


def test_what_still_lies_is_a_witness_too():
    moves = [move for k in range(LEAST_LIKE) for move in lots(account(f"m{k}"), 1, 200, start=k)]
    moves += [transfer(k, account("v"), account(f"still{k}"), 100) for k in range(LEAST_LIKE)]
    stolen = [k for k, move in enumerate(moves) if move["payee"] != account("to")]
    new = account("new")
    moves += [transfer(2900, account("v"), new, 100)]
    told = expect(moves, here(new, 2900), stolen)
    assert told.gone[A_DAY] == pytest.approx(0.5), "half of them went, the others lay on to the end"


def test_money_of_another_rail_or_kind_is_not_such_money():
    moves = [move for k in range(LEAST_LIKE) for move in lots(address(f"m{k}"), 1, 200, start=k, asset=USDT, name=address)]
    stolen = range(0, len(moves), 2)
    new = account("new")
    assert expect([*moves, transfer(1000, account("v"), new, 100)], here(new, 1000), stolen) == Dwell()


@pytest.mark.parametrize("how", [Ending.EXCHANGE, Ending.CUSTODIAL, Ending.FROZEN, Ending.CASH])
def test_of_what_others_keep_nothing_is_said(how):
    mule = account("mule")
    moves = [*lots(mule, LEAST_OWN + 3, HOUR), transfer(2000, account("v"), mule, 100)]
    assert expect(moves, here(mule, 2000, how=how)) == Dwell()


def test_the_answer_does_not_depend_on_the_order_of_the_rows():
    mule = account("mule")
    moves = [*lots(mule, 9, 90), transfer(5000, account("v"), mule, 100)]
    assert expect(moves, here(mule, 5000)) == expect(moves[::-1], here(mule, 5000))


@given(histories())
def test_a_lot_has_left_once_its_middle_has_first_in_first_out(moves: list[Move]):
    ledgers = build_ledgers(index_of(moves))
    rows = np.flatnonzero(ledgers.payer != ledgers.payee)
    lots = _lots(ledgers, rows)
    opening, last = openings(moves), max(m.t for m in moves)
    for k, row in enumerate(rows.tolist()):
        mine = moves[row]
        came = opening[mine.payee] + sum(m.amount for m in moves[:row] if m.payee == mine.payee)
        paid, left = 0, None
        for m in moves:
            paid += m.amount if m.payer == mine.payee else 0
            if left is None and 2 * paid > 2 * came + mine.amount:
                left = m.t
        assert bool(lots.left[k]) == (left is not None)
        assert lots.minutes[k] == max(0, (last if left is None else left) - mine.t)
