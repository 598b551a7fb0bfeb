"""Functions that numba compiles for the processor at hand, typed as what they were written as.

The machine code is kept beside the source, so that it is compiled once, not once per process. numba
keys it by the file of the compiled function alone: after a change of a function that others have
taken in (`taken_in`), delete `__pycache__/*.nbi`, or touch the files that use it.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

# Multiplications and additions may be fused; nothing is reordered, so that what a cell gets does
# not depend on its place in a loop.
_FUSED = {"contract"}


def compiled(function: FunctionT) -> FunctionT:
    """The function in machine code, on one thread, other threads of Python running meanwhile."""
    decorate = njit(cache=True, nogil=True, fastmath=_FUSED, error_model="numpy")
    return cast(FunctionT, decorate(function))


def taken_in(function: FunctionT) -> FunctionT:
    """The same for a small function: it becomes part of the loop that calls it."""
    decorate = njit(cache=True, nogil=True, fastmath=_FUSED, error_model="numpy", forceinline=True)
    return cast(FunctionT, decorate(function))
