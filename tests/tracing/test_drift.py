import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark, trace
from cutline.tracing.drift import DriftConfig, search_drifting
from cutline.tracing.magnitudes import integers
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, histories, index_of

WEI = 2**64

EXACT = TraceConfig(floor_ppm=0)
RISING = [Move(0, 9, 1, 100), Move(1, 1, 2, 90), Move(2, 1, 3, 60), Move(3, 3, 4, 80), Move(4, 4, 5, 80)]
"""100 stolen; the first address pays 150, the third 80 for 60: prices moved between."""


def carried(moves, seeds, **config):
    ledgers = build_ledgers(index_of(moves))
    f, drift = search_drifting(ledgers, mark(ledgers), seeds, EXACT, DriftConfig(**config))
    return {int(r): int(a) for r, a in zip(f.rows, f.amounts, strict=True) if a}, f, drift


def test_a_dedicated_address_that_pays_more_than_came_keeps_the_trail():
    rows, f, drift = carried(RISING, [Stolen(0, 100)])
    assert rows == {0: 100, 1: 90, 2: 60, 3: 80, 4: 80}
    assert f.end_losses.sum() == 100
    assert sorted(drift[drift > 0].tolist()) == [20, 50]


def test_the_answer_bears_drift_where_it_is_wished():
    ledgers = build_ledgers(index_of(RISING))
    plain, bearing = (trace(ledgers, [Stolen(0, 100)], config=TraceConfig(bears_drift=wish)) for wish in (False, True))
    assert [hop.tainted_first_minor for hop in bearing.hops] == [100, 90, 60, 80, 80]
    assert [hop.tainted_first_minor for hop in plain.hops] == [100, 90, 10, 10, 10]
    assert sum(t.loss_minor for t in bearing.terminals) == 100
    assert plain.trace_id != bearing.trace_id


def test_a_shop_that_stolen_money_passes_is_not_dedicated():
    customers = [Move(0, 20 + k, 3, 500) for k in range(4)]
    moves = [*customers, Move(1, 9, 1, 100), Move(2, 1, 3, 100), Move(3, 3, 4, 1_050), Move(4, 3, 5, 1_050)]
    rows, f, drift = carried(moves, [Stolen(4, 100)])
    assert rows == {4: 100, 5: 100, 6: 50, 7: 50}
    assert drift.max() == 0
    assert f.end_losses.sum() == 100


def test_what_an_account_lacked_before_stolen_money_came_stays_clean():
    moves = [Move(0, 1, 7, 5_000), Move(1, 9, 1, 100), Move(2, 1, 2, 130)]
    rows, _, drift = carried(moves, [Stolen(1, 100)])
    assert rows == {1: 100, 2: 130}
    assert drift.max() == 30


@given(histories(), st.data())
@settings(max_examples=40, deadline=None)
def test_drift_makes_amounts_but_never_loss(moves, data):
    chosen = data.draw(st.lists(st.integers(0, len(moves) - 1), min_size=1, max_size=3, unique=True))
    seeds = [Stolen(k, moves[k].amount) for k in chosen]
    _, f, _ = carried(moves, seeds)
    assert f.end_losses.sum() == sum(s.amount_minor for s in seeds)


@pytest.mark.parametrize("share", [0.25, 1.01])
def test_where_nothing_drifts_a_dedicated_chain_is_plain_tainted_first(share):
    moves = [Move(0, 9, 1, 100), Move(1, 1, 2, 60), Move(2, 1, 3, 40), Move(3, 2, 4, 60)]
    ledgers = build_ledgers(index_of(moves))
    plain = search(ledgers, mark(ledgers), [Stolen(0, 100)], Policy.TAINTED_FIRST, EXACT)
    rows, _, _ = carried(moves, [Stolen(0, 100)], share=share)
    assert rows == dict(zip(plain.rows.tolist(), plain.amounts.tolist(), strict=True))
    assert np.array_equal(np.sort(plain.rows), np.sort(list(rows)))


@given(histories(), st.data())
@settings(max_examples=40, deadline=None)
def test_drift_of_wei_is_that_of_small_amounts_many_times_over(moves, data):
    seeds = [Stolen(k, moves[k].amount) for k in sorted({data.draw(st.integers(0, len(moves) - 1)) for _ in range(2)})]
    large = [Move(m.t, m.payer, m.payee, m.amount * WEI) for m in moves]
    rows, f, drift = carried(moves, seeds)
    wide_rows, wide, wide_drift = carried(large, [Stolen(s.row, s.amount_minor * WEI) for s in seeds])
    if any(m.amount for m in moves):
        assert wide_drift.ndim == 2
    assert integers(wide_drift).tolist() == [d * WEI if d > 0 else d for d in drift.tolist()]
    assert sum(map(int, wide.end_losses)) == sum(map(int, f.end_losses)) * WEI
    if not (drift < 0).any():
        assert wide_rows == {row: amount * WEI for row, amount in rows.items()}
