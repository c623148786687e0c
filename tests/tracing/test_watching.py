from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.search import search
from cutline.tracing.watching import Carried, carried, follow_on, outflows
from tests.tracing.ledgers_by_hand import USDT, account, address, histories, index_of, transfer
from tests.worlds import at, world


def ledgers_of(*transfers):
    ledgers = build_ledgers(world(transfers=list(transfers)))
    return ledgers, mark(ledgers)


def test_outflows_are_what_was_paid_to_others_in_time_order():
    ledgers, _ = ledgers_of(
        transfer(0, account("v"), account("m"), 500),
        transfer(5, account("m"), account("m"), 100),
        transfer(9, account("m"), account("n"), 30),
        transfer(7, account("m"), account("o"), 20),
        transfer(8, address("m"), address("n"), 20, USDT),
    )
    payees = [ledgers.index.entity(int(ledgers.entity[ledgers.payee[row]])) for row in outflows(ledgers, account("m"))]
    assert payees == [account("o"), account("n")]
    assert len(outflows(ledgers, account("nobody"))) == 0


def test_how_much_of_the_watched_value_left_and_where_it_lies():
    ledgers, marks = ledgers_of(
        transfer(0, account("w"), account("m"), 300),
        transfer(1, account("v"), account("m"), 700),
        transfer(9, account("m"), account("n"), 500),
    )
    share = carried(ledgers, marks, [Stolen(1, 700)])
    assert (share.fifo[2], share.tainted_first[2]) == (200, 500)
    (trace,) = follow_on(ledgers, marks, [2], share)
    assert [(t.entity, t.amount_minor) for t in trace.terminals] == [(account("n"), 500)]
    (whole,) = follow_on(ledgers, marks, [2], Carried({}, {}))
    assert whole.stolen_minor == 500


def test_assets_are_followed_by_themselves():
    ledgers, marks = ledgers_of(
        transfer(0, account("v"), account("m"), 700),
        transfer(0, address("v"), address("m"), 90, USDT),
        transfer(9, account("m"), account("n"), 500),
        transfer(9, address("m"), address("n"), 40, USDT),
    )
    share = carried(ledgers, marks, [Stolen(0, 700), Stolen(1, 90)])
    assert {row: share.fifo[row] for row in (2, 3)} == {2: 500, 3: 40}
    traces = follow_on(ledgers, marks, [2, 3], share)
    assert sorted(trace.currency for trace in traces) == ["CNY", USDT]
    assert all(t.since == at(1, minutes=9) for trace in traces for t in trace.terminals)


@settings(deadline=None, max_examples=25)
@given(histories(), st.data())
def test_what_is_carried_is_what_the_policies_say(moves, data):
    ledgers = build_ledgers(index_of(moves))
    marks = mark(ledgers)
    row = data.draw(st.integers(0, len(moves) - 1))
    seed = [Stolen(row, ledgers.amount_of(row))]
    share = carried(ledgers, marks, seed)
    for policy, amounts in ((Policy.FIFO, share.fifo), (Policy.TAINTED_FIRST, share.tainted_first)):
        found = search(ledgers, marks, seed, policy, TraceConfig())
        assert amounts == dict(zip(found.rows.tolist(), found.amounts.tolist(), strict=True))
    assert all(amounts <= ledgers.amount_of(r) for r, amounts in (*share.fifo.items(), *share.tainted_first.items()))
