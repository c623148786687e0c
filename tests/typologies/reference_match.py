"""Sequences whose letters come back, by brute force: every combination of rows, one letter and one gap at a time."""

from __future__ import annotations

from cutline.graph.index import Index
from cutline.model.tables import TABLES
from cutline.typologies.steps import Named, Steps, ends_of
from cutline.typologies.trees import Measure
from tests.typologies.reference_story import Story
from tests.typologies.reference_values import INF, Bounds, Event, T, naive, widen, word_of
from tests.typologies.reference_world import World

Row = tuple[int, int, int]
"""Time, table, row: the order in which rows happened."""

Taken = dict[int, Row]
Bound = dict[str, int]


class Matcher:
    """Whether a row of the last step surely, perhaps or never ends the sequence: by trying all rows for every step."""

    def __init__(self, index: Index, steps: Steps, kinds: dict[str, str]) -> None:
        self.index, self.steps, self.kinds = index, steps, kinds
        self.worlds = {kind: World(index, kind) for kind in kinds.values()}
        self.story = Story(index, steps, kinds)
        asked = [v for named in (*steps.happen, *steps.absent) for v in ends_of(named.step)]
        self.several = {v for v in asked if asked.count(v) > 1} | {steps.subject}
        self.seen = {n.name: self._seen(n) for n in (*steps.happen, *steps.absent)}
        self._told: dict[int, str] = {}

    def last(self) -> tuple[str, str, str]:
        return self._stream(self.steps.happen[-1], self.steps.subject)

    def measure(self, world: World, m: Measure, subject: int, event: Event) -> Bounds:
        """A measure of the last step: of its rows that end the sequence."""
        most, stream = self.steps.happen[-1].step.gap.most_us, self.last()
        sure, maybe = [], []
        for other in world.events(subject, stream):
            if other.key <= event.key and event.t - most < other.t:
                words = [self._is(other.row)]
                words += [word_of(world.passes(m.where, other))] if m.where is not None else []
                words += ["perhaps"] if m.path[1:] and world.cell(other, m.path[1]) is None else []
                (sure if set(words) == {"yes"} else [] if "no" in words else maybe).append(other)
        since, until = world.covered(subject, stream)
        unknown = len(maybe) + (INF if event.t - most + 1 < since or event.t > until else 0.0)
        values = [world.cell(e, m.path[1]) for e in sure] if m.path[1:] else []
        return widen(m.aggregate, naive(m.aggregate, sure, event, values), unknown, most / 1e6)

    def _stream(self, named: Named, variable: str) -> tuple[str, str, str]:
        end, role = ends_of(named.step)[variable]
        return named.step.table, role, end.link

    def _seen(self, named: Named) -> list[tuple[Row, Bound, str]]:
        """A step's rows, for each choice of the entities at its ends: sure or perhaps."""
        out = []
        world = next(iter(self.worlds.values()))
        table = self.index.tables[named.step.table]
        number = list(TABLES).index(named.step.table)
        for row, t in enumerate(table.t_us.tolist()):
            event = Event((t, number, row, 0), (named.step.table, "", ""), named.step.table, row)
            word = word_of(world.passes(named.step.where, event) if named.step.where is not None else {T})
            for absent in self.steps.absent:
                if absent.step.gap.before == named.name and not absent.step.gap.after and word != "no":
                    told = self._kept(named, absent, event)
                    word = "no" if told == "no" else "perhaps" if "perhaps" in (word, told) else "yes"
            if word == "no":
                continue
            choices: list[Bound] = [{}]
            for v, (end, role) in ends_of(named.step).items():
                own = self.worlds[self.kinds[v]]
                if v not in self.several:
                    here = [int(table.columns[role][row])] if not end.link else [-1]
                else:
                    stream = self._stream(named, v)
                    here = [s for s in own.subjects if any(e.row == row for e in own.events(s, stream))]
                choices = [{**c, v: value} for c in choices for value in here]
            out += [((t, number, row), c, word) for c in choices]
        return out

    def _kept(self, named: Named, absent: Named, event: Event) -> str:
        (variable,) = ends_of(named.step).keys() & ends_of(absent.step).keys()
        return self.story._marked(event, variable, named, absent)

    def _is(self, row: int) -> str:
        if row not in self._told:
            last = len(self.steps.happen) - 1
            ends = [(r, bound, word) for r, bound, word in self.seen[self.steps.happen[-1].name] if r[2] == row]
            found = []
            for r, bound, word in ends:
                named = {v: value for v, value in bound.items() if v in self.several}
                if self._done(last - 1, {last: r}, named, True):
                    found.append(word)
                elif self._done(last - 1, {last: r}, named, False):
                    found.append("perhaps")
            self._told[row] = "yes" if "yes" in found else "perhaps" if found else "no"
        return self._told[row]

    def _done(self, place: int, taken: Taken, bound: Bound, sure: bool) -> bool:
        """Whether a step happened often enough before those that are taken, and all steps before it as well."""
        if place < 0:
            return True
        named = self.steps.happen[place]
        begin, end = self._window(place, taken)
        if begin > end:
            return False
        if not sure and not self._covered(named, bound, begin, end):
            return True
        times, different = int(named.step.times.number), named.step.times.different
        rows: list[int] = []
        others: list[int] = []
        for row, values, word in sorted(self.seen[named.name], key=lambda seen: seen[0], reverse=True):
            if (sure and word != "yes") or row >= taken[place + 1] or not begin <= row[0] <= end or row[2] in rows:
                continue
            if any(bound.get(v, value) != value for v, value in values.items() if v in self.several):
                continue
            other = values.get(different, -1)
            if different and (other in others or (sure and other < 0)):
                continue
            if not rows and self._barred(place, row, taken, bound, sure):
                continue
            now = {**{v: value for v, value in values.items() if v in self.several}, **bound}
            if self._done(place - 1, {**taken, place: row}, now, sure):
                rows.append(row[2])
                others += [other] if other >= 0 else []
                if len(rows) == times:
                    return True
        return False

    def _window(self, place: int, taken: Taken) -> tuple[int, int]:
        """When a step can have happened: every gap kept, by trying all ways from one step to another."""
        ways = self._ways()
        begin = max(taken[j][0] - ways[place, j] for j in taken)
        return begin, min(taken[j][0] + ways[j, place] for j in taken)

    def _ways(self) -> dict[tuple[int, int], int]:
        count = len(self.steps.happen)
        most = {(i, j): 0 if i >= j else 10**17 for i in range(count) for j in range(count)}
        for j, named in enumerate(self.steps.happen):
            if named.step.gap.after:
                i = self.steps.place(named.step.gap.after)
                most[i, j], most[j, i] = named.step.gap.most_us - 1, -named.step.gap.least_us
        for _ in range(count):
            most = {(i, j): min(most[i, k] + most[k, j] for k in range(count)) for i, j in most}
        return most

    def _covered(self, named: Named, bound: Bound, begin: int, end: int) -> bool:
        for v in ends_of(named.step):
            if v in bound:
                since, until = self.worlds[self.kinds[v]].covered(bound[v], self._stream(named, v))
                if since <= begin and end <= until:
                    return True
        return False

    def _barred(self, place: int, row: Row, taken: Taken, bound: Bound, sure: bool) -> bool:
        for absent in self.steps.absent:
            if self.steps.place(absent.step.gap.after) != place or not absent.step.gap.after:
                continue
            (variable,) = ends_of(absent.step).keys() & ends_of(self.steps.happen[place + 1].step).keys()
            later = taken[place + 1]
            for other, values, word in self.seen[absent.name]:
                between = row[0] < other[0] and other < later
                if between and values[variable] == bound[variable] and (sure or word == "yes"):
                    return True
            since, until = self.worlds[self.kinds[variable]].covered(bound[variable], self._stream(absent, variable))
            if sure and (row[0] + 1 < since or later[0] > until):
                return True
        return False
