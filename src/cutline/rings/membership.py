"""Why each member belongs to its ring, in numbers and in words without names."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import Label
from cutline.risk import LINKS, Links, Ranking

KINDS_SHOWN = 3


def belonging(links: Links, weight: NDArray[np.float64], ring_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give for every entity the share of its links' weight, among all candidates, that stays inside its ring."""
    size = len(ring_of)
    inside = np.where((ring_of[links.a] >= 0) & (ring_of[links.a] == ring_of[links.b]), weight, 0.0)
    total = np.bincount(links.a, weight, minlength=size) + np.bincount(links.b, weight, minlength=size)
    kept = np.bincount(links.a, inside, minlength=size) + np.bincount(links.b, inside, minlength=size)
    return np.asarray(np.round(kept / np.where(total > 0, total, 1.0), 6))


def explain(ranking: Ranking, links: Links, ring_of: NDArray[np.int64]) -> dict[int, tuple[str, str]]:
    """Say for every member why it belongs, in both languages: its own findings, and its ties to others, by kind of tie.

    A device or an address that holds a ring together without being a member counts among those others.
    """
    ties: dict[int, dict[Label, set[int]]] = {int(code): {} for code in np.flatnonzero(ring_of >= 0)}
    near = links.take((ring_of[links.a] == ring_of[links.b]) | (ring_of[links.a] < 0) | (ring_of[links.b] < 0))
    for a, b, kind in zip(near.a.tolist(), near.b.tolist(), near.kind.tolist(), strict=True):
        for one, other in ((a, b), (b, a)):
            if one in ties:
                ties[one].setdefault(LINKS[kind].label, set()).add(other)
    return {code: _because(len(ranking.evidence.accusing.get(code, ())), kinds) for code, kinds in ties.items()}


def _because(findings: int, ties: Mapping[Label, Set[int]]) -> tuple[str, str]:
    strongest = sorted(ties.items(), key=lambda item: (-len(item[1]), item[0]))[:KINDS_SHOWN]
    en = [f"{findings} finding{'s' if findings > 1 else ''} of its own"] if findings else []
    zh = [f"自身有{findings}项发现"] if findings else []
    en += [f"tied to {len(others)} here through {label.en}" for label, others in strongest]
    zh += [f"通过{label.zh}与此处{len(others)}个对象关联" for label, others in strongest]
    return "; ".join(en), "；".join(zh)
