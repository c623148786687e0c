import pytest

from cutline.errors import UsageError
from cutline.model.moments import to_us
from cutline.tracing import ReportedPayment, Seed, Stolen, build_ledgers, held_at, resolve
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import at, world

MOVES = [
    transfer(0, account("v"), account("m"), 500),
    transfer(30, account("v"), account("m"), 500),
    transfer(60, account("w"), account("m"), 700),
    transfer(90, address("v"), address("a"), 10, USDT),
    transfer(90, address("v"), address("b"), 20, USDT),
    transfer(95, account("m"), account("n"), 600),
]


def told(minute, amount, payer="", payee="", reference=""):
    time = None if minute is None else at(1, minutes=minute)
    return ReportedPayment(time, amount, "CNY", payer, payee, reference)


def answer(*payments, known=None, reports=None):
    seeds = [Seed(f"r{k + 1}", (p,)) for k, p in enumerate(payments)] if reports is None else reports
    return resolve(
        build_ledgers(world(transfers=MOVES)), seeds, lambda references: {r: (known or {}).get(r, ()) for r in references}
    )


def rows(resolved):
    return [(p.report_id, p.stolen.row, p.by) for p in resolved.payments]


def test_a_reference_decides_whatever_else_was_told():
    resolved = answer(told(None, 1, reference="T9"), known={"T9": [2]})
    assert rows(resolved) == [("r1", 2, "reference")]
    assert resolved.payments[0].stolen.amount_minor == 700


def test_a_hash_of_several_transfers_is_settled_by_payee_and_amount():
    assert rows(answer(told(None, None, payee=address("b"), reference="0xh"), known={"0xh": [3, 4]})) == [
        ("r1", 4, "reference")
    ]
    assert rows(answer(told(None, 10, reference="0xh"), known={"0xh": [4, 3]})) == [("r1", 3, "reference")]


def test_without_a_reference_the_nearest_transfer_within_a_day_is_meant():
    resolved = answer(told(29, 500, account("v"), account("m")))
    assert rows(resolved) == [("r1", 1, "payer, payee, amount and time")]
    assert resolved.payments[0].rivals == 1
    assert rows(answer(told(0, 700, payee=account("m")))) == [("r1", 2, "payee, amount and time")]
    assert rows(answer(told(0, 700, payer=account("w")))) == [("r1", 2, "payer, amount and time")]


def test_what_cannot_be_found_is_said_not_guessed():
    resolved = answer(
        told(0, 499, account("v"), account("m")), told(60 * 30, 700, payee=account("m")), told(0, 5, payee=account("zz"))
    )
    assert not resolved.payments
    assert [u.report_id for u in resolved.unresolved] == ["r1", "r2", "r3"]
    assert all("no transfer fits" in u.why for u in resolved.unresolved)


def test_a_payment_told_twice_is_answered_under_the_first_report():
    resolved = answer(told(None, None, reference="T1"), told(None, None, reference="T1"), known={"T1": [0]})
    assert rows(resolved) == [("r1", 0, "reference")]
    assert [(u.report_id, u.why) for u in resolved.unresolved] == [("r2", "told before in report r1")]
    assert [(u.told_in, u.stolen) for u in resolved.unresolved] == [("r1", Stolen(0, 500))], "to be followed on request"


def test_a_report_that_tells_twice_what_another_told_follows_it_once():
    twice = Seed("r2", (told(None, None, reference="T1"),) * 2)
    resolved = answer(reports=[Seed("r1", twice.payments[:1]), twice], known={"T1": [0]})
    assert [u.stolen for u in resolved.unresolved] == [Stolen(0, 500), None]


def test_a_payment_told_twice_without_reference_does_not_take_its_neighbour():
    resolved = answer(told(31, 500, account("v"), account("m")), told(31, 500, account("v"), account("m")))
    assert [row for _, row, _ in rows(resolved)] == [1]
    assert [u.report_id for u in resolved.unresolved] == ["r2"]


def test_two_like_payments_of_one_report_are_two_transfers():
    payments = (told(0, 500, account("v"), account("m")), told(0, 500, account("v"), account("m")))
    assert [row for _, row, _ in rows(answer(reports=[Seed("r1", payments)]))] == [0, 1]


def test_what_an_account_holds_at_a_moment_are_its_lots_under_fifo():
    ledgers = build_ledgers(world(transfers=MOVES))
    then, end = to_us(at(1, minutes=70)), to_us(at(2))
    assert held_at(ledgers, account("m"), "CNY", at(1, minutes=70)) == tuple(
        Stolen(row, amount, 0, then) for row, amount in ((0, 500), (1, 500), (2, 700))
    )
    assert held_at(ledgers, account("m"), "CNY", at(2)) == (Stolen(1, 400, 100, end), Stolen(2, 700, 0, end))
    with pytest.raises(UsageError, match="no transfer in"):
        held_at(ledgers, account("m"), USDT, at(2))
