"""The one place that opens stores and wires the rooms together."""

from cutline.pipeline.stages import silent
from cutline.workspace.case import Workspace
from cutline.workspace.demo import DemoOptions, run_demo, simulate_province
from cutline.workspace.masking import Access

__all__ = ["Access", "DemoOptions", "Workspace", "run_demo", "silent", "simulate_province"]
