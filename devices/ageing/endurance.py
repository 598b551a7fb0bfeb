"""Endurance: how the two resistance states of a cell change with the number of pulses.

Up to a threshold of cycles nothing happens. The threshold depends on the size of the cell and,
above a temperature, on how hot it is:

    T_c = min(T_th / T, 1),    s = p1 size/nm + p2 T_c,    threshold = p0 exp(s)

From then on the cell either fails gradually,

    log10 R = log10 R0 + p3 s (log10 x - log10 threshold),

or suddenly, R = R_stable. The low and the high state have parameters of their own; a cell belongs
to the low one when it lies below (R_on + R_off) / 2.

Source: C. Lammie, M. Rahimi Azghadi, D. Ielmini, Semiconductor Science and Technology 36, 065003
(2021), in the form of their public code.
Holds for: metal-oxide cells, as far as somebody fits the parameters. The public code ships
placeholders only, so that there is no published preset here. MemTorch splits the states at
R_on + R_off / 2, for want of brackets; here they are where the paper puts them.
The same law serves retention, with seconds in the place of pulses.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput
from ohmloom.si import nm


class Wear(Protocol):
    """What use does to one resistance state."""

    def resistance(self, initial: Array, pulses: Array, temperature: float) -> Array:
        """Resistance after a number of pulses [ohm].

        Args:
            initial: resistance of the fresh cell in this state, numpy or torch, any shape [ohm].
            pulses: number that the cell has seen, not negative, broadcasts [1].
            temperature: of the cell [K].

        Returns:
            Shaped as the arguments broadcast.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class WearThreshold:
    """How many pulses a cell bears before anything happens."""

    scale: float
    """Number p0 of pulses [1]."""
    per_size: float
    """Exponent p1 for each nanometre of the cell [1/nm]."""
    per_temperature: float
    """Exponent p2 at and below the threshold temperature [1]."""
    cell_size: float
    """Edge of the cell [m]."""
    threshold_temperature: float
    """Temperature T_th above which heat counts [K]."""

    def __post_init__(self) -> None:
        if not (self.scale > 0 and self.cell_size > 0 and self.threshold_temperature > 0):
            raise InvalidInput(
                f"scale, cell_size and threshold_temperature must be above zero, but they are "
                f"{self.scale:.6g}, {self.cell_size:.6g} m and {self.threshold_temperature:.6g} K"
            )

    def severity(self, temperature: float) -> float:
        """The exponent s [1].

        Args:
            temperature: of the cell, above zero [K].
        """
        if not temperature > 0:
            raise InvalidInput(f"temperature must be above zero, but is {temperature:.6g} K")
        heat = min(self.threshold_temperature / temperature, 1.0)
        return self.per_size * (self.cell_size / nm) + self.per_temperature * heat

    def pulses(self, temperature: float) -> float:
        """Number of pulses up to which nothing happens [1].

        Args:
            temperature: of the cell, above zero [K].
        """
        return float(self.scale * np.exp(self.severity(temperature)))


@dataclass(frozen=True, kw_only=True)
class GradualWear:
    """Beyond the threshold the logarithm of the resistance follows that of the pulses."""

    threshold: WearThreshold
    """When it begins."""
    rate: float
    """Factor p3: decades of resistance for a decade of pulses, over the severity s [1]."""

    def resistance(self, initial: Array, pulses: Array, temperature: float) -> Array:
        """R0 (x / threshold)^(p3 s) beyond the threshold [ohm]; see `Wear.resistance`."""
        xp = array_namespace(initial, pulses)
        slope = self.rate * self.threshold.severity(temperature)
        beyond = (pulses / self.threshold.pulses(temperature)).clip(min=1.0)
        return initial * xp.exp(slope * xp.log(beyond))


@dataclass(frozen=True, kw_only=True)
class SuddenWear:
    """Beyond the threshold the cell has one resistance for ever."""

    threshold: WearThreshold
    """When it happens."""
    stable: float
    """Resistance of a worn cell [ohm]."""

    def __post_init__(self) -> None:
        if not self.stable > 0:
            raise InvalidInput(f"stable must be above zero, but is {self.stable:.6g} ohm")

    def resistance(self, initial: Array, pulses: Array, temperature: float) -> Array:
        """R0 up to the threshold, the stable resistance beyond [ohm]; see `Wear.resistance`."""
        xp = array_namespace(initial, pulses)
        fresh = initial + 0.0 * pulses
        worn = pulses > self.threshold.pulses(temperature)
        return xp.where(worn, 0.0 * fresh + self.stable, fresh)


@dataclass(frozen=True, kw_only=True)
class WornWindow:
    """Between which conductances a cell can still be programmed."""

    lowest: Array
    """Lower bound of each cell [S]."""
    highest: Array
    """Upper bound of each cell, not below `lowest` [S]."""
    closed: Array
    """Cells whose two states have met: they stay at the geometric mean of what would have been
    their bounds."""

    def __repr__(self) -> str:
        return f"WornWindow({int(self.closed.sum())} of {self.closed.size} closed)"


@dataclass(frozen=True, kw_only=True)
class EnduranceWear:
    """Wear of the low and of the high resistance state."""

    low: Wear
    """Of the low resistance state."""
    high: Wear
    """Of the high resistance state."""
    resistance_on: float
    """Nominal resistance of the low state [ohm]."""
    resistance_off: float
    """Nominal resistance of the high state [ohm]."""

    def __post_init__(self) -> None:
        if not 0 < self.resistance_on < self.resistance_off:
            raise InvalidInput(
                f"resistances must rise from above zero, but they are {self.resistance_on:.6g} "
                f"and {self.resistance_off:.6g} ohm"
            )

    @property
    def midpoint(self) -> float:
        """Resistance (R_on + R_off) / 2 below which a cell is in its low state [ohm]."""
        return (self.resistance_on + self.resistance_off) / 2

    def resistance(self, initial: Array, pulses: Array, temperature: float) -> Array:
        """Resistance of cells in any state after a number of pulses [ohm].

        Args:
            initial: resistance of the fresh cells, numpy or torch, any shape [ohm].
            pulses: number that each cell has seen, not negative, broadcasts [1].
            temperature: of the cells [K].

        Returns:
            Shaped as the arguments broadcast.
        """
        return array_namespace(initial, pulses).where(
            initial < self.midpoint,
            self.low.resistance(initial, pulses, temperature),
            self.high.resistance(initial, pulses, temperature),
        )

    def window(
        self, lowest: Array, highest: Array, pulses: Array, temperature: float
    ) -> WornWindow:
        """The conductance window of cells after a number of pulses.

        Args:
            lowest: lower bound of each fresh cell, above zero, numpy or torch, any shape [S].
            highest: upper bound of each fresh cell, same shape [S].
            pulses: number that each cell has seen, same shape [1].
            temperature: of the cells [K].

        Returns:
            The bounds, of that shape. They wear as the high and the low state do.
        """
        xp = array_namespace(lowest, highest)
        bottom = 1.0 / self.high.resistance(1.0 / lowest, pulses, temperature)
        top = 1.0 / self.low.resistance(1.0 / highest, pulses, temperature)
        closed = bottom >= top
        middle = xp.sqrt(bottom * top)
        return WornWindow(
            lowest=xp.where(closed, middle, bottom),
            highest=xp.where(closed, middle, top),
            closed=closed,
        )
