"""The words that lists are known to use, and which of a typology's are none of them: misspelled, or of a list of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from cutline.errors import Place
from cutline.typologies.document import Document

EXPRESSIONS = ("when", "unless", "steps", "strength", "value", "reason")
"""Keys under which a tag can be asked for."""

KNOWN_TAGS = (
    *("sanctioned", "frozen", "fraud", "stolen", "hot_spot"),
    *("exchange", "custodial", "mixer", "bridge", "pool", "merchant", "payroll", "landlord"),
    *("call_center", "courier", "campus", "tour_operator", "official_channel"),
    *("verified_employer", "verified_venue", "verified_issuer"),
)
"""What the well-known lists say, and those that end a path of money."""

_ASKED = re.compile(r"\btag\(\s*[a-z_]+\s*,\s*'([^'\n]*)'")


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that is no fault and may be a slip: where, what was found, and what may have been meant."""

    place: Place
    found: str
    meant: str

    def __str__(self) -> str:
        return f"{self.place}: {self.found}; {self.meant}"


def find_hints(document: Document) -> list[Hint]:
    """Give a hint for each tag of a checked typology that no known list says, in the order of the text.

    Such a condition is never true until a list of one's own brings the word, and nothing else would tell.
    """
    texts = [node for key in EXPRESSIONS if key in document.nodes for node in _texts(document.nodes[key])]
    hints = [
        Hint(scope.at(match.start(1) - 1), f"no known list says '{match[1]}'", _meant(match[1]))
        for scope in map(document.scope, texts)
        for match in _ASKED.finditer(scope.text)
        if match[1] not in KNOWN_TAGS
    ]
    return sorted(hints, key=lambda hint: (hint.place.line, hint.place.column))


def _meant(name: str) -> str:
    near = get_close_matches(name.casefold().replace("-", "_").replace(" ", "_"), KNOWN_TAGS, 1)
    own = "it is never true unless a list of your own says it"
    return f"did you mean '{near[0]}'? Else {own}" if near else f"{own}; known: {', '.join(sorted(KNOWN_TAGS))}"


def _texts(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _texts(item)
    elif isinstance(node, yaml.MappingNode):
        for _, item in node.value:
            yield from _texts(item)
