"""Cutline joins the records of four departments to cut off overseas telecom fraud, lawfully.

from pathlib import Path
import cutline

settings = cutline.Settings(Path("case"), pseudonym_key=None, actor="analyst")
with cutline.Workspace.open(settings) as case:
    case.ingest([Path("deliveries")])
    case.run()
    print(case.alerts(warnings=False, limit=10, access=cutline.Access()))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutline.errors import CutlineError
    from cutline.model.evidence import Alert, Citation, Finding, Ring, Score, Trace
    from cutline.settings import Settings
    from cutline.workspace import Access, Workspace

_HOMES = {
    "Access": "cutline.workspace",
    "Alert": "cutline.model.evidence",
    "Citation": "cutline.model.evidence",
    "CutlineError": "cutline.errors",
    "Finding": "cutline.model.evidence",
    "Ring": "cutline.model.evidence",
    "Score": "cutline.model.evidence",
    "Settings": "cutline.settings",
    "Trace": "cutline.model.evidence",
    "Workspace": "cutline.workspace",
}

__all__ = ["Access", "Alert", "Citation", "CutlineError", "Finding", "Ring", "Score", "Settings", "Trace", "Workspace"]


def __getattr__(name: str) -> Any:
    """Bring a name from its home on first use, so that importing one part does not load every engine."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cutline' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
