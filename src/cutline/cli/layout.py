"""How wide the columns of a table may be, so that no word is broken: what does not fit is told row by row instead."""

from __future__ import annotations

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
