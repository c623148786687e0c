from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cutline.errors import SourceError
from cutline.ingest.delivery import discover, read_delivery, received_at, survey

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


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


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


def test_files_are_found_once_in_order_with_their_own_delivery(tmp_path: Path) -> None:
    write(tmp_path / "delivery.yaml", "source: province")
    write(tmp_path / "bank" / "delivery.yaml", "source: bank")
    names = ["b.csv", "bank/a.csv", "bank/deep/c.csv", "tele/d.csv"]
    for name in names:
        write(tmp_path / name, name)
    for name in (".hidden.csv", ".git/x.csv", "truth/subjects.csv", "bank/truth/deep/rings.csv"):
        write(tmp_path / name)
    found = discover([tmp_path / "bank", tmp_path, tmp_path / "b.csv"])
    assert [file.path.relative_to(tmp_path).as_posix() for file in found] == names
    assert [(file.delivery.source, file.name) for file in found] == [
        ("province", "b.csv"),
        ("bank", "a.csv"),
        ("bank", "deep/c.csv"),
        ("province", "tele/d.csv"),
    ]
    assert found[0].sha256 == hashlib.sha256(b"b.csv").hexdigest()


@pytest.mark.parametrize("named", ["truth", "truth/subjects.csv", "truth/deep"])
def test_truth_is_never_ingested_however_it_is_named(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "truth" / "subjects.csv")
    write(tmp_path / "truth" / "deep" / "x.csv")
    with pytest.raises(SourceError, match="truth is never ingested"):
        discover([tmp_path / named])
    monkeypatch.chdir(tmp_path / "truth")
    with pytest.raises(SourceError, match="truth is never ingested"):
        discover([Path()])
    (tmp_path / "linked").symlink_to(tmp_path / "truth")
    write(tmp_path / "a.csv")
    assert [file.name for file in discover([tmp_path])] == ["a.csv"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.csv")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert len(discover([tmp_path])) == 1


def test_absent_and_unreadable_paths_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        discover([tmp_path / "nothing"])
    write(tmp_path / "shut" / "a.csv")

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", refuse)
        with pytest.raises(SourceError, match=r"shut: the folder cannot be read \(Permission denied\)"):
            discover([tmp_path / "shut"])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, *_: refuse(path))
        with pytest.raises(SourceError, match=r"a.csv: the file cannot be read \(Permission denied\)"):
            discover([tmp_path / "shut"])


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


def test_what_cannot_be_read_stops_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "good" / "a.csv")
    write(tmp_path / "bad" / "delivery.yaml", "zone: Mars/Phobos")
    write(tmp_path / "bad" / "b.csv")
    write(tmp_path / "bad" / "c.csv")
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    os.mkfifo(tmp_path / "pipe")
    found = survey([tmp_path])
    assert [file.name for file in found.files] == ["a.csv"]
    told = sorted(str(error).removeprefix(f"{tmp_path}/").split(";")[0] for error in found.refused)
    assert [line.split(":")[0] for line in told] == ["bad/b.csv", "bad/c.csv", "one", "pipe", "two"]
    assert "Mars/Phobos" in told[0]
    assert "leads back to itself" in told[2]
