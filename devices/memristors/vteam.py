"""VTEAM: a memristor with a voltage threshold in each direction.

The state x is the position of a border inside the film. It stands still while the voltage lies
between the two thresholds, and beyond them moves with a power of the voltage:

    dx/dt = k_off (v / v_off - 1)^a_off    v > v_off > 0, towards OFF
    dx/dt = k_on  (v / v_on  - 1)^a_on     v < v_on < 0,  towards ON (k_on < 0)

The window is the ideal one: full speed inside, no motion outwards at the two ends.

Source: S. Kvatinsky, M. Ramadan, E. G. Friedman, A. Kolodny, IEEE Transactions on Circuits and
Systems II 62(8), 786-790 (2015).
Holds for: devices that a read voltage does not disturb. Nothing here depends on temperature, and
at constant voltage the border moves at constant speed up to the end of the film.
Use it for: circuits and arrays in which a threshold keeps a read from disturbing the state, and
where speed of simulation counts. Not for the strong dependence of the switching time on the voltage
that filaments show, unless the exponents are fitted to it.
"""

from dataclasses import dataclass
from typing import Protocol

from ohmloom.arrays import Array
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.si import nm, ns, ohm, volt


class Conduction(Protocol):
    """How the resistance follows the position of the border."""

    def resistance(self, insulating: Array) -> Array:
        """Resistance of the device [ohm].

        Args:
            insulating: share of the way from the ON end to the OFF end, 0 to 1 [1].

        Returns:
            Shaped as `insulating`.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class LinearConduction:
    """Two resistors in series: the resistance is linear in the position of the border."""

    resistance_on: float | Array
    """Resistance with the border at the ON end [ohm]."""
    resistance_off: float | Array
    """Resistance with the border at the OFF end [ohm]."""

    def resistance(self, insulating: Array) -> Array:
        """R_on + (R_off - R_on) * insulating [ohm].

        Args:
            insulating: share of the way from the ON end to the OFF end, 0 to 1 [1].

        Returns:
            Shaped as `insulating`.
        """
        return self.resistance_on + (self.resistance_off - self.resistance_on) * insulating


@dataclass(frozen=True, kw_only=True)
class ExponentialConduction:
    """A tunnelling gap: the logarithm of the resistance is linear in the position of the border."""

    resistance_on: float | Array
    """Resistance with the border at the ON end [ohm]."""
    resistance_off: float | Array
    """Resistance with the border at the OFF end [ohm]."""

    def resistance(self, insulating: Array) -> Array:
        """R_on * (R_off / R_on)^insulating [ohm].

        Args:
            insulating: share of the way from the ON end to the OFF end, 0 to 1 [1].

        Returns:
            Shaped as `insulating`.
        """
        return self.resistance_on * (self.resistance_off / self.resistance_on) ** insulating


@dataclass(frozen=True, kw_only=True)
class Vteam:
    """Parameters of one device, or of many: every number may be an array."""

    conduction: Conduction
    """How the resistance follows the state."""
    rate_off: float | Array
    """Speed scale k_off towards OFF, above zero [m/s]."""
    rate_on: float | Array
    """Speed scale k_on towards ON, below zero [m/s]."""
    exponent_off: float | Array
    """Power a_off [1]."""
    exponent_on: float | Array
    """Power a_on [1]."""
    threshold_off: float | Array
    """Voltage v_off above which the state moves towards OFF, above zero [V]."""
    threshold_on: float | Array
    """Voltage v_on below which the state moves towards ON, below zero [V]."""
    state_on: float | Array
    """Position of the border when fully ON [m]."""
    state_off: float | Array
    """Position of the border when fully OFF, larger than `state_on` [m]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The position of the border, from fully ON to fully OFF [m]."""
        return (
            StateVariable(
                name="position of the border",
                unit="m",
                lowest=self.state_on,
                highest=self.state_off,
                logarithmic=False,
            ),
        )

    @property
    def odd(self) -> bool:
        """True: a resistor in every state."""
        return True

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: position of the border, shape (1, ..., devices), within its bounds [m].

        Returns:
            Shape (..., devices).

        >>> import numpy as np
        >>> device = kvatinsky_2015()
        >>> device.current(np.array(1.0), np.array([[0.0, 3 * nm]])).tolist()
        [0.02, 0.001]
        """
        (position,) = state
        insulating = (position - self.state_on) / (self.state_off - self.state_on)
        return voltage / self.conduction.resistance(insulating)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """Speed of the border [m/s]; zero between the thresholds and outwards at the ends.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: position of the border, shape (1, ..., devices) [m].

        Returns:
            Shape (1, ..., devices).
        """
        (position,) = state
        (variable,) = self.state_variables
        return stopped_at_bounds(self._speed(voltage), position, variable)[None]

    def advance(self, state: Array, voltage: Array, duration: float | Array) -> Array:
        """Position of the border after a time at constant voltage, exactly [m].

        Args:
            state: position of the border, numpy or torch, shape (1, ..., devices) [m].
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].

        Returns:
            Shape (1, ..., devices), within its bounds.

        Raises:
            InvalidInput: `duration` is negative.
        """
        check_duration(duration)
        moved = state + self._speed(voltage) * duration
        return moved.clip(min=self.state_on, max=self.state_off)

    def _speed(self, voltage: Array) -> Array:
        """Speed of a border inside the film [m/s]; at most one of the two terms is not zero."""
        beyond_off = (voltage / self.threshold_off - 1.0).clip(min=0.0)
        beyond_on = (voltage / self.threshold_on - 1.0).clip(min=0.0)
        return (
            self.rate_off * beyond_off**self.exponent_off
            + self.rate_on * beyond_on**self.exponent_on
        )


def kvatinsky_2015() -> Vteam:
    """The default device of the authors' Verilog-A manual, 50 ohm to 1 kohm, linear conduction.

    These are the numbers that MemTorch distributes with its VTEAM model.
    """
    return _kvatinsky_2015(LinearConduction(resistance_on=50 * ohm, resistance_off=1000 * ohm))


def kvatinsky_2015_exponential() -> Vteam:
    """The device of `kvatinsky_2015` with the exponential conduction law."""
    return _kvatinsky_2015(ExponentialConduction(resistance_on=50 * ohm, resistance_off=1000 * ohm))


def _kvatinsky_2015(conduction: Conduction) -> Vteam:
    return Vteam(
        conduction=conduction,
        rate_off=5e-4,
        rate_on=-10.0,
        exponent_off=1.0,
        exponent_on=3.0,
        threshold_off=0.02 * volt,
        threshold_on=-0.2 * volt,
        state_on=0 * nm,
        state_off=3 * nm,
        # The sine of 1 V at 50 MHz with which the manual shows the device.
        typical_drive=TypicalDrive(
            positive=1 * volt,
            negative=1 * volt,
            period=20 * ns,
            initial_state=(1.5 * nm,),
            series_resistance=0 * ohm,
        ),
    )
