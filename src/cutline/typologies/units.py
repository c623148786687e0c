"""Units: what two expressions make together, and which words a category can be."""

from __future__ import annotations

from cutline.model.money import BASE_CURRENCY
from cutline.model.tables import TABLES
from cutline.typologies.trees import Apply, Ask, Name, Scope, Text, Tree
from cutline.typologies.vocabulary import KIND_OF, Kind, Sort, Stream, Word

TRUTH, NUMBER = Kind(Sort.TRUTH), Kind(Sort.NUMBER)

NO_WORD = Word(TRUTH, ())


def combine(node: Apply, a: Kind, b: Kind, scope: Scope) -> Kind:
    """Say what an operator makes of two kinds, or refuse it."""
    operator = node.operator
    if {a.sort, b.sort} & {Sort.TRUTH, Sort.CATEGORY} or (Sort.ENTITY in (a.sort, b.sort) and operator not in ("==", "!=")):
        raise scope.meaning(node, f"{a} {operator} {b}", "quantities on both sides")
    if operator == "*":
        if NUMBER not in (a, b):
            raise scope.meaning(node, f"{a} * {b}", "a number on one side")
        return b if a == NUMBER else a
    if operator == "/":
        if b not in (a, NUMBER):
            raise scope.meaning(node, f"{a} / {b}", f"{a} / {a} or {a} / number")
        return NUMBER if a == b else a
    if a != b:
        example = f"2,000 {BASE_CURRENCY}"
        raise scope.meaning(node, f"{a} {operator} {b}", f"the same unit on both sides (write {example}, 30min, 80 %)")
    return a if operator in "+-" else TRUTH


def words_known(stream: Stream | None, left: Tree) -> tuple[str, tuple[str, ...]]:
    """Give a filter's column with its table, and the words that it can be; none: any."""
    table = stream.table if stream is not None else ""
    return f"{table}.{name_of(left)}", _values(table, name_of(left))


def told(column: str, left: Tree) -> str:
    """Name a column or a fact for a reader."""
    return f"the fact '{left.name}'" if isinstance(left, Ask) else column


def _values(table: str, name: str) -> tuple[str, ...]:
    """Give the words that a category can be; empty: any."""
    if name in TABLES[table].names:
        return TABLES[table][name].values
    return TABLES[table][name.removesuffix(KIND_OF)].kinds


def pin_of(where: Tree | None, column: str) -> str:
    """Give the word to which a filter fixes a column; empty: it does not."""
    match where:
        case Apply(operator="==", arguments=(Name(name=name), Text(value=value))) if name == column:
            return value
        case Apply(operator="and", arguments=arguments):
            return next((p for p in (pin_of(a, column) for a in arguments) if p), "")
    return ""


def name_of(node: Tree) -> str:
    """Give a column's name; empty for anything else."""
    return node.name if isinstance(node, Name) else ""
