"""Sequences whose letters come back: from a last row backwards, whether rows of all the steps before it agree with it.

Each step's sightings are its rows with the values at their two ends. The search goes from the last step to the first; a letter
is bound by the latest step that names it, and every earlier one must show the same value. Candidates are found by a bound value
and the time that all gaps together leave, newest first. A budget of looks bounds the work for each last row; what it ends is
told. Memory: about 60 bytes a sighting.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.model.kernels import inner, kernel

NO, PERHAPS, YES, CUT = 0, 1, 2, 3
"""What a search says; CUT: its budget ended it before anything was sure, so that it says PERHAPS, too."""


class Sightings(NamedTuple):
    """Rows of all steps, step `s` at `begin[s] … begin[s + 1]`, in row order; `value[end]` -1: no letter, or unknown.

    `order[end]` lists the same positions, those of each step by value and then by time; `start[line, value]` is where a value
    begins there, for the ends that have a letter (`Shape.line`).
    """

    begin: NDArray[np.int64]
    row: NDArray[np.int32]
    t: NDArray[np.int64]
    value: NDArray[np.int32]
    sure: NDArray[np.bool_]
    order: NDArray[np.int64]
    start: NDArray[np.int64]


class Shape(NamedTuple):
    """The steps: rank of the table, letter at each end (-1: none), how often and which end must differ (-1: none).

    `low[s, j] … high[s, j]`: the time from step s to step j, both inclusive, in microseconds. `line` and `cover`: lines of
    `Sightings.start` and of `Cover`.
    """

    rank: NDArray[np.int64]
    letter: NDArray[np.int64]
    times: NDArray[np.int64]
    different: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    line: NDArray[np.int64]
    cover: NDArray[np.int64]


class Guards(NamedTuple):
    """What must be absent between steps `step[g]` and `step[g] + 1`: its sightings by value, then time."""

    step: NDArray[np.int64]
    letter: NDArray[np.int64]
    rank: NDArray[np.int64]
    cover: NDArray[np.int64]
    begin: NDArray[np.int64]
    row: NDArray[np.int32]
    t: NDArray[np.int64]
    value: NDArray[np.int32]
    sure: NDArray[np.bool_]


class Cover(NamedTuple):
    """From when to when nothing of an entity is missing, by line and entity."""

    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]


class Story(NamedTuple):
    """All that a search reads."""

    seen: Sightings
    shape: Shape
    guards: Guards
    cover: Cover
    budget: int


class State(NamedTuple):
    """Where a search stands: by step the sighting it is at, its candidates still to look at, and those that will do.

    `doubt[0]`: something that is not sure stood in the way.
    """

    at: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    side: NDArray[np.int64]
    found: NDArray[np.int64]
    bound: NDArray[np.int64]
    owner: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.int64]
    doubt: NDArray[np.bool_]


def state_of(shape: Shape) -> State:
    """Make room for one search after another."""
    steps, letters, most = len(shape.rank), int(shape.letter.max()) + 1, int(shape.times.max())
    at, left, right, side, found = np.zeros((5, steps), np.int64)
    bound, owner = np.full((2, letters), -1, np.int64)
    rows, values = np.full((steps, most), -1, np.int32), np.full((steps, most), -1, np.int64)
    return State(at, left, right, side, found, bound, owner, rows, values, np.zeros(1, np.bool_))


@kernel
def verdicts(story: Any, state: Any, anchors: Any, out: Any) -> None:
    """out[k]: whether the steps before anchor k, a sighting of the last step, surely, perhaps or never happened."""
    for k in range(len(anchors)):
        told = _search(story, state, anchors[k], True)
        if told == NO and state.doubt[0]:
            told = _search(story, state, anchors[k], False)
            if told == YES:
                told = PERHAPS
        out[k] = told


@kernel
def witnesses(story: Any, state: Any, anchors: Any, out: Any) -> None:
    """out[k, s]: the rows of step s that came before anchor k, newest first; -1 where there are fewer."""
    for k in range(len(anchors)):
        _search(story, state, anchors[k], True)
        for s in range(out.shape[1]):
            for n in range(out.shape[2]):
                out[k, s, n] = state.rows[s, n] if n < story.shape.times[s] else -1


@inner
def _search(story: Any, state: Any, anchor: int, sure: bool) -> int:
    """Depth first: a step is done when enough of its candidates agree with what is bound and have all before them done."""
    for letter in range(len(state.bound)):
        state.bound[letter] = state.owner[letter] = -1
    state.doubt[0] = False
    last = len(story.shape.rank) - 1
    _bind(story, state, last, anchor)
    s = last - 1
    if _open(story, state, s, sure):
        return YES
    looks = 0
    while True:
        if state.right[s] < state.left[s]:
            s += 1
            if s == last:
                return NO
            _free(story, state, s)
            continue
        candidate = story.seen.order[state.side[s], state.right[s]]
        state.right[s] -= 1
        looks += 1
        if looks > story.budget:
            return CUT
        if not _fits(story, state, s, candidate, sure):
            continue
        _bind(story, state, s, candidate)
        if s > 0 and not _open(story, state, s - 1, sure):
            s -= 1
            continue
        s = _settle(story, state, s)
        if s == last:
            return YES


@inner
def _open(story: Any, state: Any, s: int, sure: bool) -> bool:
    """Find a step's candidates; tell whether it may be done by rows that were not delivered."""
    seen, shape = story.seen, story.shape
    begin, end = -(1 << 62), 1 << 62
    for j in range(s + 1, len(shape.rank)):
        t = seen.t[state.at[j]]
        begin = max(begin, t - shape.high[s, j])
        end = min(end, t - shape.low[s, j])
    state.found[s], state.left[s], state.right[s] = 0, 0, -1
    if begin > end:
        return False
    fewest, covered = -1, False
    for side in range(2):
        value = state.bound[shape.letter[s, side]] if shape.letter[s, side] >= 0 else -1
        if value < 0:
            continue
        line = shape.cover[s, side]
        covered |= begin >= story.cover.from_us[line, value] and end <= story.cover.to_us[line, value]
        line = shape.line[s, side]
        left = _seek(seen, side, seen.start[line, value], seen.start[line, value + 1], begin)
        right = _seek(seen, side, left, seen.start[line, value + 1], end + 1)
        if fewest < 0 or right - left < fewest:
            fewest = right - left
            state.left[s], state.right[s], state.side[s] = left, right - 1, side
    state.doubt[0] |= not covered
    return not sure and not covered


@inner
def _seek(seen: Any, side: int, low: int, high: int, t: int) -> int:
    """Give the first place between two of a side's order that is not before a time."""
    while low < high:
        middle = (low + high) // 2
        if seen.t[seen.order[side, middle]] < t:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _fits(story: Any, state: Any, s: int, candidate: int, sure: bool) -> bool:
    """Whether a sighting agrees with what is bound, lies before the next step's row, and is not one that counts already."""
    seen, shape = story.seen, story.shape
    later = state.at[s + 1]
    if sure and not seen.sure[candidate]:
        state.doubt[0] = True
        return False
    if not _before(seen.t[candidate], shape.rank[s], seen.row[candidate], seen.t[later], shape.rank[s + 1], seen.row[later]):
        return False
    for side in range(2):
        letter = shape.letter[s, side]
        if letter >= 0 and state.bound[letter] >= 0 and state.bound[letter] != seen.value[side, candidate]:
            return False
    end = shape.different[s]
    for k in range(state.found[s]):
        if state.rows[s, k] == seen.row[candidate]:
            return False
        if end >= 0 and state.values[s, k] >= 0 and state.values[s, k] == seen.value[end, candidate]:
            return False
    # Of a step that must happen several times, only the latest counts for what must not have come after it.
    if state.found[s] > 0 or not _barred(story, state, s, candidate, sure):
        return True
    state.doubt[0] = True
    return False


@inner
def _before(t: int, rank: int, row: int, other_t: int, other_rank: int, other_row: int) -> bool:
    """The order of rows: time, table, row."""
    if t != other_t:
        return t < other_t
    return rank < other_rank if rank != other_rank else row < other_row


@inner
def _barred(story: Any, state: Any, s: int, candidate: int, sure: bool) -> bool:
    """Whether something happened (or, to be sure, may have) between a sighting and the next step's row that must not have."""
    seen, guards, later = story.seen, story.guards, state.at[s + 1]
    for g in range(len(guards.step)):
        if guards.step[g] != s:
            continue
        value, t = state.bound[guards.letter[g]], seen.t[candidate]
        line = guards.cover[g]
        if sure and (t + 1 < story.cover.from_us[line, value] or seen.t[later] > story.cover.to_us[line, value]):
            return True
        k, high = guards.begin[g], guards.begin[g + 1]
        while k < high:
            middle = (k + high) // 2
            if guards.value[middle] < value or (guards.value[middle] == value and guards.t[middle] <= t):
                k = middle + 1
            else:
                high = middle
        rank = story.shape.rank[s + 1]
        while k < guards.begin[g + 1] and guards.value[k] == value:
            if not _before(guards.t[k], guards.rank[g], guards.row[k], seen.t[later], rank, seen.row[later]):
                break
            if sure or guards.sure[k]:
                return True
            k += 1
    return False


@inner
def _bind(story: Any, state: Any, s: int, sighting: int) -> None:
    state.at[s] = sighting
    for side in range(2):
        letter = story.shape.letter[s, side]
        if letter >= 0 and state.bound[letter] < 0:
            state.bound[letter], state.owner[letter] = story.seen.value[side, sighting], s


@inner
def _free(story: Any, state: Any, s: int) -> None:
    for side in range(2):
        letter = story.shape.letter[s, side]
        if letter >= 0 and state.owner[letter] == s:
            state.bound[letter] = state.owner[letter] = -1


@inner
def _settle(story: Any, state: Any, s: int) -> int:
    """Count the sighting a step is at, and give the step to go on with: this one, or the next where it is done."""
    last = len(story.shape.rank) - 1
    while True:
        end = story.shape.different[s]
        state.rows[s, state.found[s]] = story.seen.row[state.at[s]]
        state.values[s, state.found[s]] = story.seen.value[end, state.at[s]] if end >= 0 else -1
        state.found[s] += 1
        _free(story, state, s)
        if state.found[s] < story.shape.times[s]:
            return s
        s += 1
        if s == last:
            return s
