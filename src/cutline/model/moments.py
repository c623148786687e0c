"""Moments as numbers: microseconds since 1970 UTC, exactly, as the lake and the index keep them, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Give a moment (of any zone) as microseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_moment(us: int) -> datetime:
    """Give the moment, in UTC, of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)
