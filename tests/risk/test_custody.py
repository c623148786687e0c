"""An exchange is known by its customers' deposit addresses; a gang's collecting address is not one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.risk.custody import keeps_for_many
from tests.risk.gangs import build, merged, pay
from tests.worlds import at

HOT = "address:tron/hot"


def sends(payer: str, payee: str, day: int, hour: int = 0) -> dict[str, object]:
    return {**pay(f"address:tron/{payer}", f"address:tron/{payee}", 1_000_000, at(day, hour)), "rail": "chain"}


def exchange(customers: int) -> dict[str, list[dict[str, object]]]:
    """Every customer fills a deposit address, which is swept; another person withdraws."""
    rows = []
    for k in range(customers):
        rows += [sends(f"own{k}", f"deposit{k}", d, k % 24) for d in (1, 3)]
        rows += [sends(f"deposit{k}", "hot", d, k % 24) for d in (2, 4)]
        rows.append(sends("hot", f"wallet{k}", 5, k % 24))
    return {"transfers": rows}


def collecting(hops: int) -> dict[str, list[dict[str, object]]]:
    """Two collecting addresses feed many hops, all of which pay one cold address, which pays a few exchanges."""
    rows = []
    for k in range(hops):
        rows += [sends(f"collect{k % 2}", f"hop{k}", 1, k % 24), sends(f"hop{k}", "cold", 2, k % 24)]
    return {"transfers": rows + [sends("cold", f"out{k}", 3) for k in range(hops)]}


def keepers(rows: dict[str, list[dict[str, object]]]) -> set[str]:
    index = build(merged(rows))
    return {index.entity(int(code)) for code in np.flatnonzero(keeps_for_many(index))}


def test_an_exchange_is_known_by_its_customers():
    assert keepers(exchange(12)) == {HOT}


def test_few_customers_say_nothing():
    assert keepers(exchange(4)) == set()


def test_a_gangs_collecting_address_keeps_for_nobody():
    assert keepers(collecting(12)) == set()


def test_without_transfers_nobody_does():
    assert keepers({"transfers": [pay("account:CN/A/1", "account:CN/B/1", 100, at(1))]}) == set()


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(36)))
def test_the_order_of_rows_changes_nothing(order):
    rows = exchange(6)["transfers"] + collecting(6)["transfers"]
    assert keepers({"transfers": [rows[k] for k in order if k < len(rows)] + rows[36:]}) == {HOT}
