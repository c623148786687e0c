"""Incomes are shares of what is comparable: an asset without a price never counts for all."""

from __future__ import annotations

import numpy as np

from cutline.model.index import NULL
from cutline.risk.association.money import Incomes, MoneyConfig, crossroads, living_on, transit
from tests.risk.gangs import build, merged, pay
from tests.worlds import at


def test_an_asset_without_a_price_never_counts_for_all():
    wei, coin = "ethereum/native", "tron/coin"
    rows = [pay("account:CN/A/1", "account:CN/B/2", 100 * (k + 1), at(1, k)) for k in range(3)]
    rows += [{**pay("address:evm/1", "address:evm/2", 10**17 * (k + 1), at(2, k)), "asset": wei} for k in range(3)]
    rows += [{**pay("address:evm/3", "address:evm/2", 5, at(3)), "asset": coin}]
    index = build(merged({"transfers": rows}))
    table = index.tables["transfers"]
    table.columns["value"] = np.where(table.columns["asset"] == table.category("asset", "CNY"), table.columns["amount"], NULL)
    incomes = Incomes(index)
    assert incomes.value.tolist() == [100, 200, 300, 100, 200, 300, 200]
    assert incomes.received[index.code("address:evm/2")] == 800


def test_without_any_price_the_middle_transfer_is_one():
    rows = [pay("account:CN/A/1", "account:CN/B/2", amount, at(1, k)) for k, amount in enumerate((50, 100, 400))]
    index = build(merged({"transfers": rows}))
    index.tables["transfers"].columns["value"] = np.full(3, NULL)
    assert Incomes(index).value.tolist() == [0.5, 1.0, 4.0]


def test_what_passes_where_everybody_passes_says_nothing_of_whom_it_pays():
    def chain(payer: str, payee: str, k: int) -> dict[str, object]:
        return {**pay(f"address:tron/{payer}", f"address:tron/{payee}", 1000 + k, at(1 + k % 20, k % 24)), "asset": "tron/coin"}

    rows = [chain(f"in{k}", "bridge", k) for k in range(30)] + [chain("bridge", f"out{k % 12}", k) for k in range(36)]
    rows += [chain(f"victim{k}", "thief", k) for k in range(3)] + [chain("thief", "cold", k) for k in range(5)]
    index = build(merged({"transfers": rows}))
    marked = np.zeros(len(index), np.bool_)
    marked[[index.code("address:tron/bridge"), index.code("address:tron/thief")]] = True
    incomes, spared = Incomes(index), np.zeros(len(index), np.bool_)
    everybodys = crossroads(index, incomes, marked, MoneyConfig())
    assert [index.entity(int(k)) for k in np.flatnonzero(everybodys)] == ["address:tron/bridge"]
    found = living_on(index, incomes, marked & ~everybodys, spared, MoneyConfig())
    assert {f.subject for f in found} == {"address:tron/cold"}


def test_an_everyday_account_that_one_suspect_paid_thrice_is_not_accused_and_one_that_pays_nobody_is():
    rows = [pay("account:CN/A/thief", f"account:CN/B/{who}", 5_000, at(k)) for who in ("lived", "kept") for k in range(3)]
    rows += [pay("account:CN/B/lived", f"account:CN/C/{k}", 300, at(4 + k)) for k in range(8)]
    index = build(merged({"transfers": rows}))
    marked = np.zeros(len(index), np.bool_)
    marked[index.code("account:CN/A/thief")] = True
    found = living_on(index, Incomes(index), marked, np.zeros(len(index), np.bool_), MoneyConfig())
    assert {f.subject for f in found} == {"account:CN/B/kept"}


def desk_market(customers: int) -> Incomes:
    """A desk that eight suspects and some strangers pay for coins, and a shop that the same people pay for goods."""
    buyers = [f"account:CN/S/{k}" for k in range(8)] + [f"account:CN/C/{k}" for k in range(customers)]
    rows = [pay(who, to, 9_000, at(1, k)) for k, who in enumerate(buyers) for to in ("account:CN/A/desk", "account:CN/A/shop")]
    rows += [pay(f"account:CN/W/{k}", "account:CN/A/shop", 9_000, at(2)) for k in range(30)]
    bought = {"side": "buy", "asset": "t/usdt", "amount": 500, "currency": "CNY"}
    orders = [{"occurred_at": at(1, k), "account": who, "address": f"address:t/{k}", **bought} for k, who in enumerate(buyers)]
    return Incomes(build(merged({"transfers": rows, "orders": orders})))


def test_a_desk_is_public_from_a_few_strangers_on_and_a_gangs_own_never_is():
    for customers, expected in ((12, True), (3, False)):
        incomes = desk_market(customers)
        (desk,) = np.flatnonzero(incomes.desk)
        assert incomes.payers[desk] == 8 + customers
        suspects = np.where(incomes.payers > 0, 8, 0)
        assert bool(incomes.public(suspects, MoneyConfig())[desk]) is expected


def test_a_hot_wallet_that_suspects_fill_most_is_no_suspect_and_who_only_stood_between_is():
    coin = {"asset": "tron/coin", "rail": "chain"}
    moves = [("start", "thief", 0), ("thief", "deposit", 1), ("deposit", "hot", 2), ("thief", "hop", 3)]
    rows = [{**pay(f"address:tron/{a}", f"address:tron/{b}", 90_000, at(1, hour)), **coin} for a, b, hour in moves]
    rows += [{**pay(f"address:tron/c{k}", "address:tron/hot", 100, at(1, k)), **coin} for k in range(12)]
    index = build(merged({"transfers": rows}))
    marked = np.zeros(len(index), np.bool_)
    marked[[index.code(f"address:tron/{name}") for name in ("start", "thief", "deposit")]] = True
    found = transit(index, Incomes(index), marked, np.zeros(len(index), np.bool_), MoneyConfig())
    assert {f.subject for f in found} == {"address:tron/hop"}
