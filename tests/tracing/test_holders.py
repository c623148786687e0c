from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cutline.model.entities import Label
from cutline.model.evidence import Ending
from cutline.model.requests import AT_HOME, AnswerFile, Ask, Draft, Prepared, Statement, Vouched
from cutline.tracing import stop_list
from cutline.tracing.heard import Disbelief
from cutline.tracing.holders import Standing, about_each, about_line, meet, next_to_ask, stopped_of
from cutline.workspace.requested import tell_request
from tests.tracing.ledgers_by_hand import USDT, account
from tests.tracing.test_stopping import terminal, traced
from tests.worlds import at

SAID = Statement("Q1", "bank", "stop", account("m"), at(1), None, None, None, "", "", "", "CN/ICBK", at(1))
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
    heard = replace(
        SAID, request_id="R1", sent_at=at(1, minutes=3), acknowledged_at=at(1, minutes=6), received_at=at(1, minutes=6)
    )
    done = replace(heard, executed_at=at(1, minutes=9), amount_minor=300, asset="CNY", received_at=at(1, minutes=9))
    for rows in ((heard, done), (done, heard)):
        (request,) = stood(at(1, minutes=30), [sent], rows)
        assert request.standing is Standing.EXECUTED
        assert (request.asked_minor, request.stopped_minor, request.ran_on_minor) == (500, 300, 200)
        assert request.holder == "CN/ICBK"
    before = stood(at(1, minutes=7), [sent], [heard, done])[0]
    assert (before.standing, before.stopped_minor) == (Standing.ACKNOWLEDGED, None)


def heard(moment, prepared=(), said=(), answers=()):
    """Say what is not counted: who said what, and why."""
    return [(u.deliverer, u.said, u.doubt) for u in meet(prepared, said, answers, moment).unasked]


SENT = replace(OURS, approved_at=at(1, minutes=2), sent_at=at(1, minutes=3))
DONE = replace(
    SAID, request_id="R1", executed_at=at(1, minutes=9), amount_minor=500, asset="CNY", received_at=at(1, minutes=10)
)


def test_only_the_holder_that_was_asked_is_believed():
    for name in ("CN/ICBK", "ICBK", "bank-icbk", "Bank ICBK"):
        (request,) = stood(at(1, hours=1), [SENT], [replace(DONE, deliverer=name)])
        assert request.standing is Standing.EXECUTED, name
    for name in ("CN/CCB", "fake-icbk", "icbk2", "bank", ""):
        forged = replace(DONE, deliverer=name)
        (request,) = stood(at(1, hours=1), [SENT], [forged])
        assert (request.standing, request.stopped_minor) == (Standing.OVERDUE, None), name
        assert heard(at(1, hours=1), [SENT], [forged]) == [(name, "executed", Disbelief.OTHER_HOLDER)]
        assert [u.said for u in request.unasked] == ["executed"], "kept with the request, as evidence"
    refused = replace(DONE, deliverer="CN/CCB", executed_at=None, refusal="no such account")
    assert stood(at(1, minutes=20), [SENT], [refused])[0].standing is Standing.SENT
    assert heard(at(1, minutes=20), [SENT], [refused]) == [("CN/CCB", "refused", Disbelief.OTHER_HOLDER)]


def test_an_officer_vouches_for_another_name():
    vouched = replace(SENT, vouched=(Vouched("clearing-house", at(1, minutes=12), "wang", "it clears for the bank"),))
    told = replace(DONE, deliverer="clearing-house")
    assert stood(at(1, minutes=20), [vouched], [told])[0].standing is Standing.EXECUTED
    assert stood(at(1, minutes=11), [vouched], [told])[0].standing is Standing.SENT, "nobody had vouched by then"
    other = replace(told, deliverer="somebody")
    assert stood(at(1, minutes=20), [vouched], [other])[0].standing is Standing.SENT


def test_what_was_not_sent_is_not_answered():
    for ours in (OURS, replace(SENT, sent_at=at(1, minutes=30))):
        (request,) = stood(at(1, minutes=40), [ours], [DONE], [replace(ANSWER, received_at=at(1, minutes=20))])
        assert request.standing in {Standing.PREPARED, Standing.SENT}
        assert request.sent_at == ours.sent_at, "a holder's row sends nothing"
        assert [u.doubt for u in request.unasked] == [Disbelief.NOT_SENT, Disbelief.NOT_SENT]
    assert heard(at(1, minutes=40), [OURS], [replace(DONE, executed_at=None)]) == [], "it only repeats that it was asked"


def test_nobody_answers_what_was_not_sent_yet():
    early = replace(DONE, executed_at=at(1, minutes=2))
    for row in (early, replace(DONE, acknowledged_at=at(1, minutes=2))):
        (request,) = stood(at(1, hours=1), [SENT], [row])
        assert (request.standing, request.stopped_minor) == (Standing.OVERDUE, None)
        assert [(u.doubt, u.said) for u in request.unasked] == [(Disbelief.BEFORE_SENT, "executed")]
    half = replace(SENT, sent_at=SENT.sent_at + timedelta(seconds=30))
    to_the_minute = replace(DONE, acknowledged_at=at(1, minutes=3))
    assert stood(at(1, hours=1), [half], [to_the_minute])[0].standing is Standing.EXECUTED, "holders write to the minute"
    police = replace(DONE, request_id="Q1", sent_at=at(2), department="public_security", received_at=at(2))
    assert heard(at(3), said=[police]) == [("CN/ICBK", "executed", Disbelief.BEFORE_SENT)]


def test_more_held_than_asked_counts_and_is_told():
    (request,) = stood(at(1, hours=1), [SENT], [replace(DONE, amount_minor=17_500)])
    assert (request.standing, request.stopped_minor, request.over_minor) == (Standing.EXECUTED, 17_500, 17_000)
    told = tell_request(request)
    assert (told["over"], told["over_minor"]) == ("¥170.00", 17_000)
    assert "only the amount named" in told["over_en"]
    (exact,) = stood(at(1, hours=1), [SENT], [DONE])
    assert (exact.over_minor, tell_request(exact)["over_en"]) == (0, "")


def test_what_is_said_of_another_entity_or_kind_moves_nothing_of_ours():
    other = replace(DONE, about=account("n"))
    (mine,) = stood(at(1, hours=1), [SENT], [other, replace(DONE, kind="freeze")])
    assert (mine.standing, mine.about) == (Standing.OVERDUE, account("m"))
    assert {u.doubt for u in mine.unasked} == {Disbelief.OTHER_MATTER}


def test_another_offices_request_counts_as_its_word_until_the_holder_confirms():
    police = replace(SAID, deliverer="police-province", department="public_security")
    (request,) = stood(at(1, minutes=25), (), [police])
    assert (request.standing, request.prepared, request.confirmed) == (Standing.SENT, None, True)
    done = replace(police, executed_at=at(1, minutes=9), amount_minor=400, asset="CNY")
    for office in (done, replace(done, department="")):
        (request,) = stood(at(1, minutes=25), (), [office])
        assert (request.standing, request.stopped_minor, request.confirmed) == (Standing.EXECUTED, 400, False)
    bank = replace(done, deliverer="bank-icbk", department="finance")
    for rows in ((done, bank), (bank, done)):
        (request,) = stood(at(1, minutes=25), (), rows)
        assert (request.standing, request.confirmed) == (Standing.EXECUTED, True)
    stranger = replace(bank, deliverer="somebody", holder="organisation:somebody/somebody")
    met = meet((), [stranger], [], at(1, minutes=25))
    assert met.requests == ()
    assert [u.doubt for u in met.unasked] == [Disbelief.NOBODY_ASKED], "whoever says so itself does not keep that account"


def test_all_whom_other_offices_asked_under_a_number_are_named():
    theirs = [
        replace(SAID, holder=f"organisation:police/{name}", about=account(name), department="public_security")
        for name in ("ICBK", "CCB")
    ]
    met = meet((), theirs, [replace(ANSWER, request_id=SAID.request_id, deliverer="ABC")], at(2))
    assert [u.why.en for u in met.unasked] == ["another holder was asked: CCB, ICBK"]


def test_a_delivery_answers_a_question_and_one_that_nobody_asked_is_kept():
    query = replace(OURS, draft=replace(DRAFT, kind=Ask.QUERY), approved_at=at(1), sent_at=at(1))
    stray, forged = replace(ANSWER, request_id="R9"), replace(ANSWER, deliverer="CN/CCB")
    met = meet([query], [], [ANSWER, stray, forged], at(2))
    assert met.requests[0].standing is Standing.ANSWERED
    assert (met.requests[0].answers, met.requests[0].minutes_left) == ((ANSWER,), None)
    assert [(u.request_id, u.doubt) for u in met.unasked] == [("R1", Disbelief.OTHER_HOLDER), ("R9", Disbelief.NOBODY_ASKED)]
    assert meet([query], [], [forged], at(1, hours=4)).requests[0].standing is Standing.SENT
    early = meet([query], [], [ANSWER, stray], at(1, hours=1))
    assert (early.requests[0].standing, early.unasked) == (Standing.SENT, ())
    (stop,) = stood(at(1, hours=4), [replace(OURS, approved_at=at(1), sent_at=at(1))], (), [ANSWER])
    assert stop.standing is Standing.OVERDUE, "rows that come are no word that money was stopped"


@given(st.permutations(range(6)))
def test_no_order_matters(order):
    rows = [DONE, replace(DONE, deliverer="x"), replace(DONE, about=account("n")), SAID, replace(SAID, deliverer="y"), DONE]
    shuffled = meet([SENT], [rows[k] for k in order], [ANSWER], at(2))
    assert shuffled == meet([SENT], rows, [ANSWER], at(2))


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


def test_a_request_in_one_asset_asks_nobody_about_another():
    found = traced(
        terminal(account("m"), 500, Ending.RESIDUAL, at(1)),
        replace(terminal(account("m"), 400, Ending.RESIDUAL, at(1)), asset=USDT),
    )
    by_asset = {line.asset: line for line in stop_list(found, at(1, minutes=10))}
    sent = replace(OURS, approved_at=at(1), sent_at=at(1))
    requests = asked(at(1, minutes=10), sent)
    assert [r.request_id for r in about_line(by_asset["CNY"], requests)] == ["R1"]
    assert about_line(by_asset[USDT], requests) == ()
    assert next_to_ask(list(by_asset.values()), requests) == by_asset[USDT]
    unnamed = asked(at(1, minutes=10), replace(sent, draft=replace(DRAFT, asset="", amount_minor=None)))
    assert len(about_line(by_asset[USDT], unnamed)) == 1, "a request that names no asset is about all that lies there"


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
