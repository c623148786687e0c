"""What texts say, by small declared lists of words: offers of work and of gain that frauds are made of.

A lexicon is data (`lexicon/*.yaml`): words in both languages, where they were read, and which columns they are looked for in.
`says_<lexicon>` is then a condition on a row. There is no lexicon of opinions, and none is accepted: every one names the kind
of fraud it serves, and the list of those kinds is closed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray

from cutline.errors import Place, TypologyMeaningError
from cutline.model.entities import Label

FRAUDS = ("job", "investment", "virtual_world", "contrary")
"""What a lexicon may serve: a kind of fraud, or what speaks against one."""

_KEYS = {"id", "title", "serves", "reads", "source", "words"}
_READABLE = ("title", "text", "attributes")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words that mean one thing. `pattern` matches folded text; it is an alternation of plain words, linear in the text."""

    id: str
    title: Label
    serves: str
    reads: tuple[str, ...]
    source: str
    pattern: str

    def said_in(self, texts: pa.Array) -> NDArray[np.bool_]:
        """Tell for each of some distinct texts whether it says one of the words. Nulls say nothing."""
        if not len(texts):
            return np.empty(0, np.bool_)
        folded = pc.utf8_lower(pc.utf8_normalize(texts.cast(pa.large_string()), form="NFKC"))
        found = pc.fill_null(pc.match_substring_regex(folded, self.pattern), False)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


@cache
def lexicons() -> dict[str, Lexicon]:
    """Give the shipped lexicons by name. Raises TypologyMeaningError where one is not what it should be."""
    folder = Path(str(files("cutline.typologies").joinpath("lexicon")))
    return {path.stem: read_lexicon(path) for path in sorted(folder.glob("*.yaml"))}


def read_lexicon(path: Path) -> Lexicon:
    """Read and check one lexicon."""
    plain: Any = yaml.safe_load(path.read_text("utf-8"))
    given = set(plain) if isinstance(plain, dict) else set()
    _expect(path, given == _KEYS, f"the keys {', '.join(sorted(given)) or 'none'}", f"exactly {', '.join(sorted(_KEYS))}")
    _expect(path, plain["id"] == path.stem, f"the id '{plain['id']}'", f"the file's name, '{path.stem}'")
    _expect(path, plain["serves"] in FRAUDS, f"'{plain['serves']}'", f"one of: {', '.join(FRAUDS)}; opinions are not screened")
    _expect(path, set(plain["reads"]) <= set(_READABLE), f"{plain['reads']}", f"columns of {', '.join(_READABLE)}")
    both = set(plain["title"]) == set(plain["words"]) == {"en", "zh"}
    _expect(path, both, "one language", "title and words in en and zh")
    words = [_fold(str(word)) for language in ("en", "zh") for word in plain["words"][language]]
    _expect(path, bool(words) and all(len(word) > 1 for word in words), "a word of one letter, or none", "words of two or more")
    return Lexicon(
        id=path.stem,
        title=Label(str(plain["title"]["en"]), str(plain["title"]["zh"])),
        serves=str(plain["serves"]),
        reads=tuple(plain["reads"]),
        source=str(plain["source"]),
        pattern="|".join(_pattern(word) for word in sorted(set(words))),
    )


def said(lexicon: Lexicon, columns: list[tuple[NDArray[np.int32], pa.Array]]) -> NDArray[np.int8]:
    """Tell row by row whether one of the columns says it: 1, 0, or -1 where none does and one of them is not known.

    Each column is (codes of its rows, -1 unknown; distinct texts): a text is read once, however many rows repeat it.
    """
    rows = len(columns[0][0]) if columns else 0
    yes, unknown = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for codes, texts in columns:
        yes |= np.append(lexicon.said_in(texts), False)[codes]
        unknown |= codes < 0
    return np.where(yes, 1, np.where(unknown, -1, 0)).astype(np.int8)


def _expect(path: Path, right: bool, found: str, expected: str) -> None:
    if not right:
        raise TypologyMeaningError(Place(path.name, 1, 1), found, expected)


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word).lower().strip()


def _pattern(word: str) -> str:
    escaped = re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", word).replace(" ", r"\s+")
    head, tail = (r"\b" if _LATIN.match(end) else "" for end in (word[0], word[-1]))
    return f"{head}{escaped}{tail}"
