"""How guilt passes between neighbours: two hops, damped at hubs, never back to where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.risk.links import LINKS, Links

MOST = 0.95
"""No single neighbour passes on more than this."""

LEAST = 1e-4
"""A pair whose best link passes less than this share of guilt is left out: the shop that everybody pays."""


@dataclass(frozen=True, slots=True)
class Messages:
    """What each neighbour said to each entity, in the order of the receiver: `begin[v]:begin[v + 1]` are those to `v`."""

    sender: NDArray[np.int32]
    link: NDArray[np.uint8]
    amount: NDArray[np.float64]
    begin: NDArray[np.int64]
    total: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Directed pairs, each with its strongest link; `back` is the position of the reverse arc, -1 where there is none."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    link: NDArray[np.uint8]
    back: NDArray[np.int64]


def spread(
    links: Links,
    seed: NDArray[np.float64],
    decay: float,
    shared: Mapping[tuple[int, int], float],
    resist: NDArray[np.float64],
    told: NDArray[np.int64],
) -> Messages:
    """Pass guilt along the links, twice.

    What an entity hears from several neighbours adds up as independent evidence, 1 − Π(1 − m). In the second hop a neighbour
    passes on what it heard itself, less `decay`, but not what it heard from the receiver. `shared[u, v]` is the share of u's
    own evidence that v's findings already count; `resist` lowers what reaches an entity (1: nothing passes). `told`: the links
    that say nothing beside a finding of the receiver (`told_links`).
    """
    arcs = _arcs(links, len(seed), seed, told)
    own = seed[arcs.source] * (1.0 - _already_told(arcs, shared, len(seed)))
    first = np.minimum(MOST, own * arcs.weight)
    heard = -np.log1p(-first)
    total = np.bincount(arcs.target, heard, minlength=len(seed))
    echo = np.where(arcs.back >= 0, heard[arcs.back], 0.0)
    passed_on = decay * -np.expm1(-np.maximum(0.0, total[arcs.source] - echo))
    final = np.minimum(MOST, arcs.weight * (1.0 - (1.0 - own) * (1.0 - passed_on)) * (1.0 - resist[arcs.target]))
    order = np.lexsort((arcs.source, arcs.target))
    order = order[final[order] > 0]
    counts = np.bincount(arcs.target[order], minlength=len(seed))
    whole = -np.expm1(-np.bincount(arcs.target[order], -np.log1p(-final[order]), minlength=len(seed)))
    begin = np.concatenate(([0], np.cumsum(counts)))
    return Messages(arcs.source[order].astype(np.int32), arcs.link[order], final[order], begin, whole)


def _arcs(links: Links, size: int, seed: NDArray[np.float64], told: NDArray[np.int64]) -> _Arcs:
    near = seed > 0
    close = near.copy()
    touching = near[links.a] | near[links.b]
    close[links.a[touching]] = True
    close[links.b[touching]] = True
    links = links.take(close[links.a] | close[links.b])
    to_b, to_a = (np.array([getattr(link, side) for link in LINKS])[links.kind] for side in ("to_b", "to_a"))
    damped = links.rarity() * links.share
    source = np.concatenate((links.a, links.b)).astype(np.int64)
    target = np.concatenate((links.b, links.a)).astype(np.int64)
    weight = np.concatenate((to_b * damped, to_a * damped))
    link = np.concatenate((links.kind, links.kind))
    kept = np.flatnonzero(weight >= LEAST)
    if len(told):
        name = (source[kept] * size + target[kept]) * len(LINKS) + link[kept]
        kept = kept[told[np.minimum(np.searchsorted(told, name), len(told) - 1)] != name]
    key = source[kept] * size + target[kept]
    order = np.lexsort((link[kept], -weight[kept], key))
    best = order[np.concatenate(([True], np.diff(key[order]) != 0))] if len(order) else order
    chosen, key = kept[best], key[best]
    reverse = target[chosen] * size + source[chosen]
    back = np.minimum(np.searchsorted(key, reverse), max(0, len(key) - 1))
    back = np.where(key[back] == reverse, back, -1) if len(key) else back
    return _Arcs(source[chosen], target[chosen], weight[chosen], link[chosen], back)


def _already_told(arcs: _Arcs, shared: Mapping[tuple[int, int], float], size: int) -> NDArray[np.float64]:
    told = np.zeros(len(arcs.source))
    if shared and len(told):
        keys = arcs.source * size + arcs.target
        wanted = np.array([one * size + other for one, other in shared], np.int64)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = keys[at] == wanted
        told[at[hit]] = np.fromiter(shared.values(), np.float64, len(shared))[hit]
    return told
