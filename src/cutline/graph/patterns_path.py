"""Paths that end in a row: cycles that it closes, chains and peels that it goes on with. Strictly later row after row.

All are walked back from the row, depth first, over different nodes, at most `LONGEST` rows; a cycle of any amounts only through
nodes that the money can have reached by then (earliest arrivals, found first), so that a walk seldom ends for nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import LONGEST, Found, Graph, Search, alike, below, lately
from cutline.model.kernels import inner, kernel

CHAIN, PEEL, CYCLE = 0, 1, 2


def cycle(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many rows the longest cycle has that the row closes, itself included; 0: it closes none."""
    return _walk(graph, at, search, CYCLE)[0]


def cycles(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many cycles the row closes: different sequences of nodes, or of rows where amounts or times are limited."""
    found, count = _walk(graph, at, search, CYCLE)
    return Found(count, found.truncated)


def chain(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many rows the longest chain has that ends in the row, itself included: each soon after the one before."""
    return _walk(graph, at, search, CHAIN)[0]


def peel(graph: Graph, at: NDArray[np.int64], search: Search) -> Found:
    """Give how many holders in a row sent most on and paid a smaller part to somebody else; `keeping` says what is most."""
    found, _ = _walk(graph, at, search, PEEL)
    return Found(np.maximum(found.value - 1, 0), found.truncated)


def path_rows(graph: Graph, row: int, search: Search, shape: int) -> NDArray[np.int64]:
    """Give the rows of the longest path of a shape that ends in a row, in time order."""
    best = np.full(LONGEST, row, np.int64)
    longest = int(_walk(graph, np.array([row]), search, shape, best)[0].value[0])
    return best[:longest][::-1].copy()


Walked = tuple[Found, NDArray[np.float64]]


def _walk(graph: Graph, at: NDArray[np.int64], search: Search, shape: int, best: NDArray[np.int64] | None = None) -> Walked:
    value, count, truncated = np.full(len(at), float(shape != CYCLE)), np.zeros(len(at)), np.zeros(len(at), np.bool_)
    hopeful = np.flatnonzero(_hopeful(graph, at, search, shape))
    best = np.empty(LONGEST, np.int64) if best is None else best
    ahead = shape == CYCLE and search.keeping <= 0.0  # equal amounts leave so few ways back that looking ahead costs more
    queue = np.empty((search.budget + 1, 2), np.int64) if ahead else None
    _walks(graph, (at, hopeful, best), queue, (search, shape), (value, count, truncated))
    return Found(value, truncated), count


def _hopeful(graph: Graph, at: NDArray[np.int64], search: Search, shape: int) -> NDArray[np.bool_]:
    """Tell which rows a path can end in at all: their payer was paid lately and, for a cycle, their payee paid somebody."""
    span = min(search.window_us, search.within_us + 1) if search.within_us else search.window_us
    found = lately(graph.t_us, graph.came, graph.into.entries, at, span)
    if shape == CYCLE:
        found &= lately(graph.t_us, graph.sent, graph.out.entries, at, search.window_us)
        found &= graph.source[at] != graph.target[at]
    return np.asarray(found, np.bool_)


@kernel
def _walks(graph: Any, asked: Any, queue: Any, task: Any, out: Any) -> None:
    (at, hopeful, best), (search, shape), (value, count, truncated) = asked, task, out
    rows = np.empty((4, LONGEST + 1), np.int64)
    for i in hopeful:
        steps = 0
        if queue is not None:  # where nothing looks ahead, that is not compiled either
            reached, steps = _reach(graph, at[i], search, queue)
            if not reached and steps < search.budget:
                continue
        value[i], count[i], steps = _back(graph, at[i], search, (shape, steps), (rows[0], rows[1], rows[2], rows[3], best))
        truncated[i] = steps >= search.budget


@inner
def _reach(graph: Any, row: int, search: Any, queue: Any) -> Any:
    """Write down the earliest moment at which the payee's money can have arrived at each node, in at most LONGEST - 1 rows."""
    notes, goal, origin = graph.notes, graph.source[row], graph.target[row]
    notes.mark[0] += 1
    mark, steps, reached, now = notes.mark[0], 0, False, graph.t_us[row]
    queue[0, 0], queue[0, 1] = origin, now - search.window_us
    head, tail = 0, 1
    for _ in range(LONGEST - 1):
        end = tail
        while head < end:
            node, arrived = queue[head, 0], queue[head, 1]
            head += 1
            if node != origin and notes.of[node].moment != arrived:
                continue
            k = graph.sent[row] if node == origin else below(graph.out, node, now) - 1
            while k >= graph.out.start[node] and steps < search.budget:
                entry = graph.out.entries[k]
                if entry.t_us <= arrived:
                    break
                steps += 1
                k -= 1
                other = entry.other
                if other == origin or (notes.of[other].seen == mark and notes.of[other].moment <= entry.t_us):
                    continue
                notes.of[other].seen, notes.of[other].moment = mark, entry.t_us
                reached = reached or other == goal
                if other != goal:
                    queue[tail, 0], queue[tail, 1] = other, entry.t_us
                    tail += 1
    return reached, steps


@inner
def _back(graph: Any, first: int, search: Any, task: Any, room: Any) -> Any:
    """Walk back from the row in every way there is; give the longest path's rows, how many paths, and the steps."""
    (shape, steps), (path, cursor, end, frame, best) = task, room
    entries, kind, goal, now = graph.into.entries, graph.kind, graph.target[first], graph.t_us[first]
    plain = search.keeping <= 0.0 and search.within_us == 0 and shape != PEEL
    longest, count, depth, looked = (0 if shape == CYCLE else 1), 0, 0, shape == CYCLE and search.keeping <= 0.0
    path[0], best[0] = graph.into.place[first], first
    cursor[0], end[0], frame[0] = _enter(graph, first)
    while depth >= 0 and steps < search.budget:
        k = cursor[depth]
        cursor[depth] -= 1
        if k < end[depth] or _too_old(search, now, entries[path[depth]].t_us, entries[k].t_us):
            depth -= 1
            continue
        steps += 1
        path[depth + 1] = k
        other = entries[k].other
        closes = shape == CYCLE and other == goal
        if plain and _met(graph.notes.frames, depth, frame[depth], other):
            continue
        if not alike(kind, entries[k], entries[path[depth]], search.keeping) or (
            shape == PEEL and not _peeled(graph, search, path, depth)
        ):
            continue
        if not closes and (other == goal or _revisits(entries, path, depth) or (looked and not _fed(graph.notes, entries[k]))):
            continue
        count += closes or shape != CYCLE
        if (closes or shape != CYCLE) and depth + 2 > longest:
            longest = depth + 2
            for j in range(longest):  # a slice would bring the texts of its errors into the kernel: seconds of compiling
                best[j] = entries[path[j]].row
        if not closes and depth + 2 < LONGEST and not _crowded(graph, search, now, other):
            depth += 1
            cursor[depth], end[depth], frame[depth] = _enter(graph, entries[k].row)
    return longest, count, steps


@inner
def _enter(graph: Any, row: int) -> Any:
    """Where the rows begin and end that reached a row's payer strictly before it, and a number for this look at them."""
    graph.notes.mark[1] += 1
    return graph.came[row], graph.into.start[graph.source[row]], graph.notes.mark[1]


@inner
def _crowded(graph: Any, search: Any, now: int, node: int) -> bool:
    """Whether a node serves everybody, or more than a crowd reached it in the window, before the anchor's instant."""
    if search.crowd == 0 or graph.serves[node]:
        return bool(search.crowd > 0)
    k = below(graph.into, node, now) - 1 - search.crowd
    return bool(k >= graph.into.start[node] and graph.into.entries[k].t_us > now - search.window_us)


@inner
def _too_old(search: Any, now: int, later: int, t_us: int) -> bool:
    return bool(t_us <= now - search.window_us or (search.within_us > 0 and later - t_us > search.within_us))


@inner
def _met(frames: Any, depth: int, frame: int, node: int) -> bool:
    """Whether this look has met the node already: its latest row serves as well as any earlier one."""
    known = frames[depth, node] == frame
    frames[depth, node] = frame
    return bool(known)


@inner
def _fed(notes: Any, entry: Any) -> bool:
    """Whether the first payee's money can have reached a row's payer strictly before the row."""
    return bool(notes.of[entry.other].seen == notes.mark[0] and notes.of[entry.other].moment < entry.t_us)


@inner
def _revisits(entries: Any, path: Any, depth: int) -> bool:
    met = False
    for k in range(depth + 1):
        met = met or entries[path[k]].other == entries[path[depth + 1]].other
    return met


@inner
def _peeled(graph: Any, search: Any, path: Any, depth: int) -> bool:
    """Whether less went on than came, and a part of the rest to somebody else, after it came and as far as is known by now."""
    entries = graph.into.entries
    first, came, went = entries[path[0]], entries[path[depth + 1]], entries[path[depth]]
    rest = came.amount - went.amount
    if graph.kind[came.row] != graph.kind[went.row] or not rest > 1e-9 * came.amount:
        return False
    k = below(graph.out, went.other, first.t_us + 1) - 1
    while k >= graph.out.start[went.other] and graph.out.entries[k].t_us > came.t_us:
        part = graph.out.entries[k]
        k -= 1
        late = search.within_us > 0 and part.t_us - came.t_us > search.within_us
        other = part.other not in (graph.target[went.row], came.other)
        if not other or late or part.row > first.row or graph.kind[part.row] != graph.kind[came.row]:
            continue
        if 0 < part.amount <= rest * (1.0 + 1e-9):
            return True
    return False
