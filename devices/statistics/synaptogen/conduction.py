"""Current of a cell between two extreme states, each a polynomial of the voltage.

    I(r, U) = (1 - r) P_low(U) + r P_high(U)

The share r is found from the resistance at the voltage at which it was measured.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022).
Holds for: voltages of the measured sweeps, -1.5 to 1.5 V; the polynomials say nothing beyond. The
published polynomial of the extreme high state has a negative conductance at small voltage, an
artefact of the fit: cells mix it in with a share well below one.
"""

from dataclasses import dataclass

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class MixedConduction:
    """Two polynomials of the voltage, and the voltage at which resistance is measured."""

    low: tuple[float, ...]
    """Current of the extreme low state (LLRS), highest power first, zero last [A/V^n]."""
    high: tuple[float, ...]
    """Current of the extreme high state (HHRS), highest power first, zero last [A/V^n]."""
    read_voltage: float
    """Voltage U0 at which a resistance is measured, above zero [V]."""

    def __post_init__(self) -> None:
        if self.low[-1] != 0.0 or self.high[-1] != 0.0:
            raise InvalidInput(
                f"at zero volt no current flows, but the polynomials give {self.low[-1]:.6g} and "
                f"{self.high[-1]:.6g} A"
            )
        if not self.read_voltage > 0.0:
            raise InvalidInput(f"read_voltage must be above zero, but is {self.read_voltage:.6g} V")
        if not self.low_conductance > self.high_conductance:
            raise InvalidInput(
                f"at {self.read_voltage:.6g} V the low state must conduct better than the high "
                f"one, but they have {self.low_conductance:.6g} and {self.high_conductance:.6g} S"
            )

    @property
    def low_conductance(self) -> float:
        """G_LLRS, at the read voltage [S]."""
        return float(_polynomial(self.low, self.read_voltage) / self.read_voltage)

    @property
    def high_conductance(self) -> float:
        """G_HHRS, at the read voltage; below zero with the published polynomial [S]."""
        return float(_polynomial(self.high, self.read_voltage) / self.read_voltage)

    def current(self, share: Array, voltage: Array | float) -> Array:
        """Current [A].

        Args:
            share: of the extreme high state, numpy or torch, any shape [1].
            voltage: across the cell, a number or an array that broadcasts [V].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.
        """
        return (1.0 - share) * _polynomial(self.low, voltage) + share * _polynomial(
            self.high, voltage
        )

    def share_of(self, resistance: Array) -> Array:
        """Share of the extreme high state in a cell of that resistance at the read voltage [1].

        Args:
            resistance: above zero, numpy or torch, any shape [ohm].

        Returns:
            Shaped as `resistance`: below zero for a resistance under 1 / `low_conductance`.
        """
        return (self.low_conductance - 1.0 / resistance) / (
            self.low_conductance - self.high_conductance
        )

    def conductance(self, share: Array) -> Array:
        """Conductance at the read voltage [S]; `share_of` the other way round.

        Args:
            share: of the extreme high state, numpy or torch, any shape [1].
        """
        return self.low_conductance - share * (self.low_conductance - self.high_conductance)

    def share_with(self, current: Array, voltage: Array) -> Array:
        """Share with which that current flows at that voltage [1].

        Args:
            current: numpy or torch, any shape [A].
            voltage: across the cell, where the two extremes differ; broadcasts [V].
        """
        low = _polynomial(self.low, voltage)
        return (current - low) / (_polynomial(self.high, voltage) - low)


def _polynomial(coefficients: tuple[float, ...], voltage: Array | float) -> Array:
    value = 0.0 * voltage + coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * voltage + coefficient
    return value
