"""The one place that opens stores and wires the rooms together."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutline.pipeline.stages import silent
    from cutline.workspace.case import Workspace
    from cutline.workspace.demo import DemoOptions, run_demo, simulate_province
    from cutline.workspace.masking import Access

__all__ = ["Access", "DemoOptions", "Workspace", "run_demo", "silent", "simulate_province"]

_HOMES = {
    "Access": "cutline.workspace.masking",
    "DemoOptions": "cutline.workspace.demo",
    "Workspace": "cutline.workspace.case",
    "run_demo": "cutline.workspace.demo",
    "silent": "cutline.pipeline.stages",
    "simulate_province": "cutline.workspace.demo",
}


def __getattr__(name: str) -> Any:
    """Bring a name from its home on first use: a question should not wait for the engines of a run."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cutline.workspace' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
