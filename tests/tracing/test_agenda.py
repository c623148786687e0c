"""The agenda of a search: a set of ranks that is gone through from the lowest, and which ranks need a look."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cutline.tracing.agenda import BLOCK, NONE_DUE, empty_agenda, next_due, put_on, rank_of, rows_around, steps_of


@given(st.sets(st.integers(0, 20_000), max_size=60), st.lists(st.integers(0, 20_100), max_size=30))
def test_next_is_the_lowest_rank_that_is_not_before(ranks, asked):
    agenda = empty_agenda(20_001)
    for rank in ranks:
        put_on(agenda, rank)
    for rank in [*asked, *ranks, 0]:
        assert next_due(agenda, rank) == min((one for one in ranks if one >= rank), default=NONE_DUE)


@st.composite
def shuffled(draw):
    """Ranks of rows that are shuffled within some spans, read forward or from the end."""
    size = draw(st.integers(1, 400))
    rank = np.arange(size, dtype=np.int32)
    for _ in range(draw(st.integers(0, 4))):
        low = draw(st.integers(0, size - 1))
        span = slice(low, low + draw(st.integers(1, 90)))
        rank[span] = np.random.default_rng(draw(st.integers(0, 9))).permutation(rank[span])
    return rank if draw(st.booleans()) else (size - 1 - rank).astype(np.int32)


@given(shuffled())
def test_ranks_are_looked_up_only_where_rows_stand_in_another_order(rank):
    in_step = steps_of(rank)
    assert [rank_of(rank, in_step, row) for row in range(len(rank))] == rank.tolist()
    plain = np.arange(len(rank)) if rank[0] <= rank[-1] else np.arange(len(rank))[::-1]
    for block in range(len(in_step)):
        mine = plain[block << BLOCK : (block + 1) << BLOCK]
        assert in_step[block] == (rank[mine] == np.arange(len(mine)) + (block << BLOCK)).all()


@given(shuffled(), st.data())
def test_rows_around_a_rank_are_whole_and_in_order(rank, data):
    now = data.draw(st.integers(0, len(rank) - 1))
    low, rows = rows_around(rank, now, bool(rank[0] <= rank[-1]))
    assert low <= now < low + len(rows)
    assert rank[rows].tolist() == list(range(low, low + len(rows)))
