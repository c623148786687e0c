"""What several test rooms share: one small demo that was really run, and the reference data where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# On CI the same examples every time; elsewhere new ones on every run. No example is judged by how busy the machine was.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def small_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after a small demo: province/, report.html and all views."""
    from cutline.settings import Settings
    from cutline.workspace import DemoOptions, run_demo, silent

    folder = tmp_path_factory.mktemp("case") / "workspace"
    run_demo(Settings(folder, None, "tester"), DemoOptions(people=1200, days=8, seed=11), silent)
    return folder


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The reference records beside the checkout; a test that needs them skips where they are absent."""
    folder = Path(os.environ.get("CUTLINE_REFERENCE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"reference data are not at {folder}; set CUTLINE_REFERENCE_DATA to run this test")
    return folder
