"""A process of one question loads no SciPy with its kernels, and can still load it for itself."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
from cutline.pipeline.starting import spare_linear_algebra
spare_linear_algebra()
import numpy as np
from cutline.tracing.agenda import steps_of
assert steps_of(np.arange(3, dtype=np.int32)).all()
print([name for name in sys.modules if name.startswith("scipy.linalg")])
import scipy.linalg.cython_blas
spare_linear_algebra()
print("scipy.linalg" in sys.modules)
"""


def test_kernels_run_without_scipy_and_scipy_is_there_for_whoever_asks():
    said = subprocess.run([sys.executable, "-c", ASKED], check=True, capture_output=True, text=True)
    assert said.stdout.split("\n")[:2] == ["[]", "True"]
