"""What belongs to somebody, told by ties: the own tools, and those that hang on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cutline.graph.index import KIND_NAMES
from cutline.risk import LINKS, Ranking
from cutline.risk.association.people import same_person

Bools = NDArray[np.bool_]
CROWD = 5
"""Of more persons than this a tool is nobody's own: a gang's desk or box is no lifeline of each who is tied to it (D)."""

CARD = frozenset({"carries", "caller_card", "callee_card"})
"""What ties a number to the card that carries it: for a step they are one."""


@dataclass(frozen=True, slots=True)
class _Ties:
    """All ties that make two entities one person's, each in both directions (int32 codes)."""

    here: NDArray[np.int32]
    there: NDArray[np.int32]
    card: Bools

    def beside(self, marked: Bools, chosen: Bools) -> Bools:
        """Mark what some of the ties connect with something marked."""
        out = np.zeros(len(marked), np.bool_)
        out[self.there[chosen & marked[self.here]]] = True
        return out


def belongings(ranking: Ranking, people: Collection[int]) -> dict[int, bool]:
    """Give what belongs to some persons: tool → whether it is tied to one of them, and not only to a tool of theirs.

    Two steps: the own tools, then what is registered with them, in them, or carries them; a number and its card are one step.
    Nothing is reached through a tool of more than `CROWD` persons, nor what more than so many reach.
    """
    if not people:
        return {}
    kinds, size = ranking.index.kinds, len(ranking.index)
    person = kinds == KIND_NAMES.index("person")
    ties = _ties(ranking)
    theirs = np.zeros(size, np.bool_)
    theirs[list(people)] = True
    tool = ~person[ties.there]
    direct, reached = _crowds(ranking, ties, person)
    own = ties.beside(theirs, tool)
    first = own | ties.beside(own, tool & ties.card)
    second = ties.beside(first & (direct <= CROWD), tool & ~person[ties.here]) & (reached <= CROWD)
    second |= ties.beside(second, tool & ties.card)
    return {code: bool(first[code]) for code in np.flatnonzero(first | second).tolist()}


def _ties(ranking: Ranking) -> _Ties:
    identity = np.array([link.identity for link in LINKS])
    card = np.array([link.name in CARD for link in LINKS])
    links = ranking.links.take(identity[ranking.links.kind])
    here, there = np.concatenate((links.a, links.b)), np.concatenate((links.b, links.a))
    return _Ties(here, there, np.tile(card[links.kind], 2))


def _crowds(ranking: Ranking, ties: _Ties, person: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the persons tied to every entity, and those that its neighbours tie to it too; a phone nobody holds is somebody's.

    A handset on a desk says nothing of whose everything on it is: what a neighbour that is a device ties is not counted.
    """
    kinds, size = ranking.index.kinds, len(ranking.index)
    who = same_person(ranking.index)
    held = person[ties.there] & ~person[ties.here]
    holder = _matrix(ties.here[held], who[ties.there[held]], size)
    direct = np.diff(holder.indptr)
    lost = np.flatnonzero((kinds == KIND_NAMES.index("phone")) & (direct == 0))
    known = holder + _matrix(lost, lost, size)
    each = known + _matrix(ties.here[ties.card], ties.there[ties.card], size) @ known  # a card is its number's holder's
    near = ~person[ties.here] & ~person[ties.there] & (kinds[ties.there] != KIND_NAMES.index("device"))
    reached = holder + _matrix(ties.here[near], ties.there[near], size) @ each
    return direct.astype(np.int64), np.diff(reached.indptr).astype(np.int64)


def _matrix(row: NDArray[np.integer], column: NDArray[np.integer], size: int) -> csr_array:
    return csr_array((np.ones(len(row), np.int32), (row, column)), shape=(size, size))
