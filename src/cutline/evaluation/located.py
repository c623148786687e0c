"""How much of the reported losses the answers locate where they truly are: in all, by rail of the ending, by how it ended."""

from __future__ import annotations

from collections.abc import Collection
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


def located_by(truth: Path, answers: Path, codes: Collection[str] = ()) -> list[dict[str, Any]]:
    """Say of each rail and way of ending how much truly ended there, and what part of that the answers found there.

    `codes`: accounts that take payment codes. A place that ended a loss in several ways is found in each in proportion. Sums
    over rails and over ways stand as `all`; losses in other currencies are added up as they are, as `located` does.
    """
    rows = read_columns(truth / "stolen.csv", ("report_id", "ended_at", "ended_value"), ("ended_asset", "ended_how"))
    rows = rows.filter(pl.col("report_id") != "").rename({"ended_at": "entity"})
    rows = rows.with_columns(numbers(rows["ended_value"], "stolen.csv"), _rail(codes).alias("rail"))
    rows = rows.with_columns(how=pl.when(pl.col("ended_how") == "").then(pl.lit("unsaid")).otherwise("ended_how"))
    said = read_columns(answers / "endings.csv", ("report_id", "entity", "amount"))
    said = said.with_columns(numbers(said["amount"], "endings.csv", 0.0)).group_by(PLACE).agg(pl.col("amount").sum())
    share = pl.min_horizontal(1.0, pl.col("amount").fill_null(0.0) / pl.col("ended_value").sum().over(PLACE))
    met = rows.join(said, on=PLACE, how="left").with_columns(found=pl.col("ended_value") * share.fill_nan(0.0))
    parts = [
        met.with_columns(*(pl.lit("all").alias(name) for name in folded)).group_by("rail", "how").agg(*_FIGURES)
        for folded in ((), ("how",), ("rail",))
    ]
    told = pl.concat(part.select("rail", "how", "reports", "value", "located") for part in parts)
    return told.sort("rail", "value", "how", descending=[False, True, False]).to_dicts()


_FIGURES = (
    pl.col("report_id").n_unique().alias("reports"),
    pl.col("ended_value").sum().alias("value"),
    (pl.col("found").sum() / pl.max_horizontal(pl.col("ended_value").sum(), 1e-9)).alias("located"),
)


def _rail(codes: Collection[str]) -> pl.Expr:
    """Name the rail on which a place stands: a chain by its name, a bank, a payment code's account, e-CNY."""
    chain = pl.col("ended_asset").str.split("/").list.first()
    return (
        pl.when(pl.col("entity").str.starts_with("ecny_wallet:"))
        .then(pl.lit("e-CNY"))
        .when(pl.col("ended_asset").str.contains("/"))
        .then(chain)
        .when(pl.col("entity").is_in(list(codes)))
        .then(pl.lit("payment code"))
        .when(pl.col("entity").str.starts_with("account:"))
        .then(pl.lit("bank"))
        .otherwise(pl.lit("other"))
    )


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
