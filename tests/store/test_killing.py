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

_NURSERY = """
import itertools, os, signal, sys
from pathlib import Path
import duckdb
from cutline.store import staging
from tests.store import test_killing

step, fatal = itertools.count(), -1

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
for order in sys.stdin:
    folder, verb, fatal = order.split()
    fatal = int(fatal)
    child = os.fork()
    if not child:
        getattr(test_killing, verb)(Path(folder))
        print(next(step), flush=True)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        print(status, flush=True)
"""


@pytest.fixture(scope="module")
def nursery():
    """A process that has everything imported and nothing open, and forks a child for each run."""
    with subprocess.Popen(
        [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


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


def run(nursery, folder, verb, fatal=-1):
    """Give the number of steps of a run that lived to its end, None of one that was killed at a step."""
    nursery.stdin.write(f"{folder} {verb} {fatal}\n")
    nursery.stdin.flush()
    steps = int(nursery.stdout.readline())
    assert steps > 0 or steps == -signal.SIGKILL
    return steps if steps > 0 else None


def fresh_lake(folder):
    with Lake.open(folder / "ws") as lake:
        lake.commit([stage(lake, folder / "a.csv", contacts([{"event_id": "a"}], "A"), delete_by=LATER)])


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and "duckdb" not in p.name)


def check_ingest(nursery, folder, fatal):
    finished = run(nursery, folder, "ingest", fatal) is not None
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


def check_purge(nursery, folder, fatal):
    finished = run(nursery, folder, "purge", fatal) is not None
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


def try_steps(nursery, tmp_path, verb, share):
    prepare, check = {"ingest": (fresh_lake, check_ingest), "purge": (lake_to_purge, check_purge)}[verb]
    prepare(tmp_path / "base")
    shutil.copytree(tmp_path / "base", tmp_path / "whole")
    steps = run(nursery, tmp_path / "whole", verb)
    stride = max(1, steps // share)
    for fatal in range(stride * 2 // 3, steps, stride):
        shutil.copytree(tmp_path / "base", tmp_path / "try")
        check(nursery, tmp_path / "try", fatal)
        shutil.rmtree(tmp_path / "try")


@pytest.mark.parametrize("verb", ["ingest", "purge"])
def test_killed_at_some_steps(nursery, tmp_path, verb):
    try_steps(nursery, tmp_path, verb, share=4)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["ingest", "purge"])
def test_killed_at_many_steps(nursery, tmp_path, verb):
    try_steps(nursery, tmp_path, verb, share=40)


@pytest.mark.slow
def test_an_ingest_killed_at_random_moments(tmp_path):
    fresh_lake(tmp_path)
    code = "import sys, pathlib, tests.store.test_killing as t; print(1, flush=True); t.ingest(pathlib.Path(sys.argv[1]))"
    for k in range(5):
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(0.05 * k)
            child.kill()
        with Lake.open(tmp_path / "ws") as lake:
            assert seen(lake, "event_id") in (BEFORE, AFTER)
            assert all(check.good for check in lake.doctor())
    ingest(tmp_path)
    with Lake.open(tmp_path / "ws") as lake:
        assert seen(lake, "event_id") == AFTER
