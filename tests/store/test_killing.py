"""Kill −9 at every step of a commit and of a purge: the lake is as before or as after, and a re-run finishes."""

import shutil
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from cutline.store.lake import Lake
from tests.store.deliveries import LATER, TODAY, contacts, hidden, seen, stage
from tests.store.test_purging import load_secret, traces

_CHILD = """
import itertools, os, signal, sys
from pathlib import Path
import duckdb
from cutline.store import catalogue, staging
from tests.store import test_killing

step = itertools.count()
fatal = int(sys.argv[3])

def mortal(function):
    def wrapped(*args, **kwargs):
        if next(step) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return wrapped

class Mortal:
    def __init__(self, connection):
        self._connection = connection
    def __getattr__(self, name):
        found = getattr(self._connection, name)
        return mortal(found) if name in ("execute", "close") else found

connect = duckdb.connect
duckdb.connect = lambda *args, **kwargs: Mortal(connect(*args, **kwargs))
os.fsync = mortal(os.fsync)
Path.replace = mortal(Path.replace)
Path.unlink = mortal(Path.unlink)
staging.PART_ROWS = 2
getattr(test_killing, sys.argv[2])(Path(sys.argv[1]))
print(next(step))
"""


def ingest(folder):
    with Lake.open(folder / "ws") as lake:
        if seen(lake, "event_id") == AFTER:
            return
        one = stage(lake, folder / "b.csv", contacts([{"event_id": e} for e in "bcdef"], "B"))
        two = stage(lake, folder / "c.csv", contacts([{"event_id": e} for e in "gh"], "C"))
        lake.commit([one, two], hidden(("contacts", two.batch.batch, 1, one.batch.batch, 1, "merged")))


def purge(folder):
    with Lake.open(folder / "ws") as lake:
        lake.purge(TODAY)


BEFORE = [("a",)]
AFTER = [("a",), ("b",), ("c",), ("d",), ("e",), ("f",), ("h",)]


def run(folder, verb, fatal=-1):
    arguments = [sys.executable, "-c", _CHILD, str(folder), verb, str(fatal)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return int(done.stdout) if done.returncode == 0 else None


def fresh_lake(folder):
    with Lake.open(folder / "ws") as lake:
        lake.commit([stage(lake, folder / "a.csv", contacts([{"event_id": "a"}], "A"), delete_by=LATER)])


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and "duckdb" not in p.name)


def check_ingest(folder, fatal):
    finished = run(folder, "ingest", fatal) is not None
    with Lake.open(folder / "ws") as lake:
        events = seen(lake, "event_id")
        assert events == AFTER if finished else events in (BEFORE, AFTER)
        assert all(check.good for check in lake.doctor())
        if events == BEFORE:
            assert len([f for f in files(folder / "ws") if "/" in f]) == 3
    ingest(folder)
    with Lake.open(folder / "ws") as lake:
        assert seen(lake, "event_id") == AFTER
        assert lake.batches().height == 3
        assert all(check.good for check in lake.doctor())


def check_purge(folder, fatal):
    finished = run(folder, "purge", fatal) is not None
    with Lake.open(folder / "ws") as lake:
        purged = lake.batches().height == 1
        assert purged or not finished
        assert all(check.good for check in lake.doctor())
        assert len(seen(lake, "event_id")) == (1 if purged else 3)
        if purged:
            assert traces(folder / "ws") == []
            assert lake.tombstones().height == 1
        else:
            assert lake.view("findings") is not None
            lake.purge(TODAY)
            assert traces(folder / "ws") == []


def lake_to_purge(folder):
    with Lake.open(folder / "ws") as lake:
        kept = stage(lake, folder / "a.csv", contacts([{"event_id": "a"}], "A"), delete_by=LATER)
        gone = load_secret(lake, folder / "in")
        lake.commit([kept, gone], hidden(("contacts", kept.batch.batch, 1, gone.batch.batch, 1, "merged")))
        lake.save_view("findings", pl.DataFrame({"x": [1]}))


def try_steps(tmp_path, verb, prepare, check, share):
    prepare(tmp_path / "base")
    shutil.copytree(tmp_path / "base", tmp_path / "whole")
    steps = run(tmp_path / "whole", verb)
    assert steps
    stride = max(1, steps // share)
    for fatal in range(stride * 2 // 3, steps, stride):
        shutil.copytree(tmp_path / "base", tmp_path / "try")
        check(tmp_path / "try", fatal)
        shutil.rmtree(tmp_path / "try")


def test_an_ingest_killed_at_some_steps(tmp_path):
    try_steps(tmp_path, "ingest", fresh_lake, check_ingest, share=1)


def test_a_purge_killed_at_some_steps(tmp_path):
    try_steps(tmp_path, "purge", lake_to_purge, check_purge, share=1)


@pytest.mark.slow
def test_an_ingest_killed_at_every_step(tmp_path):
    try_steps(tmp_path, "ingest", fresh_lake, check_ingest, share=1000)


@pytest.mark.slow
def test_a_purge_killed_at_every_step(tmp_path):
    try_steps(tmp_path, "purge", lake_to_purge, check_purge, share=1000)


@pytest.mark.slow
def test_an_ingest_killed_at_random_moments(tmp_path):
    fresh_lake(tmp_path)
    code = "import sys, pathlib, tests.store.test_killing as t; print(1, flush=True); t.ingest(pathlib.Path(sys.argv[1]))"
    for k in range(20):
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(0.012 * k)
            child.kill()
        with Lake.open(tmp_path / "ws") as lake:
            assert seen(lake, "event_id") in (BEFORE, AFTER)
            assert all(check.good for check in lake.doctor())
    ingest(tmp_path)
    with Lake.open(tmp_path / "ws") as lake:
        assert seen(lake, "event_id") == AFTER
