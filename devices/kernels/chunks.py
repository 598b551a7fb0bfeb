"""How kernels walk through arrays of cells: a chunk at a time, one number standing for many."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom.devices.kernels.compiled import taken_in
from ohmloom.devices.kernels.philox import GROUP
from ohmloom.errors import InvalidInput

CHUNK = 4 * GROUP
"""Cells that are worked on at once, so that all that is known of them fits the nearest cache."""


def spread_out(value: Any, cells: int, dtype: Any) -> NDArray[Any]:
    """One value per cell, or one chunk of equal values, which stays in the nearest cache.

    Args:
        value: a number, or an array of shape (cells,).
        cells: how many there are.
        dtype: of the result.
    """
    given = np.asarray(value)
    if given.ndim == 0:
        return np.full(min(CHUNK, cells), given, dtype=dtype)
    if given.shape != (cells,):
        raise InvalidInput(f"one number, or one for each of {cells} cells, not {given.shape}")
    return np.require(given, dtype=dtype, requirements=["C", "W"])


@taken_in
def part(values: NDArray[Any], low: int, high: int, cells: int) -> NDArray[Any]:
    """What `spread_out` made for cells `low` to `high` of `cells`."""
    return values[low:high] if values.size == cells else values[: high - low]


def one_row(values: NDArray[Any], name: str) -> None:
    """Raises `InvalidInput` unless the values are one contiguous row of floats."""
    if values.ndim != 1 or not values.flags.c_contiguous:
        raise InvalidInput(
            f"{name} must be one contiguous row, but has shape {values.shape}; pass "
            f"np.ascontiguousarray(values).reshape(-1)"
        )
    if values.dtype not in (np.float32, np.float64):
        raise InvalidInput(f"{name} must be float32 or float64, but is {values.dtype}")


def checked_counter(first_cell: int, event: int, call: int, calls: int) -> None:
    """Raises `InvalidInput` unless the counter of every draw fits its words."""
    if first_cell < 0:
        raise InvalidInput(f"cells are numbered from 0, but the first is {first_cell}")
    if not 0 <= event < 2**32:
        raise InvalidInput(f"the event must lie between 0 and 2^32 - 1, but is {event}")
    if call < 0 or calls < 0 or call + calls > 2**32:
        raise InvalidInput(f"{calls} draws from number {call} on do not fit 0 to 2^32 - 1")
