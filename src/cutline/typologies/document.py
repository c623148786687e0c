"""A typology's YAML file, which still knows where each of its texts stands. Nothing in it is executed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from cutline.errors import Place, TypologyMeaningError, TypologySyntaxError
from cutline.model.entities import Flow, Label
from cutline.typologies.trees import Scope
from cutline.typologies.vocabulary import SUBJECTS, choices

REQUIRED = ("id", "title", "flow", "subject", "when", "reason", "basis", "source", "traps", "tests")
OPTIONAL = ("warning", "advice", "steps", "about", "on", "every", "unless", "hold", "strength", "value")

WORDS = ("id", "flow", "subject", "basis", "source", "warning", "about", "on", "every", "hold", "strength", "value")
"""Keys under which one text stands."""


@dataclass(frozen=True, slots=True)
class Document:
    """One typology as it was written: its nodes by key, each with its place.

    `version` hashes what decides the findings: everything but the tests, whatever the layout of the file.
    """

    path: Path
    nodes: dict[str, yaml.Node]
    version: str

    def place(self, node: yaml.Node) -> Place:
        """Give the place of a node's first character, inside quotes where there are any."""
        quoted = 1 if getattr(node, "style", None) in ("'", '"') else 0
        return Place(self.path.name, node.start_mark.line + 1, node.start_mark.column + 1 + quoted)

    def scope(self, node: yaml.Node) -> Scope:
        """Give the scope of a scalar that holds an expression."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.meaning(node, "a list or mapping", "one expression")
        one_line = node.start_mark.line == node.end_mark.line
        return Scope(self.place(node), str(node.value), one_line)

    def meaning(self, node: yaml.Node, found: str, expected: str) -> TypologyMeaningError:
        """Make the error for a node that means nothing here."""
        return TypologyMeaningError(self.place(node), found, expected)

    def text(self, key: str) -> str:
        """Give a key's text, empty where the key is not there."""
        return str(self.nodes[key].value) if key in self.nodes else ""

    def label(self, key: str) -> Label:
        """Give a text in both languages."""
        node = self.nodes[key]
        parts = self.both(key)
        for part in parts.values():
            if not isinstance(part, yaml.ScalarNode) or not part.value:
                raise self.meaning(part, f"an empty '{key}'", "a text")
        if set(parts) != {"en", "zh"}:
            raise self.meaning(node, f"'{key}' in {', '.join(parts) or 'no language'}", "{en: …, zh: …}")
        return Label(str(parts["en"].value), str(parts["zh"].value))

    def both(self, key: str) -> dict[str, yaml.Node]:
        """Give the nodes of a key that is written once for each language."""
        node = self.nodes[key]
        if not isinstance(node, yaml.MappingNode):
            raise self.meaning(node, f"'{key}' in one language", "{en: …, zh: …}")
        return {str(k.value): v for k, v in node.value}

    def plain(self, key: str) -> Any:
        """Give a key's content as plain lists, mappings and texts; None where the key is not there."""
        return plain(self.nodes[key]) if key in self.nodes else None


def read_document(path: Path) -> Document:
    """Read a typology's file. Raises TypologyError with the place where it is not a typology."""
    nodes = _compose(path)
    named = {str(k.value): v for k, v in nodes}
    document = Document(path, named, _version(named))
    for key, _ in nodes:
        if key.value not in (*REQUIRED, *OPTIONAL):
            raise document.meaning(key, f"the key '{key.value}'", choices(str(key.value), (*REQUIRED, *OPTIONAL)))
    for name in REQUIRED:
        if name not in document.nodes:
            raise TypologyMeaningError(Place(path.name, 1, 1), f"no '{name}'", f"the key '{name}'")
    _check_shapes(document)
    _check_words(document)
    return document


def _version(nodes: dict[str, yaml.Node]) -> str:
    meaning = {key: plain(node) for key, node in nodes.items() if key != "tests"}
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def plain(node: yaml.Node) -> Any:
    """Give a node's content without places; every scalar stays the text it was written as."""
    if isinstance(node, yaml.MappingNode):
        return {str(k.value): plain(v) for k, v in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(v) for v in node.value]
    return str(node.value)


def _compose(path: Path) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    try:
        root = _nodes(path, path.read_text("utf-8"))
    except OSError as fault:
        raise TypologySyntaxError(_place(path), f"the file cannot be read ({fault.strerror})", "a typology in YAML") from None
    except UnicodeDecodeError as fault:
        raise TypologySyntaxError(_place(path), f"byte {fault.start} is no UTF-8", "a text file in UTF-8") from None
    except yaml.MarkedYAMLError as fault:
        unclosed = "unexpected end of stream" in str(fault.problem)  # it began where the quote was opened
        mark = fault.context_mark if unclosed and fault.context_mark else fault.problem_mark
        raise TypologySyntaxError(_place(path, mark), str(fault.problem), "valid YAML") from None
    except ReaderError as fault:
        before = path.read_text("utf-8")[: fault.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        found = f"the character U+{fault.character:04X}"
        raise TypologySyntaxError(Place(path.name, line, column), found, "text without control characters") from None
    except (yaml.YAMLError, RecursionError) as fault:
        raise TypologySyntaxError(_place(path), str(fault).splitlines()[0], "valid YAML") from None
    if not isinstance(root, yaml.MappingNode):
        raise TypologySyntaxError(_place(path), "no mapping", "keys such as id, subject, when")
    _check_keys(path, root)
    return list(root.value)


def _nodes(path: Path, text: str) -> yaml.Node | None:
    """Parse by libyaml where it is there; what it refuses is read again by the slower parser, whose faults name the place."""
    try:
        return _compose_with(_FAST_LOADER, path, text)
    except yaml.YAMLError:
        return _compose_with(yaml.SafeLoader, path, text)


DEEPEST = 24
"""Lists and mappings inside each other: the stories of a typology need seven, and every walk over the nodes is recursive."""

_FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _compose_with(loader: Any, path: Path, text: str) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            found = f"lists and mappings nested more than {DEEPEST} deep"
            raise TypologySyntaxError(_place(path, event.start_mark), found, "fewer inside each other")
        if isinstance(event, yaml.AliasEvent):
            # References could make a small file endless once it is written out.
            raise TypologySyntaxError(
                _place(path, event.start_mark), f"the reference '*{event.anchor}'", "everything written out"
            )
    root: yaml.Node | None = yaml.compose(text, Loader=loader)
    return root


def _check_keys(path: Path, node: yaml.Node) -> None:
    """Refuse keys that are no words, and a second key of the same name, at any depth."""
    seen: set[str] = set()
    for item in node.value if isinstance(node, yaml.CollectionNode) else ():
        key, body = item if isinstance(node, yaml.MappingNode) else (None, item)
        if key is not None:
            if not isinstance(key, yaml.ScalarNode):
                raise TypologySyntaxError(_place(path, key.start_mark), "a list or mapping as a key", "a word")
            if key.value in seen:
                raise TypologySyntaxError(_place(path, key.start_mark), f"a second '{key.value}'", "each key once")
            seen.add(str(key.value))
        _check_keys(path, body)


def _place(path: Path, mark: Any = None) -> Place:
    return Place(path.name, mark.line + 1, mark.column + 1) if mark is not None else Place(path.name, 1, 1)


def _check_shapes(document: Document) -> None:
    for name in WORDS:
        node = document.nodes.get(name)
        if node is not None and not (isinstance(node, yaml.ScalarNode) and node.value.strip()):
            found = "a list or mapping" if isinstance(node, yaml.CollectionNode) else "nothing"
            raise document.meaning(node, f"{found} under '{name}'", "one text")
    traps, tests = document.nodes["traps"], document.nodes["tests"]
    if not isinstance(traps, yaml.SequenceNode) or not all(isinstance(trap, yaml.ScalarNode) for trap in traps.value):
        raise document.meaning(traps, "no list of texts under 'traps'", "a list of innocent look-alikes")
    for node in [tests, *(body for _, body in tests.value)] if isinstance(tests, yaml.MappingNode) else [tests]:
        if not isinstance(node, yaml.MappingNode):
            raise document.meaning(node, "no stories under 'tests'", "hit: {subject: …, rows: …} and others")


def _check_words(document: Document) -> None:
    subject, flow = document.nodes["subject"], document.nodes["flow"]
    if subject.value not in SUBJECTS:
        raise document.meaning(subject, f"the subject '{subject.value}'", choices(str(subject.value), SUBJECTS))
    if flow.value not in set(Flow):
        raise document.meaning(flow, f"the flow '{flow.value}'", choices(str(flow.value), list(Flow)))
    if document.text("id") != document.path.stem:
        raise document.meaning(
            document.nodes["id"], f"the id '{document.text('id')}'", f"the file's name, '{document.path.stem}'"
        )
    if document.text("warning") not in ("", "true", "false"):
        raise document.meaning(document.nodes["warning"], f"'{document.text('warning')}'", "true or false")
    if ("advice" in document.nodes) != (document.text("warning") == "true"):
        where = document.nodes.get("advice", document.nodes["id"])
        found = "advice without a warning" if "advice" in document.nodes else "a warning without 'advice'"
        raise document.meaning(where, found, "warning: true together with advice: {en: …, zh: …}, what to tell the person")
    if "advice" in document.nodes:
        document.label("advice")
