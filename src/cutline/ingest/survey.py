"""Which files there are to read in the named files and folders, each with the delivery that it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cutline.errors import SourceError
from cutline.ingest.chunk import Delivery, SourceFile
from cutline.ingest.delivery import DELIVERY_NAME, Clock, read_delivery, refuse_future, wall_clock

TRUTH = "truth"
"""A folder of this name holds what a simulated province knows of itself: it is never read."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in the named files and folders: the files to read, in the order of their paths, and what cannot be read."""

    files: list[SourceFile] = field(default_factory=list)
    refused: list[SourceError] = field(default_factory=list)


Own = Callable[[Path], bool]
"""Tells a folder in which we keep records ourselves: what lies there was delivered before."""


def _nobodys(_: Path) -> bool:
    return False


def survey(paths: Sequence[Path], own: Own = _nobodys, clock: Clock = wall_clock) -> Survey:
    """List the files to read in the named files and folders, each once, and what stands in the way of others.

    A folder's `delivery.yaml` holds for it and for all below until another one; without any, the folder that holds the file is
    its source. Hidden files, all below a folder called `truth` and all below our `own` are left out. Raises SourceError where a
    path is absent, lies below a `truth` or is one of our own.
    """
    result = Survey()
    found = sorted({file for path in paths for file in _walk(path, own, result.refused)})
    deliveries: dict[Path, Delivery | SourceError] = {}
    for file in found:
        try:
            result.files.append(_source_file(file, deliveries, clock))
        except SourceError as error:
            result.refused.append(error)
    return result


def _walk(path: Path, own: Own, refused: list[SourceError]) -> Iterator[Path]:
    whole = _resolve(path)
    if TRUTH in whole.parts:
        raise SourceError(str(path), "a folder called truth", "records of departments", "truth is never ingested")
    if own(whole):
        found = "a workspace, which keeps what was delivered"
        raise SourceError(str(path), found, "records of departments", "name their folder")
    if whole.is_dir():
        yield from _walk_folder(whole, own, (set(), refused))
    elif whole.exists():
        yield whole
    else:
        raise SourceError(str(path), "no such file or folder", "a file or a folder of records")


def _resolve(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise SourceError(str(path), "a link that leads back to itself", "a file or a folder of records") from error


def _walk_folder(folder: Path, own: Own, met: tuple[set[Path], list[SourceError]]) -> Iterator[Path]:
    seen, refused = met
    if folder in seen or own(folder):
        return
    seen.add(folder)
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        refused.append(SourceError(str(folder), f"the folder cannot be read ({error.strerror})", "a folder that may be listed"))
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in (DELIVERY_NAME, TRUTH):
            continue
        try:
            target = _resolve(entry)
        except SourceError as error:
            refused.append(error)
            continue
        if TRUTH in target.parts:
            continue
        if target.is_dir():
            yield from _walk_folder(target, own, met)
        else:
            yield target


def _source_file(file: Path, deliveries: dict[Path, Delivery | SourceError], clock: Clock) -> SourceFile:
    try:
        delivery = _delivery_of(file, deliveries, clock)
        if file.exists() and not file.is_file():
            raise SourceError(str(file), "a pipe, a socket or a device", "a file of records")
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if delivery.received_at is None:
            refuse_future(
                datetime.fromtimestamp(file.stat().st_mtime, UTC), file, "its last change, for no received_at,", clock
            )
    except OSError as error:
        raise SourceError(str(file), f"the file cannot be read ({error.strerror})", "a file that may be read") from error
    return SourceFile(file, file.relative_to(delivery.folder).as_posix(), digest, delivery)


def _delivery_of(file: Path, deliveries: dict[Path, Delivery | SourceError], clock: Clock) -> Delivery:
    """Give what holds for a file; each folder is asked once, and what is wrong with its page is told of every file."""
    folder = next((parent for parent in file.parents if (parent / DELIVERY_NAME).is_file()), file.parent)
    if folder not in deliveries:
        try:
            deliveries[folder] = read_delivery(folder, clock)
        except SourceError as error:
            deliveries[folder] = error
    delivery = deliveries[folder]
    if isinstance(delivery, SourceError):
        raise SourceError(str(file), f"its delivery cannot be told, for {delivery}", "a page that makes sense") from delivery
    return delivery
