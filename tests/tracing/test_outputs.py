"""Bitcoin's transactions on the way of stolen money: value passes them, in order, to the unit; they are nobody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from cutline.model.evidence import Ending
from cutline.tracing import (
    Policy,
    ReportedPayment,
    Seed,
    Stolen,
    build_ledgers,
    resolve,
    stop_list,
    trace,
)
from tests.worlds import at, world

COIN = "bitcoin/native"


def address(name: str) -> str:
    return f"address:bitcoin/{name}"


def node(name: str) -> str:
    return f"transaction:bitcoin/{name}"


def transaction(minute: float, name: str, ins: list[tuple[str, int]], outs: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """What the reader makes of one transaction; what the outputs leave over is the fee."""
    usual = {"occurred_at": at(1, minutes=minute), "asset": COIN, "rail": "chain", "transaction_id": name}
    rows = [
        usual | {"event_id": f"{name}/in/{k:06d}", "payer": address(a), "payee": node(name), "amount": v}
        for k, (a, v) in enumerate(ins)
    ]
    rows += [
        usual | {"event_id": f"{name}/out/{k:06d}", "payer": node(name), "payee": address(a), "amount": v}
        for k, (a, v) in enumerate(outs)
    ]
    fee = sum(v for _, v in ins) - sum(v for _, v in outs)
    if fee:
        paid = {"event_id": f"{name}/out/fees", "payer": node(name), "payee": node(f"fees/{'b' * 64}"), "amount": fee}
        rows.append(usual | paid)
    return rows


def carried(rows: list[dict[str, Any]], seeds: dict[str, int], policy: Policy) -> dict[str, int]:
    """Follow stolen amounts in events by id, and say what of it lies where."""
    ledgers = build_ledgers(world(transfers=rows))
    where = {e: k for k, e in enumerate(ids(rows))}
    told = trace(ledgers, [Stolen(where[e], amount) for e, amount in seeds.items()], policy)
    return {t.entity.rpartition("/")[2] if "fees" not in t.entity else "fees": t.amount_minor for t in told.terminals}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """Give the event ids in the index's order."""
    return [r["event_id"] for r in sorted(rows, key=lambda r: (r["occurred_at"], r["event_id"]))]


MIXED = [
    *transaction(0, "t1", [("victim", 30)], [("thief", 30)]),
    *transaction(1, "t2", [("thief", 30), ("other", 70)], [("x", 25), ("y", 65)]),
]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.FIFO, {"x": 25, "y": 5}),
        (Policy.LIFO, {"y": 20, "fees": 10}),
        (Policy.TAINTED_FIRST, {"x": 25, "y": 5}),
        (Policy.HAIRCUT, {"x": 7, "y": 19, "fees": 4}),
    ],
)
def test_how_a_transaction_divides_the_money_follows_from_the_order_of_inputs_and_outputs(
    policy: Policy, expected: dict[str, int]
) -> None:
    assert carried(MIXED, {"t1/out/000000": 30}, policy) == expected


def test_transactions_of_one_block_follow_each_other_whatever_their_hashes() -> None:
    rows = [
        *transaction(0, "z1", [("victim", 30)], [("thief", 30)]),
        *transaction(0, "y2", [("thief", 30)], [("second", 30)]),
        *transaction(0, "x3", [("second", 30)], [("last", 20), ("rest", 10)]),
    ]
    assert carried(rows, {"z1/out/000000": 30}, Policy.FIFO) == {"last": 20, "rest": 10}


def test_change_comes_back_to_the_address_that_paid() -> None:
    rows = [
        *transaction(0, "t1", [("victim", 30)], [("thief", 30)]),
        *transaction(1, "t2", [("thief", 30)], [("x", 10), ("thief", 20)]),
        *transaction(2, "t3", [("thief", 20)], [("y", 20)]),
    ]
    assert carried(rows, {"t1/out/000000": 30}, Policy.FIFO) == {"x": 10, "y": 20}


def test_nobody_is_asked_to_stop_a_fee_and_no_transaction_is_an_ending() -> None:
    ledgers = build_ledgers(world(transfers=MIXED))
    told = trace(ledgers, [Stolen(ids(MIXED).index("t1/out/000000"), 30)], Policy.LIFO)
    lines = {line.entity: line for line in stop_list(told, at(1, minutes=1) + timedelta(hours=1))}
    fees = lines[node(f"fees/{'b' * 64}")]
    assert (fees.how, fees.chance, fees.institution) == (Ending.RESIDUAL, 0.0, COIN)
    assert list(lines)[-1] == fees.entity
    assert not {t.entity for t in told.terminals} & {node("t1"), node("t2")}


def test_a_report_that_names_the_hash_starts_at_what_came_out(tmp_path: object) -> None:
    rows = [*transaction(0, "t1", [("victim", 50), ("victim", 40)], [("thief", 60), ("victim", 28)])]
    ledgers = build_ledgers(world(transfers=rows))
    order = ids(rows)
    found = {"t1": [k for k, e in enumerate(order) if e.startswith("t1/")]}

    def start(**said: Any) -> list[tuple[str, int]]:
        usual: dict[str, Any] = {"time": None, "amount_minor": None, "currency": "", "from_": "", "to": "", "reference": "t1"}
        resolved = resolve(ledgers, [Seed("r", (ReportedPayment(**usual | said),))], lambda _: found)
        return [(order[p.stolen.row], p.stolen.amount_minor) for p in resolved.payments]

    expected = [("t1/out/000000", 60)]
    assert start() == start(from_=address("victim")) == start(to=address("thief")) == expected
    assert start(from_=address("victim"), to=address("thief"), amount_minor=60) == expected
    assert np.sum([amount for _, amount in start()]) == 60
