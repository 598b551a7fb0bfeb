"""`Memristor`: a state that a voltage moves, and a current that the state lets pass.

A memristor has no randomness and no memory of its own: the state is an argument. How devices differ
from one another is a second, separate thing.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ohmloom.arrays import Array


@dataclass(frozen=True, kw_only=True)
class StateBounds:
    """The range that a state never leaves, in the unit of the state."""

    lowest: float | Array
    """Smallest state."""
    highest: float | Array
    """Largest state."""


@runtime_checkable
class Memristor(Protocol):
    """A voltage-controlled device with one state variable."""

    @property
    def state_bounds(self) -> StateBounds:
        """The range that the state never leaves, in the unit of the state."""
        ...

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (devices,), within `state_bounds`.

        Returns:
            Shape (..., devices), of the sign of `voltage`; zero at zero volt.
        """
        ...

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the state moves, in the unit of the state per second.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (devices,), within `state_bounds`.

        Returns:
            Shape (..., devices); at a bound, never outwards.
        """
        ...
