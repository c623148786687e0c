"""The workspace's secret key, under which people and numbers appear as pseudonyms."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cutline.errors import UsageError, WorkspaceError

FILE = "pseudonym.key"
KEY_BYTES = 32
_SHORTEST = 16


def pseudonym_key(folder: Path, given: bytes | None) -> bytes:
    """Give the key: the one from the settings, else the workspace's own, made on first use and readable by its owner alone.

    Raises UsageError for a given key of fewer than 16 bytes, WorkspaceError where others may read the key file.
    """
    if given is not None:
        if len(given) < _SHORTEST:
            raise UsageError(
                f"CUTLINE_PSEUDONYM_KEY has {len(given)} bytes, expected {_SHORTEST} or more; give a longer secret"
            )
        return given
    path = folder / FILE
    if not path.exists():
        _create(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise WorkspaceError(f"{path}: has mode {mode:o}, expected 600: others may have read the key; run `chmod 600 {path}`")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise WorkspaceError(f"{path}: {len(key)} bytes, expected {KEY_BYTES}; restore it from a backup")
    return key


def _create(path: Path) -> None:
    draft = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        # A link, unlike a rename, never replaces a key that another process made in the meantime.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
