"""Fees: who pays those of suspects' addresses, whom that made ready, who stood between suspects, and what a swap is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutline.graph.index import Index
from cutline.risk.association.fees import Fees, fees
from cutline.risk.association.money import Incomes, MoneyConfig, between
from tests.risk.gangs import build, merged, pay
from tests.worlds import at

COIN, OWN = "ethereum/coin", "ethereum/native"


def moved(payer: str, payee: str, amount: int, day: float, asset: str = COIN) -> dict[str, Any]:
    return {**pay(f"address:evm/{payer}", f"address:evm/{payee}", amount, at(day)), "asset": asset}


def marked(index: Index, *names: str) -> np.ndarray:
    out = np.zeros(len(index), np.bool_)
    out[[index.code(f"address:evm/{name}") for name in names]] = True
    return out


def fee_world() -> list[dict[str, Any]]:
    """One pays the fees of four of the gang's addresses and readies two; an exchange pays those of everybody."""
    rows = [moved("funder", f"gang{k}", 5, 1 + k, OWN) for k in range(4)]
    rows += [moved(f"v{k}", f"gang{k % 4}", 900, 6 + k) for k in range(8)]
    rows += [moved("funder", "fresh", 5, 7, OWN), moved("funder", "lived", 5, 7, OWN), moved("stranger", "lived", 700, 9)]
    rows += [moved("gang0", "fresh", 600, 12)]
    rows += [moved("exchange", f"gang{k}", 5, 0.5 + k, OWN) for k in range(3)]
    rows += [moved("exchange", f"o{k}", 5, 2, OWN) for k in range(20)] + [moved(f"o{k}", "shop", 50, 5) for k in range(20)]
    return rows


def test_who_pays_suspects_fees_and_whom_they_made_ready_are_named_and_an_exchange_is_not():
    index = build(merged({"transfers": fee_world()}))
    suspects = marked(index, *(f"gang{k}" for k in range(4)))
    incomes = Incomes(index)
    found = fees(index, incomes, Fees(index, incomes), suspects, np.zeros(len(index), np.bool_))
    named = {(one.typology, one.subject) for one in found}
    assert named == {("pays-suspects-fees", "address:evm/funder"), ("fees-from-suspects", "address:evm/fresh")}
    assert all(one.citations and one.reason_en and one.reason_zh for one in found)


def test_fees_of_two_suspects_say_nothing():
    index = build(merged({"transfers": fee_world()}))
    incomes = Incomes(index)
    assert not fees(index, incomes, Fees(index, incomes), marked(index, "gang0", "gang1"), np.zeros(len(index), np.bool_))


@pytest.mark.parametrize("last", ["second", "faced"])
def test_a_layer_between_suspects_is_named_and_an_unheard_victim_between_desk_and_thief_is_not(last: str):
    rows = [moved("first", "between", 500, 1), moved("between", last, 500, 2)]
    rows += [moved("first", "mixed", 500, 1), moved("stranger", "mixed", 500, 1), moved("mixed", "second", 900, 2)]
    index = build(merged({"transfers": rows}))
    suspects, nobody = marked(index, "first", last, *(["second"] if last == "faced" else [])), np.zeros(len(index), np.bool_)
    faced = marked(index, "faced") if last == "faced" else nobody
    found = between(index, Incomes(index), (suspects, nobody, faced), MoneyConfig())
    assert [one.subject for one in found] == (["address:evm/between"] if last == "second" else [])


def test_what_comes_back_in_another_coin_of_the_same_worth_is_no_income():
    rows = [moved("thief", "layer", 1000, 1), moved("layer", "pool", 1000, 2), moved("pool", "layer", 990, 2, "ethereum/other")]
    rows += [moved("layer", "bridge", 990, 3, "ethereum/other"), moved("bridge", "layer", 980, 3.05)]
    rows += [moved("layer", "friend", 100, 4), moved("friend", "layer", 100, 4.01)]
    index = build(merged({"transfers": rows}))
    index.tables["transfers"].columns["value"] = index.tables["transfers"].columns["amount"]
    received = Incomes(index).received
    assert received[index.code("address:evm/layer")] == 1100
    assert received[index.code("address:evm/pool")] == received[index.code("address:evm/bridge")] == 0
