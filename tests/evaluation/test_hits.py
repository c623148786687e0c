"""Hits are judged against what is known, and only against that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cutline.evaluation.hits import Known, group_hits, judge_hits, known_from
from cutline.model.judgements import Judgement, Verdict

START = datetime(2026, 3, 1, tzinfo=UTC)


def decided(number: int, verdict: Verdict, subject: str, approver: str = "officer 2") -> Judgement:
    moment = START + timedelta(days=number)
    return Judgement(f"j{number}", verdict, (subject,), moment, moment, "officer 1", approver, "art. 18", "court")


def test_only_decided_subjects_count_against_judgements():
    book = [
        decided(1, Verdict.FRAUD, "account:a"),
        decided(2, Verdict.INNOCENT, "account:b"),
        decided(3, Verdict.INNOCENT, "account:c"),
        decided(4, Verdict.FRAUD, "account:c"),
        decided(5, Verdict.FRAUD, "account:proposed", approver=""),
        replace(decided(6, Verdict.FRAUD, "account:lifted"), reversed_by="j7"),
    ]
    known = known_from(book)
    assert known is not None
    assert known.positives == {"account:a", "account:c"}
    assert known.negatives == {"account:b"}
    told = judge_hits({"account:a", "account:b", "account:nobody"}, known)
    assert (told["found"], told["counted"], told["precision"], told["recall"]) == (3, 2, 0.5, 0.5)
    assert known_from(book[4:]) is None


def test_truth_knows_everybody_and_a_share_of_nothing_is_none():
    known = Known(frozenset({"account:a"}), None, {"account:a": "mule", "account:l": "landlord"})
    assert judge_hits({"account:a", "account:l"}, known)["precision"] == 0.5
    assert judge_hits(set(), known)["precision"] is None
    assert judge_hits(set(), Known(frozenset(), None))["recall"] is None
    groups = group_hits({"account:a", "account:l", "account:x"}, known)
    assert groups == {"roles": [{"role": "mule", "found": 1, "of": 1}], "look_alikes": [{"like": "landlord", "found": 1}]}
