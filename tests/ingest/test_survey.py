from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from cutline.errors import SourceError
from cutline.ingest.survey import survey
from tests.ingest.delivered import discover, write


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
