"""Paths that end in a row: cycles that it closes, chains and peels that it goes on with. Strictly later row after row.

All are walked back from the row, depth first, over different nodes, at most `LONGEST` rows; a cycle of any amounts only through
nodes that the money can have reached by then (earliest arrivals, found first), so that a walk seldom ends for nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import LONGEST, Found, Graph, Search, alike, below
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
    out = (np.zeros(len(hopeful)), np.zeros(len(hopeful)), np.zeros(len(hopeful), np.bool_))
    _walks(graph, at[hopeful], search, shape, np.empty(LONGEST, np.int64) if best is None else best, out)
    value[hopeful], count[hopeful], truncated[hopeful] = out
    return Found(value, truncated), count


def _hopeful(graph: Graph, at: NDArray[np.int64], search: Search, shape: int) -> NDArray[np.bool_]:
    """Tell which rows a path can end in at all: their payer was paid lately and, for a cycle, their payee paid somebody."""
    lately = min(search.window_us, search.within_us + 1) if search.within_us else search.window_us
    found = np.asarray(_active(graph.t_us, graph.before, graph.into, at, graph.source[at], lately), np.bool_)
    if shape == CYCLE:
        found &= _active(graph.t_us, graph.before, graph.out, at, graph.target[at], search.window_us)
        found &= graph.source[at] != graph.target[at]
    return found


@kernel
def _walks(graph: Any, at: Any, search: Any, shape: int, best: Any, out: Any) -> None:
    rows, cursor, frame = np.empty(LONGEST + 1, np.int64), np.empty(LONGEST + 1, np.int64), np.empty(LONGEST + 1, np.int64)
    queue = np.empty((search.budget + 1 if shape == CYCLE and search.keeping <= 0.0 else 0, 2), np.int32)
    for i in range(len(at)):
        steps = 0
        if shape == CYCLE and search.keeping <= 0.0:  # equal amounts leave so few ways back that looking ahead costs more
            reached, steps = _reach(graph, at[i], search, queue)
            if not reached and steps < search.budget:
                continue
        rows[0] = at[i]
        out[0][i], out[1][i], steps = _back(graph, search, shape, steps, (rows, cursor, frame, best))
        out[2][i] = steps >= search.budget


@kernel
def _active(t_us: Any, before: Any, side: Any, at: Any, nodes: Any, span: int) -> Any:
    """Whether each node has a row strictly before the anchor's instant and in the time span that ends there."""
    start, rows = side.start, side.rows
    out = np.zeros(len(at), np.bool_)
    for i in range(len(at)):
        low, high = start[nodes[i]], start[nodes[i] + 1]
        first = low
        while low < high:
            middle = (low + high) // 2
            if rows[middle] < before[at[i]]:
                low = middle + 1
            else:
                high = middle
        out[i] = low > first and t_us[rows[low - 1]] > t_us[at[i]] - span
    return out


@inner
def _reach(graph: Any, row: int, search: Any, queue: Any) -> Any:
    """Write down the earliest row by which the payee's money can have arrived at each node, in at most LONGEST - 1 rows."""
    notes, goal, origin = graph.notes, graph.source[row], graph.target[row]
    notes.mark[0] += 1
    mark, steps, reached = notes.mark[0], 0, False
    limit = graph.t_us[row] - search.window_us
    queue[0, 0], queue[0, 1] = origin, -1
    head, tail = 0, 1
    for _ in range(LONGEST - 1):
        end = tail
        while head < end:
            node, arrived = queue[head, 0], queue[head, 1]
            head += 1
            if arrived >= 0 and notes.moment[node] != arrived:
                continue
            k = below(graph.out, node, graph.before[row]) - 1
            while k >= graph.out.start[node] and steps < search.budget:
                other, sent = graph.out.others[k], graph.out.rows[k]
                if graph.t_us[sent] <= limit or graph.before[sent] <= arrived:
                    break
                steps += 1
                k -= 1
                if other == origin or (notes.seen[other] == mark and notes.moment[other] <= sent):
                    continue
                notes.seen[other], notes.moment[other] = mark, sent
                reached = reached or other == goal
                if other != goal:
                    queue[tail, 0], queue[tail, 1] = other, sent
                    tail += 1
    return reached, steps


@inner
def _back(graph: Any, search: Any, shape: int, steps: int, state: Any) -> Any:
    """Walk back from the row in every way there is; give the longest path's rows, how many paths, and the steps."""
    rows, cursor, frame, best = state
    into, first, plain = graph.into, rows[0], search.keeping <= 0.0 and search.within_us == 0 and shape != PEEL
    longest, count, depth, looked = (0 if shape == CYCLE else 1), 0, 0, shape == CYCLE and search.keeping <= 0.0
    best[0] = first
    cursor[0], frame[0] = _enter(graph, first)
    while depth >= 0 and steps < search.budget:
        k = cursor[depth]
        cursor[depth] -= 1
        if k < into.start[graph.source[rows[depth]]] or _too_old(graph, search, first, rows[depth], into.rows[k]):
            depth -= 1
            continue
        steps += 1
        rows[depth + 1] = into.rows[k]
        closes = shape == CYCLE and into.others[k] == graph.target[first]
        if (plain and _met(graph, depth, frame[depth], into.others[k])) or not _follows(graph, search, shape, rows, depth):
            continue
        if not closes and (_revisits(graph, rows, depth) or (looked and not _fed(graph, into.rows[k]))):
            continue
        count += closes or shape != CYCLE
        if (closes or shape != CYCLE) and depth + 2 > longest:
            longest = depth + 2
            for k in range(longest):  # a slice would bring the texts of its errors into the kernel: seconds of compiling
                best[k] = rows[k]
        if not closes and depth + 2 < LONGEST and not _crowded(graph, search, first, rows[depth + 1]):
            depth += 1
            cursor[depth], frame[depth] = _enter(graph, rows[depth])
    return longest, count, steps


@inner
def _enter(graph: Any, row: int) -> Any:
    """Where to begin with the rows that reached a row's payer strictly before it, and a number for this look at them."""
    graph.notes.mark[1] += 1
    return below(graph.into, graph.source[row], graph.before[row]) - 1, graph.notes.mark[1]


@inner
def _crowded(graph: Any, search: Any, first: int, row: int) -> bool:
    """Whether a row's payer serves everybody, or more than a crowd reached it in the window, before the anchor's instant."""
    node = graph.source[row]
    if search.crowd == 0 or graph.serves[node]:
        return bool(search.crowd > 0)
    k = below(graph.into, node, graph.before[first]) - 1 - search.crowd
    return bool(k >= graph.into.start[node] and graph.t_us[graph.into.rows[k]] > graph.t_us[first] - search.window_us)


@inner
def _too_old(graph: Any, search: Any, first: int, later: int, row: int) -> bool:
    t = graph.t_us[row]
    held = graph.t_us[later] - t
    return bool(t <= graph.t_us[first] - search.window_us or (search.within_us > 0 and held > search.within_us))


@inner
def _met(graph: Any, depth: int, frame: int, node: int) -> bool:
    """Whether this look has met the node already: its latest row serves as well as any earlier one."""
    known = graph.notes.frames[depth, node] == frame
    graph.notes.frames[depth, node] = frame
    return bool(known)


@inner
def _fed(graph: Any, row: int) -> bool:
    """Whether the first payee's money can have reached a row's payer strictly before the row."""
    notes, node = graph.notes, graph.source[row]
    return bool(notes.seen[node] == notes.mark[0] and notes.moment[node] < graph.before[row])


@inner
def _revisits(graph: Any, rows: Any, depth: int) -> bool:
    node = graph.source[rows[depth + 1]]
    for k in range(depth + 1):
        if graph.source[rows[k]] == node:
            return True
    return bool(node == graph.target[rows[0]])


@inner
def _follows(graph: Any, search: Any, shape: int, rows: Any, depth: int) -> bool:
    """Whether the amounts of two rows in a row fit the shape."""
    came, went = rows[depth + 1], rows[depth]
    if not alike(graph, came, went, search.keeping):
        return False
    return shape != PEEL or _peeled(graph, search, rows[0], came, went)


@inner
def _peeled(graph: Any, search: Any, first: int, came: int, went: int) -> bool:
    """Whether less went on than came, and a part of the rest to somebody else, after it came and as far as is known by now."""
    node, rest = graph.source[went], graph.amount[came] - graph.amount[went]
    if graph.kind[came] != graph.kind[went] or not rest > 1e-9 * graph.amount[came]:
        return False
    k = below(graph.out, node, first + 1) - 1
    while k >= graph.out.start[node] and graph.before[graph.out.rows[k]] > came:
        part = graph.out.rows[k]
        k -= 1
        late = search.within_us > 0 and graph.t_us[part] - graph.t_us[came] > search.within_us
        other = graph.out.others[k + 1] not in (graph.target[went], graph.source[came])
        if other and not late and graph.kind[part] == graph.kind[came] and 0 < graph.amount[part] <= rest * (1.0 + 1e-9):
            return True
    return False
