"""Which books a search has reached, numbered in that order: what a search remembers grows with the trail, not with the lake.

A table of open addressing, a power of two long: each entry holds a book in its upper half and, in the lower, its number + 1;
0 is free. It is kept at most half full.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner

FIRST_SIZE = 256
"""Entries of a table before it grows."""

SPREAD = 0x1E3779B97F4A7C15
"""An odd multiplier near 2⁶⁴ / 8 φ: neighbouring books lie far apart (Knuth, multiplicative hashing)."""


@inner
def slot(table: NDArray[np.int64], book: int) -> int:
    """Give where in the table a book stands that no other has pushed away."""
    return (book * SPREAD >> 24) & (len(table) - 1)


@inner
def find(table: NDArray[np.int64], book: int) -> int:
    """Give where in the table a book stands, or would stand."""
    mask, at = len(table) - 1, slot(table, book)
    while table[at] != 0 and (table[at] >> 32) != book:
        at = (at + 1) & mask
    return at


@inner
def entry(book: int, number: int) -> int:
    """Give what stands in the table for a book and its number."""
    return (book << 32) | (number + 1)


@inner
def number_at(table: NDArray[np.int64], at: int) -> int:
    """Give the number of the book at a place of the table, −1 where the place is free."""
    return int(table[at] & 0xFFFFFFFF) - 1


@inner
def with_room(table: NDArray[np.int64], held: int) -> NDArray[np.int64]:
    """Give a table with room for so many books: itself, or a larger one with the same entries."""
    size = len(table)
    while size < 2 * held:
        size *= 2
    if size == len(table):
        return table
    larger = np.zeros(size, np.int64)
    for one in table:
        if one != 0:
            larger[find(larger, one >> 32)] = one
    return larger
