from dataclasses import replace
from datetime import timedelta

import pytest

from cutline.model.evidence import Ending, Terminal
from cutline.model.requests import ABROAD, ECNY_ISSUER, Ask
from cutline.tracing import KeyCard, stop_list
from cutline.tracing.doubts import Doubt
from cutline.tracing.drafting import PLAN, Customer, Wishes, draft_requests
from cutline.tracing.stopping import ACTS
from tests.tracing.ledgers_by_hand import USDT, account, address
from tests.tracing.test_stopping import traced
from tests.worlds import at

NOW = at(1, minutes=10)
HOT = "address:tron/THot"


def ending(entity, how, asset="CNY", institution="CN/ICBK", amount=50_000):
    return Terminal(entity, asset, amount, amount, how, at(1), institution, ())


def drafted(*terminals, customers=None, **wishes):
    trace = traced(*terminals)
    return draft_requests(trace, stop_list(trace, NOW), NOW, Wishes("PSB", **wishes), customers or {})


def test_a_bank_is_asked_to_stop_and_to_tell():
    found = drafted(ending(account("m"), Ending.RESIDUAL))
    assert [(d.kind, d.holder, d.about, d.amount_minor) for d in found.drafts] == [
        (Ask.STOP, "CN/ICBK", account("m"), 50_000),
        (Ask.QUERY, "CN/ICBK", account("m"), 50_000),
    ]
    stop = found.drafts[0]
    assert "art. 20" in stop.basis.en
    assert "¥500.00" in stop.wanted.en
    assert "500.00元" in stop.wanted.zh
    assert "{about}" in stop.wanted.en, "the entity is written where the letter is, in the clear or not"
    assert account("m") not in stop.wanted.en
    assert stop.useful_until is not None
    assert NOW < stop.useful_until < NOW + timedelta(hours=3)


def test_an_issuer_freezes_its_token_and_nobody_freezes_a_coin():
    found = drafted(
        ending(address("a"), Ending.RESIDUAL, USDT, USDT), ending(address("b"), Ending.RESIDUAL, "tron/native", "tron/native")
    )
    assert [(d.kind, d.holder, d.basis) for d in found.drafts] == [(Ask.FREEZE, "Tether", ABROAD)]
    assert found.left_out == ((address("b"), "nobody can freeze TRX at an address; watch it"),)


def test_the_operator_limits_a_card_that_holds_keys_once_and_is_asked_for_no_sum():
    card, other = "subscriber:imsi/460001234567890", "subscriber:imsi/454001234567890"
    ends = [ending(address(name), Ending.RESIDUAL, USDT, USDT) for name in ("a", "b", "c")]
    keys = {address("a"): KeyCard(card, "telecom-a"), address("b"): KeyCard(card, "telecom-a")}
    keys[address("c")] = KeyCard(other, "telecom-b")
    trace = traced(*ends)
    lines = stop_list(trace, NOW, None, keys)
    found = draft_requests(trace, lines, NOW, Wishes("PSB"), {}).drafts
    mine = [d for d in found if d.about in (card, other)]
    assert [(d.kind, d.holder, d.about, d.amount_minor, d.asset) for d in mine] == [
        (Ask.STOP, "telecom-b", other, None, ""),
        (Ask.STOP, "telecom-a", card, None, ""),
    ]
    assert "art. 11" in mine[1].basis.en
    assert mine[0].basis == ABROAD, "our law binds no operator abroad"
    assert "Emergency calls stay possible" in mine[1].wanted.en
    assert "紧急呼叫" in mine[1].wanted.zh
    assert len(found) == 5, "and the issuer of each address"


def test_an_exchange_is_asked_under_its_name_with_what_it_knows_the_customer_by():
    deposit = ending(address("d"), Ending.EXCHANGE, USDT, HOT)
    told = {address("d"): Customer("organisation:coinbay/coinbay", ("memo 881", "ref R7"))}
    for customers, holder, references in (
        (told, "organisation:coinbay/coinbay", ("memo 881", "ref R7")),
        ({HOT: Customer("Coinbay", ())}, "Coinbay", ()),
    ):
        found = drafted(deposit, customers=customers).drafts
        assert [d.kind for d in found] == [Ask.FREEZE, Ask.QUERY]
        assert {(d.holder, d.references, d.basis) for d in found} == {(holder, references, ABROAD)}


def test_a_bank_account_of_a_trader_is_asked_of_its_bank():
    traders = {account("m"): Customer("organisation:coinbay/coinbay", ("memo 881",))}
    assert {(d.holder, d.references) for d in drafted(ending(account("m"), Ending.RESIDUAL), customers=traders).drafts} == {
        ("CN/ICBK", ())
    }


def test_a_wallet_is_asked_of_its_operator():
    lies = ending("ecny_wallet:0011", Ending.RESIDUAL, institution="ecny_wallet")
    found = drafted(lies, customers={"ecny_wallet:0011": Customer("CN/ICBK", ())})
    assert {d.holder for d in found.drafts} == {"CN/ICBK"}
    assert {"art. 20" in d.basis.en for d in found.drafts} == {True}


def test_what_nobody_can_stop_says_why():
    found = drafted(
        ending(account("f"), Ending.FROZEN),
        ending(address("x"), Ending.MIXER, USDT),
        ending(account("y"), Ending.BUDGET),
        ending(account("atm"), Ending.CASH),
    )
    assert [(d.kind, d.about) for d in found.drafts] == [(Ask.PRESERVE, account("atm"))]
    assert {entity for entity, _ in found.left_out} == {account("f"), address("x"), account("y")}


def test_an_officer_chooses_kinds_and_places():
    both = (ending(account("m"), Ending.RESIDUAL), ending(account("n"), Ending.RESIDUAL, amount=9))
    found = drafted(*both, kinds=(Ask.FREEZE,), only=(account("n"),))
    assert [(d.kind, d.about) for d in found.drafts] == [(Ask.FREEZE, account("n"))]
    (left,) = drafted(ending(account("atm"), Ending.CASH), kinds=(Ask.STOP,)).left_out
    assert left == (account("atm"), "can only be asked to query, preserve")


@pytest.mark.parametrize("ending_kind", sorted(ACTS))
def test_every_ending_is_either_asked_about_or_left_out_with_a_reason(ending_kind):
    how, kind = ending_kind
    found = drafted(ending(f"{kind or 'account'}:CN/ICBK/1", how))
    assert bool(found.drafts) != bool(found.left_out)
    assert all(why for _, why in found.left_out)
    assert (how, kind) in PLAN or found.left_out


def guessed(trace, sure, rivals):
    doubt = Doubt(sure, 50_000, rivals, None, None)
    return [replace(line, doubt=doubt) for line in stop_list(trace, NOW)]


def test_a_guess_is_asked_about_before_anybody_holds_it_and_every_request_says_so():
    trace = traced(ending(account("m"), Ending.RESIDUAL), ending(address("a"), Ending.RESIDUAL, USDT, USDT))
    found = draft_requests(trace, guessed(trace, 1 / 3, 3), NOW, Wishes("PSB"), {})
    assert [(d.kind, d.about) for d in found.drafts] == [(Ask.QUERY, account("m")), (Ask.PRESERVE, account("m"))]
    ((entity, why),) = found.left_out
    assert entity == address("a")
    assert "one of 3 that fitted" in why
    wished = draft_requests(trace, guessed(trace, 1 / 3, 3), NOW, Wishes("PSB", (Ask.STOP, Ask.FREEZE)), {}).drafts
    assert [(d.kind, d.about) for d in wished] == [
        (Ask.STOP, account("m")),
        (Ask.FREEZE, account("m")),
        (Ask.FREEZE, address("a")),
    ]
    for draft in (*found.drafts, *wished):
        assert "3 transfers fitted" in draft.wanted.en
        assert "33%" in draft.wanted.en
        assert "3笔转账" in draft.wanted.zh


def test_what_is_mostly_sure_is_stopped_at_once_and_still_says_what_was_guessed():
    trace = traced(ending(account("m"), Ending.RESIDUAL))
    found = draft_requests(trace, guessed(trace, 0.9, 2), NOW, Wishes("PSB"), {}).drafts
    assert [d.kind for d in found] == [Ask.STOP, Ask.QUERY]
    assert all("2 transfers fitted" in d.wanted.en and "90%" in d.wanted.zh for d in found)
    certain = draft_requests(trace, stop_list(trace, NOW), NOW, Wishes("PSB"), {}).drafts
    assert all("inferred" not in d.wanted.en for d in certain)


def test_a_wallet_whose_operator_nobody_names_is_asked_of_the_issuer_and_a_transaction_of_nobody():
    wallet = ending("ecny_wallet:0011", Ending.RESIDUAL, institution="ecny_wallet")
    (stop, _) = drafted(wallet).drafts
    assert stop.holder == ECNY_ISSUER
    passing = ending("transaction:bitcoin/" + "ab" * 32 + "/0", Ending.RESIDUAL, asset="bitcoin/btc", institution="bitcoin/btc")
    found = drafted(passing)
    assert (found.drafts, found.left_out[0][1]) == (
        (),
        "a transaction of the chain holds nothing for anybody; watch what it pays",
    )


def test_an_exchange_that_no_record_names_is_asked_under_the_name_that_the_officer_knows():
    hot = ending(address("deposit"), Ending.EXCHANGE, USDT, institution=address("hot"))
    found = drafted(hot)
    assert found.drafts == ()
    assert "name it: --about" in found.left_out[0][1]
    assert {d.holder for d in drafted(hot, holder="Coinbay").drafts} == {"Coinbay"}
    assert {d.holder for d in drafted(ending(account("m"), Ending.RESIDUAL), holder="Coinbay").drafts} == {"CN/ICBK"}
