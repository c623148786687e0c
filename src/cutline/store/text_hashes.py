"""Hashes of many texts at once, the same on every machine and in every version."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import kernel


@kernel
def hash_each(begins: NDArray[np.int64], data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Hash texts that lie end to end (FNV-1a, Fowler, Noll and Vo; folded to 31 bits)."""
    found = np.empty(len(begins) - 1, np.int64)
    for k in range(len(found)):
        h = np.uint64(0xCBF29CE484222325)
        for at in range(begins[k], begins[k + 1]):
            h = (h ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
        found[k] = np.int64((h ^ (h >> np.uint64(32))) & np.uint64(0x7FFFFFFF))
    return found
