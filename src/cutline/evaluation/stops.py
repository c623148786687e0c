"""Whether a stop list begins with what matters most: the largest ending that somebody can still stop, by truth and by trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cutline.evaluation.files import numbers, read_columns, write_together
from cutline.tracing.stopping import issuer_of

FILE = "stops.csv"
COLUMNS = ("report_id", "list", "order", "entity", "asset", "how", "amount", "chance", "sure", "can_be_stopped")
NOT_STOPPABLE = ("cash", "frozen", "mixer", "burned", "budget")
"""Endings that nobody can stop any more, or that are stopped already, as truth calls them."""

CENT = 0.01
"""Amounts that differ by less are one amount."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One line of the stop list of one report: `list` numbers its lists, one for each asset that was stolen."""

    report_id: str
    list: int
    order: int
    entity: str
    asset: str
    how: str
    amount: str
    chance: float
    sure: float
    can_be_stopped: int


def write_stops(folder: Path, stops: Iterable[Stop]) -> None:
    """Write the stop lists of all reports, with ids in the clear: the caller has checked the right."""
    rows = [tuple(str(cell) for cell in astuple(stop)) for stop in stops]
    write_together(folder, {FILE: pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")})


def judge_stops(truth: Path, answers: Path) -> dict[str, Any]:
    """Say in what part of the reports the list begins with the largest ending that can still be stopped.

    `by_truth`: the largest in truth of what is not cash, not frozen and no coin that nobody can freeze; `with_coins` counts
    such coins too. `by_trace`: the largest of what the list itself says can be stopped. A report of which nothing can be
    stopped is not counted. None where nothing is.
    """
    lines = read_columns(answers / FILE, COLUMNS)
    lines = lines.with_columns(numbers(lines["amount"], FILE, 0.0), pl.col("order").cast(pl.Int64))
    live = lines.filter(pl.col("can_be_stopped") == "1")
    first = live.sort("order").unique(["report_id", "list"], keep="first", maintain_order=True)
    most = live.group_by("report_id", "list").agg(most=pl.col("amount").max())
    own = first.join(most, on=["report_id", "list"]).select(good=pl.col("amount") >= pl.col("most") - CENT)
    endings = _endings(truth)
    freezable = ~((pl.col("ended_how") == "residual") & pl.col("coin"))
    return {
        "by_truth": _met(first, endings.filter(freezable)),
        "with_coins": _met(first, endings),
        "by_trace": float(own["good"].mean()) if len(own) else None,  # type: ignore[arg-type]
        "reports": endings.filter(freezable)["report_id"].n_unique(),
        "lists": len(own),
    }


def _endings(truth: Path) -> pl.DataFrame:
    """Give by report, place and asset what could still be stopped of it."""
    rows = read_columns(truth / "stolen.csv", ("report_id", "ended_at", "ended_value"), ("ended_asset", "ended_how"))
    rows = rows.filter((pl.col("report_id") != "") & ~pl.col("ended_how").is_in(NOT_STOPPABLE))
    rows = rows.with_columns(numbers(rows["ended_value"], "stolen.csv"))
    coins = [asset for asset in rows["ended_asset"].unique() if "/" in asset and not issuer_of(asset)]
    rows = rows.with_columns(coin=pl.col("ended_asset").is_in(coins)).rename({"ended_at": "entity", "ended_asset": "asset"})
    return rows.group_by("report_id", "entity", "asset", "ended_how", "coin").agg(value=pl.col("ended_value").sum())


def _met(first: pl.DataFrame, endings: pl.DataFrame) -> float | None:
    """Give the part of the reports in which a list begins with the place that truly holds the most."""
    if endings.is_empty():
        return None
    best = endings.with_columns(most=pl.col("value").max().over("report_id")).filter(pl.col("value") >= pl.col("most") - CENT)
    met = best.join(first.select("report_id", "entity", "asset"), on=["report_id", "entity", "asset"], how="semi")
    return met["report_id"].n_unique() / endings["report_id"].n_unique()
