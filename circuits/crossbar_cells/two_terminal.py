"""Cells of two terminals: ohmic, sinh, cubic, and any memristor in a state that stays."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ohmloom import checks
from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_cells.cell_law import CellResponse, two_terminal_response
from ohmloom.devices.memristor import Memristor
from ohmloom.errors import InvalidInput

_STEP = 1e-6
"""Distance between the voltages of a numerical slope, of one volt."""


class TwoTerminalLaw(Protocol):
    """A current that depends on the voltage across the cell alone."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Current [A] and its derivative [S].

        Args:
            voltage: across the cells, shape (rows, columns) [V].
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoTerminalCells:
    """Cells of a crossbar that follow one law."""

    law: TwoTerminalLaw
    """Of all cells."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.law.shape

    def first_inner(self, word: FloatArray, bit: FloatArray) -> None:
        """No inner nodes."""

    def response(
        self,
        word: FloatArray,
        bit: FloatArray,
        inner: FloatArray | None,  # noqa: ARG002  there are no inner nodes
    ) -> CellResponse:
        """Currents and slopes at given voltages."""
        return two_terminal_response(*self.law.current_and_slope(word - bit))


@dataclass(frozen=True, kw_only=True, eq=False)
class OhmicLaw:
    """G v: what a selector or a transistor may be in series with."""

    conductance: FloatArray
    """G, shape (rows, columns) [S]."""

    def __post_init__(self) -> None:
        _keep_cells(self, "conductance")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return _shape(self.conductance)

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Current [A] and its derivative [S] at `voltage`, shape (rows, columns) [V]."""
        return self.conductance * voltage, self.conductance


@dataclass(frozen=True, kw_only=True, eq=False)
class SinhLaw:
    """G sinh(a v) / a: hopping and barriers, symmetric in the voltage."""

    conductance: FloatArray
    """G, at zero volt, shape (rows, columns) [S]."""
    steepness: float
    """a, above zero [1/V]."""

    def __post_init__(self) -> None:
        _keep_cells(self, "conductance")
        if not self.steepness > 0.0:
            raise InvalidInput(
                f"steepness must be above zero, but is {self.steepness} 1/V; use OhmicLaw"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return _shape(self.conductance)

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Current [A] and its derivative [S] at `voltage`, shape (rows, columns) [V]."""
        # sinh and cosh from one exponential; expm1 keeps the digits of small voltages.
        growth = np.abs(voltage)
        growth *= self.steepness
        np.expm1(growth, out=growth)
        back = growth / (1.0 + growth)
        current = growth + back
        current *= self.conductance
        current *= 0.5 / self.steepness
        np.copysign(current, voltage, out=current)
        growth -= back
        growth *= 0.5
        growth += 1.0
        growth *= self.conductance
        return current, growth


@dataclass(frozen=True, kw_only=True, eq=False)
class CubicLaw:
    """G (v + c v^3)."""

    conductance: FloatArray
    """G, at zero volt, shape (rows, columns) [S]."""
    cubic: float
    """c; below zero the current falls again beyond v = 1 / sqrt(-3 c) [1/V2]."""

    def __post_init__(self) -> None:
        _keep_cells(self, "conductance")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return _shape(self.conductance)

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Current [A] and its derivative [S] at `voltage`, shape (rows, columns) [V]."""
        square = self.cubic * voltage * voltage
        current = self.conductance * (voltage + square * voltage)
        return current, self.conductance * (1.0 + 3.0 * square)


@dataclass(frozen=True, kw_only=True, eq=False)
class FrozenMemristor:
    """Any memristor, read so fast that its state stays."""

    memristor: Memristor
    """One device, or many: a parameter may have shape (rows, columns)."""
    state: FloatArray
    """Of every cell, shape (variables, rows, columns), in the units of the model."""

    def __post_init__(self) -> None:
        state = np.array(checks.finite(self.state, "state"))
        variables = len(self.memristor.state_variables)
        checks.shaped(state, (variables, None, None), "state")
        object.__setattr__(self, "state", state)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return _shape(self.state[0])

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Current [A] and its derivative [S] at `voltage`, shape (rows, columns) [V]."""
        nearby = np.stack([voltage, voltage - _STEP, voltage + _STEP])
        here, below, above = self.memristor.current(nearby, self.state[:, None])
        return here, (above - below) / (2.0 * _STEP)


def _keep_cells(law: OhmicLaw | SinhLaw | CubicLaw, name: str) -> None:
    value = np.array(checks.not_negative(getattr(law, name), name))
    object.__setattr__(law, name, checks.shaped(value, (None, None), name))


def _shape(cells: FloatArray) -> tuple[int, int]:
    rows, columns = cells.shape
    return rows, columns
