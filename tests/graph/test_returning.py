import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.patterns import Ends, lay_out
from cutline.graph.returning import returning

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=25)


def _slowly(pairs, home, steps):
    out = {}
    for a, b in set(pairs):
        if a != b:
            out.setdefault(a, set()).add(b)

    def walk(at, left):
        others = out.get(at, ())
        if not others:
            return 0.0
        ends = sum(1.0 for b in others if b == home) if left == 1 else sum(walk(b, left - 1) for b in others if b != home)
        return ends / len(others)

    return walk(home, steps)


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_the_chance_to_come_home_is_that_of_a_slow_walk(pairs):
    source, target = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    graph = lay_out(Ends(np.arange(len(pairs)), source, target))
    told = returning(graph.out, graph.into)
    for number, node in enumerate(np.unique(np.concatenate([source, target])).tolist()):
        assert np.allclose(told[number], [_slowly(pairs, node, steps) for steps in (2, 3, 4)])


def test_a_budget_that_ends_says_unknown():
    graph = lay_out(Ends(np.arange(3), np.array([0, 1, 2], np.int32), np.array([1, 2, 0], np.int32)))
    assert np.isnan(returning(graph.out, graph.into, budget=0)).all()
    assert np.allclose(returning(graph.out, graph.into), [[0, 1, 0]] * 3)
