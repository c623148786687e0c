"""Timelines and window kernels against their definitions, written naively."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph import window_values, windows
from cutline.graph.coverage import cover_all
from cutline.graph.index import Index
from cutline.graph.local_time import local_hours
from cutline.graph.timelines import Subjects, blocks, lines_of
from tests.worlds import START, at, world

ACCOUNTS = [f"account:CN/A/{k}" for k in range(4)]
payments = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(0, 99)),
    min_size=1,
    max_size=40,
)


def index_of(rows: list[tuple[int, str, str, int]]) -> Index:
    names = ("occurred_at", "payer", "payee", "amount", "asset", "rail")
    return world(transfers=[dict(zip(names, (at(hours=h), a, b, v, "CNY", "bank"), strict=True)) for h, a, b, v in rows])


@settings(deadline=None)
@given(rows=payments, entries=st.sampled_from([1, 7, 1000]))
def test_blocks_hold_every_entry_once_in_order(rows: list[tuple[int, str, str, int]], entries: int) -> None:
    index = index_of(rows)
    table, subjects = index.tables["transfers"], Subjects.of_kinds(index, ("account",))
    streams = [lines_of(table, 0, table.columns[c], subjects, cover_all(table, len(subjects))) for c in ("payee", "payer")]
    seen = []
    for block in blocks(streams, [True, True], entries):
        merged: dict[int, tuple[int, int]] = {}
        for k in (0, 1):
            merged |= dict(
                zip(block.places[k].tolist(), zip(block.rows[k].tolist(), [k] * len(block.rows[k]), strict=True), strict=True)
            )
        for i, place in enumerate(block.place.tolist()):
            row, k = merged[place]
            assert block.t_us[i] == table.t_us[row]
            assert block.stream[i] == k
            seen.append((int(subjects.codes[block.subject[i] + block.first]), row, k))
    wanted = [(int(table.columns[c][row]), row, k) for row in range(len(table)) for k, c in enumerate(("payee", "payer"))]
    assert seen == sorted(wanted)


@settings(deadline=None)
@given(rows=payments, window=st.integers(1, 40), since=st.integers(0, 99))
def test_kernels_equal_their_definitions(rows: list[tuple[int, str, str, int]], window: int, since: int) -> None:
    index = index_of(rows)
    table, subjects = index.tables["transfers"], Subjects.of_kinds(index, ("account",))
    streams = [lines_of(table, 0, table.columns[c], subjects, cover_all(table, len(subjects))) for c in ("payee", "payer")]
    (block,) = blocks(streams, [True, True])
    anchors = windows.Anchors(block.pointer, block.t_us, block.place)
    members = windows.Members(np.searchsorted(block.places[0], block.begin), block.times[0], block.places[0])
    values, codes = table.columns["amount"][block.rows[0]], table.columns["payer"][block.rows[0]]
    upto, left = np.empty(len(block.t_us), np.int64), np.empty(len(block.t_us), np.int64)
    windows.reach(anchors, members, upto)
    windows.edges(anchors, members, upto, window * 3_600_000_000, left)
    span = windows.Span(left, upto)
    previous, following = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    window_values.twins(members.start, codes, np.full(len(index), -1, np.int64), 0, previous, following)
    out = {name: np.zeros(len(upto)) for name in ("counts", "totals", "smallest", "largest", "distincts")}
    window_values.counts(span, out["counts"])
    window_values.totals(span, np.concatenate([[0], np.cumsum(values)]), 1.0, out["totals"])
    window_values.extremes(anchors, members, span, values, 1, out["smallest"])
    window_values.extremes(anchors, members, span, values, -1, out["largest"])
    window_values.distincts(anchors, members, span, previous, following, out["distincts"])
    for i, (t, place, subject) in enumerate(zip(block.t_us, block.place, block.subject, strict=True)):
        inside = [
            j
            for j in range(len(values))
            if members.start[subject] <= j < members.start[subject + 1]
            and t - window * 3_600_000_000 < members.t[j]
            and members.place[j] <= place
        ]
        chosen = [int(values[j]) for j in inside]
        assert out["counts"][i] == len(inside)
        assert out["totals"][i] == sum(chosen)
        assert out["distincts"][i] == len({int(codes[j]) for j in inside})
        assert np.isnan(out["smallest"][i]) if not chosen else out["smallest"][i] == min(chosen)
        assert np.isnan(out["largest"][i]) if not chosen else out["largest"][i] == max(chosen)


@settings(deadline=None)
@given(
    values=st.lists(st.one_of(st.integers(0, 9), st.just(np.nan)), max_size=30),
    rank=st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.95, 1.0]),
)
def test_a_percentile_is_the_value_at_its_nearest_rank(values: list[float], rank: float) -> None:
    members, out = np.array(values, np.float64), np.empty(1)
    window_values.percentiles(windows.Span(np.array([0]), np.array([len(members)])), members, rank, out)
    wanted = np.sort(members)[max(int(np.ceil(rank * len(members) - 1e-9)) - 1, 0)] if len(members) else np.nan
    assert np.array_equal(out, [wanted], equal_nan=True)


def test_a_sum_whose_prefix_wraps_around_is_still_exact() -> None:
    values = np.array([2**62, 2**62, 2**62, 5, 7], np.int64)
    prefix = np.concatenate([[0], np.cumsum(values)])
    out = np.zeros(1)
    window_values.totals(windows.Span(np.array([3]), np.array([5])), prefix, 1.0, out)
    assert out[0] == 12


def test_night_is_counted_on_the_local_clock() -> None:
    moments = np.array([int(START.timestamp() * 1e6) + h * 3_600_000_000 for h in (0, 15, 16)], np.int64)
    assert local_hours(moments, "Asia/Shanghai").tolist() == [8, 23, 0]
