"""The trail of stolen money: ledgers, desk orders and reported payments of one lake, ready to be followed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.graph.index import NULL, Index
from cutline.graph.valuation import value_of
from cutline.model.evidence import Trace
from cutline.model.moments import to_moment
from cutline.model.money import BASE_CURRENCY, decimals_of
from cutline.store.lake import Lake
from cutline.tracing import (
    DeskOrders,
    Landmarks,
    Ledgers,
    Policy,
    ReportedPayment,
    Resolved,
    Seed,
    Stolen,
    TraceConfig,
    build_ledgers,
    join_bridges,
    join_orders,
    join_swaps,
    mark,
    resolve,
    swaps_at_all,
    trace_reports,
)
from cutline.tracing import needed_columns as tracing_columns
from cutline.tracing.candidates import Searched
from cutline.tracing.items import Offer
from cutline.tracing.landmarks import BRIDGES, POOL, tagged
from cutline.tracing.quiet_desks import join_quiet_desks
from cutline.tracing.rails import Rails
from cutline.tracing.search import search
from cutline.tracing.stated import Stated

if TYPE_CHECKING:  # a question about money does not wait for what a run associates
    from cutline.risk.association import StolenFlow

FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything that following money needs. `searched`: how far the searches for what changes rails got."""

    ledgers: Ledgers
    landmarks: Landmarks
    resolved: Resolved
    searched: tuple[Searched, ...] = ()


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns of which tables following money reads from the index."""
    return {**tracing_columns(), "facts": ("entity", "attribute"), "reports": ("kind",)}


def lay_trail(lake: Lake, index: Index) -> Trail:
    """Build ledgers, join desks, and find the transfer of every payment that a report tells of."""
    ids = lake.events("transfers", ["event_id"]).column("event_id")
    ledgers = build_ledgers(index, lambda rows: ids.take(pa.array(rows)).to_pylist())
    joins = join_orders(ledgers, _desk_orders(lake, index))
    pools, listed = tagged(index, POOL), tagged(index, BRIDGES)
    transaction = np.full(len(index.tables["transfers"]), -1, np.int32)
    # Transactions are read only where somebody may swap or cross: their hashes are as many as the transfers.
    swaps = swaps_at_all(ledgers)
    if swaps or len(listed):
        transaction = _transactions(lake)
    worth = _worth(lake, index)
    joins = join_quiet_desks(ledgers, joins, worth)
    if swaps:
        swapped = join_swaps(ledgers, joins, transaction, pools)
        joins, pools = swapped.joins, swapped.pools
    crossed = join_bridges(ledgers, joins, listed, transaction, worth if len(listed) else None)
    landmarks = mark(ledgers, crossed.joins, _frozen_accounts(lake), bridges=crossed.bridges, pools=pools)
    resolved = resolve(ledgers, told_payments(lake), lambda references: _look_up(lake, references))
    return Trail(ledgers, landmarks, resolved, crossed.joins.searched)


def last_moment(trail: Trail) -> datetime:
    """Give when the last delivered transfer happened: until then a trail tells. Without transfers it is 1970."""
    return to_moment(int(trail.ledgers.t_us[-1]) if len(trail.ledgers.t_us) else 0)


def follow_reports(trail: Trail) -> list[Trace]:
    """Say for each report where its loss is now, under FIFO."""
    return trace_reports(trail.ledgers, trail.resolved.payments, landmarks=trail.landmarks)


def stolen_flow(trail: Trail) -> StolenFlow:
    """Say which transfers carried how much of each reported loss, under FIFO; reports are numbered in their order."""
    from cutline.risk.association import StolenFlow

    groups: dict[tuple[str, int], list[Stolen]] = {}
    for payment in trail.resolved.payments:
        asset = int(trail.ledgers.asset[trail.ledgers.payee[payment.stolen.row]])
        groups.setdefault((payment.report_id, asset), []).append(payment.stolen)
    found = [search(trail.ledgers, trail.landmarks, seeds, Policy.FIFO, TraceConfig()) for seeds in groups.values()]
    number = [np.full(len(one.rows), k) for k, one in enumerate(found)]
    parts = [[_fitting(getattr(one, name)) for one in found] for name in ("rows", "amounts", "losses", "depths")]
    report, row, amount, loss, depth = (np.concatenate([np.empty(0, np.int64), *part]) for part in (number, *parts))
    return StolenFlow(report, row, amount, loss, depth, _paid_for(trail.landmarks.rails, row))


def _paid_for(rails: Rails, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give by transfer the one on other rails that it was exchanged for, −1 where there is none or several could be meant."""
    other = rails.partners(rows).astype(np.int64)
    joined = np.flatnonzero(other >= 0)
    sure = joined[np.array([rails.rivals(row) <= 1 for row in rows[joined].tolist()], np.bool_)]
    paid = np.full(len(rows), -1, np.int64)
    paid[sure] = other[sure]
    return paid


def _fitting(amounts: NDArray[Any]) -> NDArray[np.int64]:
    """Give amounts as int64; association weighs shares, and there what is beyond counts as the largest that fits."""
    return amounts if amounts.dtype != object else np.minimum(amounts, np.iinfo(np.int64).max).astype(np.int64)


def told_payments(lake: Lake) -> list[Seed]:
    """Give the payments of all reports, in the order in which the reports were received."""
    reports = lake.events("reports", ["event_id", "payments"]).select(["event_id", "payments"]).to_pylist()
    return [Seed(r["event_id"], tuple(_payment(p) for p in json.loads(r["payments"]))) for r in reports if r["payments"]]


def told_losses(lake: Lake) -> dict[str, Stated]:
    """Give by report what it says was lost, where it says so."""
    rows = lake.events("reports", ["event_id", "loss", "currency"]).select(["event_id", "loss", "currency"]).to_pylist()
    told = [(r["event_id"], r["loss"], r["currency"] or BASE_CURRENCY) for r in rows if r["loss"] is not None]
    return {report: Stated(Decimal(loss).scaleb(-(decimals_of(asset) or 0)), asset) for report, loss, asset in told}


def told_offers(lake: Lake) -> list[Offer]:
    """Give what was listed for sale with an item's number and a price, in time order."""
    columns = ["item", "price", "currency", "author"]
    posts = pl.DataFrame(pl.from_arrow(lake.events("posts", columns))).drop_nulls(["item", "price", "currency"])
    return [
        Offer(str(p["item"]), int(p["price"]), str(p["currency"]), p["occurred_at"], str(p["author"] or ""))
        for p in posts.iter_rows(named=True)
    ]


def _payment(told: Mapping[str, object]) -> ReportedPayment:
    time, amount = told.get("time"), told.get("amount_minor")
    return ReportedPayment(
        time=datetime.fromisoformat(str(time)) if time else None,
        amount_minor=None if amount is None else int(str(amount)),
        currency=str(told.get("currency") or ""),
        from_=str(told.get("from") or ""),
        to=str(told.get("to") or ""),
        reference=str(told.get("reference") or ""),
    )


def _transactions(lake: Lake) -> NDArray[np.int32]:
    """Give by transfer a code of its transaction, −1 where it has none."""
    told = pl.Series(lake.events("transfers", ["transaction_id"]).column("transaction_id")).cast(pl.String)
    return told.cast(pl.Categorical).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()


def _worth(lake: Lake, index: Index) -> NDArray[np.float64]:
    """Give by transfer its value in the base currency, NaN where nobody told a price."""
    told = index.tables["transfers"].columns.get("value")
    value = value_of(index, read_prices(lake)) if told is None else told
    return np.where(value == NULL, np.nan, value.astype(np.float64))


def read_prices(lake: Lake) -> pl.DataFrame:
    """Give all prices that were delivered: asset, occurred_at, currency, price."""
    return pl.DataFrame(pl.from_arrow(lake.events("prices", ["asset", "currency", "price"])))


def _desk_orders(lake: Lake, index: Index) -> DeskOrders:
    price = pl.Series(lake.events("orders", ["price"]).column("price")).cast(pl.Float64, strict=False).fill_null(float("nan"))
    table = index.tables["orders"]
    names = {*table.categories.get("asset", ()), *table.categories.get("currency", ())}
    decimals = {name: places for name in sorted(names) if (places := decimals_of(name)) is not None}
    return DeskOrders(price.to_numpy(), decimals)


def _frozen_accounts(lake: Lake) -> list[str]:
    """Give the entities whose last known status is frozen."""
    facts = pl.DataFrame(pl.from_arrow(lake.events("facts", ["entity", "attribute", "value", "valid_from"])))
    status = facts.filter(pl.col("attribute") == "status").with_columns(pl.col("entity").cast(pl.String))
    last = status.sort(pl.coalesce("valid_from", "occurred_at"), maintain_order=True).group_by("entity").last()
    return last.filter(pl.col("value") == FROZEN)["entity"].sort().to_list()


def _look_up(lake: Lake, references: Sequence[str]) -> dict[str, list[int]]:
    found = lake.find_events("transfers", pl.Series(sorted(set(references)), dtype=pl.String))
    rows: dict[str, list[int]] = {}
    for reference, position in found.sort("id", "position").iter_rows():
        rows.setdefault(reference, []).append(position)
    return rows
