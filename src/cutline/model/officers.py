"""Who acts: two spellings of one officer's name are one officer, so that nobody approves what they prepared."""

from __future__ import annotations

import re
import unicodedata

UNSEEN = ("C", "Z")
"""Kinds of characters that do not tell two names apart: marks of format and control that nobody sees, and blanks."""

LOOK_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u043a\u043c\u0442\u043d\u0432"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c5\u03c4\u0131\u0251\u0261\u04cf",
    "aeopcyxijshdkmtnbaopvikutiagl",
)
"""Cyrillic, Greek and other small letters that are read as Latin ones (ours; Unicode's list of confusables is longer)."""


FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters and marks by their kind that nobody sees either (Unicode: default ignorable)."""


def same_officer(one: str, other: str) -> bool:
    """Say whether two names are one officer's: case, width, blanks, unseen marks and look-alike letters tell nobody apart."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        letter for letter in FILLERS.sub("", folded).translate(LOOK_LIKE) if unicodedata.category(letter)[0] not in UNSEEN
    )
