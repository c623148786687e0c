"""Looking entities up among ids in their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.evidence import Citation
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


def test_what_findings_rest_on_is_known_by_rows_whether_one_source_told_of_them_or_several():
    def told(row: int, source: str) -> Citation:
        return Citation("transfers", source, f"event-{row}", source, row)

    def cite(_: str, rows: np.ndarray) -> list[Citation]:  # even rows were told by two banks
        return [one for row in rows.tolist() for one in [told(row, "a"), *([] if row % 2 else [told(row, "b")])]]

    index = Index(pa.array([], pa.large_string()), np.zeros(0, np.uint8), {}, cite)
    cited = index.rest_on("transfers", np.array([1, 3])) + index.rest_on("transfers", np.array([4, 7]))
    assert [index.row_of(one) for one in cited] == [1, 3, 4, 4, 7]
    assert index.row_of(told(9, "a")) == -1
