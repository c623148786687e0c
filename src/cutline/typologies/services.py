"""Who serves everybody: an exchange, a bridge, a pool. Their customers' money meets there and says nothing of their customers.

A list may know them; where none does, they are known by what they do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import Index
from cutline.risk.custody import keeps_for_many
from cutline.risk.statements import tagged

LISTED = ("exchange", "bridge", "pool")
"""What lists call those who serve everybody."""


def find_services(index: Index) -> NDArray[np.bool_]:
    """Say which entities serve everybody, by lists or by conduct (boolean over the entities)."""
    out = keeps_for_many(index)
    for tag in LISTED:
        out |= tagged(index, tag)
    return np.asarray(out)
