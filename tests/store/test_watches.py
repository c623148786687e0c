"""A watch is an officer's order; what was told stays told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cutline.errors import AuditError, UsageError
from cutline.store.audit import AuditLog
from cutline.store.watches import WatchBook

A, B = "account:CN/ICBK/1", "account:CN/ICBK/2"
SINCE = (datetime(2026, 3, 10, tzinfo=UTC), 7)
WHY = ("art. 20", "the bank has not answered")


def open_book(folder):
    return WatchBook(folder, AuditLog(folder), lambda entity: f"hidden {len(entity)}")


@pytest.fixture
def book(tmp_path):
    return open_book(tmp_path)


def test_watching_twice_watches_once(book, tmp_path):
    first = book.add("li", [(A, "RPT1"), (B, "RPT1"), (A, "RPT1")], SINCE, WHY)
    assert [watch.entity for watch in first] == [A, B]
    again = book.add("wang", [(A, "RPT1"), (A, "RPT2")], (SINCE[0], 9), WHY)
    assert again[0] == first[0]
    assert [(w.entity, w.seed, w.after, w.added_by) for w in open_book(tmp_path).read().standing] == [
        (A, "RPT1", 7, "li"),
        (B, "RPT1", 7, "li"),
        (A, "RPT2", 9, "wang"),
    ]


def test_a_lifted_watch_stays_in_the_book_and_may_be_set_anew(book):
    (watch,) = book.add("li", [(A, A)], SINCE, WHY)
    (lifted,) = book.remove("wang", [watch.watch_id], "frozen now")
    assert (lifted.removed_by, book.read().standing) == ("wang", ())
    with pytest.raises(UsageError, match="watch list"):
        book.remove("wang", [watch.watch_id], "frozen now")
    (anew,) = book.add("li", [(A, A)], (SINCE[0], 12), WHY)
    assert anew.watch_id != watch.watch_id
    assert len(book.read().watches) == 2


def test_what_was_told_stays_told(book, tmp_path):
    book.check("li", ["M2", "M1"], 8)
    book.check("li", [], 9)
    read = open_book(tmp_path).read()
    assert (read.told, read.seen) == (frozenset({"M1", "M2"}), 9)


@pytest.mark.parametrize(
    ("why", "message"),
    [
        (("", "a reason"), "legal basis"),
        (("art. 20", " "), "say why"),
        (("art. 20", "ok"), "'ok': too short; expected at least 3 letters"),
    ],
)
def test_what_says_too_little_is_refused(book, why, message):
    with pytest.raises(UsageError, match=message):
        book.add("li", [(A, A)], SINCE, why)


def test_an_altered_book_is_an_error(book, tmp_path):
    book.add("li", [(A, A)], SINCE, WHY)
    book.check("li", ["M1"], 8)
    file = tmp_path / "watches" / "book.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:1]))
    with pytest.raises(AuditError, match=r"watches/book\.jsonl"):
        open_book(tmp_path).read()
