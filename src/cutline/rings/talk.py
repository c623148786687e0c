"""Whom a community talked to: people whom one gang called away belong to it, though no tool of theirs ties them to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.risk import LINKS, Ranking

LEAST = 5
"""Contacts from which one community's talk with another's people says something (D)."""

BEYOND = 1.5
"""How many times more they must be than the calls that it makes to everybody, and by chance never (D)."""

CHANCE = 1e-6

SHARE = 0.6
"""Share of all that suspects talked to those people beyond what they do to everybody (D)."""

_IDENTITY = np.array([link.identity for link in LINKS])


def join_spoken(label: NDArray[np.int64], ranking: Ranking) -> NDArray[np.int64]:
    """Join a community to the larger one that talked to its people far more than it talks to anybody.

    `label` gives the community of every entity, −1 for none. What counts are contacts to phones and handles that belong to
    members but are no members: a gang calls its recruits on their own phones.
    """
    contacts = ranking.index.tables.get("contacts")
    count = int(label.max()) + 1 if len(label) else 0
    if contacts is None or not len(contacts) or not count:
        return label
    of = _private(label, ranking)
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero((source >= 0) & (target >= 0))
    rows = rows[(label[source[rows]] >= 0) & (label[target[rows]] < 0)]
    speaker, listener = label[source[rows]], of[target[rows]]
    spoken = np.bincount(speaker, minlength=count)
    reached = max(1, len(np.unique(target[rows])))
    things = np.bincount(of[(of >= 0) & (label < 0)], minlength=count)
    between = (listener >= 0) & (listener != speaker)
    key, times = np.unique(listener[between] * count + speaker[between], return_counts=True)
    one, other = key // count, key % count
    expected = spoken[other] * things[one] / reached
    beyond = np.maximum(0.0, times - expected)
    heard, size = np.bincount(one, beyond, minlength=count), np.bincount(label[label >= 0], minlength=count)
    close = (times >= LEAST) & (times >= BEYOND * expected) & (beyond >= SHARE * heard[one])
    close &= (size[one] < size[other]) & (gammainc(times, np.maximum(expected, 1e-12)) <= CHANCE)
    into = np.arange(count)
    into[one[close]] = other[close]
    while (into[into] != into).any():
        into = into[into]
    return np.where(label >= 0, into[label], -1)


def _private(label: NDArray[np.int64], ranking: Ranking) -> NDArray[np.int64]:
    """Which community's people a thing belongs to: through its owner, or the number it is registered with; −1 if several."""
    of, links = label.copy(), ranking.links.take(_IDENTITY[ranking.links.kind])
    for _ in range(2):
        one, other = np.concatenate((links.a, links.b)), np.concatenate((links.b, links.a))
        give = (of[one] >= 0) & (of[other] == -1)
        least, most = np.full(len(of), np.iinfo(np.int64).max), np.full(len(of), -1)
        np.minimum.at(least, other[give], of[one[give]])
        np.maximum.at(most, other[give], of[one[give]])
        of = np.where((of == -1) & (most >= 0), np.where(least == most, most, -2), of)
    return of
