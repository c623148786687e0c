"""How much of the reported losses the answers locate where they truly are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cutline.evaluation.files import numbers, read_columns

PLACE = ["report_id", "entity"]


def located(truth: Path, answers: Path) -> dict[str, Any]:
    """Compare claimed endings with true ones: what is claimed beyond a loss is taken off again.

    Amounts are in the loss's currency. Sums run in the order of the rows, so that equal claims and losses cancel exactly.
    """
    true, loss = _true_endings(truth)
    rows = read_columns(answers / "endings.csv", ("report_id", "entity", "amount"))
    claimed = rows.with_columns(numbers(rows["amount"], "endings.csv", 0.0))
    said = _sums(claimed, PLACE, "amount")
    met = true.join(said, on=PLACE, how="left", maintain_order="left").with_columns(pl.col("amount").fill_null(0.0))
    good = float(met.select(pl.min_horizontal("ended_value", "amount").sum()).item())
    beyond = _sums(claimed, ["report_id"], "amount").join(loss, on="report_id", how="left", maintain_order="left")
    over = float(np.maximum(0.0, (beyond["amount"] - beyond["stolen_amount"].fill_null(0.0)).to_numpy()).sum())
    return {
        "located": max(0.0, good - over) / max(1e-9, float(loss["stolen_amount"].sum())),
        "reported_losses": len(loss),
        "claimed_beyond_loss": over,
    }


def _true_endings(truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = read_columns(truth / "stolen.csv", ("report_id", "payment", "stolen_amount", "ended_at", "ended_value"))
    reported = rows.filter(pl.col("report_id") != "").rename({"ended_at": "entity"})
    reported = reported.with_columns(
        numbers(reported["stolen_amount"], "stolen.csv"), numbers(reported["ended_value"], "stolen.csv")
    )
    payments = reported.group_by("report_id", "payment", maintain_order=True).agg(pl.col("stolen_amount").last())
    return _sums(reported, PLACE, "ended_value"), _sums(payments, ["report_id"], "stolen_amount")


def _sums(rows: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    groups = rows.with_row_index("at").with_columns(group=pl.col("at").min().over(keys).rank("dense") - 1)
    distinct = rows.unique(keys, keep="first", maintain_order=True).select(keys)
    totals = np.bincount(groups["group"].to_numpy(), rows[value].to_numpy(), minlength=len(distinct))
    return distinct.with_columns(pl.Series(value, totals[: len(distinct)], pl.Float64))
