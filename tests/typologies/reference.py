"""The language's meaning, written as slowly and plainly as possible: one event, one window, one row at a time.

It shares the parser with the product and nothing else: no plan, no programs, no kernels.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np

from cutline.graph.index import NULL, Index
from cutline.model.tables import TABLES
from cutline.typologies import peering
from cutline.typologies.document import Document
from cutline.typologies.expressions import duration_us, read_expression
from cutline.typologies.steps import Named, Steps, ends_of, kinds_of, read_steps, shared
from cutline.typologies.trees import Apply, Ask, Constant, Measure, Name, Peers, Scope, Tag, Text, Tree
from cutline.typologies.vocabulary import LINKS, SIDES, SUBJECTS

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


def judge(index: Index, document: Document) -> list[tuple[str, int, str]]:
    """Give (subject, time, outcome) at every event that a typology listens to."""
    world = World(index, document.text("subject"))
    steps = read_steps(document)
    if steps is not None:
        world.story = Story(index, steps, kinds_of(steps, world.kind))
    when = ("and", [_tree(document, text) for text in _texts(document.plain("when"))])
    unless = [_tree(document, text) for text in _texts(document.plain("unless") or [])]
    on = world.story.last() if world.story else world.stream(tuple(document.text("on").split(".")), "")[0]
    out = []
    for subject in world.subjects:
        ticks = world.ticks(subject, list(when[1]), document.text("every")) if world.story is None else []
        for event in [*world.events(subject, on), *ticks]:
            truth = world.join("and", [world.truth(t, subject, event) for t in when[1]])
            if unless:
                spared = world.join("or", [world.truth(t, subject, event) for t in unless])
                truth = world.join("and", [truth, {{T: F, F: T, E: T}[o] for o in spared}])
            outcome = "hit" if truth == {T} else "not_assessable" if T in truth else "clear"
            out.append((index.entity(subject), event.t, outcome))
    return sorted(out)


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    return [text for item in (node["all"] if isinstance(node, dict) else node) for text in _texts(item)]


def _tree(document: Document, text: str) -> Tree:
    return read_expression(text, Scope(document.place(document.nodes["when"]), text))


class World:
    def __init__(self, index: Index, subject: str) -> None:
        self.index, self.kind = index, subject
        self.story: Story | None = None
        self.subjects = [c for c in range(len(index)) if _kind(index.entity(c)) in SUBJECTS[subject]]

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
            if entity == subject if not via else self._tied(subject, entity, via, t):
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

    def _tied(self, subject: int, entity: int, via: str, t: int | None) -> bool:
        ties = self.index.tables["ties"]
        relations = [ties.category("relation", r) for r in LINKS[via].relations]
        for a, b, relation, begins, ends in zip(
            *(ties.columns[c].tolist() for c in ("a", "b", "relation", "valid_from", "valid_to")), strict=True
        ):
            valid = t is None or ((begins == NULL or begins <= t) and (ends == NULL or t < ends))
            right = entity in (-1, a, b) and _kind(self.index.entity(b if a == subject else a)) in LINKS[via].kinds
            if (
                relation in relations
                and subject in (a, b)
                and (entity == -1 or {a, b} == {subject, entity})
                and right
                and valid
            ):
                return True
        return False

    def covered(self, subject: int, stream: tuple[str, str, str]) -> tuple[float, float]:
        """From when to when nothing is missing: of tied entities where all of them are covered."""
        table, role, via = stream
        if not via:
            return self._covered(subject, table, role)
        tied = [other for other in range(len(self.index)) if self._tied(subject, other, via, None)]
        spans = [self._covered(other, table, role) for other in tied]
        return max((s[0] for s in spans), default=INF), min((s[1] for s in spans), default=INF)

    def _covered(self, entity: int, table: str, role: str) -> tuple[float, float]:
        coverage = self.index.tables[table].coverage
        named = role in TABLES[table].entity_columns
        houses = [h for h in coverage.houses if named and self.index.entity(entity).startswith(h)]
        own = coverage.houses[max(houses, key=len)] if houses else (coverage.from_us, coverage.to_us)
        if own[0] is None or own[1] is None:
            return INF, INF
        return -INF if named and self._opened(entity) >= own[0] else float(own[0]), float(own[1])

    def _opened(self, subject: int) -> float:
        facts = self.index.tables["facts"]
        rows = zip(*(facts.columns[c].tolist() for c in ("entity", "attribute", "valid_from")), strict=True)
        opened = facts.category("attribute", "opened_at")
        return max((float(t) for entity, attribute, t in rows if (entity, attribute) == (subject, opened)), default=-INF)

    def truth(self, tree: Tree, subject: int, event: Event) -> set[str]:
        match tree:
            case Apply(operator=("and" | "or") as operator, arguments=arguments):
                return self.join(operator, [self.truth(a, subject, event) for a in arguments])
            case Apply(operator="not", arguments=(inner,)):
                return {{T: F, F: T, E: E}[o] for o in self.truth(inner, subject, event)}
            case Apply(operator=operator, arguments=(Ask(what="fact", name=name), Text(value=value))):
                return _same_word(self._fact(subject, name, event.t), value, operator)
            case Apply(operator=operator, arguments=(left, right)):
                return _compare(operator, self.bounds(left, subject, event), self.bounds(right, subject, event))
            case Tag(name=name):
                return self._tagged(subject, name, event.t)
        raise AssertionError(tree)

    def join(self, operator: str, sides: list[set[str]]) -> set[str]:
        strongest = {"and": (F, E, T), "or": (T, E, F)}[operator]
        return {next(o for o in strongest if o in chosen) for chosen in product(*sides)}

    def _tagged(self, entity: int, name: str, t: int) -> set[str]:
        tags = self.index.tables["tags"]
        if tags.coverage.from_us is None:
            return {T, F}
        for who, tag, begins, ends in zip(
            *(tags.columns[c].tolist() for c in ("entity", "tag", "valid_from", "valid_to")), strict=True
        ):
            if (
                who == entity
                and tag == tags.category("tag", name)
                and (begins == NULL or begins <= t)
                and (ends == NULL or t < ends)
            ):
                return {T}
        return {F}

    def _held(self, table: str, t: int, **wanted: Any) -> list[dict[str, Any]]:
        """The rows of a table of spells that hold at a moment, by their beginning."""
        rows = self.index.tables[table]
        columns = {c: rows.columns[c].tolist() for c in rows.columns}
        every = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        open_ = [
            r
            for r in every
            if (r["valid_from"] == NULL or r["valid_from"] <= t) and (r["valid_to"] == NULL or t < r["valid_to"])
        ]
        return sorted((r for r in open_ if all(r[c] == v for c, v in wanted.items())), key=lambda r: int(r["valid_from"]))

    def _fact(self, entity: int, name: str, t: int) -> str | None:
        facts = self.index.tables["facts"]
        held = self._held("facts", t, entity=entity, attribute=facts.category("attribute", name))
        latest = {str(facts.texts["value"][r["value"]]) for r in held if r["valid_from"] == held[-1]["valid_from"]}
        return latest.pop() if len(latest) == 1 else None

    def _age(self, entity: int, t: int) -> float | None:
        facts = self.index.tables["facts"]
        rows = zip(*(facts.columns[c].tolist() for c in ("entity", "attribute", "valid_from")), strict=True)
        mine = [f for e, a, f in rows if e == entity and a == facts.category("attribute", "opened_at") and NULL < f <= t]
        return (t - max(mine)) / 1e6 if mine else None

    def _same(self, person: int) -> int:
        """The one token that stands for a person."""
        ties = self.index.tables["ties"]
        rows = list(zip(*(ties.columns[c].tolist() for c in ("a", "b", "relation")), strict=True))
        group, grown = {person}, True
        while grown:
            grown = False
            for a, b, relation in rows:
                if relation == ties.category("relation", "same_as") and (a in group) != (b in group):
                    group, grown = group | {a, b}, True
        return min(group)

    def _tied_to(self, one: int, other: int, relation: str, t: int) -> set[str]:
        ties = self.index.tables["ties"]

        def owners(x: int) -> set[int]:
            held = self._held("ties", t, b=x, relation=ties.category("relation", "owns"))
            mine = {x} if _kind(self.index.entity(x)) in ("person", "organisation") else set()
            return {self._same(o) for o in mine | {int(r["a"]) for r in held}}

        mine, theirs = owners(one) | {self._same(one)}, owners(other) | {self._same(other)}
        if relation == "owner":
            found, told = bool(mine & theirs), "owns"
        else:
            held = self._held("ties", t, relation=ties.category("relation", relation))
            pairs = {(self._same(r["a"]), self._same(r["b"])) for r in held}
            found, told = any((p, q) in pairs or (q, p) in pairs for p in mine for q in theirs), relation
        delivered = ties.category("relation", told) in ties.columns["relation"].tolist()
        return {T} if found else {F} if delivered and owners(one) and owners(other) else {T, F}

    def bounds(self, tree: Tree, subject: int, event: Event) -> Bounds:
        match tree:
            case Constant(value=value):
                return float(value), float(value)
            case Apply(operator="neg", arguments=(inner,)):
                low, high = self.bounds(inner, subject, event)
                return -high, -low
            case Apply(operator=operator, arguments=(left, right)):
                return _arithmetic(operator, self.bounds(left, subject, event), self.bounds(right, subject, event))
            case Ask(what="age"):
                age = self._age(subject, event.t)
                return (0.0, INF) if age is None else (age, age)
            case Peers():
                return self._peers(tree, subject, event.t)
            case Measure(aggregate="share"):
                part = Measure(0, "count", tree.path, tree.where, tree.window_us, tree.before_us, tree.via)
                whole = Measure(0, "count", tree.path, None, tree.window_us, tree.before_us, tree.via)
                return _arithmetic("/", self.bounds(part, subject, event), self.bounds(whole, subject, event))
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
            shared = self._cell(event, m.by)
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
            passes = self._filter(m.where, other) if m.where is not None else {T}
            if T not in passes:
                continue
            known = not column or self._cell(other, column) is not None
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
        value = _naive(m.aggregate, sure, event, [self._cell(e, column) for e in sure] if column else [])
        return _widen(m.aggregate, value, more, (m.window_us + m.before_us) / 1e6)

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
        age = self._age(subject, t)
        band = None if age is None else sum(age >= days * 86_400 for days in (30, 180, 730))
        return [self._fact(subject, "class", t) if name == "class" else band for name in same]

    def _active(self, m: Measure, subject: int, stream: tuple[str, str, str], t: int) -> tuple[int, int]:
        """How many ties (or different entities) surely hold, and how many more rows possibly."""
        column = self.stream(m.path, m.via)[1]
        sure: set[float] = set()
        maybe = 0
        for event in self.events(subject, stream):
            begins, ends = self._cell(event, "valid_from"), self._cell(event, "valid_to")
            passes = self._filter(m.where, event) if m.where is not None else {T}
            if T not in passes or (begins is not None and begins > t) or (ends is not None and ends <= t):
                continue
            if passes - {E} == {T}:
                sure.add(self._cell(event, column[0]) or 0.0 if column else float(event.row))
            else:
                maybe += 1
        return len(sure), maybe

    def _burst(
        self, m: Measure, subject: int, stream: tuple[str, str, str], event: Event, covered: tuple[float, float]
    ) -> Bounds:
        rows = [(e, self._filter(m.where, e) if m.where is not None else {T}) for e in self.events(subject, stream)]
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

    def _filter(self, tree: Tree, event: Event) -> set[str]:  # noqa: PLR0911  one return for each kind of node
        match tree:
            case Apply(operator=("and" | "or") as operator, arguments=arguments):
                return self.join(operator, [self._filter(a, event) for a in arguments])
            case Apply(operator="not", arguments=(inner,)):
                return {{T: F, F: T, E: E}[o] for o in self._filter(inner, event)}
            case Ask(what="tied", of=column, name=name):
                own, other = self._cell(event, event.stream[1]), self._cell(event, column)
                return {T, F} if own is None or other is None else self._tied_to(int(own), int(other), name, event.t)
            case Apply(operator=operator, arguments=(Ask(what="fact", of=column, name=name), Text(value=value))):
                who = self._cell(event, column)
                return _same_word(None if who is None else self._fact(int(who), name, event.t), value, operator)
            case Apply(operator=operator, arguments=(Ask(what="age", of=column), Constant(value=limit))):
                who = self._cell(event, column)
                age = None if who is None else self._age(int(who), event.t)
                return _compare(operator, (0.0, INF) if age is None else (age, age), (float(limit), float(limit)))
            case Apply(operator=operator, arguments=(left, right)):
                a, b = self._term(left, event), self._term(right, event)
                if a is None or b is None:
                    return {T, F}
                if isinstance(a, str) or isinstance(b, str):
                    return {T if (a == b) == (operator == "==") else F}
                return _compare(operator, (a, a), (b, b))
            case Tag(of=column, name=name):
                entity = self._cell(event, column)
                return {T, F} if entity is None else self._tagged(int(entity), name, event.t)
            case Name(name=name):
                flag = self._cell(event, name)
                return {T, F} if flag is None else {T if flag else F}
        raise AssertionError(tree)

    def _term(self, tree: Tree, event: Event) -> float | str | None:
        match tree:
            case Constant(value=value):
                return float(value)
            case Text(value=value):
                return value
            case Name(name=name):
                cell = self._cell(event, name)
                words = self.index.tables[event.table].categories.get(name)
                return cell if cell is None or words is None else words[int(cell)]
            case Apply(operator=operator, arguments=(left, right)):
                a, b = self._term(left, event), self._term(right, event)
                return None if a is None or b is None else _arithmetic(operator, (a, a), (b, b))[0]  # type: ignore[arg-type]
        raise AssertionError(tree)

    def _cell(self, event: Event, column: str) -> float | None:
        table = self.index.tables[event.table]
        if column in ("night", "hour"):
            hour = (event.t // 3_600_000_000 + 8) % 24
            return float(hour if column == "hour" else hour >= 23 or hour < 6)
        if column == "value":
            amount = self._cell(event, "amount")
            return amount if table.categories["asset"][int(self._cell(event, "asset") or 0)] == "CNY" else None
        value = table.columns[column][event.row].item()
        unknown = value == NULL if table.columns[column].dtype == np.int64 else value == -1
        return None if unknown else value


class Story:
    """Steps, one row and one timeline at a time: whether a row surely, perhaps or never is that step's."""

    def __init__(self, index: Index, steps: Steps, kinds: dict[str, str]) -> None:
        self.index, self.steps, self.kinds = index, steps, kinds
        self.worlds = {kind: World(index, kind) for kind in kinds.values()}
        self._known: dict[tuple[str, int], str] = {}

    def last(self) -> tuple[str, str, str]:
        before, last = self.steps.happen[-2:]
        return self._stream(last, shared(before, last))

    def measure(self, world: World, m: Measure, subject: int, event: Event) -> Bounds:
        """A measure of one of the last two steps."""
        before, last = self.steps.happen[-2:]
        gap, variable = last.step.gap, shared(before, last)
        least, most = gap.least_us, gap.most_us
        here = (subject, event)
        if m.path[0] == before.name:
            sure, maybe, more = self._window(world, before, variable, here, (least, most), False)
        else:
            since, doubt = self._since(world, variable, here)
            sure, maybe, more = self._window(world, last, variable, here, (0, most), False)
            sure = [e for e in sure if since and e.key > since.key and e.t >= since.t + least]
            maybe, more = (maybe, INF if doubt else more) if since or doubt else ([], 0.0)
        passes = {e.key: _word_of(world._filter(m.where, e) if m.where is not None else {T}) for e in (*sure, *maybe)}
        maybe = [e for e in maybe if passes[e.key] != "no"] + [e for e in sure if passes[e.key] == "perhaps"]
        sure = [e for e in sure if passes[e.key] == "yes"]
        values = [world._cell(e, m.path[1]) for e in sure] if m.path[1:] else []
        unknown = more + len(maybe)
        return _widen(m.aggregate, _naive(m.aggregate, sure, event, values), unknown, (most - least) / 1e6)

    def _since(self, world: World, variable: str, here: tuple[int, Event]) -> tuple[Event | None, bool]:
        """The row with which the last step but one has happened often enough, and whether it could be another."""
        before, gap = self.steps.happen[-2], self.steps.happen[-1].step.gap
        sure, maybe, more = self._window(world, before, variable, here, (gap.least_us, gap.most_us), False)
        different = before.step.times.different
        column = ends_of(before.step)[different][1] if different else ""
        named = [e for e in sure if not column or world._cell(e, column) is not None]
        seen: set[Any] = set()
        for e in named:
            seen.add(world._cell(e, column) if column else e.key)
            if len(seen) == before.step.times.number:
                return e, bool(maybe or more or len(named) < len(sure))
        return None, bool(maybe or more or len(named) < len(sure))

    def _stream(self, named: Named, variable: str) -> tuple[str, str, str]:
        end, role = ends_of(named.step)[variable]
        return named.step.table, role, end.link

    def _window(
        self, world: World, named: Named, variable: str, here: tuple[int, Event], gap: tuple[int, int], others: bool
    ) -> tuple[list[Event], list[Event], float]:
        """A step's rows that surely lie on a timeline in a window, those that perhaps do, and INF where data do not reach."""
        subject, event = here
        stream = self._stream(named, variable)
        low_t, high_t = event.t - gap[1], event.t - gap[0]
        sure, maybe = [], []
        for other in world.events(subject, stream):
            upto = other.t <= high_t if gap[0] else other.key <= event.key
            if not (upto and low_t < other.t) or (others and other.key == event.key):
                continue
            truth = self._is(named, other)
            if truth != "no":
                (sure if truth == "yes" else maybe).append(other)
        since, until = world.covered(subject, stream)
        return sure, maybe, INF if low_t + 1 < since or high_t > until else 0.0

    def _is(self, named: Named, event: Event) -> str:
        """Whether a row is a step's: yes, no, perhaps."""
        if (named.name, event.row) not in self._known:
            world = next(iter(self.worlds.values()))
            parts = [_word_of(world._filter(named.step.where, event) if named.step.where is not None else {T})]
            place = self.steps.place(named.name)
            if 0 < place < len(self.steps.happen) - 1:
                parts.append(self._marked(event, shared(self.steps.happen[place - 1], named), named, None))
            guards = [a for a in self.steps.absent if a.step.gap.before == named.name]
            parts += [self._marked(event, shared(named, a), named, a) for a in guards]
            self._known[named.name, event.row] = "no" if "no" in parts else "perhaps" if "perhaps" in parts else "yes"
        return self._known[named.name, event.row]

    def _marked(self, event: Event, variable: str, named: Named, absent: Named | None) -> str:
        """On all timelines on which the row lies: any will do for what happened, all must agree that something did not."""
        world = self.worlds[self.kinds[variable]]
        stream = self._stream(named, variable)
        lying = [(s, own) for s in world.subjects for own in world.events(s, stream) if own.row == event.row]
        found = [self._told(world, here, variable, named, absent) for here in lying]
        if absent is not None and (len(set(found)) > 1 or world._cell(event, stream[1]) is None):
            return "perhaps"
        return "yes" if "yes" in found else "perhaps" if "perhaps" in found else "no"

    def _told(self, world: World, here: tuple[int, Event], variable: str, named: Named, absent: Named | None) -> str:
        place = self.steps.place(named.name)
        gap = named.step.gap
        span = (gap.least_us, gap.most_us)
        if absent is None:
            earlier = self.steps.happen[place - 1]
            sure, maybe, more = self._window(world, earlier, variable, here, span, True)
            number, different = int(earlier.step.times.number), earlier.step.times.different
            column = ends_of(earlier.step)[different][1] if different else ""
            cells = [world._cell(e, column) if column else e.row for e in sure]
            low = len(set(cells) - {None})
            high = low + len(maybe) + cells.count(None) + more
            return "yes" if low >= number else "perhaps" if high >= number else "no"
        own = absent.step.gap
        if not own.after:
            sure, maybe, more = self._window(world, absent, variable, here, (own.least_us, own.most_us), True)
            return "no" if sure else "perhaps" if maybe or more else "yes"
        earlier = self.steps.happen[place - 1]
        came, may_come, open_ = self._window(world, earlier, variable, here, span, True)
        sure, maybe, more = self._window(world, absent, variable, here, (0, gap.most_us), True)
        if not sure and not maybe and not more:
            return "yes"
        latest = max((e.t for e in came), default=None)
        against = max((e.t for e in sure), default=None)
        clear = {T} if against is None and not (maybe or more) else {T, F} if against is None else {F}
        earliest_gap = (0.0, here[1].t - latest if latest is not None else INF) if may_come or open_ else None
        ours = earliest_gap or ((here[1].t - latest,) * 2 if latest is not None else (math.nan, math.nan))
        theirs = (math.nan, math.nan) if against is None else (here[1].t - against,) * 2
        if maybe or more:
            theirs = (0.0 if against is not None else -INF, theirs[0] if against is not None else INF)
        if earliest_gap and latest is None:
            ours = (-INF, INF)
        truth = _or_sets(clear, _compare(">=", theirs, ours))
        return "yes" if truth == {T} else "perhaps" if T in truth else "no"


def _or_sets(a: set[str], b: set[str]) -> set[str]:
    return {next(o for o in (T, E, F) if o in (x, y)) for x in a for y in b}


def _word_of(passes: set[str]) -> str:
    return "no" if T not in passes else "yes" if passes - {E} == {T} else "perhaps"


def _same_word(word: str | None, value: str, operator: str) -> set[str]:
    return {T, F} if word is None else {T if (word == value) == (operator == "==") else F}


def _measures(tree: Tree) -> list[Measure]:
    if isinstance(tree, Measure):
        return [tree]
    if isinstance(tree, Peers):
        return _measures(tree.measure)
    return [m for part in tree.arguments for m in _measures(part)] if isinstance(tree, Apply) else []


def _kind(entity: str) -> str:
    return entity.partition(":")[0]


def _naive(aggregate: str, sure: list[Event], event: Event, values: list[Any]) -> float:
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


def _widen(aggregate: str, value: float, more: float, reach_s: float) -> Bounds:
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


def _compare(operator: str, a: Bounds, b: Bounds) -> set[str]:
    if any(math.isnan(x) for x in (*a, *b)):
        return {E}
    if operator in (">", ">="):
        return _compare(operator.replace(">", "<"), b, a)
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


def _arithmetic(operator: str, a: Bounds, b: Bounds) -> Bounds:
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
