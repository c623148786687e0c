"""USDT is asked of whoever can freeze it: the exchange under its name, with what it knows its customer by, or the issuer."""

from __future__ import annotations

import json
from pathlib import Path

from cutline.model.identifiers.checksums import base58check_encode
from tests.cli.desks import CLEAR, DAY, Desk

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
VICTIM, MULE, DEPOSIT, HOT, OTHER = (base58check_encode(b"\x41" + bytes([k] * 20)) for k in range(1, 6))
STAMP = 1_773_108_000_000  # 2026-03-10T02:00:00Z


def moved(number: int, minute: int, payer: str, payee: str, amount: int) -> str:
    token = {"symbol": "USDT", "address": USDT, "decimals": 6, "name": "Tether USD"}
    said = {"transaction_id": f"{number:02d}" * 32, "token_info": token, "type": "Transfer", "value": str(amount * 1_000_000)}
    return json.dumps(said | {"block_timestamp": STAMP + 60_000 * minute, "from": payer, "to": payee})


def desk_of(folder: Path) -> Desk:
    """A victim's 1,000 USDT: 600 came to an exchange's deposit address and were swept on, 400 lie still."""
    desk = Desk(folder)
    chain = [
        moved(1, 0, VICTIM, MULE, 1_000),
        moved(2, 5, MULE, DEPOSIT, 600),
        moved(3, 9, DEPOSIT, HOT, 600),
        moved(4, 20, OTHER, HOT, 1),
    ]
    desk.deliver("explorer", "10:30:00+08:00", {"rows.json": "\n".join(chain) + "\n"})
    report = {
        "report_id": "RPT1",
        "kind": "loss",
        "received_at": DAY + "10:20:00+08:00",
        "reporter": "v1",
        "payments": [{"reference": "01" * 32}],
    }
    tags = f"entity,tag,list,from,to,note\naddress:tron/{HOT},exchange,chain-labels,2026-01-01,,Coinbay\n"
    desk.deliver("police", "10:31:00+08:00", {"reports.jsonl": json.dumps(report) + "\n", "tags.csv": tags})
    return desk


def test_an_exchange_is_asked_with_the_customers_memo_and_the_issuer_for_what_lies_still(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    asked = (
        "requests",
        "prepare",
        "RPT1",
        "--authority",
        "PSB",
        "--reason",
        "the victim called",
        "--at",
        DAY + "11:00:00+08:00",
    )
    first = desk.ask(*asked, "--kind", "query", "--json")["prepared"]
    assert [(r["kind"], r["holder"], r["asked"]) for r in first] == [("query", "Coinbay", "600.00 USDT")]

    order = "order_id,time,side,asset,amount,price,currency,user,address,deposit_memo,custodial_ref\n"
    order += f"o1,{DAY}10:00:00+08:00,sell,tron/{USDT},600,7.2,CNY,u1,{DEPOSIT},881,C7\n"
    desk.deliver("coinbay", "10:40:00+08:00", {"orders.csv": order}, department="finance")
    found = desk.ask(*asked, "--json")["prepared"]
    freezes = {r["asked"]: r for r in found if r["kind"] == "freeze"}
    assert set(freezes) == {"600.00 USDT", "400.00 USDT"}
    assert freezes["400.00 USDT"]["holder"] == "Tether"
    (told,) = desk.ask("requests", "show", freezes["600.00 USDT"]["request_id"], *CLEAR, "--json")["requests"]
    assert told["about"] == f"address:tron/{DEPOSIT}"
    assert told["holder"] == "organisation:coinbay/coinbay"
    assert told["references"] == ["memo 881", "ref C7", "person:coinbay/u1"]
    (masked,) = desk.ask("requests", "show", freezes["600.00 USDT"]["request_id"], "--json")["requests"]
    assert "coinbay/u1" not in json.dumps(masked), "the customer's id is masked, in the letter too"
    assert "art. 37" in told["basis"]
    assert "memo 881" in told["letter"]

    names = [freezes["400.00 USDT"]["request_id"]]
    desk.ask("requests", "approve", *names, "--reason", "read the file", "--at", DAY + "11:10:00+08:00", actor="wang")
    out = tmp_path / "tether" / "requests.csv"
    out.parent.mkdir()
    desk.ask("requests", "export", *names, "--out", str(out), "--at", DAY + "11:20:00+08:00", *CLEAR)
    head, row = out.read_text().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert (cells["amount"], cells["currency"], cells["holder"]) == ("400.000000", f"tron/{USDT}", "Tether")
    cells |= {"executed_at": cells["sent_at"], "amount": "400"}
    desk.deliver("tether", "11:40:00+08:00", {"requests.csv": f"{head}\n{','.join(cells.values())}\n"})
    stopped = {s["entity"]: s["stopped_minor"] for s in desk.trace()["stops"]}
    assert stopped == {f"address:tron/{MULE}": 400_000_000, f"address:tron/{DEPOSIT}": 0}
