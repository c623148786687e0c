"""The seed decides everything."""

import hashlib
import os
import signal
from pathlib import Path

import psutil
import pytest

from cutline.errors import WorkspaceError
from cutline.simulate import ProvinceConfig, call_writer, simulate


def fingerprints(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.rglob("*")) if p.is_file()
    }


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    config = ProvinceConfig(people=400, days=4, seed=9)
    simulate(tmp_path / "a", config)
    simulate(tmp_path / "b", config)
    assert fingerprints(tmp_path / "a") == fingerprints(tmp_path / "b")


def test_another_seed_gives_another_province(tmp_path: Path) -> None:
    simulate(tmp_path / "a", ProvinceConfig(people=400, days=4, seed=9))
    simulate(tmp_path / "b", ProvinceConfig(people=400, days=4, seed=10))
    a, b = fingerprints(tmp_path / "a"), fingerprints(tmp_path / "b")
    tables = [name for name in a.keys() & b.keys() if not name.endswith(".yaml")]
    assert sum(a[name] == b[name] for name in tables) < len(tables) // 20


def test_progress_is_told_from_zero_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    simulate(tmp_path, ProvinceConfig(people=300, days=3), lambda _stage, share: told.append(share))
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_call_records_are_the_same_bytes_from_a_process_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ProvinceConfig(people=400, days=4, seed=9)
    here = simulate(tmp_path / "a", config)
    monkeypatch.setattr(call_writer, "WORTH_A_PROCESS", 1)
    aside = simulate(tmp_path / "b", config)
    assert fingerprints(tmp_path / "a") == fingerprints(tmp_path / "b")
    assert here.rows == aside.rows


def test_a_writer_that_is_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_writer, "WORTH_A_PROCESS", 1)

    def kill(stage: str, _share: float) -> None:
        if stage == "daily life":
            for child in psutil.Process().children():
                if any("spawn_main" in word for word in child.cmdline()):  # not what keeps track of the tests' own processes
                    os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(WorkspaceError, match="ended from outside"):
        simulate(tmp_path, ProvinceConfig(people=400, days=4, seed=9), kill)
