"""How likely money that leaves an account comes back to it by any short way: the chance of a closed walk, in any order of time.

A walk leaves along pairs (who ever paid whom), each next holder with equal chance, and is counted where it first comes home. By
chance alone that is about in-degree ÷ all pairs; in a ring that passes money round it is many times more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Side
from cutline.model.kernels import inner, kernel

STEPS = (2, 3, 4)


def returning(out: Side, into: Side, budget: int = 200_000) -> NDArray[np.float64]:
    """Give the chance to be home after exactly 2, 3 and 4 steps: float64 (nodes, 3).

    Two steps forward meet two steps back: O(pairs within two steps) a node, at most `budget` of them; beyond, NaN.
    """
    nodes = len(out.start) - 1
    found = np.full((nodes, len(STEPS)), np.nan)
    _walk(_distinct_pairs(out), _distinct_pairs(into), budget, found)
    return found


def _distinct_pairs(side: Side) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    nodes = len(side.start) - 1
    key = np.repeat(np.arange(nodes, dtype=np.int64), np.diff(side.start)) * nodes + side.entries["other"]
    key.sort()
    key = key[np.append(True, key[1:] != key[:-1])] if len(key) else key
    key = key[key // max(nodes, 1) != key % max(nodes, 1)]
    counts = np.bincount(key // max(nodes, 1), minlength=nodes)
    return np.concatenate(([0], np.cumsum(counts))), (key % max(nodes, 1)).astype(np.int32)


@kernel
def _walk(out: Any, into: Any, budget: int, found: Any) -> None:
    start, others = out
    nodes = len(start) - 1
    notes = np.zeros(nodes), np.empty(nodes, np.int32)
    for home in range(nodes):
        if _work(out, home) + _work(into, home) > budget:
            continue
        found[home] = 0.0
        count = _two_forward(start, others, home, found, notes)
        _two_back(start, into, home, found, notes[0])
        for k in range(count):
            notes[0][notes[1][k]] = 0.0


@inner
def _work(pairs: Any, home: int) -> int:
    start, others = pairs
    work = 0
    for k in range(start[home], start[home + 1]):
        work += start[others[k] + 1] - start[others[k]]
    return work


@inner
def _two_forward(start: Any, others: Any, home: int, found: Any, notes: Any) -> int:
    """Write down the chance to be at each holder after two steps that did not come home, and who they are."""
    far, touched = notes
    count = 0
    for k in range(start[home], start[home + 1]):
        a = others[k]
        share = 1.0 / (start[home + 1] - start[home]) / max(1, start[a + 1] - start[a])
        for j in range(start[a], start[a + 1]):
            b = others[j]
            if b == home:
                found[home, 0] += share
                continue
            if far[b] == 0.0:
                touched[count] = b
                count += 1
            far[b] += share
    return count


@inner
def _two_back(start: Any, into: Any, home: int, found: Any, far: Any) -> None:
    """From home one and two steps back: where the ways forward are met, they are closed."""
    back, payers = into
    for k in range(back[home], back[home + 1]):
        d = payers[k]
        last = 1.0 / (start[d + 1] - start[d])
        found[home, 1] += far[d] * last
        for j in range(back[d], back[d + 1]):
            c = payers[j]
            if c != home:
                found[home, 2] += far[c] / (start[c + 1] - start[c]) * last
