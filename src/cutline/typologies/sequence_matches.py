"""Sequences whose letters come back, lowered to one search: A pays B, B pays C, C pays A and nobody else.

Marks on neighbours tell of a row only that something came before it, not with whom. Where a letter stands in steps that are no
neighbours, where two neighbours share two, or where a time counts from a step further back, the rows of all steps are joined.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import product

from cutline.typologies.checker import Checker
from cutline.typologies.plan import Joined, Mark, Match, Plan, Tied
from cutline.typologies.steps import Named, Steps, ends_of, stream_of
from cutline.typologies.trees import Tree

ENDLESS_US = 1 << 60
"""Longer than any time between two rows."""


def joined(
    steps: Steps,
    kinds: Mapping[str, str],
    where: Callable[[Named], Tree | None],
    absences: Callable[[Named], tuple[Mark, ...]],
) -> Match:
    """Lower a sequence to a match. `where` gives a step's filter with the marks of `absences`. Raises TypologyError."""
    letters = _letters(steps)

    def join(named: Named) -> Joined:
        tied = tuple(_tied(named, variable, letters, kinds) for variable in _variables(named))
        kind, stream = next((end.kind, end.stream) for end in tied if end.stream is not None)
        plan = Plan(kind)
        selection = Checker(plan).select(stream, where(named), "", named.scope)
        times = named.step.times
        different = _variables(named).index(times.different) if times.different else -1
        return Joined(plan, selection, (tied[0], tied[1]), int(times.number), different, absences(named))

    between = [named for named in steps.absent if named.step.gap.after]
    guards = tuple((steps.place(named.step.gap.after), join(named)) for named in between)
    happen = tuple(join(named) for named in steps.happen)
    spans = _spans(steps)
    meaning = repr([(j.plan.selections, j.ends, j.times, j.different) for j in (*happen, *(g for _, g in guards))])
    name = f"#{hashlib.sha256(repr((meaning, spans, [k for k, _ in guards])).encode()).hexdigest()[:12]}"
    return Match(name, happen, spans, guards)


def _variables(named: Named) -> tuple[str, str]:
    return named.step.source.variable, named.step.target.variable


def _letters(steps: Steps) -> dict[str, int]:
    """Number the letters that more than one step names; the subject's is looked for in any case."""
    named = Counter(variable for step in (*steps.happen, *steps.absent) for variable in ends_of(step.step))
    asked = [letter for letter, count in sorted(named.items()) if count > 1 or letter == steps.subject]
    return {letter: number for number, letter in enumerate(asked)}


def _tied(named: Named, variable: str, letters: Mapping[str, int], kinds: Mapping[str, str]) -> Tied:
    if variable in letters:
        return Tied(letters[variable], kinds[variable], stream_of(named, variable, kinds[variable]))
    return Tied()


def _spans(steps: Steps) -> tuple[tuple[int, ...], ...]:
    """Give the most time from each step to each other: what each gap says, and what all say together."""
    count = len(steps.happen)
    most = [[0 if i >= j else ENDLESS_US for j in range(count)] for i in range(count)]
    for later, named in enumerate(steps.happen):
        gap = named.step.gap
        if gap.after:
            earlier = steps.place(gap.after)
            most[earlier][later], most[later][earlier] = gap.most_us - 1, -gap.least_us
        _close(most)
        if min(most[place][place] for place in range(count)) < 0:
            found = f"no time left for '{named.name}': the gaps contradict each other"
            raise named.scope.meaning(gap, found, "a time that lies after the step before")
    return tuple(tuple(line) for line in most)


def _close(most: list[list[int]]) -> None:
    """Let each time be no longer than any way around."""
    for middle, i, j in product(range(len(most)), repeat=3):
        most[i][j] = min(most[i][j], most[i][middle] + most[middle][j])
