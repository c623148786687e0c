"""Processes beside the main one end with it, and are told in words when something killed them."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection

import psutil
import pytest

from cutline.errors import WorkspaceError
from cutline.pipeline.children import begin_child, told_when_killed

SPAWN = multiprocessing.get_context("spawn")


def _wait_long(line: Connection, parent: int) -> None:
    begin_child(parent)
    line.send(os.getpid())
    time.sleep(60)


def _have_a_child(line: Connection) -> None:
    SPAWN.Process(target=_wait_long, args=(line, os.getpid())).start()
    time.sleep(60)


def test_no_child_outlives_a_parent_that_was_killed() -> None:
    ours, theirs = SPAWN.Pipe()
    parent = SPAWN.Process(target=_have_a_child, args=(theirs,))
    parent.start()
    assert ours.poll(30)
    child = psutil.Process(ours.recv())
    os.kill(child.pid, signal.SIGINT)  # a key pressed ends the parent alone
    assert child.is_running()
    parent.kill()
    parent.join()
    child.wait(timeout=20)
    assert not child.is_running()


def test_a_child_that_was_killed_is_told_in_words() -> None:
    with ProcessPoolExecutor(1, mp_context=SPAWN, initializer=begin_child, initargs=(os.getpid(),)) as pool:
        ended = pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL)
        words = "reading was ended from outside, most likely because memory ran out"
        with pytest.raises(WorkspaceError, match=words), told_when_killed("reading"):
            ended.result()
