"""`CellLaw`: what the cells of a crossbar carry, and how that changes with the voltages.

A cell lies between its word line and its bit line and may have a node of its own inside. The solver
asks for currents and slopes at given voltages, and eliminates the inner nodes cell by cell.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ohmloom.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class InnerStep:
    """How an inner node follows the lines: shift + by_word dw + by_bit db."""

    shift: FloatArray
    """What it moves by when the lines stand still, shape (rows, columns) [V]."""
    by_word: FloatArray
    """Per volt of the word line, shape (rows, columns) [1]."""
    by_bit: FloatArray
    """Per volt of the bit line, shape (rows, columns) [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CellResponse:
    """Currents and slopes of all cells, each of shape (rows, columns)."""

    from_word: FloatArray
    """Out of the word line [A]."""
    into_bit: FloatArray
    """Into the bit line; the same, unless an inner node is not balanced yet [A]."""
    balanced: FloatArray
    """What both become when the inner node gives way; the same again without one [A]."""
    word_slope: FloatArray
    """Of the balanced current with the voltage of the word line, above zero [S]."""
    bit_slope: FloatArray
    """Of the balanced current against the voltage of the bit line, above zero; the same array as
    `word_slope` where only the difference of both voltages matters [S]."""
    steepest: FloatArray
    """Largest slope of anything in the cell: a voltage that is rounded changes currents by no more
    than this [S]."""
    inner: InnerStep | None
    """How the inner nodes follow; None without inner nodes."""


@runtime_checkable
class CellLaw(Protocol):
    """The cells of one array."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    def first_inner(self, word: FloatArray, bit: FloatArray) -> FloatArray | None:
        """Where the inner nodes begin, shape (rows, columns); None without inner nodes [V].

        Args:
            word: along the word lines, shape (rows, columns) [V].
            bit: along the bit lines, shape (rows, columns) [V].
        """
        ...

    def response(self, word: FloatArray, bit: FloatArray, inner: FloatArray | None) -> CellResponse:
        """Currents and slopes.

        Args:
            word: along the word lines, shape (rows, columns) [V].
            bit: along the bit lines, shape (rows, columns) [V].
            inner: of the inner nodes, shape (rows, columns), None without inner nodes [V].
        """
        ...


def two_terminal_response(current: FloatArray, slope: FloatArray) -> CellResponse:
    """The response of cells whose current depends on the voltage across them alone.

    Args:
        current: shape (rows, columns) [A].
        slope: its derivative, shape (rows, columns) [S].
    """
    return CellResponse(
        from_word=current,
        into_bit=current,
        balanced=current,
        word_slope=slope,
        bit_slope=slope,
        steepest=slope,
        inner=None,
    )


def series_response(
    upper: FloatArray,
    upper_slope: FloatArray,
    lower: FloatArray,
    lower_slope: FloatArray,
    bit_slope: FloatArray,
) -> CellResponse:
    """The response of two elements in series: word line - upper - inner node - lower - bit line.

    The current into the inner node, f, is brought to zero by the inner node, to first order.

    Args:
        upper: current of the upper element, which depends on the voltage across it [A].
        upper_slope: its derivative [S].
        lower: current of the lower element [A].
        lower_slope: its derivative with the voltage of the inner node [S].
        bit_slope: its derivative against the voltage of the bit line [S].
    """
    total = upper_slope + lower_slope
    share = upper_slope / total
    shift = (upper - lower) / total
    return CellResponse(
        from_word=upper,
        into_bit=lower,
        balanced=upper - upper_slope * shift,
        word_slope=share * lower_slope,
        bit_slope=share * bit_slope,
        steepest=np.maximum(upper_slope, lower_slope),
        inner=InnerStep(shift=shift, by_word=share, by_bit=bit_slope / total),
    )
