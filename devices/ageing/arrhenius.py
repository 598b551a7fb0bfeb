"""Arrhenius: how much faster a cell ages when it is hot.

A process with one activation energy E runs at a rate proportional to exp(-E / (k T)). A lifetime at
one temperature becomes one at another,

    t(T) = t_ref exp(E / k (1 / T - 1 / T_ref)).

Source: S. Arrhenius, Z. phys. Chem. 4, 226 (1889); the usual law of retention tests.
Holds for: one process over the whole range of temperatures. Energies of 1.0 to 1.6 eV are often
quoted for the retention of HfO2; no source could be checked, so none is a preset here.
"""

from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput
from ohmloom.physical_constants import boltzmann


@dataclass(frozen=True, kw_only=True)
class Arrhenius:
    """One thermally activated process; the numbers may be arrays, one for each device."""

    activation_energy: float | Array
    """Energy E, not negative; written as `1.1 * eV` [J]."""
    reference_temperature: float | Array
    """Temperature T_ref at which the process is known [K]."""

    def __post_init__(self) -> None:
        if not np.all(np.asarray(self.activation_energy) >= 0):
            raise InvalidInput(
                f"activation_energy must not be negative, but is {self.activation_energy} J"
            )
        if not np.all(np.asarray(self.reference_temperature) > 0):
            raise InvalidInput(
                f"reference_temperature must be above zero, but is {self.reference_temperature} K"
            )

    def acceleration(self, temperature: Array | float) -> Array:
        """How many times faster than at the reference temperature the cell ages [1].

        Args:
            temperature: a number, numpy or torch, above zero [K].

        Returns:
            Shaped as the arguments broadcast; one at the reference temperature.

        Raises:
            InvalidInput: a temperature is not above zero.

        >>> from ohmloom.si import eV, kelvin
        >>> process = Arrhenius(activation_energy=1.0 * eV, reference_temperature=300 * kelvin)
        >>> f"{process.acceleration(358.15 * kelvin):.0f}"
        '534'
        """
        cold = temperature <= 0
        if cold if isinstance(cold, bool) else cold.any():
            raise InvalidInput("temperature must be above zero, but is not somewhere")
        exponent = (
            self.activation_energy
            / boltzmann
            * (1.0 / self.reference_temperature - 1.0 / temperature)
        )
        if isinstance(exponent, float):
            return np.exp(exponent)
        return array_namespace(exponent).exp(exponent)

    def equivalent_time(self, seconds: Array | float, temperature: Array | float) -> Array:
        """Time at the reference temperature that ages a cell as much [s].

        Args:
            seconds: time spent at `temperature`, broadcasts [s].
            temperature: a number, numpy or torch, above zero [K].

        Returns:
            Shaped as the arguments broadcast.
        """
        return seconds * self.acceleration(temperature)
