"""Who may belong to a ring: entities with findings of their own; and what only holds them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cutline.graph.index import KIND_NAMES
from cutline.model.entities import INTERMEDIATE
from cutline.rings.config import RingConfig
from cutline.risk import LINKS, Links, Ranking, gather_contacts

NEVER_MEMBERS = ("ip", "cell", "place", "item", "subscriber", INTERMEDIATE)
"""Kinds that may hold a ring together but are nobody's tool; a SIM card stands under the number that it carries."""

PRIVATE = ("person", "phone", "account", "ecny_wallet", "handle")
"""Kinds that are one person's own."""

RARE = 0.2
"""Rarity from which a tie of identity is taken at its word: an agent's phone on a thousand registrations is not theirs."""

MARKET = 3
"""Times the usual number of neighbours, both as payer and as payee, from which an entity is a market place (D)."""

_IDENTITY = np.array([link.identity for link in LINKS])
_GLUE = np.array([link.glue for link in LINKS])
_REACH = np.array([link.reach for link in LINKS], np.float64)
_PAYMENT = next(k for k, link in enumerate(LINKS) if link.name == "payment")
_TOLD = next(k for k, link in enumerate(LINKS) if link.name == "mentions")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boolean arrays over the entities: `member` ⊂ `node`; a node that is no member only holds others together."""

    member: NDArray[np.bool_]
    node: NDArray[np.bool_]


def choose(ranking: Ranking, config: RingConfig) -> Candidates:
    """Choose who may belong: whoever has findings of their own. Victims who reported never join.

    An owner, a phone or a device of suspects has such a finding through them (`risk.association`), or has no place in a ring.
    """
    seed = (ranking.own > 0) & (ranking.score >= config.seed)
    protected = ~seed & ((ranking.context.victim > 0) | (ranking.warning > 0))
    organisation = ranking.index.kinds == KIND_NAMES.index("organisation")
    barred = protected | _of_kinds(ranking, NEVER_MEMBERS) | (organisation & ~seed)
    member = seed & ~barred
    return Candidates(member, member | _shared_things(ranking, member) | _private_things(ranking, member) & ~protected)


def _of_kinds(ranking: Ranking, kinds: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.isin(ranking.index.kinds, [KIND_NAMES.index(kind) for kind in kinds])


def _shared_things(ranking: Ranking, member: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Devices, cards, numbers and IP addresses that two members share, and reports that name both, hold them together.

    The employer's name in an advert does not: anybody writes what name he likes.
    """
    links = ranking.links.take(member[ranking.links.a] ^ member[ranking.links.b])
    outside = np.where(member[links.a], links.b, links.a)
    times = np.bincount(outside, minlength=len(member))
    told = np.bincount(outside[links.kind == _TOLD], minlength=len(member))
    named = (told >= 2) & ~_of_kinds(ranking, ("organisation",))
    return np.asarray(((times >= 2) & _of_kinds(ranking, ("ip", "device", "subscriber", "phone"))) | named)


def _private_things(ranking: Ranking, member: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Numbers, accounts and tokens that are a member's own, though nothing is found on them.

    The operator knows a person by one token and the bank by another: the number with which the account is registered is both
    tokens' own. On their own phones a gang's people talk to each other, too.
    """
    own = _of_kinds(ranking, PRIVATE)
    links = ranking.links.take(_IDENTITY[ranking.links.kind])
    links = links.take(links.rarity() >= RARE)
    out = np.zeros(len(member), np.bool_)
    for one, other in ((links.a, links.b), (links.b, links.a)):
        out[other[member[one] & own[one]]] = True
    return out & own


def same_hand(size: int, a: NDArray[np.int64], b: NDArray[np.int64], links: Links) -> NDArray[np.int64]:
    """Number the hands: a person and what is theirs is one, so that no division can cut a card from its owner.

    `a`, `b` are the ends of `links` as positions below `size`. A tie through a hub does not make two entities one.
    """
    held = _IDENTITY[links.kind] & (links.rarity() >= RARE)
    graph = coo_matrix((np.ones(int(held.sum())), (a[held], b[held])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def hands_of(links: Links, codes: Sequence[int]) -> list[tuple[int, ...]]:
    """Divide some entities into hands: those tied directly as one person's stand together, in ascending order."""
    chosen = np.asarray(sorted(codes), np.int64)
    if not len(chosen):
        return []
    wanted = np.zeros(max(int(links.a.max(initial=0)), int(links.b.max(initial=0)), int(chosen[-1])) + 1, np.bool_)
    wanted[chosen] = True
    links = links.take(wanted[links.a] & wanted[links.b])
    hands = same_hand(len(chosen), np.searchsorted(chosen, links.a), np.searchsorted(chosen, links.b), links)
    order = np.argsort(hands, kind="stable")
    return [tuple(chosen[part].tolist()) for part in np.split(order, np.flatnonzero(np.diff(hands[order])) + 1)]


def weigh_links(ranking: Ranking, chosen: Candidates) -> tuple[Links, NDArray[np.float64]]:
    """Give the links between nodes, with how strongly each holds.

    A link counts by its kind, by its rows (one call says less than twenty), and by rarity: at each end, the usual number of
    neighbours over all its neighbours. Where most of them are suspects, a hub is the gang's own and counts for more, but less
    than what two alone share: a dealer, a desk or who pays the fares may serve several gangs. Payments of a market place hold
    nothing together.
    """
    contacts = gather_contacts(ranking.index, chosen.node)
    links, contacts = (part.take(chosen.node[part.a] & chosen.node[part.b]) for part in (ranking.links, contacts))
    links = links.with_more(contacts)
    strength = np.minimum(1.0, 0.4 + 0.2 * np.log1p(links.rows))
    rarity = np.minimum(
        _rarity(links, links.a, links.degree_a, len(chosen.node)), _rarity(links, links.b, links.degree_b, len(chosen.node))
    )
    paid = links.kind == _PAYMENT
    market = _markets(ranking.links.of("payment"), links.take(paid), len(chosen.node))
    return links, _GLUE[links.kind] * strength * rarity * ~(paid & (market[links.a] | market[links.b]))


def _markets(whole: Links, near: Links, size: int) -> NDArray[np.bool_]:
    """Say who pays many and is paid by many, most of them strangers: a pool or an exchange ties nobody to anybody.

    `whole` are all payments, `near` those between nodes.
    """
    dealt, suspects = np.zeros((2, size)), np.zeros(size)
    dealt[0, whole.a], dealt[1, whole.b] = whole.degree_a, whole.degree_b
    for end in (near.a, near.b):
        suspects += np.bincount(end, minlength=size)
    return np.asarray((dealt.min(axis=0) > MARKET * LINKS[_PAYMENT].reach) & (suspects < dealt.sum(axis=0) / 2), np.bool_)


def _rarity(links: Links, end: NDArray[np.int32], degree: NDArray[np.int32], size: int) -> NDArray[np.float64]:
    key = links.kind.astype(np.int64) * size + end
    _, group, counts = np.unique(key, return_inverse=True, return_counts=True)
    usual, suspects = _REACH[links.kind], counts[group]
    return np.asarray(np.minimum(1.0, np.maximum(usual, np.sqrt(usual * suspects)) / degree))
