"""The wires of a crossbar as the solvers see them: one number for each segment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ohmloom.arrays import FloatArray

_NOTHING = 1e-25
"""Resistance of a segment without resistance, as a share of the smallest that could matter."""

OpenSides = tuple[bool, bool, bool, bool]


@dataclass(frozen=True, kw_only=True, eq=False)
class WireSegments:
    """Conductance of every wire segment; those at open ends are zero."""

    word: FloatArray
    """Of the word lines, from the left end to the right end, shape (rows, columns + 1) [S]."""
    bit: FloatArray
    """Of the bit lines, from the upper end to the lower end, shape (rows + 1, columns) [S]."""

    @property
    def open_sides(self) -> OpenSides:
        """Whether nothing is connected at the left, at the right, at the top, at the bottom."""
        return (
            not self.word[:, 0].any(),
            not self.word[:, -1].any(),
            not self.bit[0].any(),
            not self.bit[-1].any(),
        )

    @cached_property
    def halves(self) -> tuple[FloatArray, FloatArray]:
        """What each cell sees when segments between cells are cut at their middle.

        To the left and the right, and to the top and the bottom, both of shape (rows, columns, 2),
        not to be written to [S].
        """
        rows, columns = self.bit.shape[0] - 1, self.bit.shape[1]
        word, bit = np.empty((2, rows, columns, 2))
        np.multiply(self.word[:, :-1], 2.0, out=word[..., 0])
        np.multiply(self.word[:, 1:], 2.0, out=word[..., 1])
        np.multiply(self.bit[:-1], 2.0, out=bit[..., 0])
        np.multiply(self.bit[1:], 2.0, out=bit[..., 1])
        # An end segment is not cut.
        word[:, 0, 0], word[:, -1, 1] = self.word[:, 0], self.word[:, -1]
        bit[0, :, 0], bit[-1, :, 1] = self.bit[0], self.bit[-1]
        return word, bit


def negligible_resistance(cells: int, largest: float) -> float:
    """So little that no digit of a result changes [ohm].

    The solvers add and divide, they do not subtract, so that a conductance 25 decades above all
    others costs no accuracy.

    Args:
        cells: of the array.
        largest: largest conductance of a cell [S].
    """
    return _NOTHING / (cells * largest) if largest > 0.0 else _NOTHING


def wire_segments(
    word_resistance: FloatArray, bit_resistance: FloatArray, *, negligible: float
) -> WireSegments:
    """The conductances of wires with given resistances.

    Args:
        word_resistance: shape (rows, columns + 1), infinite at open ends [ohm].
        bit_resistance: shape (rows + 1, columns), infinite at open ends [ohm].
        negligible: what a segment without resistance gets [ohm].
    """
    return WireSegments(
        word=_inverse(word_resistance, negligible), bit=_inverse(bit_resistance, negligible)
    )


def _inverse(resistance: FloatArray, negligible: float) -> FloatArray:
    # Fresh memory is the dearest part of this.
    result = np.maximum(resistance, negligible)
    return np.divide(1.0, result, out=result)


def segment_current(current: FloatArray, resistance: FloatArray) -> FloatArray:
    """Along a line whose ends are held at one voltage, from the first end to the last.

    Computed from the currents that leave the line, not from differences of voltages, so that it is
    right where segments have no resistance.

    Args:
        current: out of the line at each node, shape (..., nodes) [A].
        resistance: of the segments, infinite at open ends, shape (..., nodes + 1) [ohm].

    Returns:
        Positive away from the first end, shape (..., nodes + 1) [A].
    """
    left = np.zeros((*current.shape[:-1], current.shape[-1] + 1))
    np.cumsum(current, axis=-1, out=left[..., 1:])
    resistance = np.broadcast_to(resistance, left.shape)
    first_open = np.isinf(resistance[..., 0])
    last_open = np.isinf(resistance[..., -1])
    # From both ends: the drops along the line add up to nothing. Without any resistance the line
    # is taken as an even one.
    both = np.where((first_open | last_open)[..., None], 1.0, resistance)
    weight = np.where(both.sum(axis=-1, keepdims=True) > 0.0, both, 1.0)
    entering = (weight * left).sum(axis=-1) / weight.sum(axis=-1)
    entering = np.where(first_open, 0.0, np.where(last_open, left[..., -1], entering))
    return np.asarray(entering[..., None] - left)
