"""Tiny worlds for tests: rows written by hand become the index that analysis rooms take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cutline.graph.index import Index
from cutline.graph.small_world import Houses, small_world

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """A moment after the first of March 2026, 00:00 UTC."""
    return START + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def world(
    covered: tuple[datetime, datetime] | None = None,
    houses: Houses | None = None,
    **tables: Sequence[Mapping[str, Any]],
) -> Index:
    """Make an index of rows: `world(transfers=[{"occurred_at": at(1), "payer": "account:CN/ICBK/1", …}])`."""
    return small_world(covered or (at(-60), at(60)), tables, houses)
