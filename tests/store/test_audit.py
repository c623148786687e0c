import json
import multiprocessing
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import AuditError, UsageError
from cutline.store.audit import AuditLog
from cutline.store.merkle import proves_consistency, proves_inclusion


def write(workspace: Path, count: int) -> AuditLog:
    log = AuditLog(workspace)
    for k in range(count):
        log.append(
            actor="officer.li",
            action="unmask",
            reason=f"case {k}",
            legal_basis="art. 26",
            subjects=(f"pseudonym-{k}",),
            detail={"é": k, "列": [1.5, None]},
        )
    return log


def test_entries_come_back_and_the_log_adds_up(tmp_path):
    log = write(tmp_path, 5)
    entries = list(log.entries())
    assert [e.seq for e in entries] == list(range(5))
    assert [e.previous for e in entries[1:]] == [e.hash for e in entries[:-1]]
    assert entries[3].subjects == ("pseudonym-3",)
    assert entries[3].detail == {"é": 3, "列": [1.5, None]}
    state = log.verify()
    assert (state.size, state.last, state.torn) == (5, entries[-1].hash, ())


def test_an_empty_log_adds_up(tmp_path):
    assert AuditLog(tmp_path).verify().size == 0


def test_an_entry_says_who_does_what_and_why(tmp_path):
    log = AuditLog(tmp_path)
    with pytest.raises(UsageError, match="without reason"):
        log.append(actor="li", action="unmask", reason=" ")
    with pytest.raises(UsageError, match="JSON cannot hold"):
        log.append(actor="li", action="unmask", reason="case 1", detail={"x": float("nan")})
    assert log.verify().size == 0


def test_details_with_keys_that_are_no_text_still_verify(tmp_path):
    log = AuditLog(tmp_path)
    log.append(actor="li", action="run", reason="daily", detail={10: "a", 2: "b"})
    assert log.verify().size == 1


def test_proofs_hold_against_heads_kept_elsewhere(tmp_path):
    log = write(tmp_path, 3)
    early = log.verify()
    write(tmp_path, 4)
    late = log.verify()
    leaf = bytes.fromhex(list(log.entries())[2].hash)
    proof = [bytes.fromhex(h) for h in log.prove_inclusion(2)]
    assert proves_inclusion(leaf, 2, late.size, proof, bytes.fromhex(late.root))
    link = [bytes.fromhex(h) for h in log.prove_consistency(early.size)]
    roots = (bytes.fromhex(early.root), bytes.fromhex(late.root))
    assert proves_consistency((early.size, late.size), roots, link)


def spoil(lines: list[bytes], how: str, at: int, other: int) -> list[bytes]:
    lines = list(lines)
    match how:
        case "edit":
            said = json.loads(lines[at])
            said["actor"] = "someone.else"
            lines[at] = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        case "respell":
            lines[at] = lines[at].replace(b":", b": ", 1)
        case "delete":
            del lines[at]
        case "swap":
            lines[at], lines[other] = lines[other], lines[at]
        case "repeat":
            lines.insert(at, lines[other])
        case "cut":
            lines[at] = lines[at][:-9]
    return lines


@pytest.fixture(scope="module")
def six_entries(tmp_path_factory):
    folder = tmp_path_factory.mktemp("six")
    write(folder, 6)
    return folder


@settings(max_examples=60, deadline=None)
@given(
    how=st.sampled_from(["edit", "respell", "delete", "swap", "repeat", "cut"]),
    at=st.integers(0, 5),
    other=st.integers(0, 5),
)
def test_every_change_to_an_acknowledged_entry_shows_and_names_it(six_entries, how, at, other):
    if how == "swap" and at == other:
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(six_entries, folder, dirs_exist_ok=True)
        log = AuditLog(Path(folder))
        path = Path(folder) / "audit" / "log.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(spoil(lines, how, at, other)))
        first = {"swap": min(at, other), "repeat": other if at == other + 1 else at}.get(how, at)
        if how == "repeat" and at == other:
            first = at + 1
        with pytest.raises(AuditError, match=rf"entry {first}\b"):
            log.verify()


def test_a_forged_chain_does_not_meet_the_head(tmp_path):
    log = write(tmp_path, 4)
    head = (tmp_path / "audit" / "head.json").read_bytes()
    (tmp_path / "audit" / "log.jsonl").unlink()
    (tmp_path / "audit" / "head.json").unlink()
    write(tmp_path, 4)
    (tmp_path / "audit" / "head.json").write_bytes(head)
    with pytest.raises(AuditError, match=r"belongs to another log|entries were"):
        log.verify()
    with pytest.raises(AuditError):
        log.append(actor="li", action="run", reason="go on")


@pytest.mark.parametrize("missing", ["head.json", "log.jsonl"])
def test_a_missing_file_is_not_taken_for_a_new_log(tmp_path, missing):
    log = write(tmp_path, 2)
    (tmp_path / "audit" / missing).unlink()
    with pytest.raises(AuditError):
        log.append(actor="li", action="run", reason="go on")
    with pytest.raises(AuditError):
        log.verify()


def test_a_changed_head_shows(tmp_path):
    log = write(tmp_path, 3)
    path = tmp_path / "audit" / "head.json"
    said = json.loads(path.read_bytes())
    path.write_text(json.dumps({**said, "subtrees": said["subtrees"][::-1]}))
    with pytest.raises(AuditError, match="was changed"):
        log.verify()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 200))
def test_a_torn_tail_is_set_aside_and_no_acknowledged_entry_is_lost(length):
    with tempfile.TemporaryDirectory() as folder:
        log = write(Path(folder), 3)
        path = Path(folder) / "audit" / "log.jsonl"
        torn = path.read_bytes().splitlines()[0][:length]
        with path.open("ab") as out:
            out.write(torn)
        log.append(actor="li", action="run", reason="after the crash")
        state = log.verify()
        assert state.size == 4
        assert [Path(t).read_bytes() for t in state.torn] == [torn]


def test_a_whole_line_that_the_head_missed_is_kept(tmp_path):
    log = write(tmp_path, 2)
    head = (tmp_path / "audit" / "head.json").read_bytes()
    write(tmp_path, 1)
    (tmp_path / "audit" / "head.json").write_bytes(head)
    assert log.verify().size == 3


def _append_many(folder: str, count: int) -> None:
    write(Path(folder), count)


def test_several_processes_append_one_after_the_other(tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(str(tmp_path), 15)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert AuditLog(tmp_path).verify().size == 30


def test_a_torn_tail_behind_the_head_does_not_hide_that_the_log_is_sound(tmp_path):
    log = AuditLog(tmp_path)
    log.append(actor="li", action="run", reason="again")
    with (tmp_path / "audit" / "log.jsonl").open("ab") as out:
        out.write(b'{"action":"run","actor":"li","detail":{"filler":"xxx')
    state = log.verify()
    assert state.size == 1
    assert len(state.torn) == 1


_APPENDER = """
import sys
from pathlib import Path
from cutline.store.audit import AuditLog
log = AuditLog(Path(sys.argv[1]))
while True:
    print(log.append(actor="li", action="run", reason="again", detail={"filler": "x" * 5000}).seq, flush=True)
"""


@pytest.mark.slow
def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path):
    acknowledged = 0
    for k in range(12):
        with subprocess.Popen([sys.executable, "-c", _APPENDER, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(0.01 + 0.004 * k)
            child.send_signal(signal.SIGKILL)
            seen = child.stdout.read().split()
        acknowledged = max(acknowledged, *map(int, seen), 0) if seen else acknowledged
        assert AuditLog(tmp_path).verify().size > acknowledged
