"""Backtest: what one typology would have found in a lake, when that could have been known, and with other thresholds.

moments of reception → the lake as it stood at each → sweep → true events, each with the first moment it could be seen → curves

It sees at each moment what had been received until then, and nothing else: one sweep for each period with deliveries.
Memory: an index of the tables and columns that this one typology reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from cutline.errors import UsageError
from cutline.graph.index import Index
from cutline.graph.valuation import value_of
from cutline.model.moments import to_moment, to_us
from cutline.pipeline.indexing import read_index
from cutline.store.lake import Lake
from cutline.typologies.catalogue import Catalogue, Typology, needed_columns
from cutline.typologies.lists import Lists
from cutline.typologies.rows import HOME_ZONE, Rows
from cutline.typologies.sweep import sweep
from cutline.typologies.thresholds import Threshold, move_thresholds, thresholds_of

Progress = Callable[[str, float], None]
Event = tuple[str, int]
"""A true event: subject, microseconds."""

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Episode:
    """A finding as a backtest sees it: who, from when to when, and the moment at which it was first seen."""

    subject: str
    first_us: int
    last_us: int
    events: int
    seen_us: int


@dataclass(frozen=True, slots=True)
class Period:
    """A day or week: findings that began in it, findings first seen in it, subjects first seen in it and cleared later."""

    begins: datetime
    began: int
    seen: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Point:
    """What is found with a threshold at one value."""

    value: float
    shown: str
    events: int
    subjects: frozenset[str]


@dataclass(frozen=True, slots=True)
class Curve:
    """The effect of moving one threshold."""

    threshold: Threshold
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a typology would have found, when, and with other thresholds."""

    typology: Typology
    by: str
    periods: tuple[Period, ...]
    episodes: tuple[Episode, ...]
    withdrawn: frozenset[str]
    curves: tuple[Curve, ...]

    @property
    def subjects(self) -> frozenset[str]:
        """Everybody it finds with all that is known today."""
        return frozenset(episode.subject for episode in self.episodes)


def backtest(lake: Lake, typology: Typology, by: str, move: Sequence[Threshold], progress: Progress) -> Backtest:
    """Run one typology over the lake as it stood after the last reception of each day or week.

    `move`: the thresholds whose curves are wanted, computed on all that is known today. Raises UsageError for an unknown `by`.
    """
    if by not in SPANS:
        raise UsageError(f"--by is {by!r}, expected one of: {', '.join(SPANS)}")
    moments = _received(lake, by)
    if not moments:
        raise UsageError("the lake is empty; expected deliveries to look back on; run: cutline ingest PATH…")
    seen: dict[Event, int] = {}
    true: frozenset[Event] = frozenset()
    index: Index | None = None
    for k, moment in enumerate(moments):
        progress(f"as known on {moment:%Y-%m-%d}", k / (len(moments) + 1))
        index = _index(lake, typology, None if moment == moments[-1] else moment)
        true = frozenset(_true_events(index, typology))
        for event in true:
            seen.setdefault(event, to_us(moment))
    progress("moving thresholds", len(moments) / (len(moments) + 1))
    curves = _curves(index, typology, move) if index is not None and move else ()
    episodes = tuple(_episodes(true, seen, _hold_us(typology)))
    gone = {subject: us for (subject, _), us in sorted(seen.items(), reverse=True)}
    for subject, _ in true:
        gone.pop(subject, None)
    return Backtest(typology, by, tuple(_periods(episodes, gone, by)), episodes, frozenset(gone), curves)


def movable(typology: Typology, named: str) -> tuple[Threshold, ...]:
    """Give the thresholds that a person names by number or as they are written; all for an empty name. Raises UsageError."""
    every = thresholds_of(typology)
    found = tuple(t for t in every if not named or named in (str(t.number), t.written))
    if not found and named:
        known = ", ".join(f"{t.number} ({t.written})" for t in every)
        raise UsageError(f"--move is {named!r}, expected a threshold of {typology.id}: {known or 'it has none'}")
    return found


def _received(lake: Lake, by: str) -> list[datetime]:
    """Give the last moment of each period in which something was received."""
    received = sorted(moment.astimezone(UTC) for moment in lake.batches()["received_at"].to_list())
    return sorted({_begin(moment, by): moment for moment in received}.values())


def _index(lake: Lake, typology: Typology, known_by: datetime | None) -> Index:
    stood = lake if known_by is None else lake.standing(known_by)
    wanted = needed_columns(Catalogue((typology,)))
    index = read_index(stood, [wanted])
    if {"amount", "asset"} <= set(wanted.get("transfers", ())):
        prices = pl.DataFrame(pl.from_arrow(stood.events("prices", ["asset", "currency", "price"])))
        index.tables["transfers"].columns["value"] = value_of(index, prices)
    return index


def _true_events(index: Index, typology: Typology) -> Iterator[Event]:
    (compiled,) = Catalogue((typology,)).compiled
    rows = Rows(index)
    for judged in sweep(compiled, rows, Lists(rows)):
        hits = judged.hits
        if len(hits):
            codes, t_us = judged.measures.entities[hits], judged.measures.block.t_us[hits]
            yield from zip(index.entities.take(codes).to_pylist(), t_us.tolist(), strict=True)


def _hold_us(typology: Typology) -> int:
    (compiled,) = Catalogue((typology,)).compiled
    return compiled.rules[0].hold_us


def _episodes(true: frozenset[Event], seen: Mapping[Event, int], hold_us: int) -> Iterator[Episode]:
    run: list[Event] = []
    for event in sorted(true):
        if run and (event[0] != run[-1][0] or event[1] - run[-1][1] > hold_us):
            yield _episode(run, seen)
            run = []
        run.append(event)
    if run:
        yield _episode(run, seen)


def _episode(run: Sequence[Event], seen: Mapping[Event, int]) -> Episode:
    return Episode(run[0][0], run[0][1], run[-1][1], len(run), min(seen[event] for event in run))


def _periods(episodes: Sequence[Episode], gone: Mapping[str, int], by: str) -> Iterator[Period]:
    """Give every period from the first in which anything began to the last in which anything was seen."""
    began = [_begin(to_moment(e.first_us), by) for e in episodes]
    seen = [_begin(to_moment(e.seen_us), by) for e in episodes]
    withdrawn = [_begin(to_moment(us), by) for us in gone.values()]
    every = [*began, *seen, *withdrawn]
    at = min(every, default=None)
    while at is not None and at <= max(every):
        yield Period(at, began.count(at), seen.count(at), withdrawn.count(at))
        at = _begin(at + SPANS[by] + timedelta(hours=3), by)


def _begin(moment: datetime, by: str) -> datetime:
    """Give the local midnight at which a moment's day, or its week's Monday, begins."""
    local = moment.astimezone(ZoneInfo(HOME_ZONE))
    day = local.date() - timedelta(days=local.weekday() if by == "week" else 0)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(HOME_ZONE))


def _curves(index: Index, typology: Typology, move: Sequence[Threshold]) -> tuple[Curve, ...]:
    points: dict[int, list[Point]] = {}
    for moved in move_thresholds(index, typology, move):
        who = frozenset(np.asarray(index.entities.take(moved.subjects)).tolist())
        points.setdefault(moved.threshold.number, []).append(
            Point(moved.value, moved.threshold.shown(moved.value), moved.events, who)
        )
    return tuple(Curve(threshold, tuple(points.get(threshold.number, ()))) for threshold in move)
