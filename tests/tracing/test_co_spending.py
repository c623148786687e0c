"""Hypotheses of who keeps an address of Bitcoin: told as such, never from a coinjoin, and no path ends by them."""

import pytest

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, build_ledgers, mark, trace
from cutline.tracing.co_spending import SPENT_TOGETHER, SWEPT, suspect_keepers
from tests.tracing.ledgers_by_hand import transfer
from tests.worlds import at, world

COIN = "bitcoin/native"


def btc(name):
    return f"address:bitcoin/{name}"


def tx(name, minute, paid, got):
    """One transaction: inputs and outputs as {address: satoshis}; what is missing is the fee."""
    node = f"transaction:bitcoin/{name}"
    rows = [transfer(minute, btc(who), node, amount, COIN) for who, amount in paid.items()]
    rows += [transfer(minute, node, btc(who), amount, COIN) for who, amount in got.items()]
    fee = sum(paid.values()) - sum(got.values())
    return [*rows, *([transfer(minute, node, "transaction:bitcoin/fees/7", fee, COIN)] if fee else [])]


def told(*transactions, exchanges=("hot",), of=("deposit",)):
    rows = [{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(row for rows in transactions for row in rows)]
    tags = [{"occurred_at": at(1), "entity": btc(who), "tag": "exchange", "list": "x"} for who in exchanges]
    ledgers = build_ledgers(world(transfers=rows, tags=tags))
    marks = mark(ledgers)
    found = suspect_keepers(ledgers, marks, [btc(who) for who in of])
    return ledgers, marks, [(h.entity, h.keeper, h.why, h.transactions) for h in found]


THEFT = tx("t0", 0, {"victim": 1000}, {"deposit": 990})
OTHER = tx("t1", 1, {"someone": 500}, {"deposit2": 490})
SWEEP = tx("t2", 9, {"deposit": 990, "deposit2": 490}, {"hot": 1470})


def test_an_address_that_is_spent_together_with_an_exchanges_may_be_the_exchanges():
    sweep = tx("t2", 9, {"deposit": 990, "hot2": 5000}, {"cold": 5980})
    found = told(THEFT, sweep, exchanges=("hot2",))[2]
    assert found == [(btc("deposit"), btc("hot2"), SPENT_TOGETHER, 1)]


def test_an_address_of_which_all_is_swept_to_an_exchange_may_be_a_deposit_address():
    ledgers, marks, found = told(THEFT, OTHER, SWEEP)
    assert found == [(btc("deposit"), btc("hot"), SWEPT, 1)]
    t = trace(ledgers, [Stolen(1, 990)], Policy.FIFO, landmarks=marks)
    assert [(x.entity, x.how) for x in t.terminals if x.loss_minor > 100] == [(btc("hot"), Ending.EXCHANGE)]


def test_who_pays_an_exchange_alone_or_keeps_change_is_no_deposit_address():
    assert told(THEFT, tx("t2", 9, {"deposit": 990}, {"hot": 980}))[2] == []
    assert told(THEFT, OTHER, tx("t2", 9, {"deposit": 990, "deposit2": 490}, {"hot": 970, "change": 500}))[2] == []
    elsewhere = tx("t3", 20, {"deposit": 50, "deposit2": 40}, {"shop": 80})
    assert told(THEFT, OTHER, SWEEP, elsewhere)[2] == []


@pytest.mark.parametrize("equal", [2, 3, 6])
def test_nothing_follows_from_a_coinjoin(equal):
    mixed = tx(
        "t2",
        9,
        {"deposit": 990, "hot2": 5000, **{f"p{k}": 700 for k in range(equal)}},
        {f"fresh{k}": 600 for k in range(equal)} | {"change": 4000},
    )
    found = told(THEFT, mixed, exchanges=("hot2",))[2]
    assert bool(found) is (equal < 3)


def test_what_was_once_mixed_is_no_deposit_address_though_all_else_was_swept():
    mixed = tx("t3", 20, {"deposit": 700, "a": 700, "b": 700}, {"x": 650, "y": 650, "z": 650})
    assert told(THEFT, OTHER, SWEEP, mixed)[2] == []


def test_nothing_follows_from_what_paid_nobody_that_is_known():
    """Whose outputs were not delivered, or are all worth nothing."""
    untold = [transfer(9, btc(who), "transaction:bitcoin/t2", 990, COIN) for who in ("deposit", "deposit2")]
    assert told(THEFT, OTHER, untold)[2] == []
    nothing = [*untold, transfer(9, "transaction:bitcoin/t2", btc("memo"), 0, COIN)]
    assert told(THEFT, OTHER, nothing)[2] == []


def test_nothing_is_said_of_chains_of_accounts():
    rows = [transfer(1, "address:tron/a", "address:tron/hot", 5, "tron/native", event_id="e0")]
    ledgers = build_ledgers(world(transfers=rows))
    assert suspect_keepers(ledgers, mark(ledgers), ["address:tron/a", "address:tron/nobody"]) == ()
