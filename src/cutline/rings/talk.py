"""Whom a community talked to: people whom one gang called away belong to it, though no tool of theirs ties them to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from cutline.model.index import NULL, distinct
from cutline.rings.sources import roots
from cutline.risk import LINKS, Ranking

LEAST = 3
"""Contacts from which one community's talk with another's people says something (D)."""

CHANCE = 1e-5
"""Probability from which so much talk is not what the community does to everybody (D)."""

SHARE = 0.6
"""Share of all that suspects talked to those people beyond what they do to everybody (D)."""

_IDENTITY = np.array([link.identity for link in LINKS])


def join_spoken(label: NDArray[np.int64], ranking: Ranking) -> NDArray[np.int64]:
    """Join a community some of whose people left the country to the one that talked to them far more than to others.

    `label` gives the community of every entity, −1 for none. What counts are contacts to phones and handles that belong to
    members but of which nothing is found, until they left: a gang calls its recruits on their own phones.
    """
    contacts = ranking.index.tables.get("contacts")
    count = int(label.max()) + 1 if len(label) else 0
    if contacts is None or not len(contacts) or not count:
        return label
    of = private(label, ranking)
    source, target = contacts.columns["source"], contacts.columns["target"]
    rows = np.flatnonzero((source >= 0) & (target >= 0))
    rows = rows[(label[source[rows]] >= 0) & (ranking.own[target[rows]] == 0)]
    speaker, listener, when = label[source[rows]], of[target[rows]], contacts.t_us[rows]
    called = distinct(target[rows])
    reached, things = max(1, len(called)), np.bincount(of[called[of[called] >= 0]], minlength=count)
    into = np.arange(count)
    for one, until in _left(ranking, of, count).items():
        before = int(np.searchsorted(when, until, "right"))
        times = np.bincount(speaker[:before][listener[:before] == one], minlength=count)
        expected = np.bincount(speaker[:before], minlength=count) * things[one] / reached
        beyond = np.maximum(0.0, times - expected)
        beyond[one] = 0.0
        best = int(beyond.argmax())
        certain = gammainc(max(1, times[best]), max(1e-12, expected[best])) <= CHANCE
        if certain and times[best] >= LEAST and beyond[best] >= SHARE * beyond.sum():
            into[one] = best
    return np.where(label >= 0, roots(into)[label], -1)


def _left(ranking: Ranking, of: NDArray[np.int64], count: int) -> dict[int, int]:
    """When the last of each community's people left the country; communities that nobody left are not in it."""
    moves, until = ranking.index.tables.get("movements"), np.full(count, NULL)
    if moves is not None and len(moves) and "direction" in moves.columns:
        rows = np.flatnonzero(moves.columns["direction"] == moves.category("direction", "out"))
        person = moves.columns["person"][rows]
        rows, person = rows[person >= 0], person[person >= 0]
        known = of[person] >= 0
        np.maximum.at(until, of[person[known]], moves.t_us[rows[known]])
    return {int(k): int(until[k]) for k in np.flatnonzero(until > NULL)}


def private(label: NDArray[np.int64], ranking: Ranking, steps: int = 2) -> NDArray[np.int64]:
    """Which community's people a thing belongs to: through its owner, or the number it is registered with; −2 if several."""
    of, links = label.copy(), ranking.links.take(_IDENTITY[ranking.links.kind])
    for _ in range(steps):
        one, other = np.concatenate((links.a, links.b)), np.concatenate((links.b, links.a))
        give = (of[one] >= 0) & (of[other] == -1)
        least, most = np.full(len(of), np.iinfo(np.int64).max), np.full(len(of), -1)
        np.minimum.at(least, other[give], of[one[give]])
        np.maximum.at(most, other[give], of[one[give]])
        of = np.where((of == -1) & (most >= 0), np.where(least == most, most, -2), of)
    return of
