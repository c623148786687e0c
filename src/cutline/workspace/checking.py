"""What `cutline doctor` looks at beside the lake itself: books, the audit log, missing rows, and what learning needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutline.errors import AuditError
from cutline.model.judgements import Resolution
from cutline.store.audit import AuditLog
from cutline.store.lake import Lake


def check_gaps(lake: Lake, resolution: Resolution) -> dict[str, Any]:
    """Say how many accounts lack rows by their stated balances: no fault of this installation, and no reason to fail."""
    from cutline.workspace.reconciling import count_gaps

    return {"name": "missing rows", "ok": True, "found": count_gaps(lake, resolution)}


def check_library() -> dict[str, Any]:
    """Say whether scores can be learned here."""
    from cutline.risk.learning import missing_library

    missing = missing_library()
    return {"name": "learning", "ok": not missing, "found": missing or "LightGBM loads"}


def check_book(name: str, read: Callable[[], list[bool]]) -> dict[str, Any]:
    """Read a book as a command would: one that was altered is told, not met by surprise."""
    try:
        waiting = read()
    except AuditError as error:
        return {"name": name, "ok": False, "found": str(error)}
    return {"name": name, "ok": True, "found": f"{len(waiting)} in the book, {sum(waiting)} wait for another officer"}


def check_audit(audit: AuditLog) -> dict[str, Any]:
    """Verify the chain of the audit log."""
    try:
        state = audit.verify()
    except AuditError as error:
        return {"name": "audit log", "ok": False, "found": str(error)}
    return {"name": "audit log", "ok": True, "found": f"{state.size} entries, tree head {state.root[:16]}…"}
