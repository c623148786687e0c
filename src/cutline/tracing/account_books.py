"""Books, numbered: one for each (account, asset) that occurs, with what passed through it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.model.kernels import kernel

ROOM = 8
"""Keys (entity × assets + asset) for each row up to which marking all of them is cheaper than sorting those that occur."""


class Sides(NamedTuple):
    """By row: payer, payee and asset as in the index, and which rows a ledger keeps; how many assets there are."""

    payer: NDArray[np.int32]
    payee: NDArray[np.int32]
    asset: NDArray[np.int32]
    kept: NDArray[np.bool_]
    assets: int


def number_books(
    sides: Sides, entities: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Number books in the order of entity, then asset: (payer, payee) by row, −1 not kept; (entity, asset) by book.

    Memory beside the answer: 5 bytes for each possible book.
    """
    space = entities * sides.assets
    if space > ROOM * len(sides.kept) + 1_000_000:
        return _sorted_books(sides)
    present = np.zeros(space, np.bool_)
    for side in (sides.payer, sides.payee):
        _mark(present, side, sides)
    keys = np.flatnonzero(present)
    number = np.cumsum(present, dtype=np.int32)
    entity, asset = (keys // sides.assets).astype(np.int32), (keys % sides.assets).astype(np.int32)
    return _numbered(number, sides.payer, sides), _numbered(number, sides.payee, sides), entity, asset


def _sorted_books(sides: Sides) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    kept = sides.kept
    keys = [np.where(kept, side.astype(np.int64) * sides.assets + sides.asset, 0) for side in (sides.payer, sides.payee)]
    held = distinct(np.concatenate([one[kept] for one in keys]))
    payer, payee = (np.searchsorted(held, one).astype(np.int32) for one in keys)
    payer[~kept], payee[~kept] = -1, -1
    return payer, payee, (held // sides.assets).astype(np.int32), (held % sides.assets).astype(np.int32)


@kernel
def _mark(present: NDArray[np.bool_], side: NDArray[np.int32], sides: Sides) -> None:
    asset, kept, assets = sides.asset, sides.kept, sides.assets
    for row in range(len(side)):
        if kept[row]:
            present[np.int64(side[row]) * assets + asset[row]] = True


@kernel
def _numbered(number: NDArray[np.int32], side: NDArray[np.int32], sides: Sides) -> NDArray[np.int32]:
    asset, kept, assets = sides.asset, sides.kept, sides.assets
    book = np.empty(len(side), np.int32)
    for row in range(len(side)):
        book[row] = number[np.int64(side[row]) * assets + asset[row]] - 1 if kept[row] else -1
    return book


@kernel
def add_up(book: NDArray[np.int32], amount: NDArray[np.int64], books: int) -> NDArray[np.float64]:
    """Add up, by book, what one side of its transfers moved, as floats: to know how wide sums become."""
    total = np.zeros(books, np.float64)
    for row in range(len(book)):
        if book[row] >= 0:
            total[book[row]] += np.float64(amount[row])
    return total
