"""The command line starts quickly: what a verb does not need is not loaded for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

ENGINES = ("polars", "duckdb", "numba", "sklearn", "networkit", "scipy", "lightgbm", "splink", "lark")


@pytest.mark.parametrize(
    ("ask", "may_load"),
    [
        ("import cutline.cli", ()),
        ("import cutline.workspace", ()),
        ("from cutline.workspace import Workspace", ("polars", "duckdb")),
    ],
)
def test_nothing_is_loaded_before_it_works(ask: str, may_load: tuple[str, ...]) -> None:
    script = f"{ask}\nimport sys\nprint(*(name for name in {ENGINES!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(may_load)
