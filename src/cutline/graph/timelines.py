"""Timelines: for each subject, the rows of each stream in time order, and blocks of whole subjects merged into one order.

A stream is one table seen from one side (the transfers a subject receives). It is kept as a CSR of row numbers, four bytes an
entry; times and values are gathered a block at a time, so memory is the index, these rows, and one block.

Order inside a subject: time, table, row (which is deliverer and event id), then the order of the streams: a record that names
the subject twice enters twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.graph.coverage import ALWAYS, NEVER, Covered
from cutline.graph.index import NULL, EventTable, Index
from cutline.model.index import stretches
from cutline.model.kernels import kernel

BLOCK_ENTRIES = 1 << 18


@dataclass(frozen=True, slots=True)
class Lines:
    """One stream: `rows[pointer[s]:pointer[s + 1]]` are the rows of subject `s`, in time order.

    `covered`: from when to when nothing of each subject is missing. `t_us` is the table's column of times.
    """

    table: str
    rank: int
    pointer: NDArray[np.int64]
    rows: NDArray[np.int32]
    covered: Covered
    t_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Subjects:
    """The entities that a sweep looks at: `codes[s]` is the entity of subject `s`, `number[code]` the way back (-1: none)."""

    codes: NDArray[np.int32]
    number: NDArray[np.int32]

    @classmethod
    def of_kinds(cls, index: Index, kinds: Sequence[str]) -> Subjects:
        """Take all entities of some kinds, in the order of their ids."""
        codes = np.sort(np.concatenate([index.of_kind(kind) for kind in kinds]))
        number = np.full(len(index), -1, np.int32)
        number[codes] = np.arange(len(codes), dtype=np.int32)
        return cls(codes, number)

    @classmethod
    def of_values(cls, count: int) -> Subjects:
        """Take the values 0 … count - 1 of a category column as subjects."""
        codes = np.arange(count, dtype=np.int32)
        return cls(codes, codes)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole subjects `first … last - 1`, their entries of all streams merged; anchors are the entries to be judged.

    Entries: `rows[k]` of stream k and `places[k]`, their positions in the merged order; `begin[s]` where a subject starts.
    Anchors: time, place, stream, subject (counted from `first`), and `pointer[s]` where a subject's anchors start.
    """

    first: int
    last: int
    rows: tuple[NDArray[np.int32], ...]
    times: tuple[NDArray[np.int64], ...]
    places: tuple[NDArray[np.int64], ...]
    begin: NDArray[np.int64]
    pointer: NDArray[np.int64]
    t_us: NDArray[np.int64]
    place: NDArray[np.int64]
    stream: NDArray[np.uint8]
    subject: NDArray[np.int64]

    def only(self, at: NDArray[np.int64]) -> Block:
        """Keep some of the anchors (ascending positions); the entries stay."""
        return replace(
            self,
            pointer=np.searchsorted(at, self.pointer).astype(np.int64),
            t_us=self.t_us[at],
            place=self.place[at],
            stream=self.stream[at],
            subject=self.subject[at],
        )


def lines_of(table: EventTable, rank: int, role: NDArray[np.int32], subjects: Subjects, covered: Covered) -> Lines:
    """Sort a table's rows by the subject in one of its columns; rows that name no subject fall out. O(rows)."""
    pointer, rows = _by_subject(role, subjects.number, len(subjects))
    return Lines(table.name, rank, pointer, rows, covered, table.t_us)


@dataclass(frozen=True, slots=True)
class TieRows:
    """Ties from subjects to other entities, valid in [from, to); an unknown end is open. `row`: where the index has them."""

    subject: NDArray[np.int32]
    other: NDArray[np.int32]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]
    row: NDArray[np.int64]


def lines_via(table: EventTable, others: Lines, ties: TieRows, count: int) -> Lines:
    """See the rows of tied entities (numbered as in `others`) as rows of the subject, while the tie was valid.

    A row that is reached through two ties enters once. A subject is covered where all tied entities are; one without any tie
    has an unknown stream: covered from NEVER.
    """
    start = others.pointer[ties.other]
    end = others.pointer[ties.other + 1]
    low = _first_not_before(table.t_us, others.rows, start, end, ties.from_us)
    high = _first_not_before(table.t_us, others.rows, start, end, np.where(ties.to_us == NULL, NEVER, ties.to_us))
    order = np.argsort(ties.subject, kind="stable")
    firsts = np.searchsorted(ties.subject[order], np.arange(count + 1)).astype(np.int64)
    pointer, rows = _gather_ties(others.rows, firsts, low[order], np.maximum(high, low)[order])
    covered = Covered(np.full(count, ALWAYS, np.int64), np.full(count, NEVER, np.int64))
    np.maximum.at(covered.from_us, ties.subject, others.covered.from_us[ties.other])
    np.minimum.at(covered.to_us, ties.subject, others.covered.to_us[ties.other])
    covered.from_us[np.diff(firsts) == 0] = NEVER
    return Lines(table.name, others.rank, pointer, rows, covered, table.t_us)


def blocks(streams: Sequence[Lines], anchors: Sequence[bool], entries: int = BLOCK_ENTRIES) -> Iterator[Block]:
    """Walk over all subjects in blocks of about `entries` entries; no subject is cut, no block is without anchors."""
    pointers = np.stack([lines.pointer for lines in streams])
    total = pointers.sum(axis=0)
    judged = pointers[np.flatnonzero(anchors)].sum(axis=0)
    first, count = 0, len(total) - 1
    while first < count:
        last = int(np.searchsorted(total, total[first] + entries, "right")) - 1
        last = min(max(last, first + 1), count)
        if judged[last] > judged[first]:
            yield _block(streams, np.asarray(anchors, np.bool_), first, last)
        first = last


def _block(streams: Sequence[Lines], anchors: NDArray[np.bool_], first: int, last: int) -> Block:
    rows = tuple(s.rows[s.pointer[first] : s.pointer[last]] for s in streams)
    times = tuple(s.t_us[r] for s, r in zip(streams, rows, strict=True))
    base = np.cumsum([0, *[len(r) for r in rows]]).astype(np.int64)
    pointers = np.stack([s.pointer[first : last + 1] - s.pointer[first] for s in streams]) + base[:-1, None]
    ranks = np.array([s.rank for s in streams], np.int64)
    t_us, row = np.concatenate(times), np.concatenate(rows)
    begin = (pointers - base[:-1, None]).sum(axis=0)
    place, order, stream = _merge(pointers, ranks, t_us, row)
    chosen = np.flatnonzero(anchors[stream])
    pointer = np.searchsorted(chosen, begin).astype(np.int64)
    return Block(
        first,
        last,
        rows,
        times,
        tuple(place[base[k] : base[k + 1]] for k in range(len(streams))),
        begin,
        pointer,
        t_us[order[chosen]],
        chosen,
        stream[chosen],
        np.repeat(np.arange(last - first), np.diff(pointer)),
    )


@kernel
def _by_subject(role: Any, number: Any, count: int) -> Any:
    pointer = np.zeros(count + 1, np.int64)
    for i in range(len(role)):
        if role[i] >= 0 and number[role[i]] >= 0:
            pointer[number[role[i]] + 1] += 1
    for s in range(count):
        pointer[s + 1] += pointer[s]
    cursor = pointer[:-1].copy()
    rows = np.empty(pointer[-1], np.int32)
    for i in range(len(role)):
        if role[i] >= 0 and number[role[i]] >= 0:
            s = number[role[i]]
            rows[cursor[s]] = i
            cursor[s] += 1
    return pointer, rows


@kernel
def _first_not_before(t_us: Any, rows: Any, start: Any, end: Any, moment: Any) -> Any:
    """For each range of rows, the first position whose time is not before the moment."""
    out = np.empty(len(start), np.int64)
    for i in range(len(start)):
        low, high = start[i], end[i]
        while low < high:
            middle = (low + high) // 2
            if t_us[rows[middle]] < moment[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low
    return out


def _gather_ties(
    source: NDArray[np.int32], firsts: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Copy each subject's tied ranges of rows, in row order and each row once; a range is in order already."""
    counts, tied = high - low, np.diff(firsts)
    rows = source[stretches(low, counts)]
    whose = np.repeat(np.repeat(np.arange(len(tied), dtype=np.int32), tied), counts)
    several = tied[whose] > 1
    if several.any():
        # Subjects stand in order, so that those with several ranges can be sorted among themselves, in their own places.
        keys = (whose[several].astype(np.int64) << 32) | rows[several]
        keys.sort()
        rows[several] = keys & 0xFFFFFFFF
        kept = np.ones(len(rows), np.bool_)
        kept[several] = np.append(True, keys[1:] != keys[:-1])
        rows, whose = rows[kept], whose[kept]
    return np.append(np.int64(0), np.cumsum(np.bincount(whose, minlength=len(tied)))), rows


@kernel
def _merge(pointers: Any, ranks: Any, t_us: Any, row: Any) -> Any:
    """Merge each subject's streams: place of every entry, entry at every place, stream at every place."""
    streams = pointers.shape[0]
    place = np.empty(len(t_us), np.int64)
    order = np.empty(len(t_us), np.int64)
    which = np.empty(len(t_us), np.uint8)
    at = 0
    cursor = pointers[:, 0].copy()
    for s in range(1, pointers.shape[1]):
        while True:
            best = -1
            for k in range(streams):
                if cursor[k] >= pointers[k, s]:
                    continue
                if best < 0:
                    best = k
                    continue
                a, b = cursor[k], cursor[best]
                if t_us[a] != t_us[b]:
                    sooner = t_us[a] < t_us[b]
                elif ranks[k] != ranks[best]:
                    sooner = ranks[k] < ranks[best]
                else:
                    sooner = row[a] < row[b]
                if sooner:
                    best = k
            if best < 0:
                break
            place[cursor[best]] = at
            order[at] = cursor[best]
            which[at] = best
            cursor[best] += 1
            at += 1
    return place, order, which
