"""The steps of a sequence as they are written, each checked where it stands: what follows what, and what must be absent."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from cutline.model.tables import TABLES
from cutline.typologies.document import Document
from cutline.typologies.expressions import read_step
from cutline.typologies.trees import End, Scope, Step
from cutline.typologies.vocabulary import ENDS, LINKS, SUBJECTS, choices


@dataclass(frozen=True, slots=True)
class Named:
    """A step with its name and its place."""

    name: str
    step: Step
    scope: Scope


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that happen, in their order, and those that must not have."""

    happen: tuple[Named, ...]
    absent: tuple[Named, ...]

    def place(self, name: str) -> int:
        """Give the number of a step that happens, -1 where none has the name."""
        return next((k for k, named in enumerate(self.happen) if named.name == name), -1)


def read_steps(document: Document) -> Steps | None:
    """Read a typology's steps and check that each follows the one before; None where it has none."""
    if "steps" not in document.nodes:
        return None
    node = document.nodes["steps"]
    if not isinstance(node, yaml.SequenceNode) or len(node.value) < 2:
        raise document.meaning(node, "fewer than two steps", "a list: - name: table A -> B")
    happen: list[Named] = []
    absent: list[Named] = []
    for item in node.value:
        if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
            raise document.meaning(item, "no step", "name: table A -> B")
        (key, body) = item.value[0]
        scope = document.scope(body)
        named = Named(str(key.value), read_step(scope.text, scope), scope)
        if named.name in {b.name for b in (*happen, *absent)}:
            raise scope.meaning(named.step, f"a second step '{named.name}'", "a name of its own")
        _check_ends(named)
        if not named.step.absent:
            _check_order(named, happen)
        (absent if named.step.absent else happen).append(named)
    if len(happen) < 2:
        raise document.meaning(node, "fewer than two steps that happen", "two or more steps without 'no'")
    steps = Steps(tuple(happen), tuple(absent))
    _check_times(steps)
    for named in absent:
        _check_absent(named, steps)
    return steps


def ends_of(step: Step) -> dict[str, tuple[End, str]]:
    """Give a step's variables: where each stands, and in which column."""
    source, target = ENDS[step.table]
    named = {step.source.variable: (step.source, source), step.target.variable: (step.target, target)}
    return {variable: end for variable, end in named.items() if variable != "*"}


def shared(earlier: Named, later: Named) -> str:
    """Give the one variable that two steps share."""
    both = sorted(ends_of(earlier.step).keys() & ends_of(later.step).keys())
    if len(both) != 1:
        raise later.scope.meaning(later.step, f"{len(both)} variables shared with '{earlier.name}'", "exactly one")
    return both[0]


def kinds_of(steps: Steps, subject: str) -> dict[str, str]:
    """Say what each shared variable is: the typology's subject where it can be, else the first kind that fits everywhere."""
    fits: dict[str, list[str]] = {}
    for named in (*steps.happen, *steps.absent):
        for variable, (end, role) in ends_of(named.step).items():
            possible = fits.get(variable, [subject, *(s for s in SUBJECTS if s != subject)])
            fits[variable] = [s for s in possible if _stands(s, end, named.step.table, role)]
            if not fits[variable]:
                raise named.scope.meaning(
                    named.step, f"{variable} fits no kind of entity in all its steps", "one kind for each letter"
                )
    return {variable: possible[0] for variable, possible in fits.items()}


def _stands(subject: str, end: End, table: str, role: str) -> bool:
    kinds = LINKS[end.link].kinds if end.link else SUBJECTS[subject]
    reached = not end.link or set(SUBJECTS[subject]).isdisjoint(LINKS[end.link].kinds)
    return reached and all(k in TABLES[table][role].kinds for k in kinds)


def _check_ends(named: Named) -> None:
    step, scope = named.step, named.scope
    if step.table not in ENDS:
        raise scope.meaning(step, f"'{step.table}' leads nowhere", choices(step.table, ENDS))
    for end in (step.source, step.target):
        if end.link and end.link not in LINKS:
            raise scope.meaning(step, f"'{end.link}' is no tie to follow", choices(end.link, LINKS))


def _check_order(named: Named, before: list[Named]) -> None:
    step, scope = named.step, named.scope
    gap = step.gap
    if gap.before:
        raise scope.meaning(gap, f"'{named.name}' before '{gap.before}'", "'no' before the table, or a time after a step")
    if before and (gap.after != before[-1].name or not gap.most_us):
        found = f"'{named.name}' {f'after {gap.after}' if gap.after else 'at any time'}"
        raise scope.meaning(gap, found, f"', within <duration> after {before[-1].name}'")
    if not before and gap.after:
        raise scope.meaning(gap, f"the first step after '{gap.after}'", "no time: it comes first")


def _check_times(steps: Steps) -> None:
    last = steps.happen[-1]
    if last.step.times.number > 1:
        expected = f"count({last.name}) >= {last.step.times.number} in 'when'"
        raise last.scope.meaning(last.step.times, f"how often the last step '{last.name}' happens", expected)
    for earlier, later in zip(steps.happen, steps.happen[1:], strict=False):
        different = earlier.step.times.different
        ends = ends_of(earlier.step)
        known = [v for v, (end, _) in ends.items() if not end.link and v != shared(earlier, later)]
        if different and different not in known:
            raise earlier.scope.meaning(
                earlier.step.times,
                f"different {different}",
                f"{' or '.join(known) or 'a letter in the place of *'}: the other end of the step, without a tie",
            )


def _check_absent(named: Named, steps: Steps) -> None:
    step, scope = named.step, named.scope
    gap = step.gap
    if step.times.number > 1:
        raise scope.meaning(step.times, f"'{named.name}' absent {step.times.number} times", "no number: none at all is absent")
    if not gap.before:
        found = f"nothing of '{named.name}' {f'after {gap.after}' if gap.after else 'at any time'}"
        expected = (
            "', within <duration> before <step>' or ', between <step> and <step>'; for what comes after, every: and count == 0"
        )
        raise scope.meaning(gap, found, expected)
    names = [happening.name for happening in steps.happen]
    for name in filter(None, (gap.before, gap.after)):
        if name not in names:
            raise scope.meaning(gap, f"'{name}' is no step that happens", choices(name, names))
    if gap.after and steps.place(gap.after) != steps.place(gap.before) - 1:
        raise scope.meaning(gap, f"'{gap.after}' and '{gap.before}' do not follow each other", "a step and the next one")
    guarded = steps.happen[steps.place(gap.before)]
    variable = shared(guarded, named)
    if gap.after and variable != shared(steps.happen[steps.place(gap.after)], guarded):
        raise scope.meaning(step, f"{variable} is not what '{gap.after}' and '{gap.before}' share", "the variable of both")
    others = {v for happening in steps.happen for v in ends_of(happening.step)} & (ends_of(step).keys() - {variable})
    if others:
        raise scope.meaning(step, f"{', '.join(sorted(others))} of another step", "* : that nobody did it is what can be told")
