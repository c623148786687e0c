"""What a typology may ask of records: a fact, an age, a tie. Checked and lowered here."""

from __future__ import annotations

from collections.abc import Callable

from cutline.typologies.code import Code
from cutline.typologies.plan import Plan, intern
from cutline.typologies.protection import ALLOWED, check_tie
from cutline.typologies.trees import Ask, Scope
from cutline.typologies.vocabulary import FACTS, RELATIONS_ASKED, Kind, Sort, Stream, Word, choices, is_protected

WordOf = Callable[[str], Word]
"""The column of that name in the filter's table; it refuses what is none."""


def lower_ask(node: Ask, scope: Scope, code: Code, plan: Plan, stream: Stream | None, word_of: WordOf) -> Kind:
    """Lower a question; `stream` is None outside filters, where only the subject can be asked about."""
    _check_name(node, scope)
    if stream is None and (node.of != "subject" or node.what == "tied"):
        expected = (
            f"{node.what}(subject, …)" if node.what != "tied" else "tied(payee, …) inside a filter: a row has the other side"
        )
        raise scope.meaning(node, f"{node.what}({node.of}) outside a filter", expected)
    if stream is not None:
        _check_column(node, scope, stream, word_of)
        plan.column(stream.table, stream.role)
        if node.of != "subject":
            plan.column(stream.table, node.of)
    intern(plan.asks, node.what)
    code.ask(node)
    return {"fact": Kind(Sort.CATEGORY), "age": Kind(Sort.DURATION), "tied": Kind(Sort.TRUTH)}[node.what]


def _check_name(node: Ask, scope: Scope) -> None:
    if node.what == "age":
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
        if stream.via or node.what == "tied":
            raise scope.meaning(node, f"{node.what}(subject) in a filter of {stream}", "a column that names an entity")
        return
    word = word_of(node.of)
    if word.kind.sort is not Sort.ENTITY:
        raise scope.meaning(node, f"'{node.of}' is a {word.kind}", "an entity column")
    own = word_of(stream.role)
    if node.what == "tied" and own.kind.sort is not Sort.ENTITY:
        raise scope.meaning(node, f"tied to a {own.kind}", "a stream of entities")
