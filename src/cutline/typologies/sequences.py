"""Sequences: named steps that share variables, lowered to windows on timelines.

`called: contacts A -> phone of B`, `paid: transfers B -> C, within 2h after called`, `spread: transfers C -> *, within 30min
after paid`. Each step but the last two becomes a mark on rows: a payment by B is marked where B's timeline shows a call within
two hours before. The typology's subject is what the last two steps share; it sees the last step's rows that lie after the
first marked row of its window.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import yaml

from cutline.model.tables import TABLES
from cutline.typologies.checker import BoundStep, Checker
from cutline.typologies.document import Document
from cutline.typologies.expressions import read_step
from cutline.typologies.plan import Mark, Plan
from cutline.typologies.trees import Apply, Constant, End, Measure, Name, Scope, Step, Tree
from cutline.typologies.vocabulary import ENDS, LINKS, SUBJECTS, Stream, choices, streams_of


@dataclass(frozen=True, slots=True)
class Named:
    """A step with its name and its place."""

    name: str
    step: Step
    scope: Scope


def read_steps(document: Document) -> list[Named]:
    """Read a typology's steps and check that each follows the one before."""
    if "steps" not in document.nodes:
        return []
    node = document.nodes["steps"]
    if not isinstance(node, yaml.SequenceNode) or len(node.value) < 2:
        raise document.meaning(node, "fewer than two steps", "a list: - name: table A -> B")
    steps: list[Named] = []
    for item in node.value:
        if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
            raise document.meaning(item, "no step", "name: table A -> B")
        (key, body) = item.value[0]
        scope = document.scope(body)
        steps.append(_checked(Named(str(key.value), read_step(scope.text, scope), scope), steps))
    return steps


def bind_steps(steps: list[Named], plan: Plan) -> tuple[dict[str, BoundStep], tuple[Mark, ...]]:
    """Lower the steps into the plan of the last two's shared variable, and give what its measures may name, and its marks."""
    kinds = _kinds(steps, plan.subject)
    mark: Mark | None = None
    marks: list[Mark] = []
    for earlier, later in pairwise(steps[:-1]):
        variable = _shared(earlier, later)
        mark = _mark(earlier, later, kinds[variable], mark)
        marks.append(mark)
    before, last = steps[-2], steps[-1]
    variable = _shared(before, last)
    if kinds[variable] != plan.subject:
        raise last.scope.meaning(last.step, f"{variable} is a {kinds[variable]}", f"the subject, a {plan.subject}")
    checker = Checker(plan)
    came, goes = _stream(before, variable, plan.subject), _stream(last, variable, plan.subject)
    where = _marked(before.step.where, mark)
    since = checker.select(came, where, "", before.scope)
    plan.marks += [m for m in marks if m.name not in {known.name for known in plan.marks}]
    within = last.step.within_us
    bound = {before.name: BoundStep(came, where, within, -1), last.name: BoundStep(goes, last.step.where, within, since)}
    return bound, tuple(marks)


def _checked(named: Named, before: list[Named]) -> Named:
    step, scope = named.step, named.scope
    if step.table not in ENDS:
        raise scope.meaning(step, f"'{step.table}' leads nowhere", choices(step.table, ENDS))
    for end in (step.source, step.target):
        if end.link and end.link not in LINKS:
            raise scope.meaning(step, f"'{end.link}' is no tie to follow", choices(end.link, LINKS))
    if named.name in {b.name for b in before}:
        raise scope.meaning(step, f"a second step '{named.name}'", "a name of its own")
    if before and (step.after != before[-1].name or not step.within_us):
        raise scope.meaning(
            step, f"'{named.name}' {f'after {step.after}' if step.after else 'at any time'}", _after(before[-1])
        )
    if not before and step.after:
        raise scope.meaning(step, f"the first step after '{step.after}'", "no time: it comes first")
    return named


def _after(before: Named) -> str:
    return f"', within <duration> after {before.name}'"


def _ends(step: Step) -> dict[str, tuple[End, str]]:
    source, target = ENDS[step.table]
    named = {step.source.variable: (step.source, source), step.target.variable: (step.target, target)}
    return {variable: end for variable, end in named.items() if variable != "*"}


def _shared(earlier: Named, later: Named) -> str:
    shared = sorted(_ends(earlier.step).keys() & _ends(later.step).keys())
    if len(shared) != 1:
        raise later.scope.meaning(later.step, f"{len(shared)} variables shared with '{earlier.name}'", "exactly one")
    return shared[0]


def _kinds(steps: list[Named], subject: str) -> dict[str, str]:
    """Say what each shared variable is: the typology's subject where it can be, else the first kind that fits everywhere."""
    fits: dict[str, list[str]] = {}
    for named in steps:
        for variable, (end, role) in _ends(named.step).items():
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


def _stream(named: Named, variable: str, subject: str) -> Stream:
    end, role = _ends(named.step)[variable]
    direction = "out" if role == ENDS[named.step.table][0] else "in"
    return next(s for s in streams_of(subject, end.link) if (s.table, s.direction) == (named.step.table, direction))


def _marked(where: Tree | None, mark: Mark | None) -> Tree | None:
    if mark is None:
        return where
    flag = Name(0, mark.name)
    return flag if where is None else Apply(0, "and", (where, flag))


def _mark(earlier: Named, later: Named, kind: str, before: Mark | None) -> Mark:
    plan = Plan(kind)
    checker = Checker(plan)
    variable = _shared(earlier, later)
    came, goes = _stream(earlier, variable, kind), _stream(later, variable, kind)
    where = _marked(earlier.step.where, before)
    path = (came.table, came.direction)
    happened = Measure(0, "count", path, where, later.step.within_us, 0, came.via)
    condition = checker.condition(Apply(0, ">=", (happened, Constant(0, Decimal(1), "number"))), earlier.scope)
    checker.select(goes, None, "", later.scope)
    meaning = repr((kind, came, goes, where, later.step.within_us))
    return Mark(f"#{hashlib.sha256(meaning.encode()).hexdigest()[:12]}", plan, goes, condition)
