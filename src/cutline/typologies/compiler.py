"""From documents to compiled typologies: checked, lowered, and gathered on the plans they share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import yaml

from cutline.errors import Place
from cutline.model.money import BASE_CURRENCY
from cutline.typologies.checker import BoundStep, Checker
from cutline.typologies.document import Document
from cutline.typologies.evaluator import Program
from cutline.typologies.expressions import LONGEST_DAYS, LONGEST_US, duration_us, read_expression
from cutline.typologies.plan import Lane, Mark, Match, Plan, Ticks
from cutline.typologies.sequences import Bound, bind_steps
from cutline.typologies.steps import read_steps
from cutline.typologies.trees import Apply, Scope, Tree
from cutline.typologies.vocabulary import Kind, Sort, Stream

FORMATS = ("number", "percent", "money", "duration")
_PIECE = re.compile(r"\{([^{}]+?)(?::(\w+|[^{}:|]+\|[^{}:|]+))?\}|([^{}]+)")
SHORTEST_TICK_US = 3_600_000_000
"""Ticks cost as much as rows: a subject has thirty a month at `1d`, seven hundred at `1h`."""

_DURATION = re.compile(r"\d+(\.\d+)?(s|min|h|d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reason: words, or a quantity and how to write it; `nouns` are what one is called, and what several are."""

    words: str
    program: Program | None = None
    form: str = ""
    asset: str = ""
    nouns: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A compiled typology: programs over its plan."""

    document: Document
    when: tuple[Program, ...]
    unless: Program | None
    strength: Program | None
    value: Program | None
    reason_en: tuple[Piece, ...]
    reason_zh: tuple[Piece, ...]
    on: tuple[Stream, ...]
    hold_us: int
    marks: tuple[Mark, ...]
    match: Match | None = None

    @property
    def id(self) -> str:
        """The typology's name."""
        return self.document.text("id")


@dataclass(frozen=True, slots=True)
class Compiled:
    """Typologies that look at the same streams of the same subject, and the plan they share."""

    plan: Plan
    rules: tuple[Rules, ...]


def compile_documents(documents: Iterable[Document]) -> tuple[Compiled, ...]:
    """Compile typologies, those over the same tables of the same subject onto one plan. Raises TypologyError."""
    plans: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Plan, list[Rules]]] = {}
    for document in documents:
        alone = Plan(document.text("subject"))
        compile_rules(document, alone)
        sources = tuple(sorted({(s.table, s.via) for s in alone.streams}))
        plan, rules = plans.setdefault((alone.subject, sources), (Plan(alone.subject), []))
        rules.append(compile_rules(document, plan))
    return tuple(Compiled(plan, tuple(rules)) for plan, rules in plans.values())


def compile_rules(document: Document, plan: Plan) -> Rules:
    """Check one typology and lower it onto a plan."""
    steps = read_steps(document)
    bound = bind_steps(steps, plan) if steps is not None else Bound()
    checker = Checker(plan, bound.steps)
    conjuncts = _conjuncts(_conditions(document, document.nodes["when"], "and", checker))
    when = tuple(checker.condition(tree, scope) for tree, scope in conjuncts)
    lanes = [lane for program in when for lane in plan.lanes_in(program)]
    if not lanes:
        raise document.meaning(document.nodes["when"], "no measure", "at least one, such as count(transfers.in, 48h) >= 3")
    measured = tuple(dict.fromkeys(plan.selections[lane.selection].stream for lane in lanes))
    unless = None
    if "unless" in document.nodes:
        parts = _conditions(document, document.nodes["unless"], "or", checker)
        unless = checker.condition(_joined(parts), parts[0][1])
    return Rules(
        document=document,
        when=when,
        unless=unless,
        strength=_number(document, "strength", checker),
        value=_money(document, checker),
        reason_en=_reason(document, "en", checker),
        reason_zh=_reason(document, "zh", checker),
        on=(*(_on(document, checker, bound.steps) or measured), *_every(document, measured, lanes)),
        hold_us=_duration(document, "hold") or max(lane.reach_us for lane in lanes),
        marks=bound.marks,
        match=bound.match,
    )


Part = tuple[Tree, Scope]


def _conditions(document: Document, node: yaml.Node, joiner: str, checker: Checker) -> list[Part]:
    """Read `all:` and `any:` lists, nested, or one expression; a bare list joins with `joiner`.

    Every expression is checked here, where its own place is known: what is joined keeps only the first one's place.
    """
    if isinstance(node, yaml.ScalarNode):
        scope = document.scope(node)
        tree = read_expression(scope.text, scope)
        checker.condition(tree, scope)
        return [(tree, scope)]
    if isinstance(node, yaml.MappingNode):
        if len(node.value) != 1 or node.value[0][0].value not in ("all", "any"):
            found = node.value[0][0] if node.value else node
            raise document.meaning(found, f"'{getattr(found, 'value', '')}'", "all: or any:")
        key, body = node.value[0]
        return _conditions(document, body, "and" if key.value == "all" else "or", checker)
    if not node.value:
        raise document.meaning(node, "an empty list", "at least one condition")
    parts = [_one(_conditions(document, item, "and", checker)) for item in node.value]
    return parts if joiner == "and" else [(_joined(parts), parts[0][1])]


def _one(parts: list[Part]) -> Part:
    tree = reduce(lambda a, b: Apply(b.at, "and", (a, b)), [p[0] for p in parts])
    return tree, parts[0][1]


def _joined(parts: list[Part]) -> Tree:
    return reduce(lambda a, b: Apply(b.at, "or", (a, b)), [p[0] for p in parts])


def _conjuncts(parts: list[Part]) -> list[Part]:
    """Take conjunctions apart, in the order they were written, so that later parts run only where earlier ones may hold."""
    out: list[Part] = []
    for tree, scope in parts:
        if isinstance(tree, Apply) and tree.operator == "and":
            out += _conjuncts([(argument, scope) for argument in tree.arguments])
        else:
            out.append((tree, scope))
    return out


def _number(document: Document, key: str, checker: Checker) -> Program | None:
    if key not in document.nodes:
        return None
    scope = document.scope(document.nodes[key])
    tree = read_expression(scope.text, scope)
    program, kind = checker.quantity(tree, scope)
    if kind.sort is not Sort.NUMBER:
        raise scope.meaning(tree, f"a {key} that is {kind}", "a number")
    return program


def _money(document: Document, checker: Checker) -> Program | None:
    if "value" not in document.nodes:
        return None
    scope = document.scope(document.nodes["value"])
    tree = read_expression(scope.text, scope)
    program, kind = checker.quantity(tree, scope)
    if kind != Kind(Sort.MONEY, BASE_CURRENCY):
        raise scope.meaning(tree, f"a value at stake that is {kind}", "money in CNY")
    return program


def _reason(document: Document, language: str, checker: Checker) -> tuple[Piece, ...]:
    document.label("reason")
    node = document.both("reason")[language]
    scope = document.scope(node)
    pieces, end = [], 0
    for part in (*_PIECE.finditer(scope.text), None):
        start = len(scope.text) if part is None else part.start()
        if start != end:
            raise scope.syntax(end, f"found '{scope.text[end]}' without its pair", "{a quantity} in one pair of braces")
        if part is None:
            break
        end = part.end()
        if part[3] is not None:
            pieces.append(Piece(part[3]))
            continue
        place = Place(scope.place.file, scope.place.line, scope.place.column + (part.start(1) if scope.one_line else 0))
        inner = Scope(place, part[1], scope.one_line)
        program, kind = checker.quantity(read_expression(part[1], inner), inner)
        form, nouns = _form(part[2] or str(kind.sort), kind, inner, plural=language == "en")
        pieces.append(Piece("", program, form, kind.asset, nouns))
    return tuple(pieces)


def _form(written: str, kind: Kind, scope: Scope, plural: bool) -> tuple[str, tuple[str, str] | None]:
    """Read how a quantity is written: a format, or what one and several of it are called where the language has a plural."""
    one, _, many = written.partition("|")
    form = "number" if many and plural else written
    if form not in FORMATS:
        called = ", or what one and several are called, such as 'payer|payers'" if plural else ""
        raise scope.meaning(len(scope.text), f"the format '{written}'", ", ".join(FORMATS) + called)
    if (form == "money") != (kind.sort is Sort.MONEY) or (form == "duration") != (kind.sort is Sort.DURATION):
        raise scope.meaning(0, f"{kind} written as {form}", str(kind.sort))
    return form, (one, many) if many else None


def _on(document: Document, checker: Checker, bound: dict[str, BoundStep | None]) -> tuple[Stream, ...]:
    if "on" not in document.nodes:
        return tuple(step.stream for step in bound.values() if step is not None)[-1:]
    node = document.nodes["on"]
    scope = document.scope(node)
    name, _, via = (part.strip() for part in scope.text.partition(" via "))
    stream, rest = checker.stream(tuple(name.split(".")), via, scope, 0)
    if rest:
        raise scope.meaning(0, f"'{'.'.join(rest)}'", "a stream without a column")
    checker.select(stream, None, "", scope)
    return (stream,)


def _every(document: Document, measured: tuple[Stream, ...], lanes: list[Lane]) -> tuple[Stream, ...]:
    """Give the ticks that a typology asks for: its subjects are those that its measures look at."""
    every_us = _duration(document, "every")
    if "every" in document.nodes and every_us < SHORTEST_TICK_US:
        raise document.meaning(document.nodes["every"], f"'{document.text('every')}'", "at least 1h, such as 6h or 1d")
    reach_us = max(lane.reach_us for lane in lanes)
    return (Ticks("", "", "", "", every_us, reach_us, measured),) if every_us else ()


def _duration(document: Document, key: str) -> int:
    if key not in document.nodes:
        return 0
    if not _DURATION.fullmatch(document.text(key)):
        raise document.meaning(document.nodes[key], f"'{document.text(key)}'", "a duration like 48h or 30d")
    span_us = duration_us(document.text(key))
    if span_us > LONGEST_US:
        found = f"the duration {document.text(key)}"
        raise document.meaning(document.nodes[key], found, f"at most {LONGEST_DAYS}d, a hundred years")
    if not span_us:
        raise document.meaning(document.nodes[key], f"'{document.text(key)}'", f"a time longer than none, or no '{key}'")
    return span_us
