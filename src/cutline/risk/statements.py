"""What reports, lists and border posts state about somebody: who reported or is missing, who is listed, who crossed when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL, Index


def reported(index: Index, kind: str, column: str) -> NDArray[np.int32]:
    """Give whom reports of one kind name in a column (codes, one for each such report)."""
    reports = index.tables.get("reports")
    if reports is None or not {"kind", column} <= reports.columns.keys():
        return np.empty(0, np.int32)
    named = reports.columns[column][reports.columns["kind"] == reports.category("kind", kind)]
    return np.asarray(named[named >= 0], np.int32)


def tagged(index: Index, tag: str) -> NDArray[np.bool_]:
    """Say whom some list gives a tag, whatever its dates (boolean over the entities)."""
    out, tags = np.zeros(len(index), np.bool_), index.tables.get("tags")
    if tags is not None and "tag" in tags.columns:
        entity = tags.columns["entity"][tags.columns["tag"] == tags.category("tag", tag)]
        out[entity[entity >= 0]] = True
    return out


def last_crossing(index: Index, way: str, who: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """When each person last crossed a border, `way` out or in: µs over the entities, NULL where never.

    `who` numbers the persons behind the tokens (`same_person`); the answer then stands at a person's number. Without it every
    token is a person of its own.
    """
    moves, last = index.tables.get("movements"), np.full(len(index), NULL)
    if moves is None or not {"direction", "person"} <= moves.columns.keys():
        return last
    person = moves.columns["person"]
    rows = np.flatnonzero((moves.columns["direction"] == moves.category("direction", way)) & (person >= 0))
    np.maximum.at(last, person[rows] if who is None else who[person[rows]], moves.t_us[rows])
    return last
