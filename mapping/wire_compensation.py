"""Targets that are pre-distorted, so that the array with its wires computes what was wanted.

Wires take a share of every cell's current, more the farther the cell is from the driver and from
the ground and the more its neighbours conduct. Cells are therefore programmed higher than wanted,
by what the exact solver says they will lose. Where a cell would have to go beyond its reach its
partner in the pair helps; what neither can do is left, and reported.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import Crossbar

ITERATIONS = 8
"""Each gains about a digit at the wire loss of a 64x64 tile."""


@dataclass(frozen=True, kw_only=True)
class CompensatedTile:
    """What to program into a tile, and what it will then compute."""

    conductance: FloatArray
    """Targets, shape (rows, columns) [S]."""
    transfer: FloatArray
    """Current per volt through the wires, shape (rows, columns) [S]."""
    gain: FloatArray
    """Share of the wanted difference that a pair computes, shape (pairs,); undone digitally [1]."""
    residual: FloatArray
    """Difference that is still missing after that, shape (rows, pairs) [S]."""


def compensate_wires(
    wanted: FloatArray,
    *,
    lowest: FloatArray,
    highest: FloatArray,
    r_word_line: float,
    r_bit_line: float,
) -> CompensatedTile:
    """Pre-distort the targets of one tile.

    Args:
        wanted: difference that each pair should conduct, shape (rows, pairs) [S]; pair p is
            columns 2p and 2p + 1.
        lowest: lowest conductance of each cell, shape (rows, 2 pairs) [S].
        highest: highest conductance of each cell, shaped alike; equal where a cell is stuck [S].
        r_word_line: resistance of a word line segment [ohm].
        r_bit_line: resistance of a bit line segment [ohm].
    """
    conductance = lowest.copy()
    first, second = conductance[:, 0::2], conductance[:, 1::2]  # views
    low = lowest[:, 0::2], lowest[:, 1::2]
    high = highest[:, 0::2], highest[:, 1::2]
    gain = np.ones(wanted.shape[1])
    _move(first, second, wanted - (first - second), low, high)

    def through_wires() -> FloatArray:
        crossbar = Crossbar(conductance=conductance, r_word_line=r_word_line, r_bit_line=r_bit_line)
        transfer: FloatArray = crossbar.transfer()
        return transfer

    transfer = through_wires()
    if r_word_line == 0.0 and r_bit_line == 0.0:
        return CompensatedTile(
            conductance=conductance,
            transfer=transfer,
            gain=gain,
            residual=wanted - (first - second),
        )
    for _ in range(ITERATIONS):
        seen = transfer[:, 0::2] - transfer[:, 1::2]
        # A pair whose largest cell has no room above gives up a little of its scale instead.
        share = np.where(
            np.abs(wanted) > 0.5 * np.abs(wanted).max(axis=0), seen / _nonzero(wanted), np.inf
        )
        at_top = np.maximum(first >= 0.999 * high[0], second >= 0.999 * high[1])
        at_top &= (low[0] < high[0]) & (low[1] < high[1])
        weakest = np.where(at_top, share, np.inf).min(axis=0)
        gain = np.clip(np.minimum(gain, weakest), 0.5, 1.0)
        loss = np.where(conductance > 0.0, transfer / _nonzero(conductance), 1.0)
        missing = gain * wanted - seen
        working = np.where(wanted >= 0.0, loss[:, 0::2], loss[:, 1::2])
        _move(first, second, missing / np.maximum(working, 0.05), low, high)
        transfer = through_wires()
    return CompensatedTile(
        conductance=conductance,
        transfer=transfer,
        gain=gain,
        residual=gain * wanted - (transfer[:, 0::2] - transfer[:, 1::2]),
    )


def _move(
    first: FloatArray,
    second: FloatArray,
    change: FloatArray,
    low: tuple[FloatArray, FloatArray],
    high: tuple[FloatArray, FloatArray],
) -> None:
    """Change the difference of pairs in place, by the quietest cells that can.

    Taking conductance away comes first, because low cells are quiet; what is left is added to the
    other cell.
    """
    down = np.minimum(np.maximum(change, 0.0), np.maximum(second - low[1], 0.0))
    second -= down
    first += np.minimum(np.maximum(change, 0.0) - down, np.maximum(high[0] - first, 0.0))
    down = np.minimum(np.maximum(-change, 0.0), np.maximum(first - low[0], 0.0))
    first -= down
    second += np.minimum(np.maximum(-change, 0.0) - down, np.maximum(high[1] - second, 0.0))


def _nonzero(values: FloatArray) -> FloatArray:
    return np.where(values == 0.0, 1e-30, values)
