from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.trongrid import TronGrid, TronGridEvents
from tests.ingest.delivered import Result, deliver, read_all

READER, EVENTS = TronGrid(), TronGridEvents()
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
USDT_HEX = "0xa614f803b6fd780986a42c78ec9c7f77e6ded13c"
ZERO = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
STAMP = 1_772_323_200_000
HASH, OTHER_HASH = "ab" * 32, "cd" * 32
ASSET = f"tron/{USDT}"


def row(**said: Any) -> dict[str, Any]:
    token = {"symbol": "USDT", "address": USDT, "decimals": 6, "name": "Tether USD"}
    usual = {"transaction_id": HASH, "token_info": token, "block_timestamp": STAMP, "type": "Transfer", "value": "1500000"}
    return usual | {"from": USDT, "to": ZERO} | said


def event(index: int, name: str, result: dict[str, str], **said: Any) -> dict[str, Any]:
    usual = {"block_number": 1, "block_timestamp": STAMP + 1000 * index, "contract_address": USDT, "event_index": index}
    return usual | {"event_name": name, "result": result, "transaction_id": OTHER_HASH} | said


def lines(*records: Any) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def read(folder: Path, text: str) -> Result:
    file = deliver(folder, "chain.json", text)
    head = read_head(file.path)
    return read_all(next(reader for reader in (READER, EVENTS) if reader.recognises(head)), file)


def transfers(result: Result) -> list[dict[str, Any]]:
    return result.tables["transfers"].rows(named=True)


def test_a_row_becomes_a_transfer(tmp_path: Path) -> None:
    told = transfers(read(tmp_path, lines(row())))[0]
    assert (told["payer"], told["payee"]) == (f"address:tron/{USDT}", f"address:tron/{ZERO}")
    assert (told["asset"], told["amount"], told["rail"]) == (ASSET, 1_500_000, "chain")
    assert (told["transaction_id"], told["leg"]) == (HASH, 0)
    assert re.fullmatch(f"{HASH}/0-[0-9a-f]{{8}}", told["event_id"])
    assert told["occurred_at"] == datetime(2026, 3, 1, tzinfo=UTC)


def test_rows_tell_the_decimals_of_tokens_that_are_not_well_known(tmp_path: Path) -> None:
    """Each thing once, by a row that is accepted; what cannot be is no fact, and the row stands all the same."""
    said = [(ZERO, 9), (ZERO, 9), (ZERO, "8"), (ZERO, 99), (ZERO, "x"), (ZERO, None), (USDT, 18)]
    rows = [row(value=str(k), token_info={"address": one, "decimals": places}) for k, (one, places) in enumerate(said)]
    result = read(tmp_path, lines(row(value="-1", token_info={"address": ZERO, "decimals": 9}), *rows))
    facts = result.tables["facts"]
    version = deliver(tmp_path, "chain.json", (tmp_path / "chain.json").read_text()).sha256[:12]
    assert facts.select("row", "entity", "attribute", "value").rows() == [
        (2, f"address:tron/{ZERO}", "token_decimals", f"tron/{ZERO} 9 {version}"),
        (4, f"address:tron/{ZERO}", "token_decimals", f"tron/{ZERO} 8 {version}"),
    ]
    assert (len(transfers(result)), result.rejects.height) == (len(said), 1)


def test_rows_of_one_transaction_are_its_legs_and_an_equal_row_is_a_duplicate(tmp_path: Path) -> None:
    result = read_all(READER, deliver(tmp_path, "a.jsonl", lines(row(), row(value="7"), row(transaction_id=OTHER_HASH))))
    assert [t["event_id"][:-9] for t in transfers(result)] == [f"{HASH}/0", f"{HASH}/1", f"{OTHER_HASH}/0"]
    chunks = list(READER.read(deliver(tmp_path, "b.jsonl", lines(row(), row()))))
    assert chunks[0].keys["key"].n_unique() == 1
    assert chunks[0].keys["content"].n_unique() == 1


def test_a_row_is_known_again_on_the_page_of_another_account(tmp_path: Path) -> None:
    mine, theirs = row(), row(value="7")
    one = next(iter(READER.read(deliver(tmp_path, "one.json", json.dumps({"data": [mine]})))))
    other = next(iter(READER.read(deliver(tmp_path, "other.json", json.dumps({"data": [theirs, mine]})))))
    assert one.keys["key"].to_list() == other.keys["key"].to_list()[1:]
    assert one.keys["content"].to_list() == other.keys["content"].to_list()[1:]
    assert other.keys["key"].n_unique() == 2


def test_an_event_in_hex_is_the_same_as_in_base58(tmp_path: Path) -> None:
    said = {"from": USDT_HEX, "to": USDT, "value": "5"}
    by_place = {"0": USDT_HEX.removeprefix("0x"), "1": "41" + USDT_HEX.removeprefix("0x"), "2": "5"}
    first, second = transfers(read(tmp_path, lines(event(3, "Transfer", said), event(4, "Transfer", by_place))))
    assert first["payer"] == first["payee"] == second["payer"] == second["payee"] == f"address:tron/{USDT}"
    assert (first["event_id"], first["leg"]) == (f"{OTHER_HASH}/3", 3)


def test_other_events_are_read_and_give_no_row(tmp_path: Path) -> None:
    result = read(tmp_path, lines(event(0, "Approval", {"owner": "x", "spender": "y", "value": "z"}), row(type="Approval")))
    assert (result.read, result.keys.height, result.tables) == (2, 2, {})


def test_freezes_are_tags_and_destroyed_funds_are_burned(tmp_path: Path) -> None:
    records = [
        event(1, "AddedBlackList", {"_user": USDT_HEX}),
        event(2, "DestroyedBlackFunds", {"_blackListedUser": USDT_HEX, "_balance": "9"}),
        event(5, "RemovedBlackList", {"0": USDT}),
        event(6, "AddedBlackList", {"_user": ZERO}),
    ]
    result = read(tmp_path, lines(*records))
    burn = transfers(result)[0]
    assert (burn["payer"], burn["payee"], burn["amount"]) == (f"address:tron/{USDT}", f"address:tron/{ZERO}", 9)
    tags = result.tables["tags"].rows(named=True)
    assert [(t["entity"], t["tag"], t["valid_from"].second, t["valid_to"]) for t in tags] == [
        (f"address:tron/{USDT}", "frozen", 1, datetime(2026, 3, 1, 0, 0, 5, tzinfo=UTC)),
        (f"address:tron/{ZERO}", "frozen", 6, None),
    ]


def test_a_release_alone_says_until_when(tmp_path: Path) -> None:
    tag = read(tmp_path, lines(event(5, "RemovedBlackList", {"_user": USDT}))).tables["tags"].row(0, named=True)
    assert (tag["valid_from"], tag["valid_to"].second) == (None, 5)


def test_a_single_piece_is_an_asset_of_its_own(tmp_path: Path) -> None:
    told = transfers(read(tmp_path, lines(event(0, "Transfer", {"from": USDT, "to": ZERO, "tokenId": "77"}))))[0]
    assert (told["asset"], told["amount"]) == (f"{ASSET}/77", 1)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("wrapped", [True, False])
def test_pages_of_the_api_are_read_like_lines(tmp_path: Path, indent: int | None, wrapped: bool) -> None:
    records = [row(), event(1, "Transfer", {"from": USDT, "to": ZERO, "value": "5"})]
    page: Any = {"data": records, "success": True, "meta": {"page_size": 2}} if wrapped else records
    result = read(tmp_path, json.dumps(page, indent=indent))
    assert (result.read, len(transfers(result))) == (2, 2)


def test_a_page_a_line(tmp_path: Path) -> None:
    text = lines({"data": [row(), row(value="1")]}, {"data": []}, {"data": [row(value="2"), "x"]})
    result = read(tmp_path, text)
    assert (result.read, len(transfers(result)), result.rejects["row"].to_list()) == (4, 3, [4])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"value": "-1"}, "value"),
        ({"value": "1.5"}, "value"),
        ({"value": "1e5"}, "value"),
        ({"value": None}, "value"),
        ({"value": str(10**38)}, "value"),
        ({"to": USDT[:-1] + "u"}, "payee"),
        ({"from": ""}, "payer"),
        ({"transaction_id": ""}, "transaction"),
        ({"block_timestamp": None}, "time"),
        ({"block_timestamp": 253_402_300_799_000}, "time"),
        ({"block_timestamp": "soon"}, "time"),
    ],
)
def test_a_bad_row_is_a_reject_with_its_reason(tmp_path: Path, said: dict[str, Any], field: str) -> None:
    result = read(tmp_path, lines(row(), row(**said), row(value=str(10**38 - 1))))
    assert [t["amount"] for t in transfers(result)] == [1_500_000, 10**38 - 1]
    assert result.rejects.select("row", "field").rows() == [(2, field)]
    assert json.loads(result.rejects["original"][0])["token_info"]["symbol"] == "USDT"


BAD_LINES = (
    '{"a": NaN}',
    '{"a": Infinity}',
    "[" * 100_000,
    '{"a":' * 500 + "1" + "}" * 500,
    '"\\ud800"',
    "not json",
    "3",
    '{"a": 1',
    '{"a": "' + "x" * 1_100_000 + '"}',
)


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_line_that_is_no_record_is_a_reject_and_costs_no_other(tmp_path: Path, bad: str) -> None:
    result = read(tmp_path, lines(row(), bad, row(value="2")))
    assert (result.read, len(transfers(result)), result.rejects["row"].to_list()) == (3, 2, [2])
    assert len(result.rejects["original"][0]) <= 4096


def test_a_first_line_of_ten_megabytes_is_a_reject(tmp_path: Path) -> None:
    huge = json.dumps(row(note="x" * 10_000_000))
    result = read_all(READER, deliver(tmp_path, "a.jsonl", lines(huge, row())))
    assert (result.read, result.rejects["row"].to_list()) == (2, [1])


def test_a_broken_page_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no JSON"):
        read(tmp_path, json.dumps({"data": [row()]}, indent=1)[:-5])


def test_chinese_bytes_of_another_encoding_are_read(tmp_path: Path) -> None:
    text = lines(*(json.dumps(row(value=str(i), note="转账备注"), ensure_ascii=False) for i in range(3)))
    file = deliver(tmp_path, "a.jsonl", text.encode("gb18030"))
    assert read_all(READER, file).keys.height == 3
