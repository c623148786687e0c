"""Ledgers on disk: laid once, mapped into memory by every later process, so that the first answer does not wait for a rebuild.

One file an array, the ids of entities as Arrow, a manifest written last. Arrays are mapped copy-on-write: the kernels see what
they saw when the ledgers were laid, nothing is read before it is touched, and nothing that happens to it reaches the files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import WorkspaceError
from cutline.graph.index import Cite, Index
from cutline.tracing import Joins, Landmarks, Ledgers
from cutline.tracing.ledger import Refused

FORMAT = 1
MANIFEST = "ledgers.json"
ENTITIES = "entities.arrow"
MAPPED_FROM = 4096
"""Smaller files are read: an empty array cannot be mapped."""


def save_ledgers(ledgers: Ledgers, landmarks: Landmarks, folder: Path) -> None:
    """Write ledgers and landmarks into an empty folder: 43 bytes a transfer, 46 a book, and the ids of entities."""
    parts: dict[str, Ledgers | Landmarks | Joins] = {"ledgers": ledgers, "landmarks": landmarks, "joins": landmarks.joins}
    arrays = {f"{part}.{name}": array for part, held in parts.items() for name, array in _arrays(held).items()}
    arrays["index.kinds"] = ledgers.index.kinds
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    entities = pa.table({"entity": ledgers.index.entities})
    with pa.OSFile(str(folder / ENTITIES), "wb") as file, pa.ipc.new_file(file, entities.schema) as out:
        out.write_table(entities)
    told = {"format": FORMAT, "assets": ledgers.assets, "refused": asdict(ledgers.refused), "arrays": sorted(arrays)}
    (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")


def open_ledgers(folder: Path, cite: Cite) -> tuple[Ledgers, Landmarks]:
    """Map what `save_ledgers` wrote; the index has entities and no tables.

    Raises `WorkspaceError` where the files are not whole or of another format.
    """
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{folder}: no {MANIFEST}; expected ledgers written by a run; run `cutline run --again`") from None
    if told["format"] != FORMAT:
        raise WorkspaceError(f"{folder}: ledgers of format {told['format']}, expected {FORMAT}; run `cutline run --again`")
    parts: dict[str, dict[str, NDArray[Any]]] = {"ledgers": {}, "landmarks": {}, "joins": {}, "index": {}}
    for name in told["arrays"]:
        part, _, field = name.partition(".")
        parts[part][field] = _mapped(folder / f"{name}.npy")
    entities = pa.ipc.open_file(pa.memory_map(str(folder / ENTITIES))).read_all().column("entity").combine_chunks()
    index = Index(entities, parts["index"]["kinds"], {}, cite)
    ledgers = Ledgers(index=index, assets=tuple(told["assets"]), refused=Refused(**told["refused"]), **parts["ledgers"])
    return ledgers, Landmarks(joins=Joins(**parts["joins"]), **parts["landmarks"])


def _arrays(held: Ledgers | Landmarks | Joins) -> dict[str, NDArray[Any]]:
    named = {field.name: getattr(held, field.name) for field in fields(held)}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _mapped(path: Path) -> NDArray[Any]:
    array = np.load(path, allow_pickle=False, mmap_mode="c" if path.stat().st_size >= MAPPED_FROM else None)
    return np.asarray(array)
