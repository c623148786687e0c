from datetime import UTC, datetime

import pytest

from cutline.model.entities import Label
from cutline.model.requests import ABROAD, AT_HOME, Ask, Draft, Prepared
from cutline.report.letters import Letter, write_letter

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WANTED = Label("Stop {about} at once.", "请立即止付{about}。")


def letter(kind, **more):
    basis = AT_HOME[kind] if kind is not Ask.FREEZE else ABROAD
    draft = Draft("CN/ICBK", kind, "account:CN/ICBK/6222", "CNY", 123_456, basis, WANTED, "RPT1", "t1", authority="PSB", **more)
    return write_letter(Prepared("R1", draft, NOON, "li", NOON, "wang"), Letter("account~X", "RPT1", NOON))


@pytest.mark.parametrize("kind", list(Ask))
def test_a_letter_says_who_asks_what_on_what_basis_until_when(kind):
    text = letter(kind)
    for told in ("R1", "PSB", "CN/ICBK", "account~X", "¥1,234.56", "RPT1", "li", "wang", "2026-03-10 12:00 UTC"):
        assert told in text
    assert "account:CN" not in text, "the letter names the entity as it is told to"
    assert "Stop account~X at once." in text
    assert "请立即止付account~X。" in text
    assert "lawyer" in text


def test_what_holds_money_says_when_it_ends_and_how_to_appeal():
    assert "48 h" in letter(Ask.STOP)
    assert "180 d" in letter(Ask.FREEZE)
    for kind in (Ask.STOP, Ask.FREEZE):
        assert "appeal" in letter(kind)
        assert "申诉" in letter(kind)
    assert "appeal" not in letter(Ask.QUERY)
    assert "ends by itself" not in letter(Ask.PRESERVE)


def test_deadlines_follow_the_kind():
    assert "2026-03-10 12:30 UTC" in letter(Ask.STOP)
    assert "2026-03-13 12:00 UTC" in letter(Ask.PRESERVE)


def test_a_reference_cannot_break_the_table():
    text = letter(Ask.QUERY, references=("memo 7|8\n| from | nobody |",), renews="R0", renewal=1)
    (line,) = [row for row in text.splitlines() if "memo 7" in row]
    assert line.count(" | ") - line.count("\\| ") <= 2
    assert "R0 (1)" in text


def test_every_fact_has_its_rows_and_what_no_lawyer_read_is_marked():
    text = letter(Ask.STOP, rests_on=("1 earlier ones", "T1 (CCB, batch 4af4, row 17)"))
    assert "| rests on rows 依据记录 | 1 earlier ones; T1 (CCB, batch 4af4, row 17) |" in text
    assert "| trace 追踪编号 | t1 |" in text
    assert "counsel" not in letter(Ask.STOP), "art. 20 was read in the law's text"
    assert "art. 54 (to be checked by counsel)" in letter(Ask.PRESERVE)
