"""What an officer is told of coins on chains: bare exports of transfers and calls, lists of tokens, sweeps of Bitcoin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cutline.model.assets import take_decimals
from tests.cli.desks import CLEAR, DAY, Desk

VICTIM, THIEF, POOL, ROUTER, NEXT, LP = ("0x" + pair * 20 for pair in ("11", "22", "33", "44", "55", "66"))
USDT, WETH = "0xdAC17F958D2ee523a2206206994597C13D831ec7", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
GOLD = "0x" + "77" * 20
START = 1_773_108_000
"""10:00 on the story's day, UTC+8."""

TOKENS = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number,block_timestamp\n"
CALLS = ",".join(
    "block_number block_timestamp transaction_hash from_address to_address value".split()
    + "trace_type call_type trace_address error status\n".split(" ")
)


@pytest.fixture(autouse=True)
def _nothing_told():
    yield
    take_decimals({})


def tx(k: int) -> str:
    return f"0x{k:064x}"


def moved(k: int, place: int, token: str, payer: str, payee: str, value: int) -> str:
    """One row of token_transfers: in the k-th transaction, a minute each."""
    return f"{token},{payer},{payee},{value},{tx(k)},{place},{k},{START + 60 * k}\n"


def called(k: int, path: str, payer: str, payee: str, value: int, error: str = "") -> str:
    """One call of a transaction that moved ether, or would have."""
    return f'{k},{START + 60 * k},{tx(k)},{payer},{payee},{value},call,call,"{path}",{error},{0 if error else 1}\n'


def robbed(folder: Path, currency: str, amount: str, reference: str) -> Desk:
    desk = Desk(folder)
    payment = {"time": DAY + "10:01:00+08:00", "amount": amount, "currency": currency, "reference": reference}
    report = {
        "report_id": "RPT1",
        "kind": "loss",
        "received_at": DAY + "12:00:00+08:00",
        "reporter": "v1",
        "payments": [payment],
    }
    desk.deliver("police", "12:01:00+08:00", {"reports.jsonl": json.dumps(report) + "\n"})
    return desk


def test_bare_transfers_and_calls_tell_where_swapped_coins_are_and_a_list_what_they_are_worth(tmp_path: Path) -> None:
    """1,000 dollars: 600 became ether through a router that pays in ether, 400 became a token that only a list knows."""
    desk = robbed(tmp_path, f"ethereum/{USDT}", "1000", tx(1))
    rows = [
        moved(1, 0, USDT, VICTIM, THIEF, 1_000_000_000),
        moved(2, 0, USDT, THIEF, POOL, 600_000_000),
        moved(2, 1, WETH, POOL, ROUTER, 3 * 10**17),
        moved(3, 0, USDT, THIEF, LP, 400_000_000),
        moved(3, 1, GOLD, LP, THIEF, 2_500_000_000),
        moved(5, 0, GOLD, THIEF, NEXT, 1_500_000_000),
    ]
    calls = [
        called(2, "0", WETH, ROUTER, 3 * 10**17),
        called(2, "1", ROUTER, THIEF, 3 * 10**17),
        called(4, "0", THIEF, NEXT, 3 * 10**17, "Reverted"),
    ]
    tokens = f"address,symbol,decimals\n{GOLD},GOLD,9\n"
    prices = f"asset,time,currency,price\nethereum/{GOLD},2026-03-01T00:00:00Z,CNY,1000\n"
    files = {"token_transfers.csv": TOKENS + "".join(rows), "traces.csv": CALLS + "".join(calls), "tokens.csv": tokens}
    desk.deliver("node", "13:00:00+08:00", files, chain="ethereum")
    desk.deliver("market", "13:01:00+08:00", {"prices.csv": prices})
    desk.ask("run", "--json")
    one = desk.trace()
    where = {(t["entity"].lower()[-6:], t["amount"], t["loss_minor"]) for t in one["terminals"]}
    gold = f"ethereum/{GOLD}"
    assert where == {
        (THIEF[-6:], "0.30 ETH", 600_000_000),
        (NEXT[-6:], f"1.50 {gold}", 240_000_000),
        (THIEF[-6:], f"1.00 {gold}", 160_000_000),
    }
    (told,) = [t for t in one["totals"] if t["asset"] == gold]
    assert (told["worth"], told["decimals_by"].endswith("of node, 2026-03-10")) == ("¥2,500.00", True)
    assert {(s["looked_at"], s["of"]) for s in one["searched"] if s["what"].startswith("swaps")} == {(2, 2)}
    assert "decimals of" in desk.ask("trace", "RPT1", *CLEAR)


def output(address: str, coins: float) -> dict[str, Any]:
    return {"scriptpubkey_address": address, "value": round(coins * 100_000_000)}


def spent(k: int, paid: list[dict[str, Any]], got: list[dict[str, Any]]) -> str:
    """One transaction as Esplora gives it, each input from an output of its own."""
    ins = [{"txid": f"{900 + 10 * k + n:064x}", "vout": 0, "prevout": one, "is_coinbase": False} for n, one in enumerate(paid)]
    fee = sum(one["value"] for one in paid) - sum(one["value"] for one in got)
    status = {"confirmed": True, "block_height": k, "block_hash": f"{k:064x}", "block_time": START + 60 * k}
    return json.dumps({"txid": f"{k:064x}", "vin": ins, "vout": got, "fee": fee, "status": status})


def test_a_sweep_of_bitcoin_is_told_as_a_hypothesis_beside_the_trail(tmp_path: Path) -> None:
    victim, deposit, other, hot = (
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX",
        "1FeexV6bAHb8ybZjqQMjJrcCrHGW9sb6uF",
    )
    desk = robbed(tmp_path, "bitcoin/native", "1", f"{1:064x}")
    lines = [
        spent(1, [output(victim, 1.001)], [output(deposit, 1)]),
        spent(2, [output(deposit, 1), output(other, 2)], [output(hot, 2.999)]),
    ]
    desk.deliver("esplora", "13:00:00+08:00", {"txs.json": "\n".join(lines) + "\n"}, chain="bitcoin")
    tags = f"entity,tag,list,from,to\naddress:bitcoin/{hot},exchange,known,2026-01-01,\n"
    desk.deliver("lists", "13:01:00+08:00", {"tags.csv": tags})
    desk.ask("run", "--json")
    one = desk.trace()
    assert ("exchange", f"address:bitcoin/{hot}") in {(t["how"], t["entity"]) for t in one["terminals"]}
    (may,) = one["hypotheses"]
    assert (may["entity"], may["keeper"], may["why"]) == (f"address:bitcoin/{deposit}", f"address:bitcoin/{hot}", "swept")
    assert may["citations"]
