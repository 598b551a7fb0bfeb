"""How one voltage pulse moves a cell: soft bounds, and a step that grows with the amplitude.

A SET pulse (voltage above zero) closes a fraction of the distance to the highest conductance of the
cell, a RESET pulse (below zero) a fraction of the distance to its lowest. A cell of twice the
strength moves under one pulse as far as another under two. So that no pulse moves a cell past its
bound, the fraction is

    1 - (1 - full_step)^(strength * amplitude(V)),
    amplitude(V) = max(0, (|V| - threshold) / (full - threshold))^exponent,

which is `full_step` for a cell of strength one at the voltage `full`.

Source: soft bounds as in the SoftBounds device of IBM's aihwkit (M. J. Rasch et al., 2021); a power
of the voltage above a threshold after S. Kvatinsky et al., IEEE TCAS-II 62(8), 786-790 (2015).
Holds for: pulses of one width. That the step follows the strength and the amplitude in this way is
a choice, not a measurement.
"""

import math
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, BoolArray, FloatArray
from ohmloom.devices.cell_response import Cells
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import volt


@dataclass(frozen=True, kw_only=True)
class IncrementalPulse:
    """The response of a cell to one pulse; the bounds and the strength belong to the cell."""

    full_step: float
    """Fraction of the way to the bound that a pulse of voltage `full` closes, 0 to 1 [1]."""
    threshold: float
    """Largest voltage, of either sign, that moves nothing [V]."""
    full: float
    """Voltage, of either sign, at which the amplitude law is one [V]."""
    exponent: float
    """Power of the voltage above the threshold [1]."""
    cycle_noise: float
    """Relative standard deviation of the step from pulse to pulse [1]."""
    strength_spread: float
    """Standard deviation of ln(strength) from cell to cell [1]."""

    def __post_init__(self) -> None:
        if not 0.0 < self.full_step < 1.0:
            raise InvalidInput(f"full_step must lie between 0 and 1, but is {self.full_step}")
        if not 0.0 <= self.threshold < self.full:
            raise InvalidInput(
                f"threshold and full must rise from zero or more, but are {self.threshold:.6g} and "
                f"{self.full:.6g} V"
            )
        if not (self.exponent > 0 and self.cycle_noise >= 0 and self.strength_spread >= 0):
            raise InvalidInput(
                f"exponent must be above zero and the spreads not below it, but they are "
                f"{self.exponent}, {self.cycle_noise} and {self.strength_spread}"
            )

    def draw_strength(self, shape: tuple[int, ...], *, rng: Draws) -> FloatArray:
        """One strength per cell, lognormal with median one [1].

        Args:
            shape: of the array.
            rng: the stream that mismatch draws from.

        Returns:
            Strengths, of that shape, above zero.
        """
        return np.exp(self.strength_spread * rng.standard_normal(shape))

    def amplitude(self, voltage: Array) -> Array:
        """How strong a pulse of this voltage is, zero up to the threshold, one at `full` [1].

        Args:
            voltage: numpy or torch, any shape and either sign [V].

        Returns:
            Shaped as `voltage`; above one for voltages above `full`.

        >>> gong_2022().amplitude(np.array([1.1, -2.2, 3.3])).round(6).tolist()
        [0.0, 0.125, 1.0]
        """
        above = (abs(voltage) - self.threshold) / (self.full - self.threshold)
        return above.clip(min=0.0) ** self.exponent

    def step(
        self, conductance: Array, voltage: Array, *, lowest: Array, highest: Array, strength: Array
    ) -> Array:
        """Mean change of the conductance under one pulse [S].

        Args:
            conductance: before the pulse, numpy or torch, any shape [S].
            voltage: of the pulse, same shape: above zero SET, below zero RESET, zero none [V].
            lowest: lower bound of each cell, broadcasts [S].
            highest: upper bound of each cell, broadcasts [S].
            strength: of each cell, broadcasts [1].

        Returns:
            Signed change, shaped as the arguments broadcast; differentiable in torch. A cell that
            has wandered past the bound that the pulse pushes towards does not move.
        """
        fraction = self._fraction(voltage, strength)
        return fraction * _way(conductance, voltage, lowest, highest)

    def apply(
        self,
        conductance: FloatArray,
        voltage: FloatArray,
        *,
        lowest: FloatArray,
        highest: FloatArray,
        strength: FloatArray,
        rng: Draws,
    ) -> FloatArray:
        """Conductance after one pulse, with noise from pulse to pulse [S].

        Args:
            conductance: before the pulse, any shape [S].
            voltage: of the pulse, broadcasts: above zero SET, below zero RESET, zero none [V].
            lowest: lower bound of each cell, broadcasts [S].
            highest: upper bound of each cell, broadcasts [S].
            strength: of each cell, broadcasts [1].
            rng: the stream that the life of the cells draws from.

        Returns:
            Shaped as `conductance`. Noise neither turns a pulse around nor takes a cell past its
            bound: the fraction of the way is cut off at 0 and 1.
        """
        noise = 1.0 + self.cycle_noise * rng.standard_normal(conductance.shape)
        fraction = (self._fraction(voltage, strength) * noise).clip(min=0.0, max=1.0)
        moved: FloatArray = conductance + fraction * _way(conductance, voltage, lowest, highest)
        return moved

    @property
    def variables(self) -> int:
        """One: the conductance."""
        return 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """Bounds [S] and strength [1] of each cell."""
        return ("lowest", "highest", "strength")

    @property
    def state_is_conductance(self) -> bool:
        """True."""
        return True

    @property
    def keeps_still_cells(self) -> bool:
        """False. The numbers of all cells would be drawn for the few that move."""
        return False

    def state_at(self, conductance: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The conductance itself, shape (1, cells) [S]; cells may wander out of their bounds."""
        return conductance[None]

    def conductance(self, state: FloatArray, *, cells: Cells) -> FloatArray:  # noqa: ARG002
        """The state itself, shape (cells,) [S]."""
        return np.asarray(state[0])

    def moves(self, voltage: FloatArray) -> BoolArray:
        """Voltages above the threshold, of either sign."""
        return np.asarray(np.abs(voltage) > self.threshold)

    def pulse(
        self,
        state: FloatArray,
        voltage: FloatArray,
        width: float,  # noqa: ARG002  the source measured one width
        *,
        cells: Cells,
        temperature: float,  # noqa: ARG002  and one temperature
        rng: Draws,
    ) -> FloatArray:
        """The conductance after one pulse, shape (1, cells) [S]; see `apply`."""
        moved = self.apply(
            state[0],
            voltage,
            lowest=cells["lowest"],
            highest=cells["highest"],
            strength=cells["strength"],
            rng=rng,
        )
        return moved[None]

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

    def _fraction(self, voltage: Array, strength: Array) -> Array:
        xp = array_namespace(voltage)
        rate = math.log1p(-self.full_step)
        return -xp.expm1(rate * strength * self.amplitude(voltage))


def _way(conductance: Array, voltage: Array, lowest: Array, highest: Array) -> Array:
    """Signed distance to the bound that the pulse pushes towards [S]."""
    xp = array_namespace(conductance)
    up = (highest - conductance).clip(min=0.0)
    down = (lowest - conductance).clip(max=0.0)
    return xp.where(voltage > 0, up, xp.where(voltage < 0, down, 0.0 * conductance))


def gong_2022() -> IncrementalPulse:
    """Pulse response of an HfO2 array, with the voltages of the NeuRRAM chip.

    Measured, by N. Gong, M. Rasch et al. (IEDM 2022) and distributed with IBM's aihwkit as
    ReRamArrayHfO2: `full_step`, `cycle_noise` and `strength_spread`. The voltages are the range of
    pulses that the public NeuRRAM programming code uses, 1.2 to 3.3 V in steps of 0.1 V, the
    threshold one step below. The exponent is that of the ON direction in the VTEAM parameters that
    are distributed with MemTorch. Putting these three devices together is a choice of this library.

    >>> from ohmloom.si import uS
    >>> up = gong_2022().step(
    ...     np.array(1 * uS), np.array(3.3 * volt), lowest=np.array(1 * uS),
    ...     highest=np.array(41 * uS), strength=np.array(1.0),
    ... )
    >>> f"{up / uS:.3f}"
    '18.488'
    """
    return IncrementalPulse(
        full_step=0.4622,
        threshold=1.1 * volt,
        full=3.3 * volt,
        exponent=3.0,
        cycle_noise=0.2174,
        strength_spread=0.7125,
    )
