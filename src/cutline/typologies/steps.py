"""The steps of a sequence as they are written, each checked where it stands: what follows what, and what must be absent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import yaml

from cutline.model.tables import TABLES
from cutline.typologies.document import Document
from cutline.typologies.expressions import read_step
from cutline.typologies.trees import End, Scope, Step
from cutline.typologies.vocabulary import ENDS, LINKS, SUBJECTS, Stream, choices, streams_of


@dataclass(frozen=True, slots=True)
class Named:
    """A step with its name and its place."""

    name: str
    step: Step
    scope: Scope


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that happen, in their order, and those that must not have; `about`: the subject's letter, if it is said."""

    happen: tuple[Named, ...]
    absent: tuple[Named, ...]
    about: str = ""

    def place(self, name: str) -> int:
        """Give the number of a step that happens, -1 where none has the name."""
        return next((k for k, named in enumerate(self.happen) if named.name == name), -1)

    @property
    def subject(self) -> str:
        """The letter of the subject: what the last two steps share, of two the one from which the last step leads."""
        before, last = self.happen[-2:]
        both = common(before, last)
        return self.about or (both[0] if len(both) == 1 else last.step.source.variable)

    @property
    def linked(self) -> bool:
        """Whether every step hangs by one letter on the one before it, and by no other: neighbours alone tell all then."""
        for earlier, later in pairwise(self.happen):
            if len(common(earlier, later)) != 1 or later.step.gap.after != earlier.name:
                return False
        for letter in {v for named in self.happen for v in ends_of(named.step)}:
            places = [k for k, named in enumerate(self.happen) if letter in ends_of(named.step)]
            if places[-1] - places[0] >= len(places):
                return False
        return self.subject in common(*self.happen[-2:])


def read_steps(document: Document) -> Steps | None:
    """Read a typology's steps and check that each follows one before; None where it has none."""
    if "steps" not in document.nodes:
        if "about" in document.nodes:
            raise document.meaning(document.nodes["about"], "'about' without steps", "steps: whose letter it names")
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
    steps = Steps(tuple(happen), tuple(absent), document.text("about"))
    _check_letters(steps)
    _check_about(document, steps)
    _check_times(steps)
    for named in absent:
        _check_absent(named, steps)
    return steps


def ends_of(step: Step) -> dict[str, tuple[End, str]]:
    """Give a step's variables: where each stands, and in which column."""
    source, target = ENDS[step.table]
    named = {step.source.variable: (step.source, source), step.target.variable: (step.target, target)}
    return {variable: end for variable, end in named.items() if variable != "*"}


def stream_of(named: Named, variable: str, subject: str) -> Stream:
    """Give a step's table as the entity sees it for which a letter stands."""
    end, role = ends_of(named.step)[variable]
    direction = "out" if role == ENDS[named.step.table][0] else "in"
    return next(s for s in streams_of(subject, end.link) if (s.table, s.direction) == (named.step.table, direction))


def common(one: Named, other: Named) -> list[str]:
    """Give the letters that two steps share."""
    return sorted(ends_of(one.step).keys() & ends_of(other.step).keys())


def shared(earlier: Named, later: Named) -> str:
    """Give the one variable that two steps share."""
    both = common(earlier, later)
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
    if step.source.variable == step.target.variable != "*":
        raise scope.meaning(step, f"{step.source.variable} at both ends", "two letters, or * for anybody")


def _check_order(named: Named, before: list[Named]) -> None:
    step, scope = named.step, named.scope
    gap = step.gap
    if gap.before:
        raise scope.meaning(gap, f"'{named.name}' before '{gap.before}'", "'no' before the table, or a time after a step")
    if before and (gap.after not in {b.name for b in before} or not gap.most_us):
        found = f"'{named.name}' {f'after {gap.after}' if gap.after else 'at any time'}"
        raise scope.meaning(gap, found, f"', within <duration> after {before[-1].name}', or after a step before it")
    if not before and gap.after:
        raise scope.meaning(gap, f"the first step after '{gap.after}'", "no time: it comes first")


def _check_letters(steps: Steps) -> None:
    for place, named in enumerate(steps.happen[:-1]):
        if not any(common(named, later) for later in steps.happen[place + 1 :]):
            after = steps.happen[place + 1]
            found = f"no letter shared by '{named.name}' and a step after it"
            raise after.scope.meaning(after.step, found, f"{' or '.join(ends_of(named.step)) or 'a letter'} of '{named.name}'")


def _check_about(document: Document, steps: Steps) -> None:
    letters = list(ends_of(steps.happen[-1].step))
    if steps.about and steps.about not in letters:
        found = f"about '{steps.about}'"
        raise document.meaning(document.nodes["about"], found, f"{' or '.join(letters)}: a letter of the last step")
    if steps.subject not in letters:
        last = steps.happen[-1]
        raise last.scope.meaning(last.step, "nobody of the last step", f"about: {' or '.join(letters)}")


def _check_times(steps: Steps) -> None:
    last = steps.happen[-1]
    if last.step.times.number > 1:
        expected = f"count({last.name}) >= {last.step.times.number} in 'when'"
        raise last.scope.meaning(last.step.times, f"how often the last step '{last.name}' happens", expected)
    for place, earlier in enumerate(steps.happen[:-1]):
        different = earlier.step.times.different
        bound = {v for later in steps.happen[place + 1 :] for v in ends_of(later.step)}
        known = [v for v, (end, _) in ends_of(earlier.step).items() if not end.link and v not in bound]
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
    if gap.after and variable not in common(steps.happen[steps.place(gap.after)], guarded):
        raise scope.meaning(step, f"{variable} is not what '{gap.after}' and '{gap.before}' share", "the variable of both")
    others = {v for happening in steps.happen for v in ends_of(happening.step)} & (ends_of(step).keys() - {variable})
    if others:
        raise scope.meaning(step, f"{', '.join(sorted(others))} of another step", "* : that nobody did it is what can be told")
