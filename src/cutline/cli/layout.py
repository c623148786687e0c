"""Where words may be broken: not in the columns of a table, which else is told row by row; in a sentence, at blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len

BETWEEN = 3
"""Cells between two columns: a line and a space on either side."""

PROSE = 40
"""A column with texts longer than this holds sentences."""

PROSE_LEAST = 30
"""Below this width sentences fall apart into single words."""

WORD_MOST = 44
"""Longer words, such as paths and hashes, may be broken: a table cannot wait for them."""

IDEOGRAPHS_LEAST = 12

LINE_MOST, INDENT = 78, 4
"""How long a line of text may be, and the blanks that it may begin with."""

CHINESE, STOPS = "[\u2e80-\u9fff\uf900-\uffef]", "\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f"

PIECES = re.compile(f"{CHINESE}[{STOPS}]* ?|(?:(?!{CHINESE})[^ ])+ ?| ")
"""What is not broken: a word, or a Chinese character with the stops behind it, each with the blank that follows."""


def widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Share `room` cells out among columns; None where some word would have to be broken.

    The first column is never folded: an id that is broken over two lines cannot be copied.
    """
    texts = [[name, *(row[at] for row in rows)] for at, name in enumerate(columns)]
    natural = [max(cell_len(line) for text in column for line in (text.splitlines() or [""])) for column in texts]
    least = [natural[0], *(_least(column, wide) for column, wide in zip(texts[1:], natural[1:], strict=True))]
    spare = room - sum(least) - BETWEEN * (len(columns) - 1)
    if spare < 0:
        return None
    shared = list(least)
    wishes = sorted(range(len(columns)), key=lambda k: (natural[k] - least[k], k))  # narrow wishes first: most come true
    for place, at in enumerate(wishes):
        given = min(spare // (len(wishes) - place), natural[at] - least[at])  # and what is wide shares what is left
        shared[at] += given
        spare -= given
    return shared


def _least(column: Sequence[str], natural: int) -> int:
    word = max((_unbroken(word) for text in column for word in text.split()), default=0)
    return max(word, min(natural, PROSE_LEAST) if natural > PROSE else 0)


def _unbroken(word: str) -> int:
    """Give the cells that a word needs in one piece; ideographs may be parted anywhere."""
    return min(cell_len(word), WORD_MOST if word.isascii() else IDEOGRAPHS_LEAST)


def lines(words: str) -> list[str]:
    """Break words at blanks, and Chinese between its characters, but not before a stop; a character is two columns wide."""
    broken, width = [""], 0
    for piece in PIECES.findall(words):
        size = sum(2 if ord(letter) > 0x2E80 else 1 for letter in piece if letter.isprintable())
        if broken[-1] and width + size > LINE_MOST - INDENT:
            broken[-1] = broken[-1].rstrip()
            broken.append("")
            width = 0
        broken[-1] += piece
        width += size
    return [line.rstrip() for line in broken]
