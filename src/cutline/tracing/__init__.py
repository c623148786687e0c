"""Follow stolen money across accounts, wallets and rails to where it can be stopped."""

from __future__ import annotations

from cutline.tracing.answer import endings, trace, trace_reports
from cutline.tracing.bridges import BridgeConfig, Bridged, join_bridges
from cutline.tracing.joins import ORDER_COLUMNS, DeskOrders, JoinConfig, Joins, join_orders
from cutline.tracing.landmarks import Landmarks, mark
from cutline.tracing.ledger import COLUMNS, Ledgers, build_ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.search import Stolen, TraceConfig
from cutline.tracing.seeds import Payment, ReportedPayment, Resolved, Seed, Unresolved, held_at, resolve
from cutline.tracing.stopping import KeyCard, StopLine, stop_list
from cutline.tracing.swaps import Swapped, join_swaps, swaps_at_all

__all__ = [
    "BridgeConfig",
    "Bridged",
    "DeskOrders",
    "JoinConfig",
    "Joins",
    "KeyCard",
    "Landmarks",
    "Ledgers",
    "Payment",
    "Policy",
    "ReportedPayment",
    "Resolved",
    "Seed",
    "Stolen",
    "StopLine",
    "Swapped",
    "TraceConfig",
    "Unresolved",
    "build_ledgers",
    "endings",
    "held_at",
    "join_bridges",
    "join_orders",
    "join_swaps",
    "mark",
    "needed_columns",
    "resolve",
    "stop_list",
    "swaps_at_all",
    "trace",
    "trace_reports",
]


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Give the columns of each table that tracing takes from the index."""
    return {"transfers": COLUMNS, "orders": ORDER_COLUMNS, "tags": ("entity", "tag", "valid_to")}
