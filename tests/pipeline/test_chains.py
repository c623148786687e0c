"""Deliveries of Bitcoin, of traces and of Conflux's two spaces, taken in and followed to where the money lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cutline.model.evidence import Trace
from cutline.pipeline.indexing import read_index
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.trail import Trail, follow_reports, lay_trail, needed_columns
from cutline.store.lake import Lake
from cutline.tracing import Policy, Stolen, TraceConfig, trace
from tests.ingest.readers import test_bitcoin as bitcoin
from tests.ingest.readers import test_conflux as conflux
from tests.ingest.readers import test_ethereum_traces as traces
from tests.ingest.readers.test_ethereum_etl import table, transaction


def deliver(folder: Path, chain: str, files: dict[str, str], source: str = "node") -> Path:
    folder.mkdir(parents=True)
    said = f"source: {source}\nreceived_at: 2026-04-01T08:00:00+08:00\n" + (f"chain: {chain}\n" if chain else "")
    (folder / "delivery.yaml").write_text(said)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@contextmanager
def laid(workspace: Path, *folders: Path) -> Iterator[tuple[Lake, Trail]]:
    with Lake.open(workspace) as lake:
        report = take_in(lake, folders, IntakeOptions())
        assert not report.refused
        assert report.counts["rejected"] == 0
        yield lake, lay_trail(lake, read_index(lake, [needed_columns()]))


def follow(lake: Lake, trail: Trail, event: str) -> Trace:
    (row,) = lake.find_events("transfers", pl.Series([event]))["position"].unique().to_list()
    return trace(trail.ledgers, [Stolen(row, trail.ledgers.amount_of(row))], Policy.FIFO, TraceConfig(), trail.landmarks)


def where(told: Trace) -> dict[tuple[str, str], int]:
    return {(t.entity, str(t.how)): t.amount_minor for t in told.terminals}


def test_a_victims_bitcoin_is_followed_through_one_block(tmp_path: Path) -> None:
    """The second transaction spends the first in the same block, and its hash sorts before it."""
    sides = {"inputs": [bitcoin.spent(bitcoin.A, 1000)], "outputs": [bitcoin.paid(bitcoin.B, 990)]}
    first = bitcoin.etl(hash="ff" * 32, index=1, fee=10, **sides)
    onward = [bitcoin.paid(bitcoin.C, 600), bitcoin.paid(bitcoin.B, 385, 1)]
    second = bitcoin.etl(hash="00" * 31 + "01", index=2, inputs=[bitcoin.spent(bitcoin.B, 990)], outputs=onward, fee=5)
    payment = {"time": "2023-11-15T06:20:00+08:00", "from": bitcoin.A, "to": bitcoin.B, "reference": "ff" * 32}
    report = {"report_id": "r1", "kind": "loss", "received_at": "2023-11-16T08:00:00+08:00", "payments": [payment]}
    chain = deliver(tmp_path / "chain", "", {"transactions.json": "\n".join(map(json.dumps, (second, first)))})
    police = deliver(tmp_path / "police", "", {"reports.jsonl": json.dumps(report)}, "police")
    with laid(tmp_path / "w", chain, police) as (_, trail):
        (told,) = follow_reports(trail)
    assert told.stolen_minor == 990
    assert where(told) == {
        (f"address:bitcoin/{bitcoin.C}", "residual"): 600,
        (f"address:bitcoin/{bitcoin.B}", "residual"): 385,
        (f"transaction:bitcoin/fees/{bitcoin.BLOCK}", "residual"): 5,
    }


def test_a_transaction_of_a_house_in_two_shapes_is_taken_in_once(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "x", "bitcoin", {"a.json": json.dumps(bitcoin.etl()), "b.json": json.dumps(bitcoin.esplora())})
    other = deliver(tmp_path / "y", "bitcoin", {"c.json": json.dumps(bitcoin.core())}, "exchange")
    with Lake.open(tmp_path / "w") as lake:
        counts = take_in(lake, [folder, other], IntakeOptions()).counts
        assert counts == {"read": 3, "accepted": 1, "merged": 1, "duplicates": 1, "rejected": 0}
        assert lake.events("transfers", ["event_id"]).num_rows == len(bitcoin.THROUGH)


def test_calls_inside_a_transaction_carry_the_coin_on(tmp_path: Path) -> None:
    calls = [traces.traced(), traces.traced(0, from_address=traces.B, to_address=traces.C, value=str(10**19))]
    dated = [row | {"block_timestamp": 1_700_000_000} for row in calls]
    folder = deliver(tmp_path / "x", "ethereum", {"transactions.csv": table(transaction()), "traces.csv": table(*dated)})
    with laid(tmp_path / "w", folder) as (lake, trail):
        assert len(trail.ledgers.payer) == 2
        told = follow(lake, trail, traces.HASH + "/trace/0000")
    assert where(told) == {(f"address:evm/{traces.C}", "residual"): 10**19}


@pytest.mark.parametrize("houses", [("node", "node"), ("node", "explorer")])
def test_what_crosses_to_espace_and_back_is_one_certain_way(tmp_path: Path, houses: tuple[str, str]) -> None:
    a, x = conflux.A, conflux.spelled(conflux.CROSS)
    back = "0x" + "cd" * 32
    core: list[dict[str, Any]] = [
        conflux.block(timestamp=hex(1_700_000_000)),
        conflux.transaction(to=x, value="0x7"),
        conflux.called(),
        conflux.withdrawn(transactionHash=back, timestamp=hex(1_700_000_100)),
    ]
    into, on, out, own = conflux.phantoms()
    later = [own | {"block_timestamp": 1_700_000_050}, out | {"block_timestamp": 1_700_000_100}]
    espace = [into, on, *later]
    one = deliver(tmp_path / "core", "conflux", {"core.jsonl": "\n".join(map(json.dumps, core))}, houses[0])
    two = deliver(tmp_path / "espace", "conflux-espace", {"transactions.csv": table(*espace)}, houses[1])
    with laid(tmp_path / "w", one, two) as (lake, trail):
        assert len(trail.ledgers.payer) == 6
        sent = lake.find_events("transfers", pl.Series([conflux.HASH]))["position"].to_list()
        first = next(
            row for row in sent if trail.ledgers.index.entity(int(trail.ledgers.entity[trail.ledgers.payer[row]])) == a
        )
        whole = trace(trail.ledgers, [Stolen(first, 7)], Policy.FIFO, TraceConfig(), trail.landmarks)
    assert where(whole) == {(a, "residual"): 7}
    assert {hop.competing for hop in whole.hops} == {0}
    assert {hop.asset for hop in whole.hops} == {"conflux/native", "conflux-espace/native"}
