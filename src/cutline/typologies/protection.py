"""What nobody may be looked for by, wherever it is written: in the word of a list, or in where a person's ties say they live.

Columns and facts are refused by their names (`vocabulary.is_protected`). Lists bring words of their own, and a tie to a place
says of a person what the column `region` says.
"""

from __future__ import annotations

import re
import unicodedata

from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES
from cutline.typologies.trees import Apply, Name, Node, Scope, Tag, Text, Tree
from cutline.typologies.units import pin_of
from cutline.typologies.vocabulary import KIND_OF, LINKS, SUBJECTS, Stream

LOCATED = "located_in"
"""The tie that says where somebody or something is."""

ALLOWED = "what was done, not who somebody is"

_PARTS = re.compile(r"[:=/|.;,\s]+")


def check_tag(node: Tag, scope: Scope) -> None:
    """Refuse a list's word that says a protected attribute, alone or with its value, as in 'nationality:MM'."""
    folded = unicodedata.normalize("NFKC", node.name).casefold().replace("-", "_")
    for part in _PARTS.split(folded):
        said = next((a for a in sorted(PROTECTED_ATTRIBUTES) if part == a or part.startswith(f"{a}_")), "")
        if said:
            raise scope.meaning(node, f"the tag '{node.name}' says '{said}', a protected attribute", ALLOWED)


def check_tie(node: Node, relation: str, scope: Scope) -> None:
    """Refuse to ask whether somebody, or the owner of something, is tied to a place."""
    if relation == LOCATED:
        raise scope.meaning(node, f"tied by '{LOCATED}' says where somebody lives", ALLOWED)


def check_whereabouts(where: Tree | None, stream: Stream, subject: str, scope: Scope) -> None:
    """Refuse a filter of a person's ties that tells where the person lives; ties of things may be asked for their place."""
    if where is None or stream.table != "ties" or "person" not in _kinds(stream, subject):
        return
    pinned = pin_of(where, "relation")
    for node in _nodes(where):
        match node:
            case Apply(operator=("==" | "!="), arguments=(Name(name=name), Text(value=value) as text)):
                if (name, value) == ("relation", LOCATED) or (name.endswith(KIND_OF) and value == "place"):
                    raise scope.meaning(text, f"'{value}' in the ties of a person says where somebody lives", ALLOWED)
            case Name(name=("a_abroad" | "b_abroad")) if not pinned:
                raise scope.meaning(node, f"'{node.name}' of any tie of a person", "relation = '…' beside it, as 'uses'")


def _kinds(stream: Stream, subject: str) -> tuple[str, ...]:
    """Give the kinds that a stream's own entity can be; all of its column's where the subject is none of the named ones."""
    if stream.via:
        return LINKS[stream.via].kinds
    return SUBJECTS[subject] if subject in SUBJECTS else TABLES[stream.table][stream.role].kinds


def _nodes(tree: Tree) -> list[Tree]:
    return [tree, *(node for argument in tree.arguments for node in _nodes(argument))] if isinstance(tree, Apply) else [tree]
