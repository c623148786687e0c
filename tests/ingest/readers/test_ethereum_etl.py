from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.ethereum_etl import EthereumEtl, shape_of
from cutline.ingest.readers.ethereum_logs import SIGNATURES, TOPICS, word_amounts
from tests.ingest.delivered import DELIVERY, Result, deliver, discover, read_all

READER = EthereumEtl()
A, B, C = "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
TOKEN = "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7"
HASH = "0x" + "ab" * 32
NAMES = {name: topic for topic, name in TOPICS.items()}
ON_ETHEREUM = DELIVERY + "chain: ethereum\n"
MADE = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def word(number: int) -> str:
    return f"{number:064x}"


def padded(address: str) -> str:
    return "0" * 24 + address.removeprefix("0x")


def table(*rows: dict[str, Any]) -> str:
    text = io.StringIO()
    out = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    out.writeheader()
    out.writerows(rows)
    return text.getvalue()


def log(index: int, name: str, indexed: list[str], data: str = "", **said: Any) -> dict[str, Any]:
    topics = [NAMES.get(name, name), *("0x" + i for i in indexed)]
    usual = {
        "log_index": index,
        "transaction_hash": HASH.upper().replace("0X", "0x"),
        "transaction_index": 0,
        "block_hash": "0xaa",
    }
    return usual | {"block_number": 7, "address": USDT, "data": "0x" + data, "topics": ",".join(topics)} | said


def token_transfer(**said: Any) -> dict[str, Any]:
    usual = {"token_address": USDT, "from_address": A, "to_address": B, "value": "5", "transaction_hash": HASH}
    return usual | {"log_index": 0, "block_number": 7} | said


def transaction(**said: Any) -> dict[str, Any]:
    usual = {"hash": HASH, "nonce": 0, "block_number": 7, "from_address": A, "to_address": B, "value": str(10**19)}
    return usual | {"receipt_status": 1, "block_timestamp": 1_700_000_000} | said


def read(folder: Path, name: str, text: str, delivery: str = ON_ETHEREUM, blocks: bool = True) -> Result:
    if blocks:
        deliver(
            folder,
            "blocks.csv",
            table({"number": 7, "hash": "0xaa", "parent_hash": "0x", "timestamp": 1_700_000_000}),
            delivery,
        )
    file = deliver(folder, name, text, delivery)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def moved(result: Result) -> list[tuple[Any, ...]]:
    return result.tables["transfers"].select("event_id", "payer", "payee", "asset", "amount").rows()


def test_the_topics_are_the_hashes_of_their_signatures() -> None:
    assert {"0x" + keccak(SIGNATURES[name].encode()).hex(): name for name in SIGNATURES} == TOPICS


def test_a_swap_tells_that_its_contract_is_a_pool_and_moves_nothing(tmp_path: Path) -> None:
    """Pairs of v2, pools of v3, and forks, whatever their address; a log cut short is a reject."""
    data = {"Swap v2": 4, "Swap v3": 5, "Swap v3 with fees": 7}
    logs = [
        log(k, name, [padded(A), padded(B)], word(9) * words, address=f"0x{k + 1:040x}")
        for k, (name, words) in enumerate(data.items())
    ]
    result = read(tmp_path, "logs.csv", table(*logs, log(8, "Swap v2", [padded(A)], word(9), address=C)))
    assert "transfers" not in result.tables
    tags = result.tables["tags"].select("entity", "tag").rows()
    assert tags == [(f"address:evm/0x{k + 1:040x}", "pool") for k in range(3)]
    assert result.rejects["row"].to_list() == [4]


def test_a_token_transfer_is_dated_by_its_block(tmp_path: Path) -> None:
    result = read(tmp_path, "token_transfers.csv", table(token_transfer()))
    assert moved(result) == [(f"{HASH}/0", f"address:evm/{A}", f"address:evm/{B}", TOKEN, 5)]
    told = result.tables["transfers"].row(0, named=True)
    assert (told["transaction_id"], told["leg"], told["occurred_at"], told["rail"]) == (HASH, 0, MADE, "chain")


def test_a_row_that_nobody_dates_is_a_reject(tmp_path: Path) -> None:
    result = read(tmp_path, "token_transfers.csv", table(token_transfer(), token_transfer(block_number=8, log_index=1)))
    assert result.rejects.select("row", "field", "found").rows() == [(2, "block_number", "8")]
    alone = read(tmp_path / "alone", "token_transfers.csv", table(token_transfer()), blocks=False)
    assert alone.rejects["field"].to_list() == ["block_number"]


@pytest.mark.parametrize("stamp", ["1700000000", "2023-11-14T22:13:20Z", "2023-11-14 22:13:20 UTC"])
def test_a_row_with_its_own_time_needs_no_blocks(tmp_path: Path, stamp: str) -> None:
    result = read(tmp_path, "token_transfers.csv", table(token_transfer(block_timestamp=stamp)), blocks=False)
    assert result.tables["transfers"]["occurred_at"].to_list() == [MADE]


def test_a_token_of_single_pieces_is_known_from_tokens(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "tokens.csv",
        table({"address": USDT, "symbol": "ART", "name": "Art", "decimals": 0, "kind": "ERC721"}),
        ON_ETHEREUM,
    )
    piece = read(tmp_path, "token_transfers.csv", table(token_transfer(value=2**200)))
    assert moved(piece)[0][3:] == (f"{TOKEN}/{2**200}", 1)
    logs = read(tmp_path, "logs.csv", table(log(0, "Transfer", [padded(A), padded(B), word(2**200)])))
    assert piece.keys.select("key", "content").rows() == logs.keys.select("key", "content").rows()


def test_a_transaction_moves_the_coin_unless_it_failed(tmp_path: Path) -> None:
    rows = [transaction(), transaction(hash="0x01", receipt_status=0), transaction(hash="0x02", value=0)]
    result = read(tmp_path, "transactions.csv", table(*rows))
    assert moved(result) == [(HASH, f"address:evm/{A}", f"address:evm/{B}", "ethereum/native", 10**19)]
    assert result.keys.height == 3


def test_a_contract_that_was_created_is_the_payee(tmp_path: Path) -> None:
    rows = [
        transaction(to_address="", receipt_contract_address=C),
        transaction(hash="0x01", to_address="", receipt_contract_address=""),
    ]
    result = read(tmp_path, "transactions.csv", table(*rows))
    assert moved(result)[0][2] == f"address:evm/{C}"
    assert result.rejects.select("row", "field").rows() == [(2, "to_address")]


LOGS = [
    log(0, "Transfer", [padded(A), padded(B)], word(5)),
    log(1, "Transfer", [padded(A), padded(B), word(2**255)]),
    log(2, "TransferSingle", [padded(C), padded(A), padded(B)], word(7) + word(3)),
    log(3, "TransferBatch", [padded(C), padded(A), padded(B)], "".join(map(word, (64, 160, 2, 8, 9, 2, 1, 4)))),
    log(4, "Deposit", [padded(A)], word(10)),
    log(5, "Withdrawal", [padded(A)], word(11)),
    log(6, "AddedBlackList", [], padded(B)),
    log(7, "DestroyedBlackFunds", [], padded(B) + word(99)),
    log(8, "0x" + "99" * 32, [], word(1)),
]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_logs_are_read_by_their_topics(tmp_path: Path, form: str) -> None:
    listed = "\n".join(json.dumps(r | {"topics": r["topics"].split(",")}) for r in LOGS)
    result = read(tmp_path, f"logs.{form}", table(*LOGS) if form == "csv" else listed)
    contract = "address:" + TOKEN.replace("ethereum", "evm")
    a, b, zero = (f"address:evm/{x}" for x in (A, B, "0x" + "0" * 40))
    assert moved(result) == [
        (f"{HASH}/0", a, b, TOKEN, 5),
        (f"{HASH}/1", a, b, f"{TOKEN}/{2**255}", 1),
        (f"{HASH}/2", a, b, f"{TOKEN}/7", 3),
        (f"{HASH}/3", a, b, f"{TOKEN}/8", 1),
        (f"{HASH}/3/1", a, b, f"{TOKEN}/9", 4),
        (f"{HASH}/4", contract, a, TOKEN, 10),
        (f"{HASH}/5", a, contract, TOKEN, 11),
        (f"{HASH}/7", b, zero, TOKEN, 99),
    ]
    assert result.tables["tags"].select("entity", "tag", "valid_from").rows() == [(b, "frozen", MADE)]
    assert (result.read, result.keys.height) == (9, 9)


@pytest.mark.parametrize(
    "bad",
    [
        log(1, "Transfer", [padded(A)]),
        log(1, "Transfer", [padded(A), padded(B)], word(10**38)),
        log(1, "Transfer", ["f" * 64, padded(B)], word(1)),
        log(1, "TransferSingle", [padded(C), padded(A), padded(B)], word(7)),
        log(1, "TransferBatch", [padded(C), padded(A), padded(B)], word(64) + word(2**255) + word(2)),
        log(
            1, "TransferBatch", [padded(C), padded(A), padded(B)], word(64) + word(128) + word(1) + word(7) + word(2) + word(1)
        ),
        log(1, "Deposit", [padded(A)]),
        log(1, "DestroyedBlackFunds", []),
        log(1, "Transfer", [padded(A), padded(B)], word(5), log_index="x"),
        log(1, "Transfer", [padded(A), padded(B)], word(5), address="0x12"),
        log(1, "Transfer", [padded(A), padded(B)], word(5), topics=""),
    ],
)
def test_a_log_that_does_not_hold_its_event_is_a_reject(tmp_path: Path, bad: dict[str, Any]) -> None:
    result = read(tmp_path, "logs.csv", table(LOGS[0], bad))
    assert (result.rejects["row"].to_list(), len(moved(result))) == ([2], 1)


def test_one_transfer_told_by_two_exports_is_one(tmp_path: Path) -> None:
    told = read(tmp_path, "token_transfers.csv", table(token_transfer())).keys
    logged = read(tmp_path, "logs.csv", table(LOGS[0])).keys
    assert told.select("key", "content").rows() == logged.select("key", "content").rows()


def test_a_batch_of_nothing_gives_no_row(tmp_path: Path) -> None:
    empty = log(1, "TransferBatch", [padded(C), padded(A), padded(B)], word(64) + word(96) + word(0) + word(0))
    result = read(tmp_path, "logs.csv", table(empty))
    assert (result.keys.height, result.tables) == (1, {})


def test_blocks_are_accepted_without_rows(tmp_path: Path) -> None:
    result = read(tmp_path, "blocks.csv", table({"number": 7, "hash": "0xaa", "parent_hash": "0x", "timestamp": 1_700_000_000}))
    assert (result.read, result.keys.height, result.tables) == (1, 1, {})


@pytest.mark.parametrize(
    ("folder", "asset"), [("bsc", "bsc"), ("polygon/2026", "polygon"), ("conflux-espace", "conflux-espace"), ("bnb", "bsc")]
)
def test_the_chain_is_the_folder_s_where_the_delivery_says_none(tmp_path: Path, folder: str, asset: str) -> None:
    result = read(tmp_path / folder, "transactions.csv", table(transaction()), DELIVERY)
    assert moved(result)[0][1:4] == (f"address:evm/{A}", f"address:evm/{B}", f"{asset}/native"), (
        "one key is one address on all EVM chains"
    )


def test_a_chain_that_nothing_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"delivery\.yaml"):
        read(tmp_path, "transactions.csv", table(transaction()), DELIVERY)


def test_each_export_is_known_by_its_columns() -> None:
    assert shape_of(tuple(token_transfer())) == "token_transfers"
    assert shape_of(tuple(transaction())) == "transactions"
    assert shape_of(tuple(LOGS[0])) == "logs"
    assert shape_of(("a", "b")) is None


@given(st.lists(st.integers(0, 2**256 - 1) | st.integers(10**38 - 3, 10**38 + 3) | st.integers(0, 9), min_size=1))
def test_words_are_exact_or_too_large(numbers: list[int]) -> None:
    amounts, large = word_amounts(pl.Series([word(n) for n in numbers]))
    assert [None if a is None else int(a) for a in amounts] == [n if n < 10**38 else None for n in numbers]
    assert large.to_list() == [n >= 10**38 for n in numbers]


def test_blocks_cut_down_to_numbers_and_times_date_rows_of_folders_below(tmp_path):
    deliver(tmp_path, "blocks.csv", "number,timestamp\n7,1700000000\n", ON_ETHEREUM)
    (tmp_path / "ethereum").mkdir()
    path = tmp_path / "ethereum" / "token_transfers.csv"
    path.write_text(table(token_transfer()))
    got = read_all(READER, discover([path])[0])
    assert got.tables["transfers"]["occurred_at"].to_list() == [MADE]


def test_blocks_may_be_json_lines(tmp_path):
    deliver(tmp_path, "blocks.json", json.dumps({"type": "block", "number": 7, "timestamp": 1_700_000_000}), ON_ETHEREUM)
    got = read(tmp_path, "token_transfers.json", json.dumps({"type": "token_transfer", **token_transfer()}), blocks=False)
    assert got.tables["transfers"]["occurred_at"].to_list() == [MADE]


def test_a_list_of_tokens_needs_no_names(tmp_path):
    deliver(tmp_path, "tokens.csv", f"address,decimals,kind\n{USDT},,ERC721\n", ON_ETHEREUM)
    got = read(tmp_path, "token_transfers.csv", table(token_transfer(value="12")))
    assert got.tables["transfers"].select("asset", "amount").rows() == [(f"{TOKEN}/12", 1)]
