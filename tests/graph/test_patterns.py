"""Pattern kernels against their definitions, written as slowly and plainly as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.patterns import LONGEST, Ends, Found, Graph, Search, lay_out
from cutline.graph.patterns_fan import degrees, fan_in, fan_out, gather_scatter
from cutline.graph.patterns_path import CHAIN, CYCLE, PEEL, chain, cycle, cycles, path_rows, peel
from cutline.graph.patterns_scatter import scatter_gather, scatter_gather_rows


@dataclass(frozen=True)
class Edge:
    row: int
    t: int
    a: int
    b: int
    amount: int
    kind: int


SERVICE = 5
"""The node that serves everybody."""

Edges = list[Edge]
worlds = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(0, 5), st.integers(1, 6), st.integers(0, 1)),
    min_size=1,
    max_size=22,
).map(lambda rows: [Edge(k, *row) for k, row in enumerate(sorted(rows, key=lambda r: r[0]))])
searches = st.builds(
    Search,
    window_us=st.integers(1, 14),
    within_us=st.sampled_from([0, 0, 2, 5]),
    keeping=st.sampled_from([0.0, 0.0, 0.5, 0.8, 1.0]),
    budget=st.just(100_000),
    crowd=st.sampled_from([0, 0, 1, 3]),
)


def graph_of(edges: Edges) -> Graph:
    columns = {name: np.array([getattr(e, name) for e in edges]) for name in ("t", "a", "b", "amount", "kind")}
    ends = Ends(columns["t"].astype(np.int64), columns["a"].astype(np.int32) * 3, columns["b"].astype(np.int32) * 3)
    serves = np.arange(100) == SERVICE * 3
    return lay_out(ends, columns["amount"].astype(np.int64), columns["kind"].astype(np.int32), serves)


def alike(one: Edge, other: Edge, keeping: float) -> bool:
    small, large = sorted((one.amount, other.amount))
    return keeping == 0 or (one.kind == other.kind and small >= keeping * large * (1 - 1e-9))


def in_window(edges: Edges, last: Edge, search: Search) -> Edges:
    return [e for e in edges if e.row <= last.row and e.t > last.t - search.window_us]


def paths(edges: Edges, path: Edges, search: Search, fits: Callable[[Edge, Edge], bool]) -> Iterator[Edges]:
    """Every way back from a row over different nodes; the caller says when a path is closed."""
    yield path
    later = path[-1]
    if len(path) == LONGEST or (len(path) > 1 and is_crowded(edges, path[0], later.a, search)):
        return
    for e in in_window(edges, path[0], search):
        held = later.t - e.t
        if e.b != later.a or held <= 0 or (search.within_us and held > search.within_us) or not fits(e, later):
            continue
        if e.a in {p.a for p in path} or (e.a == path[0].b):
            if e.a == path[0].b and e.a not in {p.a for p in path}:
                yield [*path, e]
            continue
        yield from paths(edges, [*path, e], search, fits)


def is_crowded(edges: Edges, last: Edge, node: int, search: Search) -> bool:
    reached = [e for e in in_window(edges, last, search) if e.b == node and e.t < last.t]
    return search.crowd > 0 and (len(reached) > search.crowd or node == SERVICE)


def is_closed(path: Edges) -> bool:
    return len(path) > 1 and path[-1].a == path[0].b


def closing(edges: Edges, last: Edge, search: Search) -> list[Edges]:
    found = paths(edges, [last], search, lambda a, b: alike(a, b, search.keeping))
    return [p for p in found if is_closed(p)] if last.a != last.b else []


def longest_chain(edges: Edges, last: Edge, search: Search) -> int:
    found = paths(edges, [last], search, lambda a, b: alike(a, b, search.keeping))
    return max(len(p) for p in found if not is_closed(p))


def peels(edges: Edges, last: Edge, search: Search) -> int:
    def fits(came: Edge, went: Edge) -> bool:
        rest = came.amount - went.amount
        return (
            came.kind == went.kind
            and rest > 0
            and alike(came, went, search.keeping)
            and any(
                e.a == went.a
                and e.b not in (went.b, came.a)
                and e.row <= last.row
                and e.t > came.t
                and not (search.within_us and e.t - came.t > search.within_us)
                and e.kind == came.kind
                and e.amount <= rest
                for e in edges
            )
        )

    return max(len(p) for p in paths(edges, [last], search, fits) if not is_closed(p)) - 1


def scattered(edges: Edges, last: Edge, search: Search) -> int:
    seen = in_window(edges, last, search)
    best = 0
    for source in {e.a for e in seen if e.b == last.a and e.t < last.t} - {last.b, SERVICE}:
        middlemen = set()
        for middle in {e.a for e in seen if e.b == last.b} - {last.b, SERVICE}:
            passed = [e for e in seen if e.a == middle and e.b == last.b][-1]
            for gave in seen:
                held = passed.t - gave.t
                fits = held > 0 and not (search.within_us and held > search.within_us)
                if (gave.a, gave.b) == (source, middle) and fits and gave.t < last.t and alike(gave, passed, search.keeping):
                    middlemen.add(middle)
        if last.a in middlemen:
            best = max(best, len(middlemen))
    return best


def gathered(edges: Edges, last: Edge, search: Search) -> int:
    came = [e for e in in_window(edges, last, search) if e.b == last.a and e.t < last.t]
    if not came:
        return 0
    went = {e.b for e in edges if e.a == last.a and e.row <= last.row and e.t > came[0].t}
    return min(len({e.a for e in came}), len(went))


def values(found: Found) -> list[int]:
    assert not found.truncated.any()
    return [int(v) for v in found.value]


@settings(deadline=None)
@given(edges=worlds, search=searches)
def test_fans_count_different_others_in_the_window(edges: Edges, search: Search) -> None:
    graph, at = graph_of(edges), np.arange(len(edges))
    seen = [in_window(edges, e, search) for e in edges]
    assert values(fan_in(graph, at, search)) == [len({o.a for o in s if o.b == e.b}) for e, s in zip(edges, seen, strict=True)]
    assert values(fan_out(graph, at, search)) == [len({o.b for o in s if o.a == e.a}) for e, s in zip(edges, seen, strict=True)]
    into, out = degrees(graph, at, search.window_us)
    assert into.tolist() == [sum(o.b == e.b for o in s) for e, s in zip(edges, seen, strict=True)]
    assert out.tolist() == [sum(o.a == e.a for o in s) for e, s in zip(edges, seen, strict=True)]
    assert values(gather_scatter(graph, at, search)) == [gathered(edges, e, search) for e in edges]


@settings(deadline=None)
@given(edges=worlds, search=searches)
def test_cycles_are_closed_by_strictly_later_rows_over_different_nodes(edges: Edges, search: Search) -> None:
    graph, at = graph_of(edges), np.arange(len(edges))
    wanted = [closing(edges, e, search) for e in edges]
    assert values(cycle(graph, at, search)) == [max(map(len, w), default=0) for w in wanted]
    plain = search.keeping == 0 and search.within_us == 0
    ways = [{tuple(e.a if plain else e.row for e in path) for path in w} for w in wanted]
    assert values(cycles(graph, at, search)) == [len(w) for w in ways]
    for k, row in enumerate(values(cycle(graph, at, search))):
        told = path_rows(graph, k, search, CYCLE).tolist()
        assert [edges[r] for r in reversed(told)] in wanted[k] if row else not told


@settings(deadline=None)
@given(edges=worlds, search=searches)
def test_chains_and_peels_go_on_from_holder_to_holder(edges: Edges, search: Search) -> None:
    graph, at = graph_of(edges), np.arange(len(edges))
    assert values(chain(graph, at, search)) == [longest_chain(edges, e, search) for e in edges]
    assert values(peel(graph, at, search)) == [peels(edges, e, search) for e in edges]
    for k in range(len(edges)):
        for shape in (CHAIN, PEEL):
            told = path_rows(graph, k, search, shape).tolist()
            assert told[-1] == k
            assert all(edges[a].b == edges[b].a and edges[a].t < edges[b].t for a, b in pairwise(told))


@settings(deadline=None)
@given(edges=worlds, search=searches)
def test_what_is_scattered_and_gathered_has_passed_through_middlemen(edges: Edges, search: Search) -> None:
    graph, at = graph_of(edges), np.arange(len(edges))
    wanted = [scattered(edges, e, search) for e in edges]
    assert values(scatter_gather(graph, at, search)) == wanted
    for k, found in enumerate(wanted):
        assert len(scatter_gather_rows(graph, k, search)) == 2 * found


@settings(deadline=None)
@given(edges=worlds, search=searches, at=st.lists(st.integers(0, 21), max_size=6))
def test_an_anchor_alone_says_the_same_as_among_others(edges: Edges, search: Search, at: list[int]) -> None:
    graph = graph_of(edges)
    chosen = np.array([k for k in at if k < len(edges)], np.int64)
    for measure in (fan_in, fan_out, gather_scatter, scatter_gather, cycle, cycles, chain, peel):
        whole = measure(graph, np.arange(len(edges)), search).value
        assert measure(graph, chosen, search).value.tolist() == whole[chosen].tolist()


@pytest.mark.parametrize("measure", [cycle, chain, scatter_gather])
def test_a_budget_ends_a_search_and_says_so(measure: Callable[[Graph, np.ndarray, Search], Found]) -> None:
    edges = [Edge(k, k, k % 7, (k * 3 + 1) % 7, 5, 0) for k in range(300)]
    graph, at = graph_of(edges), np.arange(300)
    short = measure(graph, at, Search(250, budget=40))
    full = measure(graph, at, Search(250, budget=1_000_000))
    assert short.truncated.any()
    assert not full.truncated.any()
    assert (short.value <= full.value).all()


@pytest.mark.parametrize("measure", [fan_in, fan_out, gather_scatter])
def test_windows_that_move_once_need_no_budget(measure: Callable[[Graph, np.ndarray, Search], Found]) -> None:
    edges = [Edge(k, k, k % 7, (k * 3 + 1) % 7, 5, 0) for k in range(300)]
    graph, at = graph_of(edges), np.arange(300)
    assert values(measure(graph, at, Search(250, budget=1))) == values(measure(graph, at, Search(250, budget=1_000_000)))
