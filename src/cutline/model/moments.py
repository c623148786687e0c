"""Moments as numbers, exact microseconds since 1970 UTC as the lake and the index keep them, and as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cutline.errors import UsageError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Give a moment (of any zone) as microseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_moment(us: int) -> datetime:
    """Give the moment, in UTC, of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def read_moment(text: str, option: str) -> datetime:
    """Read a moment that an officer typed, UTC where no offset is written; `option` names it in a refusal."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError as error:
        expected = "a time such as 2026-03-01 or 2026-03-01T10:00:00+08:00"
        raise UsageError(f"{option} is {text!r}, expected {expected}") from error
    try:
        return (named if named.tzinfo else named.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{option} is {text!r}, which no clock tells; expected a time of this era") from error
