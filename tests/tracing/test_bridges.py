import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, join_bridges, mark, trace
from cutline.tracing.bridges import BridgeConfig
from cutline.tracing.joins import Joins
from tests.tracing.ledgers_by_hand import USDT as TRON_USDT
from tests.tracing.ledgers_by_hand import address, transfer
from tests.worlds import at, world

EXACT = TraceConfig(floor_ppm=0)
ETH_USDT, BSC_USDT = "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7", "bsc/0x55d398326f99059fF775485246999027B3197955"
WETH, ETH = "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "arbitrum/native"


def evm(name):
    return f"address:evm/0x{name}"


LISTED = (address("bridge"), evm("bridge"))


def crossed(moves, listed=LISTED, worth=None):
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(moves)]
    tags = [{"occurred_at": at(1), "entity": who, "tag": "bridge", "list": "x"} for who in listed]
    ledgers = build_ledgers(world(transfers=rows, tags=tags))
    codes = np.array([code for code in map(ledgers.index.code, listed) if code >= 0], np.int32)
    told = ledgers.index.tables["transfers"].columns["transaction_id"]
    value = None if worth is None else np.array(worth, np.float64)
    return ledgers, join_bridges(ledgers, Joins.none(len(rows)), codes, told, value)


def ended(ledgers, bridged, policy=Policy.TAINTED_FIRST):
    stolen = ledgers.amount_of(0)
    t = trace(ledgers, [Stolen(0, stolen)], policy, EXACT, mark(ledgers, bridged.joins, bridges=bridged.bridges))
    assert sum(x.loss_minor for x in t.terminals) == stolen
    return {(x.entity, x.asset, x.amount_minor, x.how) for x in t.terminals}, {h.competing for h in t.hops}


THEFT = transfer(0, address("victim"), address("thief"), 5_000_000, TRON_USDT)


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.POISON])
def test_a_payout_on_another_chain_goes_on_with_the_trail_and_says_how_many_fit(policy):
    moves = [
        THEFT,
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(7, evm("bridge"), evm("new"), 4_990_000, ETH_USDT),
        transfer(8, evm("bridge"), evm("stranger"), 1_000_000, ETH_USDT),
        transfer(9, evm("new"), evm("next"), 4_990_000, ETH_USDT),
    ]
    where, competing = ended(*crossed(moves), policy)
    assert where == {(evm("next"), ETH_USDT, 4_990_000, Ending.RESIDUAL)}
    assert competing == {0, 1}


@pytest.mark.parametrize("policy", list(Policy))
def test_what_a_bridge_paid_out_is_followed_from_there_and_not_back_into_the_bridge(policy):
    moves = [
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(7, evm("bridge"), evm("new"), 4_990_000, ETH_USDT),
        transfer(9, evm("new"), evm("next"), 4_990_000, ETH_USDT),
    ]
    ledgers, bridged = crossed(moves)
    marks = mark(ledgers, bridged.joins, bridges=bridged.bridges)
    assert bridged.joins.partner[0] == 1
    assert [h.payee for h in trace(ledgers, [Stolen(0, 5_000_000)], policy, EXACT, marks).hops][-1] == evm("next")
    paid_out = trace(ledgers, [Stolen(1, 4_990_000)], policy, EXACT, marks)
    assert (evm("next"), ETH_USDT) in {(x.entity, x.asset) for x in paid_out.terminals}
    assert [h.payee for h in paid_out.hops] == [evm("new"), evm("next")]


def test_decimals_differ_from_chain_to_chain():
    moves = [
        THEFT,
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(7, evm("bridge"), evm("new"), 4_990_000_000_000_000_000, BSC_USDT),
    ]
    assert ended(*crossed(moves))[0] == {(evm("new"), BSC_USDT, 4_990_000_000_000_000_000, Ending.RESIDUAL)}


def test_a_message_id_that_both_chains_tell_is_certain():
    moves = [
        THEFT,
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT, transaction_id="message-9"),
        transfer(6, evm("bridge"), evm("nearer"), 4_999_000, ETH_USDT, transaction_id="message-8"),
        transfer(700, evm("bridge"), evm("new"), 3_000_000, ETH_USDT, transaction_id="message-9"),
    ]
    _ledgers, bridged = crossed(moves)
    assert bridged.joins.partner.tolist() == [-1, 3, -1, 1]
    assert not bridged.joins.competing.any()


def test_what_finds_no_payout_ends_at_the_bridge():
    late = [
        THEFT,
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(60 * 30, evm("bridge"), evm("new"), 4_990_000, ETH_USDT),
        transfer(7, evm("bridge"), evm("new"), 2_000_000, ETH_USDT),
        transfer(7, address("bridge"), address("other"), 4_990_000, TRON_USDT),
    ]
    assert ended(*crossed(late))[0] == {(address("bridge"), TRON_USDT, 5_000_000, Ending.BRIDGE)}


def test_the_usual_fee_and_the_depositors_own_address_decide_among_rivals():
    moves = [THEFT]
    for k in range(4):
        moves += [
            transfer(100 + 300 * k, address(f"a{k}"), address("bridge"), 7_000_000 + 10**6 * k, TRON_USDT),
            transfer(103 + 300 * k, evm("bridge"), evm(f"b{k}"), (7_000_000 + 10**6 * k) * 995 // 1000, ETH_USDT),
        ]
    moves += [
        transfer(1500, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(1501, evm("bridge"), evm("wrong"), 4_930_000, ETH_USDT),
        transfer(1504, evm("bridge"), evm("right"), 4_975_000, ETH_USDT),
        transfer(1600, evm("mover"), evm("bridge"), 900_000, BSC_USDT),
    ]
    ledgers, bridged = crossed(moves)
    at_ = {(int(ledgers.t_us[k]), int(p)) for k, p in enumerate(bridged.joins.partner) if p >= 0}
    deposit = next(k for k in range(len(moves)) if bridged.joins.partner[k] >= 0 and ledgers.amount[k] == 5_000_000)
    assert ledgers.amount[bridged.joins.partner[deposit]] == 4_975_000
    assert bridged.joins.competing[deposit] == 1
    assert len(at_) == 10


def test_a_fee_may_have_a_fixed_part():
    """A dollar and a thousandth of what crosses: a rival that keeps the same share of a small sum is not meant."""
    moves = [THEFT]
    for k, amount in enumerate((90_000_000, 250_000_000, 700_000_000, 2_000_000_000)):
        moves.append(transfer(100 + 300 * k, address(f"a{k}"), address("bridge"), amount, TRON_USDT))
        moves.append(transfer(103 + 300 * k, evm("bridge"), evm(f"b{k}"), amount * 999 // 1000 - 1_000_000, ETH_USDT))
    moves += [
        transfer(1500, address("thief"), address("bridge"), 50_000_000, TRON_USDT),
        transfer(1501, evm("bridge"), evm("wrong"), 49_800_000, ETH_USDT),
        transfer(1509, evm("bridge"), evm("right"), 48_950_000, ETH_USDT),
    ]
    ledgers, bridged = crossed(moves)
    deposit = next(k for k in range(len(moves)) if ledgers.amount[k] == 50_000_000)
    assert ledgers.amount[bridged.joins.partner[deposit]] == 48_950_000


def test_ones_own_address_on_the_other_chain_is_taken_first():
    moves = [
        transfer(0, evm("victim"), evm("thief"), 10**18, ETH),
        transfer(5, evm("thief"), evm("bridge"), 10**18, ETH),
        transfer(6, evm("bridge"), evm("stranger"), 10**18, WETH),
        transfer(9, evm("bridge"), evm("thief"), 99 * 10**16, WETH),
    ]
    where, competing = ended(*crossed(moves))
    assert where == {(evm("thief"), WETH, 99 * 10**16, Ending.RESIDUAL)}
    assert competing == {0, 2}


def test_where_no_coin_fits_the_value_may():
    moves = [
        THEFT,
        transfer(5, address("thief"), address("bridge"), 5_000_000, TRON_USDT),
        transfer(9, evm("bridge"), evm("new"), 2 * 10**15, WETH),
    ]
    assert ended(*crossed(moves, worth=[36_00, 36_00, 35_70]))[0] == {(evm("new"), WETH, 2 * 10**15, Ending.RESIDUAL)}
    assert ended(*crossed(moves, worth=[36_00, 36_00, 30_00]))[0] == {(address("bridge"), TRON_USDT, 5_000_000, Ending.BRIDGE)}
    assert ended(*crossed(moves, worth=[np.nan] * 3))[0] == {(address("bridge"), TRON_USDT, 5_000_000, Ending.BRIDGE)}


def traffic(people, amounts, keeps=0.996):
    moves = []
    for k, amount in enumerate(amounts):
        moves += [
            transfer(100 + 40 * k, address(f"u{k % people}"), address("swapper"), amount, TRON_USDT),
            transfer(104 + 40 * k, evm("payer"), evm(f"v{k % people}"), int(amount * keeps), ETH_USDT),
        ]
    return moves


def test_what_behaves_like_a_bridge_is_one_though_no_list_says_so():
    moves = [THEFT, transfer(5, address("thief"), address("swapper"), 5_000_000, TRON_USDT)]
    moves += [transfer(8, evm("payer"), evm("new"), 4_980_000, ETH_USDT), *traffic(6, [10**6 * (k + 3) for k in range(12)])]
    ledgers, bridged = crossed(moves, listed=())
    assert {ledgers.index.entity(int(code)) for code in bridged.bridges} == {address("swapper"), evm("payer")}
    assert (evm("new"), ETH_USDT, 4_980_000, Ending.RESIDUAL) in ended(ledgers, bridged)[0]


@pytest.mark.parametrize("people", [1, 6])
def test_two_wallets_of_one_trader_and_a_busy_hot_wallet_are_no_bridge(people):
    own = traffic(1, [10**6 * (k + 3) for k in range(12)])
    busy = [transfer(90 + 7 * k, address(f"u{k % 9}"), address("hot"), 10**6 * (k % 5 + 3), TRON_USDT) for k in range(90)]
    busy += [transfer(91 + 60 * k, evm("hot"), evm(f"v{k % 9}"), 10**6 * (k % 7 + 3) + 400_000, ETH_USDT) for k in range(12)]
    _ledgers, bridged = crossed(own if people == 1 else busy, listed=())
    assert not len(bridged.bridges)
    assert (bridged.joins.partner < 0).all()


def test_the_unlisted_exit_of_a_listed_bridge_is_found():
    moves = [THEFT, transfer(5, address("thief"), address("swapper"), 5_000_000, TRON_USDT)]
    moves += [transfer(8, evm("payer"), evm("new"), 4_980_000, ETH_USDT), *traffic(2, [10**6 * (k + 3) for k in range(3)])]
    assert (evm("new"), ETH_USDT, 4_980_000, Ending.RESIDUAL) in ended(*crossed(moves, listed=(address("swapper"),)))[0]


@given(
    st.lists(st.tuples(st.integers(1, 90), st.integers(0, 2), st.integers(1, 10**9)), min_size=1, max_size=14),
    st.sampled_from([policy for policy in Policy if policy is not Policy.POISON]),
)
@settings(max_examples=25, deadline=None)
def test_no_bridge_loses_or_makes_value(steps, policy):
    moves, minute = [transfer(0, address("v"), address("u0"), 10**10, TRON_USDT)], 0
    for wait, who, amount in steps:
        minute += wait
        moves += [
            transfer(minute, address(f"u{who}"), address("bridge"), amount, TRON_USDT),
            transfer(minute + 2, evm("bridge"), evm(f"u{who}"), amount * 99 // 100 + 1, ETH_USDT),
            transfer(minute + 3, evm(f"u{who}"), evm(f"u{(who + 1) % 3}"), amount * 99 // 100, ETH_USDT),
        ]
    ledgers, bridged = crossed(moves)
    partner = bridged.joins.partner
    joined = np.flatnonzero(partner >= 0)
    assert (partner[partner[joined]] == joined).all()
    ended(ledgers, bridged, policy)


def test_a_search_for_bridges_that_is_cut_says_how_far_it_got():
    moves = traffic(6, [10**6 * (k + 3) for k in range(12)])
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(moves)]
    ledgers = build_ledgers(world(transfers=rows))
    nothing = np.empty(0, np.int32), np.full(len(rows), -1, np.int32)
    whole = join_bridges(ledgers, Joins.none(len(rows)), *nothing)
    cut = join_bridges(ledgers, Joins.none(len(rows)), *nothing, config=BridgeConfig(looked_at=5))
    (one,), (two,) = whole.joins.searched, cut.joins.searched
    assert one.looked_at == one.of == two.of > two.looked_at == 5
    assert (len(whole.bridges), len(cut.bridges)) == (2, 0)
