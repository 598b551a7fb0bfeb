"""The effective matrix of a crossbar after some cells have changed, from the one before.

Push a current of 1 A through the place of a changed cell l, out of its word line and into its bit
line, with all drivers and outputs at 0 V. What then flows out of the outputs, u_l, what the drivers
deliver, v_l, and the voltages across all changed cells, -R_kl, say everything: with the changes D
of the conductances,

    transfer' = transfer + sum over k and l of v_k [(inv(D) + R)^-1]_kl u_l.

One solution of the circuit for every changed cell (`line_cg`) and a product of small rank.

Source: the matrix inversion lemma (Woodbury, 1950) and reciprocity.
"""

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.crossbar_solver.line_cg import LineSolver, Slopes
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

MOST_CELLS = 8
"""Beyond so many cells the effective matrix is as quickly computed anew."""
_TOLERANCE = 1e-13
_WORST_ERROR = 1e-11
"""That a solution may leave, of 1 A [1]."""


def updated_transfer(
    transfer: FloatArray,
    conductance: FloatArray,
    wires: WireSegments,
    cells: IntArray,
    change: FloatArray,
) -> FloatArray | None:
    """The effective matrix after some cells have changed; None if it should be computed anew.

    Args:
        transfer: before the change, shape (rows, columns) [S].
        conductance: before the change, shape (rows, columns) [S].
        wires: of the array.
        cells: row and column of each changed cell, all different, shape (cells, 2).
        change: of their conductance, shape (cells,) [S].
    """
    moved = change != 0.0
    cells, change = cells[moved], change[moved]
    if len(cells) == 0:
        return transfer
    if len(cells) > MOST_CELLS:
        return None
    row, column = cells.T
    solver = LineSolver(wires)
    slopes = Slopes(word=conductance, bit=conductance, both=conductance)
    most = np.sqrt(np.minimum(conductance.sum(axis=0), wires.bit[0] + wires.bit[-1]).max())
    outputs = np.empty((len(cells), conductance.shape[1]))
    drivers = np.empty((len(cells), conductance.shape[0]))
    across = np.empty((len(cells), len(cells)))
    for at, (i, j) in enumerate(cells):
        pushed = np.zeros((2, *conductance.shape))
        pushed[0, i, j], pushed[1, i, j] = -1.0, 1.0
        found = solver.solve(slopes, pushed[0], pushed[1], tolerance=_TOLERANCE)
        if not found.error * most <= _WORST_ERROR:
            return None
        current = conductance * (found.word - found.bit)
        outputs[at], drivers[at] = current.sum(axis=0), current.sum(axis=1)
        outputs[at, j] += 1.0
        drivers[at, i] += 1.0
        across[at] = (found.bit - found.word)[row, column]
    # Lines that float carry nothing through their ends.
    outputs[:, (wires.bit[0] == 0.0) & (wires.bit[-1] == 0.0)] = 0.0
    drivers[:, (wires.word[:, 0] == 0.0) & (wires.word[:, -1] == 0.0)] = 0.0
    # (inv(D) + R)^-1 = (1 + D R)^-1 D, which also holds for small changes.
    weights = np.linalg.solve(np.eye(len(cells)) + change[:, None] * across, np.diag(change))
    return np.asarray(transfer + drivers.T @ weights @ outputs)
