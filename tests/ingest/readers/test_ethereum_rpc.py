from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.ethereum_rpc import EthereumRpc
from tests.ingest.delivered import DELIVERY, Result, deliver, read_all
from tests.ingest.readers import test_ethereum_etl as etl
from tests.ingest.readers.test_ethereum_etl import HASH, MADE, NAMES, ON_ETHEREUM, USDT, A, B, moved, padded, word

READER = EthereumRpc()
BLOCK = "0x" + "bb" * 32


def log(index: int, name: str, indexed: list[str], data: str = "", **said: Any) -> dict[str, Any]:
    topics = [NAMES.get(name, name), *("0x" + one for one in indexed)]
    usual = {"address": USDT, "topics": topics, "data": "0x" + data, "blockNumber": "0x7", "blockHash": BLOCK, "removed": False}
    return usual | {"transactionHash": HASH, "transactionIndex": "0x0", "logIndex": hex(index)} | said


def block(**said: Any) -> dict[str, Any]:
    usual = {"number": "0x7", "hash": BLOCK, "parentHash": "0x00", "timestamp": hex(1_700_000_000), "transactionsRoot": "0x00"}
    return usual | {"transactions": [HASH]} | said


def transaction(**said: Any) -> dict[str, Any]:
    usual = {"hash": HASH, "from": A, "to": B, "value": hex(10**19), "blockNumber": "0x7", "blockHash": BLOCK}
    return usual | {"gas": "0x5208", "gasPrice": "0x1", "nonce": "0x0", "input": "0x", "transactionIndex": "0x0"} | said


def read(folder: Path, *records: Any, delivery: str = ON_ETHEREUM) -> Result:
    deliver(folder, "blocks.json", json.dumps(block()), delivery)
    file = deliver(folder, "records.json", "\n".join(map(json.dumps, records)), delivery)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def test_raw_logs_are_the_export_told_again(tmp_path: Path) -> None:
    mine = [
        ("Transfer", [padded(A), padded(B)], word(5)),
        ("Withdrawal", [padded(A)], word(6)),
        ("Deposit", [padded(B)], word(7)),
    ]
    raw = read(tmp_path / "raw", *(log(k, *one) for k, one in enumerate(mine)))
    lower = {"transaction_hash": HASH}
    export = etl.read(tmp_path / "csv", "logs.csv", etl.table(*(etl.log(k, *one, **lower) for k, one in enumerate(mine))))
    assert moved(raw) == moved(export)
    assert raw.keys.select("key", "content").rows() == export.keys.select("key", "content").rows()
    assert set(raw.tables["transfers"]["occurred_at"]) == {MADE}


def test_pieces_single_and_in_batches_freezes_and_burns(tmp_path: Path) -> None:
    batch = word(64) + word(160) + word(2) + word(8) + word(9) + word(2) + word(3) + word(4)
    result = read(
        tmp_path,
        log(0, "Transfer", [padded(A), padded(B), word(77)]),
        log(1, "TransferSingle", [padded(A), padded(A), padded(B)], word(7) + word(2)),
        log(2, "TransferBatch", [padded(A), padded(A), padded(B)], batch),
        log(3, "AddedBlackList", [], padded(A)),
        log(4, "DestroyedBlackFunds", [], padded(A) + word(50)),
        log(5, "Swap v2", [padded(A), padded(B)], word(1) * 4),
    )
    assert [(row[3].rpartition("/")[2], row[4]) for row in moved(result)[:4]] == [("77", 1), ("7", 2), ("8", 3), ("9", 4)]
    assert moved(result)[4][4] == 50
    assert sorted(result.tables["tags"]["tag"].to_list()) == ["frozen", "pool"]


def test_a_block_with_its_transactions_and_an_answer_in_its_envelope(tmp_path: Path) -> None:
    page = {"jsonrpc": "2.0", "id": 1, "result": block(transactions=[transaction(), transaction(hash="0x01", value="0x0")])}
    result = read(tmp_path, page)
    export = etl.read(tmp_path / "csv", "transactions.csv", etl.table(etl.transaction()))
    assert moved(result) == moved(export)
    assert (result.read, result.keys.height) == (2, 2)


def test_what_was_removed_moves_nothing_and_blocks_give_no_row(tmp_path: Path) -> None:
    removed = log(0, "Transfer", [padded(A), padded(B)], word(5), removed=True)
    result = read(tmp_path, removed, block(number="0x8"))
    assert (result.tables, result.keys.height) == ({}, 2)


def test_what_cannot_be_read_is_a_reject(tmp_path: Path) -> None:
    bad = [
        log(0, "Transfer", [padded(A), padded(B)], ""),
        log(1, "Transfer", [padded(A), padded(B)], word(5), blockNumber="0x9", blockHash="0x9"),
        {"blockNumber": "0x7"},
    ]
    text = "\n".join([*map(json.dumps, bad), json.dumps(log(3, "Transfer", [padded(A), padded(B)], word(5)))[:-4]])
    deliver(tmp_path, "blocks.json", json.dumps(block()), ON_ETHEREUM)
    result = read_all(READER, deliver(tmp_path, "logs.json", text, ON_ETHEREUM))
    assert sorted(result.rejects["row"].to_list()) == [1, 2, 3, 4]
    with pytest.raises(SourceError, match="chain"):
        read(tmp_path / "nowhere", log(0, "Transfer", [padded(A), padded(B)], word(5)), delivery=DELIVERY)
