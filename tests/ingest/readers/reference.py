"""The reference data beside the checkout, where there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("CUTLINE_REFERENCE_DATA") or Path(__file__).parents[4] / "shared" / "data")


def reference_files(folder: str, pattern: str = "*") -> list[Path]:
    """List the files of a folder of the reference data, or skip the test."""
    files = sorted((DATA / folder).glob(pattern))
    if not files:
        pytest.skip(f"no reference data in {DATA / folder} (CUTLINE_REFERENCE_DATA says where they are)")
    return files
