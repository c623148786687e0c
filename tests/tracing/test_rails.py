"""What is kept of the few rows that change rails says of every row what was said of all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cutline.tracing.joins import Joins
from cutline.tracing.rails import ALONE, Rails


@given(st.lists(st.tuples(st.sampled_from([ALONE, 0, 1, 7]), st.integers(1, 9)), max_size=40))
def test_every_row_has_the_partner_and_the_rivals_it_had(told):
    partner = np.array([one for one, _ in told], np.int32)
    competing = np.array([many if one != ALONE else 0 for one, many in told], np.int16)
    rails = Rails.of(Joins(partner, competing))
    assert len(rails.rows) == (partner != ALONE).sum()
    assert rails.partners(np.arange(len(told))).tolist() == partner.tolist()
    assert [rails.rivals(row) for row in range(len(told))] == competing.tolist()
    assert [rails.others(row) for row in range(len(told))] == [[int(one)] if one != ALONE else [] for one in partner]
