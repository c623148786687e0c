"""What posts and reports say, for rooms that read no lexicon: rings screen for coercion by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import Index
from cutline.rings import SCREENING_WORDS
from cutline.typologies.wording import lexicons


def rows_saying(index: Index) -> dict[str, NDArray[np.bool_]]:
    """Say which rows say the words of each lexicon that coercion is screened by: its name → boolean over its table.

    A text is read once, however many rows repeat it; a lexicon whose table or texts were not delivered is left out.
    """
    found = {}
    for name, (table, *columns) in SCREENING_WORDS.items():
        rows = index.tables.get(table)
        if rows is None or not len(rows):
            continue
        read = [(rows.columns[column], rows.texts[column]) for column in columns if column in rows.texts]
        if read:
            found[name] = np.logical_or.reduce([np.append(lexicons()[name].said_in(texts), False)[at] for at, texts in read])
    return found
