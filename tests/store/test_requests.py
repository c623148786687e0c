"""What is prepared for holders needs two officers, is whole or not there, and is never altered."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cutline.errors import AuditError, UsageError
from cutline.model.entities import Label
from cutline.model.requests import AT_HOME, Ask, Draft
from cutline.store.audit import AuditLog
from cutline.store.requests import RequestBook

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DRAFT = Draft(
    "CN/ICBK",
    Ask.STOP,
    "account:CN/ICBK/6222",
    "CNY",
    500,
    AT_HOME[Ask.STOP],
    Label("stop {about}", "止付{about}"),
    "RPT1",
    "t1",
)
TWO = (DRAFT, replace(DRAFT, kind=Ask.QUERY, useful_until=NOON, references=("memo 7",), authority="PSB"))


def later(minutes):
    return NOON + timedelta(minutes=minutes)


def open_book(folder):
    return RequestBook(folder, AuditLog(folder), lambda entity: "hidden " + entity.partition(":")[0])


@pytest.fixture
def book(tmp_path):
    return open_book(tmp_path)


def test_what_was_drafted_comes_back_as_it_was(book, tmp_path):
    made = book.prepare("li", TWO, "the victim called", NOON)
    assert tuple(one.draft for one in made) == TWO
    assert open_book(tmp_path).all() == made
    assert {(one.prepared_by, one.prepared_at, one.approved_at) for one in made} == {("li", NOON, None)}
    assert made[0].as_of(later(-1)) is None


def test_nothing_to_prepare_writes_nothing(book, tmp_path):
    assert book.prepare("li", [], "the victim called", NOON) == []
    assert not (tmp_path / "requests").exists()


def test_two_officers_let_a_request_go(book):
    name = book.prepare("li", [DRAFT], "the victim called", NOON)[0].request_id
    with pytest.raises(UsageError, match="expected another officer"):
        book.approve(" LI", [name], "I am sure", later(1))
    with pytest.raises(UsageError, match="expected another officer"):
        book.approve("\uff2c\u200bi", [name], "in full width", later(1))
    with pytest.raises(UsageError, match="not approved"):
        book.send("li", name, "to the bank", later(1))
    with pytest.raises(UsageError, match="not before that"):
        book.approve("wang", [name], "read it", later(-1))
    (approved,) = book.approve("wang", [name, name], "read it", later(1))
    assert (approved.approved_by, approved.approved_at) == ("wang", later(1))
    with pytest.raises(UsageError, match="approved by wang"):
        book.approve("zhao", [name], "me too", later(2))
    assert book.send("li", name, "to the bank", later(2)).sent_at == later(2)
    assert book.send("li", name, "once more", later(9)).sent_at == later(2)
    with pytest.raises(UsageError, match="its holder has it"):
        book.withdraw("li", [name], "a mistake", later(3))


def test_one_that_does_not_wait_keeps_all_from_being_approved(book):
    first, second = (one.request_id for one in book.prepare("li", TWO, "the victim called", NOON))
    book.withdraw("li", [second], "a mistake", later(1))
    with pytest.raises(UsageError, match="withdrawn"):
        book.approve("wang", [first, second], "read both", later(2))
    assert [one.approved_at for one in book.all()] == [None, None]
    again = book.prepare("li", [TWO[1]], "no mistake after all", later(3))[0]
    assert again.request_id not in (first, second)
    assert again.as_of(later(3)) == again


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_what_has_no_reason_is_refused(book, reason):
    with pytest.raises(UsageError, match="--reason"):
        book.prepare("li", TWO, reason, NOON)


def test_an_altered_book_is_an_error(book, tmp_path):
    book.prepare("li", TWO, "the victim called", NOON)
    file = tmp_path / "requests" / "book.jsonl"
    file.write_text(file.read_text().replace('"amount_minor":500', '"amount_minor":900'))
    with pytest.raises(AuditError, match=r"requests/book\.jsonl"):
        open_book(tmp_path).all()


def test_the_audit_log_says_who_did_what_and_names_nobody(book, tmp_path):
    name = book.prepare("li", [DRAFT], "the victim called", NOON)[0].request_id
    book.approve("wang", [name], "read it", later(1))
    entries = list(AuditLog(tmp_path).entries())
    assert [(e.actor, e.detail["act"], e.subjects) for e in entries] == [
        ("li", "prepare", ("hidden account",)),
        ("wang", "approve", ("hidden account",)),
    ]
    assert entries[0].legal_basis == AT_HOME[Ask.STOP].en
    assert "6222" not in (tmp_path / "audit" / "log.jsonl").read_text()


_NURSERY = """
import itertools, os, signal, sys
from pathlib import Path
from tests.store.test_requests import NOON, TWO, open_book
step, fatal = itertools.count(), -1
def mortal(function):
    def wrapped(*args, **kwargs):
        if next(step) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return wrapped
os.fsync, Path.replace = mortal(os.fsync), mortal(Path.replace)
status = 1
while status:
    fatal += 1
    folder = Path(sys.argv[1]) / str(fatal)
    folder.mkdir()
    child = os.fork()
    if not child:
        open_book(folder).prepare("li", TWO, "the victim called", NOON)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
"""


def test_a_killed_preparation_left_all_or_nothing(tmp_path):
    """Killed at every write and every change of a name; the last of the folders is of the one that lived."""
    subprocess.run([sys.executable, "-c", _NURSERY, str(tmp_path)], check=True, timeout=120)
    folders = sorted(tmp_path.iterdir(), key=lambda folder: int(folder.name))
    left = [len(open_book(folder).all()) for folder in folders]
    assert set(left) == {0, 2}
    assert left[-1] == 2
    for folder, found in zip(folders, left, strict=True):
        assert len(open_book(folder).prepare("li", TWO, "once more", NOON)) == 2
        assert len(open_book(folder).all()) == found + 2
