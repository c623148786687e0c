import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cutline.errors import UsageError, WorkspaceError
from cutline.store.keys import pseudonym_key


def test_the_key_from_the_settings_is_used_and_not_written(tmp_path):
    assert pseudonym_key(tmp_path, b"k" * 32) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_short_key_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected 16 or more"):
        pseudonym_key(tmp_path, b"secret")


def test_a_workspace_makes_its_own_key_once_for_its_owner_alone(tmp_path):
    key = pseudonym_key(tmp_path, None)
    assert len(key) == 32
    assert pseudonym_key(tmp_path, None) == key
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pseudonym_key(Path(tmp_path), b"x" * 16) != key


def test_a_key_that_others_can_read_or_that_was_cut_is_refused(tmp_path):
    pseudonym_key(tmp_path, None)
    path = tmp_path / "pseudonym.key"
    path.chmod(0o644)
    with pytest.raises(WorkspaceError, match="chmod 600"):
        pseudonym_key(tmp_path, None)
    path.chmod(0o600)
    path.write_bytes(b"cut")
    with pytest.raises(WorkspaceError, match="restore it"):
        pseudonym_key(tmp_path, None)


def test_those_who_start_together_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: pseudonym_key(tmp_path, None), range(32)))
    assert len(set(keys)) == 1
    assert len(list(tmp_path.iterdir())) == 1
