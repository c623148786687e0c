"""Who may open a workspace, and what is left untouched because it is none, or a newer one."""

import subprocess
import sys
from pathlib import Path

import pytest

from cutline.errors import WorkspaceError, WorkspaceLockedError, WorkspaceVersionError
from cutline.store.lake import Lake
from cutline.store.ownership import SCHEMA_VERSION
from cutline.store.purging import ROOMS
from tests.store.deliveries import contacts, stage


def test_another_process_and_a_second_opening_are_told_who_holds_the_lake(lake, tmp_path):
    with pytest.raises(WorkspaceLockedError, match=r"process \d+ has this workspace open; wait"):
        Lake.open(tmp_path / "ws")
    code = "import sys; from pathlib import Path; from cutline.store.lake import Lake; Lake.open(Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "ws")], capture_output=True, text=True, check=False)
    assert "WorkspaceLockedError" in done.stderr


def test_a_newer_workspace_is_left_untouched(tmp_path):
    Lake.open(tmp_path).close()
    (tmp_path / "VERSION").write_text(f"{SCHEMA_VERSION + 1}\n")
    (tmp_path / "records" / "future").mkdir(parents=True)
    (tmp_path / "records" / "future" / "x.parquet").write_text("kept")
    with pytest.raises(WorkspaceVersionError, match="update cutline"):
        Lake.open(tmp_path)
    assert (tmp_path / "records" / "future" / "x.parquet").exists()


def test_a_newer_catalogue_is_refused_even_without_its_version_file(tmp_path):
    with Lake.open(tmp_path) as lake:
        lake._catalogue.set_meta("schema_version", SCHEMA_VERSION + 1)
    (tmp_path / "VERSION").unlink()
    with pytest.raises(WorkspaceVersionError):
        Lake.open(tmp_path)
    Path(tmp_path / "VERSION").write_text("one?")
    with pytest.raises(WorkspaceError, match="layout number"):
        Lake.open(tmp_path)


@pytest.mark.parametrize("room", ROOMS)
def test_a_folder_that_is_no_workspace_is_left_untouched(tmp_path, room):
    (tmp_path / room).mkdir()
    (tmp_path / room / "mine.txt").write_text("dear")
    with pytest.raises(WorkspaceError, match="expected a workspace or an empty folder"):
        Lake.open(tmp_path)
    assert (tmp_path / room / "mine.txt").exists()


def test_a_workspace_without_its_catalogue_is_not_swept(tmp_path):
    with Lake.open(tmp_path / "ws") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", contacts([{}]))])
    (tmp_path / "ws" / "lake.duckdb").unlink()
    with pytest.raises(WorkspaceError, match="catalogue is missing"):
        Lake.open(tmp_path / "ws")
    assert list((tmp_path / "ws" / "records").rglob("*.parquet"))


def test_a_damaged_catalogue_says_so(tmp_path):
    Lake.open(tmp_path).close()
    (tmp_path / "lake.duckdb").write_bytes(b"garbage" * 2000)
    with pytest.raises(WorkspaceError, match="restore it from a backup"):
        Lake.open(tmp_path)
