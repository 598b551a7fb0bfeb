"""Whole rows and columns that are stuck, alone or in groups of neighbours.

A broken word line, a leaky driver or a bad contact takes a whole row with it, and the next row is
more likely to be bad as well. Whether a line is bad follows a chain along the array: with the rate
r of bad lines and the mean length m of a group,

    P(bad | previous bad)  = 1 - 1/m,
    P(bad | previous good) = r / (m (1 - r)),

which keeps the share of bad lines at r everywhere. A group of mean length 1 / (1 - r) is no
clustering at all: lines fail independently.

Source: the chain is that of E. N. Gilbert, Bell Syst. Tech. J. 39, 1253 (1960). That lines fail in
groups is what the lists of unformed and leaky rows in the public NeuRRAM code show; they give no
rates.
Holds for: faults along one direction each. Faults of single cells are `stuck_cells`.
"""

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.checks import not_negative
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


def draw_line_faults(
    shape: tuple[int, int],
    *,
    row_rate: float,
    column_rate: float,
    mean_group: float,
    conductance: float,
    rng: Draws,
) -> StuckCells:
    """Draw which rows and which columns are stuck as a whole.

    Args:
        shape: (rows, columns) of the array.
        row_rate: probability that a row is bad, below 1 [1].
        column_rate: probability that a column is bad, below 1 [1].
        mean_group: mean number of neighbouring lines that are bad together, 1 or more and not below
            1 / (1 - rate) of either kind [1].
        conductance: where the cells of bad lines stay [S].
        rng: the stream that mismatch draws from.

    Returns:
        The stuck cells, of that shape; a cell is stuck when its row or its column is bad.

    Raises:
        InvalidInput: a rate is not at least 0 and below 1, groups are shorter than chance makes
            them, or `conductance` is negative.

    >>> draw_line_faults(
    ...     (4, 3), row_rate=0.0, column_rate=0.0, mean_group=1.0, conductance=0.0,
    ...     rng=np.random.default_rng(1),
    ... )
    StuckCells(0 of 12 stuck)
    """
    not_negative(conductance, "conductance")
    rows, columns = shape
    bad_rows = draw_bad_lines(rows, rate=row_rate, mean_group=mean_group, rng=rng)
    bad_columns = draw_bad_lines(columns, rate=column_rate, mean_group=mean_group, rng=rng)
    mask = bad_rows[:, None] | bad_columns[None, :]
    return StuckCells(mask=mask, conductance=np.where(mask, conductance, 0.0))


def draw_bad_lines(lines: int, *, rate: float, mean_group: float, rng: Draws) -> BoolArray:
    """Which of the lines in one direction are bad, shape (lines,).

    Args:
        lines: number of rows, or of columns.
        rate: probability that a line is bad, below 1 [1].
        mean_group: mean number of neighbours that are bad together, not below 1 / (1 - rate) [1].
        rng: the stream that mismatch draws from.

    Raises:
        InvalidInput: as `draw_line_faults`.
    """
    if not 0.0 <= rate < 1.0:
        raise InvalidInput(f"a rate of bad lines must be at least 0 and below 1, but is {rate}")
    shortest = 1.0 / (1.0 - rate)
    # 1e-12: the shortest group that a caller computes may round to just below it.
    if not mean_group >= shortest * (1.0 - 1e-12):
        raise InvalidInput(
            f"mean_group must not be below {shortest:.6g}, the length that a rate of {rate} has by "
            f"chance, but is {mean_group}"
        )
    after_bad = 1.0 - 1.0 / mean_group
    after_good = rate / (mean_group * (1.0 - rate))
    drawn: FloatArray = rng.random((lines,))
    bad = np.zeros(lines, dtype=np.bool_)
    chance = rate
    for line, number in enumerate(drawn):
        bad[line] = number < chance
        chance = after_bad if bad[line] else after_good
    return bad


def both(first: StuckCells, second: StuckCells) -> StuckCells:
    """Two kinds of faults in one array; where both hit a cell, the first wins.

    Args:
        first: such as the lines.
        second: such as the single cells, of the same shape.

    Raises:
        InvalidInput: the shapes differ.
    """
    if first.mask.shape != second.mask.shape:
        raise InvalidInput(
            f"faults of one array must have one shape, but have {first.mask.shape} and "
            f"{second.mask.shape}"
        )
    return StuckCells(
        mask=first.mask | second.mask,
        conductance=np.where(first.mask, first.conductance, second.conductance),
    )
