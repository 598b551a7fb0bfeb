"""How a parameter of a population depends on the state that its cells were programmed to.

Published fits are polynomials, logarithms and powers of the fraction g = G / G_max, cut off where
the fit would leave what was measured. Outside 0 <= g <= 1 every law keeps its value at the nearer
end.
"""

from dataclasses import dataclass
from typing import Protocol

from array_api_compat import array_namespace

from ohmloom.arrays import Array

# Logarithms and powers of an empty cell are taken here; the cut-offs of the fits act long before.
_SMALLEST_FRACTION = 1e-7


class StateLaw(Protocol):
    """A parameter as a function of conductance."""

    def at(self, conductance: Array, *, full: float) -> Array:
        """The parameter, in its own unit, shaped as `conductance`; differentiable in torch.

        Args:
            conductance: numpy or torch, any shape [S].
            full: conductance at which the fraction g is one [S].
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """Sum of c_i g^i."""

    coefficients: tuple[float, ...]
    """c_i, lowest power first, in the unit of the parameter."""

    def at(self, conductance: Array, *, full: float) -> Array:
        """The sum [unit of the coefficients], shaped as `conductance`.

        Args:
            conductance: numpy or torch, any shape [S].
            full: conductance at which the fraction is one [S].
        """
        g = (conductance / full).clip(min=0.0, max=1.0)
        total = 0.0 * g
        for coefficient in reversed(self.coefficients):
            total = total * g + coefficient
        return total


@dataclass(frozen=True, kw_only=True)
class ClippedLogarithm:
    """slope ln g + offset, kept between two values."""

    slope: float
    """Change for each factor e of the fraction."""
    offset: float
    """Value at g = 1."""
    lowest: float
    """Smallest value."""
    highest: float
    """Largest value."""

    def at(self, conductance: Array, *, full: float) -> Array:
        """The logarithm, cut off [1], shaped as `conductance`.

        Args:
            conductance: numpy or torch, any shape [S].
            full: conductance at which the fraction is one [S].
        """
        g = (conductance / full).clip(min=_SMALLEST_FRACTION, max=1.0)
        value = array_namespace(g).log(g) * self.slope + self.offset
        return value.clip(min=self.lowest, max=self.highest)


@dataclass(frozen=True, kw_only=True)
class ClippedPower:
    """factor g^exponent, not above a value."""

    factor: float
    """Value at g = 1."""
    exponent: float
    """Power of the fraction."""
    highest: float
    """Largest value."""

    def at(self, conductance: Array, *, full: float) -> Array:
        """The power, cut off [1], shaped as `conductance`.

        Args:
            conductance: numpy or torch, any shape [S].
            full: conductance at which the fraction is one [S].
        """
        g = (conductance / full).clip(min=_SMALLEST_FRACTION, max=1.0)
        return (self.factor * g**self.exponent).clip(max=self.highest)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """One law up to a fraction, another above it."""

    border: float
    """Largest fraction at which the lower law holds [1]."""
    below: StateLaw
    """Holds up to the border."""
    above: StateLaw
    """Holds beyond the border."""

    def at(self, conductance: Array, *, full: float) -> Array:
        """The law that holds there, shaped as `conductance`.

        Args:
            conductance: numpy or torch, any shape [S].
            full: conductance at which the fraction is one [S].
        """
        xp = array_namespace(conductance)
        below = self.below.at(conductance, full=full)
        above = self.above.at(conductance, full=full)
        return xp.where(conductance <= self.border * full, below, above)
