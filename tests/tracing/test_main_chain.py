"""Swaps of the main chain: three blocks of Ethereum as they were, told by logs, by traces, and by bare transfers."""

import json
from collections import defaultdict

import numpy as np
import polars as pl
import pytest

from cutline.ingest.readers.ethereum_etl import EthereumEtl
from cutline.tracing import build_ledgers, join_swaps
from cutline.tracing.joins import Joins
from tests.ingest.delivered import DELIVERY, deliver, read_all
from tests.ingest.readers.reference import reference_files
from tests.worlds import world

COLUMNS = ["occurred_at", "payer", "payee", "amount", "asset", "rail", "transaction_id", "event_id"]
FIRST_BLOCK = 15_000_000
WETH = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
CREATES = ("create", "create2")


def _moment(block):
    return 1_655_800_000 + int(block) - FIRST_BLOCK


def _logs(tmp_path):
    """Three blocks of the main chain as an export: their logs with a time of their own; what failed wrote none."""
    logs = [
        json.loads(line) for path in reference_files("chain/eth/tokens", "logs.json") for line in path.read_text().splitlines()
    ]
    rows = [
        {
            "log_index": log["logIndex"],
            "transaction_hash": log["txHash"],
            "address": log["address"],
            "data": log["data"],
            "topics": ",".join(log["topics"]),
            "block_number": log["blockId"],
            "block_timestamp": _moment(log["blockId"]),
        }
        for log in logs
    ]
    file = deliver(tmp_path, "logs.csv", pl.DataFrame(rows).write_csv(), DELIVERY + "chain: ethereum\n")
    return read_all(EthereumEtl(), file)


@pytest.mark.data
def test_swaps_of_the_main_chain_net_as_their_own_events_say(tmp_path):
    result = _logs(tmp_path)
    told = result.tables["transfers"].filter(pl.col("amount").is_not_null()).sort("occurred_at", "leg")
    pools = result.tables["tags"].filter(pl.col("tag") == "pool")["entity"].unique().sort().to_list()
    rows = [{**row, "event_id": f"e{k:06d}"} for k, row in enumerate(told.select(COLUMNS).to_dicts())]
    index = world(transfers=rows)
    ledgers = build_ledgers(index)
    table = index.tables["transfers"]
    codes = np.array([code for code in map(index.code, pools) if code >= 0], np.int32)
    joins = join_swaps(ledgers, Joins.none(len(rows)), table.columns["transaction_id"], codes).joins
    net = defaultdict(int)
    for row in rows:
        net[row["transaction_id"], row["payer"], row["asset"]] -= int(row["amount"])
        net[row["transaction_id"], row["payee"], row["asset"]] += int(row["amount"])
    held = [net[row["transaction_id"], row["payer"], row["asset"]] for row in rows]
    exchanged = np.flatnonzero(joins.partner != -1).tolist()
    paying = [k for k in exchanged if rows[k]["payer"] not in pools and held[k] < 0]
    assert ledgers.refused.no_amount == 0
    assert ledgers.exact is not None
    assert (len(pools), len(paying)) == (78, 97)
    for k in paying:
        piece = -2 - joins.partner[k]
        many = joins.splits.other[joins.splits.ptr[piece] : joins.splits.ptr[piece + 1]].tolist() if piece >= 0 else []
        out, back = rows[k], rows[many[0] if many else joins.partner[k]]
        assert {out["transaction_id"]} == {rows[other]["transaction_id"] for other in many} | {back["transaction_id"]}
        assert out["asset"] != back["asset"]
        assert net[back["transaction_id"], back["payee"], back["asset"]] > 0


def _traces(tmp_path):
    """What the calls inside the transactions of those blocks moved of the chain's own coin."""
    files = reference_files("chain/eth/tokens", "traces.csv")
    told = pl.concat([pl.read_csv(path, infer_schema=False) for path in files])
    told = told.filter((pl.col("blockId").cast(pl.Int64) >= FIRST_BLOCK) & (pl.col("txHash") != ""))
    rows = told.select(
        block_number="blockId",
        transaction_hash="txHash",
        from_address="fromAddress",
        to_address="toAddress",
        value="value",
        trace_type=pl.when(pl.col("callType").is_in(CREATES)).then(pl.lit("create")).otherwise(pl.lit("call")),
        call_type="callType",
        trace_address=pl.col("traceId").str.extract("_0x[0-9a-f]{64}_?(.*)$").fill_null("").str.replace_all("_", ","),
        status="status",
        block_timestamp=pl.col("blockId").map_elements(lambda block: str(_moment(block)), return_dtype=pl.String),
    )
    return read_all(EthereumEtl(), deliver(tmp_path / "traces", "traces.csv", rows.write_csv(), DELIVERY + "chain: ethereum\n"))


def _swaps(told, pools):
    """Join what swaps: by event the events it was exchanged for."""
    ids = told["event_id"].to_list()
    index = world(transfers=[{**row, "event_id": f"e{k:06d}"} for k, row in enumerate(told.select(COLUMNS).to_dicts())])
    ledgers = build_ledgers(index)
    codes = np.array([code for code in map(index.code, pools) if code >= 0], np.int32)
    joins = join_swaps(ledgers, Joins.none(len(ids)), index.tables["transfers"].columns["transaction_id"], codes).joins
    found = {}
    for row in np.flatnonzero(joins.partner != -1).tolist():
        piece = -2 - int(joins.partner[row])
        many = joins.splits.other[joins.splits.ptr[piece] : joins.splits.ptr[piece + 1]].tolist() if piece >= 0 else []
        found[ids[row]] = {ids[other] for other in many or [int(joins.partner[row])]}
    return found


@pytest.mark.data
def test_netting_from_bare_transfers_agrees_with_what_the_logs_say(tmp_path):
    """Transfers and inner calls alone, no swap, no wrap, no list: of 179 halves of swaps 174 are joined as with all logs.

    Two differ, where a trader of two tokens is seen but in these blocks: nothing tells whose swap a route over two pools is.
    """
    logs = _logs(tmp_path).tables
    pools = logs["tags"].filter(pl.col("tag") == "pool")["entity"].unique().sort().to_list()
    native = _traces(tmp_path).tables["transfers"]
    tokens = logs["transfers"].filter(pl.col("amount").is_not_null()).select(native.columns)
    told = pl.concat([tokens, native]).sort("occurred_at", "event_id")
    wrapper = f"address:evm/{WETH}"
    wraps = (pl.col("payer") == wrapper) | (pl.col("payee") == wrapper)
    bare = told.filter(~wraps | (pl.col("asset") == "ethereum/native"))
    by_logs, by_transfers = _swaps(told, pools), _swaps(bare, ())
    aside = set(told.filter(wraps)["event_id"])
    inner = aside | set(told.filter(pl.col("payer").is_in(pools))["event_id"])
    of_traders = {event: others for event, others in by_logs.items() if event not in inner and not others & aside}
    same = [event for event, others in of_traders.items() if by_transfers.get(event) == others]
    differ = [event for event, others in of_traders.items() if by_transfers.get(event, others) != others]
    assert (len(of_traders), len(same), len(differ)) == (179, 174, 2)
