"""Incomes are shares of what is comparable: an asset without a price never counts for all."""

from __future__ import annotations

import numpy as np

from cutline.model.index import NULL
from cutline.risk.association.money import Incomes, MoneyConfig, crossroads, living_on
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
