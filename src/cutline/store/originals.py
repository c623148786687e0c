"""The source files as they were delivered, byte for byte: what evidence rests on in the end.

A file that came compressed is kept as it is; any other is compressed (zstd, level 1). Either way the bytes as delivered come
back with the hash under which the batch was recorded.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from cutline.errors import SourceError, WorkspaceError
from cutline.store.records import BatchRecord

ExtractRows = Callable[[BinaryIO, BatchRecord, Sequence[int]], Mapping[int, dict[str, str]]]
"""(bytes as delivered, batch, row numbers ascending) → those rows in their original spelling, by row number.

The readers know how a row is counted in each format, so ingest supplies this and the pipeline wires it.
"""

_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_BLOCK = 1 << 20


def keep(source: Path, batch: BatchRecord, folder: Path) -> Path:
    """Copy a source file into a folder; raise SourceError where its bytes are no longer those that were hashed.

    Memory: about 4 MB, whatever the file's size.
    """
    with _open_source(source) as file:
        head = file.read(4)
        file.seek(0)
        whole = any(head.startswith(magic) for magic in _COMPRESSED)
        kept = folder / f"{batch.sha256}.{'asis' if whole else 'zst'}"
        hasher = hashlib.sha256()
        with kept.open("wb") as out:
            sink = cast("BinaryIO", out if whole else zstandard.ZstdCompressor(level=1).stream_writer(out, closefd=False))
            while block := file.read(_BLOCK):
                hasher.update(block)
                sink.write(block)
            if not whole:
                sink.close()
    if hasher.hexdigest() != batch.sha256:
        kept.unlink()
        raise SourceError(
            batch.file_name,
            f"bytes with hash {hasher.hexdigest()[:12]}…",
            f"{batch.sha256[:12]}…",
            "it changed while being read",
        )
    return kept


def _open_source(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(str(path), f"the file cannot be read ({error.strerror})", "a file that may be read") from error


def open_kept(path: Path) -> BinaryIO:
    """Open the bytes as they were delivered."""
    if not path.exists():
        raise WorkspaceError(f"{path}: the kept original is missing; run `cutline doctor`, and restore it from a backup")
    file = path.open("rb")
    if path.suffix == ".asis":
        return file
    return cast("BinaryIO", io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, closefd=True), _BLOCK))
