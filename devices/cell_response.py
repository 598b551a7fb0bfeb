"""`CellResponse`: what pulses and rest do to the cells of an array.

A cell keeps a few numbers, its state. For most models the state is the conductance itself; for a
physical memristor it is whatever that model keeps. What differs from cell to cell is drawn once, by
whoever makes the array, and handed in as `cells`: one array, or one number, for each name.

Arrays of states have the variables along their first axis, shape (variables, cells).
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from ohmloom.arrays import Array, BoolArray, FloatArray
from ohmloom.randomness import Draws

Cells: TypeAlias = Mapping[str, Array]
"""Mismatch by name: for each, one number for all cells or one for each, shape (cells,)."""


class CellResponse(Protocol):
    """How the cells of an array answer pulses."""

    @property
    def variables(self) -> int:
        """How many numbers a cell keeps."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that `cells` must hold."""
        ...

    @property
    def state_is_conductance(self) -> bool:
        """Whether the one number that a cell keeps is its conductance [S].

        Statistics of programmed conductance can move it then while it rests.
        """
        ...

    @property
    def keeps_still_cells(self) -> bool:
        """Whether `pulse` leaves cells at zero volt exactly as they were.

        Such a response is handed whole stretches of neighbours, those that are not meant at zero
        volt, which is faster for a compiled loop than scattered cells.
        """
        ...

    def state_at(self, conductance: FloatArray, *, cells: Cells) -> FloatArray:
        """The state in which cells have a conductance, shape (variables, cells).

        Args:
            conductance: wanted, shape (cells,) [S].
            cells: mismatch of these cells.

        Raises:
            OutOfModelRange: a cell cannot have that conductance.
        """
        ...

    def conductance(self, state: FloatArray, *, cells: Cells) -> FloatArray:
        """The conductance of cells in a state, shape (cells,) [S].

        Args:
            state: shape (variables, cells).
            cells: mismatch of these cells.
        """
        ...

    def moves(self, voltage: FloatArray) -> BoolArray:
        """Which pulses move a cell at all, shaped as `voltage`.

        Args:
            voltage: of the pulse, any shape [V].
        """
        ...

    def pulse(
        self,
        state: FloatArray,
        voltage: FloatArray,
        width: float,
        *,
        cells: Cells,
        temperature: float,
        rng: Draws,
    ) -> FloatArray:
        """The state after one pulse, shape (variables, cells).

        Args:
            state: before the pulse, shape (variables, cells); it may be changed in place.
            voltage: of the pulse on each cell, shape (cells,): above zero SET, below RESET [V].
            width: duration of the pulse [s].
            cells: mismatch of these cells.
            temperature: around the cells [K].
            rng: the stream that the life of the cells draws from.
        """
        ...

    def rest(
        self, state: FloatArray, seconds: FloatArray, *, cells: Cells, temperature: float
    ) -> FloatArray:
        """The state after a time without voltage, shape (variables, cells).

        Args:
            state: before, shape (variables, cells); it may be changed in place.
            seconds: how long each cell rests, shape (cells,) [s].
            cells: mismatch of these cells.
            temperature: around the cells [K].
        """
        ...
