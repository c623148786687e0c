"""Ticks: moments at fixed times at which a subject is judged although nothing happens, so that absence can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS, NEVER, Covered
from cutline.graph.timelines import Lines


class Rhythm(NamedTuple):
    """Ticks at multiples of `every_us` after `origin_us`, none before `since_us`; windows reach back by `reach_us` at most."""

    every_us: int
    origin_us: int
    reach_us: int
    since_us: int


def tick_lines(lines: Sequence[Lines], rhythm: Rhythm, rank: int) -> Lines:
    """Give every subject its ticks as a stream: from its first row in some streams on, while its windows can still change.

    A tie may be older than all deliveries: hence `since_us`. The last one is the first at which all windows have run empty, or
    the last that the deliveries reach. A tick comes after all rows of its moment (`rank`). Memory: four bytes a subject's tick.
    """
    first, last = _first_and_last(lines)
    held = first <= last
    first, last = np.where(held, first, 0), np.where(held, last, 0)
    until = np.max([np.where(line.covered.from_us == NEVER, ALWAYS, line.covered.to_us) for line in lines], axis=0)
    every, origin = rhythm.every_us, rhythm.origin_us
    begin = -((origin - np.maximum(first, rhythm.since_us)) // every)
    emptied = -((origin - last - rhythm.reach_us) // every)
    end = np.where(until == ALWAYS, emptied, np.minimum(emptied, (np.minimum(until, NEVER // 2) - origin) // every))
    counts = np.where(held, np.maximum(end - begin + 1, 0), 0)
    pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    some = np.flatnonzero(counts)
    base, top = (int(begin[some].min()), int(end[some].max())) if len(some) else (0, -1)
    rows = np.repeat(begin - base - pointer[:-1], counts) + np.arange(pointer[-1])
    moments = origin + every * np.arange(base, top + 1, dtype=np.int64)
    nothing = np.empty(0, np.int64)
    return Lines("", rank, pointer, rows.astype(np.int32), Covered(nothing, nothing), moments)


def _first_and_last(lines: Sequence[Lines]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    count = len(lines[0].pointer) - 1
    first, last = np.full(count, NEVER, np.int64), np.full(count, ALWAYS, np.int64)
    for line in lines:
        held = np.flatnonzero(np.diff(line.pointer))
        first[held] = np.minimum(first[held], line.t_us[line.rows[line.pointer[held]]])
        last[held] = np.maximum(last[held], line.t_us[line.rows[line.pointer[held + 1] - 1]])
    return first, last
