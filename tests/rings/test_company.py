"""Parts of a gang that meet through few people are one, and what serves several gangs makes them one no more."""

import numpy as np
import pytest

from cutline.model.index import Index
from cutline.rings.candidates import choose, hands_of, weigh_links
from cutline.rings.carried import NOTHING
from cutline.rings.communities import Web, communities, let_go
from cutline.rings.company import TRADE, join_company
from cutline.rings.config import RingConfig
from cutline.rings.dealings import read_dealings
from cutline.rings.journeys import join_parted
from cutline.risk import rank
from cutline.risk.links import gather_links
from tests.rings.losses import followed
from tests.risk.gangs import Rows, build, finding, merged, pay, tie
from tests.worlds import at

BOSS, RECRUITER = "phone:+86-boss", "phone:+86-recruiter"
MONEY = [BOSS, *(f"phone:+86-mule{k}" for k in range(4))]
PARTY = [RECRUITER, *(f"phone:+86-gone{k}" for k in range(4))]


def call(source: str, target: str, day: int = 1, hour: int = 0) -> dict[str, object]:
    return {"occurred_at": at(day, hour), "source": source, "target": target, "medium": "call", "duration_s": 60}


def town(people: int = 200) -> list[dict[str, object]]:
    """Everybody calls two neighbours."""
    return [call(f"phone:+86-o{k}", f"phone:+86-o{(k + step) % people}") for k in range(people) for step in (1, 7)]


def crews(bridge: tuple[str, str] | None) -> list[dict[str, object]]:
    """Two crews, each around one person who calls the others; `bridge` is the only call between them."""
    calls = [call(BOSS, phone, 2) for phone in MONEY[1:]] + [call(RECRUITER, phone, 2) for phone in PARTY[1:]]
    return calls + ([call(*bridge, day) for day in range(3, 7)] if bridge else [])


def together(rows: Rows, *groups: list[str], paid_from: tuple[str, ...] = (), holds: float = 0.5) -> list[int]:
    """Give the community of each group after it was asked whose company it keeps, if every link `holds` so much."""
    index: Index = build(rows)
    label = np.full(len(index), -1)
    findings = []
    for k, group in enumerate(groups):
        for entity in group:
            label[index.code(entity)] = k
            findings.append(finding(index, entity))
    ranking = rank(index, findings)
    links = gather_links(index)
    dealings = read_dealings(label >= 0, ranking, followed(index, paid_from) if paid_from else NOTHING)
    after = join_company(label, ranking, (links, np.full(len(links), holds)), dealings)
    return [int(after[index.code(group[0])]) for group in groups]


def test_crews_whose_heads_talk_are_one_gang():
    one, other = together(merged({"contacts": town() + crews((BOSS, RECRUITER))}), MONEY, PARTY)
    assert one == other
    one, other = together(merged({"contacts": town() + crews(None)}), MONEY, PARTY)
    assert one != other


def test_a_suspect_among_many_friends_is_no_company():
    friends = [call(MONEY[1], f"phone:+86-o{k}", 3) for k in range(40)]
    one, other = together(merged({"contacts": town() + friends + crews((MONEY[1], PARTY[1]))}), MONEY, PARTY)
    assert one != other


def test_whose_trade_is_calling_keeps_no_company_with_those_he_calls():
    trade = [call(BOSS, f"phone:+86-o{k}", 3) for k in range(TRADE + 1)]
    one, other = together(merged({"contacts": town() + trade + crews((BOSS, RECRUITER))}), MONEY, PARTY)
    assert one != other


def whole(name: str) -> Rows:
    """A gang whose caller reached those who then paid its account and reported it."""
    rows: Rows = {"contacts": [], "transfers": [], "ties": [], "reports": []}
    for k in range(4):
        person, phone, account = f"person:id/{name}v{k}", f"phone:+86-{name}v{k}", f"account:CN/CCB/{name}v{k}"
        rows["ties"] += [tie(person, phone, "owns"), tie(person, account, "owns")]
        rows["contacts"].append(call(f"phone:+86-{name}", phone, 4, k))
        rows["transfers"].append(pay(account, f"account:CN/ICBK/{name}", 9_000_00, at(5, k)))
        rows["reports"].append({"occurred_at": at(8), "kind": "loss", "reporter": person})
    return rows


def test_two_gangs_that_share_a_dealer_stay_two():
    dealer = [call("phone:+86-dealer", f"phone:+86-{name}{k}", 3) for name in "xy" for k in range(3)]
    rows = merged(whole("x"), whole("y"), {"contacts": town() + dealer})
    gangs = [[f"phone:+86-{name}", f"account:CN/ICBK/{name}", *(f"phone:+86-{name}{k}" for k in range(3))] for name in "xy"]
    one, other, _ = together(rows, *gangs, ["phone:+86-dealer"])
    assert one != other


def test_talk_makes_no_one_gang_of_two_that_each_have_victims_though_one_s_callers_are_not_known():
    unheard = {name: [r for r in part if r.get("source") != "phone:+86-y"] for name, part in whole("y").items()}
    rows = merged(whole("x"), unheard, {"contacts": town() + crews((BOSS, RECRUITER))})
    paid = tuple(f"account:CN/CCB/{name}v{k}" for name in "xy" for k in range(4))
    gangs = ["phone:+86-x", "account:CN/ICBK/x", *MONEY], ["account:CN/ICBK/y", *PARTY]
    one, other = together(rows, *gangs, paid_from=paid)
    assert one != other
    one, other = together({**rows, "reports": [r for r in rows["reports"] if "xv" in str(r)]}, *gangs, paid_from=paid[:4])
    assert one == other


def test_launderers_who_stand_with_one_gang_do_not_bring_it_another_that_has_victims():
    unheard = {name: [r for r in part if r.get("source") != "phone:+86-y"] for name, part in whole("y").items()}
    mules = ["account:CN/ICBK/y", *(f"account:CN/ICBK/m{k}" for k in range(4))]
    water = [f"account:CN/ICBK/water{k}" for k in range(2)]
    brought = [pay(mule, to, 10**6, at(6, k)) for k, mule in enumerate(mules) for to in water]
    rows = merged(whole("x"), unheard, {"contacts": town(), "transfers": brought})
    paid = tuple(f"account:CN/CCB/{name}v{k}" for name in "xy" for k in range(4))
    gangs = ["phone:+86-x", "account:CN/ICBK/x", *water, *(f"phone:+86-o{k}" for k in range(3))], mules
    one, other = together(rows, *gangs, paid_from=paid)
    assert one != other
    one, other = together({**rows, "reports": [r for r in rows["reports"] if "xv" in str(r)]}, *gangs, paid_from=paid[:4])
    assert one == other


@pytest.mark.parametrize("pools", [1, 2, 4])
def test_pools_where_all_of_two_parts_trade_make_them_no_gang_but_several_ties_do(pools):
    wash, other = ([f"address:evm/{name}{k}" for k in range(6)] for name in "wo")
    trades = [pay(other[k % pools], address, 10**6, at(6, k)) for k, address in enumerate(wash)]
    trades += [pay(address, other[0], 10**5, at(7)) for address in other[1:]]
    one, two = together(merged({"contacts": town(), "transfers": trades}), wash, other, holds=0.15)
    assert (one == two) is (pools == 4)


def journeys(recruiters: tuple[str, ...]) -> Rows:
    """Eight travellers on one payer's tickets; each was written to by one of the recruiters."""
    rows: Rows = {"movements": [], "ties": [tie("person:id/payer", "account:CN/ICBK/payer", "owns")], "contacts": town()}
    for k in range(8):
        person, phone, handle = f"person:id/t{k}", f"phone:+86-t{k}", f"handle:wx/t{k}"
        rows["ties"] += [tie(person, phone, "owns"), tie(handle, phone, "registered_with")]
        ticket = {"person": person, "payer": "account:CN/ICBK/payer", "kind": "ticket", "to_place": "place:KH"}
        rows["movements"].append({"occurred_at": at(5), "direction": "", **ticket})
        rows["contacts"].append(call(recruiters[k * len(recruiters) // 8], handle, 3, k))
    return merged(rows)


@pytest.mark.parametrize("recruiters", [("handle:wx/r0",), ("handle:wx/r0", "handle:wx/r1")])
def test_travellers_of_one_payer_go_with_those_who_called_them(recruiters):
    index = build(journeys(recruiters))
    party = [f"person:id/t{k}" for k in range(8)]
    ranking = rank(index, [finding(index, entity) for entity in (*party, *recruiters, "account:CN/ICBK/payer")])
    label = np.full(len(index), -1)
    label[[index.code(entity) for entity in (*party, "account:CN/ICBK/payer")]] = 0
    for k, handle in enumerate(recruiters):
        label[index.code(handle)] = k + 1
    after = join_parted(label, ranking, lambda part: part)
    assert len({int(after[index.code(entity)]) for entity in party}) == len(recruiters)
    assert after[index.code("account:CN/ICBK/payer")] in after[[index.code(entity) for entity in party]]


def test_the_number_of_an_account_makes_the_tokens_of_bank_and_operator_one_hand():
    operator, bank, phone, account = "person:tel/a", "person:icbc/b", "phone:+86-n", "account:CN/ICBK/n"
    ties = [tie(operator, phone, "owns"), tie(account, phone, "registered_with"), tie(bank, account, "owns")]
    index = build(merged({"ties": ties}))
    ranking = rank(index, [finding(index, operator), finding(index, bank)])
    chosen = choose(ranking, RingConfig())
    codes = np.flatnonzero(chosen.node).tolist()
    assert {index.code(entity) for entity in (phone, account)} <= set(codes)
    assert not chosen.member[[index.code(phone), index.code(account)]].any()
    assert len(hands_of(ranking.links, codes)) == 1


def test_weights_that_no_binary_number_holds_still_come_to_an_end():
    a, b = np.array([*range(13), 12]), np.array([*[14] * 13, 13])
    web = Web(np.arange(15, dtype=np.uint64), a.astype(np.int64), b.astype(np.int64), np.full(14, 0.20153668083623066))
    assert len(communities(web, 2.0, 0.2, 1)) == 15


def test_whom_a_faint_tie_alone_holds_stands_alone_and_pairs_that_nothing_holds_stay_as_they_are():
    a, b = np.array([0, 1, 2, 0, 2]), np.array([1, 2, 3, 4, 5])
    web = Web(np.arange(8, dtype=np.uint64), a, b, np.array([0.5, 0.5, 0.01, 0.09, 0.1]))
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 2])
    assert let_go(labels, web, 0.1).tolist() == [0, 0, 0, 3, 4, 0, 1, 2]
    assert let_go(labels, web, 0.0).tolist() == labels.tolist()


@pytest.mark.parametrize("gives", [False, True])
def test_who_takes_from_and_gives_to_many_strangers_is_a_market_and_ties_nobody(gives):
    place, gang = "address:evm/pool", [f"address:evm/g{k}" for k in range(3)]
    trades = [pay(address, place, 10**6, at(6)) for address in gang]
    trades += [pay(f"address:evm/o{k}", place, 10**5, at(5)) for k in range(60)]
    trades += [pay(place, f"address:evm/o{k}", 10**5, at(7)) for k in range(60)] * gives
    index = build(merged({"transfers": trades}))
    ranking = rank(index, [finding(index, entity) for entity in (place, *gang)])
    links, weight = weigh_links(ranking, choose(ranking, RingConfig()))
    assert len(links) == 3
    assert bool((weight == 0).all()) is gives
