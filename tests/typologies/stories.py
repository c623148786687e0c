"""Reads the worlds that typologies carry in their `tests:`: a few rows, written for a person, become an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cutline.graph.index import Index
from cutline.model.assets import asset_id, decimals_of
from cutline.model.tables import TABLES, Unit
from cutline.typologies.expressions import duration_us
from tests.worlds import START, world

EXPECTED = {"hit": "hit", "look-alike": "clear", "boundary": "clear", "missing-data": "not_assessable"}
KEYS = {"subject", "rows", "covered", "why", "expect"}


def read_story(story: dict[str, Any], defaults: dict[str, Any]) -> Index:
    """Make the index of one story. Tables that it does not name were not delivered."""
    assert not story.keys() - KEYS, f"a story has no {story.keys() - KEYS}"
    tables = {name: list(_rows(name, rows, defaults.get(name, {}))) for name, rows in story["rows"].items()}
    covered = (moment(story.get("covered", "-40d")), moment("90d"))
    return world(covered, **tables)


def moment(text: str) -> datetime:
    """'1d 10h 30min' after the start of tests.worlds; '-20d' before it."""
    sign = -1 if text.startswith("-") else 1
    return START + sign * timedelta(microseconds=sum(duration_us(part) for part in text.lstrip("-").split()))


def _rows(table: str, rows: list[dict[str, str]], defaults: dict[str, str]) -> Iterator[dict[str, Any]]:
    for written in rows:
        row = {**defaults, **written}
        times, every = int(row.pop("times", 1)), row.pop("every", "0s")
        for n in range(times):
            filled = {name: _count(text, n) for name, text in row.items()}
            at = moment(filled.pop("at")) + timedelta(microseconds=duration_us(every) * n)
            yield {"occurred_at": at, **{name: _value(table, name, text) for name, text in filled.items()}}


def _count(text: str, n: int) -> str:
    """'{n}' counts from 0, '{45+n}' from 45."""
    return re.sub(r"\{(?:(\d+)\+)?n(?:%(\d+))?\}", lambda m: str(int(m[1] or 0) + (n % int(m[2]) if m[2] else n)), text)


def _value(table: str, column: str, text: str) -> Any:
    unit = TABLES[table][column].unit
    if unit is Unit.MINOR:
        digits, asset = text.split()
        return int(Decimal(digits).scaleb(decimals_of(asset_id(asset, "tron")) or 0))
    if unit is Unit.TIME:
        return moment(text)
    if unit is Unit.DURATION:
        return int(text)
    if not text:
        return None
    return {"true": True, "false": False}[text] if unit is Unit.FLAG else float(text) if unit is Unit.NUMBER else text
