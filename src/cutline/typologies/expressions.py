"""Expressions: text → tree, with errors that point at the place. Nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from cutline.errors import TypologyError, TypologySyntaxError
from cutline.model.assets import CURRENCIES
from cutline.typologies.aggregates import AGGREGATES, aggregate_of
from cutline.typologies.trees import Apply, Ask, Constant, End, Gap, Measure, Name, Peers, Scope, Step, Tag, Text, Times, Tree
from cutline.typologies.vocabulary import SECONDS, choices

FRIENDLY = {
    "NUMBER": "a number",
    "PERCENT": "a percentage like 80 %",
    "MONEY": "money like 2,000 CNY",
    "DURATION": "a duration like 48h or 30d",
    "STRING": "a text in 'quotes'",
    "NAME": "a name",
    "COMPARE": "a comparison",
    "ADD": "+ or -",
    "MUL": "* or /",
    "RPAR": "')'",
    "LPAR": "'('",
    "LSQB": "'['",
    "RSQB": "']'",
    "COMMA": "','",
    "DOT": "'.'",
    "MINUS": "'-'",
    "VARIABLE": "a capital letter or *",
    "NO": "no",
    "AFTER": "after",
    "BEFORE": "before",
    "_TAG": "tag(subject, '…')",
    "RECORD": "fact(…) or tied(…)",
    "AGE": "age(…)",
    "_PEERS": "peers(p90, …)",
    "_MET": "met(…)",
    "$END": "the end",
}


PERCENT_WHOLE = 100

MOST_TIMES = 20
"""How often a step can be asked for: all of its rows are cited, and a reader checks no more."""

MOST_READ = 4096
"""Trees that are remembered: some hundred bytes each, several times those of the catalogue."""

LIKENESSES = ("class", "age")
"""In what peers may be alike beside their kind."""


LONGEST_DAYS = 36_525
"""A century, the longest duration: no records reach further back, and the clock of microseconds holds it many times over."""

LARGEST = Decimal(10) ** 30
"""A number in any unit: more than all money there is, and exact enough as a float."""

LONGEST_US = LONGEST_DAYS * SECONDS["d"] * 1_000_000


def duration_us(text: str) -> int:
    """Give microseconds: '48h' → 172 800 000 000."""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(Decimal(digits) * SECONDS[text[len(digits) :]] * 1_000_000)


def read_expression(text: str, scope: Scope) -> Tree:
    """Parse one expression. Raises TypologySyntaxError with what was found and what was expected there."""
    tree: Tree = _read(text, scope, "expr")
    return tree


def read_step(text: str, scope: Scope) -> Step:
    """Parse one step of a sequence: `transfers B -> C [value > 100 CNY], within 2h after called`."""
    step: Step = _read(text, scope, "step")
    return step


@lru_cache(MOST_READ)
def _read(text: str, scope: Scope, start: str) -> Any:
    """Give a frozen tree: a typology's expressions are checked one by one and again on the plan they share."""
    if len(text) > LONGEST:
        raise scope.syntax(LONGEST, f"{len(text)} characters", f"at most {LONGEST}, in several conditions")
    try:
        return _Builder(scope).transform(_parser(start).parse(text))
    except VisitError as fault:
        if isinstance(fault.orig_exc, TypologyError):
            raise fault.orig_exc from None
        raise
    except UnexpectedInput as fault:
        raise _explain(fault, text, scope) from None
    except RecursionError:
        raise scope.syntax(0, "an expression nested too deeply", "fewer signs and brackets inside each other") from None


LONGEST = 1000
"""Characters of one expression: what a person can read at a glance, and shallow enough for every walk over its tree."""


@cache
def _parser(start: str) -> Lark:
    grammar = files("cutline.typologies").joinpath("grammar.lark").read_text("utf-8")
    # Without ambiguity the LALR parser is linear in the text, so that no typology can stall the checker.
    return Lark(f"start: {start}\n{grammar}", parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _at(item: Any) -> int:
    return int(item.start_pos or 0) if isinstance(item, Token) else int(item.at)


@dataclass(frozen=True, slots=True)
class _Where:
    tree: Tree


def _inline(method: Callable[..., Any]) -> Any:
    return v_args(inline=True)(method)


class _Builder(Transformer[Token, Any]):
    """Turns what the parser recognised into nodes; names follow the grammar's rules."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def _span(self, t: Token) -> int:
        span_us = duration_us(str(t))
        if span_us > LONGEST_US:
            raise self._scope.meaning(_at(t), f"the duration {t}", f"at most {LONGEST_DAYS}d, a hundred years")
        return span_us

    def _bounded(self, t: Token, number: Decimal) -> Decimal:
        if number > LARGEST:
            raise self._scope.meaning(_at(t), f"a number of {len(t)} digits", "at most 30 digits: nothing measured is larger")
        return number

    @_inline
    def start(self, tree: Any) -> Any:
        return tree

    @_inline
    def number(self, t: Token) -> Constant:
        return Constant(_at(t), self._bounded(t, Decimal(t)), "number", "", self._scope.at(_at(t)))

    @_inline
    def percent(self, t: Token) -> Constant:
        return Constant(_at(t), self._bounded(t, Decimal(t.rstrip("% "))) / 100, "number", "", self._scope.at(_at(t)))

    @_inline
    def money(self, t: Token) -> Constant:
        digits, asset = t.replace(",", "").split()
        if asset not in CURRENCIES:
            raise self._scope.meaning(_at(t), f"the currency '{asset}'", choices(asset, CURRENCIES))
        whole = self._bounded(t, Decimal(digits.rstrip("k")) * (1000 if digits.endswith("k") else 1))
        return Constant(_at(t), whole * 10 ** CURRENCIES[asset], "money", asset, self._scope.at(_at(t)))

    @_inline
    def duration(self, t: Token) -> Constant:
        return Constant(_at(t), Decimal(self._span(t)) / 1_000_000, "duration", "", self._scope.at(_at(t)))

    @_inline
    def string(self, t: Token) -> Text:
        return Text(_at(t), str(t)[1:-1])

    @_inline
    def tag(self, of: Token, name: Token) -> Tag:
        return Tag(_at(of), str(of), str(name)[1:-1])

    @_inline
    def ask(self, what: Token, of: Token, name: Token | None = None) -> Ask:
        return Ask(_at(what), str(what), str(of), "" if name is None else str(name)[1:-1])

    @_inline
    def met(self, of: Token, window: Token, before: Token | None = None) -> Ask:
        earlier = 0 if before is None else self._span(before)
        return Ask(_at(of), "met", str(of), window_us=self._span(window), before_us=earlier)

    @_inline
    def peers(self, rank: Token, measure: Tree, *same: Token) -> Peers:
        for name in same:
            if name not in LIKENESSES:
                raise self._scope.meaning(_at(name), f"peers of the same {name}", choices(str(name), LIKENESSES))
        return Peers(_at(rank), str(rank), measure, tuple(sorted({str(name) for name in same})))

    @_inline
    def column(self, t: Token) -> Name:
        return Name(_at(t), str(t))

    def path(self, names: list[Token]) -> tuple[str, ...]:
        return tuple(str(n) for n in names)

    @_inline
    def filter(self, tree: Tree) -> _Where:
        return _Where(tree)

    @_inline
    def measure(self, name: Token, path: tuple[str, ...], *rest: Any) -> Measure:
        if aggregate_of(str(name)) is None:
            raise self._scope.meaning(_at(name), f"'{name}' is no aggregate", choices(str(name), AGGREGATES))
        where = next((r.tree for r in rest if isinstance(r, _Where)), None)
        window = next((self._span(r) for r in rest if isinstance(r, Token) and r.type == "DURATION"), 0)
        marks = {r.type: r for r in rest if isinstance(r, Token)}
        before, within = (self._span(marks[name]) if name in marks else 0 for name in ("BEFORE", "CLOSE"))
        keeping = float(marks.get("KEEPS", 0)) / 100
        tied, by = str(marks.get("VIA", "")), str(marks.get("BY", ""))
        return Measure(_at(name), str(name), path, where, window, before, tied, by, within, keeping)

    @_inline
    def close(self, duration: Token) -> Token:
        return Token("CLOSE", str(duration), start_pos=duration.start_pos)

    @_inline
    def keeps(self, percent: Token) -> Token:
        share = Decimal(percent.rstrip("% "))
        if not 0 < share <= PERCENT_WHOLE:
            raise self._scope.meaning(_at(percent), f"keeping {percent}", "more than 0 % and at most 100 %")
        return Token("KEEPS", str(share), start_pos=percent.start_pos)

    @_inline
    def before(self, _: Token, duration: Token) -> Token:
        return Token("BEFORE", str(duration), start_pos=duration.start_pos)

    @_inline
    def via(self, name: Token) -> Token:
        return Token("VIA", str(name), start_pos=name.start_pos)

    @_inline
    def by(self, name: Token) -> Token:
        return Token("BY", str(name), start_pos=name.start_pos)

    @_inline
    def compare(self, a: Tree, operator: Token, b: Tree) -> Apply:
        return Apply(a.at, "==" if operator == "=" else str(operator), (a, b))

    @_inline
    def between(self, a: Tree, low: Tree, high: Tree) -> Apply:
        return Apply(a.at, "and", (Apply(a.at, ">=", (a, low)), Apply(a.at, "<=", (a, high))))

    @_inline
    def one_of(self, a: Tree, _: Token, *items: Token) -> Tree:
        tests = tuple(Apply(a.at, "==", (a, Text(_at(i), str(i)[1:-1]))) for i in items)
        return tests[0] if len(tests) == 1 else Apply(a.at, "or", tests)

    @_inline
    def arithmetic(self, a: Tree, operator: Token, b: Tree) -> Apply:
        return Apply(a.at, str(operator), (a, b))

    @_inline
    def minus(self, a: Tree) -> Apply:
        return Apply(a.at, "neg", (a,))

    @_inline
    def conjunction(self, a: Tree, b: Tree) -> Apply:
        return Apply(a.at, "and", (a, b))

    @_inline
    def disjunction(self, a: Tree, b: Tree) -> Apply:
        return Apply(a.at, "or", (a, b))

    @_inline
    def negation(self, a: Tree) -> Apply:
        return Apply(a.at, "not", (a,))

    @_inline
    def itself(self, variable: Token) -> End:
        return End(str(variable))

    @_inline
    def tied(self, link: Token, variable: Token) -> End:
        return End(str(variable), str(link))

    @_inline
    def times(self, number: Token, different: Token | None = None) -> Times:
        if number.strip("0123456789") or not 2 <= int(number) <= MOST_TIMES:
            raise self._scope.meaning(_at(number), f"{number} times", f"a whole number from 2 to {MOST_TIMES}")
        return Times(_at(number), Decimal(number), "" if different is None else str(different))

    def gap(self, parts: list[Token]) -> Gap:
        lengths = [self._span(part) for part in parts if part.type == "DURATION"]
        names = [str(part) for part in parts if part.type == "NAME"]
        if not lengths:
            return Gap(_at(parts[0]), 0, 0, *names)
        least, most = lengths if len(lengths) > 1 else (0, lengths[0])
        if least >= most:
            raise self._scope.meaning(
                _at(parts[0]), f"{parts[0]} to {parts[-3]}", "a shorter time to a longer one, as in 10min to 2h"
            )
        after = any(part.type == "AFTER" for part in parts)
        return Gap(_at(parts[0]), least, most, *(names if after else ("", *names)))

    def step(self, parts: list[Any]) -> Step:
        absent = isinstance(parts[0], Token) and parts[0].type == "NO"
        table, source, target, *rest = parts[1:] if absent else parts
        where = next((r.tree for r in rest if isinstance(r, _Where)), None)
        gap = next((r for r in rest if isinstance(r, Gap)), Gap(_at(table)))
        times = next((r for r in rest if isinstance(r, Times)), Times(_at(table)))
        return Step(_at(table), str(table), source, target, where, gap, times, absent)


_WORD = re.compile(r"[A-Za-z]+")


def _explain(fault: UnexpectedInput, text: str, scope: Scope) -> TypologySyntaxError:
    at = min(fault.pos_in_stream, len(text)) if fault.pos_in_stream is not None else len(text)
    if isinstance(fault, UnexpectedToken):
        ended = fault.token.type == "$END"
        at = len(text) if ended else at
        found = "the text ends" if ended else f"found '{fault.token}'"
        wanted = fault.accepts or fault.expected
    else:
        word = _WORD.match(text, at)
        found = f"found '{word[0] if word else text[at : at + 1]}'"
        wanted = (fault.allowed if isinstance(fault, UnexpectedCharacters) else None) or set()
    names = sorted(FRIENDLY.get(w, w.lstrip("_").lower()) for w in wanted if not w.startswith("__"))
    return scope.syntax(at, found, " or ".join(names[:8]) or "something else")
