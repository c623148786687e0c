"""A process that is started for one question: what it need not load before it answers."""

from __future__ import annotations

import sys


def spare_linear_algebra() -> None:
    """Load what numba runs kernels with, but not SciPy: it would be loaded only to see whether it is there.

    That takes a fifth of the time of a first answer, and offers kernels a linear algebra that none of ours asks for. SciPy
    itself can be imported as before. Nothing is done where either is loaded already.
    """
    if "scipy.linalg" in sys.modules or "numba.np.arraymath" in sys.modules:
        return
    sys.modules["scipy.linalg"] = None  # type: ignore[assignment]  # how Python is told that a module is not to be found
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules["scipy.linalg"]
