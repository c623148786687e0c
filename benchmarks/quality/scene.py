"""A laundering scene as the tables that tracing takes: transfers in one money, addresses, tags, and where stolen value arrived.

What is read: `transfers.csv`, `seeds.csv`, `tags.csv`. A seed becomes a transfer from outside to the address that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.model.evidence import Citation
from cutline.model.index import KIND_NAMES, NULL, Coverage, EventTable, Index
from cutline.tracing import Ledgers, Stolen, build_ledgers

OUTSIDE = "organisation:scene/outside"
CENTS = 100


@dataclass(frozen=True, slots=True)
class Scene:
    """Ledgers, the rows where stolen value enters, and the id of each row's transfer (empty for those)."""

    ledgers: Ledgers
    seeds: tuple[Stolen, ...]
    ids: NDArray[np.object_]


def read_scene(folder: Path) -> Scene:
    """Read a scene's public files; times of one second carry no order and are settled together."""
    moved, seeds = _rows(folder / "transfers.csv"), _rows(folder / "seeds.csv")
    arrived = seeds.select(
        pl.lit("").alias("transfer_id"), "time", pl.lit(OUTSIDE).alias("payer"), pl.col("address").alias("payee"), "amount"
    )
    named = moved.select("transfer_id", "time", _address("payer"), _address("payee"), "amount")
    rows = pl.concat([named, arrived.with_columns(_address("payee"))]).with_columns(
        pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us", time_zone="UTC").dt.epoch("us"),
        (pl.col("amount").cast(pl.Float64) * CENTS).round().cast(pl.Int64),
    )
    rows = rows.sort("time", pl.col("transfer_id") != "", pl.col("transfer_id").cast(pl.Int64, strict=False))
    ids = rows["transfer_id"].to_numpy()
    index = _index(rows, _rows(folder / "tags.csv"))
    ledgers = build_ledgers(index, settle_together=True)
    stolen = tuple(Stolen(int(k), int(ledgers.amount[k])) for k in np.flatnonzero(ids == ""))
    return Scene(ledgers, stolen, ids)


def _rows(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _address(column: str) -> pl.Expr:
    return ("address:evm/" + pl.col(column)).alias(column)


def _index(rows: pl.DataFrame, tags: pl.DataFrame) -> Index:
    marked = tags.with_columns(_address("address"))
    names = pl.concat([rows["payer"], rows["payee"], marked["address"].alias("payer")]).unique().sort()
    kinds = np.array([KIND_NAMES.index(name.partition(":")[0]) for name in names.to_list()], np.uint8)
    nothing = np.full(len(rows), -1, np.int32)
    unknown = np.full(len(rows), NULL)
    transfers = EventTable(
        "transfers",
        rows["time"].to_numpy(),
        {
            "payer": _codes(rows["payer"], names),
            "payee": _codes(rows["payee"], names),
            "amount": rows["amount"].to_numpy(),
            "asset": np.zeros(len(rows), np.int32),
            "channel": nothing,
            "rail": nothing,
            "deliverer": nothing,
            "payer_balance_after": unknown,
            "payee_balance_after": unknown,
        },
        {"asset": ("USD",)},
        Coverage(None, None),
    )
    kinds_of_tag = tags["tag"].unique().sort()
    listed = EventTable(
        "tags",
        np.zeros(len(tags), np.int64),
        {"entity": _codes(marked["address"], names), "tag": _codes(tags["tag"], kinds_of_tag)},
        {"tag": tuple(kinds_of_tag.to_list())},
        Coverage(None, None),
    )
    entities = pa.array(names.to_list(), pa.large_string())
    return Index(entities, kinds, {"transfers": transfers, "tags": listed}, _cite)


def _codes(values: pl.Series, names: pl.Series) -> NDArray[np.int32]:
    return names.search_sorted(values).to_numpy().astype(np.int32)


def _cite(table: str, rows: NDArray[np.int64]) -> list[Citation]:
    return [Citation(table, "scene", str(row), "scene", int(row)) for row in rows]
