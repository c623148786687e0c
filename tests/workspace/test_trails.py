"""What an officer is told of a trail: stories through native files, the lake, a run and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from rich.cells import cell_len as width

from tests.cli.desks import CLEAR, DAY, Desk, reported, transfers

THIEF, BRIDGE, EXIT, NEW = ("0x" + pair * 20 for pair in ("22", "33", "44", "55"))
TRON_THIEF, TRON_DESK, TRON_BRIDGE = (
    "TYuWHBHtTqNHPXWFRDiLfgeUHurCxGzKpG",
    "TB9y1cjLX2mLQzxsFfKuRYFVMPRdqMHAjY",
    "TUv3P6Hoox11jtA76xBXSnd7EtAFRprP1a",
)
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ETH_USDT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SIM = "msisdn,iccid,imsi,holder,holder_kind,activated_at,agent,status,status_at,kind,wallet_address,region\n"
ORDER = "order_id,time,side,asset,amount,price,currency,user,account,institution,address,deposit_memo,custodial_ref\n"


def trc20(name: str, minute: int, payer: str, payee: str, value: int) -> str:
    """One row of TronGrid at a minute after two in the afternoon, UTC+8."""
    token = {"symbol": "USDT", "address": USDT, "decimals": 6, "name": "Tether USD"}
    stamp = 1_773_122_400_000 + 60_000 * minute
    row = {"transaction_id": name * 32, "token_info": token, "block_timestamp": stamp, "from": payer, "to": payee}
    return json.dumps(row | {"type": "Transfer", "value": str(value)})


def erc20(at: tuple[int, int, int], payer: str, payee: str, value: int, contract: str = ETH_USDT) -> dict[str, Any]:
    """One log of a token's transfer: at (transaction, minute, place), so much."""
    topics = [TRANSFER, *("0x" + "0" * 24 + one[2:] for one in (payer, payee))]
    return log(at, contract, topics, f"0x{value:064x}")


def erc721(at: tuple[int, int, int], payer: str, payee: str, token: int, contract: str) -> dict[str, Any]:
    """One log of a single item that moves."""
    topics = [TRANSFER, *("0x" + "0" * 24 + one[2:] for one in (payer, payee)), f"0x{token:064x}"]
    return log(at, contract, topics, "0x")


def log(at: tuple[int, int, int], contract: str, topics: list[str], data: str) -> dict[str, Any]:
    tx, minute, k = at
    when = 1_773_122_400 + 60 * minute
    place = {"log_index": k, "transaction_hash": f"0x{tx:064x}", "block_number": 1000 + minute, "block_timestamp": when}
    return place | {"address": contract, "data": data, "topics": ",".join(topics)}


def jsonl(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows) + "\n"


@pytest.fixture
def bought(tmp_path: Path) -> Desk:
    """The mule's 50,000 yuan became 6,944.444444 USDT at a desk, delivered to the thief's address."""
    desk = reported(tmp_path)
    paid = transfers(("T5", "10:20:00", "ICBK/62220002", "ICBK/62220099", "50000.00"))
    desk.deliver("ICBK", "10:50:00+08:00", {"t.csv": paid}, department="finance")
    order = f"o1,{DAY}10:19:00+08:00,buy,tron/{USDT},6944.444444,7.2,CNY,u1,62220002,ICBK,{TRON_THIEF},memo-7,ref-9\n"
    desk.deliver("coinbay", "10:51:00+08:00", {"otc.csv": ORDER + order}, department="finance")
    coins = trc20("ab", -218, TRON_DESK, TRON_THIEF, 6_944_444_444)
    desk.deliver("node", "15:00:00+08:00", {"trc20.jsonl": coins + "\n"}, chain="tron")
    return desk


def _limit(desk: Desk, card: str) -> None:
    """The card's operator is asked, limits it, and says so; the issuer freezes the address too: it is held once."""
    at = ("--at", DAY + "15:12:00+08:00")
    asked = desk.ask("requests", "prepare", "RPT1", "--authority", "PSB", "--reason", "called", *at, "--json")["prepared"]
    assert [(r["holder"], r["kind"], r["asked"]) for r in asked] == [
        ("telecom-a", "stop", ""),
        ("Tether", "freeze", "6,944.444444 USDT"),
    ]
    names = [r["request_id"] for r in asked]
    desk.ask("requests", "approve", *names, "--reason", "read the file", *at, actor="wang")
    for name, holder in zip(names, ("telecom-a", "tether"), strict=True):
        out = desk.folder / f"{holder}.csv"
        desk.ask("requests", "export", name, "--out", str(out), *at, *CLEAR)
        head, row = out.read_text().splitlines()
        cells = dict(zip(head.split(","), row.split(","), strict=True))
        assert (cells["about"] == card) == (holder == "telecom-a")
        said = cells | {"executed_at": DAY + "15:15:00+08:00"}
        desk.deliver(holder, "15:20:00+08:00", {"requests.csv": f"{head}\n{','.join(said.values())}\n"})
    desk.deliver("ICBK", "15:30:00+08:00", {"t.csv": transfers(("T8", "15:10:00", "BOC/1", "CCB/62270009", "1.00"))})
    (one,) = desk.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    assert {s["entity"]: s["asked"]["standing"] for s in one["stops"]}[card] == "executed"
    assert one["reach"]["stopped_minor"] == 50_000_00
    assert one["reach"]["stoppable_minor"] == 0


def test_a_card_that_holds_the_key_is_named_with_its_holder_and_can_be_limited(bought: Desk) -> None:
    card = f"13800138000,89860012345678901234,460001234567890,p7,person,{DAY}08:00:00+08:00,,active,,bsim,{TRON_THIEF},350205\n"
    bought.deliver("telecom-a", "15:10:00+08:00", {"sim.csv": SIM + card}, department="telecom")
    bought.run("run")
    (one,) = bought.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    assert [s["entity"].partition(":")[0] for s in one["stops"]] == ["subscriber", "address"]
    by_entity = {s["entity"]: s for s in one["stops"]}
    mine = by_entity[f"address:tron/{TRON_THIEF}"]
    assert mine["behind"]["card"] == "subscriber:imsi/460001234567890"
    assert mine["behind"]["phone"] == "phone:+8613800138000"
    assert mine["behind"]["holder"].endswith("p7")
    sim = by_entity["subscriber:imsi/460001234567890"]
    assert (sim["who"], sim["loss_minor"]) == ("telecom-a", 50_000_00)
    assert "limit the SIM card" in sim["act_en"]
    places = {(p["country"], p["province_en"], p["city"]): p["loss_minor"] for p in one["places"]}
    assert places["CN", "Fujian", "350200"] == 50_000_00
    told = bought.ask("trace", "RPT1")
    assert all(len(line) <= 80 for line in told.splitlines()[:14])

    for name in ("13800138000", TRON_THIEF, "subscriber:imsi/460001234567890"):
        (status,) = bought.ask("card", name, *CLEAR, "--json")["cards"]
        assert status["number"] == "phone:+8613800138000"
        assert status["holder"].endswith("p7")
        assert (status["status"], status["operator"], status["kind"]) == ("active", "telecom-a", "bsim")
        assert status["wallet"]["balances"] == [
            {"asset": "USDT (Tron)", "amount": "6,944.444444 USDT", "amount_minor": 6_944_444_444}
        ]
        assert [a["who"] for a in status["who_may_act"]] == ["telecom-a", "Tether"]
    _limit(bought, "subscriber:imsi/460001234567890")
    masked = bought.ask("card", "13800138000")
    assert "13800138000" not in masked
    assert "6,944.444444 USDT" in masked
    assert "p7" not in masked


def test_a_trail_goes_over_a_listed_bridge_to_another_chain_and_says_how_sure_it_is(bought: Desk) -> None:
    moved = trc20("cd", 0, TRON_THIEF, TRON_BRIDGE, 6_944_444_444)
    bought.deliver("node", "15:20:00+08:00", {"trc20.jsonl": moved + "\n"}, chain="tron")
    paid = erc20((1, 2, 0), EXIT, NEW, 6_930_000_000)
    other = erc20((2, 3, 0), EXIT, THIEF, 500_000_000)
    bought.deliver("node-b", "15:21:00+08:00", {"logs.jsonl": jsonl(paid, other)}, chain="ethereum")
    tags = f"address:tron/{TRON_BRIDGE},bridge,x,2026-01-01,\naddress:evm/{EXIT},bridge,x,2026-01-01,\n"
    without = bought.ask("trace", "RPT1", *CLEAR, "--json")["traces"][0]
    assert [t["entity"] for t in without["terminals"]] == [f"address:tron/{TRON_BRIDGE}"]
    bought.deliver("lists", "15:22:00+08:00", {"tags.csv": "entity,tag,list,from,to\n" + tags})
    bought.run("run")
    (one,) = bought.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    ((new,), last) = [t["entity"] for t in one["terminals"]], one["hops"][-1]
    assert new.lower() == f"address:evm/{NEW}"
    assert (last["competing"], last["transferred"]) == (1, "6,930.00 USDT")
    assert one["totals"][0]["asset"] == "USDT (Ethereum)"
    (stop,) = one["stops"]
    assert (stop["sure"], stop["rivals"], stop["ask_first"]) == (1.0, 1, False)
    assert "nothing else fits it" in stop["way_en"]
    assert "nothing else fits it" in " ".join(bought.ask("trace", "RPT1").split())


def test_a_payout_that_was_guessed_says_so_and_is_asked_about_first(bought: Desk) -> None:
    moved = trc20("cd", 0, TRON_THIEF, TRON_BRIDGE, 6_944_444_444)
    bought.deliver("node", "15:20:00+08:00", {"trc20.jsonl": moved + "\n"}, chain="tron")
    both = [erc20((k, 2 + k, 0), EXIT, to, 6_930_000_000 - k) for k, to in ((1, NEW), (2, THIEF))]
    bought.deliver("node-b", "15:21:00+08:00", {"logs.jsonl": jsonl(*both)}, chain="ethereum")
    tags = f"address:tron/{TRON_BRIDGE},bridge,x,2026-01-01,\naddress:evm/{EXIT},bridge,x,2026-01-01,\n"
    bought.deliver("lists", "15:22:00+08:00", {"tags.csv": "entity,tag,list,from,to\n" + tags})
    (one,) = bought.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    (stop,) = one["stops"]
    assert (stop["sure"], stop["rivals"], stop["guessed_minor"], stop["ask_first"]) == (0.5, 2, 50_000_00, True)
    assert stop["chance"] == pytest.approx(stop["still_there"] / 2, abs=1e-3)
    assert stop["guess"]["paid"]["payee"] == f"address:tron/{TRON_BRIDGE}"
    assert stop["guess"]["got"]["payee"] == stop["entity"]
    assert "Ask first which one it was" in stop["way_en"]
    assert "暂不止付" in stop["way_zh"]
    told = bought.ask("trace", "RPT1")
    assert "A guess 存疑" in told
    assert "settle it first" in told
    assert TRON_BRIDGE not in told
    assert all(width(line) <= 80 for line in told.splitlines()[:14])
    (place,) = one["terminals"]
    said = ("sure", "rivals", "guessed_minor", "ask_first", "guess", "way_en", "way_zh")
    assert [place[name] for name in said] == [stop[name] for name in said]
    assert one["endings"][0]["guessed_minor"] == 50_000_00
    assert "a guess 存疑" in told.partition("Where it is")[2].partition("Together")[0]
    assert "2 transfers fit" in " ".join(told.partition("Where it is")[2].partition("Together")[0].split())
    bought.ask("trace", "RPT1", "--out", str(bought.folder / "page.html"))
    page = html.fromstring((bought.folder / "page.html").read_text()).text_content()
    assert "2 transfers fit" in page
    assert "a guess: 2 fit, about 50%" in page
    assert "¥50,000.00 guessed" in page
    assert "有2笔转账均可能对应" in page
    at = ("--at", DAY + "15:30:00+08:00")
    asked = bought.ask("requests", "prepare", "RPT1", "--authority", "PSB", "--reason", "called", *at, "--json")
    assert asked["prepared"] == []
    assert "one of 2 that fitted" in asked["left_out"][0]["why"]
    asked = bought.ask(
        "requests", "prepare", "RPT1", "--authority", "PSB", "--reason", "called", "--kind", "freeze", *at, "--json"
    )
    (freeze,) = asked["prepared"]
    (shown,) = bought.ask("requests", "show", freeze["request_id"], *at, "--json")["requests"]
    assert "2 transfers fitted" in shown["letter"]
    assert "有2笔转账均可能对应" in shown["letter"]


def test_an_item_that_stolen_coins_paid_for_is_told_and_the_value_is_with_its_seller(bought: Desk) -> None:
    item, seller = "0x" + "be" * 20, "0x" + "66" * 20
    desk = erc20((1, -200, 0), EXIT, THIEF, 6_900_000_000)
    sale = [erc20((2, 5, 0), THIEF, seller, 6_000_000_000), erc721((2, 5, 1), seller, THIEF, 7, item)]
    bought.deliver("node-b", "15:21:00+08:00", {"logs.jsonl": jsonl(desk, *sale)}, chain="ethereum")
    (one,) = bought.ask("trace", f"0x{1:064x}", *CLEAR, "--json")["traces"]
    ends = {t["entity"].lower()[-40:]: t["amount"] for t in one["terminals"]}
    assert ends == {"66" * 20: "6,000.00 USDT", "22" * 20: "900.00 USDT"}
    (piece,) = one["items"]
    assert piece["item"].lower() == f"item:ethereum/{item}/7"
    assert (piece["paid"], piece["competing"], piece["lead"]) == ("6,000.00 USDT", 0, False)
    assert piece["holder"].lower().endswith(THIEF)
    assert "What it bought" in bought.ask("trace", f"0x{1:064x}")


def test_a_sub_wallet_belongs_to_its_parents_holder_and_redemption_goes_on(tmp_path: Path) -> None:
    desk = reported(tmp_path)
    wallets = (
        "wallet,tier,holder,phone,opened_at,operator,kind,parent\n"
        "00310001,II,boss,13800138000,2026-01-01T08:00:00+08:00,ICBK,soft,\n"
        "00310002,II,,,2026-02-01T08:00:00+08:00,ICBK,sub,00310001\n"
        "00310003,IV,,13900139000,2026-02-01T08:00:00+08:00,ICBK,soft,\n"
    )
    moves = (
        "transfer_id,time,payer_wallet,payee_wallet,amount,terminal,purpose\n"
        f"e1,{DAY}10:20:00+08:00,ICBK/62220002,00310002,30000.00,,\n"
        f"e2,{DAY}10:21:00+08:00,ICBK/62220002,00310003,9000.00,,\n"
        f"e3,{DAY}10:40:00+08:00,00310003,CCB/62270077,4000.00,,\n"
    )
    out = transfers(("T7", "10:24:00", "ICBK/62220002", "BOC/77", "11000.00"))
    desk.deliver("ecny", "11:00:00+08:00", {"wallets.csv": wallets, "moves.csv": moves}, department="finance")
    desk.deliver("ICBK", "11:05:00+08:00", {"t.csv": out}, department="finance")
    (one,) = desk.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    stops = {s["entity"]: s for s in one["stops"]}
    assert {entity: s["amount_minor"] for entity, s in stops.items()} == {
        "ecny_wallet:00310002": 30_000_00,
        "ecny_wallet:00310003": 5_000_00,
        "account:CN/CCB/62270077": 4_000_00,
        "account:CN/BOC/77": 11_000_00,
    }
    sub = stops["ecny_wallet:00310002"]["behind"]
    assert (sub["above"], sub["kind"]) == (["ecny_wallet:00310001"], "sub")
    assert sub["holder"].endswith("/boss")
    assert sub["phone"] == "phone:+8613800138000"
    assert sub["limits"]["day_minor"] == 100_000_00
    told = desk.ask("trace", "RPT1")
    assert "tier IV: at most ¥10,000 held, ¥2,000 at once, ¥5,000 a day" in told
    assert "sub wallet of ecny_wallet~" in told
