"""Stolen money across rails: what a desk gives for a suspect's payment is theirs; what may be a customer's is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from cutline.graph.index import Index
from cutline.risk.association import StolenFlow, associate
from tests.risk.gangs import build, merged, no_losses, pay
from tests.risk.test_association import stolen
from tests.worlds import at

FIRST = "address:t/first"


def coins(payer: str, payee: str, amount: int, when: datetime) -> dict[str, Any]:
    return {"occurred_at": when, "payer": payer, "payee": payee, "amount": amount, "asset": "t/usdt", "rail": "chain"}


def desk_world(*more: dict[str, Any]) -> Index:
    """A victim pays a mule, who pays a desk that serves a dozen others; half an hour later it gives coins to an address."""
    moves = [pay("account:B/victim", "account:B/mule", 10_000_00, at(2))]
    moves += [pay("account:B/mule", "account:B/desk", 9_900_00, at(3))]
    moves += [coins("address:t/desk", FIRST, 1_400, at(3, 0, 30)), coins(FIRST, "address:t/second", 1_400, at(3, 2))]
    for k in range(12):
        moves += [pay(f"account:B/o{k}", "account:B/desk", (500 + 37 * k) * 100, at(4, k))]
        moves += [coins("address:t/desk", f"address:t/o{k}", 70 + 5 * k, at(4, k, 20))]
    return build(merged({"transfers": [*moves, *more]}))


def followed(index: Index, *, victims_own: bool = False) -> StolenFlow:
    """The loss as it is followed: over the desk, where the payment and the coins are two halves of one exchange."""
    flow = stolen(
        index,
        (0, "account:B/victim", "account:B/mule", 10_000_00),
        (0, "account:B/mule", "account:B/desk", 9_900_00),
        (0, "address:t/desk", FIRST, 1_400),
        (0, FIRST, "address:t/second", 1_400),
    )
    flow = replace(flow, loss=np.array([10_000_00, *[9_900_00] * 3], np.int64))
    flow.paid[2] = flow.row[1]
    if victims_own:  # the victim bought the coins, and the report tells of that payment
        flow = StolenFlow(*(getattr(flow, name)[1:] for name in StolenFlow.__slots__))
        flow.depth[:] = [1, 2, 3]
    return flow


def told(index: Index, flow: StolenFlow) -> set[str]:
    return {one.subject for one in associate(index, [], flow) if one.typology == "stolen-money"}


def test_what_a_desk_gives_for_a_suspects_payment_is_followed_and_its_other_customers_are_clear():
    index = desk_world()
    flow = followed(index)
    assert told(index, flow) == {"account:B/mule", FIRST, "address:t/second"}
    said = next(one for one in associate(index, [], flow) if one.subject == FIRST and one.typology == "stolen-money")
    assert "in exchange for what a suspect paid" in said.reason_en
    assert "兑换" in said.reason_zh
    cited = index.cite("transfers", flow.row[1:3])
    assert set(cited) <= set(said.citations)  # both halves: the yuan and the coins


def test_coins_that_may_be_a_customers_who_paid_as_much_accuse_nobody():
    beside = pay("account:B/o1", "account:B/desk", 9_890_00, at(3, 0, 5))
    index = desk_world(beside)
    assert told(index, followed(index)) == {"account:B/mule"}


def test_a_customer_who_paid_another_amount_or_later_leaves_no_doubt():
    others = [
        pay("account:B/o1", "account:B/desk", 5_000_00, at(3, 0, 5)),
        pay("account:B/o2", "account:B/desk", 9_900_00, at(3, 1)),
    ]
    index = desk_world(*others)
    assert FIRST in told(index, followed(index))


def test_coins_of_which_several_could_be_meant_and_those_a_victim_bought_accuse_nobody():
    index = desk_world()
    unsure = followed(index)
    unsure.paid[:] = -1
    assert told(index, unsure) == {"account:B/mule"}
    bought = followed(index, victims_own=True)
    assert FIRST not in told(index, bought)


def test_no_losses_tell_nothing():
    assert told(desk_world(), no_losses()) == set()
