"""`Memristor`: states that a voltage moves, and a current that the states let pass.

A memristor has no randomness and no memory of its own: the state is an argument. How devices differ
from one another is a second, separate thing.

The state of a device is one number or several: the position of a border, the temperature of a
filament. Arrays of states have the variables along their first axis, so that a model reads them
with `(gap,) = state` or `filament, temperature = state`.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class StateVariable:
    """One number of the state of a device: what it is, and the range that it never leaves."""

    name: str
    """What it is, in words, such as "gap" or "temperature"."""
    unit: str
    """Its SI unit, "1" for a ratio."""
    lowest: float | Array
    """Smallest value, in `unit`."""
    highest: float | Array
    """Largest value, in `unit`."""
    logarithmic: bool
    """Whether it moves over decades, so that its logarithm is what should be integrated and drawn;
    `lowest` is then above zero."""


@dataclass(frozen=True, kw_only=True)
class TypicalDrive:
    """The voltage under which the source of a model, or its authors' code, shows the device."""

    positive: float
    """Amplitude of the positive half of the sweep, not negative [V]."""
    negative: float
    """Amplitude of the negative half of the sweep, not negative [V]."""
    period: float
    """Duration of one sweep, to the positive amplitude, to the negative one, and back [s]."""
    initial_state: tuple[float, ...]
    """Where the device starts, one value for each state variable, in its unit."""
    series_resistance: float
    """Resistance between the source of the voltage and the device [ohm]."""


@runtime_checkable
class Memristor(Protocol):
    """A voltage-controlled device with one or more state variables."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """What the state consists of, in the order of its first axis."""
        ...

    @property
    def typical_drive(self) -> TypicalDrive:
        """A sweep that shows what the device does."""
        ...

    @property
    def odd(self) -> bool:
        """Whether the current at -V is minus the current at V, in every state."""
        ...

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (variables, ..., devices), within the bounds of `state_variables`.

        Returns:
            Shape (..., devices), of the sign of `voltage`; zero at zero volt.
        """
        ...

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the state moves, in the unit of each variable per second.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (variables, ..., devices), within the bounds of `state_variables`.

        Returns:
            Shape (variables, ..., devices); at a bound, never outwards.
        """
        ...


def stopped_at_bounds(rate: Array, value: Array, variable: StateVariable) -> Array:
    """The rate of one variable, zero where it would take the variable out of its bounds.

    Args:
        rate: what the variable would do inside its bounds, numpy or torch, any shape [unit/s].
        value: the variable, shape that broadcasts with `rate` [unit].
        variable: its bounds.

    Returns:
        Shaped as the arguments broadcast; differentiable in torch.
    """
    if hasattr(rate, "stopped_at_bounds"):  # a SPICE expression, which needs a smooth stop
        return rate.stopped_at_bounds(value, variable)
    stopped = ((rate < 0.0) & (value <= variable.lowest)) | (
        (rate > 0.0) & (value >= variable.highest)
    )
    return array_namespace(rate, value).where(stopped, 0.0 * rate, rate)


def check_duration(duration: float | Array) -> None:
    """Raise `InvalidInput` where a duration is negative.

    Args:
        duration: a number, numpy or torch, any shape [s].
    """
    negative = duration < 0
    if negative if isinstance(negative, bool) else negative.any():
        raise InvalidInput("duration must not be negative, but is somewhere")


def drawn_out(lowest: Array, highest: Array, share: Array, *, logarithmic: bool) -> Array:
    """The value at a share of the way from one bound to the other, 0 to 1.

    Args:
        lowest: the lower bound, a number or numpy.
        highest: the upper bound.
        share: of the way, any shape [1].
        logarithmic: whether the way is measured in decades.
    """
    if logarithmic:
        return lowest * (highest / lowest) ** share
    # Exactly the bounds at 0 and 1.
    return lowest * (1.0 - share) + highest * share
