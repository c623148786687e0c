"""One subject kind's world: its streams, ticks and windows, and the truth of a tree at an event."""

from __future__ import annotations

import math
from itertools import pairwise, product
from typing import Any, Protocol

import numpy as np

from cutline.graph.index import NULL, Index
from cutline.model.tables import TABLES
from cutline.typologies import peering
from cutline.typologies.expressions import duration_us
from cutline.typologies.steps import Steps
from cutline.typologies.trees import Apply, Ask, Constant, Measure, Name, Peers, Tag, Text, Tree
from cutline.typologies.vocabulary import LINKS, SIDES, SUBJECTS
from tests.typologies.reference_records import Records, kind_of_id
from tests.typologies.reference_values import INF, Bounds, E, Event, F, T, arithmetic, compare, naive, same_word, widen


class Told(Protocol):
    """Steps of a sequence, as a world asks about them."""

    steps: Steps

    def last(self) -> tuple[str, str, str]: ...

    def measure(self, world: World, m: Measure, subject: int, event: Event) -> Bounds: ...


class World(Records):
    def __init__(self, index: Index, subject: str) -> None:
        super().__init__(index)
        self.kind = subject
        self.story: Told | None = None
        self.subjects = [c for c in range(len(index)) if kind_of_id(index.entity(c)) in SUBJECTS[subject]]

    def stream(self, path: tuple[str, ...], via: str) -> tuple[tuple[str, str, str], tuple[str, ...]]:
        kinds = LINKS[via].kinds if via else SUBJECTS[self.kind]
        for direction, role in SIDES[path[0]]:
            if any(k in TABLES[path[0]][role].kinds for k in kinds) and (not direction or path[1:2] == (direction,)):
                return (path[0], role, via), path[2:] if direction else path[1:]
        raise AssertionError(path)

    def events(self, subject: int, stream: tuple[str, str, str]) -> list[Event]:
        """Every row in which the subject, or an entity tied to it then, stands in the stream's column, in order."""
        table, role, via = stream
        rows = self.index.tables[table]
        sides = [r for _, r in SIDES[table]]
        place = sides.index(role) if role in sides else 0
        found = []
        for row, (t, entity) in enumerate(zip(rows.t_us.tolist(), rows.columns[role].tolist(), strict=True)):
            if entity == subject if not via else self.tied(subject, entity, via, t):
                found.append(Event((t, list(TABLES).index(table), row, place), stream, table, row))
        return sorted(found, key=lambda e: e.key)

    def ticks(self, subject: int, trees: list[Tree], every: str) -> list[Event]:
        """Multiples of `every` after midnight in China, from the first row of some stream until all windows are empty."""
        measures = [m for tree in trees for m in _measures(tree)]
        streams = [self.stream(m.path, m.via)[0] for m in measures]
        times = [e.t for s in streams for e in self.events(subject, s)]
        if not every or not times:
            return []
        step, origin = duration_us(every), -8 * 3_600_000_000
        reach = max(m.window_us + m.before_us for m in measures)
        ends = [self.covered(subject, s)[1] for s in streams if self.covered(subject, s)[0] < INF]
        starts = [self.index.tables[s[0]].coverage.from_us for s in streams]
        begin = max(min(times), min((start for start in starts if start is not None), default=0))
        found, t = [], origin + -((origin - begin) // step) * step
        while t <= max(ends, default=INF):
            found.append(Event((t, len(TABLES), 0, 0), ("", "", ""), "", -1))
            if t >= max(times) + reach:
                break
            t += step
        return found

    def covered(self, subject: int, stream: tuple[str, str, str]) -> tuple[float, float]:
        """From when to when nothing is missing: of tied entities where all of them are covered."""
        table, role, via = stream
        if not via:
            return self._covered(subject, table, role)
        tied = [other for other in range(len(self.index)) if self.tied(subject, other, via, None)]
        spans = [self._covered(other, table, role) for other in tied]
        return max((s[0] for s in spans), default=INF), min((s[1] for s in spans), default=INF)

    def _covered(self, entity: int, table: str, role: str) -> tuple[float, float]:
        coverage = self.index.tables[table].coverage
        named = role in TABLES[table].entity_columns
        houses = [h for h in coverage.houses if named and self.index.entity(entity).startswith(h)]
        own = coverage.houses[max(houses, key=len)] if houses else (coverage.from_us, coverage.to_us)
        if own[0] is None or own[1] is None:
            return INF, INF
        return -INF if named and self.opened(entity) >= own[0] else float(own[0]), float(own[1])

    def truth(self, tree: Tree, subject: int, event: Event) -> set[str]:
        match tree:
            case Apply(operator=("and" | "or") as operator, arguments=arguments):
                return self.join(operator, [self.truth(a, subject, event) for a in arguments])
            case Apply(operator="not", arguments=(inner,)):
                return {{T: F, F: T, E: E}[o] for o in self.truth(inner, subject, event)}
            case Apply(operator=operator, arguments=(Ask(what="fact", name=name), Text(value=value))):
                return same_word(self.fact(subject, name, event.t), value, operator)
            case Apply(operator=operator, arguments=(left, right)):
                return compare(operator, self.bounds(left, subject, event), self.bounds(right, subject, event))
            case Tag(name=name):
                return self.tagged(subject, name, event.t)
        raise AssertionError(tree)

    def join(self, operator: str, sides: list[set[str]]) -> set[str]:
        strongest = {"and": (F, E, T), "or": (T, E, F)}[operator]
        return {next(o for o in strongest if o in chosen) for chosen in product(*sides)}

    def bounds(self, tree: Tree, subject: int, event: Event) -> Bounds:
        match tree:
            case Constant(value=value):
                return float(value), float(value)
            case Apply(operator="neg", arguments=(inner,)):
                low, high = self.bounds(inner, subject, event)
                return -high, -low
            case Apply(operator=operator, arguments=(left, right)):
                return arithmetic(operator, self.bounds(left, subject, event), self.bounds(right, subject, event))
            case Ask(what="age"):
                age = self.age(subject, event.t)
                return (0.0, INF) if age is None else (age, age)
            case Peers():
                return self._peers(tree, subject, event.t)
            case Measure(aggregate="share"):
                part = Measure(0, "count", tree.path, tree.where, tree.window_us, tree.before_us, tree.via)
                whole = Measure(0, "count", tree.path, None, tree.window_us, tree.before_us, tree.via)
                return arithmetic("/", self.bounds(part, subject, event), self.bounds(whole, subject, event))
            case Measure():
                return self._measure(tree, subject, event)
        raise AssertionError(tree)

    def _measure(self, m: Measure, subject: int, event: Event) -> Bounds:
        if self.story is not None and self.story.steps.place(m.path[0]) >= 0:
            return self.story.measure(self, m, subject, event)
        stream, rest = self.stream(m.path, m.via)
        if m.by:
            if not event.table:
                return math.nan, math.nan
            shared = self.cell(event, m.by)
            if shared is None:
                return -INF, INF
            subject, stream = int(shared), (stream[0], m.by, "")
        column = rest[0] if rest else ""
        low_t, high_t = event.t - m.before_us - m.window_us, event.t - m.before_us
        sure, maybe = [], []
        for other in self.events(subject, stream):
            inside = low_t < other.t and (
                other.key[:3] <= event.key[:3] if m.by else other.key <= event.key if not m.before_us else other.t <= high_t
            )
            if not inside:
                continue
            passes = self.passes(m.where, other) if m.where is not None else {T}
            if T not in passes:
                continue
            known = not column or self.cell(other, column) is not None
            (sure if passes - {E} == {T} and known else maybe).append(other)
        since, until = self.covered(subject, stream)
        if m.aggregate == "active":
            held = self._active(m, subject, stream, event.t)
            top = INF if event.t < since or event.t > until else float(held[0] + held[1])
            return float(held[0]), top
        if m.aggregate == "burst":
            return self._burst(m, subject, stream, event, (since, until))
        more = INF if low_t + 1 < since or high_t > until else float(len(maybe))
        if m.aggregate == "dormancy":
            edges = [low_t, *(e.t for e in sure), high_t]
            silent = max(b - a for a, b in pairwise(edges)) / 1e6
            return (0.0, silent) if more else (silent, silent)
        value = naive(m.aggregate, sure, event, [self.cell(e, column) for e in sure] if column else [])
        return widen(m.aggregate, value, more, (m.window_us + m.before_us) / 1e6)

    def _peers(self, tree: Peers, one: int, t: int) -> Bounds:
        """The percentile over all subjects who have something in their window at the last midnight in China."""
        rank, measure, mine = int(tree.rank[1:]), tree.measure, self._alike(tree.same, one, t)
        day, origin = 86_400_000_000, -8 * 3_600_000_000
        midnight = origin + (t - origin) // day * day
        known = []
        for subject in self.subjects:
            for tick in self.ticks(subject, [measure], "1d"):
                alike = tick.t == midnight and None not in mine and self._alike(tree.same, subject, midnight) == mine
                low, high = self.bounds(measure, subject, tick) if alike else (0.0, 0.0)
                known += [low] if low == high and low != 0 else []
        if len(known) < peering.LEAST:
            return -INF, INF
        value = sorted(known)[math.ceil(rank * len(known) / 100) - 1]
        return value, value

    def _alike(self, same: tuple[str, ...], subject: int, t: int) -> list[Any]:
        """In what peers are alike: None where it is not known."""
        age = self.age(subject, t)
        band = None if age is None else sum(age >= days * 86_400 for days in (30, 180, 730))
        return [self.fact(subject, "class", t) if name == "class" else band for name in same]

    def _active(self, m: Measure, subject: int, stream: tuple[str, str, str], t: int) -> tuple[int, int]:
        """How many ties (or different entities) surely hold, and how many more rows possibly."""
        column = self.stream(m.path, m.via)[1]
        sure: set[float] = set()
        maybe = 0
        for event in self.events(subject, stream):
            begins, ends = self.cell(event, "valid_from"), self.cell(event, "valid_to")
            passes = self.passes(m.where, event) if m.where is not None else {T}
            if T not in passes or (begins is not None and begins > t) or (ends is not None and ends <= t):
                continue
            if passes - {E} == {T}:
                sure.add(self.cell(event, column[0]) or 0.0 if column else float(event.row))
            else:
                maybe += 1
        return len(sure), maybe

    def _burst(
        self, m: Measure, subject: int, stream: tuple[str, str, str], event: Event, covered: tuple[float, float]
    ) -> Bounds:
        rows = [(e, self.passes(m.where, e) if m.where is not None else {T}) for e in self.events(subject, stream)]
        end, cut = event.t - m.before_us, event.t - m.before_us - m.window_us
        seen = [(e, p) for e, p in rows if (e.t <= end if m.before_us else e.key <= event.key) and T in p]
        sure = [e for e, p in seen if p - {E} == {T}]
        every = [e for e, p in rows if T in p and p - {E} == {T}]
        begin = covered[0] if covered[0] > -INF else min((e.t for e in every), default=INF)
        history = (cut - begin) / m.window_us if begin <= cut else -1.0
        if covered[0] > end or covered[1] < end or (history < 1 and covered[0] > -INF) or len(sure) < len(seen):
            return 0.0, INF
        before = sum(e.t <= cut for e in sure)
        if history < 1 or not before:
            return math.nan, math.nan
        value = (len(sure) - before) * history / before
        return value, value

    def passes(self, tree: Tree, event: Event) -> set[str]:  # noqa: PLR0911  one return for each kind of node
        match tree:
            case Apply(operator=("and" | "or") as operator, arguments=arguments):
                return self.join(operator, [self.passes(a, event) for a in arguments])
            case Apply(operator="not", arguments=(inner,)):
                return {{T: F, F: T, E: E}[o] for o in self.passes(inner, event)}
            case Ask(what="tied", of=column, name=name):
                own, other = self.cell(event, event.stream[1]), self.cell(event, column)
                return {T, F} if own is None or other is None else self.tied_to(int(own), int(other), name, event.t)
            case Apply(operator=operator, arguments=(Ask(what="fact", of=column, name=name), Text(value=value))):
                who = self.cell(event, column)
                return same_word(None if who is None else self.fact(int(who), name, event.t), value, operator)
            case Apply(operator=operator, arguments=(Ask(what="age", of=column), Constant(value=limit))):
                who = self.cell(event, column)
                age = None if who is None else self.age(int(who), event.t)
                return compare(operator, (0.0, INF) if age is None else (age, age), (float(limit), float(limit)))
            case Apply(operator=operator, arguments=(left, right)):
                a, b = self._term(left, event), self._term(right, event)
                if a is None or b is None:
                    return {T, F}
                if isinstance(a, str) or isinstance(b, str):
                    return {T if (a == b) == (operator == "==") else F}
                return compare(operator, (a, a), (b, b))
            case Tag(of=column, name=name):
                entity = self.cell(event, column)
                return {T, F} if entity is None else self.tagged(int(entity), name, event.t)
            case Name(name=name):
                flag = self.cell(event, name)
                return {T, F} if flag is None else {T if flag else F}
        raise AssertionError(tree)

    def _term(self, tree: Tree, event: Event) -> float | str | None:
        match tree:
            case Constant(value=value):
                return float(value)
            case Text(value=value):
                return value
            case Name(name=name):
                cell = self.cell(event, name)
                words = self.index.tables[event.table].categories.get(name)
                return cell if cell is None or words is None else words[int(cell)]
            case Apply(operator=operator, arguments=(left, right)):
                a, b = self._term(left, event), self._term(right, event)
                return None if a is None or b is None else arithmetic(operator, (a, a), (b, b))[0]  # type: ignore[arg-type]
        raise AssertionError(tree)

    def cell(self, event: Event, column: str) -> float | None:
        table = self.index.tables[event.table]
        if column in ("night", "hour"):
            hour = (event.t // 3_600_000_000 + 8) % 24
            return float(hour if column == "hour" else hour >= 23 or hour < 6)
        if column == "value":
            amount = self.cell(event, "amount")
            return amount if table.categories["asset"][int(self.cell(event, "asset") or 0)] == "CNY" else None
        value = table.columns[column][event.row].item()
        unknown = value == NULL if table.columns[column].dtype == np.int64 else value == -1
        return None if unknown else value


def _measures(tree: Tree) -> list[Measure]:
    if isinstance(tree, Measure):
        return [tree]
    if isinstance(tree, Peers):
        return _measures(tree.measure)
    return [m for part in tree.arguments for m in _measures(part)] if isinstance(tree, Apply) else []
