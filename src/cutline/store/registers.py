"""Registers: which records of a table name an id, so that a question about a few ids reads none of the others.

A view like others: of the lake's generation, dropped at a purge. One sorted array for each column, mapped when it is looked at:
8 bytes a record, 31 bits of the id's hash above the record's reading position. Two ids may share a hash, so that whoever looks
up compares what the records say; no id stands in a register.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.store.catalogue import Catalogue
from cutline.store.records import Part, read_part
from cutline.store.views import find_files, save_files

VIEW = "registers"
FORMAT = 1
MANIFEST = "registers.json"
MAPPED_FROM = 4096
"""Smaller files are read: an empty array cannot be mapped."""

REGISTERED = {
    "transfers": ("event_id", "transaction_id"),
    "ties": ("a", "b"),
    "facts": ("entity",),
    "orders": ("address", "account"),
    "tags": ("entity",),
}
"""By what a question looks records up: a transfer by its id or hash, who stands behind, what was said of somebody."""

READERS = 2
"""Parts that are read at once: reading and hashing happen outside the interpreter."""

POSITIONS = np.int64(0xFFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Register:
    """Where ids stand in a column: `keys` ascending, hash above reading position; positions count through `parts` in order."""

    parts: tuple[Part, ...]
    starts: NDArray[np.int64]
    keys: NDArray[np.int64]

    def find(self, ids: Collection[str]) -> list[tuple[int, NDArray[np.int64]]]:
        """Give (number of the part, rows in it, ascending) of records that may name one of the ids, in the order of parts."""
        hashes = hash_texts(pa.array(sorted({*ids}), pa.string())) << 32
        low, high = np.searchsorted(self.keys, hashes, "left"), np.searchsorted(self.keys, hashes | POSITIONS, "right")
        spans = [self.keys[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True) if b > a]
        reading = np.unique(np.concatenate([np.empty(0, np.int64), *spans]) & POSITIONS)
        part_of = np.searchsorted(self.starts, reading, side="right") - 1
        return [(int(k), reading[part_of == k] - self.starts[k]) for k in np.unique(part_of)]


def keep_registers(folder: Path, catalogue: Catalogue) -> None:
    """Keep registers of the lake as it stands in place of those kept before. Memory: 16 bytes a record of one column."""
    parts = {table: catalogue.parts("records", table) for table in REGISTERED}

    def write(home: Path) -> None:
        for table, columns in REGISTERED.items():
            for column in columns:
                np.save(home / f"{table}.{column}.npy", register_keys(folder, parts[table], column))
        told = {table: _told(held) for table, held in parts.items()}
        (home / MANIFEST).write_text(json.dumps({"format": FORMAT, "parts": told}), encoding="utf-8")

    save_files(folder, catalogue, VIEW, write)


def kept_registers(folder: Path, catalogue: Catalogue, table: str, parts: Sequence[Part]) -> dict[str, Register]:
    """Give the registers of a table by column as they were kept; none where they were of other files of the lake."""
    home = find_files(folder, catalogue, VIEW)
    if home is None:
        return {}
    told = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
    if told["format"] != FORMAT or told["parts"].get(table) != _told(parts):
        return {}
    starts = starts_of(parts)
    return {c: Register(tuple(parts), starts, _mapped(home / f"{table}.{c}.npy")) for c in REGISTERED[table]}


def _mapped(path: Path) -> NDArray[np.int64]:
    return np.asarray(np.load(path, allow_pickle=False, mmap_mode="r" if path.stat().st_size >= MAPPED_FROM else None))


def starts_of(parts: Sequence[Part]) -> NDArray[np.int64]:
    """Give the reading position at which each part begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum([part.rows for part in parts], dtype=np.int64)]).astype(np.int64)


def register_keys(folder: Path, parts: Sequence[Part], column: str) -> NDArray[np.int64]:
    """Give the sorted keys of a column: one for each record that names an id."""

    def read(part: Part) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, np.int64), *map(_hashes, read_part(folder, part, [column]).column(column).chunks)])

    starts, named = starts_of(parts), [(k, part) for k, part in enumerate(parts) if column in part.columns]
    with ThreadPoolExecutor(READERS) as pool:
        keys = [
            (found[known] << 32) | (int(starts[k]) + known)
            for (k, _), found in zip(named, pool.map(read, (part for _, part in named)), strict=True)
            for known in [np.flatnonzero(found >= 0)]
        ]
    return np.sort(np.concatenate([np.empty(0, np.int64), *keys]))


def hash_texts(texts: pa.Array) -> NDArray[np.int64]:
    """Give 31 bits of each text's hash, the same on every machine and in every version; −1 for a null."""
    if not len(texts):
        return np.empty(0, np.int64)
    from cutline.store.text_hashes import hash_each  # whoever opens a lake and looks nothing up waits for no compiler

    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    found = hash_each(_fixed(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1], _fixed(data or b"\0", np.uint8))
    if texts.null_count:
        found[pc.is_null(texts).to_numpy(zero_copy_only=False)] = -1
    return found


def _fixed(buffer: Any, kind: Any) -> NDArray[Any]:
    """See a buffer as an array that is never written to: kernels are compiled once for each kind of array."""
    seen = np.frombuffer(buffer, kind)
    seen.setflags(write=False)
    return seen


def _hashes(chunk: pa.Array) -> NDArray[np.int64]:
    """Hash a column's chunk; of a dictionary its values, not the rows."""
    if not isinstance(chunk, pa.DictionaryArray):
        return hash_texts(chunk)
    known = np.append(hash_texts(chunk.dictionary), np.int64(-1))
    return np.asarray(known[pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False)], np.int64)


def _told(parts: Sequence[Part]) -> list[list[object]]:
    return [[part.path, part.rows] for part in parts]
