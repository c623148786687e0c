"""Who meets whom again and again, against the definition written plainly."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.co_movement import CROWD, Presence, company_of, meet, together

Row = tuple[int, int, int]
rows_of = st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 4), st.integers(-1, 3)), min_size=1, max_size=40).map(
    lambda rows: sorted(rows, key=lambda r: r[0])
)
A_DAY = 20


def presence_of(rows: list[Row]) -> Presence:
    t, who, place = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Presence(t, (t // A_DAY).astype(np.int32), who.astype(np.int32) * 7, place.astype(np.int32))


def occasions_of(rows: list[Row], within: int) -> list[tuple[int, frozenset[int], int]]:
    """Every (row, pair, place) that is the first meeting of the pair at the place that day."""
    found, seen = [], set()
    for i, (t, who, place) in enumerate(rows):
        near = [r for r in rows[:i] if r[2] == place and t - r[0] <= within]
        others = {r[1] for r in near if r[1] >= 0 and r[1] != who}
        if who < 0 or place < 0 or len(others) > CROWD:
            continue
        for other in sorted(others):
            occasion = (frozenset((who, other)), place, t // A_DAY)
            if occasion not in seen:
                seen.add(occasion)
                found.append((i, occasion[0], place))
    return found


@settings(deadline=None)
@given(rows=rows_of, within=st.integers(0, 8), window=st.integers(1, 50))
def test_the_best_company_is_the_one_met_on_most_occasions_so_far(rows: list[Row], within: int, window: int) -> None:
    presence = presence_of([(t, max(who, 0), place) for t, who, place in rows])
    known = occasions_of([(t, max(who, 0), place) for t, who, place in rows], within)
    occasions = meet(presence, within)
    at = np.lexsort((np.arange(len(rows)), presence.subject))
    told = dict(zip(at.tolist(), together(occasions, presence, at, window).tolist(), strict=True))
    for i, (t, raw, _) in enumerate(rows):
        who = max(raw, 0)
        met = [(j, next(iter(pair - {who}))) for j, pair, _ in known if who in pair and j <= i and rows[j][0] > t - window]
        most = max(Counter(other for _, other in met).values(), default=0)
        assert told[i] == most
        company, cited = company_of(occasions, presence, i, window)
        assert len(cited) == 2 * most
        assert company in ([o * 7 for o, n in Counter(o for _, o in met).items() if n == most] or [-1])


def test_a_crowd_is_no_company_and_unknown_people_and_places_meet_nobody() -> None:
    crowd = [(minute, minute, 0) for minute in range(CROWD + 2)] * 1
    assert together(meet(presence_of(crowd), 60), presence_of(crowd), np.array([CROWD + 1]), 100).tolist() == [0]
    unknown = presence_of([(0, -1, 0), (1, 1, 0), (2, 2, -1), (3, 1, -1)])
    assert len(meet(unknown, 60).row) == 0
