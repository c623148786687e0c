"""The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ZONE = "Asia/Shanghai"
"""Zone of a time without an offset where the delivery names none (`formats.md`)."""

UNKNOWN = "unknown"
"""Who works here where nobody says so: may look, decides nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decides. Secrets come from here alone and are never written to a log."""

    workspace: Path
    pseudonym_key: bytes | None
    actor: str


def read_settings() -> Settings:
    """Read `CUTLINE_WORKSPACE`, `CUTLINE_PSEUDONYM_KEY` and `CUTLINE_ACTOR` (default: the login name)."""
    key = os.environ.get("CUTLINE_PSEUDONYM_KEY", "")
    named = (os.environ.get(name, "").strip() for name in ("CUTLINE_ACTOR", "USER", "LOGNAME"))
    actor = next((name for name in named if name), UNKNOWN)
    return Settings(
        workspace=Path(os.environ.get("CUTLINE_WORKSPACE", "workspace")),
        pseudonym_key=key.encode() if key else None,
        actor=actor,
    )
