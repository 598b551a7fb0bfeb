"""All node voltages of a crossbar of ohmic cells, by whichever exact method is the better one."""

import logging

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_solver.compiled_loops import say_if_compiling
from ohmloom.circuits.crossbar_solver.line_cg import LineSolver, Slopes, solve_lines
from ohmloom.circuits.crossbar_solver.node_voltages import node_voltages
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

log = logging.getLogger(__name__)

TOLERANCE = 1e-12
"""How far the residual of the iteration falls [1]."""
_WORST_ERROR = 1e-11
"""Error of an output current that its own estimate may leave, of the largest output [1]."""


def linear_voltages(
    conductance: FloatArray,
    wires: WireSegments,
    word_drive: FloatArray,
    bit_drive: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Voltages at both ends of every cell.

    Conjugate gradients, vector by vector; elimination where the iteration cannot vouch for its
    result, which happens where lines float or wires take nearly everything.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        wires: of the array.
        word_drive: at the ends of the word lines, shape (vectors, rows) [V].
        bit_drive: at the ends of the bit lines, shape (vectors, columns), None for 0 V [V].

    Returns:
        Along the word lines and along the bit lines, both of shape (vectors, rows, columns) [V].
    """
    say_if_compiling(solve_lines)
    solver = LineSolver(wires)
    cells = conductance.copy()
    slopes = Slopes(word=cells, bit=cells, both=cells)
    voltage = np.empty((2, len(word_drive), *conductance.shape))
    # What a column conducts to anywhere: its cells in series with its ends.
    ends = wires.bit[0] + wires.bit[-1]
    most = np.sqrt(np.minimum(conductance.sum(axis=0), ends).max())
    for vector, drive in enumerate(word_drive):
        currents = solver.drive(drive, None if bit_drive is None else bit_drive[vector])
        found = solver.solve(slopes, *currents, tolerance=TOLERANCE)
        outputs = (conductance * (found.word - found.bit)).sum(axis=0)
        # An error of b with the power e^2 changes the current of a column by e sqrt(Y) at most.
        if not found.error * most <= _WORST_ERROR * np.abs(outputs).max():
            log.info("the iteration over lines does not vouch for its result; eliminating instead")
            still = np.zeros((len(word_drive), conductance.shape[1]))
            return node_voltages(
                conductance, wires, word_drive, still if bit_drive is None else bit_drive
            )
        voltage[0, vector], voltage[1, vector] = found.word, found.bit
    return voltage[0], voltage[1]
