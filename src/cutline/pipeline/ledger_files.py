"""Ledgers on disk: laid once, mapped into memory by every later process, so that the first answer does not wait for a rebuild.

They are a view of the lake: of its generation, of who was judged to be one, of this program; else they are laid anew.
One file an array, the ids of entities as Arrow, a manifest written last. Arrays are mapped copy-on-write: the kernels see what
they saw when the ledgers were laid, nothing is read before it is touched, and nothing that happens to it reaches the files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cutline.errors import WorkspaceError
from cutline.graph.index import Cite, Index
from cutline.model.evidence import Citation, from_plain, to_plain
from cutline.model.judgements import Resolution
from cutline.pipeline.starting import spare_linear_algebra
from cutline.pipeline.trail import Trail
from cutline.store.lake import Lake
from cutline.tracing import Landmarks, Ledgers, Resolved
from cutline.tracing.candidates import Searched
from cutline.tracing.ledger import Refused
from cutline.tracing.rails import Rails
from cutline.tracing.splits import Splits

VIEW = "ledgers"
FORMAT = 10
MANIFEST = "ledgers.json"
ENTITIES = "entities.arrow"
REPORTED = "reported.json"
MAPPED_FROM = 4096
"""Smaller files are read: an empty array cannot be mapped."""


def keep_trail(lake: Lake, trail: Trail, resolution: Resolution) -> None:
    """Keep what a run laid, so that the next question about money is answered without laying it again."""

    def write(folder: Path) -> None:
        told = {"rests_on": _rests_on(resolution), "resolved": to_plain(trail.resolved), "searched": trail.searched}
        (folder / REPORTED).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        save_ledgers(trail.ledgers, trail.landmarks, folder)

    lake.save_files(VIEW, write)


def open_trail(lake: Lake, resolution: Resolution) -> Trail | None:
    """Map what the last run kept; None where nothing is kept, or the lake, the judgements or this program changed since."""
    folder = lake.find_files(VIEW)
    if folder is None:
        return None
    told = json.loads((folder / REPORTED).read_text(encoding="utf-8"))
    if told["rests_on"] != _rests_on(resolution):
        return None

    def cite(table: str, positions: NDArray[np.int64]) -> list[Citation]:
        lake.count_events(table)  # puts the events in order once, where nothing has read them yet
        return lake.cite(table, positions)

    ledgers, landmarks = open_ledgers(folder, cite)
    searched = tuple(Searched(*one) for one in told["searched"])
    return Trail(ledgers, landmarks, from_plain(Resolved, told["resolved"]), searched)


def _rests_on(resolution: Resolution) -> str:
    return f"{version('cutline')}|{FORMAT}|{resolution.version}"


def save_ledgers(ledgers: Ledgers, landmarks: Landmarks, folder: Path) -> None:
    """Write ledgers and landmarks into an empty folder: 53 bytes a transfer, 46 a book, and the ids of entities."""
    parts: dict[str, Ledgers | Landmarks | Rails | Splits] = {
        "ledgers": ledgers,
        "landmarks": landmarks,
        "rails": landmarks.rails,
        "splits": landmarks.rails.splits,
    }
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
    """Map what `save_ledgers` wrote; the index has entities and no tables. Whoever maps ledgers waits for an answer.

    Raises `WorkspaceError` where the files are not whole or of another format.
    """
    spare_linear_algebra()
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{folder}: no {MANIFEST}; expected ledgers written by a run; run `cutline run --again`") from None
    if told["format"] != FORMAT:
        raise WorkspaceError(f"{folder}: ledgers of format {told['format']}, expected {FORMAT}; run `cutline run --again`")
    parts: dict[str, dict[str, NDArray[Any]]] = {"ledgers": {}, "landmarks": {}, "rails": {}, "splits": {}, "index": {}}
    for name in told["arrays"]:
        part, _, field = name.partition(".")
        parts[part][field] = _mapped(folder / f"{name}.npy")
    entities = pa.ipc.open_file(pa.memory_map(str(folder / ENTITIES))).read_all().column("entity").combine_chunks()
    index = Index(entities, parts["index"]["kinds"], {}, cite)
    ledgers = Ledgers(index=index, assets=tuple(told["assets"]), refused=Refused(**told["refused"]), **parts["ledgers"])
    return ledgers, Landmarks(rails=Rails(splits=Splits(**parts["splits"]), **parts["rails"]), **parts["landmarks"])


def _arrays(held: Ledgers | Landmarks | Rails | Splits) -> dict[str, NDArray[Any]]:
    named = {field.name: getattr(held, field.name) for field in fields(held)}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _mapped(path: Path) -> NDArray[Any]:
    array = np.load(path, allow_pickle=False, mmap_mode="c" if path.stat().st_size >= MAPPED_FROM else None)
    return np.asarray(array)
