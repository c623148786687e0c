"""The command line: one verb for each stage, thin over the workspace."""

from cutline.cli.app import main

__all__ = ["main"]
