"""Cells whose step is linear in the conductance, pulsed by a compiled loop.

Constant steps, linear steps and soft bounds are all of one form, a + b G in each direction, with
noise in proportion to the step. For them a loop that draws, steps and clips in one go through the
memory is several times faster than arithmetic on whole arrays. Steps up are the numbers that the
update model itself gives. Steps down are so in law only: a large number of the noise makes a larger
step here, and a higher conductance there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.devices.cell_draws import CellDraws
from ohmloom.devices.cell_response import Cells
from ohmloom.devices.kernels.linear_step import LinearStep as CompiledStep
from ohmloom.devices.kernels.linear_step import apply_linear_step
from ohmloom.devices.pulse_updates.constant_step import ConstantStep
from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.pulse_updates.linear_step import LinearStep
from ohmloom.devices.pulse_updates.soft_bounds import SoftBounds
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_NAMES = ("step up", "slope up", "step down", "slope down", "lowest", "highest")
# So many cells are drawn at a time where their numbers do not depend on it.
_CELLS_PER_BLOCK = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FusedCells:
    """A response to pulses for `DeviceArray`: every pulse above a threshold is one unit pulse."""

    noise: float
    """Relative standard deviation of a step from pulse to pulse [1]."""
    threshold: float
    """Largest voltage, of either sign, that moves nothing [V]."""

    @property
    def variables(self) -> int:
        """One: the conductance."""
        return 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """Step at zero conductance [S] and slope [1] in each direction, and the bounds [S]."""
        return _NAMES

    @property
    def state_is_conductance(self) -> bool:
        """True."""
        return True

    @property
    def keeps_still_cells(self) -> bool:
        """True: the loop goes through neighbours, and a cell without a pulse costs it no more."""
        return True

    def state_at(self, conductance: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The conductance itself, shape (1, cells) [S]."""
        return conductance[None]

    def conductance(self, state: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The state itself, shape (cells,) [S]."""
        return np.asarray(state[0])

    def moves(self, voltage: FloatArray) -> BoolArray:
        """Voltages above the threshold, of either sign.

        Args:
            voltage: of the pulse, any shape [V].
        """
        return np.asarray(np.abs(voltage) > self.threshold)

    def pulse(
        self,
        state: FloatArray,
        voltage: FloatArray,
        width: float,  # noqa: ARG002  one width was measured
        *,
        cells: Cells,
        temperature: float,  # noqa: ARG002  and one temperature
        rng: Draws,
    ) -> FloatArray:
        """The conductance after one pulse, shape (1, cells) [S].

        Args:
            state: before the pulse, shape (1, cells), changed in place where the cells are
                neighbours [S].
            voltage: broadcasts to (cells,); above zero up, below zero down [V].
            width: ignored.
            cells: as `parameters` names them.
            temperature: ignored.
            rng: the stream that the life of the cells draws from.
        """
        volts = np.asarray(voltage)
        above, below = volts > self.threshold, volts < -self.threshold
        direction = np.subtract(above, below, dtype=np.int8)
        if isinstance(rng, CellDraws) and rng.first_cell is not None and not rng.call:
            row = state[0]
            apply_linear_step(
                row,
                CompiledStep(
                    step_up=cells["step up"],
                    slope_up=cells["slope up"],
                    step_down=cells["step down"],
                    slope_down=cells["slope down"],
                    scale=1.0,
                    noise=self.noise,
                    lowest=cells["lowest"],
                    highest=cells["highest"],
                ),
                direction=direction if direction.ndim else int(direction),
                key=rng.key,
                event=rng.event,
                call=0,
                first_cell=rng.first_cell,
                pulses=1,
            )
            return state
        conductance = state[0]
        step = np.where(
            direction > 0,
            cells["step up"] + cells["slope up"] * conductance,
            cells["step down"] + cells["slope down"] * conductance,
        )
        noise = 1.0 + self.noise * rng.standard_normal(conductance.shape)
        after = np.clip(conductance + step * noise, cells["lowest"], cells["highest"])
        return np.asarray(np.where(direction == 0, conductance, after)[None])

    def rest(
        self,
        state: FloatArray,
        seconds: FloatArray,  # noqa: ARG002  nothing moves by itself
        *,
        cells: Cells,  # noqa: ARG002
        temperature: float,  # noqa: ARG002
    ) -> FloatArray:
        """The same conductance: relaxation is the business of statistics."""
        return state


def fused_cells(
    update: ConstantStep | LinearStep | SoftBounds,
    *,
    shape: tuple[int, ...],
    rng: Draws,
    threshold: float = 0.0,
    dtype: type[np.float64] | type[np.float32] = np.float64,
) -> tuple[FusedCells, Cells]:
    """A response for `DeviceArray` that pulses as an update model does, faster.

    Args:
        update: constant step, linear step or soft bounds, with noise in proportion to the step and
            no write noise.
        shape: of the array.
        rng: the stream that mismatch draws from; it draws what `pulsed_cells` would. Fresh
            `CellDraws` are drawn from block by block, the same numbers in a third of the memory.
        threshold: largest voltage, of either sign, that moves nothing, not negative [V].
        dtype: of what differs from cell to cell; that of the array that the cells are for.

    Returns:
        The response, and what differs from cell to cell; one number where cells do not differ.

    Raises:
        InvalidInput: another update model, another kind of noise, write noise, or a negative
            threshold.
    """
    noise = getattr(update, "noise", None)
    if not isinstance(noise, ProportionalNoise) or update.write_noise > 0.0:
        raise InvalidInput(
            f"the compiled loop knows noise in proportion to the step and no write noise; "
            f"{type(update).__name__} has another kind: use pulsed_cells"
        )
    if not 0.0 <= threshold < np.inf:
        raise InvalidInput(f"threshold must be finite and not negative, but is {threshold} V")
    fresh = isinstance(rng, CellDraws) and rng.first_cell is not None and not rng.call
    if isinstance(rng, CellDraws) and fresh and len(shape) == 1:
        cells = _in_blocks(update, shape[0], rng, dtype)
    else:
        cells = _linear(update, shape, rng, dtype)
    alike = {
        name: value.flat[0] if value.size and value.min() == value.max() else value
        for name, value in cells.items()
    }
    return FusedCells(noise=noise.relative, threshold=threshold), alike


def _in_blocks(
    update: ConstantStep | LinearStep | SoftBounds, size: int, rng: CellDraws, dtype: Any
) -> dict[str, FloatArray]:
    """What `_linear` makes of all cells, without ever holding all the numbers that it draws."""
    first = rng.first_cell or 0
    cells: dict[str, FloatArray] = {name: np.empty(size, dtype=dtype) for name in _NAMES}
    calls = 0
    for start in range(0, size, _CELLS_PER_BLOCK):
        stop = min(start + _CELLS_PER_BLOCK, size)
        draws = CellDraws(rng.key, rng.event, range(first + start, first + stop))
        for name, value in _linear(update, (stop - start,), draws, dtype).items():
            cells[name][start:stop] = value
        calls = draws.call
    # Whoever draws on gets fresh numbers.
    for _ in range(calls):
        rng.standard_normal((size,), np.float32)
    return cells


def _linear(
    update: ConstantStep | LinearStep | SoftBounds, shape: tuple[int, ...], rng: Draws, dtype: Any
) -> dict[str, FloatArray]:
    """Draws cells and writes their steps as a straight line, each array of that shape."""
    drawn = update.draw_cells(shape, rng=rng)
    centre = update.population.centre
    lowest, highest = drawn["lowest"], drawn["highest"]
    up, down = drawn["step up"], drawn["step down"]
    # A step of zero at the far conductance, and of the given size at the centre.
    if isinstance(update, SoftBounds):
        slope_up, slope_down = -up / (highest - centre), -down / (centre - lowest)
    elif isinstance(update, LinearStep):
        slope_up = -up * drawn["decrease up"] / (update.population.highest - centre)
        slope_down = -down * drawn["decrease down"] / (centre - update.population.lowest)
    elif isinstance(update, ConstantStep):
        slope_up, slope_down = 0.0 * up, 0.0 * down
    else:
        raise InvalidInput(f"the compiled loop does not know {type(update).__name__}")
    cells = {
        "step up": up - slope_up * centre,
        "slope up": slope_up,
        "step down": -down - slope_down * centre,
        "slope down": slope_down,
        "lowest": lowest,
        "highest": highest,
    }
    return {name: value.astype(dtype, copy=False) for name, value in cells.items()}
