"""Reports that an officer may trace: which there are, when they came in, what they say was lost."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from cutline.errors import UsageError
from cutline.model.money import BASE_CURRENCY, format_minor
from cutline.store.lake import Lake


def list_reports(lake: Lake, limit: int) -> dict[str, Any]:
    """List the reports that name payments, the newest first; the others name nothing that could be followed."""
    rows = _reports(lake)
    told = [row for row in rows.iter_rows(named=True) if _payments(row["payments"])]
    return {
        "reports": [
            {
                "report_id": row["event_id"],
                "kind": row["kind"],
                "received_at": row["occurred_at"].isoformat(),
                "loss": None if row["loss"] is None else format_minor(int(row["loss"]), row["currency"] or BASE_CURRENCY),
                "payments": _payments(row["payments"]),
            }
            for row in told[:limit]
        ],
        "shown": min(limit, len(told)),
        "total": len(told),
        "without_payments": rows.height - len(told),
    }


def refuse_unpaid(lake: Lake, seed: str) -> None:
    """Refuse to follow the money of a report that names no payment."""
    found = _reports(lake).filter(pl.col("event_id").cast(pl.String) == seed)
    if found.height:
        kind = found["kind"].cast(pl.String)[0]
        raise UsageError(
            f"{seed} is a report ({kind}) that names no payment, so there is no money to follow; expected one that does: "
            "`cutline trace` lists them; or an account, wallet or address: name that"
        )


def _reports(lake: Lake) -> pl.DataFrame:
    columns = ["event_id", "kind", "loss", "currency", "payments"]
    found = pl.DataFrame(pl.from_arrow(lake.events("reports", columns)))
    return found.sort("occurred_at", "event_id", descending=[True, False])


def _payments(told: str | None) -> int:
    return len(json.loads(told)) if told else 0
