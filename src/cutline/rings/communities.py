"""Communities of a weighted graph, found the same way every time whatever the entities are called."""

from __future__ import annotations

from dataclasses import dataclass

import networkit as nk
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

ROUNDS = 4
ALONE = 4
"""Nodes of the smaller community from which a link through one node alone joins nothing: a launderer serves several gangs."""

GRID = 1024
"""Weights are counted in such parts of one, whose sums are exact: what rounding alone decides is moved to and fro for ever."""

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Web:
    """An undirected weighted graph: nodes 0 … n−1 with a colour each, and pairs a < b, each once."""

    colour: NDArray[np.uint64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    weight: NDArray[np.float64]


def communities(web: Web, resolution: float, join: float, seed: int) -> NDArray[np.int64]:
    """Number every node's community from 0, by ParallelLeiden on one thread with a fixed seed.

    Each connected component is divided by itself, so that what happens in one gang cannot move another. Modularity cuts a gang
    that stands alone into its cells; communities are joined again where at least `join` of what holds the smaller one (all its
    links' weight, inner ones twice) leads to the other. Nodes are presented in an order that follows from graph and colours.
    Source: Traag, Waltman, van Eck 2019 (Leiden); networkit's ParallelLeiden.
    """
    n = len(web.colour)
    matrix = coo_matrix((web.weight, (web.a, web.b)), shape=(n, n))
    count, component = connected_components(matrix, directed=False)
    place = _canonical_order(web)
    labels = np.zeros(n, np.int64)
    inside = np.argsort(component[web.a], kind="stable")
    edge_begin = np.searchsorted(component[web.a][inside], np.arange(count + 1))
    by_place = np.lexsort((place, component))
    node_begin = np.searchsorted(component[by_place], np.arange(count + 1))
    following = 0
    for k in range(count):
        nodes = by_place[node_begin[k] : node_begin[k + 1]]
        edges = inside[edge_begin[k] : edge_begin[k + 1]]
        found = _divide(nodes, web, edges, resolution, seed)
        labels[nodes] = following + found
        following += int(found.max()) + 1
    return _join(labels, web, join)


def let_go(labels: NDArray[np.int64], web: Web, least: float) -> NDArray[np.int64]:
    """Let every node stand alone that its community holds by less than `least`: whom a cold caller rang is no accomplice yet.

    `labels` gives every node's community from 0; those let go are numbered after them, in the order of their nodes.
    """
    inside = labels[web.a] == labels[web.b]
    held = np.zeros(len(labels))
    for end in (web.a[inside], web.b[inside]):
        held += np.bincount(end, web.weight[inside], minlength=len(labels))
    loose = (np.round(held, 9) < least) & (np.bincount(labels)[labels] > 1)
    return np.where(loose, int(labels.max(initial=-1)) + np.cumsum(loose), labels)


def _join(labels: NDArray[np.int64], web: Web, least: float) -> NDArray[np.int64]:
    """Join communities that are each other's closest, round by round, until none is close enough.

    What one node alone carries does not count: gangs share a launderer or a supplier and stay two.
    """
    count = int(labels.max()) + 1 if len(labels) else 0
    while True:
        a, b = labels[web.a], labels[web.b]
        volume = np.bincount(a, web.weight, minlength=count) + np.bincount(b, web.weight, minlength=count)
        apart = a != b
        key, group = np.unique(np.minimum(a, b)[apart] * count + np.maximum(a, b)[apart], return_inverse=True)
        one, other = key // max(1, count), key % max(1, count)
        between = np.bincount(group, web.weight[apart], minlength=len(key))
        several = np.minimum(*(np.bincount(labels, minlength=count)[end] for end in (one, other))) >= ALONE
        between = np.where(several, between - _through_one(web, apart, group, len(key)), between)
        close = np.round(between / np.minimum(volume[one], volume[other]), 9)
        order = np.lexsort((other, one, -close))
        order = order[close[order] >= least]
        if not len(order):
            return labels
        first = np.full(count, len(key))
        np.minimum.at(first, one[order], np.arange(len(order)))
        np.minimum.at(first, other[order], np.arange(len(order)))
        mutual = np.flatnonzero((first[one[order]] == np.arange(len(order))) & (first[other[order]] == np.arange(len(order))))
        into = np.arange(count)
        into[other[order[mutual]]] = one[order[mutual]]
        labels = into[labels]


def _through_one(web: Web, apart: NDArray[np.bool_], group: NDArray[np.int64], pairs: int) -> NDArray[np.float64]:
    """What the busiest single node carries of all that holds each pair of communities together."""
    node = np.concatenate((web.a[apart], web.b[apart]))
    key, where = np.unique(np.concatenate((group, group)) * len(web.colour) + node, return_inverse=True)
    carried = np.bincount(where, np.tile(web.weight[apart], 2), minlength=len(key))
    out = np.zeros(pairs)
    np.maximum.at(out, key // max(1, len(web.colour)), carried)
    return out


def _divide(nodes: NDArray[np.int64], web: Web, edges: NDArray[np.int64], resolution: float, seed: int) -> NDArray[np.int64]:
    if len(nodes) < 4:
        return np.zeros(len(nodes), np.int64)
    ordered = np.argsort(nodes)
    a, b = (_position(nodes, ordered, end[edges]) for end in (web.a, web.b))
    a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))
    nk.setNumberOfThreads(1)
    nk.setSeed(seed, False)
    weight = np.maximum(1.0, np.round(web.weight[edges][order] * GRID)) / GRID
    graph = nk.GraphFromCoo((weight, (a[order], b[order])), n=len(nodes), weighted=True)
    algorithm = nk.community.ParallelLeiden(graph, randomize=False, iterations=10, gamma=resolution)
    algorithm.run()
    _, first, labels = np.unique(algorithm.getPartition().getVector(), return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[labels], np.int64)


def _position(nodes: NDArray[np.int64], ordered: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(ordered[np.searchsorted(nodes[ordered], wanted)], np.int64)


def _canonical_order(web: Web) -> NDArray[np.int64]:
    """Give every node its place by colour refinement (Weisfeiler and Leman 1968); only true twins fall back on their codes."""
    colour = web.colour.copy()
    coarse = np.round(web.weight * 1e6).astype(np.uint64)
    with np.errstate(over="ignore"):
        for _ in range(ROUNDS):
            heard = np.zeros(len(colour), np.uint64)
            np.add.at(heard, web.a, _scramble(colour[web.b] + coarse))
            np.add.at(heard, web.b, _scramble(colour[web.a] + coarse))
            colour = _scramble(colour * np.uint64(3) + heard)
    order = np.argsort(colour, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


def _scramble(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of a number (splitmix64's finaliser)."""
    value = (value + _MIX) & np.uint64(0xFFFFFFFFFFFFFFFF)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
