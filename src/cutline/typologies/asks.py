"""What a typology may ask of records: a fact, an age, a tie. Checked and lowered here."""

from __future__ import annotations

from collections.abc import Callable

from cutline.typologies.code import Code
from cutline.typologies.plan import Plan, intern
from cutline.typologies.protection import ALLOWED, check_tie
from cutline.typologies.trees import Ask, Scope
from cutline.typologies.vocabulary import ENDS, FACTS, RELATIONS_ASKED, Kind, Sort, Stream, Word, choices, is_protected

GIVES = {
    "fact": Kind(Sort.CATEGORY),
    "age": Kind(Sort.DURATION),
    "tied": Kind(Sort.TRUTH),
    "met": Kind(Sort.TRUTH),
}
"""What each question is answered with."""

OF_A_ROW = ("tied", "met")
"""Questions about the two sides of one row."""

WordOf = Callable[[str], Word]
"""The column of that name in the filter's table; it refuses what is none."""


def lower_ask(node: Ask, scope: Scope, code: Code, plan: Plan, stream: Stream | None, word_of: WordOf) -> Kind:
    """Lower a question; `stream` is None outside filters, where only the subject can be asked about."""
    _check_name(node, scope)
    if stream is None and (node.of != "subject" or node.what in OF_A_ROW):
        inside = f"{node.what}(payee, …) inside a filter: a row has the other side"
        expected = inside if node.what in OF_A_ROW else f"{node.what}(subject, …)"
        raise scope.meaning(node, f"{node.what}({node.of}) outside a filter", expected)
    if stream is not None:
        _check_column(node, scope, stream, word_of)
        plan.column(stream.table, stream.role)
        if node.of != "subject":
            plan.column(stream.table, node.of)
    intern(plan.asks, node.what)
    code.ask(node)
    return GIVES[node.what]


def _check_name(node: Ask, scope: Scope) -> None:
    if node.what in ("age", "met"):
        return
    if is_protected("facts", node.name):
        raise scope.meaning(node, f"'{node.name}' is a protected attribute", ALLOWED)
    if node.what == "tied":
        check_tie(node, node.name, scope)
    known = FACTS if node.what == "fact" else RELATIONS_ASKED
    if node.name not in known:
        raise scope.meaning(node, f"'{node.name}' is no {'fact' if node.what == 'fact' else 'tie'}", choices(node.name, known))


def _check_column(node: Ask, scope: Scope, stream: Stream, word_of: WordOf) -> None:
    if node.of == "subject":
        if stream.via or node.what in OF_A_ROW:
            raise scope.meaning(node, f"{node.what}(subject) in a filter of {stream}", "a column that names an entity")
        return
    word = word_of(node.of)
    if word.kind.sort is not Sort.ENTITY:
        raise scope.meaning(node, f"'{node.of}' is a {word.kind}", "an entity column")
    if node.what == "met":
        _check_ends(node, scope, stream)
    own = word_of(stream.role)
    if node.what == "tied" and own.kind.sort is not Sort.ENTITY:
        raise scope.meaning(node, f"tied to a {own.kind}", "a stream of entities")


def _check_ends(node: Ask, scope: Scope, stream: Stream) -> None:
    """Whether two sides met is asked of one end of a row about the other."""
    if not node.window_us:
        raise scope.meaning(node, "met within no time", "a duration, as in met(payee, 30d)")
    ends = ENDS.get(stream.table, ()) if stream.table != "ties" else ()
    others = [end for end in ends if end != stream.role] if stream.role in ends else []
    if node.of not in others:
        expected = f"met({others[0]}, …)" if others else "a stream of contacts or of transfers, of one of their two ends"
        raise scope.meaning(node, f"met({node.of}, …) of {stream}", expected)
