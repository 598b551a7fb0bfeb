"""What the pulse-update models have in common: bounds and step sizes, and how cells differ in them.

Conductances are counted from a centre, the zero of the weight in training. A cell has a step size
for each direction and two bounds,

    step up   = step |gain + (asymmetry + r)|,    highest = centre + |(highest - centre)(1 + s xi)|,
    step down = step |gain - (asymmetry + r)|,    lowest  = centre - |(centre - lowest)(1 + s xi)|,

where the gain has mean or median one and r, xi are normal. A lower bound that would fall below zero
is zero: no cell has a negative conductance.

Source: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016); M. J. Rasch et al., IEEE AICAS
(2021), in the form of the documentation of IBM's aihwkit. Its compiled code differs where the
asymmetry u is not zero: for u > 0 it leaves the steps up as they are and shrinks those down by u.
Holds for: cells that differ independently, and whose parameters are independent of one another.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.devices.variability.spread import Spread
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import uS


@dataclass(frozen=True, kw_only=True)
class CellPopulation:
    """Bounds and step sizes of many cells."""

    lowest: float
    """Nominal lower bound [S]."""
    centre: float
    """Conductance from which bounds and slopes are counted [S]."""
    highest: float
    """Nominal upper bound [S]."""
    step: float
    """Nominal step at the centre, above zero [S]."""
    asymmetry: float
    """Share by which steps up are larger, and steps down smaller, than `step` [1]."""
    step_law: Spread
    """How the gain differs from cell to cell, around one."""
    asymmetry_spread: float
    """Standard deviation of the asymmetry from cell to cell [1]."""
    lowest_spread: float
    """Standard deviation of the distance from centre to lower bound, over that distance [1]."""
    highest_spread: float
    """Standard deviation of the distance from centre to upper bound, over that distance [1]."""
    write_noise: float
    """Standard deviation of the conductance that shows around the hidden one [S]."""

    def __post_init__(self) -> None:
        if not (0 <= self.lowest <= self.centre <= self.highest and self.lowest < self.highest):
            raise InvalidInput(
                f"lowest, centre and highest must rise from zero or more, but they are "
                f"{self.lowest / uS:.6g}, {self.centre / uS:.6g} and {self.highest / uS:.6g} uS"
            )
        if not self.step > 0:
            raise InvalidInput(f"step must be above zero, but is {self.step / uS:.6g} uS")
        for name in ("asymmetry_spread", "lowest_spread", "highest_spread", "write_noise"):
            if not getattr(self, name) >= 0:
                raise InvalidInput(f"{name} must not be negative, but is {getattr(self, name):.6g}")

    def draw(self, shape: tuple[int, ...], *, rng: Draws) -> dict[str, FloatArray]:
        """Bounds and step sizes of cells.

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.

        Returns:
            "lowest", "highest", "step up" and "step down", each of that shape [S].
        """
        above = (self.highest - self.centre) * (
            1.0 + self.highest_spread * rng.standard_normal(shape)
        )
        below = (self.centre - self.lowest) * (
            1.0 + self.lowest_spread * rng.standard_normal(shape)
        )
        gain = self.step_law.draw(np.ones(shape), rng=rng)
        asymmetry = self.asymmetry + self.asymmetry_spread * rng.standard_normal(shape)
        return {
            "lowest": np.maximum(self.centre - np.abs(below), 0.0),
            "highest": self.centre + np.abs(above),
            "step up": self.step * np.abs(gain + asymmetry),
            "step down": self.step * np.abs(gain - asymmetry),
        }
