"""What officers decide stays as it was written, needs two of them, and is lifted only by a later judgement."""

from __future__ import annotations

import json

import pytest

from cutline.errors import AuditError, UsageError
from cutline.model.judgements import Resolution, Verdict, resolve_same
from cutline.store.audit import AuditLog
from cutline.store.judgements import Decision, JudgementBook

A, B, C, D = "person:bank/a", "person:telecom/b", "person:id/c", "person:wallet/d"


def open_book(folder):
    return JudgementBook(folder, AuditLog(folder), lambda entity: "hidden " + entity.partition(":")[0])


def said(verdict, *subjects, **more):
    return Decision(Verdict(verdict), subjects, "art. 18", "met at the desk", **more)


def settle(book, decision, by="li", and_by="wang"):
    return book.approve(and_by, book.record(by, decision).judgement_id, "seen the file")


@pytest.fixture
def book(tmp_path):
    return open_book(tmp_path)


def same(book) -> Resolution:
    return resolve_same(book.all())


def test_two_officers_make_a_judgement(book, tmp_path):
    proposed = book.record("li", said("same", B, A))
    assert (proposed.status, proposed.subjects, same(book).version) == ("proposed", (A, B), "")
    with pytest.raises(UsageError, match="expected another officer"):
        book.approve("Li ", proposed.judgement_id, "I am sure")
    with pytest.raises(UsageError, match="expected another officer"):
        book.approve("\uff2ci", proposed.judgement_id, "in full width")
    approved = book.approve("wang", proposed.judgement_id, "seen the file")
    assert (approved.status, approved.proposer, approved.approver) == ("in force", "li", "wang")
    assert same(open_book(tmp_path)).of(B) == A
    with pytest.raises(UsageError, match="expected one that waits"):
        book.approve("zhao", proposed.judgement_id, "me too")


def test_one_officer_decides_what_a_program_proposed(book):
    judged = book.record("li", said("same", A, B, proposer="machine: resolve", detail={"probability": 0.97}))
    assert (judged.status, judged.proposer, judged.approver) == ("in force", "machine: resolve", "li")
    assert judged.detail == {"probability": 0.97}


def test_a_later_judgement_lifts_an_earlier_one_and_both_stay(book):
    first = settle(book, said("same", A, B))
    waiting = book.record("li", Decision(Verdict.REVERSED, (), "art. 18", "it was her sister", reverses=first.judgement_id))
    assert same(book).of(B) == A, "a proposed reversal reverses nothing"
    lifted = book.approve("wang", waiting.judgement_id, "seen the file")
    assert same(book) == Resolution()
    assert [j.status for j in book.all()] == ["reversed", "in force"]
    assert book.one(first.judgement_id).reversed_by == lifted.judgement_id
    with pytest.raises(UsageError, match="not in force"):
        book.record("li", Decision(Verdict.REVERSED, (), "art. 18", "again", reverses=first.judgement_id))
    settle(book, said("same", A, B))
    assert same(book).of(B) == A


def test_what_contradicts_is_refused_with_the_judgement_that_stands_against_it(book):
    apart = settle(book, said("different", A, D))
    settle(book, said("same", A, B))
    with pytest.raises(UsageError, match=apart.judgement_id):
        book.record("li", said("same", B, D))
    with pytest.raises(UsageError, match="reverse that one first"):
        book.record("li", said("different", A, B))
    settle(book, said("fraud", A))
    with pytest.raises(UsageError, match="reverse that one first"):
        book.record("li", said("innocent", A))


def test_what_already_stands_is_told_and_may_be_said_again(book):
    assert book.standing(said("same", A, B)) == []
    first = settle(book, said("same", A, B))
    assert [j.judgement_id for j in book.standing(said("same", B, A))] == [first.judgement_id]
    assert book.standing(said("same", A, C)) == book.standing(said("different", A, B)) == []
    settle(book, Decision(Verdict.REVERSED, (), "art. 18", "it was her sister", reverses=first.judgement_id))
    assert book.standing(said("same", A, B)) == [], "what was lifted stands no more"


def test_what_contradicts_only_when_it_is_approved_is_refused_then(book):
    waiting = book.record("li", said("same", A, B))
    settle(book, said("different", A, B))
    with pytest.raises(UsageError, match="reverse that one first"):
        book.approve("wang", waiting.judgement_id, "seen the file")


@pytest.mark.parametrize(
    "decision",
    [
        said("same", A),
        said("same", A, A),
        said("fraud", A, B),
        Decision(Verdict.FRAUD, (A,), "", "court of Ruili"),
        Decision(Verdict.FRAUD, (A,), "art. 18", " "),
        said("reversed", reverses="nothing"),
    ],
)
def test_what_says_too_little_is_refused(book, decision):
    with pytest.raises(UsageError):
        book.record("li", decision)
    assert book.all() == []


def test_the_national_token_leads_and_order_does_not_matter(book, tmp_path):
    for pair in ((A, B), (B, C)):
        settle(book, said("same", *pair))
    other = open_book(tmp_path / "other")
    for pair in ((C, B), (B, A)):
        settle(other, said("same", *pair))
    assert same(book) == same(other)
    assert {same(book).of(e) for e in (A, B, C)} == {C}
    assert same(book).of(D) == D


@pytest.mark.parametrize("harm", ["change", "remove", "swap"])
def test_an_altered_book_is_an_error(book, tmp_path, harm):
    settle(book, said("same", A, B))
    settle(book, said("fraud", C))
    file = tmp_path / "judgements" / "book.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    lines = {"change": [lines[0].replace(b"bank/a", b"bank/x"), *lines[1:]], "remove": lines[:-1], "swap": lines[::-1]}[harm]
    file.write_bytes(b"".join(lines))
    with pytest.raises(AuditError, match=r"book\.jsonl"):
        open_book(tmp_path).all()


def test_a_line_that_nobody_acknowledged_is_no_judgement(book, tmp_path):
    settle(book, said("same", A, B))
    file = tmp_path / "judgements" / "book.jsonl"
    with file.open("ab") as out:
        out.write(b'{"act": "record", "torn')
    again = open_book(tmp_path)
    assert len(again.all()) == 1
    settle(again, said("fraud", C))
    assert [j.verdict for j in open_book(tmp_path).all()] == ["same", "fraud"]


def test_the_audit_log_names_nobody(book, tmp_path):
    settle(book, said("fraud", A))
    log = (tmp_path / "audit" / "log.jsonl").read_text()
    assert "bank/a" not in log
    entries = [json.loads(line) for line in log.splitlines()]
    assert [e["detail"]["act"] for e in entries] == ["record", "approve"]
    assert entries[0]["subjects"] == ["hidden person"]
    assert (tmp_path / "judgements" / "book.jsonl").stat().st_mode & 0o077 == 0
