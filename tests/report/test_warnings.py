"""The section that says whom to warn: graded, in words to say, by pseudonym."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import html

from cutline.model.evidence import Alert
from cutline.report.warnings import WARNINGS_TOLD, Warned, draw_warnings

AT = datetime(2026, 3, 1, tzinfo=UTC)


def warned(number: int, grade: str, rank: float = 0.5) -> Warned:
    subject = (f"account:CN/ICBK/{number}",)
    alert = Alert(f"w{number}", "warning", "", subject, rank, 90_000, AT, (), ("f",), grade, "hang <up>", "请挂断")
    return Warned(alert, "was called", "接到电话")


def show(entity: str) -> str:
    return f"~{entity[-2:]}"


def test_the_most_urgent_stand_first_and_every_grade_is_counted() -> None:
    page = html.fromstring(draw_warnings([warned(10, "low"), warned(11, "high", 0.1), warned(12, "high", 0.9)], show, "CNY"))
    assert [row[0].text for row in page.xpath("//tbody/tr")] == ["~12", "~11", "~10"]
    assert "2 high: visit at once" in page.text_content()
    assert "middle" not in page.text_content()
    assert "hang <up>" in page.text_content()
    assert "account:" not in page.text_content()


def test_a_long_queue_is_cut_and_says_so() -> None:
    page = html.fromstring(draw_warnings([warned(k, "middle") for k in range(40)], show, "CNY"))
    assert len(page.xpath("//tbody/tr")) == WARNINGS_TOLD
    assert f"{WARNINGS_TOLD} most urgent of 40" in page.text_content()


def test_nobody_to_warn_leaves_no_section() -> None:
    assert draw_warnings([], show, "CNY") == ""
