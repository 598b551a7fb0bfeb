"""The output currents of a crossbar of which one row is selected, and all other cells are open.

A selected cell then lies in series with its own stretch of bit line, and its row is one ladder.
"""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments


def transfer_of_single_rows(conductance: FloatArray, wires: WireSegments) -> FloatArray:
    """Current into each column per volt on each row, when only that row is selected.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        wires: of each tile.

    Returns:
        Shape (tiles, rows, columns) [S].
    """
    with np.errstate(divide="ignore"):
        resistance = 1.0 / wires.bit
        upwards = 1.0 / resistance[:-1].cumsum(axis=0)
        downwards = 1.0 / resistance[:0:-1].cumsum(axis=0)[::-1]
    to_ground = upwards + downwards
    total = conductance + to_ground
    path = conductance * (to_ground / np.where(total > 0.0, total, 1.0))
    return path * _along_ladders(path, wires.word)


def _along_ladders(path: FloatArray, word: FloatArray) -> FloatArray:
    """Voltage along word lines whose driven ends are at 1 V, every cell leading to ground.

    Args:
        path: from each node to ground, shape (tiles, rows, columns) [S].
        word: of the segments, shape (rows, columns + 1) [S].

    Returns:
        Shape (tiles, rows, columns) [1].
    """
    load = np.moveaxis(path, -1, 0)
    link = word.T
    columns = len(load)
    # Towards the right: what a node sees behind it, and the current that comes from there.
    pivot, current = np.empty(load.shape), np.empty(load.shape)
    seen, arriving = np.broadcast_to(link[0], load.shape[1:]), link[0]
    for column in range(columns):
        shunt = load[column] + seen
        np.add(shunt, link[column + 1], out=pivot[column])
        # A line that nothing drives and nothing loads stays at 0 V.
        pivot[column][pivot[column] == 0.0] = 1.0
        if column == columns - 1:
            arriving = arriving + link[-1]
        current[column] = arriving
        share = link[column + 1] / pivot[column]
        seen, arriving = share * shunt, share * arriving
    voltage = np.empty(load.shape)
    voltage[-1] = current[-1] / pivot[-1]
    for column in range(columns - 2, -1, -1):
        onwards = link[column + 1] * voltage[column + 1]
        voltage[column] = (current[column] + onwards) / pivot[column]
    return np.moveaxis(voltage, 0, -1)
