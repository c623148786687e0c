"""What ids tell: numbers, places and accounts at home and abroad."""

from __future__ import annotations

import pytest

from cutline.typologies.rows import Rows
from cutline.typologies.vocabulary import word_of, words_of
from tests.worlds import at, world


def told(column: str, word: str, **row: str) -> int:
    table = {"place": "sessions", "payer": "transfers"}.get(column, "contacts")
    needed = {
        "contacts": {"source": "phone:+8613800000001", "target": "phone:+8613800000002", "medium": "call"},
        "sessions": {"handle": "handle:qq/a"},
        "transfers": {"payer": "account:CN/ABC/1", "payee": "account:CN/ABC/2", "amount": 1, "asset": "CNY", "rail": "bank"},
    }[table]
    index = world(**{table: [{"occurred_at": at(1), **needed, **row}]})
    return int(Rows(index).column(table, f"{column}_{word}")[0])


@pytest.mark.parametrize(
    ("number", "abroad", "landline", "mobile"),
    [
        ("phone:+8613800138000", 0, 0, 1),
        ("phone:+8659588001122", 0, 1, 0),
        ("phone:+861062345678", 0, 1, 0),
        ("phone:+864008001234", 0, 0, 0),
        ("phone:cmcc/10086", 0, 0, 0),
        ("phone:+85512345678", 1, 0, 0),
        ("handle:qq/13800138000", -1, -1, -1),
    ],
)
def test_the_plan_of_a_number(number: str, abroad: int, landline: int, mobile: int) -> None:
    got = [told("source", word, source=number) for word in ("abroad", "landline", "mobile")]
    assert got == [abroad, landline, mobile]


@pytest.mark.parametrize(
    ("column", "entity", "abroad"),
    [
        ("place", "place:CN/350203", 0),
        ("place", "place:CN", 0),
        ("place", "place:KH/Bavet", 1),
        ("payer", "account:CN/ICBK/1", 0),
        ("payer", "account:HK/HSBC/1", 1),
        ("payer", "account:IBAN/CH2900", 1),
        ("payer", "address:tron/T", -1),
    ],
)
def test_places_and_institutions(column: str, entity: str, abroad: int) -> None:
    assert told(column, "abroad", **{column: entity}) == abroad


def test_an_unknown_entity_tells_nothing_and_a_silent_column_is_told_as_silent() -> None:
    index = world(sessions=[{"occurred_at": at(1), "handle": "handle:qq/a"}])
    rows = Rows(index)
    assert rows.column("sessions", "place_abroad").tolist() == [-1]
    assert rows.column("sessions", "place_told").tolist() == [0]
    assert rows.column("sessions", "handle_told").tolist() == [1]


def test_nothing_protected_can_be_asked_for() -> None:
    assert word_of("reports", "region_told") is None
    assert word_of("contacts", "medium_abroad") is None
    assert word_of("movements", "person_abroad") is None
    assert "source_landline" in words_of("contacts")
    assert "says_no_skill" in words_of("posts")
