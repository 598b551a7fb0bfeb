"""Uniform numbers from random words: at least 0 and below 1, multiples of 2^-32.

A float32 takes the upper 24 bits of the word: all 32 would round up to 1 now and then.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom.devices.kernels.compiled import compiled, taken_in
from ohmloom.devices.kernels.philox import (
    COUNTERS,
    GROUP,
    Floats,
    Words,
    words_of_cells,
    words_of_group,
)

_TINY, _TINY_FLOAT32, _BITS = np.float64(2.0**-32), np.float32(2.0**-24), np.uint32(8)
_ROW_BITS, _ROWS = np.uint64(6), np.uint64(3)


@taken_in
def _uniforms(out: Floats, words: Words) -> None:
    for i in range(out.size):
        if out.itemsize == 4:
            out[i] = np.float32(words[i] >> _BITS) * _TINY_FLOAT32
        else:
            out[i] = np.float64(words[i]) * _TINY


@compiled
def uniforms_of_range(
    uniforms: Floats, first_cell: int, event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """The uniform numbers of neighbouring cells.

    Args:
        uniforms: shape (cells,), float32 or float64, filled.
        first_cell: number of the first.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    words = np.empty((4, COUNTERS), dtype=np.uint32)
    in_order = words.reshape(GROUP)
    end = first_cell + uniforms.size
    for group in range(first_cell // GROUP, (end + GROUP - 1) // GROUP):
        words_of_group(words, np.uint64(group), event, call, key)
        low, high = max(first_cell, group * GROUP), min(end, (group + 1) * GROUP)
        _uniforms(
            uniforms[low - first_cell : high - first_cell],
            in_order[low - group * GROUP : high - group * GROUP],
        )


@compiled
def uniforms_of_cells(
    uniforms: Floats, cells: NDArray[np.uint64], event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """The uniform numbers of any cells: the same, some five times slower.

    Args:
        uniforms: shape (cells,), float32 or float64, filled.
        cells: their numbers.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    words = np.empty((4, GROUP), dtype=np.uint32)
    own = np.empty(GROUP, dtype=np.uint32)
    for start in range(0, cells.size, GROUP):
        count = min(GROUP, cells.size - start)
        some = cells[start : start + count]
        words_of_cells(words, some, event, call, key)
        for i in range(count):
            own[i] = words[(some[i] >> _ROW_BITS) & _ROWS, i]
        _uniforms(uniforms[start : start + count], own[:count])
