"""Communities that are one gang meet: through its victims, through what feeds it, through whom it called away."""

import numpy as np
import pytest

from cutline.model.index import Index
from cutline.rings.carried import NOTHING
from cutline.rings.dealings import read_dealings
from cutline.rings.sources import join_fed
from cutline.rings.victims import join_reached
from cutline.risk import rank
from tests.rings.losses import followed
from tests.risk.gangs import Rows, build, finding, merged, pay, tie
from tests.worlds import at

MULES, CALLERS = "account:CN/ICBK/m", "phone:+86-c"


def call(source: str, target: str, day: int, hour: int = 0) -> dict[str, object]:
    return {"occurred_at": at(day, hour), "source": source, "target": target, "medium": "call", "duration_s": 300}


def scene(victims: int = 6, called: bool = True, own_callers: bool = False) -> Rows:
    """People who lost money to three mules; three phones call strangers, and the victims before they pay."""
    rows: Rows = {"transfers": [], "ties": [], "contacts": [], "reports": []}
    for k in range(60):
        rows["contacts"].append(call(f"phone:+86-o{k}", f"phone:+86-o{(k + 1) % 60}", 1))
    for k in range(victims):
        person, account, phone = f"person:id/v{k}", f"account:CN/CCB/v{k}", f"phone:+86-o{k}"
        rows["ties"] += [tie(person, account, "owns"), tie(person, phone, "owns")]
        rows["transfers"].append(pay(account, f"{MULES}{k % 3}", 9_000_00, at(5, k)))
        rows["reports"].append({"occurred_at": at(8), "kind": "loss", "reporter": person})
        rows["contacts"] += [call(f"{CALLERS}{k % 3}", phone, 4, k)] * called
        rows["contacts"] += [call("phone:+86-x0", phone, 4, k + 8)] * own_callers
    rows["contacts"] += [call(f"{CALLERS}{k % 3}", f"phone:+86-o{k}", 3) for k in range(30, 36)]
    return merged(rows)


def joined(rows: Rows, groups: tuple[list[str], ...], paid_from: tuple[str, ...] = (), to: tuple[str, ...] = ()) -> np.ndarray:
    index: Index = build(rows)
    label = np.full(len(index), -1)
    for k, group in enumerate(groups):
        label[[index.code(entity) for entity in group if index.code(entity) >= 0]] = k
    findings = [finding(index, entity, [0]) for group in groups for entity in group if index.code(entity) >= 0]
    carried = followed(index, paid_from, to) if paid_from else NOTHING
    dealings = read_dealings(label >= 0, rank(index, findings), carried)
    return join_reached(label, dealings)[[index.code(group[0]) for group in groups]]


PAID, TALKED = [f"{MULES}{k}" for k in range(3)], [f"{CALLERS}{k}" for k in range(3)]


def test_callers_belong_to_those_whom_their_victims_paid():
    one, other = joined(scene(), (PAID, TALKED))
    assert one == other


def test_victims_whom_the_police_know_by_another_token_are_known_by_what_they_paid_from():
    rows = scene()
    for report in rows["reports"]:
        report["reporter"] = report["reporter"].replace("person:id/", "person:police/")
    for row in rows["ties"]:
        if ":+86" in row["b"]:
            row.update(a=row["a"].replace("person:id/v", "account:CN/CCB/v"), relation="registered_with")
    one, other = joined(rows, (PAID, TALKED))
    assert one != other
    one, other = joined(rows, (PAID, TALKED), tuple(f"account:CN/CCB/v{k}" for k in range(6)))
    assert one == other


@pytest.mark.parametrize("rows", [scene(called=False), scene(victims=2)])
def test_callers_who_reached_no_or_few_victims_stay_apart(rows):
    one, other = joined(rows, (PAID, TALKED))
    assert one != other


@pytest.mark.parametrize("both", [2, 4])
def test_two_whom_the_same_victims_paid_are_one_gang_though_each_called_its_own(both):
    rows = scene(own_callers=True)
    for k in range(6):
        rows["transfers"] += [pay(f"account:CN/CCB/v{k}", "account:CN/ICBK/other", 5_000_00, at(5, k))] * (k < both)
    for k in range(6, 10):
        person, account = f"person:id/v{k}", f"account:CN/CCB/v{k}"
        rows["ties"] += [tie(person, account, "owns")]
        rows["transfers"] += [pay(account, "account:CN/ICBK/other", 5_000_00, at(5, k))]
        rows["reports"].append({"occurred_at": at(8), "kind": "loss", "reporter": person})
    one, other = joined(merged(rows), ([*PAID, "phone:+86-x0"], ["account:CN/ICBK/other"]))
    assert bool(one == other) is (both == 4)


@pytest.mark.parametrize("traced", [False, True])
def test_wages_that_victims_pay_are_no_loss_where_the_loss_was_followed(traced):
    rows, firms = scene(), tuple(f"account:CN/CCB/v{k}" for k in range(6))
    rows["transfers"] += [pay(firm, "account:CN/ICBK/other", 5_000_00, at(3, k)) for k, firm in enumerate(firms)]
    told = (firms, tuple(PAID)) if traced else ()
    robber, employed = joined(merged(rows), (PAID, ["account:CN/ICBK/other"]), *told)
    assert bool(robber == employed) is not traced


def test_a_gang_with_callers_of_its_own_needs_no_others():
    one, other = joined(scene(own_callers=True), ([*PAID, "phone:+86-x0"], TALKED))
    assert one != other


CHAIN = ["address:tron/z0", "address:tron/z1"]


def on_chain(scattered: bool) -> Rows:
    """Victims also buy coins at a desk, each for an address of their own, and pay a gang's addresses from there."""
    rows = scene()
    rows["orders"] = []
    for k in range(4):
        wallet = f"address:tron/own{k}"
        order = {"account": f"account:CN/CCB/v{k}", "address": wallet, "user": f"person:desk/v{k}", "side": "buy"}
        rows["orders"].append({"occurred_at": at(5, k), **order})
        rows["transfers"].append(pay(wallet, CHAIN[k % 2], 10**6, at(5, k + 1)))
        rows["contacts"] += [call("phone:+86-x0", f"phone:+86-o{k}", 4, k + 8)] * scattered
    return merged(rows)


@pytest.mark.parametrize("scattered", [False, True])
def test_addresses_that_victims_paid_belong_to_their_callers_unless_two_gangs_called_them(scattered):
    groups = (PAID, TALKED, CHAIN, ["phone:+86-x0"])
    told = tuple(f"{purse}{k}" for purse in ("address:tron/own", "account:CN/CCB/v") for k in range(4))
    paid, talked, chain, _ = joined(on_chain(scattered), groups, told)
    assert paid == talked
    assert (chain == paid) is not scattered


def test_without_victims_or_calls_nothing_is_joined():
    rows = scene()
    for missing in ("reports", "contacts"):
        one, other = joined({name: part for name, part in rows.items() if name != missing}, (PAID, ["account:CN/CCB/v0"]))
        assert one != other


def chain(suppliers: int) -> Rows:
    """A gang's accounts order coins for its address, which pays hops; suppliers live on two gangs' addresses."""
    rows: Rows = {"transfers": [], "orders": []}
    for g in "ab":
        for k in range(4):
            rows["orders"].append(
                {
                    "occurred_at": at(5, k),
                    "account": f"account:CN/ICBK/{g}{k}",
                    "address": f"address:tron/{g}in",
                    "user": f"person:id/{g}{k}",
                    "side": "buy",
                }
            )
            rows["transfers"].append(pay(f"address:tron/{g}in", f"address:tron/{g}hop{k}", 10**6, at(6, k)))
    for s in range(suppliers):
        rows["transfers"] += [pay("address:tron/bin", f"address:tron/sold{s}", 7 * 10**5, at(7))]
        rows["transfers"] += [pay("address:tron/ain", f"address:tron/sold{s}", 3 * 10**5, at(7))]
    return merged(rows)


@pytest.mark.parametrize("suppliers", [0, 4])
def test_a_chain_belongs_to_those_who_bought_its_coins_whatever_it_sells(suppliers):
    index = build(chain(suppliers))
    ranking = rank(index, [])
    label = np.full(len(index), -1)
    for code in range(len(index)):
        name = index.entity(code)
        if name.startswith("account:"):
            label[code] = 0 if "/a" in name else 1
        elif name.startswith("address:"):
            label[code] = 3 if "/b" in name else 2  # the suppliers stand with gang a's chain
    after = join_fed(label, ranking.links, 0.4, np.zeros(4, np.bool_))
    assert after[index.code("address:tron/ain")] == after[index.code("account:CN/ICBK/a0")]
    assert after[index.code("address:tron/bin")] == after[index.code("account:CN/ICBK/b0")]
    assert after[index.code("address:tron/ain")] != after[index.code("address:tron/bin")]


@pytest.mark.parametrize("customers", [0, 60])
def test_coins_that_an_exchange_sells_are_nobody_s_who_cashed_out_there(customers):
    pool, sold = "address:tron/pool", [f"address:tron/sold{k}" for k in range(4)]
    rows: Rows = {"transfers": [pay("address:tron/gang", pool, 10**7, at(5)), pay(pool, sold[0], 10**6, at(6))]}
    rows["transfers"] += [pay(sold[0], to, 10**5, at(7)) for to in sold[1:]]
    rows["transfers"] += [pay(f"address:tron/other{k}", pool, 10**4, at(5)) for k in range(customers)]
    index = build(merged(rows))
    label = np.full(len(index), -1)
    label[index.code("address:tron/gang")] = 0
    label[[index.code(address) for address in sold]] = 1
    after = join_fed(label, rank(index, []).links, 0.4, np.zeros(2, np.bool_))
    assert bool(after[index.code(sold[0])] == after[index.code("address:tron/gang")]) is not bool(customers)


@pytest.mark.parametrize("traded", [False, True])
def test_coins_that_a_pool_gives_for_other_coins_are_no_income(traded):
    wash, pool = [f"address:evm/w{k}" for k in range(6)], "address:evm/pool"
    order = {"account": "account:CN/ICBK/a", "address": wash[0], "user": "person:id/a", "side": "buy"}
    rows: Rows = {"orders": [{"occurred_at": at(5), **order}], "transfers": [pay(wash[0], wash[1], 10**7, at(6))]}
    for k in range(1, 6):
        rows["transfers"] += [pay(wash[k], pool, 10**6, at(7, k))] * traded
        rows["transfers"] += [pay(pool, wash[k], 10**6, at(8, k)), pay(wash[k], wash[(k + 1) % 6], 10**5, at(9, k))]
    index = build(merged(rows))
    label = np.full(len(index), -1)
    label[index.code("account:CN/ICBK/a")] = 0
    label[[index.code(address) for address in wash]] = 1
    after = join_fed(label, rank(index, []).links, 0.4, np.zeros(2, np.bool_))
    assert bool(after[index.code(wash[0])] == after[index.code("account:CN/ICBK/a")]) is traded


def test_who_is_as_busy_as_a_pool_feeds_nobody_who_trades_there_though_suspected():
    wash, pool = [f"address:evm/w{k}" for k in range(6)], "address:evm/pool"
    order = {"account": "account:CN/ICBK/a", "address": wash[0], "user": "person:id/a", "side": "buy"}
    rows: Rows = {"orders": [{"occurred_at": at(5), **order}], "transfers": [pay(wash[0], wash[1], 10**7, at(6))]}
    rows["transfers"] += [pay(f"address:evm/o{k}", pool, 10**6, at(6)) for k in range(200)]
    rows["transfers"] += [
        pay("address:evm/gang", pool, 10**8, at(6)),
        pay("account:CN/CCB/v", "account:CN/ICBK/a", 10**6, at(4)),
    ]
    for k in range(1, 6):
        rows["transfers"] += [pay(wash[k], pool, 10**6, at(7, k)), pay(pool, wash[k], 10**6, at(8, k))]
        rows["transfers"].append(pay(wash[k], wash[(k + 1) % 6], 10**5, at(9, k)))
    index = build(merged(rows))
    label = np.full(len(index), -1)
    label[index.code("account:CN/ICBK/a")] = 0
    label[[index.code(address) for address in wash]] = 1
    label[[index.code(pool), index.code("address:evm/gang")]] = 2
    after = join_fed(label, rank(index, []).links, 0.4, np.zeros(3, np.bool_))
    assert after[index.code(wash[0])] == after[index.code("account:CN/ICBK/a")] != after[index.code(pool)]


@pytest.mark.parametrize("earns", [False, True])
def test_what_a_shared_launderer_brings_back_makes_nobody_with_victims_a_part_of_another(earns):
    rows: Rows = {"transfers": []}
    for k in range(4):
        rows["transfers"] += [
            pay(f"account:CN/CCB/v{k}", f"account:CN/ICBK/b{k}", 10**5, at(4)),
            pay(f"account:CN/ICBK/a{k}", "account:CN/ICBK/water", 10**6, at(5)),
            pay("account:CN/ICBK/water", f"account:CN/ICBK/b{k}", 9 * 10**5, at(6)),
        ]
    index = build(merged(rows))
    label = np.full(len(index), -1)
    for code in range(len(index)):
        name = index.entity(code)
        label[code] = -1 if "/v" in name else int("/b" in name)
    after = join_fed(label, rank(index, []).links, 0.4, np.array([False, earns]))
    assert bool(after[index.code("account:CN/ICBK/a0")] == after[index.code("account:CN/ICBK/b0")]) is not earns
