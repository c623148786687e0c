"""Sequences, one row and one timeline at a time."""

from __future__ import annotations

import math
from typing import Any

from cutline.graph.index import Index
from cutline.typologies.steps import Named, Steps, ends_of, shared
from cutline.typologies.trees import Measure
from tests.typologies.reference_values import INF, Bounds, Event, F, T, compare, naive, or_sets, widen, word_of
from tests.typologies.reference_world import World


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
        passes = {e.key: word_of(world.passes(m.where, e) if m.where is not None else {T}) for e in (*sure, *maybe)}
        maybe = [e for e in maybe if passes[e.key] != "no"] + [e for e in sure if passes[e.key] == "perhaps"]
        sure = [e for e in sure if passes[e.key] == "yes"]
        values = [world.cell(e, m.path[1]) for e in sure] if m.path[1:] else []
        unknown = more + len(maybe)
        return widen(m.aggregate, naive(m.aggregate, sure, event, values), unknown, (most - least) / 1e6)

    def _since(self, world: World, variable: str, here: tuple[int, Event]) -> tuple[Event | None, bool]:
        """The row with which the last step but one has happened often enough, and whether it could be another."""
        before, gap = self.steps.happen[-2], self.steps.happen[-1].step.gap
        sure, maybe, more = self._window(world, before, variable, here, (gap.least_us, gap.most_us), False)
        different = before.step.times.different
        column = ends_of(before.step)[different][1] if different else ""
        named = [e for e in sure if not column or world.cell(e, column) is not None]
        seen: set[Any] = set()
        for e in named:
            seen.add(world.cell(e, column) if column else e.key)
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
            parts = [word_of(world.passes(named.step.where, event) if named.step.where is not None else {T})]
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
        if absent is not None and (len(set(found)) > 1 or world.cell(event, stream[1]) is None):
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
            cells = [world.cell(e, column) if column else e.row for e in sure]
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
        truth = or_sets(clear, compare(">=", theirs, ours))
        return "yes" if truth == {T} else "perhaps" if T in truth else "no"
