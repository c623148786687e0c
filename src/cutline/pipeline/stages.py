"""The clock and the memory of each stage, and word to whoever waits."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

Progress = Callable[[str, float], None]
"""(what is being done, share done from 0 to 1); called often, must be cheap."""

SAMPLE_S = 0.05
STATM = Path("/proc/self/statm")
PAGE_MB = 4096 / 1_048_576


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage took: wall seconds, and the largest resident memory seen while it ran."""

    name: str
    seconds: float
    peak_mb: float


def silent(what: str, share: float) -> None:
    """Report progress to nobody."""


@dataclass(slots=True)
class Stages:
    """The stages of one run, in order."""

    progress: Progress = silent
    done: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and watch its memory; the stage is listed even where it fails."""
        self.progress(name, 0.0)
        watch = _Watch()
        watch.start()
        began = time.perf_counter()
        try:
            yield
        finally:
            watch.finish()
            give_back()
            self.done.append(Stage(name, round(time.perf_counter() - began, 3), round(watch.peak_mb, 1)))
            self.progress(name, 1.0)


class _Watch(threading.Thread):
    """Samples the resident set, because the kernel's own maximum never goes down again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mb = resident_mb()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_S):
            self.peak_mb = max(self.peak_mb, resident_mb())

    def finish(self) -> None:
        self._over.set()
        self.join()
        self.peak_mb = max(self.peak_mb, resident_mb())


def give_back() -> None:
    """Return freed memory to the system: allocators keep what one stage needed, and the next ones need other sizes."""
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):  # not the GNU C library, which alone offers this
        return


def resident_mb() -> float:
    """Give the resident memory of this process and its children in MiB; where the system does not say, its own maximum."""
    try:
        return sum(_pages(statm) for statm in (STATM, *_children())) * PAGE_MB
    except (OSError, IndexError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _children() -> list[Path]:
    by_thread = [place.read_text().split() for place in Path("/proc/self/task").glob("*/children")]
    return [Path(f"/proc/{child}/statm") for children in by_thread for child in children]


def _pages(statm: Path) -> int:
    try:
        return int(statm.read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):  # a child that has just ended
        return 0
