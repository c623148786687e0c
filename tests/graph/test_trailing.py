import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.trailing import averaged, counted, different, history_of, one_before, pause, trailing

SECOND = 1_000_000
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 4)), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([1, 5, 100]), st.booleans())
def test_measures_are_those_of_a_slow_look_back(rows, seconds, mirrored):
    rows = sorted(rows, key=lambda r: r[1])
    group, t, other = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    history = history_of(group, t * SECOND, mirrored)
    span = trailing(history, seconds * SECOND)
    sign = -1 if mirrored else 1
    for i in range(len(rows)):
        key = [(sign * t[j], sign * j) for j in range(len(rows))]
        inside = [j for j in range(len(rows)) if group[j] == group[i] and key[j] <= key[i] and sign * (t[i] - t[j]) < seconds]
        assert counted(history, span)[i] == len(inside)
        assert different(history, span, other)[i] == len(set(other[inside]))
        assert np.isclose(averaged(history, span, other)[i], other[inside].mean())


def test_what_was_before_is_of_the_same_group():
    group, t = np.array([0, 1, 0, 1]), np.arange(4) * SECOND
    history = history_of(group, t)
    assert np.array_equal(one_before(history, np.array([5.0, 6, 7, 8])), [np.nan, np.nan, 5, 6], equal_nan=True)
    assert np.array_equal(pause(history, trailing(history)), [np.nan, np.nan, 2, 2], equal_nan=True)
