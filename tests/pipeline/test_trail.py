"""From logs of a chain to a trail that crosses a swap, in amounts that no int64 holds."""

from __future__ import annotations

from pathlib import Path

from cutline.pipeline.indexing import read_index
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.trail import lay_trail, needed_columns
from cutline.store.lake import Lake
from cutline.tracing import Policy, Stolen, TraceConfig, trace
from tests.ingest.readers.test_ethereum_etl import NAMES, padded, table, word

VICTIM, THIEF, POOL, NEXT = ("0x" + pair * 20 for pair in ("11", "22", "33", "44"))
TOKEN, COIN = "0x" + "ab" * 20, "0x" + "cd" * 20
WEI = 25 * 10**18 + 3


def log(k: int, tx: int, contract: str, name: str, indexed: list[str], amount: str) -> dict[str, object]:
    topics = ",".join([NAMES[name], *("0x" + padded(one) for one in indexed)])
    told = {"log_index": k, "transaction_hash": f"0x{tx:064x}", "address": contract, "data": "0x" + amount, "topics": topics}
    return told | {"block_number": tx, "block_timestamp": 1_700_000_000 + 60 * tx}


def test_a_trail_of_wei_crosses_a_swap_that_logs_tell(tmp_path: Path) -> None:
    logs = [
        log(0, 1, TOKEN, "Transfer", [VICTIM, THIEF], word(WEI)),
        log(1, 2, TOKEN, "Transfer", [THIEF, POOL], word(WEI)),
        log(2, 2, COIN, "Transfer", [POOL, THIEF], word(60_000)),
        log(3, 2, POOL, "Swap v2", [THIEF, THIEF], word(1) * 4),
        log(4, 3, COIN, "Transfer", [THIEF, NEXT], word(45_000)),
    ]
    folder = tmp_path / "chain"
    folder.mkdir()
    (folder / "delivery.yaml").write_text("source: node\nreceived_at: 2026-04-01T08:00:00+08:00\nchain: ethereum\n")
    (folder / "logs.csv").write_text(table(*logs))
    with Lake.open(tmp_path / "workspace") as lake:
        assert not take_in(lake, [folder], IntakeOptions()).refused
        trail = lay_trail(lake, read_index(lake, [needed_columns()]))
        assert trail.ledgers.refused.total == 0
        t = trace(trail.ledgers, [Stolen(0, WEI)], Policy.FIFO, TraceConfig(), trail.landmarks)
    ended = {x.entity[-4:]: (x.amount_minor, x.loss_minor) for x in t.terminals}
    assert ended == {NEXT[-4:]: (45_000, WEI * 3 // 4), THIEF[-4:]: (15_000, WEI - WEI * 3 // 4)}
