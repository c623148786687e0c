"""Checks units and names, and lowers trees to programs over a plan. Whatever it cannot be sure of it refuses, at the place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cutline.model.tables import TABLES
from cutline.typologies.aggregates import AGGREGATES, Aggregate, aggregate_of, percentile_of
from cutline.typologies.asks import lower_ask
from cutline.typologies.code import Code
from cutline.typologies.evaluator import Op, Program
from cutline.typologies.plan import BY, CROWD, PEERS, Crowd, Lane, Output, Peering, Plan, Selection, Since, intern
from cutline.typologies.protection import ALLOWED, check_tag, check_whereabouts
from cutline.typologies.ranges import check_ranges
from cutline.typologies.relations import RELATIONS, check_clauses
from cutline.typologies.trees import Apply, Ask, Constant, Measure, Name, Peers, Scope, Tag, Text, Tree, with_role
from cutline.typologies.units import NO_WORD, NUMBER, TRUTH, combine, name_of, pin_of, told, words_known
from cutline.typologies.vocabulary import (
    FACTS,
    LINKS,
    Kind,
    Sort,
    Stream,
    Word,
    choices,
    is_protected,
    streams_of,
    word_of,
    words_of,
)

COMPARISONS = {"<": Op.LT, "<=": Op.LE, ">": Op.GT, ">=": Op.GE, "==": Op.EQ, "!=": Op.NE}
ARITHMETIC = {"+": Op.ADD, "-": Op.SUB, "*": Op.MUL, "/": Op.DIV}


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step as measures see it: a stream of the subject itself, in time after the step before."""

    stream: Stream
    where: Tree | None
    within_us: int
    since: Since | None = None
    before_us: int = 0


@dataclass(slots=True)
class Checker:
    """Lowers the expressions of one typology over one plan."""

    plan: Plan
    steps: Mapping[str, BoundStep | None] = field(default_factory=dict)

    def condition(self, tree: Tree, scope: Scope) -> Program:
        """Lower a condition."""
        code = Code()
        kind = self._lower(tree, scope, code, None)
        if kind != TRUTH:
            raise scope.meaning(tree, f"this is a {kind}", "a condition, such as … >= 3")
        return code.done()

    def quantity(self, tree: Tree, scope: Scope) -> tuple[Program, Kind]:
        """Lower a quantity and tell what it is."""
        code = Code()
        kind = self._lower(tree, scope, code, None)
        if kind.sort not in (Sort.NUMBER, Sort.MONEY, Sort.DURATION):
            raise scope.meaning(tree, f"this is a {kind}", "a number, money or a duration")
        return code.done(), kind

    def stream(self, path: tuple[str, ...], via: str, scope: Scope, at: int) -> tuple[Stream, tuple[str, ...]]:
        """Find the stream that a path names, and what is left of the path."""
        if via and via not in LINKS:
            raise scope.meaning(at, f"'{via}' is no tie to follow", choices(via, LINKS))
        here = streams_of(self.plan.subject, via)
        mine = [s for s in here if s.table == path[0]]
        if not mine:
            whose = f"{self.plan.subject} via {via}" if via else self.plan.subject
            raise scope.meaning(at, f"'{path[0]}' is no table of {whose}", choices(path[0], [s.table for s in here]))
        for stream in mine:
            if stream.direction and path[1:2] == (stream.direction,):
                return stream, path[2:]
        for stream in mine:
            if not stream.direction:
                return stream, path[1:]
        found = path[1] if len(path) > 1 else ""
        raise scope.meaning(at, f"'{found}' is no direction of {path[0]}", choices(found, [s.direction for s in mine]))

    def select(self, stream: Stream, where: Tree | None, argument: str, scope: Scope) -> int:
        """Number the rows of a stream that pass a filter and whose argument is known."""
        word = word_of(stream.table, argument) if argument else None
        where = None if where is None else with_role(where, stream.role)
        check_whereabouts(where, stream, self.plan.subject, scope)
        selection = Selection(stream, where, argument if word and word.nullable else "")
        number = intern(self.plan.selections, selection)
        if where is not None and number not in self.plan.filters:
            code = Code()
            kind = self._lower(where, scope, code, stream)
            if kind != TRUTH:
                raise scope.meaning(where, f"the filter is a {kind}", "a condition")
            self.plan.filters[number] = code.done()
        return number

    def _lower(self, node: Tree, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        match node:
            case Constant():
                code.constant(float(node.value), node.place)
                return Kind(Sort(node.sort), node.asset)
            case Tag():
                return self._tag(node, scope, code, stream)
            case Ask():
                return lower_ask(node, scope, code, self.plan, stream, lambda name: self._named(name, node, scope, stream))
            case Name():
                return self._column(node, scope, code, stream)
            case Measure():
                if stream is not None:
                    raise scope.meaning(node, "a measure inside a filter", "columns and constants only")
                return self._measure(node, scope, code)
            case Peers():
                return self._peers(node, scope, code, stream)
            case Apply():
                logic = node.operator in ("and", "or", "not")
                kind = (self._logic if logic else self._operator)(node, scope, code, stream)
                check_ranges(node, scope)
                return kind
        raise scope.meaning(node, "a text", "a measure, a number or a condition")

    def _tag(self, node: Tag, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        check_tag(node, scope)
        if stream is None:
            if node.of != "subject":
                raise scope.meaning(node, f"a tag of '{node.of}'", "tag(subject, '…'), or a column's tag inside a filter")
            code.tag("subject", node.name)
            return TRUTH
        word = self._word(Name(node.at, node.of), scope, stream)
        if word.kind.sort is not Sort.ENTITY:
            raise scope.meaning(node, f"'{node.of}' is a {word.kind}", "an entity column")
        self.plan.column(stream.table, node.of)
        code.tag(node.of, node.name)
        return TRUTH

    def _named(self, name: str, node: Ask, scope: Scope, stream: Stream | None) -> Word:
        return NO_WORD if stream is None else self._word(Name(node.at, name), scope, stream)

    def _word(self, node: Name, scope: Scope, stream: Stream) -> Word:
        if is_protected(stream.table, node.name):
            raise scope.meaning(node, f"'{node.name}' is a protected attribute", ALLOWED)
        word = word_of(stream.table, node.name)
        if word is None:
            known = words_of(stream.table)
            if node.name in TABLES[stream.table].names:
                raise scope.meaning(node, f"'{node.name}' is text or a time, which no measure reads", choices(node.name, known))
            raise scope.meaning(node, f"{stream.table} has no column '{node.name}'", choices(node.name, known))
        return word

    def _column(self, node: Name, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        if stream is None:
            raise scope.meaning(node, f"'{node.name}' stands alone", "aggregate(table.direction.column[filter], window)")
        code.add(Op.LOAD, self.plan.column(stream.table, node.name))
        if node.name.startswith("#"):
            code.add(Op.ISSET)
            return TRUTH
        kind = self._word(node, scope, stream).kind
        if kind == TRUTH:
            code.add(Op.ISSET)
        return kind

    def _logic(self, node: Apply, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        for k, argument in enumerate(node.arguments):
            kind = self._lower(argument, scope, code, stream)
            if kind != TRUTH:
                raise scope.meaning(argument, f"a {kind}", "a condition, such as … >= 3")
            if node.operator == "not":
                code.add(Op.NOT)
            elif k:
                code.add(Op.AND if node.operator == "and" else Op.OR)
        return TRUTH

    def _operator(self, node: Apply, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        if node.operator == "neg":
            kind = self._lower(node.arguments[0], scope, code, stream)
            code.add(Op.NEG)
            return kind
        left, right = node.arguments
        if isinstance(right, Text):
            return self._compare_word(node, left, right, scope, code, stream)
        a = self._lower(left, scope, code, stream)
        b = self._lower(right, scope, code, stream)
        self._check_pinned(node, scope, stream)
        code.add((COMPARISONS | ARITHMETIC)[node.operator])
        return combine(node, a, b, scope)

    def _check_pinned(self, node: Apply, scope: Scope, stream: Stream | None) -> None:
        if stream is None:
            return
        for side in node.arguments:
            word = word_of(stream.table, side.name) if isinstance(side, Name) else None
            if word and word.pin:
                raise scope.meaning(
                    side, f"'{name_of(side)}' of any {word.pin} in a filter", "value (base currency at the time)"
                )

    def _compare_word(self, node: Apply, left: Tree, right: Text, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        asked = isinstance(left, Ask) and left.what == "fact"
        if not (asked or (isinstance(left, Name) and stream is not None)) or node.operator not in ("==", "!="):
            raise scope.meaning(right, "a text", "a column = 'text' inside a filter, or fact(subject, '…') = 'text'")
        kind = self._lower(left, scope, code, stream)
        if kind.sort is not Sort.CATEGORY:
            raise scope.meaning(left, f"'{name_of(left)}' is a {kind}", "a category column")
        column, known = ("facts.value", FACTS[left.name]) if isinstance(left, Ask) else words_known(stream, left)
        if known and right.value not in known:
            raise scope.meaning(right, f"{told(column, left)} is never '{right.value}'", choices(right.value, known))
        code.word(column, right.value)
        code.add(COMPARISONS[node.operator])
        return TRUTH

    def _measure(self, node: Measure, scope: Scope, code: Code) -> Kind:
        if node.by:
            return self._crowd(node, scope, code)
        step = self.steps.get(node.path[0])
        if step is None and node.path[0] in self.steps:
            read = [name for name, bound in self.steps.items() if bound is not None]
            raise scope.meaning(
                node, f"a measure of the step '{node.path[0]}'", f"{' or '.join(read)}, as in count({read[-1]})"
            )
        if step is not None:
            if node.window_us or node.before_us or node.via:
                raise scope.meaning(
                    node, f"a window or tie for the step '{node.path[0]}'", "none: the step says when and whose"
                )
            where = step.where
            if node.where is not None:
                where = node.where if where is None else Apply(node.at, "and", (where, node.where))
            node = replace(node, path=node.path[1:], where=where, window_us=step.within_us, before_us=step.before_us)
            return self._aggregate(node, step.stream, step.since, scope, code)
        stream, rest = self.stream(node.path, node.via, scope, node.at)
        return self._aggregate(replace(node, path=rest), stream, None, scope, code)

    def _crowd(self, node: Measure, scope: Scope, code: Code) -> Kind:
        """Lower a measure over everybody who shares a value with the present row: it becomes a computed column of the row."""
        if node.via or node.path[0] in self.steps:
            raise scope.meaning(node, "'by' beside a tie or a step", "a stream of the subject itself")
        stream, rest = self.stream(node.path, "", scope, node.at)
        word = self._word(Name(node.at, node.by), scope, stream)
        if word.kind.sort not in (Sort.ENTITY, Sort.CATEGORY) or node.by not in TABLES[stream.table].names:
            raise scope.meaning(node, f"by a {word.kind}", "an entity or category column")
        shared = Stream(stream.table, "", node.by)
        plan = Plan(f"{BY}{stream.table}.{node.by}")
        inner = Code()
        kind = Checker(plan)._aggregate(replace(node, path=rest), shared, None, scope, inner)
        name = f"~{hashlib.sha256(repr((shared, rest, node)).encode()).hexdigest()[:12]}"
        if name not in {crowd.name for crowd in self.plan.crowds}:
            self.plan.crowds.append(Crowd(name, plan, shared, inner.done()))
        lane = self.plan.lane(Lane(self.select(stream, None, "", scope), node.window_us))
        code.add(Op.LOAD, self.plan.output(Output(CROWD, lane, name)))
        return kind

    def _peers(self, node: Peers, scope: Scope, code: Code, stream: Stream | None) -> Kind:
        """Lower what peers do: the same measure over a plan of its own, and its lane here as what it is compared with."""
        rank, measure = percentile_of(node.rank), node.measure
        if rank is None:
            raise scope.meaning(node, f"peers by '{node.rank}'", "a percentile, as in peers(p90, sum(transfers.in.value, 24h))")
        plain = isinstance(measure, Measure) and not measure.by and measure.path[0] not in self.steps
        if stream is not None or not isinstance(measure, Measure) or not plain or measure.aggregate in RELATIONS:
            raise scope.meaning(node, "peers of this", "a measure of the subject's own rows, outside filters and steps")
        for likeness in node.same:
            intern(self.plan.asks, "fact" if likeness == "class" else likeness)
        plan, inner, here = Plan(self.plan.subject), Code(), Code()
        kind = Checker(plan)._measure(measure, scope, inner)
        self._measure(measure, scope, here)
        lane = self.plan.outputs[here.rows[0][1]].lane
        name = hashlib.sha256(repr((self.plan.subject, node)).encode()).hexdigest()[:12]
        if name not in {peering.name for peering in self.plan.peerings}:
            self.plan.peerings.append(Peering(name, plan, inner.done(), rank, node.same))
        code.add(Op.LOAD, self.plan.output(Output(PEERS, lane, name)))
        return kind

    def _aggregate(self, node: Measure, stream: Stream, since: Since | None, scope: Scope, code: Code) -> Kind:
        """Lower an aggregate over a stream; the node's path is what is left of it: a column or nothing."""
        aggregate = aggregate_of(node.aggregate) or AGGREGATES["count"]
        if aggregate.moment and (node.window_us or node.before_us or "valid_from" not in TABLES[stream.table].names):
            raise scope.meaning(node, f"{node.aggregate} in a window or of {stream.table}", "active(ties.in): what holds now")
        if not node.window_us and not aggregate.moment:
            raise scope.meaning(node, "no window", "a duration, as in count(transfers.in, 48h)")
        if len(node.path) > 1:
            raise scope.meaning(node, f"'{'.'.join(node.path)}'", "one column")
        check_clauses(node, stream, since is not None, scope)
        column = node.path[0] if node.path else ""
        kind = self._argument(node, column, aggregate, stream, scope)
        argument = "amount" if node.keeping else column
        lane = self.plan.lane(Lane(self.select(stream, node.where, argument, scope), node.window_us, since, node.before_us))
        if node.aggregate == "share":
            whole = self.plan.lane(Lane(self.select(stream, None, "", scope), node.window_us, since, node.before_us))
            code.add(Op.LOAD, self.plan.output(Output("count", lane, "")))
            code.add(Op.LOAD, self.plan.output(Output("count", whole, "")))
            code.add(Op.DIV)
            return kind
        code.add(Op.LOAD, self.plan.output(Output(node.aggregate, lane, column, node.within_us, node.keeping)))
        return kind

    def _argument(self, node: Measure, name: str, aggregate: Aggregate, stream: Stream, scope: Scope) -> Kind:
        if aggregate.alone and not name:
            return aggregate.gives or NUMBER
        if not aggregate.takes:
            if name:
                raise scope.meaning(
                    node, f"{node.aggregate} of '{name}'", f"{node.aggregate}({stream}, window): rows, no column"
                )
            return aggregate.gives or NUMBER
        fit = [w for w in words_of(stream.table) if (word_of(stream.table, w) or NO_WORD).kind.sort in aggregate.takes]
        if not name:
            raise scope.meaning(node, f"{node.aggregate} of no column", choices("", fit))
        word = self._word(Name(node.at, name), scope, stream)
        if word.kind.sort not in aggregate.takes:
            raise scope.meaning(node, f"{node.aggregate} of a {word.kind}", choices(name, fit))
        if word.level and node.aggregate in ("sum", "mean"):
            raise scope.meaning(node, f"{node.aggregate} of the balance '{name}'", "first, last, min or max of it")
        return aggregate.gives or self._pinned(node, name, word, scope)

    def _pinned(self, node: Measure, name: str, word: Word, scope: Scope) -> Kind:
        if not word.pin:
            return word.kind
        asset = pin_of(node.where, word.pin)
        if not asset:
            raise scope.meaning(
                node, f"{node.aggregate} of '{name}' mixes assets", f"value (base currency), or a filter {word.pin} = '…'"
            )
        return Kind(Sort.MONEY, asset)
