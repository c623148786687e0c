from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cutline.errors import SourceError
from cutline.ingest.delivery import read_delivery, received_at
from cutline.ingest.survey import survey
from tests.ingest.delivered import discover, write

FULL = """\
source: bank-of-x
department: finance
zone: Europe/Berlin
received_at: 2026-04-01T08:00:00
legal_basis: art. 18
purpose: case 7
delete_by: 2027-01-31
person_tokens: national
answers: q1
chain: tron
covers_from: 2026-01-01
covers_to: 2026-03-31
export_tool: 3.1
"""


def test_a_delivery_says_what_its_page_says(tmp_path: Path) -> None:
    write(tmp_path / "delivery.yaml", FULL)
    said = read_delivery(tmp_path)
    assert (said.source, said.department, said.zone, said.zone_assumed) == ("bank-of-x", "finance", "Europe/Berlin", False)
    assert said.received_at == datetime(2026, 4, 1, 6, tzinfo=UTC)
    assert said.delete_by == date(2027, 1, 31)
    assert (said.national_tokens, said.answers, said.chain) == (True, "q1", "tron")
    assert said.covers_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert said.covers_to is not None
    assert said.covers_to.date() == date(2026, 3, 31)
    assert (said.legal_basis, said.purpose) == ("art. 18", "case 7")


def test_without_a_page_the_folder_names_the_source_and_the_zone_is_assumed(tmp_path: Path) -> None:
    said = read_delivery(tmp_path / "telecom-cu")
    assert (said.source, said.zone, said.zone_assumed, said.received_at) == ("telecom-cu", "Asia/Shanghai", True, None)
    write(tmp_path / "delivery.yaml", "")
    assert read_delivery(tmp_path).source == tmp_path.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zone: Mars/Olympus", "zone is 'Mars/Olympus'"),
        ("department: army", "department is 'army'"),
        ("received_at: soon", "received_at is 'soon'"),
        ("received_at: 5", "received_at is 5"),
        ("person_tokens: nationl", "person_tokens is 'nationl'; expected one of issuer, national"),
        ("person_token: national", "the name 'person_token'; expected person_tokens"),
        ("legal-basis: art. 18", "the name 'legal-basis'"),
        ("chain: etherium", "chain is 'etherium'; expected ethereum"),
        ("chain: '***'", "chain is"),
        ("- a list", "a list"),
        ("a: [", "cannot be read"),
        ("x: " + "y" * (1 << 20), "bytes"),
    ],
)
def test_a_page_that_makes_no_sense_is_told(text: str, words: str, tmp_path: Path) -> None:
    write(tmp_path / "delivery.yaml", text)
    with pytest.raises(SourceError, match=words) as error:
        read_delivery(tmp_path)
    assert "delivery.yaml" in str(error.value)


@pytest.mark.parametrize("text", ["person_tokens: National", "person_tokens: issuer", "chain: ethereumpow", "seed: 7", "1: 2"])
def test_words_of_other_cases_and_names_of_their_own_stand(text: str, tmp_path: Path) -> None:
    write(tmp_path / "delivery.yaml", text)
    assert read_delivery(tmp_path).national_tokens == ("National" in text)


def test_a_file_of_a_silent_delivery_was_received_when_it_was_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    os.utime(path, (1_750_000_000, 1_750_000_000))
    assert received_at(discover([path])[0]) == datetime.fromtimestamp(1_750_000_000, UTC)
    write(tmp_path / "delivery.yaml", "received_at: 2026-04-01T08:00:00+08:00")
    assert received_at(discover([path])[0]) == datetime(2026, 4, 1, tzinfo=UTC)


def test_what_is_received_in_the_future_is_refused_by_name(tmp_path: Path) -> None:
    now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    page, path = tmp_path / "delivery.yaml", write(tmp_path / "a.csv")
    write(page, "received_at: 2027-04-02T12:00:01Z")
    with pytest.raises(SourceError, match=r"delivery\.yaml.*received_at is 2027-04-02.*it is 2026-04-01 12:00 UTC here"):
        read_delivery(tmp_path, lambda: now)
    (refused,) = survey([tmp_path], clock=lambda: now).refused
    assert "a.csv" in str(refused)
    assert len(survey([tmp_path], clock=lambda: now + timedelta(seconds=1)).files) == 1, "a clock or a year may be off by one"
    page.unlink()
    os.utime(path, ((now + timedelta(days=400)).timestamp(),) * 2)
    (refused,) = survey([tmp_path], clock=lambda: now).refused
    assert "last change" in str(refused)


@pytest.mark.parametrize(
    "text",
    ["covers_from: 2026-02-30", "received_at: 9999-12-31T23:59:59-12:00", "source: [a, b]", "source: id", "a: " + "[" * 3000],
)
def test_a_page_with_impossible_values_is_told_not_thrown(text: str, tmp_path: Path) -> None:
    write(tmp_path / "delivery.yaml", text)
    with pytest.raises(SourceError, match=r"delivery\.yaml"):
        read_delivery(tmp_path)
