import pytest

from cutline.model.evidence import Score
from cutline.risk import rank
from tests.risk.gangs import Rows, build, finding, merged, pay, tie
from tests.worlds import at

SUBJECT, OWNER = "account:CN/A/1", "person:bank/x"


def judged(*worlds: Rows) -> Score:
    index = build(merged({"transfers": [pay("account:CN/B/1", SUBJECT, 5_000_00, at(4))]}, *worlds))
    return rank(index, [finding(index, SUBJECT, [0])]).of(index.code(SUBJECT))


def wages(people: int, months: int = 1) -> Rows:
    return {
        "transfers": [
            pay(SUBJECT, f"account:CN/C/{k}", 6_000_00, at(30 * m), "payroll") for k in range(people) for m in range(months)
        ]
    }


def till(days: int, channel: str = "pos", customers: int = 40) -> Rows:
    return {
        "transfers": [
            pay(f"account:CN/D/{(3 * d + k) % customers}", SUBJECT, 40_00, at(d, k), channel)
            for d in range(4, days + 4)
            for k in range(3)
        ]
    }


def tenants(count: int) -> Rows:
    homes = [tie(f"person:id/t{k}", "person:id/national", "tenant_of") for k in range(count)]
    return {"ties": [tie(OWNER, SUBJECT, "owns"), tie(OWNER, "person:id/national", "same_as"), *homes]}


def listed(tag: str) -> Rows:
    told = {"entity": SUBJECT, "tag": tag, "list": "swaps by topic", "occurred_at": at(1)}
    return {"tags": [told]}


@pytest.mark.parametrize(
    ("shown", "not_shown", "words"),
    [
        (wages(6), wages(3, months=4), "pays wages"),
        (till(12), till(12, "qr"), "at a till"),
        (till(12), till(5), "at a till"),
        (till(12), till(12, customers=4), "at a till"),
        (tenants(3), tenants(1), "tenants"),
        (listed("pool"), listed("seen"), "a pool"),
    ],
)
def test_ordinary_conduct_lowers_and_never_erases(shown, not_shown, words):
    before, clear, same = judged(), judged(shown), judged(not_shown)
    assert 0.2 * before.score < clear.score < 0.45 * before.score
    assert [reason for reason in clear.contrary if words in reason.text_en and reason.weight < 0 and reason.text_zh]
    assert same.score == pytest.approx(before.score, rel=0.02)
    assert not [reason for reason in same.contrary if words in reason.text_en]


def test_a_gang_that_deals_with_a_shop_gains_nothing_from_it():
    shopping = {"transfers": [pay(SUBJECT, "account:CN/D/shop", 40_00, at(d), "pos") for d in range(4, 25)]}
    assert judged(shopping).score == pytest.approx(judged().score)


def test_guilt_that_conduct_explains_passes_on_less():
    index = build(
        merged({"transfers": [pay("account:CN/B/1", SUBJECT, 5_000_00, at(4))], "ties": [tie(OWNER, SUBJECT, "owns")]})
    )
    plain = rank(index, [finding(index, SUBJECT, [0])]).score[index.code(OWNER)]
    paying = build(
        merged(
            {"transfers": [pay("account:CN/B/1", SUBJECT, 5_000_00, at(4))], "ties": [tie(OWNER, SUBJECT, "owns")]}, wages(8)
        )
    )
    assert rank(paying, [finding(paying, SUBJECT, [0])]).score[paying.code(OWNER)] < 0.5 * plain
