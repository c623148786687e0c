"""Bridges that destroy, or lock, on one chain and issue on another: by message, by conduct, by the owner's own address."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, build_ledgers, join_bridges, mark, trace
from cutline.tracing.backward import trace_back
from cutline.tracing.joins import Joins
from tests.tracing.ledgers_by_hand import USDT as TRON_USDT
from tests.tracing.ledgers_by_hand import address, transfer
from tests.tracing.test_bridges import BSC_USDT, ETH_USDT, EXACT, crossed, ended, evm
from tests.worlds import at, world

NOBODY = evm("0" * 40)
ARB_USDC, ETH_USDC = (
    "arbitrum/0xaf88d065e77c8cC2239327C5EDb3A432268e5831",
    "ethereum/0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
)
THEFT = transfer(0, evm("victim"), evm("thief"), 5_000_000, ETH_USDC)


def burnt(minute, who, amount, asset=ETH_USDC, **more):
    return transfer(minute, evm(who), NOBODY, amount, asset, **more)


def minted(minute, who, amount, asset=ARB_USDC, **more):
    return transfer(minute, NOBODY, evm(who), amount, asset, **more)


def traffic(count, keeps=1.0):
    moves = []
    for k in range(count):
        amount = 10**6 * (k + 3)
        moves += [burnt(100 + 40 * k, f"u{k % 6}", amount), minted(103 + 40 * k, f"w{k % 6}", int(amount * keeps))]
    return moves


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.POISON])
def test_what_is_issued_to_who_destroyed_it_goes_on_with_the_trail(policy):
    moves = [
        THEFT,
        burnt(5, "thief", 5_000_000),
        minted(20, "thief", 4_999_000),
        transfer(30, evm("thief"), evm("next"), 4_999_000, ARB_USDC),
    ]
    moves += [minted(21, "stranger", 4_999_500)]
    where, competing = ended(*crossed(moves, listed=()), policy)
    assert where == {(evm("next"), ARB_USDC, 4_999_000, Ending.RESIDUAL)}
    assert competing == {0, 1}


def test_issues_to_others_are_no_crossing_until_the_issuer_is_known_for_it():
    alone = [THEFT, burnt(5, "thief", 5_000_000), minted(8, "new", 5_000_000)]
    assert ended(*crossed(alone, listed=()))[0] == {(NOBODY, ETH_USDC, 5_000_000, Ending.BURNED)}
    where, competing = ended(*crossed([*alone, *traffic(12)], listed=()))
    assert where == {(evm("new"), ARB_USDC, 5_000_000, Ending.RESIDUAL)}
    assert competing == {0, 1}


def test_coins_that_are_locked_here_and_issued_there():
    moves = [THEFT, transfer(5, evm("thief"), evm("vault"), 5_000_000, ETH_USDC), minted(9, "new", 4_990_000)]
    for k in range(12):
        amount = 10**6 * (k + 3)
        moves += [
            transfer(100 + 40 * k, evm(f"u{k % 6}"), evm("vault"), amount, ETH_USDC),
            minted(104 + 40 * k, f"w{k % 6}", amount * 998 // 1000),
        ]
    ledgers, bridged = crossed(moves, listed=())
    assert {ledgers.index.entity(int(code)) for code in bridged.bridges} == {evm("vault")}
    assert ended(ledgers, bridged)[0] == {(evm("new"), ARB_USDC, 4_990_000, Ending.RESIDUAL)}


def test_a_list_may_name_the_contract_of_the_token_that_crosses():
    contract = "address:evm/" + ARB_USDC.partition("/")[2]
    moves = [THEFT, transfer(5, evm("thief"), evm("bridge"), 5_000_000, ETH_USDC), minted(9, "new", 4_990_000)]
    moves.append(transfer(50, evm("new"), contract, 1, ARB_USDC))
    listed = (evm("bridge"), contract)
    assert (evm("new"), ARB_USDC) in {one[:2] for one in ended(*crossed(moves, listed=listed))[0]}
    assert ended(*crossed(moves, listed=(evm("bridge"),)))[0] == {(evm("bridge"), ETH_USDC, 5_000_000, Ending.BRIDGE)}


def test_a_message_that_both_chains_tell_is_certain_whoever_issues():
    moves = [
        THEFT,
        burnt(5, "thief", 5_000_000, transaction_id="message-9"),
        minted(6, "nearer", 5_000_000, transaction_id="message-8"),
        minted(900, "new", 4_000_000, transaction_id="message-9"),
    ]
    _ledgers, bridged = crossed(moves, listed=())
    assert bridged.joins.partner.tolist() == [-1, 3, -1, 1]
    assert not bridged.joins.competing.any()


def test_rivals_are_counted_and_too_many_are_no_trail():
    def among(count):
        fitting = [minted(8 + k, f"new{k}", 4_990_000 + k) for k in range(count)]
        return ended(*crossed([THEFT, burnt(5, "thief", 5_000_000), *fitting, *traffic(40)], listed=()))

    where, competing = among(3)
    assert {asset for _, asset, _, _ in where} == {ARB_USDC}
    assert max(competing) == 3
    assert among(12)[0] == {(NOBODY, ETH_USDC, 5_000_000, Ending.BURNED)}


def test_what_was_destroyed_by_order_crosses_nothing():
    """An issuer destroys what it froze, and may issue as much to the victims: that is a return, no flight."""
    rows = [THEFT, burnt(5, "thief", 5_000_000), minted(8, "thief", 5_000_000), *traffic(12)]
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(rows)]
    tags = [{"occurred_at": at(1), "entity": evm("thief"), "tag": "frozen", "list": "x", "valid_from": at(1)}]
    ledgers = build_ledgers(world(transfers=rows, tags=tags))
    unknown = np.full(len(rows), -1, np.int32)
    bridged = join_bridges(ledgers, Joins.none(len(rows)), np.empty(0, np.int32), unknown)
    assert ended(ledgers, bridged)[0] == {(NOBODY, ETH_USDC, 5_000_000, Ending.BURNED)}


def test_an_issuer_that_serves_its_own_customers_is_no_bridge():
    """Coins are bought from it on one chain and given back on another, by different people for different sums."""
    moves = [burnt(100 + 40 * k, f"u{k % 6}", 10**6 * (k % 5 + 3)) for k in range(20)]
    moves += [minted(101 + 37 * k, f"w{k % 6}", 10**6 * (k % 7 + 30)) for k in range(20)]
    bridged = crossed([THEFT, *moves], listed=())[1]
    assert (bridged.joins.partner < 0).all()


def test_issuers_of_tokens_on_one_chain_are_told_apart():
    """Dollars of one issuer that come from nobody say nothing of another's."""
    moves = [
        THEFT,
        burnt(5, "thief", 5_000_000),
        minted(8, "thief", 5_000_000, BSC_USDT),
        minted(9, "thief", 5_000_000, ETH_USDT),
    ]
    assert (crossed(moves, listed=())[1].joins.partner < 0).all()
    assert TRON_USDT != ETH_USDT
    assert address("a") != evm("a")


@given(
    st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=14),
    st.sampled_from([policy for policy in Policy if policy is not Policy.POISON]),
)
@settings(max_examples=60, deadline=None)
def test_no_issuer_loses_or_makes_value_for_the_trail(moves, policy):
    rows = [THEFT]
    for minute, burns, who, amount in sorted(moves):
        name = ("thief", "a", "b", "c")[who]
        rows.append(burnt(minute, name, amount * 10**6) if burns else minted(minute, name, amount * 10**6 - 1))
    ledgers, bridged = crossed(rows, listed=())
    marks = mark(ledgers, bridged.joins, bridges=bridged.bridges)
    for way in (trace, trace_back):
        told = way(ledgers, [Stolen(0, 5_000_000)], policy, EXACT, marks)
        assert sum(x.loss_minor for x in told.terminals) == 5_000_000
    joined = np.flatnonzero(bridged.joins.partner >= 0)
    assert (bridged.joins.partner[bridged.joins.partner[joined]] == joined).all()
