from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cutline.errors import UsageError
from cutline.model.evidence import Ending, Terminal, Trace
from cutline.tracing.recovered import Balance, share_balances, stopped_in
from tests.tracing.ledgers_by_hand import USDT as COIN
from tests.tracing.ledgers_by_hand import account
from tests.tracing.test_doubts import GUESSED, SURE, followed
from tests.tracing.test_holders import DRAFT, OURS, SAID, asked
from tests.worlds import at

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
USDT = "tron/usdt"


def trace(report, stolen, *ends, currency="CNY"):
    terminals = tuple(Terminal(e, asset, amount, loss, how, MOMENT, "", ()) for e, asset, amount, loss, how in ends)
    return Trace(report, report, "fifo", currency, stolen, terminals, (), truncated=False)


def residual(entity, amount, asset="CNY", loss=None):
    return (entity, asset, amount, amount if loss is None else loss, Ending.RESIDUAL)


def sheet(returned):
    return {s.victim: (s.lost_minor, s.traced_minor, s.pro_rata_minor) for s in returned.sheet.shares}


def test_a_suspects_balance_is_shared_whole_and_an_innocents_only_as_far_as_it_is_stolen():
    traces = [trace("R1", 100, residual("a", 30), residual("shop", 10)), trace("R2", 50, ("x", "CNY", 50, 50, Ending.CASH))]
    balances = [Balance("a", "CNY", 60, True), Balance("shop", "CNY", 0, False)]
    (one,) = share_balances(balances, traces, {"R2"}, {})
    assert one.sheet.recovered_minor == 70
    assert sheet(one) == {"R1": (100, 40, 16), "R2": (50, 0, 14)}
    assert one.sheet.left_minor == 0
    assert [(s.report_id, s.entity, s.amount_minor) for s in one.shown] == [("R1", "a", 30), ("R1", "shop", 10)]


def test_coins_for_lost_yuan_are_returned_in_kind_and_no_longer_claimed_in_yuan():
    traces = [trace("R1", 100, residual("a", 20), residual("w", 11, USDT, loss=75))]
    yuan, coins = share_balances([Balance("w", USDT, 15, True), Balance("a", "CNY", 90, True)], traces, set(), {})
    assert (yuan.asset, sheet(yuan), yuan.sheet.left_minor) == ("CNY", {"R1": (25, 20, 5)}, 65)
    assert (coins.asset, sheet(coins), coins.sheet.left_minor) == (USDT, {"R1": (11, 11, 0)}, 4)


def test_a_guess_is_told_apart_and_the_claim_in_yuan_stays_whole():
    traced, balances = followed(4), [Balance(SURE, "CNY", 200, True), Balance(GUESSED, COIN, 60, True)]
    yuan, coins = share_balances(balances, [traced], set(), {})
    assert sheet(yuan) == {traced.seed: (700, 200, 0)}, "300 of it may be elsewhere and is claimed until that is settled"
    assert (coins.shown, sheet(coins), coins.sheet.left_minor) == ((), {traced.seed: (0, 0, 0)}, 60)
    assert [(s.entity, s.amount_minor, s.loss_minor, s.rivals, s.sure) for s in coins.guessed] == [(GUESSED, 60, 300, 4, 0.25)]
    yuan, coins = share_balances(balances, [followed(1)], set(), {})
    assert sheet(yuan) == {traced.seed: (400, 200, 0)}
    assert ([(s.amount_minor, s.rivals) for s in coins.shown], coins.guessed) == ([(60, 1)], ()), "nothing else fitted"


def test_what_was_recovered_may_be_less_than_what_the_records_say():
    traces = [trace("R1", 100, residual("a", 60)), trace("R2", 100, residual("a", 30))]
    (one,) = share_balances([Balance("a", "CNY", 90, True)], traces, set(), {"CNY": 60})
    assert sheet(one) == {"R1": (100, 40, 0), "R2": (100, 20, 0)}


def test_what_was_recovered_has_a_sheet_though_no_record_shows_where_it_lay():
    (one,) = share_balances([], [trace("R1", 100, ("x", "CNY", 100, 100, Ending.CASH))], {"R1"}, {"CNY": 130})
    assert (sheet(one), one.sheet.left_minor) == ({"R1": (100, 0, 100)}, 30)


def test_what_an_exchange_took_is_no_balance():
    traces = [trace("R1", 100, ("hot", "CNY", 100, 100, Ending.EXCHANGE))]
    (one,) = share_balances([Balance("hot", "CNY", 0, False)], traces, {"R1"}, {})
    assert (one.sheet.recovered_minor, sheet(one)) == (0, {"R1": (100, 0, 0)})


def test_what_nobody_stopped_only_lies_there():
    place = account("m")
    traces = [trace("R1", 900, residual(place, 500), ("f", "CNY", 40, 40, Ending.FROZEN))]
    (one,) = share_balances([Balance(place, "CNY", 700, True), Balance("f", "CNY", 0, False)], traces, set(), {})
    assert one.sheet.recovered_minor == 740
    assert stopped_in(one, traces, {}) == 40, "the records show that account frozen"
    sent = replace(OURS, approved_at=at(1), sent_at=at(1))
    done = replace(SAID, request_id="R1", executed_at=at(1, minutes=9), amount_minor=300, asset="CNY")
    assert stopped_in(one, traces, asked(at(1, hours=1), sent)) == 40, "asked is not stopped"
    assert stopped_in(one, traces, asked(at(1, hours=1), sent, said=[done])) == 340
    assert stopped_in(one, traces, asked(at(5), sent, said=[done])) == 40, "it lapsed"
    assert stopped_in(one, traces, asked(at(1, hours=1), sent, said=[replace(done, amount_minor=9_999)])) == 740
    coins = replace(sent, draft=replace(DRAFT, asset=USDT))
    assert stopped_in(one, traces, asked(at(1, hours=1), coins, said=[replace(done, asset=USDT)])) == 40


def test_a_negative_recovery_is_refused():
    with pytest.raises(UsageError, match="negative"):
        share_balances([Balance("a", "CNY", 9, True)], [], set(), {"CNY": -1})
