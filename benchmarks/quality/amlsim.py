"""Planted laundering at a simulated bank (AMLSim): unsupervised, judged by the accounts that took part.

python -m benchmarks.quality.amlsim --data DIR --scores FILE

DIR holds `transactions.csv` of one bank (sourceNodeId, targetNodeId, value, time in steps); where it also holds `nodes.csv`
with `isFraud`, average precision is reported, beside two rules of one line, and again with all amounts made equal and repeats
collapsed. A step is taken for a day. FILE gets a score for every account: those named, and gaps in their numbers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.quality.labelled import Task, figures
from benchmarks.sheet import publish
from cutline.graph.index import Coverage, Index, build_index
from cutline.model.index import untold
from cutline.pipeline.oddity import odd_accounts

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ("payer", "payee", "amount", "asset")


def main() -> None:
    """Read, score; judge where there are labels."""
    task = Task.asked(__doc__ or "")
    moves = pl.read_csv(task.data / "transactions.csv")
    nodes = task.data / "nodes.csv"
    named = pl.read_csv(nodes)["nodeid"] if nodes.exists() else pl.Series([], dtype=pl.Int64)
    ids = _accounts(pl.concat([named, moves["sourceNodeId"], moves["targetNodeId"]]).unique().sort().to_numpy())
    scores = scored(moves, ids)
    task.write(scores, ids)
    if nodes.exists():
        _judge(moves, ids, scores, nodes)


def _accounts(seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill the gaps where accounts are numbered from 0: one that no transfer names is an account too."""
    dense = len(seen) and seen[0] >= 0 and seen[-1] < 2 * len(seen)
    return np.arange(seen[-1] + 1) if dense else seen


def scored(moves: pl.DataFrame, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Score every account by how improbable its transfers are; 0 for who has none."""
    index = index_of(moves)
    told = odd_accounts(index).total
    at = np.array([int(name.rpartition("/")[2]) for name in index.entities.to_pylist()], np.int64)
    out = np.zeros(len(ids))
    out[np.searchsorted(ids, at)] = told
    return out


def index_of(moves: pl.DataFrame) -> Index:
    """Make an index of a bank's transfers, as the lake would."""
    rows = moves.sort("time", maintain_order=True).select(
        (pl.lit(START) + pl.duration(days=pl.col("time"))).cast(pl.Datetime("us", "UTC")).alias("occurred_at"),
        pl.format("account:SIM/BANK/{}", "sourceNodeId").alias("payer"),
        pl.format("account:SIM/BANK/{}", "targetNodeId").alias("payee"),
        (pl.col("value") * 100).round().cast(pl.Int64).alias("amount"),
        pl.lit("CNY").alias("asset"),
    )
    table: pa.Table = rows.to_arrow()
    return build_index(
        lambda _, names: table.select(["occurred_at", *names]), {"transfers": COLUMNS}, lambda: _COVERED, lambda *_: [], untold
    )


_COVERED = {"transfers": Coverage(None, None)}


def _judge(moves: pl.DataFrame, ids: NDArray[np.int64], scores: NDArray[np.float64], nodes: Path) -> None:
    """Print the figures of the score, of two rules, and of what is left without amounts and repeats."""
    truth = pl.DataFrame({"nodeid": ids}).join(pl.read_csv(nodes), on="nodeid", how="left", maintain_order="left")
    labels = truth["isFraud"].cast(pl.Int8).fill_null(-1).to_numpy()
    pairs = ["sourceNodeId", "targetNodeId"]
    plain = (
        moves.sort("time", maintain_order=True).unique(pairs, keep="first", maintain_order=True).with_columns(value=pl.lit(1.0))
    )
    counted = moves.with_columns(n=pl.len().over(pairs), small=-pl.col("value"))
    told = [
        ("improbability", scores),
        ("rule: smallest amount", _most(counted, "small", ids)),
        ("rule: repeated payer–payee pair", _most(counted, "n", ids)),
        ("improbability, amounts equal, repeats collapsed", scored(plain, ids)),
    ]
    rows = [(name, *figures(labels, score)[:2]) for name, score in told]
    publish(
        f"amlsim-{nodes.parent.name}", f"AMLSim: accounts of {nodes.parent.name}", ("judged", "AUC", "AP"), rows, simulated=True
    )


def _most(moves: pl.DataFrame, column: str, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    ends = pl.concat([moves.select(pl.col(end).alias("id"), column) for end in ("sourceNodeId", "targetNodeId")])
    most = pl.DataFrame({"id": ids}).join(ends.group_by("id").max(), on="id", how="left", maintain_order="left")[column]
    return most.cast(pl.Float64).fill_null(moves[column].min()).to_numpy()


if __name__ == "__main__":
    main()
