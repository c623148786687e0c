"""Who may open a workspace: one process at a time, and no older program than the one that wrote it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from cutline.errors import WorkspaceError, WorkspaceLockedError, WorkspaceVersionError
from cutline.store.durable import write_whole

SCHEMA_VERSION = 1
"""Layout of the workspace's files and tables. It rises with every change that an older program would misread."""

VERSION_FILE = "VERSION"
LOCK_FILE = "LOCK"


def written_version(folder: Path) -> int | None:
    """Read the layout version of a workspace without opening its stores; None where it was never finished.

    Raises WorkspaceVersionError where a newer program wrote it, WorkspaceError where the file says nothing readable.
    """
    path = folder / VERSION_FILE
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit():
        raise WorkspaceError(
            f"{path}: {text[:40]!r}, expected a layout number such as {SCHEMA_VERSION}; restore it from a backup"
        )
    version = int(text)
    if version > SCHEMA_VERSION:
        raise WorkspaceVersionError(
            f"{folder}: written with layout {version}, this program knows layouts up to {SCHEMA_VERSION}; "
            "update cutline, or name another folder with --workspace"
        )
    return version


def is_workspace(folder: Path) -> bool:
    """Say whether a folder is a workspace, its records our own; one that cannot be looked into is none of ours."""
    try:
        return (folder / VERSION_FILE).is_file() and (folder / LOCK_FILE).is_file()
    except OSError:
        return False


def write_version(folder: Path) -> None:
    """Declare the workspace finished, in this program's layout."""
    write_whole(folder / VERSION_FILE, f"{SCHEMA_VERSION}\n".encode())


class Ownership:
    """The lock of a workspace, held until released or until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_FILE
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise WorkspaceError(f"{path}: {error.strerror}; expected a folder this user may write to") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise WorkspaceLockedError(
                f"{folder}: process {holder} has this workspace open; wait until it ends or stop it, "
                "or name another folder with --workspace"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process open the workspace."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Ownership:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
