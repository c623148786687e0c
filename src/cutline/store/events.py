"""Events: the visible records of a table in order, each with its merged sightings.

Reading positions count the records of all parts one after the other. An `EventOrder` says which reading positions are events
and in which order; it is computed once per table and lake state (4 bytes an event, so at most 2³¹ records a table) and serves
every column and every citation.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.model.index import stretches
from cutline.store.records import Part, read_part

Positions = NDArray[np.int64]

_NO_ROW = -1

READERS = 2
"""Parts that are read at once."""


@dataclass(slots=True)
class EventOrder:
    """The events of a table as reading positions.

    `source[k]` is the k-th event; `main` (ascending) and `sighting` pair visible records with their merged sightings, each
    main's sightings in event order; `known_us` is when each part's batch was received.
    """

    table: str
    parts: list[Part]
    starts: Positions
    source: NDArray[np.int32]
    main: NDArray[np.int32]
    sighting: NDArray[np.int32]
    known_us: Positions

    def __len__(self) -> int:
        return len(self.source)


def order_events(
    folder: Path, table: str, parts: list[Part], hidden: pl.DataFrame, known_us: dict[str, int], until_us: int | None = None
) -> EventOrder:
    """Put the visible records of a table in (occurred_at, deliverer, event_id) order, whatever the order of loading.

    Of what happened after `until_us` (microseconds since 1970 UTC; None: no end) nothing is an event.

    Memory: about 40 bytes a record while it works. Cost: one stable sort of times that are sorted part by part; strings are
    compared only where records of different parts have equal times.
    """
    starts = np.concatenate([[0], np.cumsum([p.rows for p in parts], dtype=np.int64)]).astype(np.int64)
    moments, rows = _moments_and_rows(folder, parts, int(starts[-1]))
    order = np.argsort(moments, kind="stable")
    _settle_ties(folder, parts, starts, moments, order)
    position = _Lookup(parts, starts, rows)
    visible = np.ones(len(rows), bool)
    visible[position.find_all(hidden["batch"], hidden["row"])] = False
    if until_us is not None:
        visible &= moments <= until_us
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    merged = hidden.filter(pl.col("how") == "merged")
    main = position.find(merged["into_batch"], merged["into_row"])
    sighting = position.find(merged["batch"], merged["row"])
    both = (main >= 0) & (sighting >= 0)
    main, sighting = main[both], sighting[both]
    sequence = np.lexsort((rank[sighting], main))
    source = order[visible[order]].astype(np.int32)
    known = np.array([known_us[p.batch] for p in parts], np.int64)
    return EventOrder(table, parts, starts, source, main[sequence], sighting[sequence], known)


def _moments_and_rows(folder: Path, parts: list[Part], total: int) -> tuple[Positions, Positions]:
    moments, rows = np.empty(total, np.int64), np.empty(total, np.int64)
    at = 0
    with ThreadPoolExecutor(READERS) as pool:
        for read in pool.map(lambda p: read_part(folder, p, ["occurred_at", "row"]), parts):
            moments[at : at + len(read)] = read.column("occurred_at").cast(pa.int64()).to_numpy()
            rows[at : at + len(read)] = read.column("row").to_numpy()
            at += len(read)
    return moments, rows


def _settle_ties(folder: Path, parts: list[Part], starts: Positions, moments: Positions, order: Positions) -> None:
    """Sort, in place, the runs of equal times in which records of several parts meet and may stand wrongly.

    Parts come sorted inside and ordered by deliverer, so that a run is right unless one deliverer has two parts in it, or
    a part has several deliverers.
    """
    if len(parts) < 2:
        return
    part_of = (np.searchsorted(starts, order, side="right") - 1).astype(np.int32)
    numbers = {name: k for k, name in enumerate(sorted({p.deliverer for p in parts if p.deliverer}))}
    group = np.array([numbers.get(p.deliverer, -1) for p in parts])
    tied = moments[order[1:]] == moments[order[:-1]]
    crossing = tied & (part_of[1:] != part_of[:-1])
    before, after = group[part_of[:-1]], group[part_of[1:]]
    doubtful = crossing & ((before == after) | (before < 0) | (after < 0))
    if not doubtful.any():
        return
    run = np.concatenate([[0], np.cumsum(~tied, dtype=np.int32)]).astype(np.int32)
    wrong = np.zeros(int(run[-1]) + 1, bool)
    wrong[run[1:][doubtful]] = True
    places = np.flatnonzero(wrong[run])
    order[places] = _by_name(folder, parts, starts, order[places], run[places])


def _by_name(folder: Path, parts: list[Part], starts: Positions, positions: Positions, run: NDArray[np.int32]) -> Positions:
    """Sort reading positions by (run, deliverer, event id, batch, row); names are compared by their rank, not as text."""
    text = gather(folder, parts, starts, positions, ["deliverer", "event_id", "row"])
    deliverer = text.column("deliverer").combine_chunks()
    batches = {batch: k for k, batch in enumerate(sorted({p.batch for p in parts}))}
    batch_of = np.array([batches[p.batch] for p in parts], np.int32)
    frame = pl.DataFrame(
        {
            "run": run,
            "deliverer": _ranks(deliverer.dictionary)[deliverer.indices.to_numpy()],
            "event_id": pl.Series(text.column("event_id")),
            "batch": batch_of[np.searchsorted(starts, positions, side="right") - 1],
            "row": pl.Series(text.column("row")),
            "position": positions,
        }
    )
    del text
    return frame.sort("run", "deliverer", "event_id", "batch", "row", "position")["position"].to_numpy()


def _ranks(names: pa.Array) -> NDArray[np.int32]:
    ranks = np.empty(len(names), np.int32)
    ranks[pc.sort_indices(names).to_numpy()] = np.arange(len(names), dtype=np.int32)
    return ranks


class _Lookup:
    """From (batch, row) to reading positions, by direct address: 4 bytes for each source row of the batches."""

    def __init__(self, parts: list[Part], starts: Positions, rows: Positions) -> None:
        self._rows = rows
        self._spans: dict[str, list[tuple[int, int]]] = {}
        for part, start in zip(parts, starts, strict=False):
            self._spans.setdefault(part.batch, []).append((int(start), int(start) + part.rows))

    def find(self, batches: pl.Series, rows: pl.Series) -> NDArray[np.int32]:
        """Give the position of each record, the first of its row; -1 where the table has none."""
        out = np.full(len(rows), _NO_ROW, np.int32)
        for batch, where in _groups(batches):
            places = self._places(batch)
            wanted = rows.gather(where).to_numpy()
            inside = wanted < len(places)
            out[where[inside]] = places[wanted[inside]]
        return out

    def find_all(self, batches: pl.Series, rows: pl.Series) -> Positions:
        """Give the positions of every record of the named source rows."""
        found = [np.zeros(0, np.int64)]
        for batch, where in _groups(batches):
            wanted = rows.gather(where).to_numpy()
            named = np.zeros(int(wanted.max()) + 1, bool)
            named[wanted] = True
            for low, high in self._spans.get(batch, []):
                part = self._rows[low:high]
                found.append(low + np.flatnonzero((part < len(named)) & named[np.minimum(part, len(named) - 1)]))
        return np.concatenate(found)

    def _places(self, batch: str) -> NDArray[np.int32]:
        spans = self._spans.get(batch, [])
        longest = max((int(self._rows[low:high].max()) for low, high in spans), default=-1)
        places = np.full(longest + 1, _NO_ROW, np.int32)
        for low, high in reversed(spans):
            places[self._rows[low:high][::-1]] = np.arange(low, high, dtype=np.int32)[::-1]
        return places


def _groups(batches: pl.Series) -> list[tuple[str, NDArray[np.int64]]]:
    frame = pl.DataFrame({"batch": batches, "at": np.arange(len(batches), dtype=np.int64)}).drop_nulls()
    return [(str(key[0]), group["at"].to_numpy()) for key, group in frame.partition_by("batch", as_dict=True).items()]


def gather(folder: Path, parts: list[Part], starts: Positions, positions: Positions, columns: Sequence[str]) -> pa.Table:
    """Read columns at reading positions, in their order, opening only the parts they lie in."""
    part_of = np.searchsorted(starts, positions, side="right") - 1
    sequence = np.argsort(part_of, kind="stable")
    pieces = []
    for k in np.unique(part_of):
        inside = positions[part_of == k] - starts[k]
        pieces.append(read_part(folder, parts[k], columns).take(pa.array(inside)))
    back = np.empty(len(sequence), np.int64)
    back[sequence] = np.arange(len(sequence))
    return pa.concat_tables(pieces).unify_dictionaries().combine_chunks().take(pa.array(back))


def known_of(order: EventOrder, positions: Positions) -> Positions:
    """Say when each of some events was first reported to us: the earliest of its sightings, in microseconds."""
    return least_of(order, positions, order.known_us)


def least_of(order: EventOrder, positions: Positions, of_part: Positions) -> Positions:
    """Give of each event the least over its sightings of what is said of each part."""
    main = order.source[positions]
    known = of_part[np.searchsorted(order.starts, main, side="right") - 1]
    low, high = np.searchsorted(order.main, main, "left"), np.searchsorted(order.main, main, "right")
    several = np.flatnonzero(high > low)
    counts = (high - low)[several]
    sighting = order.sighting[stretches(low[several], counts)]
    told = of_part[np.searchsorted(order.starts, sighting, side="right") - 1]
    np.minimum.at(known, np.repeat(several, counts), told)
    return known
