"""Feeding: who passes strangers' money to suspects, delivers to them alone, or tried their accounts; and who only looks so."""

from __future__ import annotations

from typing import Any

from cutline.risk.association import associate
from tests.risk.gangs import Rows, build, finding, merged, no_losses, pay, tie
from tests.worlds import at


def named(rows: Rows, *suspects: str, kind: str) -> set[str]:
    """Whom one kind of association names, where some entities are suspect."""
    index = build(rows)
    accused = [finding(index, one, (), "transfers") for one in suspects]
    return {one.subject for one in associate(index, accused, no_losses()) if one.typology == kind}


def opened(account: str, day: float) -> dict[str, Any]:
    return {"occurred_at": at(-60), "entity": account, "attribute": "opened_at", "value": "then", "valid_from": at(day)}


def feeding(mule: str, day: float = 0) -> list[dict[str, Any]]:
    rows = [pay(f"account:A/v{k}", mule, 9_000_00, at(2 + 3 * k)) for k in range(2)]
    return rows + [pay(mule, "account:B/launderer", 8_700_00, at(4 + 3 * k + day)) for k in range(2)]


def feeders_world() -> Rows:
    """A slow mule; one opened years ago; a victim who lives on the account; and one whose own savings went the same way."""
    transfers = feeding("account:B/mule") + feeding("account:B/old") + feeding("account:B/victim")
    transfers += [pay("account:B/victim", f"account:A/shop{k}", 90_00, at(5, k)) for k in range(3)]
    transfers += [pay("account:B/own", "account:B/safe", 9_000_00, at(2 + k)) for k in range(2)]
    transfers += [pay("account:B/safe", "account:B/launderer", 8_900_00, at(3 + k)) for k in range(2)]
    young = [opened(f"account:B/{name}", -30) for name in ("mule", "victim", "safe")] + [opened("account:B/old", -900)]
    ties = [tie("person:b/s", f"account:B/{name}", "owns") for name in ("own", "safe")]
    return merged({"transfers": transfers, "facts": young, "ties": ties})


def test_a_slow_mule_is_named_and_neither_a_victim_nor_an_old_account_nor_own_savings_are():
    assert named(feeders_world(), "account:B/launderer", kind="passes-to-suspects") == {"account:B/mule"}


def deliveries(desk: str, *customers: str) -> list[dict[str, Any]]:
    coin = {"asset": "tron/usdt", "rail": "chain", "amount": 500, "payer": f"address:tron/{desk}"}
    return [{"occurred_at": at(3, k), "payee": f"address:tron/{to}", **coin} for k, to in enumerate(customers)]


def test_a_desk_that_delivers_to_suspects_alone_is_named_and_one_that_serves_others_or_a_victim_is_not():
    gang = ["a", "b", "c", "a", "b"]
    transfers = deliveries("desk", *gang) + deliveries("lawful", *gang, *"uvwxyz") + deliveries("victim", "a", "a")
    rows = merged({"transfers": transfers})
    suspects = [f"address:tron/{one}" for one in "abc"]
    assert named(rows, *suspects, kind="passes-to-suspects") == {"address:tron/desk"}


def test_a_desk_where_more_strangers_order_than_suspects_is_not_named_however_little_they_buy():
    bought = {"side": "buy", "asset": "tron/usdt", "amount": 5, "currency": "CNY"}
    suspects = [f"address:tron/{one}" for one in "abc"]

    def world(strangers: str) -> Rows:
        small = [{**row, "amount": 5} for row in deliveries("desk", *strangers)]
        orders = [{"occurred_at": at(2), "address": f"address:tron/{one}", **bought} for one in "abc" + strangers]
        return merged({"transfers": deliveries("desk", *"abcab") + small, "orders": orders})

    assert named(world("uvwx"), *suspects, kind="passes-to-suspects") == set()
    assert named(world("uv"), *suspects, kind="passes-to-suspects") == {"address:tron/desk"}


def trials_world() -> Rows:
    """A mule's everyday account tries the new one; a bank proves everybody's account with a cent; a friend pays later."""
    transfers = [pay("account:A/everyday", "account:B/mule", 10_00, at(1))]
    transfers += [pay("account:A/friend", "account:B/mule", 60_00, at(4))]
    transfers += [pay("account:A/bank", f"account:B/{name}", 1, at(1, 1)) for name in ("second", "x", "y")]
    transfers += [pay("account:A/v", f"account:B/{name}", 9_000_00, at(3)) for name in ("mule", "second", "x", "y")]
    ties = [tie(f"person:a/{name}", f"account:A/{name}", "owns") for name in ("everyday", "friend", "bank")]
    ties += [tie(f"person:b/{name}", f"account:B/{name}", "owns") for name in ("mule", "second")]
    return merged(
        {"transfers": transfers, "ties": ties, "facts": [opened(f"account:B/{n}", -9) for n in ("mule", "second", "x", "y")]}
    )


def test_who_tried_a_suspects_new_account_is_named_and_who_proves_everybody_s_is_not():
    suspects = ("account:B/mule", "account:B/second")
    assert named(trials_world(), *suspects, kind="tried-suspect-account") == {"person:a/everyday"}
