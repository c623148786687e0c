"""What posts say, for rooms that read no lexicon: rings screen for coercion by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import Index
from cutline.rings import SCREENING_WORDS
from cutline.typologies.wording import lexicons, said


def posts_saying(index: Index) -> dict[str, NDArray[np.bool_]]:
    """Say which posts say the words of each lexicon that coercion is screened by: its name → boolean over the rows."""
    posts = index.tables.get("posts")
    if posts is None or not len(posts):
        return {}
    found = {}
    for name in SCREENING_WORDS:
        lexicon = lexicons()[name]
        read = [(posts.columns[column], posts.texts[column]) for column in lexicon.reads if column in posts.texts]
        if read:
            found[name] = np.asarray(said(lexicon, read) == 1)
    return found
