"""The order of a table's events, kept on disk: a question about a few events does not sort all of them again.

A view like others: of the lake's generation, dropped at a purge. One file a column, mapped when it is first looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cutline.store.catalogue import Catalogue
from cutline.store.events import EventOrder
from cutline.store.records import Part
from cutline.store.views import find_files, save_files

VIEW = "orders"
COLUMNS = ("source", "main", "sighting")
MAPPED_FROM = 4096
"""Smaller files are read: an empty array cannot be mapped."""


def keep_orders(folder: Path, catalogue: Catalogue, orders: Mapping[str, EventOrder]) -> None:
    """Keep the orders of these tables in place of those kept before: 4 bytes an event and 8 a merged sighting."""

    def write(home: Path) -> None:
        for table, order in orders.items():
            for column in COLUMNS:
                np.save(home / f"{table}.{column}.npy", getattr(order, column))
            told = {"parts": [[part.path, part.rows] for part in order.parts], "known_us": order.known_us.tolist()}
            (home / f"{table}.json").write_text(json.dumps(told), encoding="utf-8")

    save_files(folder, catalogue, VIEW, write)


def kept_order(
    folder: Path, catalogue: Catalogue, table: str, parts: list[Part], known_us: Mapping[str, int]
) -> EventOrder | None:
    """Give the order of a table as it was kept; None where none is, or where it was of other files of the lake."""
    home = find_files(folder, catalogue, VIEW)
    if home is None or not (home / f"{table}.json").exists():
        return None
    told = json.loads((home / f"{table}.json").read_text(encoding="utf-8"))
    known = [known_us[part.batch] for part in parts]
    if told != {"parts": [[part.path, part.rows] for part in parts], "known_us": known}:
        return None
    starts = np.concatenate([[0], np.cumsum([part.rows for part in parts], dtype=np.int64)]).astype(np.int64)
    source, main, sighting = (_mapped(home / f"{table}.{column}.npy") for column in COLUMNS)
    return EventOrder(table, parts, starts, source, main, sighting, np.array(known, np.int64))


def _mapped(path: Path) -> NDArray[np.int32]:
    """Map an array, private to this process: what happens to it never reaches the file."""
    return np.asarray(np.load(path, allow_pickle=False, mmap_mode="c" if path.stat().st_size >= MAPPED_FROM else None))
