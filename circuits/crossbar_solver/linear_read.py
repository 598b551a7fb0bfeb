"""Voltages and output currents of a crossbar of ohmic cells, for a few drives.

Conjugate gradients over the lines, vector by vector; elimination where the iteration cannot vouch
for its result, which happens where lines float or wires take nearly everything.
"""

import logging

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.compiled_loops import compiled, say_if_compiling
from ohmloom.circuits.crossbar_solver.line_cg import LineSolver, solve_lines
from ohmloom.circuits.crossbar_solver.merge_tree import transfer_by_merging
from ohmloom.circuits.crossbar_solver.node_voltages import node_voltages
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

log = logging.getLogger(__name__)

_TOLERANCES = np.array([1e-12, 1e-15])
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
    say_if_compiling(read_lines, "the crossbar solver")
    rows, columns = conductance.shape
    voltage = np.empty((len(word_drive), 2, rows, columns))
    sense = np.zeros((len(word_drive), columns)) if bit_drive is None else bit_drive
    solver, output = LineSolver(wires), np.empty(columns)
    for drive, behind, found in zip(word_drive, sense, voltage, strict=True):
        if not _read(solver, conductance, wires, drive, behind, found, output):
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
    say_if_compiling(read_lines, "the crossbar solver")
    columns = conductance.shape[1]
    current = np.empty((len(word_drive), columns))
    # Where the ends are the narrower place, sums over cells would lose digits; or lines float.
    wide = (wires.bit[0] + wires.bit[-1] >= conductance.sum(axis=0)).all()
    if wide:
        solver, ground = LineSolver(wires), np.zeros(columns)
        for drive, output in zip(word_drive, current, strict=True):
            if not _read(solver, conductance, wires, drive, ground, solver.room.voltages, output):
                break
        else:
            return current
    return np.asarray(word_drive @ transfer_by_merging(conductance[None], wires)[0])


def _read(
    solver: LineSolver,
    conductance: FloatArray,
    wires: WireSegments,
    drive: FloatArray,
    behind: FloatArray,
    voltage: FloatArray,
    output: FloatArray,
) -> bool:
    room = solver.room
    done = read_lines(
        conductance, wires.word, wires.bit, drive, behind, _TOLERANCES, room.coefficients,
        room.cells, room.words, room.currents, voltage, output,
    )  # fmt: skip
    if not done:
        log.info("the iteration over lines does not vouch for its result; eliminating instead")
    return done


@compiled
def read_lines(
    conductance: FloatArray,
    word_wires: FloatArray,
    bit_wires: FloatArray,
    drive: FloatArray,
    behind: FloatArray,
    tolerances: FloatArray,
    coefficients: FloatArray,
    room: FloatArray,
    word_room: FloatArray,
    currents: FloatArray,
    voltage: FloatArray,
    output: FloatArray,
) -> bool:
    """Find what the wires change, and the output currents; False where they are in doubt.

    Solved for are the drops along the word lines, which come out negative, and the rises along the
    bit lines: without wires nothing flows but D (V - V_bit), and that is what drives them.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        word_wires: segments of the word lines, shape (rows, columns + 1) [S].
        bit_wires: segments of the bit lines, shape (rows + 1, columns) [S].
        drive: of the word lines, shape (rows,) [V].
        behind: of the bit lines, shape (columns,) [V].
        tolerances: how far the residual falls, one after the other until it is enough [1].
        coefficients: as `solve_lines` takes it.
        room: as `solve_lines` takes it.
        word_room: as `solve_lines` takes it.
        currents: room, shape (2, rows, columns).
        voltage: what the wires change of the lines' voltages, shape (2, rows, columns) [V].
        output: of the columns, shape (columns,) [A].
    """
    rows, columns = conductance.shape
    ideal, total, through = np.zeros(columns), np.zeros(columns), np.empty(columns)
    for i in range(rows):
        for j in range(columns):
            current = conductance[i, j] * (drive[i] - behind[j])
            currents[0, i, j], currents[1, i, j] = -current, current
            ideal[j] += current
            total[j] += conductance[i, j]
    most = 0.0
    for j in range(columns):
        # What a column conducts to anywhere: its cells in series with its ends.
        most = max(most, min(total[j], bit_wires[0, j] + bit_wires[rows, j]))
    for at in range(tolerances.shape[0]):
        _, error = solve_lines(
            conductance, conductance, conductance, word_wires, bit_wires, currents[0], currents[1],
            tolerances[at], coefficients, room, word_room, voltage, through,
        )  # fmt: skip
        largest = 0.0
        for j in range(columns):
            output[j] = ideal[j] + through[j]
            largest = max(largest, abs(output[j]))
        # An error of b with the power e^2 changes the current of a column by e sqrt(Y) at most.
        if error * np.sqrt(most) <= _WORST_ERROR * largest:
            return True
    return False
