"""Volatile threshold switch: a filament that grows under voltage and dissolves without it.

The state x is the share of the filament that stands, 0 to 1. Beyond a threshold of either sign it
grows; at every voltage what stands dissolves with one relaxation time:

    dx/dt = g(V) (1 - x) - x / relaxation_time,
    g(V)  = max(0, |V| / threshold - 1)^exponent / growth_time.

At constant voltage this is linear, so that x nears g / (g + 1 / relaxation_time) exponentially.

Source: a phenomenological model of our own; its numbers are choices, not measurements. Diffusive
memristors that behave like this are described by Z. Wang et al., Nature Materials 16, 101 (2017).
Holds for: the memory of a device after its voltage is gone, as one exponential.
Leaves out: the delay before switching and its randomness, relaxation that depends on how strong the
filament has become, and temperature.
Use it for: short-term memory and eligibility traces, with time constants of microseconds to
seconds.
"""

from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.devices.memristors.vteam import Conduction, ExponentialConduction
from ohmloom.errors import InvalidInput
from ohmloom.si import Mohm, kohm, ms, ohm, second, us, volt


@dataclass(frozen=True, kw_only=True)
class VolatileSwitch:
    """Parameters of one device, or of many: every number may be an array."""

    conduction: Conduction
    """How the resistance follows the share of the filament that is missing."""
    threshold: float | Array
    """Voltage, of either sign, above which the filament grows [V]."""
    growth_time: float | Array
    """Time constant of growth at twice the threshold [s]."""
    exponent: float | Array
    """Power of the voltage above the threshold, 1 or more [1]."""
    relaxation_time: float | Array
    """Time constant with which the filament dissolves [s]."""
    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The share of the filament that stands, 0 to 1."""
        return (
            StateVariable(
                name="share of the filament", unit="1", lowest=0.0, highest=1.0, logarithmic=False
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
            state: share of the filament, shape (1, ..., devices), 0 to 1.

        Returns:
            Shape (..., devices).
        """
        (filament,) = state
        return voltage / self.conduction.resistance(1.0 - filament)

    def growth(self, voltage: Array) -> Array:
        """Rate g at which a missing filament grows [1/s]; zero up to the threshold.

        Args:
            voltage: across the device, numpy or torch, any shape [V].
        """
        above = (abs(voltage) / self.threshold - 1.0).clip(min=0.0)
        return above**self.exponent / self.growth_time

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the filament changes [1/s].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: share of the filament, shape (1, ..., devices).

        Returns:
            Shape (1, ..., devices).
        """
        (filament,) = state
        rate = self.growth(voltage) * (1.0 - filament) - filament / self.relaxation_time
        (variable,) = self.state_variables
        return stopped_at_bounds(rate, filament, variable)[None]

    def advance(self, state: Array, voltage: Array, duration: float | Array) -> Array:
        """Share of the filament after a time at constant voltage, exactly.

        Args:
            state: share of the filament, shape (1, ..., devices).
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].

        Returns:
            Shape (1, ..., devices).

        Raises:
            InvalidInput: `duration` is negative.

        >>> import numpy as np
        >>> device = volatile_milliseconds()
        >>> f"{device.advance(np.array([1.0]), np.array(0.0), 10 * ms)[0]:.4f}"
        '0.3679'
        """
        check_duration(duration)
        growth = self.growth(voltage)
        speed = growth + 1.0 / self.relaxation_time
        settled = growth / speed
        return settled + (state - settled) * array_namespace(voltage).exp(-speed * duration)


def volatile_switch(relaxation_time: float) -> VolatileSwitch:
    """A switch of 10 kohm to 10 Mohm with a threshold of 0.3 V.

    Growth at twice the threshold takes a hundredth of the relaxation time. All numbers are choices.

    Args:
        relaxation_time: with which the filament dissolves, above zero [s].
    """
    if not relaxation_time > 0:
        raise InvalidInput(f"relaxation_time must be above zero, but is {relaxation_time:.6g} s")
    return VolatileSwitch(
        conduction=ExponentialConduction(resistance_on=10 * kohm, resistance_off=10 * Mohm),
        threshold=0.3 * volt,
        growth_time=relaxation_time / 100,
        exponent=2.0,
        relaxation_time=relaxation_time,
        typical_drive=TypicalDrive(
            positive=0.6 * volt,
            negative=0.6 * volt,
            period=relaxation_time,
            initial_state=(0.0,),
            series_resistance=0 * ohm,
        ),
    )


def volatile_microseconds() -> VolatileSwitch:
    """A switch of our own that forgets in 10 us: refractory periods, spike coincidences."""
    return volatile_switch(10 * us)


def volatile_milliseconds() -> VolatileSwitch:
    """A switch of our own that forgets in 10 ms: synaptic currents, short-term plasticity."""
    return volatile_switch(10 * ms)


def volatile_seconds() -> VolatileSwitch:
    """A switch of our own that forgets in 2 s: eligibility traces that wait for a reward."""
    return volatile_switch(2 * second)
