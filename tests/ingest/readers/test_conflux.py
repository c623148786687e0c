from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from eth_hash.auto import keccak

from cutline.errors import IdentifierError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.conflux import Conflux
from cutline.ingest.readers.conflux_crossings import CONTRACT, SIGNATURES, TOPICS
from cutline.ingest.readers.ethereum_etl import EthereumEtl
from cutline.ingest.sightings import merge_transfers
from cutline.model.identifiers import Context, clean
from tests.ingest.delivered import Result, deliver, read_all
from tests.ingest.readers.test_ethereum_etl import NAMES, padded, table, word

READER = Conflux()
CORE = Context("node", chain="conflux")
A_HEX, B_HEX = "0x1" + "a" * 39, "0x1" + "b" * 39
TOKEN_HEX, CROSS_HEX = "0x8" + "c" * 39, "0x0888000000000000000000000000000000000006"
A, B, TOKEN, CROSS = (clean("address", text, CORE) for text in (A_HEX, B_HEX, TOKEN_HEX, CROSS_HEX))
MAPPED = "0x" + keccak(bytes.fromhex(A_HEX[2:]))[12:].hex()
ESPACE = "0x" + "22" * 20
HASH, BLOCK = "0x" + "ab" * 32, "0x" + "bb" * 32
MADE = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
STAMP = hex(1_700_000_000)
DELIVERY = "source: node\nreceived_at: 2026-04-01T08:00:00+08:00\nchain: conflux\n"
CROSSING = {name: topic for topic, name in TOPICS.items()}


def spelled(entity: str) -> str:
    """As nodes write addresses: capitals, with the type."""
    short = entity.rpartition("/")[2]
    kind = {"0": "builtin", "1": "user", "8": "contract"}
    digit = next(h for h, e in ((A_HEX, A), (B_HEX, B), (TOKEN_HEX, TOKEN), (CROSS_HEX, CROSS)) if e == entity)[2]
    return short.upper().replace("CFX:", f"CFX:TYPE.{kind[digit].upper()}:")


def left(address: str) -> str:
    return address.removeprefix("0x") + "0" * 24


def block(**said: Any) -> dict[str, Any]:
    usual = {
        "hash": BLOCK,
        "epochNumber": "0x10",
        "timestamp": STAMP,
        "parentHash": "0x00",
        "miner": spelled(A),
        "height": "0x10",
    }
    return usual | {"transactions": [HASH]} | said


def transaction(**said: Any) -> dict[str, Any]:
    usual = {"hash": HASH, "from": spelled(A), "to": spelled(B), "value": hex(10**18), "status": "0x0", "contractCreated": None}
    return usual | {"blockHash": BLOCK, "epochHeight": "0x10", "nonce": "0x1", "data": "0x", "chainId": "0x405"} | said


def log(name: str, indexed: list[str], data: str, contract: str = TOKEN, **said: Any) -> dict[str, Any]:
    topics = [(CROSSING | NAMES)[name] if contract == CROSS else NAMES.get(name, name), *("0x" + i for i in indexed)]
    usual = {"address": spelled(contract), "topics": topics, "data": "0x" + data, "blockHash": BLOCK, "epochNumber": "0x10"}
    return usual | {"transactionHash": HASH, "transactionIndex": "0x0", "logIndex": "0xa", "transactionLogIndex": "0x0"} | said


def called(value: int = 7, **said: Any) -> dict[str, Any]:
    data = word(value) + word(3) + word(96) + word(0)
    return log("Call", [left(MAPPED), left(ESPACE)], data, CROSS, **said)


def withdrawn(value: int = 7, **said: Any) -> dict[str, Any]:
    return log("Withdraw", [left(MAPPED), padded(A_HEX)], word(value) + word(4), CROSS, **said)


def read(folder: Path, *records: Any, blocks: bool = True) -> Result:
    if blocks:
        deliver(folder, "blocks.json", json.dumps(block()), DELIVERY)
    file = deliver(folder, "records.json", "\n".join(map(json.dumps, records)), DELIVERY)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def moved(result: Result) -> list[tuple[Any, ...]]:
    return result.tables["transfers"].select("event_id", "payer", "payee", "asset", "amount").rows()


def test_the_topics_are_the_hashes_of_their_signatures() -> None:
    assert {"0x" + keccak(SIGNATURES[name].encode()).hex(): name for name in SIGNATURES} == TOPICS
    assert CROSS == CONTRACT


def test_a_transaction_of_the_core_moves_the_coin_dated_by_its_block(tmp_path: Path) -> None:
    result = read(tmp_path, transaction(), transaction(hash="0x01", status="0x1"), transaction(hash="0x02", status=None))
    assert moved(result) == [(HASH, A, B, "conflux/native", 10**18)]
    assert result.tables["transfers"]["occurred_at"].to_list() == [MADE]
    assert result.keys.height == 3


def test_a_token_moves_by_its_log_and_epochs_date_what_names_no_known_block(tmp_path: Path) -> None:
    transfer = log("Transfer", [padded(A_HEX), padded(B_HEX)], word(5), blockHash="0x99")
    assert moved(read(tmp_path, transfer)) == [(f"{HASH}/10", A, B, "conflux/" + TOKEN.rpartition("/")[2], 5)]
    alone = read(tmp_path / "alone", transfer, blocks=False)
    assert alone.rejects["field"].to_list() == ["block_number"]


def test_a_block_with_its_transactions_and_answers_in_envelopes(tmp_path: Path) -> None:
    with_both = block(transactions=[transaction(), transaction(hash="0x01", value="0x5")])
    lines = [{"jsonrpc": "2.0", "id": 1, "result": with_both}, {"jsonrpc": "2.0", "id": 2, "result": block(transactions=[])}]
    result = read(tmp_path, *lines, blocks=False)
    assert [row[0] for row in moved(result)] == [HASH, "0x01"]
    assert set(result.tables["transfers"]["occurred_at"]) == {MADE}
    assert result.read == 3
    scanned = transaction(value="5", status=0, timestamp=1_700_000_000, epochNumber=16)
    page = {"code": 0, "message": "OK", "data": {"total": 1, "list": [scanned]}}
    assert [row[4] for row in moved(read(tmp_path / "scan", page, blocks=False))] == [5]


def test_a_call_crosses_to_the_mapped_account_and_on_to_whom_it_called(tmp_path: Path) -> None:
    sent = transaction(to=spelled(CROSS), value="0x7")
    m = clean("address", MAPPED, Context("", chain="conflux-espace"))
    result = read(tmp_path, sent, called())
    assert sorted(moved(result)) == [
        (HASH, A, CROSS, "conflux/native", 7),
        (f"{HASH}/10", CROSS, m, "conflux-espace/native", 7),
    ]
    ids = dict(result.tables["transfers"].select("event_id", "transaction_id").rows())
    assert ids[HASH] == ids[f"{HASH}/10"] == HASH
    assert result.tables["tags"].select("entity", "tag").rows() == [(CROSS, "bridge")]


def test_a_withdrawal_comes_back_from_the_mapped_account(tmp_path: Path) -> None:
    result = read(tmp_path, withdrawn())
    assert sorted(moved(result)) == [
        (f"{HASH}/10", CROSS, A, "conflux/native", 7),
    ]
    assert set(result.tables["transfers"]["transaction_id"]) == {f"{MAPPED}/4"}


def test_only_the_contract_itself_says_what_crossed_and_nothing_crosses_without_value(tmp_path: Path) -> None:
    other = called() | {"address": spelled(TOKEN)}
    assert "transfers" not in read(tmp_path, other, called(0, logIndex="0xb")).tables


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (called() | {"data": "0x" + word(7)}, "data"),
        (called() | {"topics": [CROSSING["Call"], "0x" + padded(ESPACE), "0x" + left(ESPACE)]}, "data"),
        (called(2**200), "data"),
        (log("Withdraw", [left(MAPPED), padded("0x9" + "1" * 39)], word(7) + word(4), CROSS), "topics"),
        (transaction(value="ten"), "value"),
        (transaction(**{"from": "cfx:aarc9abycue0hhzgyrr53m6cxedgccrmmyybjgh4x0"}), "from_address"),
        (transaction(blockHash="0x12", epochHeight="0x99"), "block_number"),
        ({"epochNumber": "0x10", "to": spelled(A)}, "record"),
    ],
)
def test_what_cannot_be_read_is_a_reject_and_its_neighbours_enter(tmp_path: Path, record: dict[str, Any], field: str) -> None:
    result = read(tmp_path, record, transaction(hash="0x07"))
    assert result.rejects.select("row", "field").rows() == [(1, field)]
    assert [row[0] for row in moved(result)] == ["0x07"]


PHANTOM: dict[str, Any] = {"block_number": 7, "block_timestamp": 1_700_000_000, "gas_price": 0, "receipt_status": 1}
PHANTOM |= {"nonce": 0, "input": "0x", "value": 7}
ZERO = "0x" + "0" * 40


def phantoms() -> list[dict[str, Any]]:
    """How eSpace shows a call, what the mapped account then paid, and a withdrawal; and a payment of its own beside them."""
    return [
        PHANTOM | {"hash": "0x" + "01" * 32, "from_address": ZERO, "to_address": MAPPED, "input": HASH + word(0)},
        PHANTOM | {"hash": "0x02", "nonce": 3, "from_address": MAPPED, "to_address": ESPACE},
        PHANTOM | {"hash": "0x03", "nonce": 4, "from_address": MAPPED, "to_address": ZERO},
        PHANTOM | {"hash": "0x04", "nonce": 9, "from_address": ESPACE, "to_address": MAPPED, "gas_price": 20},
    ]


def read_espace(folder: Path, rows: list[dict[str, Any]]) -> Result:
    told = DELIVERY.replace("conflux", "conflux-espace")
    return read_all(EthereumEtl(), deliver(folder, "transactions.csv", table(*rows), told))


def test_espace_tells_the_crossing_again_and_it_is_one_event(tmp_path: Path) -> None:
    """eSpace shows a crossing as transactions that nobody signed and that cost nothing (conflux-rust, phantom transactions)."""
    espace, core = read_espace(tmp_path / "espace", phantoms()), read(tmp_path / "core", called(), withdrawn(logIndex="0xb"))
    m, e = (clean("address", text, Context("", chain="conflux-espace")) for text in (MAPPED, ESPACE))
    told = espace.tables["transfers"].select("payer", "payee", "transaction_id").rows()
    assert told == [(CROSS, m, HASH), (m, e, "0x02"), (m, CROSS, f"{MAPPED}/4"), (e, m, "0x04")]
    both = [core.tables["transfers"].with_columns(deliverer=pl.lit("node/conflux")), espace.tables["transfers"]]
    assert len(set(merge_transfers(pl.concat(both)).tolist())) == 5


def test_a_crossing_that_espace_does_not_name_is_left_to_the_core(tmp_path: Path) -> None:
    espace = read_espace(tmp_path, [row | {"input": "0x"} for row in phantoms()])
    assert (espace.keys.height, espace.tables["transfers"].height) == (4, 3)


def test_a_broken_line_is_a_reject(tmp_path: Path) -> None:
    deliver(tmp_path, "blocks.json", json.dumps(block()), DELIVERY)
    text = "\n".join([json.dumps(transaction()), json.dumps(transaction())[:-5]])
    result = read_all(READER, deliver(tmp_path, "t.json", text, DELIVERY))
    assert (result.read, result.rejects["row"].to_list()) == (2, [2])


def test_a_network_by_number_is_refused_where_it_has_a_name() -> None:
    """CIP-37: the main network is `cfx`; `net1029` is not one of its spellings, and other networks hold no value."""
    for text in (A.rpartition("/")[2].replace("cfx:", "net1029:"), A.rpartition("/")[2].replace("cfx:", "cfxtest:")):
        with pytest.raises(IdentifierError, match="main network"):
            clean("address", text, CORE)
