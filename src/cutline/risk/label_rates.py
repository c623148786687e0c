"""How often what shares something with a case was fraud: rates of decided labels in a group, near in time, never its own.

A case never hears its own label, nor those of its own part: trees that learned from such a rate would learn to read the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from cutline.model.kernels import kernel


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a case may hear of others' labels.

    fade_us  time in which a label's weight falls to 1/e; 0: never
    later    whether labels of later cases count (a closed collection is judged at once) or only earlier ones (as of each case)
    prior    the rate that is believed of an unknown group, and `weight`: with how many cases' weight
    """

    fade_us: float = 0.0
    later: bool = False
    prior: float = 0.0
    weight: float = 2.0


@dataclass(frozen=True, slots=True)
class Cases:
    """Labels (1 fraud, 0 not, -1 unknown) and the part of each case, from 0; cases that are only asked have the part -1."""

    labels: NDArray[np.int8]
    parts: NDArray[np.int64]


class Company(NamedTuple):
    """Cases by what they share: group g has `order[start[g]:start[g + 1]]` in time order, `t_us` are their times."""

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    t_us: NDArray[np.int64]


def label_rates(company: Company, cases: Cases, hearing: Hearing) -> NDArray[np.float64]:
    """Give for each case the shrunken rate and the log weight of the labels it hears in its group: float64 (cases, 2).

    Cases of one instant stand in their order. O(cases × parts).
    """
    heard = np.zeros((len(company.order), 2))
    parts = (cases.labels, cases.parts)
    _hear(company, parts, hearing.fade_us, False, heard)
    if hearing.later:
        _hear(company, parts, hearing.fade_us, True, heard)
    return _shrunken(heard, hearing)


def neighbour_rates(weights: csr_matrix, cases: Cases, hearing: Hearing) -> NDArray[np.float64]:
    """Give for each case the shrunken rate and the log weight of what its neighbours' labels say: float64 (cases, 2).

    `weights[case, neighbour]` says how much a neighbour counts. Labels of a case's own part are not heard. O(parts × pairs).
    """
    heard = np.zeros((len(cases.labels), 2))
    for part in range(-1, int(cases.parts.max(initial=-1)) + 1):
        ours = cases.parts == part
        told = cases.labels >= 0 if part < 0 else (cases.labels >= 0) & ~ours
        heard[ours] = np.stack([weights @ (told & (cases.labels == label)).astype(float) for label in (0, 1)], 1)[ours]
    return _shrunken(heard, hearing)


def _shrunken(heard: NDArray[np.float64], hearing: Hearing) -> NDArray[np.float64]:
    weight = heard.sum(axis=1)
    return np.stack([(heard[:, 1] + hearing.weight * hearing.prior) / (weight + hearing.weight), np.log1p(weight)], axis=1)


@kernel
def _hear(company: Any, cases: Any, fade: float, backward: bool, heard: Any) -> None:
    order, start, t_us = company
    labels, parts = cases
    count = parts.max() + 2
    held = np.zeros((count, 2))
    for g in range(len(start) - 1):
        held[:] = 0.0
        last = 0
        for k in range(start[g], start[g + 1]):
            at = start[g] + start[g + 1] - 1 - k if backward else k
            row = order[at]
            if fade > 0.0 and k > start[g]:
                held *= np.exp(-abs(t_us[at] - last) / fade)
            last = t_us[at]
            for p in range(count):
                if p != parts[row] + 1 or p == 0:
                    heard[row, 0] += held[p, 0]
                    heard[row, 1] += held[p, 1]
            if labels[row] >= 0:
                held[parts[row] + 1, labels[row]] += 1.0
