from dataclasses import replace

from cutline.model.evidence import Ending
from cutline.tracing import stop_list
from cutline.tracing.asking import Request, Standing, latest_requests, next_to_ask
from tests.tracing.ledgers_by_hand import account
from tests.tracing.test_stopping import terminal, traced
from tests.worlds import at

SENT = Request(account("m"), "stop", at(1), None, None, None, "", "Q1")


def test_a_request_stands_where_its_holder_left_it():
    assert SENT.standing is Standing.SENT
    assert replace(SENT, acknowledged_at=at(1, minutes=5)).standing is Standing.ACKNOWLEDGED
    assert replace(SENT, refusal="no such account").standing is Standing.REFUSED
    done = replace(SENT, acknowledged_at=at(1, minutes=5), executed_at=at(1, minutes=20))
    assert done.standing is Standing.EXECUTED
    assert done.minutes(at(2)) == 20
    assert SENT.minutes(at(1, minutes=7)) == 7


def test_the_last_request_counts_and_none_of_tomorrow():
    again = replace(SENT, sent_at=at(2), reference="Q2")
    later = replace(SENT, sent_at=at(9), reference="Q3")
    for order in ((SENT, again, later), (later, again, SENT)):
        assert latest_requests(order, at(3)) == {account("m"): again}


def test_whom_to_ask_next_is_the_best_that_nobody_asked():
    lines = stop_list(
        traced(
            terminal(account("f"), 900, Ending.FROZEN, at(1)),
            terminal(account("m"), 500, Ending.RESIDUAL, at(1)),
            terminal(account("n"), 400, Ending.RESIDUAL, at(1)),
            terminal(account("x"), 999, Ending.MIXER, at(1)),
        ),
        at(1, minutes=10),
    )
    first = next_to_ask(lines, {})
    assert first is not None
    assert first.entity == account("m")
    second = next_to_ask(lines, {account("m"): SENT})
    assert second is not None
    assert second.entity == account("n")
    assert next_to_ask(lines, {account("m"): SENT, account("n"): SENT}) is None


def test_fresh_money_leaves_fewer_minutes_than_money_that_lies():
    lines = stop_list(
        traced(terminal(account("m"), 5, Ending.RESIDUAL, at(1)), terminal(account("n"), 4, Ending.RESIDUAL, at(0))),
        at(1, minutes=1),
    )
    left = {line.entity: line.minutes_left for line in lines}
    assert 0 < left[account("m")] < 60 < left[account("n")]
