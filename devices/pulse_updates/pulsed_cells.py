"""Cells of an array that answer pulses as a published update model says.

Update models count pulses: one up, one down. Here a voltage becomes a number of pulses, by a law of
the amplitude, and the update model does the rest.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.checks import finite
from ohmloom.devices.cell_response import Cells
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate, rewritten
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


class PulseAmplitude(Protocol):
    """How many unit pulses one pulse of some voltage is worth."""

    def unit_pulses(self, voltage: FloatArray, width: float) -> FloatArray:
        """Signed number of unit pulses, shaped as `voltage`: above zero up, below zero down [1].

        Args:
            voltage: of the pulse, any shape; above zero SET, below zero RESET [V].
            width: its duration [s].
        """
        ...


@dataclass(frozen=True, kw_only=True)
class UnitAmplitude:
    """Every pulse above a threshold is one unit pulse: one amplitude was measured, no other."""

    threshold: float
    """Largest voltage, of either sign, that moves nothing [V]."""

    def unit_pulses(self, voltage: FloatArray, width: float) -> FloatArray:  # noqa: ARG002
        """+1, -1 or 0, shaped as `voltage` [1].

        Args:
            voltage: of the pulse, any shape [V].
            width: ignored: one width was measured.
        """
        return np.sign(voltage) * (np.abs(voltage) > self.threshold)


@dataclass(frozen=True, kw_only=True)
class PowerAmplitude:
    """A power of the voltage above a threshold, in proportion to the width.

    Source: the form of the rate of VTEAM, S. Kvatinsky et al., IEEE TCAS-II 62(8), 786 (2015).
    """

    threshold: float
    """Largest voltage, of either sign, that moves nothing [V]."""
    full: float
    """Voltage, of either sign, of a unit pulse [V]."""
    exponent: float
    """Power of the voltage above the threshold [1]."""
    width: float
    """Duration of a unit pulse [s]."""

    def __post_init__(self) -> None:
        if not (0.0 <= self.threshold < self.full and self.exponent > 0 and self.width > 0):
            raise InvalidInput(
                f"threshold and full must rise from zero or more, and exponent and width be above "
                f"zero, but they are {self.threshold:.6g} V, {self.full:.6g} V, {self.exponent:.6g}"
                f" and {self.width:.6g} s"
            )

    def unit_pulses(self, voltage: FloatArray, width: float) -> FloatArray:
        """Signed number of unit pulses, shaped as `voltage` [1].

        Args:
            voltage: of the pulse, any shape [V].
            width: its duration [s].
        """
        above = (np.abs(voltage) - self.threshold) / (self.full - self.threshold)
        strength = np.maximum(above, 0.0) ** self.exponent * (width / self.width)
        return np.asarray(np.sign(voltage) * strength)


@dataclass(frozen=True, kw_only=True)
class PulsedCells:
    """A response to pulses for `DeviceArray`, from an update model."""

    update: PulseUpdate
    """What one unit pulse does."""
    amplitude: PulseAmplitude
    """How many unit pulses a voltage is worth."""
    names: tuple[str, ...]
    """What the update model draws once for each cell, as `PulseUpdate.draw_cells` names it."""

    @property
    def variables(self) -> int:
        """One, the conductance; two where a hidden conductance differs from the one that shows."""
        return 2 if self.update.write_noise > 0.0 else 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the update model draws once for each cell."""
        return self.names

    @property
    def state_is_conductance(self) -> bool:
        """True where no hidden conductance is kept."""
        return self.variables == 1

    @property
    def keeps_still_cells(self) -> bool:
        """False. The numbers of all cells would be drawn for the few that move."""
        return False

    def state_at(self, conductance: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The conductance that shows, and the hidden one alike, shape (variables, cells) [S]."""
        return np.repeat(conductance[None], self.variables, axis=0)

    def conductance(self, state: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The conductance that shows, shape (cells,) [S]."""
        return np.asarray(state[0])

    def moves(self, voltage: FloatArray) -> BoolArray:
        """Voltages that are worth a part of a pulse.

        Args:
            voltage: of the pulse, any shape [V].
        """
        return np.asarray(self.amplitude.unit_pulses(voltage, 1.0) != 0.0)

    def pulse(
        self,
        state: FloatArray,
        voltage: FloatArray,
        width: float,
        *,
        cells: Cells,
        temperature: float,  # noqa: ARG002  update models were measured at one temperature
        rng: Draws,
    ) -> FloatArray:
        """The conductance that shows after one pulse, and the hidden one, shape (variables, cells).

        Args:
            state: before the pulse, shape (variables, cells) [S].
            voltage: broadcasts to (cells,); above zero up, below zero down [V].
            width: duration of the pulse [s].
            cells: mismatch of these cells.
            temperature: ignored.
            rng: the stream that the life of the cells draws from.
        """
        worth = self.amplitude.unit_pulses(np.asarray(voltage), width)
        pulses = np.broadcast_to(worth, state.shape[1:])
        hidden = self.update.apply(state[-1], pulses, cells=cells, rng=rng)
        if self.variables == 1:
            return np.asarray(hidden[None])
        shown = rewritten(state[0], hidden, pulses, write_noise=self.update.write_noise, rng=rng)
        return np.stack([shown, hidden])

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


def pulsed_cells(
    update: PulseUpdate,
    *,
    shape: tuple[int, ...],
    rng: Draws,
    amplitude: PulseAmplitude | None = None,
) -> tuple[PulsedCells, Cells]:
    """A response for `DeviceArray` and the mismatch of its cells.

    Args:
        update: what one unit pulse does.
        shape: of the array.
        rng: the stream that mismatch draws from.
        amplitude: how many unit pulses a voltage is worth; one above zero volt where None.

    Returns:
        The response, and what differs from cell to cell.
    """
    cells = update.draw_cells(shape, rng=rng)
    response = PulsedCells(
        update=update, amplitude=amplitude or UnitAmplitude(threshold=0.0), names=tuple(cells)
    )
    return response, {name: finite(value, name) for name, value in cells.items()}
