"""Loops over cells in machine code, compiled once per machine and kept beside the source.

Sums may be reordered and multiplications fused with additions: the loops are written so that nearly
everything is added and hardly anything subtracted, which makes them safe to reorder.
"""

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from numba import njit

log = logging.getLogger(__name__)

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

_FAST = {"contract", "reassoc", "nsz", "arcp"}


def compiled(function: FunctionT) -> FunctionT:
    """The function in machine code, on one thread, other threads of Python running meanwhile."""
    dispatcher = njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")(function)
    return cast(FunctionT, dispatcher)


@functools.cache
def say_if_compiling(function: Callable[..., object], what: str) -> None:
    """Tell the log once that a loop has yet to be compiled, so that nobody wonders.

    Args:
        function: the loop that Python calls.
        what: it is for, in words.
    """
    folder = getattr(getattr(function, "stats", None), "cache_path", None)
    name = getattr(function, "__name__", "")
    if folder is None or any(Path(folder).glob(f"*{name}-*.nbi")):
        return
    log.warning(
        "compiling the loops of %s for this machine; this happens once and takes some seconds", what
    )
