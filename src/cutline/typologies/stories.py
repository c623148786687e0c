"""The stories in a typology's `tests:`: a few rows, written for a person, and what the typology must say of them.

A story names its `subject` and its `rows` by table; `why` tells a reader what it is about. `at: 1d 10h` counts from the start
of the story's world, `-20d` before it; `times: 5` with `every: 1h` repeats a row, and `{n}` in it counts from 0, `{45+n}` from
45, `{n%3}` in threes. Tables that a story does not name were not delivered; `covered: -10d` says since when the others were.

The world starts at midnight in UTC, so that `1d 10h` is six in the evening in China. `clock: "+08:00"`, in a story or among the
`defaults` of all, starts it at midnight there: `1d 10h` is ten in the morning on the clocks by which hours and nights count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from cutline.errors import UsageError
from cutline.graph.index import Index
from cutline.graph.small_world import small_world
from cutline.model.assets import asset_id, decimals_of
from cutline.model.evidence import Outcome
from cutline.model.tables import TABLES, Unit
from cutline.typologies.catalogue import Catalogue, Typology
from cutline.typologies.detection import outcomes
from cutline.typologies.document import Document, plain
from cutline.typologies.story_cells import (
    START,
    check_cells,
    check_clock,
    check_entity,
    check_moment,
    moment,
    start_of,
    subject_kinds,
)
from cutline.typologies.sweep import HIT, NOT_ASSESSABLE
from cutline.typologies.vocabulary import choices

EXPECTED = {
    "hit": Outcome.HIT,
    "look-alike": Outcome.CLEAR,
    "boundary": Outcome.CLEAR,
    "missing-data": Outcome.NOT_ASSESSABLE,
}
"""What the four stories that every typology has must end as; any other story says it with `expect:`."""

DEFAULTS = "defaults"
CLOCK = "clock"
KEYS = ("subject", "rows", "covered", "why", "expect", CLOCK)


@dataclass(frozen=True, slots=True)
class Told:
    """One story, what it should have ended as and what it did."""

    typology: str
    story: str
    expected: Outcome
    found: Outcome
    why: str

    @property
    def good(self) -> bool:
        """Whether it ended as it should."""
        return self.expected is self.found


def tell_stories(typology: Typology) -> list[Told]:
    """Run all stories of a typology. Raises TypologyError with the place where one cannot be read."""
    alone = Catalogue((typology,))
    stories = check_stories(typology.document)
    defaults = plain(stories.pop(DEFAULTS)) if DEFAULTS in stories else {}
    return [_tell(alone, typology, name, node, defaults) for name, node in stories.items()]


def check_stories(document: Document) -> dict[str, yaml.Node]:
    """Give the stories by name. Raises TypologyError at the first cell that is none, before anything is told."""
    stories = _stories(document)
    for name, story in stories.items():
        tables = story if name == DEFAULTS else _rows_of(document, story)
        if not isinstance(tables, yaml.MappingNode):
            raise document.meaning(tables, f"no tables in '{name}'", "rows by table, as in rows: {transfers: [{at: 1d, …}]}")
        for table, rows in tables.value:
            if table.value == CLOCK and name == DEFAULTS:
                check_clock(document, rows)
                continue
            for row in [rows] if name == DEFAULTS else _lines(document, str(table.value), rows):
                check_cells(document, str(table.value), row)
    return stories


def _rows_of(document: Document, story: yaml.Node) -> yaml.Node:
    """Give a story's rows, and check its subject; what else is amiss is told where it is read."""
    none: yaml.Node = yaml.MappingNode("tag:yaml.org,2002:map", [], story.start_mark, story.end_mark)
    parts: dict[str, yaml.Node] = (
        {str(key.value): body for key, body in story.value} if isinstance(story, yaml.MappingNode) else {}
    )
    for key, body in parts.items():
        if key != "rows" and not isinstance(body, yaml.ScalarNode):
            raise document.meaning(body, f"a list or mapping under '{key}'", "one text")
    if CLOCK in parts:
        check_clock(document, parts[CLOCK])
    if "covered" in parts:
        check_moment(document, parts["covered"])
    if "subject" in parts:
        check_entity(document, parts["subject"], "the subject", subject_kinds(document))
    return parts.get("rows", none)


def _lines(document: Document, table: str, rows: yaml.Node) -> list[yaml.Node]:
    if not isinstance(rows, yaml.SequenceNode):
        raise document.meaning(rows, f"rows of {table} that are no list of rows", "- {at: 1d 10h, …}")
    return list(rows.value)


def read_story(story: Mapping[str, Any], defaults: Mapping[str, Any]) -> Index:
    """Make the index of one story. Raises UsageError where it is not written as the head of this module says."""
    for key in story:
        if key not in KEYS:
            raise UsageError(f"a story has no key '{key}'; expected {choices(key, KEYS)}")
    for key in ("subject", "rows"):
        if not story.get(key):
            raise UsageError(f"a story without '{key}'; expected the key '{key}'")
    if not isinstance(story["rows"], dict):
        raise UsageError("rows without a table; expected rows by table, as in rows: {transfers: [{at: 1d, …}]}")
    tables = {}
    start = start_of(str(story.get(CLOCK, defaults.get(CLOCK, ""))))
    for name, rows in story["rows"].items():
        if name not in TABLES:
            raise UsageError(f"'{name}' is no table; expected {choices(name, TABLES)}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UsageError(f"rows of {name} that are no list of rows; expected - {{at: 1d 10h, …}}")
        tables[name] = list(_rows(name, rows, defaults.get(name, {}), start))
    return small_world((moment(story.get("covered", "-40d"), start), moment("90d", start)), tables)


def _stories(document: Document) -> dict[str, yaml.Node]:
    node = document.nodes["tests"]
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise document.meaning(node, "no tests", f"stories by name, among them {', '.join(EXPECTED)}")
    return {str(key.value): body for key, body in node.value}


def _tell(alone: Catalogue, typology: Typology, name: str, node: yaml.Node, defaults: Mapping[str, Any]) -> Told:
    story = plain(node)
    if not isinstance(story, dict):
        raise typology.document.meaning(node, f"no story '{name}'", f"a mapping with the keys {', '.join(KEYS)}")
    expected = story.get("expect", EXPECTED.get(name, ""))
    if expected not in set(Outcome):
        raise typology.document.meaning(node, f"the story '{name}' expects '{expected}'", f"expect: {', '.join(Outcome)}")
    try:
        found = _ending(read_story(story, defaults), alone, story["subject"])
    except UsageError as fault:
        wrong, _, right = str(fault).partition("; expected ")
        raise typology.document.meaning(
            node, f"in the story '{name}' {wrong}", right or "a story like the shipped ones"
        ) from None
    return Told(typology.id, name, Outcome(expected), found, story.get("why", ""))


def _ending(index: Index, alone: Catalogue, subject: str) -> Outcome:
    """A hit at any event is a hit; else what could not be assessed at any event was not assessed."""
    found = {outcome for _, entity, _, outcome in outcomes(index, alone) if entity == subject}
    return Outcome.HIT if HIT in found else Outcome.NOT_ASSESSABLE if NOT_ASSESSABLE in found else Outcome.CLEAR


def _rows(table: str, rows: list[dict[str, str]], defaults: Mapping[str, str], start: datetime) -> Iterator[dict[str, Any]]:
    for written in rows:
        row = {**defaults, **written}
        if "at" not in row:
            raise UsageError(f"a row of {table} without 'at'; expected a time after the start, like 1d 10h")
        times, every = int(row.pop("times", 1)), _span(row.pop("every", "0s"))
        for n in range(times):
            filled = {name: _count(text, n) for name, text in row.items()}
            at = moment(filled.pop("at"), start) + n * every
            yield {"occurred_at": at, **{name: _value(table, name, text, start) for name, text in filled.items()}}


def _span(text: str) -> timedelta:
    return moment(text) - START


def _count(text: str, n: int) -> str:
    """'{n}' counts from 0, '{45+n}' from 45, '{n%3}' in threes."""
    return re.sub(r"\{(?:(\d+)\+)?n(?:%(\d+))?\}", lambda m: str(int(m[1] or 0) + (n % int(m[2]) if m[2] else n)), text)


def _value(table: str, column: str, text: str, start: datetime) -> Any:
    if column not in TABLES[table].names:
        raise UsageError(f"{table} has no column '{column}'; expected {choices(column, TABLES[table].names)}")
    unit = TABLES[table][column].unit
    if unit is Unit.TIME:
        return moment(text, start)
    if not text:
        return None
    try:
        return _read_as(unit, text)
    except (ValueError, KeyError, InvalidOperation):
        raise UsageError(f"{table}.{column} is '{text}'; expected a {unit}") from None


def _read_as(unit: Unit, text: str) -> Any:
    match unit:
        case Unit.MINOR:
            digits, asset = text.split()
            return int(Decimal(digits).scaleb(decimals_of(asset_id(asset, "tron")) or 0))
        case Unit.DURATION:
            return int(text)
        case Unit.FLAG:
            return {"true": True, "false": False}[text]
        case Unit.NUMBER:
            return float(text)
    return text
