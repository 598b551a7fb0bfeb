"""How much a step scatters from pulse to pulse, at one and the same cell.

Source: the three kinds of cycle-to-cycle noise of the pulsed devices of IBM's aihwkit,
M. J. Rasch et al., IEEE AICAS (2021).
Holds for: normal noise that is independent from pulse to pulse. A spread above one turns some steps
around, as it does in the devices that it was fitted to.
"""

from dataclasses import dataclass
from typing import Protocol

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput


class CycleNoise(Protocol):
    """Standard deviation of a step."""

    def spread(self, step: Array, unit_step: Array, offset: Array) -> Array:
        """Standard deviation of one step [S].

        Args:
            step: its mean, numpy or torch, any shape [S].
            unit_step: size that the steps of this cell have at its centre, broadcasts [S].
            offset: distance of the conductance from the centre, broadcasts [S].

        Returns:
            Shaped as the arguments broadcast.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ProportionalNoise:
    """A share of the step itself: where steps are small, the noise is."""

    relative: float
    """Standard deviation over the mean step [1]."""

    def __post_init__(self) -> None:
        _check(self.relative, "relative")

    def spread(self, step: Array, unit_step: Array, offset: Array) -> Array:  # noqa: ARG002
        """The share of |step| [S]; see `CycleNoise.spread`."""
        return self.relative * abs(step)


@dataclass(frozen=True, kw_only=True)
class ConstantNoise:
    """A share of the step at the centre: the same at every conductance of a cell."""

    relative: float
    """Standard deviation over the step at the centre [1]."""

    def __post_init__(self) -> None:
        _check(self.relative, "relative")

    def spread(self, step: Array, unit_step: Array, offset: Array) -> Array:  # noqa: ARG002
        """The share of the unit step [S]; see `CycleNoise.spread`."""
        return self.relative * unit_step + 0.0 * step


@dataclass(frozen=True, kw_only=True)
class GrowingNoise:
    """A share of the step, of a floor, and of the distance from the centre together."""

    relative: float
    """Standard deviation over the sum of the three [1]."""
    floor: float
    """What is always there [S]."""
    slope: float
    """What comes on top for each siemens of distance from the centre [1]."""

    def __post_init__(self) -> None:
        for name in ("relative", "floor", "slope"):
            _check(getattr(self, name), name)

    def spread(self, step: Array, unit_step: Array, offset: Array) -> Array:  # noqa: ARG002
        """The share of |step| + floor + slope |offset| [S]; see `CycleNoise.spread`."""
        return self.relative * (abs(step) + self.floor + self.slope * abs(offset))


def _check(value: float, name: str) -> None:
    if not value >= 0:
        raise InvalidInput(f"{name} must not be negative, but is {value:.6g}")
