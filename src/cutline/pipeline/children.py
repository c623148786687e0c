"""Processes beside the main one: none outlives it, a key pressed ends only the main one, and one that was killed is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from cutline.errors import WorkspaceError

ORPHAN_CHECK_S = 1.0


def begin_child(parent: int) -> None:
    """Make a process end when its parent has gone, and leave interrupts to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_CHECK_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def told_when_killed(doing: str) -> Iterator[None]:
    """Say in a user's words that a process was ended from outside."""
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkspaceError(
            f"a process that was {doing} was ended from outside, most likely because memory ran out; the stores are as before: "
            "close other programs and run it again"
        ) from error
