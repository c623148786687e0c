"""Who stands near whom in a graph of contacts: neighbours, and those who share neighbours; means over either.

Pairs are sparse matrices (scipy): memory is 12 bytes a pair. Whoever shares a neighbour is looked for through neighbours with
at most `most` neighbours of their own: a hot-line that everybody calls says nothing about who belongs together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Who reached whom, without repeats and without oneself.

    ties    (n, n), 1 where either reached the other
    sent, received   how many each reached, and was reached by
    """

    ties: csr_matrix
    sent: NDArray[np.float64]
    received: NDArray[np.float64]

    @property
    def degree(self) -> NDArray[np.float64]:
        """How many neighbours each has."""
        return np.asarray(self.ties.sum(axis=1), np.float64).ravel()


def neighbourhood(source: NDArray[np.int32], target: NDArray[np.int32], size: int) -> Neighbourhood:
    """Collapse contacts between dense codes into who knows whom."""
    usable = (source >= 0) & (target >= 0) & (source != target)
    reached = csr_matrix((np.ones(int(usable.sum())), (source[usable], target[usable])), (size, size))
    reached.data[:] = 1.0
    either = (reached + reached.T).tocsr()
    either.data[:] = 1.0
    return Neighbourhood(either, *(np.asarray(reached.sum(axis=axis), np.float64).ravel() for axis in (1, 0)))


def sharing(near: Neighbourhood, most: int = 2_000) -> csr_matrix:
    """Give how alike the company of two is: shared neighbours ÷ all neighbours of either, squared; nobody is alike himself."""
    degree = near.degree
    narrow = near.ties @ diags((degree <= most).astype(float))
    shared = (narrow @ near.ties).tocoo()
    apart = shared.row != shared.col
    row, col, both = shared.row[apart], shared.col[apart], shared.data[apart]
    return csr_matrix(((both / (degree[row] + degree[col] - both)) ** 2, (row, col)), near.ties.shape)


def means(weights: csr_matrix, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weighted mean of each column over everybody's neighbours; NaN for who has none. Unknown values do not count."""
    known = ~np.isnan(values)
    total, weight = weights @ np.where(known, values, 0.0), weights @ known.astype(float)
    return np.asarray(np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0))


def closure(near: Neighbourhood) -> NDArray[np.float64]:
    """Say how many of the pairs among everybody's neighbours know each other: 0 to 1; NaN below two neighbours."""
    degree = near.degree
    closed = np.asarray(near.ties.multiply(near.ties @ near.ties).sum(axis=1), np.float64).ravel()
    pairs = degree * (degree - 1)
    return np.asarray(np.divide(closed, pairs, out=np.full(len(degree), np.nan), where=pairs > 0))
