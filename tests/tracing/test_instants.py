import numpy as np

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.instants import settle
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import Move, index_of


def order(*moves):
    t, payer, payee = (np.array(column) for column in zip(*moves, strict=True))
    return settle(t, payer.astype(np.int32), payee.astype(np.int32), 10).tolist()


def test_whoever_is_paid_at_an_instant_pays_after_that():
    assert order((0, 3, 4), (0, 2, 3), (0, 1, 2), (1, 4, 5)) == [2, 1, 0, 3]
    assert order((0, 3, 4), (1, 2, 3), (2, 1, 2)) == [0, 1, 2]


def test_a_circle_inside_an_instant_and_refused_rows_end():
    assert sorted(order((0, 1, 2), (0, 2, 1), (0, -1, -1), (0, 1, 1))) == [0, 1, 2, 3]


def test_ledgers_settle_an_instant_together_when_asked():
    moves = [Move(0, 1, 2, 50), Move(0, 9, 1, 50)]
    for together, expected in ((False, {1: 50}), (True, {0: 50, 1: 50})):
        ledgers = build_ledgers(index_of(moves), settle_together=together)
        f = search(ledgers, mark(ledgers), [Stolen(1, 50)], Policy.TAINTED_FIRST, TraceConfig())
        assert dict(zip(f.rows.tolist(), f.amounts.tolist(), strict=True)) == expected
