"""What a typology needs beside its rules before anybody may rely on it: four stories, its source's mark, both languages."""

from __future__ import annotations

import re

import yaml

from cutline.typologies.document import Document
from cutline.typologies.stories import DEFAULTS, EXPECTED

MARKS = ("law", "secondary", "general knowledge", "ours")
"""Where a number comes from: read in the law's text, told by others, known in general, or our own, to be calibrated."""

_MARKED = re.compile(rf"\b({'|'.join(MARKS)})\b")
_MEASURED = re.compile(r"\{[^{}]*\}")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def check_complete(document: Document) -> None:
    """Refuse a typology that compiles and is not finished, at the place. Raises TypologyError.

    Names such as USDT may stand in a Chinese text: it is Chinese as long as most of its letters are.
    """
    _check_stories(document)
    source = document.nodes["source"]
    if not _MARKED.search(document.text("source")):
        marks = ", ".join(MARKS)
        raise document.meaning(source, "no mark of where the numbers come from", f"one of {marks}, as in '48 h: secondary'")
    for key in ("title", "reason", "advice"):
        if key in document.nodes:
            _check_languages(document, key)


def _check_stories(document: Document) -> None:
    tests = document.nodes["tests"]
    stories = {str(key.value): body for key, body in tests.value}
    lacking = [name for name in EXPECTED if name not in stories]
    if lacking:
        told = f"no story {', '.join(repr(name) for name in lacking)}"
        raise document.meaning(tests, told, f"the four stories {', '.join(EXPECTED)}, and others")
    for name, body in stories.items():
        expect = _value(body, "expect")
        if expect is not None and name in EXPECTED and expect.value != EXPECTED[name]:
            raise document.meaning(expect, f"'{expect.value}' for the story '{name}'", f"{EXPECTED[name]}, or no 'expect'")
        if expect is None and name not in (*EXPECTED, DEFAULTS):
            raise document.meaning(body, f"no end for the story '{name}'", "expect: hit, clear or not_assessable")


def _check_languages(document: Document, key: str) -> None:
    document.label(key)
    for language, node in document.both(key).items():
        words = _MEASURED.sub("", str(node.value))
        han, latin = len(_HAN.findall(words)), len(_LATIN.findall(words))
        if language == "zh" and (not han or latin > han):
            raise document.meaning(node, f"no Chinese in '{key}'", "the text as an investigator would sign it in Chinese")
        if language == "en" and han > latin:
            raise document.meaning(node, f"no English in '{key}'", "the text as an investigator would sign it in English")


def _value(body: yaml.Node, name: str) -> yaml.Node | None:
    return next((value for key, value in body.value if key.value == name), None) if isinstance(body, yaml.MappingNode) else None
