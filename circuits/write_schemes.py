"""Writing one cell of a crossbar: what it gets, what its neighbours get, and how they move.

The selected word line is at V and the selected bit line at 0 V. Every other line is held at a share
of V, so that the cells on the selected lines see a part of it only: half of it at most in the V/2
scheme, a third of it everywhere in the V/3 scheme, at the price of a current in all other cells.
The wires take their share: the cell gets less than V, and the farther it is, the less.

Source: A. Chen, "A comprehensive crossbar array model with solutions for line resistance and
nonlinear device characteristics", IEEE Transactions on Electron Devices 60, 1318 (2013), for the
schemes; the voltages are computed.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_solution import CrossbarSolution
from ohmloom.devices.memristor import Memristor
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class WriteScheme:
    """What lines are held at that are not selected."""

    word_share: float
    """Of the voltage, for word lines [1]."""
    bit_share: float
    """Of the voltage, for bit lines [1]."""


def half_voltage() -> WriteScheme:
    """V/2: cells beside the selected one see half of the voltage, all others nothing."""
    return WriteScheme(word_share=1.0 / 2.0, bit_share=1.0 / 2.0)


def third_voltage() -> WriteScheme:
    """V/3: every cell but the selected one sees a third of the voltage."""
    return WriteScheme(word_share=1.0 / 3.0, bit_share=2.0 / 3.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class CellWrite:
    """One write, while the voltage is on."""

    solution: CrossbarSolution
    """Of the whole array."""
    row: int
    """Of the selected cell."""
    column: int
    """Of the selected cell."""

    @property
    def selected_voltage(self) -> float:
        """Across the selected cell [V]."""
        return float(self.solution.device_voltage[self.row, self.column])

    @property
    def row_voltage(self) -> FloatArray:
        """Across the other cells of the selected row, shape (columns - 1,) [V]."""
        return np.delete(self.solution.device_voltage[self.row], self.column)

    @property
    def column_voltage(self) -> FloatArray:
        """Across the other cells of the selected column, shape (rows - 1,) [V]."""
        return np.delete(self.solution.device_voltage[:, self.column], self.row)

    @property
    def half_selected(self) -> BoolArray:
        """The cells beside the selected one, shape (rows, columns)."""
        beside = np.zeros(self.solution.device_voltage.shape, dtype=np.bool_)
        beside[self.row], beside[:, self.column] = True, True
        beside[self.row, self.column] = False
        return beside

    @property
    def worst_disturbance(self) -> float:
        """Largest voltage across a cell that is not selected, either way [V]."""
        across = np.abs(self.solution.device_voltage)
        across[self.row, self.column] = 0.0
        return float(across.max())

    def state_change(
        self, memristor: Memristor, state: FloatArray, *, duration: float
    ) -> FloatArray:
        """How far a pulse moves every cell, as long as that is little.

        Args:
            memristor: what the cells are made of.
            state: of the cells, shape (variables, rows, columns), in the units of the model.
            duration: of the pulse [s].

        Returns:
            Rate at the voltages of the cells times duration, shape (variables, rows, columns); for
            the selected cell, which moves far, an order of magnitude only.
        """
        return np.asarray(duration * memristor.state_rate(self.solution.device_voltage, state))


def write_cell(
    crossbar: Crossbar, row: int, column: int, voltage: float, scheme: WriteScheme
) -> CellWrite:
    """Hold all lines at what a scheme asks for, and solve the array.

    Args:
        crossbar: one array; the cells may be of any kind.
        row: of the selected cell.
        column: of the selected cell.
        voltage: between the selected lines, either way [V].
        scheme: for the other lines.

    Raises:
        InvalidInput: there is no such cell.

    >>> cells = np.full((8, 8), 1e-4)
    >>> crossbar = Crossbar(conductance=cells, r_word_line=2.0, r_bit_line=2.0)
    >>> write = write_cell(crossbar, 0, 7, 1.0, half_voltage())
    >>> f"{write.selected_voltage:.4f} V, others {write.worst_disturbance:.4f} V"
    '0.9913 V, others 0.4983 V'
    """
    if not (0 <= row < crossbar.rows and 0 <= column < crossbar.columns):
        raise InvalidInput(
            f"cell ({row}, {column}) is not in an array of {crossbar.rows} rows and "
            f"{crossbar.columns} columns"
        )
    drive = np.full(crossbar.rows, scheme.word_share * voltage)
    behind = np.full(crossbar.columns, scheme.bit_share * voltage)
    drive[row], behind[column] = voltage, 0.0
    return CellWrite(
        solution=crossbar.solve(drive, bit_line_voltage=behind), row=row, column=column
    )
