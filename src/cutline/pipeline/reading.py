"""Reading many files at once: each becomes a staged batch in a process of its own; the lake itself is touched by one."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cutline.errors import SourceError
from cutline.ingest.chunk import SourceFile
from cutline.ingest.delivery import chain_of, received_at
from cutline.ingest.recognise import recognise
from cutline.pipeline.agreement import Keys, Side, agreed_keys
from cutline.pipeline.children import begin_child, told_when_killed
from cutline.pipeline.sightings import Read
from cutline.store.records import BatchRecord
from cutline.store.staging import StagedBatch

WORKERS = 2
"""Two readers keep two cores busy; each holds one block and one part (a few hundred MB at most)."""

WORTH_WORKERS_BYTES = 8 << 20
"""Below this the start of a worker (a second or two) costs more than it saves."""


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to read: `as_kind` instead of recognising, `mapping` for a format of nobody's."""

    as_kind: str = ""
    mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class _Errand:
    file: SourceFile
    options: IntakeOptions
    folder: Path


def read_all(files: Sequence[SourceFile], options: IntakeOptions, folder_of: Callable[[str], Path]) -> Iterator[Read | str]:
    """Give for each file, in order, its sealed batch, or the message of why it was refused.

    `folder_of` says where a batch (by id) may be filled. A lone process reads small intakes; larger ones get workers.
    """
    errands = [_Errand(file, options, folder_of(batch_of(file, "").batch)) for file in files]
    workers = min(WORKERS, os.cpu_count() or 1, len(files))
    if workers < 2 or sum(f.path.stat().st_size for f in files) < WORTH_WORKERS_BYTES:
        yield from map(_read, errands)
        return
    # Spawned, not forked: the column engine's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(os.getpid(),)) as pool:
        try:
            with told_when_killed("reading"):
                yield from pool.map(_read, errands)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def batch_of(file: SourceFile, kind: str) -> BatchRecord:
    """Say what batch a file becomes; its id does not depend on the kind."""
    delivery = file.delivery
    return BatchRecord(
        sha256=file.sha256,
        file_name=file.name,
        deliverer=delivery.source,
        department=delivery.department,
        kind=kind,
        received_at=received_at(file),
        zone=delivery.zone,
        zone_assumed=delivery.zone_assumed,
        legal_basis=delivery.legal_basis,
        purpose=delivery.purpose,
        delete_by=delivery.delete_by,
        covers_from=delivery.covers_from,
        covers_to=delivery.covers_to,
        answers=delivery.answers,
        chain=chain_of(file),
    )


def _read(errand: _Errand) -> Read | str:
    try:
        state = _state_of(errand.file.path)
        reader = recognise(errand.file, errand.options.as_kind or None, errand.options.mapping)
        batch = batch_of(errand.file, reader.kind)
        agreed: dict[Side, list[Keys]] = {}
        with StagedBatch.begin(batch, errand.folder, errand.file.path) as staged:
            for chunk in reader.read(errand.file):
                staged.append(chunk.tables, chunk.keys, chunk.rejects, chunk.partial)
                for side, keys in agreed_keys(chunk.tables).items():
                    agreed.setdefault(side, []).append(keys)
            _check_still(errand.file.path, state)
    except SourceError as error:
        return str(error)
    return Read(staged, {side: np.concatenate(parts) for side, parts in agreed.items()})


_STILL = ("a file that nobody writes to", "it changed while being read: deliver it again once it is complete")


def _check_still(path: Path, state: tuple[int, int, int]) -> None:
    """Refuse a file whose rows may be others than those of the copy that is kept."""
    if _state_of(path) != state:
        raise SourceError(str(path), "other bytes than at the beginning", *_STILL)


def _state_of(path: Path) -> tuple[int, int, int]:
    try:
        told = path.stat()
    except OSError as error:
        raise SourceError(str(path), f"the file cannot be read ({error.strerror})", *_STILL) from error
    return told.st_ino, told.st_size, told.st_mtime_ns


def _begin_worker(parent: int) -> None:
    """One thread a worker, so that two do not get in each other's way; and no worker outlives its parent."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    begin_child(parent)
