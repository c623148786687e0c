"""Looking entities up among ids in their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.index import Index, stretches

names = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), unique=True, max_size=300)


@settings(deadline=None)
@given(names, st.lists(st.text(max_size=3), max_size=5))
def test_a_code_is_the_place_of_an_id_among_all(known, asked):
    ordered = sorted(known, key=str.encode)
    index = Index(pa.array(ordered, pa.large_string()), np.zeros(len(ordered), np.uint8), {}, lambda *_: [])
    assert [index.code(name) for name in ordered] == list(range(len(ordered)))
    for name in asked:
        assert index.code(name) == (ordered.index(name) if name in ordered else -1)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))))
def test_stretches_are_their_positions_one_after_another(parts):
    begin, count = (np.array([part[k] for part in parts], np.int64) for k in (0, 1))
    assert stretches(begin, count).tolist() == [low + k for low, many in parts for k in range(many)]
