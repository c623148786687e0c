"""Where cards are worked: who sold cards into several boxes supplies those who keep them, and makes them no one hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cutline.graph.index import KIND_NAMES
from cutline.rings.candidates import RARE
from cutline.risk import LINKS, Links, Ranking

CARDS = 6
"""Numbers worked on devices that share cards, from which these are no one's handsets but a box (D)."""

OWNERS = 3
"""People whose cards a box works, from which it is not one of theirs (D)."""

SUPPLIED = 0.4
"""How strongly a card holds to its owner, where most of the owner's are worked elsewhere: about as a dealer's (D)."""

_IDENTITY = np.array([link.identity for link in LINKS])
_OPENED = next(k for k, link in enumerate(LINKS) if link.name == "activated_by")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def part_boxes(links: Links, weight: Floats, ranking: Ranking) -> tuple[Links, Floats]:
    """Let owners go from cards in another box than most of theirs: there they are suppliers, as a dealer is.

    Boxes are devices that never held the same card. `links` and their `weight` stand in the same order; what parts is no
    longer a tie of identity.
    """
    size = len(ranking.index)
    person, device, phone, sim = (
        ranking.index.kinds == KIND_NAMES.index(name) for name in ("person", "device", "phone", "subscriber")
    )
    card, mine = phone | sim, _IDENTITY[links.kind]
    box = _joined(links, mine & (card | device)[links.a] & (card | device)[links.b], size)
    crowded = _several(box, device, 1, size) & _several(box, phone, CARDS, size)
    loose = ~device & ~(card & crowded[box])
    whose = _joined(links, mine & (links.rarity() >= RARE) & loose[links.a] & loose[links.b], size)
    owns = np.flatnonzero(mine & ((person[links.a] & card[links.b]) | (card[links.a] & person[links.b])))
    owner, thing = (np.where(person[links.a[owns]] == first, links.a[owns], links.b[owns]) for first in (True, False))
    boxed = crowded[box[thing]]
    owns, owner, worked = owns[boxed], whose[owner[boxed]], box[thing[boxed]]
    cut = owns[_elsewhere(owner, worked, size)]
    kind, held = links.kind.copy(), weight.copy()
    kind[cut], held[cut] = _OPENED, SUPPLIED * weight[cut]
    return replace(links, kind=kind), held


def _joined(links: Links, chosen: Bools, size: int) -> Ints:
    graph = coo_matrix((np.ones(int(chosen.sum())), (links.a[chosen], links.b[chosen])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _several(group: Ints, chosen: Bools, least: int, size: int) -> Bools:
    return np.asarray(np.bincount(group[chosen], minlength=size) >= least, np.bool_)


def _elsewhere(owner: Ints, box: Ints, size: int) -> Bools:
    """Say which ties of an owner to a card are to another box than the one where most of the owner's cards are worked."""
    keys, tie, cards = np.unique(owner * max(1, size) + box, return_inverse=True, return_counts=True)
    one, at = keys // max(1, size), keys % max(1, size)
    owners, whole = np.bincount(at, minlength=size), np.bincount(box, minlength=size)
    order = np.lexsort((at, -whole[at], -owners[at], -cards, one))
    order = order[owners[at[order]] >= OWNERS]
    other = np.zeros(len(keys), np.bool_)
    other[order[1:][one[order[1:]] == one[order[:-1]]]] = True
    return np.asarray(other[tie], np.bool_)
