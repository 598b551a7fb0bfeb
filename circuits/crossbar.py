"""Crossbar: ohmic cells between word lines and bit lines whose wires have resistance.

Word line i is driven at its left end through one segment of `r_word_line`; further segments lie
between neighbouring cells, and the right end is open. Bit line j has a segment of `r_bit_line`
between neighbouring rows and one more from the last row to ground; its upper end is open. An output
current flows out of a bit line into ground. Row 0 is farthest from ground, column 0 is nearest to
the driver.

Source: topology and reference values of badcrossbar (Joksas & Mehonic, SoftwareX 12, 100617, 2020);
Kirchhoff's laws for the rest.
Holds for: direct current, cells that obey Ohm's law, equal segments along a line.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import splu

from ohmloom import checks
from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.row_sweep import transfer_of_all_rows, transfer_of_single_rows
from ohmloom.errors import InvalidInput, OutOfModelRange

# Beyond this a segment swallows all but 1e-9 of the voltage and float64 keeps too few digits.
_LARGEST_SEGMENT_TO_CELL = 1e9


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossbarSolution:
    """Every current and voltage of one crossbar, for one drive vector or many."""

    output_current: FloatArray
    """Out of each bit line into ground, shape (..., columns) [A]."""
    device_current: FloatArray
    """Through each cell, from word line to bit line, shape (..., rows, columns) [A]."""
    device_voltage: FloatArray
    """Across each cell, word line minus bit line, shape (..., rows, columns) [V]."""
    word_line_voltage: FloatArray
    """At the word-line side of each cell, shape (..., rows, columns) [V]."""
    bit_line_voltage: FloatArray
    """At the bit-line side of each cell, shape (..., rows, columns) [V]. A bit line that touches
    neither ground nor a conducting cell has no defined voltage; it is given as 0."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Crossbar:
    """Cells and wires of one array, or of several arrays of the same shape.

    Raises:
        InvalidInput: a value is not finite or negative, or a shape does not fit.
        OutOfModelRange: a wire segment has 1e9 times the resistance of a cell.

    >>> pair = Crossbar(conductance=[[1e-4], [2e-4]], r_word_line=0.0, r_bit_line=0.0)
    >>> pair.transfer()
    array([[0.0001],
           [0.0002]])
    """

    conductance: FloatArray
    """Of the cells, shape (..., rows, columns) [S]; zero is an open cell."""
    r_word_line: float
    """Resistance of one word-line segment [ohm]."""
    r_bit_line: float
    """Resistance of one bit-line segment [ohm]."""
    connected: BoolArray | None = None
    """Which bit lines lead to ground, shape (columns,); the others float and carry no output
    current. None: all of them."""

    def __post_init__(self) -> None:
        conductance = np.array(checks.not_negative(self.conductance, "conductance"))
        if conductance.ndim < 2 or 0 in conductance.shape[-2:]:
            raise InvalidInput(
                f"conductance must have shape (..., rows, columns) with at least one cell, but has "
                f"{conductance.shape}"
            )
        conductance.flags.writeable = False
        object.__setattr__(self, "conductance", conductance)
        largest = float(conductance.max(initial=0.0))
        for name in ("r_word_line", "r_bit_line"):
            segment = checks.shaped(checks.not_negative(getattr(self, name), name), (), name)
            object.__setattr__(self, name, float(segment))
            if largest > 0.0 and float(segment) > _LARGEST_SEGMENT_TO_CELL / largest:
                raise OutOfModelRange(
                    f"{name} = {float(segment):.3g} ohm is more than 1e9 times the resistance of "
                    f"the best cell, {1.0 / largest:.3g} ohm; check the units of both"
                )
        if self.connected is not None:
            connected = np.array(self.connected)
            if connected.dtype != np.bool_ or connected.shape != (self.columns,):
                raise InvalidInput(
                    f"connected must be a bool array of shape ({self.columns},), but is "
                    f"{connected.dtype} of shape {connected.shape}"
                )
            connected.flags.writeable = False
            object.__setattr__(self, "connected", connected)

    @property
    def rows(self) -> int:
        """Number of word lines."""
        return int(self.conductance.shape[-2])

    @property
    def columns(self) -> int:
        """Number of bit lines."""
        return int(self.conductance.shape[-1])

    def transfer(self) -> FloatArray:
        """Output currents per volt on each row, all other rows held at 0 V.

        `output_current = voltage @ transfer`. Exact up to rounding; see
        `ohmloom.circuits.row_sweep` for the method.

        Returns:
            Shape (..., rows, columns) [S].
        """
        tiles = self.conductance.reshape(-1, self.rows, self.columns)
        transfer = transfer_of_all_rows(
            tiles, self.r_word_line, self.r_bit_line, self._connected_columns()
        )
        return transfer.reshape(self.conductance.shape)

    def transfer_row_by_row(self) -> FloatArray:
        """Output currents per volt on each row, when only that row is selected.

        The access transistors of all other rows are off, so that their cells are open. Entry
        (row, column) is what a 1T1R array gives that is read one row at a time.

        Returns:
            Shape (..., rows, columns) [S].
        """
        tiles = self.conductance.reshape(-1, self.rows, self.columns)
        transfer = transfer_of_single_rows(
            tiles, self.r_word_line, self.r_bit_line, self._connected_columns()
        )
        return transfer.reshape(self.conductance.shape)

    def solve(self, voltage: ArrayLike) -> CrossbarSolution:
        """All currents and voltages, by one sparse factorisation for all drive vectors.

        Args:
            voltage: of the drivers, shape (..., rows) [V].

        Returns:
            Arrays with the leading dimensions of `voltage`.

        Raises:
            InvalidInput: `voltage` does not fit, or the crossbar holds several arrays.
        """
        self._check_single("solve")
        drive = self._checked_voltage(voltage)
        vectors = drive.reshape(-1, self.rows)
        rows, columns, cells = self.rows, self.columns, self.rows * self.columns

        sources = np.zeros((2 * cells, len(vectors)))
        sources[:cells:columns] = vectors.T
        settings = {}
        if self._connected_columns().all():
            # The matrix is then a row-scaled symmetric positive definite one: no pivoting needed.
            settings = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0}
        node_voltage = splu(self._nodal_matrix(), **settings).solve(sources)

        shape = (*drive.shape[:-1], rows, columns)
        word_line = np.ascontiguousarray(node_voltage[:cells].T).reshape(shape)
        bit_line = np.ascontiguousarray(node_voltage[cells:].T).reshape(shape)
        across = word_line - bit_line
        current = self.conductance * across
        return CrossbarSolution(
            output_current=np.where(self._connected_columns(), current.sum(axis=-2), 0.0),
            device_current=current,
            device_voltage=across,
            word_line_voltage=word_line,
            bit_line_voltage=bit_line,
        )

    def netlist(self, voltage: ArrayLike) -> Netlist:
        """The same circuit for a circuit simulator.

        Source `drive{row}` drives each row; source `out{column}`, of 0 V, lies between each
        connected bit line and ground, so that its current is the output current. Wires without
        resistance are one node, open cells are left out, and so is whatever hangs on a single
        connection and carries no current: an absent `out{column}` means 0 A.

        Args:
            voltage: of the drivers, shape (rows,) [V].

        Raises:
            InvalidInput: `voltage` does not fit, the crossbar holds several arrays, or no current
                can flow anywhere.
        """
        self._check_single("netlist")
        drive = checks.shaped(self._checked_voltage(voltage), (self.rows,), "voltage")
        connected = self._connected_columns()
        elements: list[Element] = []
        for row in range(self.rows):
            node = f"d{row}"
            elements.append(
                VoltageSource(
                    name=f"drive{row}", plus=node, minus=GROUND, voltage=float(drive[row])
                )
            )
            for column in range(self.columns if self.r_word_line > 0.0 else 0):
                here = f"w{row}_{column}"
                elements.append(
                    Resistor(
                        name=f"word{row}_{column}",
                        plus=node,
                        minus=here,
                        resistance=self.r_word_line,
                    )
                )
                node = here
        for column in range(self.columns):
            end = f"o{column}"
            if connected[column]:
                elements.append(
                    VoltageSource(name=f"out{column}", plus=end, minus=GROUND, voltage=0.0)
                )
            for row in range(self.rows if self.r_bit_line > 0.0 else 0):
                below = f"b{row + 1}_{column}" if row + 1 < self.rows else end
                elements.append(
                    Resistor(
                        name=f"bit{row}_{column}",
                        plus=f"b{row}_{column}",
                        minus=below,
                        resistance=self.r_bit_line,
                    )
                )
        for row, column in np.argwhere(self.conductance > 0.0):
            elements.append(
                Resistor(
                    name=f"cell{row}_{column}",
                    plus=f"w{row}_{column}" if self.r_word_line > 0.0 else f"d{row}",
                    minus=f"b{row}_{column}" if self.r_bit_line > 0.0 else f"o{column}",
                    resistance=float(1.0 / self.conductance[row, column]),
                )
            )
        return Netlist(
            title=f"crossbar, {self.rows} rows, {self.columns} columns",
            elements=_without_dead_ends(elements),
        )

    def _connected_columns(self) -> BoolArray:
        if self.connected is None:
            return np.ones(self.columns, dtype=np.bool_)
        return self.connected

    def _check_single(self, method: str) -> None:
        if self.conductance.ndim != 2:
            raise InvalidInput(
                f"{method} takes one array of shape (rows, columns), but conductance has shape "
                f"{self.conductance.shape}; call it for one array at a time"
            )

    def _checked_voltage(self, voltage: ArrayLike) -> FloatArray:
        drive = checks.finite(voltage, "voltage")
        if drive.ndim == 0 or drive.shape[-1] != self.rows:
            raise InvalidInput(
                f"voltage must have shape (..., {self.rows}), one value per row, but has "
                f"{drive.shape}"
            )
        return drive

    def _nodal_matrix(self) -> sp.csc_array:
        """Kirchhoff's current law at each node, word lines first, then bit lines, row by row.

        Each equation is multiplied with the resistance of its own wire, so that wires without
        resistance simply make neighbouring voltages equal. In a floating column these equations
        would no longer fix the voltage, so the last is replaced by their sum: no current leaves.
        """
        rows, columns = self.rows, self.columns
        cells = np.arange(rows * columns).reshape(rows, columns)
        word, bit = cells, cells + rows * columns
        floats = ~self._connected_columns()
        column_sum = self.conductance.sum(axis=0)
        last = np.zeros((rows, columns), dtype=np.bool_)
        last[-1] = floats

        entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

        def add(equation: np.ndarray, node: np.ndarray, value: ArrayLike, where: ArrayLike) -> None:
            chosen = np.broadcast_to(np.asarray(where), equation.shape)
            values = np.broadcast_to(np.asarray(value, dtype=np.float64), equation.shape)
            entries.append((equation[chosen], node[chosen], values[chosen]))

        to_cell = self.r_word_line * self.conductance
        add(word, word, 1.0 + to_cell, where=True)
        add(word, bit, -to_cell, where=True)
        add(word[:, :-1], word[:, :-1], 1.0, where=True)
        add(word[:, :-1], word[:, 1:], -1.0, where=True)
        add(word[:, 1:], word[:, :-1], -1.0, where=True)

        to_cell = self.r_bit_line * self.conductance
        add(bit, bit, 1.0 + to_cell, where=~last)
        add(bit, word, -to_cell, where=~last)
        add(bit[1:], bit[1:], 1.0, where=~last[1:])
        add(bit[:-1], bit[1:], -1.0, where=True)
        add(bit[1:], bit[:-1], -1.0, where=~last[1:])

        bottom = np.broadcast_to(bit[-1], (rows, columns))
        live = floats & (column_sum > 0.0)
        share = self.conductance / np.where(column_sum > 0.0, column_sum, 1.0)
        add(bottom, bit, share, where=live)
        add(bottom, word, -share, where=live)
        add(bit[-1], bit[-1], 1.0, where=floats & ~live)

        equation, node, value = (np.concatenate(part) for part in zip(*entries, strict=True))
        return sp.coo_array((value, (equation, node)), shape=(2 * cells.size,) * 2).tocsc()


def _without_dead_ends(elements: list[Element]) -> tuple[Element, ...]:
    """Drop, again and again, what hangs on a node that nothing else touches."""
    touching: dict[str, list[int]] = {}
    for index, element in enumerate(elements):
        for node in element.nodes:
            touching.setdefault(node, []).append(index)
    ends = [node for node, at in touching.items() if len(at) == 1 and node != GROUND]
    dropped: set[int] = set()
    while ends:
        for index in touching[ends.pop()]:
            if index in dropped:
                continue
            dropped.add(index)
            for node in elements[index].nodes:
                left = [at for at in touching[node] if at not in dropped]
                if len(left) == 1 and node != GROUND:
                    ends.append(node)
    return tuple(element for index, element in enumerate(elements) if index not in dropped)
