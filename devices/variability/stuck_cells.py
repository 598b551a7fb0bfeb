"""Cells that no pulse moves: open ones stay near the bottom, shorted ones near the top.

Source: the usual recipe of independent Bernoulli faults, stuck off or stuck on. Published rates of
cells that miss their target on filamentary RRAM reach from 0.18 % and 0.77 % (public NeuRRAM
notebooks) to 9.77 % (HfO2 array of Gong and Rasch, IEDM 2022).
Holds for: faults that do not cluster. Rows or columns that fail as a whole are another matter.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.checks import not_negative
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


@dataclass(frozen=True, kw_only=True, eq=False)
class StuckCells:
    """Which cells are stuck, and where."""

    mask: BoolArray
    """True for a stuck cell, shape of the array."""
    conductance: FloatArray
    """Where a stuck cell stays, same shape; ignored where `mask` is False [S]."""

    def __post_init__(self) -> None:
        if self.mask.dtype != np.bool_:
            raise InvalidInput(f"mask must hold booleans, but holds {self.mask.dtype}")
        if self.mask.shape != self.conductance.shape:
            raise InvalidInput(
                f"mask and conductance must have one shape, but have {self.mask.shape} and "
                f"{self.conductance.shape}"
            )
        not_negative(self.conductance[self.mask], "conductance of the stuck cells")

    def __repr__(self) -> str:
        return f"StuckCells({int(self.mask.sum())} of {self.mask.size} stuck)"


def draw_stuck_cells(
    shape: tuple[int, ...],
    *,
    rate_off: float,
    rate_on: float,
    rate_between: float,
    conductance_off: float,
    conductance_on: float,
    rng: Draws,
) -> StuckCells:
    """Draw which cells are stuck off, which on, and which anywhere between, independently.

    Args:
        shape: of the array.
        rate_off: probability that a cell is stuck off [1].
        rate_on: probability that a cell is stuck on [1].
        rate_between: probability that a cell is stuck at a random conductance, uniform from off
            to on; all three together at most 1 [1].
        conductance_off: where cells stuck off stay [S].
        conductance_on: where cells stuck on stay [S].
        rng: the stream that mismatch draws from.

    Returns:
        The stuck cells, of that shape.

    Raises:
        InvalidInput: a rate is not between 0 and 1, the three exceed 1 together, or a conductance
            is negative or not finite.

    >>> draw_stuck_cells(
    ...     (2, 3), rate_off=1.0, rate_on=0.0, rate_between=0.0, conductance_off=0.0,
    ...     conductance_on=4e-5, rng=np.random.default_rng(1),
    ... )
    StuckCells(6 of 6 stuck)
    """
    rates = {"rate_off": rate_off, "rate_on": rate_on, "rate_between": rate_between}
    for name, rate in rates.items():
        if not 0.0 <= rate <= 1.0:
            raise InvalidInput(f"{name} must lie between 0 and 1, but is {rate}")
    if sum(rates.values()) > 1.0:
        raise InvalidInput(
            f"{', '.join(rates)} must not exceed 1 together, but "
            f"{' + '.join(map(str, rates.values()))} do"
        )
    not_negative(conductance_off, "conductance_off")
    not_negative(conductance_on, "conductance_on")
    drawn = rng.random(shape)
    off = drawn < rate_off
    on = (drawn >= 1.0 - rate_on) & ~off
    between = (drawn >= rate_off) & (drawn < rate_off + rate_between) & ~on
    anywhere = conductance_off + (conductance_on - conductance_off) * rng.random(shape)
    conductance = np.select([off, on, between], [conductance_off, conductance_on, anywhere], 0.0)
    return StuckCells(mask=off | on | between, conductance=conductance)
