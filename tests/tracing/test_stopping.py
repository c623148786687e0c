from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.model.evidence import Ending, Terminal, Trace
from cutline.tracing import stop_list
from cutline.tracing.stopping import ACTS, can_be_stopped
from tests.tracing.ledgers_by_hand import USDT, account, address
from tests.worlds import at


def terminal(entity, loss, how, since):
    return Terminal(entity, "CNY", loss, loss, how, since, "CN/ICBK", ())


def traced(*terminals):
    return Trace("t", "r1", "fifo", "CNY", sum(t.loss_minor for t in terminals), terminals, (), False)


def test_the_list_begins_with_the_most_that_can_still_be_stopped():
    lines = stop_list(
        traced(
            terminal(account("atm"), 900, Ending.CASH, at(1)),
            terminal(account("m"), 300, Ending.RESIDUAL, at(1)),
            terminal(address("d"), 200, Ending.EXCHANGE, at(1)),
            terminal(account("f"), 250, Ending.FROZEN, at(1)),
            terminal(account("none"), 0, Ending.RESIDUAL, at(1)),
        ),
        now=at(1, minutes=10),
    )
    # What nobody can stop waits behind all that can still be stopped, whatever its amount; what is frozen was stopped already.
    assert [line.entity for line in lines] == [account("m"), address("d"), account("atm"), account("f")]
    assert [can_be_stopped(line) for line in lines] == [True, True, False, False]
    assert [line.minutes for line in lines] == [10.0] * 4
    assert all(a.loss_minor * a.chance >= b.loss_minor * b.chance for a, b in pairwise(lines[:-1]))
    assert lines[0].basis
    assert lines[0].act_zh


def test_fresh_money_runs_and_money_that_lay_long_lies_on():
    fresh = stop_list(traced(terminal(account("m"), 300, Ending.RESIDUAL, at(1))), now=at(1, minutes=1))[0].chance
    settled = stop_list(traced(terminal(account("m"), 300, Ending.RESIDUAL, at(1))), now=at(3))[0].chance
    unseen = stop_list(traced(terminal(account("m"), 300, Ending.RESIDUAL, at(1))), now=at(3), seen_until=at(1))[0].chance
    assert unseen < fresh < settled <= 1


def test_only_a_token_with_an_issuer_can_be_frozen_where_it_lies():
    def said(asset):
        lies = Terminal(address("d"), asset, 5, 5, Ending.RESIDUAL, at(1), asset, ())
        return stop_list(traced(lies), at(2))[0]

    usdt, ether, wrapped = (
        said(a)
        for a in (
            "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            "ethereum/native",
            "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
        )
    )
    assert usdt.chance > 0
    assert "issuer" in usdt.act_en
    assert (ether.chance, wrapped.chance) == (0, 0)
    assert "nobody can freeze" in ether.act_en


def test_every_ending_has_an_act():
    kinds = {how for how, _ in ACTS}
    assert kinds == set(Ending)
    for entity in (account("x"), address("x"), "ecny_wallet:1"):
        assert stop_list(traced(terminal(entity, 5, Ending.RESIDUAL, at(1))), at(2))[0].act_en


def test_an_exchanges_copy_of_a_coin_and_a_burnt_fee_are_nobodys_to_stop():
    copy = Terminal(address("d"), "bsc/0x55d398326f99059fF775485246999027B3197955", 5, 5, Ending.RESIDUAL, at(1), "bsc", ())
    fee = Terminal(address("0"), "ethereum/0x00000000000000000000000000000000000000fE", 5, 5, Ending.BURNED, at(1), "", ())
    seized = Terminal(address("0"), "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", 5, 5, Ending.BURNED, at(1), "", ())
    chances = {line.asset: line.chance for line in stop_list(traced(copy, fee, seized), at(2))}
    assert [chances[one.asset] > 0 for one in (copy, fee, seized)] == [False, False, True]


@pytest.mark.parametrize("lain", [timedelta(minutes=m) for m in (0, 16, 300, 5_000, 80_000)])
def test_the_chance_falls_with_time_and_nothing_made_up_puts_a_smaller_ending_first(lain):
    def chance(how, entity, asset="CNY", more=timedelta()):
        lies = Terminal(entity, asset, 5, 5, how, at(1), asset, ())
        return stop_list(traced(lies), at(1) + lain + more, at(1) + lain)[0].chance

    bank = (Ending.RESIDUAL, account("m"))
    later = [chance(*bank, more=timedelta(minutes=m)) for m in (0, 1, 10, 100, 1_000, 10_000)]
    assert later == sorted(later, reverse=True)
    asked = {
        chance(Ending.RESIDUAL, address("a"), USDT),
        *(chance(how, address("a"), USDT) for how in (Ending.EXCHANGE, Ending.CUSTODIAL, Ending.BRIDGE)),
    }
    assert len(asked) == 1, "no figure tells one holder whom our law does not bind from another"
    assert 0 < max(asked) <= chance(*bank)
    assert {chance(how, account("m")) for how in (Ending.CASH, Ending.MIXER, Ending.BUDGET)} == {0.0}


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.integers(0, 10**5))
def test_of_endings_alike_the_largest_that_can_be_stopped_comes_first(losses, minutes):
    ends = [terminal(account(k), loss, Ending.RESIDUAL, at(1)) for k, loss in enumerate(losses)]
    cash = terminal(account("atm"), 10**10, Ending.CASH, at(1))
    lines = stop_list(traced(*ends, cash), at(1) + timedelta(minutes=minutes))
    assert lines[0].loss_minor == max(losses)
    assert lines[-1].entity == account("atm")
