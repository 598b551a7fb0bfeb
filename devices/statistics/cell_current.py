"""Current of a programmed cell that is not quite ohmic: a cubic in the voltage.

    I = G V + c2(G) V^2 + c3(G) V^3,  c2 and c3 polynomials of log10(G / S)

Source: V. Milo et al., IRPS (2021); the polynomials are those that Sandia's CrossSim distributes.
Holds for: 0 to 0.5 V and 62.5 to 110 uS. The square term has no symmetry: do not use it for
negative voltages, where nothing was measured.
Use it for: the error of reading such cells at a voltage other than the one that they were
programmed at.
"""

import warnings
from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import mV, uS, volt


@dataclass(frozen=True, kw_only=True)
class CellCurrent:
    """Current over voltage of cells of any conductance within a range."""

    quadratic: tuple[float, ...]
    """Coefficients of c2 in log10(G / S), lowest power first [A/V^2]."""
    cubic: tuple[float, ...]
    """Coefficients of c3 in log10(G / S), lowest power first [A/V^3]."""
    lowest: float
    """Smallest conductance that was measured [S]."""
    highest: float
    """Largest conductance that was measured [S]."""
    largest_voltage: float
    """Largest voltage that was measured [V]."""

    def __post_init__(self) -> None:
        if not 0 < self.lowest < self.highest:
            raise InvalidInput(
                f"the range must rise from above zero, but it is {self.lowest / uS:.6g} to "
                f"{self.highest / uS:.6g} uS"
            )

    def current(self, voltage: Array, conductance: Array) -> Array:
        """Current through the cells [A].

        Args:
            voltage: across the cell, numpy or torch, any shape [V].
            conductance: at small voltage, above zero, broadcasts [S].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.

        Warns:
            ModelRangeWarning: a voltage or a conductance was not measured.
        """
        self._warn_outside(voltage, conductance)
        decades = array_namespace(conductance).log10(conductance)
        square = _polynomial(self.quadratic, decades)
        cube = _polynomial(self.cubic, decades)
        return voltage * (conductance + voltage * (square + voltage * cube))

    def _warn_outside(self, voltage: Array, conductance: Array) -> None:
        if voltage.min() < 0 or voltage.max() > self.largest_voltage * (1 + 1e-9):
            warnings.warn(
                f"voltages from {float(voltage.min()) / mV:.3g} to {float(voltage.max()) / mV:.3g} "
                f"mV leave the measured range of 0 to {self.largest_voltage / mV:.3g} mV; the "
                f"cubic is extrapolated",
                ModelRangeWarning,
                stacklevel=3,
            )
        lower, upper = conductance.min(), conductance.max()
        if lower < self.lowest * (1 - 1e-9) or upper > self.highest * (1 + 1e-9):
            warnings.warn(
                f"conductances from {float(lower) / uS:.4g} to {float(upper) / uS:.4g} uS leave "
                f"the measured range of {self.lowest / uS:.4g} to {self.highest / uS:.4g} uS; the "
                f"polynomials are extrapolated",
                ModelRangeWarning,
                stacklevel=3,
            )


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = 0.0 * x
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def milo_2021_current() -> CellCurrent:
    """The HfO2 cells of Milo et al. (2021).

    >>> import numpy as np
    >>> one = milo_2021_current().current(np.array(0.5 * volt), np.array(100 * uS))
    >>> f"{one / uS:.3f}"
    '47.875'
    """
    return CellCurrent(
        quadratic=(7.063e-3, 5.711e-3, 1.541e-3, 1.388e-4),
        cubic=(1.2968e-3, 6.7919e-4, 8.8710e-5),
        lowest=62.5 * uS,
        highest=110 * uS,
        largest_voltage=0.5 * volt,
    )
