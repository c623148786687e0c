"""Sequences: named steps that share variables, lowered to windows on timelines.

`called: contacts A -> phone of B`, `paid: transfers B -> C, within 2h after called`, `spread: transfers C -> *, within 30min
after paid`. Each step but the last two becomes a mark on rows: a payment by B is marked where B's timeline shows a call within
two hours before. The typology's subject is what the last two steps share; it sees the last step's rows that lie after the
first marked row of its window. What must be absent (`no contacts * -> phone of B, between called and paid`) is a mark, too.

Where a letter comes back, or a time counts from a step further back, neighbours alone do not tell: `sequence_matches`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import pairwise

from cutline.typologies.checker import BoundStep, Checker
from cutline.typologies.code import Code
from cutline.typologies.evaluator import Op, Program
from cutline.typologies.plan import Lane, Mark, Match, Output, Plan, Since
from cutline.typologies.sequence_matches import joined
from cutline.typologies.steps import Named, Steps, ends_of, kinds_of, shared, stream_of
from cutline.typologies.trees import Apply, Name, Tree
from cutline.typologies.vocabulary import Stream


@dataclass(slots=True)
class Binding:
    """The marks of a sequence, made one after the other: each step's rows are filtered by the marks that they bear."""

    steps: Steps
    kinds: dict[str, str]
    marks: list[Mark]
    borne: dict[str, list[str]]

    def where(self, named: Named) -> Tree | None:
        """Give a step's filter with the marks that its rows must bear."""
        tree = named.step.where
        for name in self.borne.get(named.name, ()):
            flag = Name(0, name)
            tree = flag if tree is None else Apply(0, "and", (tree, flag))
        return tree

    def bear(self, named: Named, mark: Mark) -> None:
        """Ask for a mark on a step's rows."""
        self.marks.append(mark)
        self.borne.setdefault(named.name, []).append(mark.name)

    def absences(self, named: Named) -> tuple[Mark, ...]:
        """Give the marks that a step's rows must bear."""
        return tuple(mark for mark in self.marks if mark.name in self.borne.get(named.name, ()))

    def gather(self, plan: Plan) -> None:
        """Give the plan the marks that it has not yet."""
        plan.marks += [m for m in self.marks if m.name not in {known.name for known in plan.marks}]


@dataclass(frozen=True, slots=True)
class Bound:
    """What measures may name of a sequence (None: a step that none reads), and what sets its flags before they run."""

    steps: dict[str, BoundStep | None] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    match: Match | None = None


def bind_steps(steps: Steps, plan: Plan) -> Bound:
    """Lower the steps into the plan of the subject."""
    binding = Binding(steps, kinds_of(steps, plan.subject), [], {})
    last, variable = steps.happen[-1], steps.subject
    if binding.kinds[variable] != plan.subject:
        others = [f", as by about: {v}" for v in ends_of(last.step) if binding.kinds[v] == plan.subject]
        expected = f"the subject, a {plan.subject}{''.join(others)}"
        raise last.scope.meaning(last.step, f"{variable} is a {binding.kinds[variable]}", expected)
    unread: dict[str, BoundStep | None] = dict.fromkeys(named.name for named in (*steps.happen, *steps.absent))
    if steps.linked:
        for earlier, later in pairwise((None, *steps.happen)):
            if earlier is not None and later is not None and later is not last:
                binding.bear(later, _happened(binding, earlier, later))
            for absent in steps.absent:
                if later is not None and absent.step.gap.before == later.name:
                    binding.bear(later, _absent(binding, absent, later))
        binding.gather(plan)
        return Bound({**unread, **_bound(binding, plan, variable)}, tuple(binding.marks))
    for absent in steps.absent:
        if not absent.step.gap.after:
            guarded = steps.happen[steps.place(absent.step.gap.before)]
            binding.bear(guarded, _absent(binding, absent, guarded))
    binding.gather(plan)
    match = joined(steps, binding.kinds, binding.where, binding.absences)
    if match.name not in {known.name for known in plan.matches}:
        plan.matches.append(match)
    flag = Name(0, match.name)
    where = binding.where(last)
    goes = stream_of(last, variable, plan.subject)
    whole = flag if where is None else Apply(0, "and", (where, flag))
    return Bound({**unread, last.name: BoundStep(goes, whole, last.step.gap.most_us)}, (), match)


def _bound(binding: Binding, plan: Plan, variable: str) -> dict[str, BoundStep]:
    before, last = binding.steps.happen[-2:]
    came, goes = stream_of(before, variable, plan.subject), stream_of(last, variable, plan.subject)
    least, most = last.step.gap.least_us, last.step.gap.most_us
    different = _column(before, before.step.times.different)
    selection = Checker(plan).select(came, binding.where(before), different, before.scope)
    since = Since(selection, int(before.step.times.number), different, least)
    return {
        before.name: BoundStep(came, binding.where(before), most - least, None, least),
        last.name: BoundStep(goes, binding.where(last), most, since),
    }


def _column(named: Named, variable: str) -> str:
    return ends_of(named.step)[variable][1] if variable else ""


def _happened(binding: Binding, earlier: Named, later: Named) -> Mark:
    """Mark the rows of a step that the one before precedes often enough, at the right distance."""
    variable = shared(earlier, later)
    plan = Plan(binding.kinds[variable])
    stream, times = stream_of(earlier, variable, plan.subject), earlier.step.times
    column, code = _column(earlier, times.different), Code()
    lane = _lane(binding, plan, (earlier, stream, column), later)
    code.add(Op.LOAD, plan.output(Output("distinct" if column else "count", plan.lane(lane), column)))
    code.constant(float(times.number))
    code.add(Op.GE)
    return _mark((plan, code.done()), _onto(plan, later, variable), lane, (int(times.number), column))


def _absent(binding: Binding, absent: Named, later: Named) -> Mark:
    """Mark the rows of a step before which something did not happen, or not since the step before it."""
    variable, gap = shared(later, absent), absent.step.gap
    plan = Plan(binding.kinds[variable])
    stream, code = stream_of(absent, variable, plan.subject), Code()
    earlier = binding.steps.happen[binding.steps.place(gap.after)] if gap.after else None
    lane = _lane(binding, plan, (absent, stream, ""), absent if earlier is None else later)
    if earlier is not None:
        # Up to the very row: the distance that the step before must keep is no gap in what must be absent.
        lane = Lane(lane.selection, lane.reach_us, None, 0, others=True)
    number = plan.lane(lane)
    code.add(Op.LOAD, plan.output(Output("count", number, "")))
    code.constant(1.0)
    code.add(Op.LT)
    if earlier is not None:
        came = _lane(binding, plan, (earlier, stream_of(earlier, variable, plan.subject), ""), later)
        code.add(Op.LOAD, plan.output(Output("last_gap", number, "")))
        code.add(Op.LOAD, plan.output(Output("last_gap", plan.lane(came), "")))
        code.add(Op.GE)
        code.add(Op.OR)
    return _mark((plan, code.done()), _onto(plan, later, variable), lane, None)


def _lane(binding: Binding, plan: Plan, what: tuple[Named, Stream, str], timed: Named) -> Lane:
    """See a step's other rows on a timeline, in the window that a step's gap gives."""
    named, stream, column = what
    gap = timed.step.gap
    selection = Checker(plan).select(stream, binding.where(named), column, named.scope)
    return Lane(selection, gap.most_us - gap.least_us, None, gap.least_us, others=True)


def _onto(plan: Plan, later: Named, variable: str) -> Stream:
    """Put the rows that are marked on the timeline."""
    stream = stream_of(later, variable, plan.subject)
    Checker(plan).select(stream, None, "", later.scope)
    return stream


def _mark(made: tuple[Plan, Program], onto: Stream, lane: Lane, happened: tuple[int, str] | None) -> Mark:
    plan, condition = made
    times, different = happened or (1, "")
    meaning = repr((plan.subject, onto, plan.selections, plan.lanes, plan.outputs, condition.code, condition.constants))
    name = f"#{hashlib.sha256(meaning.encode()).hexdigest()[:12]}"
    return Mark(name, plan, onto, condition, lane, times, different, happened is None)
