"""The cells of a typology's stories, checked where they stand: a slip in one must not look like an ending."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import yaml

from cutline.errors import CutlineError, UsageError
from cutline.model.assets import asset_id, decimals_of
from cutline.model.entities import ENTITY_KINDS
from cutline.model.tables import TABLES, Column, Unit
from cutline.typologies.document import Document
from cutline.typologies.expressions import LONGEST_DAYS, LONGEST_US, duration_us
from cutline.typologies.vocabulary import SUBJECTS, choices

START = datetime(2026, 3, 1, tzinfo=UTC)
"""When the world of a story begins that names no clock."""

MOST_REPEATS = 1_000
"""Rows that one line may stand for: a story is read by a person."""

MOST_MINOR = 10**38
"""What the lake can hold of an asset's smallest unit."""

LONGEST_S = 10 * 366 * 86_400

COUNTER = re.compile(r"\{(?:\d{1,6}\+)?n(?:%[1-9]\d{0,5})?\}")
"""'{n}', '{45+n}', '{n%3}': what changes from one repeated row to the next."""

CLOCK = re.compile(r"([+-])(\d\d):([0-5]\d)")
"""How far a story's clock is ahead of UTC: '+08:00'."""

_MOMENT = re.compile(r"-?(\d+(\.\d+)?(s|min|h|d))(\s+\d+(\.\d+)?(s|min|h|d))*")

OWN = ("at", "times", "every")
"""Keys of a row that are no columns."""

EXPECTED = {
    Unit.MINOR: "an amount with its asset, such as 48000 CNY",
    Unit.DURATION: "whole seconds, such as 1800",
    Unit.FLAG: "true or false",
    Unit.NUMBER: "a number",
}


def check_cells(document: Document, table: str, row: yaml.Node) -> None:
    """Refuse a row whose cells are no cells of the table. Raises TypologyError at the cell, a table that is none at the row."""
    if table not in TABLES:
        raise document.meaning(row, f"'{table}' is no table", choices(table, TABLES))
    if not isinstance(row, yaml.MappingNode):
        raise document.meaning(row, f"a row of {table} that is no mapping", "{at: 1d 10h, …}")
    for key, cell in row.value:
        name = str(key.value)
        if not isinstance(cell, yaml.ScalarNode):
            raise document.meaning(cell, f"a list or mapping as {table}.{name}", "one text")
        text = str(cell.value)
        if _has_a_brace(table, name, text):
            raise document.meaning(cell, f"{table}.{name} is '{text}'", "{n}, {45+n} or {n%3} for what changes by row")
        if name == "times" and not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_REPEATS):
            raise document.meaning(cell, f"times is '{text}'", f"a whole number from 1 to {MOST_REPEATS:,}")
        if name in ("at", "every"):
            check_moment(document, cell)
        if name == "every" and text.startswith("-"):
            raise document.meaning(cell, f"every is '{text}'", "a time, like 10min")
        if name not in OWN:
            if name not in TABLES[table].names:
                raise document.meaning(key, f"{table} has no column '{name}'", choices(name, TABLES[table].names))
            _check_cell(document, TABLES[table][name], table, cell)


def _has_a_brace(table: str, name: str, text: str) -> bool:
    """Whether braces stand there that count nothing; in what somebody wrote they may be anything."""
    written = name in TABLES[table].names and TABLES[table][name].unit is Unit.TEXT
    return not written and "{" in COUNTER.sub("", text)


def check_moment(document: Document, node: yaml.Node) -> None:
    """Refuse a text that is no moment of the story's world."""
    try:
        moment(COUNTER.sub("1", str(node.value)))
    except UsageError as fault:
        wrong, _, right = str(fault).partition("; expected ")
        raise document.meaning(node, wrong, right) from None


def check_clock(document: Document, node: yaml.Node) -> None:
    """Refuse a text that is no clock."""
    if not isinstance(node, yaml.ScalarNode) or not CLOCK.fullmatch(str(node.value)):
        found = "a list or mapping" if isinstance(node, yaml.CollectionNode) else f"the clock '{node.value}'"
        raise document.meaning(node, found, "how far it is ahead of UTC, as in clock: +08:00")


def start_of(clock: str) -> datetime:
    """Give the midnight with which a story begins, on its clock; that of UTC where it names none."""
    read = CLOCK.fullmatch(clock)
    if read is None:
        return START
    ahead = timedelta(hours=int(read[2]), minutes=int(read[3]))
    return START - ahead if read[1] == "+" else START + ahead


def moment(text: str, start: datetime = START) -> datetime:
    """'1d 10h 30min' after the start of the world; '-20d' before it."""
    if not _MOMENT.fullmatch(text):
        raise UsageError(f"the moment '{text}'; expected a time after the start, like 1d 10h 30min, or -20d before it")
    sign = -1 if text.startswith("-") else 1
    span_us = sum(duration_us(part) for part in text.lstrip("-").split())
    if span_us > LONGEST_US:
        raise UsageError(f"the moment '{text}'; expected at most {LONGEST_DAYS}d, a hundred years")
    return start + sign * timedelta(microseconds=span_us)


def check_entity(document: Document, node: yaml.Node, what: str, kinds: tuple[str, ...]) -> None:
    """Refuse an entity whose id names no kind, or one that cannot stand here."""
    kind, colon, rest = str(node.value).partition(":")
    if not colon or not rest or kind not in (kinds or ENTITY_KINDS):
        near = choices(kind, kinds or ENTITY_KINDS)
        raise document.meaning(node, f"{what} is '{node.value}'", f"an id such as account:CN/ICBK/1, of the kind: {near}")


def subject_kinds(document: Document) -> tuple[str, ...]:
    """Give the kinds that a story's subject can be."""
    return SUBJECTS[document.text("subject")]


def _check_cell(document: Document, column: Column, table: str, cell: yaml.Node) -> None:
    text, what = str(cell.value), f"{table}.{column.name}"
    if not text:
        return
    if column.unit is Unit.TIME:
        check_moment(document, cell)
    elif column.unit is Unit.ENTITY:
        check_entity(document, cell, what, column.kinds)
    elif column.unit is Unit.CATEGORY and column.values and text not in column.values:
        raise document.meaning(cell, f"{what} is '{text}'", choices(text, column.values))
    elif column.unit in EXPECTED and not _is_a(column.unit, COUNTER.sub("1", text)):
        raise document.meaning(cell, f"{what} is '{text}'", EXPECTED[column.unit])


def _is_a(unit: Unit, text: str) -> bool:
    try:
        match unit:
            case Unit.MINOR:
                digits, asset = text.split()
                if not re.fullmatch(r"\d{1,38}(\.\d{1,18})?", digits):
                    return False
                minor = Decimal(digits).scaleb(decimals_of(asset_id(asset, "tron")) or 0)
                return minor < MOST_MINOR and minor == minor.to_integral_value()
            case Unit.DURATION:
                return re.fullmatch(r"\d{1,9}", text) is not None and int(text) <= LONGEST_S
            case Unit.FLAG:
                return text in ("true", "false")
    except (ValueError, CutlineError):
        return False
    return re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) is not None
