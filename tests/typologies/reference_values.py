"""What the slow reference computes with: rows as events, pairs of bounds, sets of possible outcomes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

T, F, E = "true", "false", "nothing to measure"
INF = math.inf
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Event:
    """A row as one subject's stream sees it; ordered by `key`."""

    key: tuple[int, int, int, int]
    stream: tuple[str, str, str]
    table: str
    row: int

    @property
    def t(self) -> int:
        return self.key[0]


def or_sets(a: set[str], b: set[str]) -> set[str]:
    return {next(o for o in (T, E, F) if o in (x, y)) for x in a for y in b}


def word_of(passes: set[str]) -> str:
    return "no" if T not in passes else "yes" if passes - {E} == {T} else "perhaps"


def same_word(word: str | None, value: str, operator: str) -> set[str]:
    return {T, F} if word is None else {T if (word == value) == (operator == "==") else F}


def naive(aggregate: str, sure: list[Event], event: Event, values: list[Any]) -> float:
    times = [e.t / 1e6 for e in sure]
    gaps = [b - a for a, b in pairwise(times)]
    before = [e.t / 1e6 for e in sure if e.key != event.key]
    here = bool(sure) and sure[-1].key == event.key
    tally = Counter(values)
    mean = sum(values) / len(values) if values and aggregate in ("mean", "std") else 0
    rules: dict[str, Callable[[], float]] = {
        "count": lambda: len(sure),
        "distinct": lambda: len(tally),
        "sum": lambda: sum(values),
        "mean": lambda: mean,
        "std": lambda: math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)),
        "min": lambda: min(values),
        "max": lambda: max(values),
        "median": lambda: sorted(values)[math.ceil(len(values) / 2) - 1],
        "p90": lambda: sorted(values)[math.ceil(len(values) * 9 / 10) - 1],
        "p25": lambda: sorted(values)[math.ceil(len(values) / 4) - 1],
        "first": lambda: values[0],
        "last": lambda: values[-1],
        "repeats": lambda: values.count(values[-1]) - 1 if here else math.nan,
        "entropy": lambda: -sum(n / len(values) * math.log2(n / len(values)) for n in tally.values()),
        "top_share": lambda: max(tally.values()) / len(values),
        "first_gap": lambda: event.t / 1e6 - times[0],
        "last_gap": lambda: event.t / 1e6 - before[-1] if before else math.nan,
        "longest_gap": lambda: max(gaps) if gaps else math.nan,
        "unevenness": lambda: _unevenness(gaps),
    }
    if not sure and aggregate not in ("count", "distinct", "sum"):
        return math.nan
    return float(rules[aggregate]())


def _unevenness(gaps: list[float]) -> float:
    if len(gaps) < 2 or sum(gaps) == 0:
        return math.nan
    mean = sum(gaps) / len(gaps)
    return math.sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps)) / mean


def widen(aggregate: str, value: float, more: float, reach_s: float) -> Bounds:
    if not more:
        return value, value
    if math.isnan(value):
        return -INF, INF
    match aggregate:
        case "count" | "distinct" | "repeats":
            return value, value + more
        case "sum" | "max":
            return value, INF
        case "min":
            return -INF, value
        case "first_gap":
            return value, reach_s
        case "last_gap":
            return 0.0, value
    return -INF, INF


def compare(operator: str, a: Bounds, b: Bounds) -> set[str]:
    if any(math.isnan(x) for x in (*a, *b)):
        return {E}
    if operator in (">", ">="):
        return compare(operator.replace(">", "<"), b, a)
    out = set()
    for x, y in ((a[0], b[1]), (a[1], b[0])):
        if operator in ("<", "<="):
            out.add(T if (x < y and not _near(x, y)) or (operator == "<=" and (x <= y or _near(x, y))) else F)
    if operator in ("==", "!="):
        exact = a[0] == a[1] and b[0] == b[1]
        touch = (a[0] <= b[1] or _near(a[0], b[1])) and (b[0] <= a[1] or _near(b[0], a[1]))
        out = ({T} if exact else {T, F}) if touch else {F}
        if operator == "!=":
            out = {T if o == F else F for o in out}
    return out


def _near(x: float, y: float) -> bool:
    return not math.isinf(x) and not math.isinf(y) and abs(x - y) <= 1e-9 * max(abs(x), abs(y))


def arithmetic(operator: str, a: Bounds, b: Bounds) -> Bounds:
    if any(math.isnan(x) for x in (*a, *b)):
        return math.nan, math.nan
    if operator == "+":
        return a[0] + b[0], a[1] + b[1]
    if operator == "-":
        return a[0] - b[1], a[1] - b[0]
    if operator == "*":
        corners = [0.0 if 0.0 in (x, y) else x * y for x in a for y in b]
        return min(corners), max(corners)
    if b == (0.0, 0.0):
        return math.nan, math.nan
    if a[0] == a[1] and b[0] == b[1]:
        return a[0] / b[0], a[0] / b[0]
    if b[0] <= 0 or a[0] < 0:
        return -INF, INF
    return (0.0 if math.isinf(b[1]) else a[0] / b[1]), (INF if math.isinf(a[1]) else a[1] / b[0])
