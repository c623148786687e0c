"""Files that are either whole and on disk, or not there at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

_MANY = 32


def settle(path: Path) -> None:
    """Wait until a file's bytes are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle_all(paths: Iterable[Path]) -> None:
    """Wait until many files, or the names in many folders, are on disk.

    Above 32 of them one flush of the whole machine (`sync`, which waits on Linux) is cheaper than a flush for each.
    """
    distinct = sorted(set(paths))
    if len(distinct) > _MANY:
        os.sync()
    else:
        for path in distinct:
            settle(path)


def move(source: Path, target: Path) -> None:
    """Put a settled file in its place; whoever moves many settles the target folders together, after the last."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a small file so that a reader finds the old bytes or the new ones, also after a crash."""
    draft = path.with_name(path.name + ".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    settle(path.parent)


def digest(path: Path) -> str:
    """Give the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
