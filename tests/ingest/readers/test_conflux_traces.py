"""Calls inside transactions of Conflux's core space: what they move, what reverted, what is no move of the coin."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.readers.test_conflux import A_HEX, BLOCK, CROSS, HASH, MADE, TOKEN, A, B, moved, read, spelled, transaction

ROW = {"epochNumber": "0x10", "epochHash": BLOCK, "blockHash": BLOCK, "transactionHash": HASH, "transactionPosition": "0x0"}


def trace(kind: str, valid: bool = True, **action: Any) -> dict[str, Any]:
    return ROW | {"type": kind, "valid": valid, "action": action}


def call(payer: str, payee: str, value: int, valid: bool = True, **said: Any) -> dict[str, Any]:
    usual = {
        "space": "native",
        "from": spelled(payer),
        "to": spelled(payee),
        "value": hex(value),
        "callType": "call",
        "gas": "0x1",
    }
    return trace("call", valid, **usual | {"input": "0x"} | said)


def done(outcome: str = "success") -> dict[str, Any]:
    return trace("call_result", outcome=outcome, gasLeft="0x0", returnData="0x")


def inner(value: int, **said: Any) -> dict[str, Any]:
    usual = {"from": spelled(A), "to": spelled(B), "fromPocket": "balance", "toPocket": "balance", "value": hex(value)}
    return trace("internal_transfer_action", **usual | {"fromSpace": "native", "toSpace": "native"} | said)


def test_inner_calls_move_the_coin_each_by_the_way_to_it(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        call(A, TOKEN, 10**18),
        call(TOKEN, B, 3),
        call(B, A, 2),
        done(),
        done(),
        call(TOKEN, A, 1),
        done(),
        done(),
    )
    assert moved(result) == [
        (HASH, A, TOKEN, "conflux/native", 10**18),
        (f"{HASH}/trace/0000", TOKEN, B, "conflux/native", 3),
        (f"{HASH}/trace/0000.0000", B, A, "conflux/native", 2),
        (f"{HASH}/trace/0001", TOKEN, A, "conflux/native", 1),
    ]
    assert set(result.tables["transfers"]["occurred_at"]) == {MADE}
    assert set(result.tables["transfers"]["transaction_id"]) == {HASH}
    assert (result.keys.height, result.rejects.height) == (8, 0)


def test_a_list_in_its_envelope_and_the_transaction_beside_it_is_told_once(tmp_path: Path) -> None:
    answer = {"jsonrpc": "2.0", "id": 1, "result": [call(A, B, 10**18), done()]}
    result = read(tmp_path, answer, transaction())
    assert [row[0] for row in moved(result)] == [HASH, HASH]
    assert {row[1:] for row in moved(result)} == {(A, B, "conflux/native", 10**18)}


@pytest.mark.parametrize(
    "still",
    [
        call(TOKEN, B, 3, valid=False),
        call(TOKEN, B, 3, callType="delegatecall"),
        call(TOKEN, B, 3, callType="staticcall"),
        call(TOKEN, B, 0),
        call(TOKEN, B, 3, space="evm"),
        inner(3, toPocket="gas_payment"),
        inner(3, toPocket="storage_collateral"),
        inner(3, to=spelled(A), toPocket="staking_balance"),
        inner(3, toSpace="evm"),
        inner(3, to=spelled(A)),
    ],
)
def test_what_moves_nothing_of_the_coin_gives_no_row(tmp_path: Path, still: dict[str, Any]) -> None:
    """Reverted, delegated and empty calls; gas, collateral, stakes; what the cross-space contract tells."""
    after = [] if still["type"] == "internal_transfer_action" else [done("reverted")]
    result = read(tmp_path, call(A, TOKEN, 5), still, *after, call(TOKEN, B, 1), done(), done())
    assert [(row[0], row[4]) for row in moved(result)] == [(HASH, 5), (f"{HASH}/trace/0001", 1)]
    assert result.rejects.is_empty()


def test_an_inner_transfer_between_balances_moves(tmp_path: Path) -> None:
    assert [row[1:] for row in moved(read(tmp_path, call(A, TOKEN, 5), inner(3), done()))] == [
        (A, TOKEN, "conflux/native", 5),
        (A, B, "conflux/native", 3),
    ]


def test_what_is_created_is_named_by_its_result(tmp_path: Path) -> None:
    create = trace("create", space="native", value="0x7", gas="0x1", init="0x", createType="create", **{"from": spelled(A)})
    result = read(
        tmp_path, create, trace("create_result", outcome="success", addr=spelled(TOKEN), gasLeft="0x0", returnData="0x")
    )
    assert [row[1:] for row in moved(result)] == [(A, TOKEN, "conflux/native", 7)]


def test_gas_that_is_paid_before_and_after_is_no_call(tmp_path: Path) -> None:
    gas = [inner(9, toPocket="gas_payment"), inner(4, fromPocket="gas_payment")]
    result = read(tmp_path, gas[0], call(A, TOKEN, 5), call(TOKEN, B, 1), done(), done(), gas[1])
    assert [row[0] for row in moved(result)] == [HASH, f"{HASH}/trace/0000"]
    assert result.keys["key"].n_unique() == 6
    assert result.rejects.is_empty()


def test_a_contract_that_crosses_is_followed_into_the_contract(tmp_path: Path) -> None:
    """A wallet contract sends coins to the other space: what went into the cross-space contract stands in traces alone."""
    result = read(tmp_path, call(A, TOKEN, 0), call(TOKEN, CROSS, 7), done(), done())
    assert moved(result) == [(f"{HASH}/trace/0000", TOKEN, CROSS, "conflux/native", 7)]


def test_what_cannot_be_read_is_a_reject_and_its_neighbours_enter(tmp_path: Path) -> None:
    wrong = call(A, B, 5) | {"action": {"from": spelled(A), "to": A_HEX[:-3], "value": "0x5", "callType": "call"}}
    other = json.loads(json.dumps(call(A, B, 4)).replace(HASH, "0x" + "cd" * 32))
    result = read(tmp_path, wrong, done(), other)
    assert result.rejects.select("row", "field").rows() == [(1, "to_address")]
    assert [row[4] for row in moved(result)] == [4]
