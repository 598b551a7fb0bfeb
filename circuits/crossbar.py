"""Crossbar: cells between word lines and bit lines whose wires have resistance.

Word line i is driven at its left end through one segment of `r_word_line`; further segments lie
between neighbouring cells, and the right end is open. Bit line j has a segment of `r_bit_line`
between neighbouring rows and one more from the last row to ground; its upper end is open. An output
current flows out of a bit line into ground. Row 0 is farthest from ground, column 0 is nearest to
the driver. Lines may be driven and grounded at their other end instead, or at both, and may float.

Exact: the circuit is solved, not approximated, whatever the wires take. `transfer` gives the matrix
that the array computes with (`ohmloom.circuits.crossbar_solver.merge_tree`); `solve` gives every
voltage, current and power (`ohmloom.circuits.crossbar_solver.line_cg`).

Source: topology and reference values of badcrossbar (Joksas & Mehonic, SoftwareX 12, 100617, 2020);
Kirchhoff's laws for the rest.
Holds for: direct current.
"""

import dataclasses
import sys
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ohmloom import checks
from ohmloom.arrays import Array, BoolArray, FloatArray
from ohmloom.circuits.crossbar_cells.cell_law import CellLaw
from ohmloom.circuits.crossbar_netlist import crossbar_netlist
from ohmloom.circuits.crossbar_solution import CrossbarSolution, solution_from_voltages
from ohmloom.circuits.crossbar_solver.line_cg import MOST_KEPT
from ohmloom.circuits.crossbar_solver.linear_read import linear_outputs, linear_voltages
from ohmloom.circuits.crossbar_solver.merge_tree import transfer_by_merging
from ohmloom.circuits.crossbar_solver.newton import solve_cells
from ohmloom.circuits.crossbar_solver.reprogramming import updated_transfer
from ohmloom.circuits.crossbar_solver.single_rows import transfer_of_single_rows
from ohmloom.circuits.crossbar_solver.wire_segments import (
    WireSegments,
    negligible_resistance,
    wire_segments,
)
from ohmloom.circuits.crossbar_wires import (
    CrossbarWires,
    EvenWires,
    even_segments,
    even_wires,
    uneven_wires,
)
from ohmloom.circuits.netlist import Netlist
from ohmloom.errors import InvalidInput, OutOfModelRange

# Beyond this a segment swallows all but 1e-9 of the voltage; it is surely a mistake.
_LARGEST_SEGMENT_TO_CELL = 1e9
_FEW = 8
"""So many drive vectors are solved one by one; for more the effective matrix is computed first."""


class WordLineEnds(Enum):
    """Where word lines are driven."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class BitLineEnds(Enum):
    """Where bit lines lead to ground."""

    TOP = "top"
    BOTTOM = "bottom"
    BOTH = "both"


@dataclass(frozen=True, kw_only=True, eq=False)
class Crossbar:
    """Cells and wires of one array, or of several arrays of the same shape.

    Raises:
        InvalidInput: a value is not finite or negative, or a shape does not fit.
        OutOfModelRange: a wire segment has 1e9 times the resistance of a cell.

    >>> pair = Crossbar(conductance=[[1e-4], [2e-4]], r_word_line=0.0, r_bit_line=0.0)
    >>> pair.transfer()
    array([[1.e-04],
           [2.e-04]])
    """

    conductance: Array
    """Of the cells, shape (..., rows, columns) [S]; zero is an open cell. A torch tensor makes
    `transfer` and `output_current` work in torch, on its device, differentiable; resistances may
    then be tensors as well."""
    r_word_line: float | Array
    """Resistance of the word-line segments [ohm]: one number, one for each line, shape (rows,), or
    one for each segment, from the left end to the right end, shape (rows, columns + 1). The segment
    at an open end is not used."""
    r_bit_line: float | Array
    """Resistance of the bit-line segments [ohm]: one number, one for each line, shape (columns,),
    or one for each segment, from top to bottom, shape (rows + 1, columns)."""
    connected: BoolArray | None = None
    """Which bit lines lead to ground, shape (columns,); the others float and carry no output
    current. None: all of them."""
    driven: BoolArray | None = None
    """Which word lines are driven, shape (rows,); the others float. None: all of them."""
    driven_at: WordLineEnds = WordLineEnds.LEFT
    """Where the drivers of the word lines are."""
    grounded_at: BitLineEnds = BitLineEnds.BOTTOM
    """Where bit lines lead to ground, or to a virtual ground that measures their current."""
    r_source: float | Array = 0.0
    """Resistance of every driver, one number or shape (rows,) [ohm]."""
    r_sense: float | Array = 0.0
    """Between each end of a bit line and ground, one number or shape (columns,) [ohm]."""
    cells: CellLaw | None = None
    """What the cells carry where they do not obey Ohm's law; `conductance` is then their slope
    without a voltage, as `Crossbar.of_cells` finds it."""

    _tiles: FloatArray = field(init=False, repr=False)
    """The same conductances, shape (tiles, rows, columns) [S]."""

    def __post_init__(self) -> None:
        if self._in_torch:
            self._check_tensors()
            return
        conductance = np.array(checks.not_negative(self.conductance, "conductance"))
        if conductance.ndim < 2 or 0 in conductance.shape[-2:]:
            raise InvalidInput(
                f"conductance must have shape (..., rows, columns) with at least one cell, but has "
                f"{conductance.shape}"
            )
        # The solvers take what may be written to, for their loops to be compiled only once.
        object.__setattr__(self, "_tiles", conductance.reshape(-1, *conductance.shape[-2:]))
        self._keep("conductance", conductance.view())
        rows, columns = self.rows, self.columns
        self._keep_resistance("r_word_line", (rows,), (rows, columns + 1))
        self._keep_resistance("r_bit_line", (columns,), (rows + 1, columns))
        self._keep_resistance("r_source", (rows,))
        self._keep_resistance("r_sense", (columns,))
        self._keep_mask("connected", columns)
        self._keep_mask("driven", rows)
        if self.cells is not None and self.cells.shape != conductance.shape:
            raise InvalidInput(
                f"cells of shape {self.cells.shape} do not fit a conductance of shape "
                f"{conductance.shape}; make the crossbar with Crossbar.of_cells"
            )

    @classmethod
    def of_cells(cls, cells: CellLaw, **wires: Any) -> "Crossbar":
        """A crossbar of cells that do not obey Ohm's law.

        Args:
            cells: such as those of `ohmloom.circuits.crossbar_cells`.
            wires: every other field of `Crossbar`.

        >>> from ohmloom.circuits.crossbar_cells.two_terminal import SinhLaw, TwoTerminalCells
        >>> law = SinhLaw(conductance=np.full((2, 1), 1e-5), steepness=2.0)
        >>> cells = TwoTerminalCells(law=law)
        >>> crossbar = Crossbar.of_cells(cells, r_word_line=0.0, r_bit_line=0.0)
        >>> current = crossbar.solve([0.2, 0.4]).output_current
        >>> f"{current[0]:.3e} A"  # 10 uS (sinh 0.4 + sinh 0.8) / (2 / V)
        '6.494e-06 A'
        """
        still = np.zeros(cells.shape)
        slope = cells.response(still, still, cells.first_inner(still, still)).word_slope
        return cls(conductance=slope, cells=cells, **wires)

    @property
    def rows(self) -> int:
        """Number of word lines."""
        return int(self.conductance.shape[-2])

    @property
    def columns(self) -> int:
        """Number of bit lines."""
        return int(self.conductance.shape[-1])

    @property
    def wires(self) -> CrossbarWires:
        """Resistance of every segment, with what lies behind the ends."""
        if self._in_torch:
            from ohmloom.circuits.crossbar_solver.torch_read import (  # noqa: PLC0415  slow to load
                tensor_wires,
            )

            return tensor_wires(self.conductance, self._resistances, self._open_ends())
        return self._wires

    @cached_property
    def _wires(self) -> CrossbarWires:
        even = self._even_wires
        if even is not None and self._few_cells:
            return even_wires(even)
        return uneven_wires((self.rows, self.columns), self._resistances, *self._open_ends())

    @property
    def _even_wires(self) -> EvenWires | None:
        """The wires in a few numbers; None where lines differ."""
        if self.driven is not None or self.connected is not None:
            return None
        word, bit, source, sense = self._resistances
        if not (
            isinstance(word, float)
            and isinstance(bit, float)
            and isinstance(source, float)
            and isinstance(sense, float)
        ):
            return None
        return EvenWires(
            rows=self.rows,
            columns=self.columns,
            resistances=(word, bit, source, sense),
            open_sides=(
                self.driven_at is WordLineEnds.RIGHT,
                self.driven_at is WordLineEnds.LEFT,
                self.grounded_at is BitLineEnds.BOTTOM,
                self.grounded_at is BitLineEnds.TOP,
            ),
        )

    @property
    def _few_cells(self) -> bool:
        """Whether the wires may be kept for the next array."""
        return self.rows * self.columns <= MOST_KEPT

    def _open_ends(self) -> tuple[BoolArray, BoolArray]:
        """Ends that lead nowhere: left and right, (rows, 2); top and bottom, (2, columns)."""
        word = np.zeros((self.rows, 2), dtype=np.bool_)
        bit = np.zeros((2, self.columns), dtype=np.bool_)
        word[:, 0] = self.driven_at is WordLineEnds.RIGHT
        word[:, 1] = self.driven_at is WordLineEnds.LEFT
        bit[0] = self.grounded_at is BitLineEnds.BOTTOM
        bit[1] = self.grounded_at is BitLineEnds.TOP
        if self.driven is not None:
            word[~self.driven] = True
        if self.connected is not None:
            bit[:, ~self.connected] = True
        return word, bit

    def transfer(self, *, threads: int = 1, single_precision: bool = False) -> Array:
        """Output currents per volt on each row, all other rows held at 0 V.

        `output_current = voltage @ transfer`. Exact up to rounding, entry by entry. Computed once:
        asking again costs nothing.

        Args:
            threads: arrays that are worked on at the same time.
            single_precision: compute in float32 what takes the time in arrays of more than 64 rows
                or columns: a third less for large ones, errors below 1e-5 of the largest entry.
                Such a result is not kept.

        Returns:
            Shape (..., rows, columns), not to be written to [S]. In torch of the kind and on the
            device of `conductance`, differentiable, and not kept.

        Raises:
            InvalidInput: less than one thread, or cells that are not ohmic.
        """
        self._check_ohmic("transfer")
        if self._in_torch:
            from ohmloom.circuits.crossbar_solver.torch_read import (  # noqa: PLC0415  slow to load
                tensor_transfer,
            )

            return tensor_transfer(self.conductance, self.wires)
        if threads < 1:
            raise InvalidInput(f"at least one thread is needed, but {threads} were asked for")
        known: FloatArray | None = self.__dict__.get("_transfer")
        if known is None:
            known = transfer_by_merging(
                self._tiles, self._segments, threads=threads, single_precision=single_precision
            ).reshape(self.conductance.shape)
            if not single_precision:
                self._keep("_transfer", known)
        return known

    def transfer_row_by_row(self) -> FloatArray:
        """Output currents per volt on each row, when only that row is selected.

        The access transistors of all other rows are off, so that their cells are open. Entry
        (row, column) is what a 1T1R array gives that is read one row at a time.

        Returns:
            Shape (..., rows, columns) [S].

        Raises:
            InvalidInput: cells that are not ohmic.
        """
        self._check_ohmic("transfer_row_by_row")
        self._check_numpy("transfer_row_by_row")
        transfer = transfer_of_single_rows(self._tiles, self._segments)
        return transfer.reshape(self.conductance.shape)

    def reprogrammed(
        self, rows: ArrayLike, columns: ArrayLike, conductance: ArrayLike
    ) -> "Crossbar":
        """The same array with some cells programmed anew.

        Where the effective matrix is known, that of the new array follows from it without starting
        again, for up to `ohmloom.circuits.crossbar_solver.reprogramming.MOST_CELLS` cells. Each
        time this adds a rounding of some 1e-13.

        Args:
            rows: of the cells, shape (cells,).
            columns: of the cells, shape (cells,).
            conductance: what they have now, shape (cells,) [S].

        Raises:
            InvalidInput: a cell is not in the array, or is named twice, or a value does not fit.

        >>> array = Crossbar(conductance=np.full((3, 2), 1e-4), r_word_line=1.0, r_bit_line=1.0)
        >>> before = array.transfer()[2, 1]
        >>> array.reprogrammed([2], [1], [5e-5]).transfer()[2, 1] / before < 0.51
        np.True_
        """
        self._check_single("reprogrammed")
        self._check_ohmic("reprogrammed")
        cells = np.column_stack([np.atleast_1d(rows), np.atleast_1d(columns)])
        shape = (self.rows, self.columns)
        if (
            not np.issubdtype(cells.dtype, np.integer)
            or (cells < 0).any()
            or (cells >= shape).any()
        ):
            raise InvalidInput(f"cells must be whole numbers within an array of shape {shape}")
        if len(np.unique(cells, axis=0)) < len(cells):
            raise InvalidInput("a cell is named more than once; give every cell one conductance")
        wanted = checks.shaped(
            checks.not_negative(np.atleast_1d(conductance), "conductance"), (len(cells),),
            "conductance",
        )  # fmt: skip
        at = tuple(cells.T)
        changed = self.conductance.copy()
        changed[at] = wanted
        result = dataclasses.replace(self, conductance=changed)
        if "_transfer" in self.__dict__:
            known = updated_transfer(
                self.transfer(),
                self._tiles[0],
                self._segments,
                cells,
                wanted - self.conductance[at],
            )
            if known is not None:
                result._keep("_transfer", known.copy())
        return result

    def output_current(self, voltage: Array) -> Array:
        """Output currents alone, by whatever is fastest for so many drive vectors.

        Args:
            voltage: of the drivers, shape (..., rows); for several arrays (..., vectors, rows),
                whose leading dimensions broadcast with those of the arrays [V].

        Returns:
            Shape (..., columns) [A]. In torch differentiable with respect to conductances,
            resistances and voltages: up to 64 vectors on the processor by implicit differentiation,
            once, for the price of a second solution; else through all of `transfer`.

        Raises:
            InvalidInput: `voltage` does not fit.
        """
        if self._in_torch:
            return self._output_in_torch(voltage)
        drive = self._checked_voltage(voltage)
        if self.cells is not None:
            return self.solve(drive).output_current
        few = drive.size <= _FEW * self.rows
        if few and self.conductance.ndim == 2 and "_transfer" not in self.__dict__:
            vectors = drive.reshape(-1, self.rows)
            current = linear_outputs(self._tiles[0], self._segments, vectors)
            return current.reshape(*drive.shape[:-1], self.columns)
        return np.asarray(drive @ self.transfer())

    def solve(
        self, voltage: ArrayLike, *, bit_line_voltage: ArrayLike | None = None
    ) -> CrossbarSolution:
        """All currents and voltages.

        Args:
            voltage: of the drivers, shape (..., rows); for several arrays (..., vectors, rows),
                whose leading dimensions broadcast with those of the arrays [V].
            bit_line_voltage: what the bit lines lead to, shape (..., columns), which broadcasts
                with `voltage`; ground when None [V].

        Returns:
            Arrays with the leading dimensions of `voltage`, broadcast with those of the arrays.

        Raises:
            InvalidInput: a voltage does not fit.
            SimulatorError: cells that are not ohmic have no solution, or it was not found.
        """
        self._check_numpy("solve")
        drive = self._checked_voltage(voltage)
        behind, leading = None, drive.shape[:-1]
        if bit_line_voltage is not None:
            behind = self._checked_bit_voltage(bit_line_voltage)
            leading = np.broadcast_shapes(leading, behind.shape[:-1])
        tiles = self.conductance.shape[:-2]
        over_tiles, over_vectors = self._split(leading)
        leading = (*over_tiles, *over_vectors)
        drive = np.broadcast_to(drive, (*leading, self.rows))
        vectors = drive.reshape(*over_tiles, -1, self.rows)
        sense = np.zeros(self.columns)
        if behind is not None:
            sense = np.broadcast_to(behind, (*leading, self.columns))
            behind = sense.reshape(*over_tiles, -1, self.columns)
        number = np.broadcast_to(np.arange(len(self._tiles)).reshape(tiles), over_tiles)
        found = [
            self._solve_one(int(number[at]), vectors[at], None if behind is None else behind[at])
            for at in np.ndindex(over_tiles)
        ]

        def together(place: int) -> FloatArray:
            parts = [each[place] for each in found]
            whole = parts[0] if len(parts) == 1 else np.stack(parts)
            return whole.reshape(*leading, self.rows, self.columns)

        slope = self.conductance.reshape(*tiles, *(1,) * len(over_vectors), self.rows, -1)
        return solution_from_voltages(
            word=together(0),
            bit=together(1),
            current=together(2),
            slope=slope if self.cells is None else together(3),
            drive=drive,
            sense=sense,
            wires=self.wires,
        )

    def _split(self, leading: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of the leading dimensions, those of the arrays, and those of the vectors of one."""
        tiles = self.conductance.shape[:-2]
        if not tiles:
            return (), leading
        try:
            return np.broadcast_shapes(leading[:-1], tiles), leading[-1:]
        except ValueError as error:
            raise InvalidInput(
                f"voltages for {tiles} arrays must have shape (..., vectors, {self.rows}), whose "
                f"leading dimensions broadcast with {tiles}, but these are {leading}"
            ) from error

    def _solve_one(
        self, tile: int, vectors: FloatArray, behind: FloatArray | None
    ) -> tuple[FloatArray, ...]:
        """Voltages at both lines, and currents; of cells that are not ohmic their slopes too."""
        if self.cells is None:
            conductance = self._tiles[tile]
            word, bit = linear_voltages(conductance, self._segments, vectors, behind)
            return word, bit, conductance * (word - bit)
        sense = np.zeros((len(vectors), self.columns)) if behind is None else behind
        found = [
            solve_cells(self.cells, self._segments, drive, below)
            for drive, below in zip(vectors, sense, strict=True)
        ]
        names = ("word", "bit", "current", "slope")
        return tuple(np.stack([getattr(each, name) for each in found]) for name in names)

    def netlist(self, voltage: ArrayLike, *, bit_line_voltage: ArrayLike | None = None) -> Netlist:
        """The same circuit for a circuit simulator.

        Source `drive{row}` drives each row; source `out{column}` lies between each connected bit
        line and ground, so that its current is the output current. Wires without resistance are one
        node, open cells are left out, and so is whatever hangs on a single connection and carries
        no current: an absent `out{column}` means 0 A.

        Args:
            voltage: of the drivers, shape (rows,) [V].
            bit_line_voltage: what the bit lines lead to, shape (columns,); ground when None [V].

        Raises:
            InvalidInput: a voltage does not fit, the crossbar holds several arrays, no current can
                flow anywhere, or cells are not ohmic.
        """
        self._check_single("netlist")
        self._check_ohmic("netlist")
        drive = checks.shaped(self._checked_voltage(voltage), (self.rows,), "voltage")
        behind = np.zeros(self.columns)
        if bit_line_voltage is not None:
            behind = self._checked_bit_voltage(bit_line_voltage)
            checks.shaped(behind, (self.columns,), "bit_line_voltage")
        return crossbar_netlist(self.conductance, self.wires, drive, behind)

    @cached_property
    def _segments(self) -> WireSegments:
        negligible = negligible_resistance(self.rows * self.columns, self._largest)
        even = self._even_wires
        if even is not None and self._few_cells:
            # Above it, what is negligible makes no difference.
            enough = min(even.resistances[:2]) >= negligible
            return even_segments(even, 0.0 if enough else negligible)
        return wire_segments(self.wires.word, self.wires.bit, negligible=negligible)

    def _keep(self, name: str, value: FloatArray | BoolArray) -> None:
        """Store an array that nobody changes afterwards."""
        value.flags.writeable = False
        object.__setattr__(self, name, value)

    def _keep_resistance(self, name: str, *shapes: tuple[int, ...]) -> None:
        given = getattr(self, name)
        if type(given) is float and 0.0 <= given <= self._largest_segment:
            return
        value = np.array(checks.not_negative(given, name))
        if value.shape not in {(), *shapes}:
            raise InvalidInput(
                f"{name} must be one number or have shape {' or '.join(map(str, shapes))}, but has "
                f"shape {value.shape}"
            )
        if value.max() > self._largest_segment:
            best = _LARGEST_SEGMENT_TO_CELL / self._largest_segment
            raise OutOfModelRange(
                f"{name} = {value.max():.3g} ohm is more than 1e9 times the resistance of the best "
                f"cell, {1.0 / best:.3g} ohm; check the units of both"
            )
        if value.ndim == 0:
            object.__setattr__(self, name, float(value))
        else:
            self._keep(name, value)

    def _keep_mask(self, name: str, lines: int) -> None:
        if getattr(self, name) is None:
            return
        mask = np.array(getattr(self, name))
        if mask.dtype != np.bool_ or mask.shape != (lines,):
            raise InvalidInput(
                f"{name} must be a bool array of shape ({lines},), but is {mask.dtype} of shape "
                f"{mask.shape}"
            )
        self._keep(name, mask)

    @cached_property
    def _largest(self) -> float:
        """Conductance of the best cell [S]."""
        return float(self.conductance.max(initial=0.0))

    @cached_property
    def _largest_segment(self) -> float:
        """Beyond this a segment swallows all but 1e-9 of the voltage [ohm]."""
        largest = self._largest
        return _LARGEST_SEGMENT_TO_CELL / largest if largest > 0.0 else sys.float_info.max

    @property
    def _resistances(self) -> tuple[Array, Array, Array, Array]:
        return self.r_word_line, self.r_bit_line, self.r_source, self.r_sense

    @property
    def _in_torch(self) -> bool:
        return hasattr(self.conductance, "requires_grad")

    def _check_tensors(self) -> None:
        shape = tuple(self.conductance.shape)
        if len(shape) < 2 or 0 in shape[-2:] or not self.conductance.is_floating_point():
            raise InvalidInput(
                f"conductance must be a tensor of floating point numbers of shape "
                f"(..., rows, columns), but is {self.conductance.dtype} of shape {shape}"
            )
        right = (self.conductance >= 0.0) & self.conductance.isfinite()
        if not bool(right.all()):
            raise InvalidInput("conductance must be finite and not negative, but is not somewhere")
        if self.cells is not None:
            raise InvalidInput("cells that are not ohmic cannot be solved in torch; use numpy")
        self._keep_mask("connected", self.columns)
        self._keep_mask("driven", self.rows)
        from ohmloom.circuits.crossbar_solver.torch_read import (  # noqa: PLC0415  slow to load
            checked_resistances,
        )

        checked_resistances(self.conductance, self._resistances)

    def _output_in_torch(self, voltage: Array) -> Array:
        import torch  # noqa: PLC0415  loads only for crossbars of tensors

        from ohmloom.circuits.crossbar_solver.torch_read import tensor_read  # noqa: PLC0415

        drive = torch.as_tensor(
            voltage, dtype=self.conductance.dtype, device=self.conductance.device
        )
        if drive.ndim == 0 or drive.shape[-1] != self.rows:
            raise InvalidInput(
                f"voltage must have shape (..., {self.rows}), one value per row, but has "
                f"{tuple(drive.shape)}"
            )
        return tensor_read(self.conductance, self.wires, drive)

    def _check_ohmic(self, method: str) -> None:
        if self.cells is not None:
            raise InvalidInput(
                f"{method} needs ohmic cells, whose currents add up drive by drive, but the cells "
                f"are {type(self.cells).__name__}; use solve for each drive"
            )

    def _check_numpy(self, method: str) -> None:
        if self._in_torch:
            raise InvalidInput(
                f"{method} works on numpy arrays; make the crossbar of tensors in torch one of "
                f"conductance.detach().cpu().numpy()"
            )

    def _check_single(self, method: str) -> None:
        self._check_numpy(method)
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

    def _checked_bit_voltage(self, voltage: ArrayLike) -> FloatArray:
        behind = checks.finite(voltage, "bit_line_voltage")
        if behind.ndim == 0 or behind.shape[-1] != self.columns:
            raise InvalidInput(
                f"bit_line_voltage must have shape (..., {self.columns}), one value per column, "
                f"but has {behind.shape}"
            )
        return behind
