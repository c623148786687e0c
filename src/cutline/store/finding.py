"""Finding events by what their sources call them: any sighting's own id, or a transaction id shared by several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cutline.store.events import EventOrder
from cutline.store.records import Part, read_frame

FOUND: dict[str, pl.DataType] = {"id": pl.String(), "position": pl.Int64()}


def find_events(folder: Path, order: EventOrder, ids: pl.Series) -> pl.DataFrame:
    """Give (id, position in `events`) for every event of which a sighting has an id among `ids`.

    Looks at event_id and, where the table has it, transaction_id. Cost: one pass over these columns; memory: one part.
    """
    wanted = ids.cast(pl.String).unique().drop_nulls().implode()
    hits = [pl.DataFrame(schema={"id": pl.String(), "reading": pl.Int64()})]
    for part, start in zip(order.parts, order.starts, strict=False):
        named = [column for column in ("event_id", "transaction_id") if column in part.columns]
        hits += [_hits(folder, part, int(start), column, wanted) for column in named]
    found = pl.concat(hits)
    place = _places(order, found["reading"].to_numpy())
    seen = found.select("id", position=pl.Series(place)).filter(pl.col("position") >= 0)
    return seen.unique().sort("id", "position")


def _hits(folder: Path, part: Part, start: int, column: str, wanted: pl.Series) -> pl.DataFrame:
    values = read_frame(folder, part, [column])[column]
    at = np.flatnonzero(values.is_in(wanted).fill_null(value=False).to_numpy())
    return pl.DataFrame({"id": values.gather(at), "reading": start + at}, schema={"id": pl.String(), "reading": pl.Int64()})


def _places(
    order: EventOrder, reading: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """From reading positions of records to positions of their events; -1 for a repeat that stands for nothing."""
    total = int(order.starts[-1])
    main = np.full(total, -1, np.int64)
    main[order.source] = np.arange(len(order.source))
    if len(order.main):
        main[order.sighting] = main[order.main]
    return main[reading]
