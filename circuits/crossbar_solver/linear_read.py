"""Voltages and output currents of a crossbar of ohmic cells, for a few drives.

Conjugate gradients over the lines, vector by vector; elimination where the iteration cannot vouch
for its result, which happens where lines float or wires take nearly everything.
"""

import logging
from collections.abc import Iterator, Sequence

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_solver.compiled_loops import say_if_compiling
from ohmloom.circuits.crossbar_solver.line_cg import LineSolution, LineSolver, Slopes, solve_lines
from ohmloom.circuits.crossbar_solver.merge_tree import transfer_by_merging
from ohmloom.circuits.crossbar_solver.node_voltages import node_voltages
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

log = logging.getLogger(__name__)

_TOLERANCES = (1e-12, 1e-15)
"""How far the residual of the iteration falls, and how far if that is not enough [1]."""
_WORST_ERROR = 1e-11
"""Error of an output current that its own estimate may leave, of the largest output [1]."""


def linear_voltages(
    conductance: FloatArray,
    wires: WireSegments,
    word_drive: FloatArray,
    bit_drive: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Voltages at both ends of every cell.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        wires: of the array.
        word_drive: at the ends of the word lines, shape (vectors, rows) [V].
        bit_drive: at the ends of the bit lines, shape (vectors, columns), None for 0 V [V].

    Returns:
        Along the word lines and along the bit lines, both of shape (vectors, rows, columns) [V].
    """
    voltage = np.empty((len(word_drive), 2, *conductance.shape))
    found = _by_iteration(conductance, wires, word_drive, bit_drive, list(voltage))
    sense = np.zeros((len(word_drive), conductance.shape[1])) if bit_drive is None else bit_drive
    if any(each is None for each in found):
        return node_voltages(conductance, wires, word_drive, sense)
    word, bit = voltage[:, 0], voltage[:, 1]
    word += word_drive[:, :, None]
    if bit_drive is not None:
        bit += bit_drive[:, None, :]
    return word, bit


def linear_outputs(
    conductance: FloatArray, wires: WireSegments, word_drive: FloatArray
) -> FloatArray:
    """Output currents alone, all bit lines leading to ground.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        wires: of the array.
        word_drive: at the ends of the word lines, shape (vectors, rows) [V].

    Returns:
        Shape (vectors, columns) [A].
    """
    ends = wires.bit[0] + wires.bit[-1]
    if (ends < conductance.sum(axis=0)).any():
        # Sums over cells would lose digits, or lines float.
        return np.asarray(word_drive @ transfer_by_merging(conductance[None], wires)[0])
    current = np.empty((len(word_drive), conductance.shape[1]))
    room = [np.empty((2, *conductance.shape))] * len(word_drive)
    for line, found in zip(
        current, _by_iteration(conductance, wires, word_drive, None, room), strict=True
    ):
        if found is None:
            return np.asarray(word_drive @ transfer_by_merging(conductance[None], wires)[0])
        line[:] = found.column_current
    return current + word_drive @ conductance


def _by_iteration(
    conductance: FloatArray,
    wires: WireSegments,
    word_drive: FloatArray,
    bit_drive: FloatArray | None,
    voltage: Sequence[FloatArray],
) -> Iterator[LineSolution | None]:
    """One solution after the other, what wires change in `voltage`; None for one in doubt.

    Solved for are the drops along the word lines, which come out negative, and the rises along the
    bit lines: without wires nothing flows but D (V - V_bit), and that is what drives them.
    """
    say_if_compiling(solve_lines)
    solver = LineSolver(wires)
    slopes = Slopes(word=conductance, bit=conductance, both=conductance)
    # What a column conducts to anywhere: its cells in series with its ends.
    ends = wires.bit[0] + wires.bit[-1]
    most = np.sqrt(np.minimum(conductance.sum(axis=0), ends).max())
    current = np.empty((2, *conductance.shape))
    for vector, drive in enumerate(word_drive):
        np.multiply(conductance, drive[:, None], out=current[1])
        if bit_drive is not None:
            current[1] -= conductance * bit_drive[vector]
        np.negative(current[1], out=current[0])
        outputs = current[1].sum(axis=0)
        for tolerance in _TOLERANCES:
            found = solver.solve(slopes, *current, tolerance=tolerance, out=voltage[vector])
            # An error of b with the power e^2 changes the current of a column by e sqrt(Y) at most.
            largest = np.abs(outputs + found.column_current).max()
            if found.error * most <= _WORST_ERROR * largest:
                yield found
                break
        else:
            log.info("the iteration over lines does not vouch for its result; eliminating instead")
            yield None
