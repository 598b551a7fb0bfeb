"""What a solved crossbar tells: voltages, currents, and the power in every cell and wire."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_solver.wire_segments import segment_current
from ohmloom.circuits.crossbar_wires import CrossbarWires


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossbarSolution:
    """Every current and voltage of one crossbar, for one drive vector or many."""

    output_current: FloatArray
    """Out of each bit line into ground, at both ends together, shape (..., columns) [A]."""
    drive_current: FloatArray
    """Out of the drivers into each word line, both ends together, shape (..., rows) [A]."""
    device_current: FloatArray
    """Through each cell, from word line to bit line, shape (..., rows, columns) [A]."""
    word_line_voltage: FloatArray
    """At the word-line side of each cell, shape (..., rows, columns) [V]."""
    bit_line_voltage: FloatArray
    """At the bit-line side of each cell, shape (..., rows, columns) [V]. A line that touches
    neither a driver, nor ground, nor a conducting cell has no defined voltage; it is given as 0."""
    wires: CrossbarWires
    """What the lines are made of."""

    @property
    def device_voltage(self) -> FloatArray:
        """Across each cell, word line minus bit line, shape (..., rows, columns) [V]."""
        return self.word_line_voltage - self.bit_line_voltage

    @cached_property
    def word_line_current(self) -> FloatArray:
        """Along each segment from left to right, shape (..., rows, columns + 1) [A]."""
        return segment_current(self.device_current, self.wires.word)

    @cached_property
    def bit_line_current(self) -> FloatArray:
        """Along each segment from top to bottom, shape (..., rows + 1, columns) [A]."""
        entering = -np.moveaxis(self.device_current, -1, -2)
        along = segment_current(entering, self.wires.bit.T)
        return np.moveaxis(along, -1, -2)

    @property
    def device_power(self) -> FloatArray:
        """Turned into heat in each cell, shape (..., rows, columns) [W]."""
        return self.device_current * self.device_voltage

    @property
    def word_line_power(self) -> FloatArray:
        """Turned into heat in each word-line segment, shape (..., rows, columns + 1) [W]."""
        resistance = self.wires.word.copy()
        resistance[:, [0, -1]] -= self.wires.source[:, None]
        return _heat(self.word_line_current, resistance)

    @property
    def bit_line_power(self) -> FloatArray:
        """Turned into heat in each bit-line segment, shape (..., rows + 1, columns) [W]."""
        resistance = self.wires.bit.copy()
        resistance[[0, -1]] -= self.wires.sense
        return _heat(self.bit_line_current, resistance)

    @property
    def periphery_power(self) -> FloatArray:
        """Turned into heat in the resistances of drivers and of what senses, shape (...) [W]."""
        at_drivers = (self.word_line_current[..., [0, -1]] ** 2).sum(axis=-1)
        at_senses = (self.bit_line_current[..., [0, -1], :] ** 2).sum(axis=-2)
        return np.asarray(at_drivers @ self.wires.source + at_senses @ self.wires.sense)


def solution_from_voltages(
    word: FloatArray,
    bit: FloatArray,
    current: FloatArray,
    slope: FloatArray,
    drive: FloatArray,
    sense: FloatArray,
    wires: CrossbarWires,
) -> CrossbarSolution:
    """Everything that follows from the voltages at the cells.

    Args:
        word: along the word lines, shape (..., rows, columns) [V].
        bit: along the bit lines, shape (..., rows, columns) [V].
        current: through the cells, shape (..., rows, columns) [A].
        slope: how the current of a cell rises with its voltage, broadcasts with `current` [S].
        drive: of the drivers, shape (..., rows) [V].
        sense: of what the bit lines lead to, shape (..., columns) [V].
        wires: of the array.
    """
    return CrossbarSolution(
        output_current=_out_of_lines(
            current.sum(axis=-2),
            slope.sum(axis=-2),
            (bit[..., 0, :] - sense, bit[..., -1, :] - sense),
            (wires.bit[0], wires.bit[-1]),
        ),
        drive_current=_out_of_lines(
            current.sum(axis=-1),
            slope.sum(axis=-1),
            (drive - word[..., 0], drive - word[..., -1]),
            (wires.word[:, 0], wires.word[:, -1]),
        ),
        device_current=current,
        word_line_voltage=word,
        bit_line_voltage=bit,
        wires=wires,
    )


def _out_of_lines(
    through_cells: FloatArray,
    cells: FloatArray,
    drops: tuple[FloatArray, FloatArray],
    ends: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """What flows through the ends of lines [A].

    It is the sum of what the cells carry. Where the ends are the narrower place, the drop across
    them tells it with more digits.
    """
    with np.errstate(divide="ignore"):
        first, last = 1.0 / ends[0], 1.0 / ends[1]
    narrow = first + last < cells
    through_ends = sum(
        np.where(narrow, end, 0.0) * drop for end, drop in zip((first, last), drops, strict=True)
    )
    leads = np.isfinite(ends[0]) | np.isfinite(ends[1])
    return np.where(leads, np.where(narrow, through_ends, through_cells), 0.0)


def _heat(current: FloatArray, resistance: FloatArray) -> FloatArray:
    # No current flows through an open end, whose resistance is infinite.
    return np.asarray(current**2 * np.where(np.isinf(resistance), 0.0, resistance))
