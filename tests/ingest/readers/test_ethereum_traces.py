from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cutline.ingest.readers.ethereum_etl import shape_of
from cutline.ingest.sightings import duplicates, merge_transfers
from tests.ingest.delivered import Result
from tests.ingest.readers.test_ethereum_etl import HASH, A, B, C, moved, read, table, transaction

ZERO = "0x" + "00" * 20
D = "0x" + "44" * 20


def traced(*path: int, **said: Any) -> dict[str, Any]:
    usual = {"block_number": 7, "transaction_hash": HASH, "transaction_index": 0, "from_address": A, "to_address": B}
    usual |= {"value": str(10**19), "input": "0x", "output": "0x", "trace_type": "call", "call_type": "call", "reward_type": ""}
    kind = said.get("trace_type", "call")
    way = "_".join(map(str, path))
    usual |= {"gas": 1, "gas_used": 1, "subtraces": 0, "trace_address": ",".join(map(str, path)), "error": "", "status": 1}
    return usual | {"trace_id": f"{kind}_{HASH}_{way}"} | said


def without_status(*rows: dict[str, Any]) -> str:
    return table(*({name: value for name, value in row.items() if name != "status"} for row in rows))


def test_what_calls_inside_a_transaction_moved(tmp_path: Path) -> None:
    rows = [
        traced(),
        traced(0, from_address=B, to_address=C, value="3"),
        traced(0, 10, from_address=C, to_address=D, value="2", trace_type="create", call_type=""),
        traced(1, from_address=C, to_address=A, value="1", trace_type="suicide", call_type=""),
        traced(2, from_address=B, to_address=C, value="5", call_type="delegatecall"),
        traced(3, from_address=B, to_address=C, value="5", call_type="callcode"),
        traced(4, from_address=B, to_address=C, value="0", call_type="staticcall"),
    ]
    result = read(tmp_path, "traces.csv", table(*rows))
    a, b, c, d = (f"address:evm/{x}" for x in (A, B, C, D))
    assert moved(result) == [
        (HASH, a, b, "ethereum/native", 10**19),
        (f"{HASH}/trace/0000", b, c, "ethereum/native", 3),
        (f"{HASH}/trace/0000.0010", c, d, "ethereum/native", 2),
        (f"{HASH}/trace/0001", c, a, "ethereum/native", 1),
    ]
    assert set(result.tables["transfers"]["transaction_id"]) == {HASH}
    assert result.keys.height == 7


def test_rewards_mint_and_belong_to_no_transaction(tmp_path: Path) -> None:
    reward = {
        "transaction_hash": "",
        "from_address": "",
        "trace_type": "reward",
        "call_type": "",
        "to_address": C,
        "value": "2",
    }
    rows = [traced(**reward, reward_type="block"), traced(**reward, reward_type="uncle")]
    result = read(tmp_path, "traces.csv", table(*rows))
    assert [row[1:3] for row in moved(result)] == [(f"address:evm/{ZERO}", f"address:evm/{C}")] * 2
    assert result.tables["transfers"]["event_id"].n_unique() == 2
    assert result.tables["transfers"]["transaction_id"].to_list() == [None, None]


FAILED = [
    traced(),
    traced(0, from_address=B, to_address=C, value="3", error="Reverted", status=0),
    traced(0, 0, from_address=C, to_address=D, value="2", status=0),
    traced(0, 0, 5, from_address=D, to_address=A, value="1", status=0),
    traced(1, from_address=B, to_address=D, value="4"),
    traced(10, from_address=B, to_address=D, value="5"),
]


@pytest.mark.parametrize("write", [lambda rows: table(*rows), lambda rows: without_status(*rows)])
@pytest.mark.parametrize("order", [1, -1])
def test_what_failed_moves_nothing_nor_does_what_it_called(tmp_path: Path, write: Any, order: int) -> None:
    result = read(tmp_path, "traces.csv", write(FAILED[::order]))
    assert sorted(row[4] for row in moved(result)) == [4, 5, 10**19]
    assert result.keys.height == len(FAILED)


def test_a_transaction_that_failed_takes_its_calls_with_it(tmp_path: Path) -> None:
    rows = [traced(error="out of gas"), traced(0, from_address=B, to_address=C, value="3")]
    result = read(tmp_path, "traces.csv", without_status(*rows))
    assert result.tables == {}
    assert result.keys.height == 2


@pytest.mark.parametrize(
    "said", [{}, {"to_address": "", "receipt_contract_address": B, "trace_type": "create", "call_type": ""}]
)
def test_the_outermost_call_is_the_transaction_told_again(tmp_path: Path, said: dict[str, Any]) -> None:
    """By one house it is a duplicate; by two houses it is one event with two sightings."""
    of_call = {k: v for k, v in said.items() if k in ("trace_type", "call_type")}
    of_transaction = {k: v for k, v in said.items() if k not in of_call}
    calls = read(tmp_path / "a", "traces.csv", table(traced(**of_call), traced(0, from_address=B, to_address=C, value="3")))
    transactions = read(tmp_path / "b", "transactions.csv", table(transaction(**of_transaction)))
    assert duplicates(calls.keys, transactions.keys).to_list() == ["duplicate", "new"]
    told = pl.concat([r.tables["transfers"].with_columns(deliverer=pl.lit(n)) for n, r in (("x", calls), ("y", transactions))])
    assert len(set(merge_transfers(told).tolist())) == 2


def test_a_call_without_value_never_contradicts_the_transaction(tmp_path: Path) -> None:
    calls = read(tmp_path / "a", "traces.csv", table(traced(value="0", to_address=C, trace_type="create")))
    transactions = read(tmp_path / "b", "transactions.csv", table(transaction(value=0, to_address="")))
    assert duplicates(calls.keys, transactions.keys).to_list() == ["new"]


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    ways = [[int(n) for n in r["trace_address"].split(",") if n] for r in FAILED]
    as_json = [r | {"trace_address": way, "error": r["error"] or None} for r, way in zip(FAILED, ways, strict=True)]
    lines: Result = read(tmp_path / "json", "traces.json", "\n".join(map(json.dumps, as_json)))
    rows = read(tmp_path / "csv", "traces.csv", table(*FAILED))
    assert moved(lines) == moved(rows)
    assert lines.keys.equals(rows.keys)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (traced(value="x"), "value"),
        (traced(trace_type=""), "trace_type"),
        (traced(to_address="0x12"), "to_address"),
        (traced(to_address=""), "to_address"),
        (traced(transaction_hash=""), "transaction_hash"),
        (traced(block_number=8), "block_number"),
    ],
)
def test_a_trace_that_cannot_be_read_is_a_reject(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    result = read(tmp_path, "traces.csv", table(row, traced(0, value="3")))
    assert result.rejects.select("row", "field").rows() == [(1, field)]
    assert result.tables["transfers"].height == 1


def test_an_export_of_traces_is_no_other_export() -> None:
    assert shape_of(tuple(traced())) == "traces"
