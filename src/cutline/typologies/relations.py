"""Measures that look beyond the subject's own rows: patterns in the graph, and company. What each may be told."""

from __future__ import annotations

from dataclasses import dataclass

from cutline.typologies.trees import Measure, Scope
from cutline.typologies.vocabulary import ENDS, Stream, choices


@dataclass(frozen=True, slots=True)
class Relation:
    """What a measure may (or must) be told beside its window: how soon (`within`), and how much must stay (`keeping`)."""

    within: str = ""
    keeping: str = ""


MAY, MUST = "may", "must"

PATTERNS: dict[str, Relation] = {
    "fan_in": Relation(),
    "fan_out": Relation(),
    "gather_scatter": Relation(),
    "scatter_gather": Relation(MAY, MAY),
    "cycle": Relation(MAY, MAY),
    "chain": Relation(MUST, MAY),
    "peel": Relation(MUST, MUST),
}
"""Patterns of rows that lead from one entity to another, anchored at the subject's own row."""

TOGETHER = "together"
"""Co-movement: occasions with the same company."""

RELATIONS: dict[str, Relation] = {**PATTERNS, TOGETHER: Relation(MUST)}

_EXAMPLES = {"within": "', within 6h' behind the window", "keeping": "', keeping 80 %' behind the window"}


def check_clauses(node: Measure, stream: Stream, of_step: bool, scope: Scope) -> None:
    """Refuse clauses that a measure does not know or lacks, and patterns where nothing leads from one entity to another."""
    relation = RELATIONS.get(node.aggregate, Relation())
    for name, said in (("within", bool(node.within_us)), ("keeping", bool(node.keeping))):
        wanted = getattr(relation, name)
        if said and not wanted:
            raise scope.meaning(node, f"'{name}' in {node.aggregate}", f"{node.aggregate} without '{name}'")
        if wanted == MUST and not said:
            raise scope.meaning(node, f"{node.aggregate} without '{name}'", _EXAMPLES[name])
    if node.aggregate not in RELATIONS:
        return
    if of_step or node.before_us or node.via or node.by:
        raise scope.meaning(
            node, f"{node.aggregate} of a step, or with 'before', 'via' or 'by'", "a stream of the subject itself, up to now"
        )
    if node.aggregate in PATTERNS and stream.table not in ENDS:
        raise scope.meaning(node, f"{node.aggregate} of {stream.table}", choices(stream.table, ENDS))
    if node.keeping and stream.table != "transfers":
        raise scope.meaning(node, f"'keeping' in {stream.table}", "transfers, which have amounts")
    if node.within_us > node.window_us:
        raise scope.meaning(
            node, "'within' longer than the window", "a shorter time, as in chain(transfers.out, 3d, within 6h)"
        )
