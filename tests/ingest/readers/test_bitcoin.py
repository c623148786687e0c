from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.bitcoin import Bitcoin
from tests.ingest.delivered import DELIVERY, Result, deliver, read_all

READER = Bitcoin()
A, B = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
C = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
HASH, BEFORE, BLOCK = "ab" * 32, "cd" * 32, "00" * 28 + "12345678"
TX = f"transaction:bitcoin/{HASH}"
MADE = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
SECONDS = 1_700_000_000


def spent(address: str | None, value: Any, n: int = 0, **said: Any) -> dict[str, Any]:
    """An input as bitcoin-etl enriches it."""
    usual = {"index": n, "spent_transaction_hash": BEFORE, "spent_output_index": n, "sequence": 0, "type": "pubkeyhash"}
    return usual | {"addresses": [address] if address else [], "value": value} | said


def paid(address: str | None, value: int, n: int = 0, **said: Any) -> dict[str, Any]:
    usual = {"index": n, "script_asm": "", "script_hex": "", "required_signatures": 1, "type": "pubkeyhash"}
    return usual | {"addresses": [address] if address else [], "value": value} | said


def etl(**said: Any) -> dict[str, Any]:
    inputs, outputs = [spent(A, 700), spent(B, 300, 1)], [paid(C, 600), paid(A, 390, 1)]
    usual = {"type": "transaction", "hash": HASH, "block_hash": BLOCK, "block_number": 816_000, "block_timestamp": SECONDS}
    return usual | {"is_coinbase": False, "index": 7, "inputs": inputs, "outputs": outputs, "fee": 10} | said


def esplora(**said: Any) -> dict[str, Any]:
    def prevout(address: str, value: int) -> dict[str, Any]:
        return {"scriptpubkey": "00", "scriptpubkey_type": "p2pkh", "scriptpubkey_address": address, "value": value}

    vin = [
        {"txid": BEFORE, "vout": k, "prevout": prevout(*p), "is_coinbase": False} for k, p in enumerate([(A, 700), (B, 300)])
    ]
    status = {"confirmed": True, "block_height": 816_000, "block_hash": BLOCK, "block_time": SECONDS}
    return {
        "txid": HASH,
        "version": 2,
        "vin": vin,
        "vout": [prevout(C, 600), prevout(A, 390)],
        "fee": 10,
        "status": status,
    } | said


def core(**said: Any) -> dict[str, Any]:
    def output(address: str, value: str, **more: Any) -> dict[str, Any]:
        return {"value": float(value), "scriptPubKey": {"asm": "", "address": address, "type": "pubkeyhash"}} | more

    vin = [{"txid": BEFORE, "vout": k, "prevout": output(*p)} for k, p in enumerate([(A, "0.00000700"), (B, "0.000003")])]
    vout = [output(C, "0.000006", n=0), output(A, "0.0000039", n=1)]
    usual = {"txid": HASH, "hash": "ee" * 32, "vin": vin, "vout": vout, "fee": 0.0000001}
    return usual | {"blockhash": BLOCK, "confirmations": 3, "time": SECONDS, "blocktime": SECONDS} | said


def read(folder: Path, *records: Any, name: str = "transactions.json", delivery: str = DELIVERY) -> Result:
    file = deliver(folder, name, "\n".join(json.dumps(r) for r in records), delivery)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def moved(result: Result) -> list[tuple[Any, ...]]:
    return result.tables["transfers"].select("event_id", "payer", "payee", "amount").rows()


THROUGH = [
    (f"{HASH}/in/000000", f"address:bitcoin/{A}", TX, 700),
    (f"{HASH}/in/000001", f"address:bitcoin/{B}", TX, 300),
    (f"{HASH}/out/000000", TX, f"address:bitcoin/{C}", 600),
    (f"{HASH}/out/000001", TX, f"address:bitcoin/{A}", 390),
    (f"{HASH}/out/fees", TX, f"transaction:bitcoin/fees/{BLOCK}", 10),
]


@pytest.mark.parametrize("shape", [etl, esplora, core])
def test_inputs_pay_the_transaction_and_it_pays_the_outputs_whoever_writes_it(tmp_path: Path, shape: Any) -> None:
    result = read(tmp_path, shape())
    assert moved(result) == THROUGH
    told = result.tables["transfers"].row(0, named=True)
    assert (told["asset"], told["rail"], told["transaction_id"], told["leg"]) == ("bitcoin/native", "chain", HASH, 0)
    assert told["occurred_at"].replace(microsecond=0) == MADE
    assert (result.read, result.keys.height, result.rejects.height) == (1, 1, 0)


def test_one_transaction_in_three_shapes_is_the_same_row(tmp_path: Path) -> None:
    said = [read(tmp_path / shape.__name__, shape()).keys.select("key", "content").rows() for shape in (etl, esplora, core)]
    assert said[0] == said[1] == said[2]


def test_the_place_in_the_block_stands_in_the_microseconds(tmp_path: Path) -> None:
    assert set(read(tmp_path / "etl", etl(index=7)).tables["transfers"]["occurred_at"]) == {MADE.replace(microsecond=7)}
    page = {"hash": BLOCK, "time": SECONDS, "height": 816_000, "tx": [core(txid="11" * 32), core()]}
    for tx in page["tx"]:  # type: ignore[attr-defined]
        del tx["blockhash"], tx["time"], tx["blocktime"]
    file = deliver(tmp_path / "core", "block.json", json.dumps(page, indent=1))
    result = read_all(READER, file)
    times = dict(result.tables["transfers"].select("transaction_id", "occurred_at").rows())
    assert times == {"11" * 32: MADE, HASH: MADE.replace(microsecond=1)}


def test_an_api_page_is_a_list_of_transactions(tmp_path: Path) -> None:
    file = deliver(tmp_path, "txs.json", json.dumps([esplora(), esplora(txid="11" * 32)]))
    assert read_all(READER, file).tables["transfers"]["transaction_id"].n_unique() == 2


def test_new_coins_come_from_the_blocks_reward(tmp_path: Path) -> None:
    told = moved(read(tmp_path / "etl", etl(is_coinbase=True, inputs=[], outputs=[paid(A, 625)], fee=0)))
    assert told == [
        (f"{HASH}/in/reward", f"transaction:bitcoin/reward/{BLOCK}", TX, 625),
        (f"{HASH}/out/000000", TX, f"address:bitcoin/{A}", 625),
    ]
    vin = [{"coinbase": "04ffff", "sequence": 1}]
    vout = [core()["vout"][0] | {"value": 0.00000625}]
    vout[0]["scriptPubKey"] = vout[0]["scriptPubKey"] | {"address": A}
    assert moved(read(tmp_path / "core", core(vin=vin, vout=vout, fee=None))) == told


def test_an_output_without_an_address_holds_its_coins_itself_until_it_is_spent(tmp_path: Path) -> None:
    nameless = [paid(None, 590), paid("nonstandard1234", 5, 1, type="nonstandard"), paid(A, 5, 2, type="pubkey")]
    first = moved(read(tmp_path / "a", etl(inputs=[spent(A, 600)], outputs=nameless, fee=0)))
    assert [row[2] for row in first[1:]] == [f"{TX}/0", f"{TX}/1", f"{TX}/2"]
    of_two = spent(None, 590, spent_transaction_hash=HASH, addresses=[A, B])
    later = etl(hash=BEFORE, inputs=[of_two], outputs=[paid(B, 590)], fee=0)
    assert moved(read(tmp_path / "b", later))[0][1] == f"{TX}/0"


def test_what_carries_no_value_gives_no_row(tmp_path: Path) -> None:
    told = etl(outputs=[paid(C, 990), paid(None, 0, 1, type="nulldata")])
    assert len(moved(read(tmp_path, told))) == 4


REFUSED = [
    (etl(hash="ab"), "hash"),
    (etl(block_hash=None), "block"),
    (etl(block_timestamp=None), "block"),
    (esplora(status={"confirmed": False}), "block"),
    (etl(inputs=[spent(None, None)]), "inputs"),
    (core(vin=[{"txid": BEFORE, "vout": 0}]), "inputs"),
    (etl(inputs=[spent(None, 1000, spent_transaction_hash="")]), "inputs"),
    (etl(inputs=[spent("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", 1000)]), "address"),
    (etl(inputs=[spent(A, "ten")]), "value"),
    (etl(inputs=[spent(A, -5)]), "value"),
    (etl(inputs=[spent(A, 980)]), "outputs"),
    (etl(fee=11), "fee"),
    (core(vout=[core()["vout"][0] | {"value": "0.000000001"}]), "value"),
]


@pytest.mark.parametrize(("record", "field"), REFUSED)
def test_what_does_not_add_up_is_a_reject_and_its_neighbours_enter(tmp_path: Path, record: dict[str, Any], field: str) -> None:
    result = read(tmp_path, record, etl(hash="11" * 32))
    assert result.rejects.select("row", "field").rows() == [(1, field)]
    assert set(result.tables["transfers"]["row"]) == {2}


def test_a_line_that_is_no_transaction_or_no_json_is_a_reject(tmp_path: Path) -> None:
    lines = [json.dumps(etl()), json.dumps(etl())[:-9], "[1]", json.dumps({"inputs": 1, "hash": HASH}), '{"a": 1}']
    result = read_all(READER, deliver(tmp_path, "transactions.json", "\n".join(lines)))
    assert (result.read, result.keys.height, result.rejects["row"].to_list()) == (5, 1, [2, 3, 4, 5])


def test_blocks_of_bitcoin_etl_are_read_and_give_no_row(tmp_path: Path) -> None:
    block = {
        "hash": BLOCK,
        "number": 1,
        "timestamp": SECONDS,
        "merkle_root": "aa",
        "coinbase_param": "04",
        "transaction_count": 1,
    }
    result = read(tmp_path, block, name="blocks.json", delivery=DELIVERY + "chain: bitcoin\n")
    assert (result.keys.height, result.tables) == (1, {})


def test_times_as_bigquery_writes_them(tmp_path: Path) -> None:
    result = read(tmp_path, etl(block_timestamp="2023-11-14 22:13:20 UTC", index=None))
    assert set(result.tables["transfers"]["occurred_at"]) == {MADE}


def test_the_chain_is_said_or_bitcoin(tmp_path: Path) -> None:
    light = "LUEweDxDA4WhvWiNXXSxjM9CYzHPJv4QQF"
    record = etl(inputs=[spent(light, 1000)], outputs=[paid(light, 1000)], fee=0)
    result = read(tmp_path, record, delivery=DELIVERY + "chain: litecoin\n")
    assert set(result.tables["transfers"]["asset"]) == {"litecoin/native"}
    result = read(tmp_path / "litecoin", record)
    assert set(result.tables["transfers"]["asset"]) == {"litecoin/native"}
    with pytest.raises(SourceError, match="ethereum"):
        read(tmp_path / "x", etl(), delivery=DELIVERY + "chain: ethereum\n")


VALUES = st.lists(st.integers(0, 21 * 10**14), min_size=1, max_size=5)


@given(VALUES, VALUES)
@settings(max_examples=25, deadline=None)
def test_what_enters_a_transaction_leaves_it_to_the_unit(
    tmp_path_factory: pytest.TempPathFactory, ins: list[int], outs: list[int]
) -> None:
    inputs, outputs = ([make(A, v, k) for k, v in enumerate(side)] for make, side in ((spent, ins), (paid, outs)))
    result = read(tmp_path_factory.mktemp("conserved"), etl(inputs=inputs, outputs=outputs, fee=None))
    if sum(outs) > sum(ins):
        assert result.rejects["field"].to_list() == ["outputs"]
        return
    rows = moved(result) if sum(ins) else []
    assert sum(r[3] for r in rows if r[2] == TX) == sum(ins) == sum(r[3] for r in rows if r[1] == TX)
    assert len(rows) <= len(ins) + len(outs) + 1
