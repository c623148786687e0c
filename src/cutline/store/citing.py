"""From events back to the rows of the sources, and to how those rows were spelled."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.model.evidence import Citation
from cutline.store.catalogue import Catalogue
from cutline.store.events import EventOrder
from cutline.store.originals import ExtractRows, open_kept
from cutline.store.records import Part, read_part

FEW = 64
"""Events up to which each is looked up by itself: findings cite a handful, and a vector operation costs more than that."""

CACHE_BYTES = 512 << 20
"""Ids of lately cited parts that are kept in memory."""


class Citer:
    """Gives the citations of events; remembers the parts cited last, because findings come many to a part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: OrderedDict[str, pa.Table] = OrderedDict()
        self._held = 0

    def cite(self, order: EventOrder, positions: NDArray[np.int64]) -> list[Citation]:
        """Give the citations of events in their order: for each the visible record, then its merged sightings."""
        main = order.source[positions]
        low, high = np.searchsorted(order.main, main, "left"), np.searchsorted(order.main, main, "right")
        if (high == low).all():
            reading = main.astype(np.int64)
        else:
            reading = np.concatenate(
                [np.append(m, order.sighting[a:b]).astype(np.int64) for m, a, b in zip(main, low, high, strict=True)]
            )
        if len(reading) <= FEW:
            return [self._one(order, at) for at in reading.tolist()]
        part_of = np.searchsorted(order.starts, reading, side="right") - 1
        out: list[Citation | None] = [None] * len(reading)
        for k in np.unique(part_of):
            where = np.flatnonzero(part_of == k)
            part = order.parts[k]
            rows = self._ids(part).take(pa.array(reading[where] - order.starts[k])).to_pydict()
            for at, deliverer, event, row in zip(where, rows["deliverer"], rows["event_id"], rows["row"], strict=True):
                out[at] = Citation(order.table, deliverer, event, part.batch, row)
        return [citation for citation in out if citation is not None]

    def _one(self, order: EventOrder, at: int) -> Citation:
        k = bisect_right(order.starts, at) - 1
        ids, row = self._ids(order.parts[k]), at - int(order.starts[k])
        deliverer, event, number = (ids.column(name)[row].as_py() for name in ("deliverer", "event_id", "row"))
        return Citation(order.table, deliverer, event, order.parts[k].batch, number)

    def _ids(self, part: Part) -> pa.Table:
        if part.path in self._parts:
            self._parts.move_to_end(part.path)
            return self._parts[part.path]
        table = read_part(self._folder, part, ["deliverer", "event_id", "row"]).combine_chunks()
        self._parts[part.path] = table
        self._held += table.nbytes
        while len(self._parts) > 1 and self._held > CACHE_BYTES:
            self._held -= self._parts.popitem(last=False)[1].nbytes
        return table


def original_rows(
    folder: Path, catalogue: Catalogue, citations: Sequence[Citation], extract: ExtractRows
) -> list[dict[str, str]]:
    """Give the cited source rows in their original spelling, in the order of the citations.

    Each file is opened once. Raises UsageError for a batch that the lake does not hold (purged, or of another workspace).
    """
    wanted: dict[str, set[int]] = {}
    for citation in citations:
        wanted.setdefault(citation.batch, set()).add(citation.row)
    batches = catalogue.batch_records(sorted(wanted))
    found = {}
    for batch, rows in wanted.items():
        if batch not in batches:
            raise UsageError(f"batch {batch} is not in the lake: it was purged, or cited from another workspace")
        record, name = batches[batch]
        with closing(open_kept(folder / "originals" / name)) as file:
            found[batch] = extract(file, record, sorted(rows))
    return [found[c.batch][c.row] for c in citations]
