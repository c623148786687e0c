from dataclasses import replace
from datetime import timedelta

from cutline.model.entities import Label
from cutline.model.evidence import Ending
from cutline.model.requests import AT_HOME, AnswerFile, Ask, Draft, Prepared, Statement
from cutline.tracing import stop_list
from cutline.tracing.holders import Standing, about_each, meet, next_to_ask, stopped_of
from tests.tracing.ledgers_by_hand import account
from tests.tracing.test_stopping import terminal, traced
from tests.worlds import at

SAID = Statement("Q1", "bank", "stop", account("m"), at(1), None, None, None, "", "", "")
DRAFT = Draft("CN/ICBK", Ask.STOP, account("m"), "CNY", 500, AT_HOME[Ask.STOP], Label("stop it", "止付"), "RPT1", "t1")
OURS = Prepared("R1", DRAFT, at(1), "li")
ANSWER = AnswerFile("R1", "b1", "CN/ICBK", "rows.csv", at(1, hours=3), 4)


def stood(moment, prepared=(), said=(), answers=()):
    return meet(prepared, said, answers, moment).requests


def standing(moment, *said):
    (request,) = stood(moment, said=said)
    return request.standing


def test_a_request_stands_where_its_holder_left_it():
    soon = at(1, minutes=25)
    assert standing(soon, SAID) is Standing.SENT
    assert standing(soon, replace(SAID, acknowledged_at=at(1, minutes=5))) is Standing.ACKNOWLEDGED
    assert standing(soon, replace(SAID, refusal="no such account")) is Standing.REFUSED
    done = replace(SAID, acknowledged_at=at(1, minutes=5), executed_at=at(1, minutes=20))
    (request,) = stood(at(2), said=[done])
    assert (request.standing, request.minutes_taken) == (Standing.EXECUTED, 20)
    assert request.lapses_at == at(3, minutes=20)
    assert request.minutes_left == 24 * 60 + 20
    assert standing(at(3, minutes=20), done) is Standing.LAPSED, "48 hours of a stop-payment are over"
    assert standing(at(1, minutes=31), SAID) is Standing.OVERDUE
    assert standing(at(1, minutes=10), done) is Standing.ACKNOWLEDGED, "what is executed later is not executed yet"


def test_our_own_request_goes_its_way():
    steps = [
        (OURS, Standing.PREPARED),
        (replace(OURS, withdrawn_at=at(1, minutes=2)), Standing.WITHDRAWN),
        (replace(OURS, approved_at=at(1, minutes=2)), Standing.APPROVED),
        (replace(OURS, approved_at=at(1, minutes=2), sent_at=at(1, minutes=3)), Standing.SENT),
    ]
    for prepared, expected in steps:
        (request,) = stood(at(1, minutes=9), [prepared])
        assert request.standing is expected
        (earlier,) = stood(at(1), [prepared])
        assert earlier.standing is Standing.PREPARED
    assert stood(at(0), [OURS]) == ()


def test_book_and_deliveries_meet_by_the_id_in_any_order():
    sent = replace(OURS, approved_at=at(1, minutes=2), sent_at=at(1, minutes=3))
    heard = replace(SAID, request_id="R1", sent_at=at(1, minutes=3), acknowledged_at=at(1, minutes=6))
    done = replace(heard, executed_at=at(1, minutes=9), amount_minor=300, asset="CNY")
    for rows in ((heard, done), (done, heard)):
        (request,) = stood(at(1, minutes=30), [sent], rows)
        assert request.standing is Standing.EXECUTED
        assert (request.asked_minor, request.stopped_minor, request.ran_on_minor) == (500, 300, 200)
        assert request.holder == "CN/ICBK"
    before = stood(at(1, minutes=7), [sent], [heard, done])[0]
    assert (before.standing, before.stopped_minor) == (Standing.ACKNOWLEDGED, None)


def test_an_answer_about_something_else_stands_by_itself():
    other = replace(SAID, request_id="R1", about=account("n"))
    mine, strange = sorted(stood(at(2), [OURS], [other]), key=lambda r: r.strange)
    assert (mine.standing, mine.about, strange.about, strange.strange) == (
        Standing.PREPARED,
        account("m"),
        account("n"),
        True,
    )


def test_a_delivery_answers_a_question_and_one_that_nobody_asked_is_kept():
    query = replace(OURS, draft=replace(DRAFT, kind=Ask.QUERY), approved_at=at(1), sent_at=at(1))
    stray = replace(ANSWER, request_id="R9")
    met = meet([query], [], [ANSWER, stray], at(2))
    assert met.requests[0].standing is Standing.ANSWERED
    assert met.requests[0].answers == (ANSWER,)
    assert met.strays == (stray,)
    early = meet([query], [], [ANSWER, stray], at(1, hours=1))
    assert (early.requests[0].standing, early.strays) == (Standing.SENT, ())
    (stop,) = stood(at(1, hours=4), [replace(OURS, approved_at=at(1), sent_at=at(1))], (), [ANSWER])
    assert stop.standing is Standing.OVERDUE, "rows that come are no word that money was stopped"


def lines():
    return stop_list(
        traced(
            terminal(account("f"), 900, Ending.FROZEN, at(1)),
            terminal(account("m"), 500, Ending.RESIDUAL, at(1)),
            terminal(account("n"), 400, Ending.RESIDUAL, at(1)),
            terminal(account("x"), 999, Ending.MIXER, at(1)),
        ),
        at(1, minutes=10),
    )


def asked(moment, *prepared, said=()):
    return about_each(stood(moment, prepared, said))


def test_whom_to_ask_next_is_the_best_that_nobody_has_in_hand():
    def first(by_entity):
        line = next_to_ask(lines(), by_entity)
        return line and line.entity

    sent = replace(OURS, approved_at=at(1), sent_at=at(1))
    other = replace(sent, request_id="R2", draft=replace(DRAFT, about=account("n")))
    now = at(1, minutes=10)
    assert first({}) == account("m")
    assert first(asked(now, OURS)) == account("m"), "a request that waits for its officer asks nobody"
    assert first(asked(now, sent)) == account("n")
    assert first(asked(now, sent, other)) is None
    done = replace(SAID, request_id="R1", executed_at=at(1, minutes=9))
    assert first(asked(now, sent, other, said=[done])) is None
    assert first(asked(at(4), sent, other, said=[done])) == account("m"), "what lapsed holds nothing any more"


def test_what_is_stopped_of_a_line():
    by_entity = {line.entity: line for line in lines()}
    sent = replace(OURS, approved_at=at(1), sent_at=at(1))
    done = replace(SAID, request_id="R1", executed_at=at(1, minutes=9))
    part = replace(done, amount_minor=120, asset="CNY")
    much = replace(done, amount_minor=9_999, asset="CNY")
    for said, held in ((done, 500), (part, 120), (much, 500)):
        requests = asked(at(1, hours=1), sent, said=[said])[account("m")]
        assert stopped_of(by_entity[account("m")], requests) == held
    assert stopped_of(by_entity[account("m")], asked(at(5), sent, said=[done])[account("m")]) == 0
    assert stopped_of(by_entity[account("f")], ()) == 900
    assert stopped_of(by_entity[account("n")], ()) == 0


def test_fresh_money_leaves_fewer_minutes_than_money_that_lies():
    found = stop_list(
        traced(terminal(account("m"), 5, Ending.RESIDUAL, at(1)), terminal(account("n"), 4, Ending.RESIDUAL, at(0))),
        at(1, minutes=1),
    )
    left = {line.entity: line.minutes_left for line in found}
    assert 0 < left[account("m")] < 60 < left[account("n")]


def test_the_foremost_request_holds_money():
    query = replace(OURS, request_id="R2", draft=replace(DRAFT, kind=Ask.QUERY), approved_at=at(1), sent_at=at(1))
    stop = replace(OURS, approved_at=at(1) + timedelta(minutes=1), sent_at=at(1) + timedelta(minutes=2))
    assert [r.kind for r in asked(at(1, minutes=9), query, stop)[account("m")]] == ["stop", "query"]
    assert [r.kind for r in asked(at(1, minutes=9), query, OURS)[account("m")]] == ["query", "stop"]
