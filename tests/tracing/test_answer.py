import pytest

from cutline.errors import UsageError
from cutline.model.evidence import Ending, to_plain
from cutline.tracing import Payment, Policy, Stolen, build_ledgers, endings, trace, trace_reports
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import at, world

MOVES = [
    transfer(0, account("o"), account("m"), 7),
    transfer(1, account("v"), account("m"), 3),
    transfer(2, account("m"), account("a", "ABC"), 4),
    transfer(3, account("m"), account("b"), 6),
    transfer(4, account("w"), account("m"), 8),
    transfer(5, address("w"), address("x"), 9, USDT),
]


def ledgers():
    return build_ledgers(world(transfers=MOVES))


def test_a_trace_prints_every_policy_at_every_hop():
    found = trace(ledgers(), [Stolen(1, 3)])
    hops = {h.payee: (h.depth, h.tainted_first_minor, h.fifo_minor, h.haircut_minor, h.loss_minor) for h in found.hops}
    assert hops == {account("m"): (1, 3, 3, 3, 3), account("a", "ABC"): (2, 3, 0, 1, 0), account("b"): (2, 0, 3, 2, 3)}
    assert found.policy == "tainted_first"
    (ending,) = found.terminals
    assert (ending.entity, ending.institution, ending.how, ending.since) == (
        account("a", "ABC"),
        "CN/ABC",
        Ending.RESIDUAL,
        at(1, minutes=2),
    )
    assert [c.event_id for c in ending.citations] == ["e000002"]
    assert [h.citation.event_id for h in found.hops] == ["e000001", "e000002", "e000003"]
    assert to_plain(found)["terminals"][0]["how"] == "residual"


def test_reports_are_answered_by_fifo_one_trace_for_each_report_and_currency():
    payments = [
        Payment("r1", Stolen(1, 3), "reference", 0),
        Payment("r2", Stolen(4, 8), "reference", 0),
        Payment("r1", Stolen(5, 9), "reference", 0),
        Payment("r1", Stolen(0, 7), "reference", 0),
    ]
    traces = trace_reports(ledgers(), payments)
    assert [(t.seed, t.currency, t.stolen_minor) for t in traces] == [("r1", "CNY", 10), ("r2", "CNY", 8), ("r1", USDT, 9)]
    assert sorted(endings(traces[0])) == [("r1", account("a", "ABC"), 4, "CNY"), ("r1", account("b"), 6, "CNY")]
    assert endings(traces[1]) == [("r2", account("m"), 8, "CNY")]
    assert traces[2].terminals[0].institution == USDT
    assert not traces[0].hops
    assert not traces[0].terminals[0].citations
    (cited, _, _) = trace_reports(ledgers(), payments, with_citations=True)
    assert all(t.citations for t in cited.terminals)


def test_a_trace_keeps_its_name_as_the_lake_grows():
    earlier = transfer(-100, account("q"), account("r"), 1, event_id="x")
    grown = build_ledgers(world(transfers=[earlier, *MOVES]))
    assert trace(grown, [Stolen(2, 3)]).trace_id == trace(ledgers(), [Stolen(1, 3)]).trace_id
    assert trace(ledgers(), [Stolen(1, 3)], Policy.FIFO).trace_id != trace(ledgers(), [Stolen(1, 3)]).trace_id


def test_seeds_in_two_assets_or_none_are_refused():
    with pytest.raises(UsageError, match="one asset"):
        trace(ledgers(), [Stolen(1, 3), Stolen(5, 9)])
    with pytest.raises(UsageError, match="at least one seed"):
        trace(ledgers(), [])
