"""Thresholds: every number that a typology's `when` compares with, and what would be found if it were another.

Only the comparisons are computed again. Anchors are kept where no more than one threshold stands in the way, and what is
measured there serves all variants, so that dozens of points cost little more than one sweep. Memory: that of a sweep, and one
subject number for each true event of each variant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cutline.errors import Place
from cutline.graph.index import Index
from cutline.model.index import distinct
from cutline.typologies.catalogue import Catalogue, Typology
from cutline.typologies.compiler import Rules
from cutline.typologies.evaluator import TRUE, Program, Truth, both
from cutline.typologies.lists import Lists
from cutline.typologies.measures import Measures
from cutline.typologies.rows import Rows
from cutline.typologies.sweep import Looking, heard, prepared, spares

FACTORS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
_WRITTEN = re.compile(r"([\d,]*\.?\d+)((?:k?\s*[A-Z]{3}|\s*%|s|min|h|d)?)")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number in `when`: as it is written, where, and in which condition.

    `at` are its places in the programs, (condition, constant): `a between x .. y` measures `a` twice. A value is shown as
    value / scale with the unit that was written.
    """

    number: int
    written: str
    condition: str
    place: Place
    value: float
    scale: float
    unit: str
    at: tuple[tuple[int, int], ...]

    @property
    def conditions(self) -> tuple[int, ...]:
        """The conditions that it stands in."""
        return tuple(dict.fromkeys(condition for condition, _ in self.at))

    @property
    def values(self) -> tuple[float, ...]:
        """The values of its curve, from half to twice: whole numbers above zero where it is a whole number."""
        moved = [self.value * factor for factor in FACTORS]
        if not self.unit and self.value == int(self.value):
            moved = [float(round(value)) for value in moved if round(value)]
        return tuple(dict.fromkeys(moved))

    def shown(self, value: float) -> str:
        """Write a value as the threshold itself is written."""
        return f"{value / self.scale:,.10g}{self.unit}"

    def moved(self, when: Sequence[Program], value: float) -> dict[int, Program]:
        """Give the conditions that change where the number is another."""
        changed = {c: list(when[c].constants) for c in self.conditions}
        for condition, constant in self.at:
            changed[condition][constant] = value
        return {c: replace(when[c], constants=tuple(constants)) for c, constants in changed.items()}


@dataclass(slots=True)
class Moved:
    """What a typology finds with one threshold moved: its true events, and the codes of their subjects, ascending."""

    threshold: Threshold
    value: float
    events: int = 0
    subjects: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))


def thresholds_of(typology: Typology) -> tuple[Threshold, ...]:
    """List the numbers of a typology's `when` that can be made larger or smaller, in the order they are written.

    Numbers inside filters, windows and steps choose rows, and zero has no half and no double: they are not listed.
    """
    rules = _rules(typology)
    found: dict[Place, list[tuple[int, int]]] = {}
    for condition, program in enumerate(rules.when):
        for constant, place in enumerate(program.places):
            if place is not None and program.constants[constant] != 0.0:
                found.setdefault(place, []).append((condition, constant))
    lines = typology.path.read_text("utf-8").splitlines()
    ordered = sorted(found, key=lambda place: (place.line, place.column))
    return tuple(_threshold(k, (place, found[place]), rules, lines) for k, place in enumerate(ordered, 1))


def move_thresholds(index: Index, typology: Typology, thresholds: Sequence[Threshold]) -> list[Moved]:
    """Say what would be found with each threshold at each value of its curve, all else as it is."""
    (compiled,) = Catalogue((typology,)).compiled
    rules = compiled.rules[0]
    rows = Rows(index)
    points = [
        (Moved(threshold, value), threshold.moved(rules.when, value)) for threshold in thresholds for value in threshold.values
    ]
    hits: list[list[NDArray[np.int32]]] = [[] for _ in points]
    for measures in prepared(compiled, rows, Lists(rows)):
        for k, entities in _hits(rules, measures, [changed for _, changed in points]):
            points[k][0].events += len(entities)
            hits[k].append(distinct(entities))
    for (point, _), parts in zip(points, hits, strict=True):
        point.subjects = distinct(np.concatenate(parts)) if parts else point.subjects
    return [point for point, _ in points]


Changed = dict[int, Program]
"""The conditions that differ in a variant, by number."""


def _rules(typology: Typology) -> Rules:
    (compiled,) = Catalogue((typology,)).compiled
    return compiled.rules[0]


def _threshold(number: int, found: tuple[Place, list[tuple[int, int]]], rules: Rules, lines: Sequence[str]) -> Threshold:
    place, at = found
    value = rules.when[at[0][0]].constants[at[0][1]]
    line = lines[place.line - 1]
    written = _WRITTEN.match(line, place.column - 1)
    condition = line.strip().removeprefix("- ").strip("'\" ")
    if written is None or not float(written[1].replace(",", "")):
        # A condition that runs over several lines is placed at its beginning only.
        return Threshold(number, f"{value:g}", condition, place, value, 1.0, "", tuple(at))
    scale = value / float(written[1].replace(",", ""))
    return Threshold(number, written[0], condition, place, value, scale, written[2], tuple(at))


def _hits(rules: Rules, measures: Measures, variants: Sequence[Changed]) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Give for each variant with hits in a block the subjects of its true events there."""
    live = _near(rules, measures, variants)
    if not len(live):
        return
    kept, everything = measures.only(live), np.arange(len(live))
    when = [np.asarray(kept.run(program, everything), np.uint8) for program in rules.when]
    unspared: Truth = np.full(len(live), TRUE, np.uint8)
    if rules.unless is not None:
        unspared = spares(kept.run(rules.unless, everything))
    for k, changed in enumerate(variants):
        truth = unspared
        for c, as_written in enumerate(when):
            truth = both(truth, np.asarray(kept.run(changed[c], everything), np.uint8) if c in changed else as_written)
        at = np.flatnonzero(truth == TRUE)
        if len(at):
            yield k, kept.entities[at]


def _near(rules: Rules, measures: Measures, variants: Sequence[Changed]) -> NDArray[np.int64]:
    """Give the anchors where some variant may be true: no more conditions fail as written than one variant can change."""
    most = max((len(changed) for changed in variants), default=0)
    live = np.flatnonzero(heard(rules, measures))
    failing = np.zeros(len(live), np.int64)
    looking = Looking(measures)
    for c, program in enumerate(rules.when):
        if not len(live):
            break
        holds = (looking.run(program, live) & TRUE) > 0
        could = holds.copy()
        for changed in variants:
            if c in changed:
                could |= (looking.run(changed[c], live) & TRUE) > 0
        failing += ~holds
        keep = could & (failing <= most)
        live, failing = live[keep], failing[keep]
    return live
