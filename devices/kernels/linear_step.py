"""Pulses on many cells at once: a step that is linear in the conductance, with cycle noise.

One pulse in direction + or - changes the conductance of a cell by

    (a + b g) * scale * (1 + noise * z),

clipped to the bounds of the cell; a and b belong to the direction. b = 0 is a constant step,
b = -a / bound are soft bounds. z is a normal number of the cell, as drawn by
`ohmloom.devices.cell_draws.CellDraws`: pulse p of a pass takes call number `call + p`. So neither
blocks of cells nor several pulses in one pass change what a cell gets.

The kernel works through chunks of cells in the first-level cache: words, normal numbers, pulses,
then the next chunk. It moves 8 bytes per cell through memory in float32 and is limited by
arithmetic: about a third of the time goes into the words, two fifths into the normal numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import FloatArray
from ohmloom.devices.cell_draws import CellDraws, CellKey
from ohmloom.devices.kernels.chunks import CHUNK, checked_counter, one_row, part, spread_out
from ohmloom.devices.kernels.compiled import compiled
from ohmloom.devices.kernels.normal import normals_of_range
from ohmloom.devices.kernels.philox import Floats

Directions = NDArray[np.int8]
"""+1, -1, or 0 for cells that get no pulse."""


@dataclass(frozen=True, kw_only=True)
class LinearStep:
    """What one pulse does; every field is one number, or an array of shape (cells,)."""

    step_up: float | Floats
    """a of a pulse in direction +1 [S]."""
    slope_up: float | Floats
    """b of a pulse in direction +1 [1]."""
    step_down: float | Floats
    """a of a pulse in direction -1, below zero where the pulse takes away [S]."""
    slope_down: float | Floats
    """b of a pulse in direction -1 [1]."""
    scale: float | Floats
    """Factor of the step, which differs from cell to cell [1]."""
    noise: float
    """Relative standard deviation of the step from pulse to pulse [1]."""
    lowest: float | Floats
    """Bound that no pulse passes [S]."""
    highest: float | Floats
    """Bound that no pulse passes, not below `lowest` [S]."""


def apply_linear_step(
    conductance: Floats,
    pulse: LinearStep,
    *,
    direction: int | Directions,
    key: CellKey,
    event: int,
    call: int,
    first_cell: int,
    pulses: int,
) -> None:
    """Give pulses to neighbouring cells, in place.

    Args:
        conductance: shape (cells,), contiguous, float32 or float64; changed [S].
        pulse: what a pulse does; arrays have shape (cells,).
        direction: +1 or -1 for all, or int8 of shape (cells,), 0 for cells that get none.
        key: of the noise from pulse to pulse.
        event: of the draw, below 2^32.
        call: of the draw that the first pulse takes; pulse p takes `call + p`.
        first_cell: number of the first cell: a block of a larger array gets the numbers that it
            would get as a part of the whole.
        pulses: how many, one after another.

    Raises:
        InvalidInput: an array of another kind or shape, or a number out of range.
    """
    one_row(conductance, "conductance")
    checked_counter(first_cell, event, call, pulses)
    dtype, count = conductance.dtype, conductance.size
    # One direction for all: there is nothing to choose in the loop.
    for_all = np.ndim(direction) == 0
    down = bool(for_all and direction < 0)
    _pulse(
        conductance,
        spread_out(pulse.step_down if down else pulse.step_up, count, dtype),
        spread_out(pulse.slope_down if down else pulse.slope_up, count, dtype),
        spread_out(pulse.step_down, count, dtype),
        spread_out(pulse.slope_down, count, dtype),
        spread_out(pulse.scale, count, dtype),
        dtype.type(pulse.noise),
        spread_out(pulse.lowest, count, dtype),
        spread_out(pulse.highest, count, dtype),
        spread_out(direction, count, np.int8),
        bool(for_all and direction != 0),
        first_cell,
        pulses,
        np.uint64(event),
        np.uint64(call),
        np.uint64(key.value),
    )


def linear_step_twin(
    conductance: Floats,
    pulse: LinearStep,
    *,
    direction: int | Directions,
    key: CellKey,
    event: int,
    cells: range,
    pulses: int,
) -> FloatArray:
    """The same in plain numpy and float64, starting at call 0: what the kernel is tested against.

    Args:
        conductance: shape (cells,), left alone [S].
        pulse: what a pulse does.
        direction: +1 or -1 for all, or int8 of shape (cells,), 0 for cells that get none.
        key: of the noise from pulse to pulse.
        event: of the draw, below 2^32.
        cells: their numbers.
        pulses: how many, one after another.

    Returns:
        Conductance after the pulses, shape (cells,) [S].
    """
    draws = CellDraws(key, event, cells)
    moved = np.asarray(conductance, dtype=np.float64)
    up = np.asarray(direction) > 0
    for _ in range(pulses):
        step = np.where(
            up,
            pulse.step_up + pulse.slope_up * moved,
            pulse.step_down + pulse.slope_down * moved,
        )
        noise = 1.0 + pulse.noise * draws.standard_normal((len(cells),))
        after = (moved + step * pulse.scale * noise).clip(pulse.lowest, pulse.highest)
        moved = np.where(np.asarray(direction) == 0, moved, after)
    return moved


@compiled
def _pulse(
    conductance: Floats,
    step_up: Floats,
    slope_up: Floats,
    step_down: Floats,
    slope_down: Floats,
    scale: Floats,
    noise: np.floating[Any],
    lowest: Floats,
    highest: Floats,
    direction: Directions,
    one_way: bool,
    first_cell: int,
    pulses: int,
    event: np.uint64,
    call: np.uint64,
    key: np.uint64,
) -> None:
    normals = np.empty(CHUNK, dtype=conductance.dtype)
    count = conductance.size
    for chunk in range(first_cell // CHUNK, (first_cell + count + CHUNK - 1) // CHUNK):
        low = max(0, chunk * CHUNK - first_cell)
        high = min(count, (chunk + 1) * CHUNK - first_cell)
        here, z = conductance[low:high], normals[: high - low]
        a_up, b_up = part(step_up, low, high, count), part(slope_up, low, high, count)
        a_down, b_down = part(step_down, low, high, count), part(slope_down, low, high, count)
        factor = part(scale, low, high, count)
        floor, ceiling = part(lowest, low, high, count), part(highest, low, high, count)
        way = part(direction, low, high, count)
        for p in range(pulses):
            normals_of_range(z, first_cell + low, event, call + np.uint64(p), key)
            _disturb(z, factor, noise)
            if one_way:
                _move(here, z, a_up, b_up, floor, ceiling)
            else:
                _move_either_way(here, z, a_up, b_up, a_down, b_down, floor, ceiling, way)


@compiled
def _disturb(z: Floats, factor: Floats, noise: np.floating[Any]) -> None:
    one = z.dtype.type(1.0)
    for i in range(z.size):
        z[i] = factor[i] * (one + noise * z[i])


@compiled
def _move(here: Floats, z: Floats, a: Floats, b: Floats, floor: Floats, ceiling: Floats) -> None:
    for i in range(here.size):
        g, least, most = here[i], floor[i], ceiling[i]
        after = g + (a[i] + b[i] * g) * z[i]
        after = least if after < least else after
        here[i] = most if after > most else after


@compiled
def _move_either_way(
    here: Floats,
    z: Floats,
    a_up: Floats,
    b_up: Floats,
    a_down: Floats,
    b_down: Floats,
    floor: Floats,
    ceiling: Floats,
    way: Directions,
) -> None:
    for i in range(here.size):
        g, up = here[i], way[i] > 0
        # Both are read before one is taken: the compiler needs no branch then.
        a0, b0, a1, b1 = a_down[i], b_down[i], a_up[i], b_up[i]
        a, b = a1 if up else a0, b1 if up else b0
        after = g + (a + b * g) * z[i]
        least, most = floor[i], ceiling[i]
        after = least if after < least else after
        after = most if after > most else after
        here[i] = after if way[i] != 0 else g
