from datetime import UTC, datetime, timedelta

from cutline.model.judgements import Judgement, Resolution, Verdict, version_of_closed
from cutline.pipeline.deciding import decided_cases
from tests.risk.gangs import build, province

AT = datetime(2026, 3, 1, tzinfo=UTC)
MULE, SHOP = "account:CN/ICBK/a-m0", "account:CN/ABC/shop"


def _judgement(number, verdict, subject, days=0, **more):
    when = AT + timedelta(days=days)
    given = {"approver": "B", **more}
    return Judgement(f"j{number}", verdict, (subject,), when, when, "A", legal_basis="art. 1", reason="tried", **given)


def test_the_latest_verdict_in_force_counts():
    index = build(province())
    book = [
        _judgement(1, Verdict.INNOCENT, MULE),
        _judgement(2, Verdict.FRAUD, MULE, days=3),
        _judgement(3, Verdict.FRAUD, SHOP, approver=""),
        _judgement(4, Verdict.FRAUD, SHOP, reversed_by="j9"),
        _judgement(5, Verdict.INNOCENT, SHOP, days=1),
        _judgement(6, Verdict.FRAUD, "account:CN/ABC/nobody-knows"),
    ]
    cases = decided_cases(index, book, Resolution())
    assert dict(zip(cases.subject.tolist(), cases.label.tolist(), strict=True)) == {index.code(MULE): 1, index.code(SHOP): 0}
    assert cases.decided_us[cases.subject.tolist().index(index.code(MULE))] == (AT + timedelta(days=3)).timestamp() * 1e6
    assert (decided_cases(index, book[::-1], Resolution()).label == cases.label).all()


def test_a_token_is_judged_as_the_one_it_was_found_to_be():
    index = build(province())
    cases = decided_cases(index, [_judgement(1, Verdict.FRAUD, "person:x/other")], Resolution({"person:x/other": MULE}, "v"))
    assert cases.subject.tolist() == [index.code(MULE)]


def test_a_reversal_or_a_new_case_makes_another_version():
    one = [_judgement(1, Verdict.FRAUD, MULE)]
    assert version_of_closed([]) == version_of_closed([_judgement(1, Verdict.FRAUD, MULE, reversed_by="j2")]) == ""
    assert version_of_closed(one) != version_of_closed([*one, _judgement(2, Verdict.INNOCENT, SHOP)])
