"""Swaps that no event tells of, known by what an address gives and gets; and what only looks like one."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, build_ledgers, join_swaps, mark, trace
from cutline.tracing.joins import Joins
from tests.tracing.ledgers_by_hand import transfer
from tests.tracing.test_swaps import DAI, ETH, EXACT, USDT, WETH, leg, who
from tests.worlds import world

E18 = 10**18
THEFT = leg("victim", "thief", 1000 * E18, USDT, "t0", 0)
REAL_WETH = "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
WRAPPER = "C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"


def joined(legs):
    """Lay hand-made legs without a word of who is a pool, and join what swaps: partners by row, and names of pools."""
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(legs)]
    index = world(transfers=rows)
    ledgers = build_ledgers(index)
    swapped = join_swaps(
        ledgers, Joins.none(len(rows)), index.tables["transfers"].columns["transaction_id"], np.empty(0, np.int32)
    )
    return ledgers, swapped.joins, {index.entity(int(code)).rpartition("0x")[2] for code in swapped.pools}


def partners(legs):
    return joined(legs)[1].partner.tolist()


def ended(legs, policy=Policy.TAINTED_FIRST):
    ledgers, joins, pools = joined(legs)
    stolen, codes = ledgers.amount_of(0), np.array([ledgers.index.code(who(name)) for name in sorted(pools)], np.int32)
    t = trace(ledgers, [Stolen(0, stolen)], policy, EXACT, mark(ledgers, joins, pools=codes))
    assert sum(x.loss_minor for x in t.terminals) == stolen
    return {(x.entity.rsplit("0x")[1], x.asset, x.amount_minor, x.loss_minor) for x in t.terminals}


@pytest.mark.parametrize("policy", [Policy.TAINTED_FIRST, Policy.FIFO, Policy.HAIRCUT, Policy.LIFO])
@pytest.mark.parametrize("order", [1, -1])
def test_a_swap_without_an_event_goes_on_in_what_came_back(policy, order):
    legs = [leg("thief", "pool", 1000 * E18, USDT), leg("pool", "thief", 900 * E18, DAI)]
    onward = leg("thief", "next", 900 * E18, DAI, "t2", 2)
    assert ended([THEFT, *legs[::order], onward], policy) == {("next", DAI, 900 * E18, 1000 * E18)}


def test_along_a_route_the_swap_is_of_who_got_the_coins_elsewhere():
    """Everybody on a route exchanges; the pools do nothing else."""
    route = [
        leg("thief", "router", 1000 * E18, USDT),
        leg("router", "pool", 1000 * E18, USDT),
        leg("pool", "pool2", 55 * E18, WETH),
        leg("pool2", "thief", 900 * E18, DAI),
    ]
    found = partners([THEFT, *route])
    assert (found[1], found[4]) == (4, 1)
    assert ended([THEFT, *route]) == {("thief", DAI, 900 * E18, 1000 * E18)}


def test_a_fee_and_what_the_router_gave_back():
    legs = [
        leg("thief", "desk", 10 * E18, USDT),
        leg("thief", "router", 990 * E18, USDT),
        leg("router", "pool", 890 * E18, USDT),
        leg("router", "thief", 100 * E18, USDT),
        leg("pool", "thief", 800 * E18, DAI),
    ]
    assert ended([THEFT, *legs]) == {
        ("desk", USDT, 10 * E18, 10 * E18),
        ("thief", USDT, 100 * E18, 100 * E18),
        ("thief", DAI, 800 * E18, 890 * E18),
    }


def test_a_router_that_keeps_a_fee_is_no_end_of_the_route():
    legs = [
        leg("thief", "router", 1000 * E18, USDT),
        leg("router", "pool", 990 * E18, USDT),
        leg("pool", "thief", 900 * E18, DAI),
    ]
    assert ended([THEFT, *legs]) == {("thief", DAI, 900 * E18, 1000 * E18)}


@pytest.mark.parametrize(
    "legs",
    [
        [leg("airdropper", "thief", 5 * E18, DAI), leg("thief", "shop", 10 * E18, USDT)],
        [leg("thief", "a", 10 * E18, USDT), leg("thief", "b", 10 * E18, USDT), leg("thief", "c", 3 * E18, DAI)],
        [
            leg("thief", "hub", 10 * E18, USDT),
            leg("hub", "shop", 10 * E18, USDT),
            leg("friend", "hub", 5 * E18, DAI),
            leg("hub", "thief", 5 * E18, DAI),
        ],
        [leg("thief", "shop", 10 * E18, USDT), leg("shop", "thief", 10 * E18, USDT), leg("friend", "thief", E18, DAI)],
        [leg("thief", "artist", 10 * E18, USDT), leg("artist", "thief", 4711, "ethereum/0xBEEF")],
        [leg("thief", "pool", 10 * E18, USDT), leg("thief", "pool", E18, WETH), leg("pool", "thief", 3 * E18, DAI)],
    ],
    ids=[
        "an airdrop",
        "a batch of payouts",
        "two payments through one hub",
        "a refund",
        "a sale of one piece",
        "an addition to a pool",
    ],
)
def test_what_only_looks_like_a_swap_is_left_alone(legs):
    assert set(partners([THEFT, *legs])) == {-1}


def test_a_token_whose_amounts_are_divided_is_no_single_piece():
    """The seller of 4,711 units got 5,000: pieces are not divided."""
    legs = [leg("mint", "artist", 5000, "ethereum/0xBEEF", "t00", 0.5), leg("thief", "artist", 10 * E18, USDT)]
    assert set(partners([THEFT, *legs, leg("artist", "thief", 4711, "ethereum/0xBEEF")])) == {-1}
    legs.insert(1, leg("other", "shop", 5000, "ethereum/0xBEEF", "t01", 0.6))
    assert partners([THEFT, *legs, leg("artist", "thief", 4711, "ethereum/0xBEEF")])[-2:] == [4, 3]


@pytest.mark.parametrize("traced", [True, False])
def test_ether_into_a_token_and_back_through_a_router(traced):
    """Without traces of the inner calls, the wrapped coin comes from nowhere: it is known to be ether."""
    theft = leg("victim", "thief", 10 * E18, ETH, "t0", 0)
    inner = [leg("router", WRAPPER, 10 * E18, ETH), leg(WRAPPER, "router", 10 * E18, REAL_WETH)]
    buy = [
        leg("thief", "router", 10 * E18, ETH),
        *(inner if traced else ()),
        leg("router", "pool", 10 * E18, REAL_WETH),
        leg("pool", "thief", 900 * E18, DAI),
    ]
    sell = [
        leg("thief", "pool", 900 * E18, DAI, "t2", 2),
        leg("pool", "router", 9 * E18, REAL_WETH, "t2", 2),
        leg("router", WRAPPER, 9 * E18, REAL_WETH, "t2", 2),
        leg(WRAPPER, "router", 9 * E18, ETH, "t2", 2),
        leg("router", "thief", 9 * E18, ETH, "t2", 2),
    ]
    assert ended([theft, *buy]) == {("thief", DAI, 900 * E18, 10 * E18)}
    assert ended([theft, *buy, *sell]) == {("thief", ETH, 9 * E18, 10 * E18)}


def test_what_is_unwrapped_goes_on_in_ether_and_what_nobody_saw_come_back_ends_with_the_wrapper():
    """A wrapper holds everybody's coins: whoever wraps next does not get the thief's."""
    theft = leg("victim", "thief", 9 * E18, REAL_WETH, "t0", 0)
    there, back = leg("thief", WRAPPER, 9 * E18, REAL_WETH), leg(WRAPPER, "thief", 9 * E18, ETH)
    stranger = [leg("stranger", WRAPPER, 9 * E18, ETH, "t2", 2), leg(WRAPPER, "stranger", 9 * E18, REAL_WETH, "t2", 2)]
    assert ended([theft, there, back, *stranger]) == {("thief", ETH, 9 * E18, 9 * E18)}
    assert ended([theft, there, *stranger]) == {(WRAPPER, REAL_WETH, 9 * E18, 9 * E18)}


def test_what_a_vault_mints_goes_on_and_what_it_burns_comes_back():
    """A vault is the contract of its own token: it gives what comes from nobody, and takes what goes there."""
    vault, share, nobody = "DA07", "ethereum/0xDA07", "0" * 40
    enter = [leg("thief", vault, 1000 * E18, USDT), leg(nobody, "thief", 950 * E18, share)]
    leave = [leg("thief", nobody, 950 * E18, share, "t2", 2), leg(vault, "thief", 1001 * E18, USDT, "t2", 2)]
    assert ended([THEFT, *enter]) == {("thief", share, 950 * E18, 1000 * E18)}
    assert ended([THEFT, *enter, *leave]) == {("thief", USDT, 1001 * E18, 1000 * E18)}


def _customers(count, pool="pool"):
    legs = []
    for k in range(count):
        gave, got = (USDT, DAI) if k % 2 else (DAI, USDT)
        legs += [leg("bank", f"c{k}", 5 * E18 + k, gave, f"f{k}", k), leg(f"c{k}", pool, 5 * E18 + k, gave, f"s{k}", k + 0.5)]
        legs += [leg(pool, f"c{k}", 4 * E18 + k, got, f"s{k}", k + 0.5)]
    return legs


def test_a_pool_is_known_by_its_customers_and_then_pays_whom_it_is_told_to():
    """What the thief's swap pays to somebody else is a swap only at what is known to be a pool."""
    legs = [leg("thief", "pool", 1000 * E18, USDT, "t9", 99), leg("pool", "other", 900 * E18, DAI, "t9", 99)]
    few, many = joined([THEFT, *_customers(3), *legs]), joined([THEFT, *_customers(8), *legs])
    assert few[2] == set()
    assert few[1].partner.tolist()[-2:] == [-1, -1]
    assert many[2] == {"pool"}
    assert ended([THEFT, *_customers(8), *legs]) == {("other", DAI, 900 * E18, 1000 * E18)}


def test_who_swaps_often_at_many_pools_is_no_pool():
    legs = [THEFT]
    for k in range(8):
        legs += [leg("thief", f"pool{k}", E18, USDT, f"s{k}", k + 1), leg(f"pool{k}", "thief", E18 + k, DAI, f"s{k}", k + 1)]
        legs += [leg("thief", "next", E18 + k, DAI, f"n{k}", k + 1.5)]
    assert joined(legs)[2] == set()
    assert sum(1 for one in partners(legs) if one != -1) == 16


class Oracle:
    """One transaction by brute force: who gives one coin and gets another for it, along every path of transfers there is."""

    def __init__(self, rows):
        self.rows = rows
        self.net = defaultdict(int)
        for one in rows.values():
            self.net[one["payer"], one["asset"]] -= one["amount"]
            self.net[one["payee"], one["asset"]] += one["amount"]

    def follows(self, row, after):
        one, two, who = self.rows[row], self.rows[after], self.rows[row]["payee"]
        changes = self.net[who, one["asset"]] > 0 and self.net[who, two["asset"]] < 0
        return two["payer"] == who and (two["asset"] == one["asset"] or changes)

    def reached(self, row, who, seen=()):
        """All transfers in which what one paid can have gone on, until it is back with who paid it."""
        found = {row}
        if self.rows[row]["payee"] != who:
            for after in self.rows.keys() - found - set(seen):
                if self.follows(row, after):
                    found |= self.reached(after, who, (*seen, row))
        return found

    def swaps(self):
        """By address that swaps: the rows that it paid, and that it got for it or back."""
        found = {}
        for party in {one["payer"] for one in self.rows.values()}:
            paid, pairs = defaultdict(set), defaultdict(set)
            for row, one in self.rows.items():
                if one["payer"] == party and self.net[party, one["asset"]] < 0:
                    for after in self.reached(row, party):
                        back = self.rows[after]
                        if back["payee"] == party and self.net[party, back["asset"]] > 0:
                            paid[one["asset"]].add(row)
                            pairs[one["asset"], back["asset"]].add(after)
            if len(pairs) == 1:
                ((gave, _),) = pairs
                returned = {row for row, one in self.rows.items() if one["payee"] == party and one["asset"] == gave}
                found[party] = (paid[gave], pairs.popitem()[1], returned)
        return found


@st.composite
def transactions(draw):
    legs = [THEFT]
    for k in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(1, 5))):
            payer, payee = draw(st.lists(st.sampled_from(["thief", "a", "b", "c"]), min_size=2, max_size=2, unique=True))
            amount = draw(st.integers(1, 9)) * E18
            legs.append(leg(payer, payee, amount, draw(st.sampled_from([USDT, DAI, WETH])), f"x{k}", k + 1))
    return legs


@given(transactions(), st.sampled_from([policy for policy in Policy if policy is not Policy.POISON]))
@settings(max_examples=150, deadline=None)
def test_just_what_a_search_of_all_paths_finds_is_joined_and_nothing_is_lost(legs, policy):
    """Nothing where nobody swaps; all of a swap where one does, or at least of one where several do; nothing beside."""
    ledgers, joins, _ = joined(legs)
    together = set(np.flatnonzero(joins.partner != -1).tolist())
    for name in {one["transaction_id"] for one in legs}:
        rows = {row: one for row, one in enumerate(legs) if one["transaction_id"] == name}
        swaps = Oracle(rows).swaps()
        mine = together & rows.keys()
        assert mine <= set().union(*(part for swap in swaps.values() for part in swap))
        whole = [paid | got <= mine for paid, got, back in swaps.values() if not back]
        assert any(whole) or not whole or len(whole) < len(swaps)
        for row in mine:
            piece = -2 - int(joins.partner[row])
            many = joins.splits.other[joins.splits.ptr[piece] : joins.splits.ptr[piece + 1]].tolist() if piece >= 0 else []
            assert {int(other) for other in many or [joins.partner[row]]} <= mine
    t = trace(ledgers, [Stolen(0, ledgers.amount_of(0))], policy, EXACT, mark(ledgers, joins))
    assert sum(x.loss_minor for x in t.terminals) == ledgers.amount_of(0)


@given(st.permutations(range(9)))
@settings(max_examples=30, deadline=None)
def test_swaps_do_not_depend_on_the_order_of_other_transactions(order):
    """The same legs at the same moments: which of them is read first changes nothing."""
    legs = [THEFT, *_customers(2), leg("thief", "pool", E18, USDT), leg("pool", "thief", 2 * E18, DAI)]
    ids = [f"e{k:06d}" for k in range(len(legs))]

    def pairs(chosen):
        rows = [{**legs[k], "event_id": ids[k]} for k in chosen]
        index = world(transfers=rows)
        ledgers = build_ledgers(index)
        columns = index.tables["transfers"].columns
        found = join_swaps(ledgers, Joins.none(len(rows)), columns["transaction_id"], np.empty(0, np.int32)).joins.partner
        key = [(int(t), int(a)) for t, a in zip(ledgers.t_us, ledgers.amount, strict=True)]
        return {frozenset((key[k], key[int(p)])) for k, p in enumerate(found) if p >= 0}

    assert pairs(range(len(legs))) == pairs(order)


def test_bank_transfers_that_share_a_reference_are_no_swap():
    rows = [transfer(1, "account:CN/ICBK/1", "account:CN/ICBK/2", 5, transaction_id="r")]
    rows += [transfer(1, "account:CN/ICBK/2", "account:CN/ICBK/1", 5, "USD", transaction_id="r", rail="bank")]
    assert set(partners(rows)) == {-1}
    assert who("a") == "address:evm/0xa"
