"""How kernels are compiled: once on a machine, and only what Python calls gets an entrance for it.

An entrance unpacks every array of every table that a kernel takes. Most kernels are called by other kernels alone, and theirs
took a third of the time that compiling took. None is passed as a value, which would need one more entrance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit
from numba.extending import register_jitable

P = ParamSpec("P")
T = TypeVar("T")


def kernel(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that Python calls; other threads run meanwhile."""
    compile_it = njit(cache=True, nogil=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]  # its stubs know not every option
    compiled: Callable[P, T] = compile_it(function)
    return compiled


def inner(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that only kernels call; Python sees it as it is written, uncompiled."""
    return register_jitable(cache=True, no_cfunc_wrapper=True)(function)
