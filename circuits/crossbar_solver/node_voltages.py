"""All node voltages of a crossbar by elimination, for many drives, and for arrays of any kind.

The same tree of merges as in `ohmloom.circuits.crossbar_solver.merge_tree`, but what was eliminated
is kept: from the voltages at the borders of a block, those inside follow by

    v_inside = L^-T (Z v_borders),

in which again everything is positive. Slower than `line_cg` for a few drives, and never in doubt:
how badly a circuit is conditioned does not matter.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.crossbar_solver.blas_threads import one_blas_thread
from ohmloom.circuits.crossbar_solver.blocks import (
    Block,
    Elimination,
    eliminated,
    inverse_of,
    joined,
    solve_outwards,
)
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

_LEAF = 6
"""Rows and columns of a leaf, at most."""


def node_voltages(
    conductance: FloatArray, wires: WireSegments, word_drive: FloatArray, bit_drive: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Voltages at both ends of every cell.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        wires: of the array.
        word_drive: at the ends of the word lines, shape (vectors, rows) [V].
        bit_drive: at the ends of the bit lines, shape (vectors, columns) [V].

    Returns:
        Along the word lines and along the bit lines, both of shape (vectors, rows, columns) [V].
        Nodes that touch neither a driver nor ground are given as 0 V.
    """
    rows, columns = conductance.shape
    voltage = np.empty((2, rows, columns, len(word_drive)))
    borders = np.concatenate([word_drive.T, word_drive.T, bit_drive.T, bit_drive.T])
    array = _Array(conductance=conductance, wires=wires, halves=wires.halves)
    with one_blas_thread():
        _reduced(array, slice(0, rows), slice(0, columns)).fill(borders, voltage)
    word, bit = np.moveaxis(voltage, -1, 1)
    return np.ascontiguousarray(word), np.ascontiguousarray(bit)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Array:
    conductance: FloatArray
    wires: WireSegments
    halves: tuple[FloatArray, FloatArray]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Leaf:
    """A few cells."""

    rows: slice
    columns: slice
    block: Block
    lower: FloatArray
    outwards: FloatArray

    def fill(self, borders: FloatArray, voltage: FloatArray) -> None:
        """Write the voltages inside; those at the borders have shape (ports, vectors) [V]."""
        target = voltage[:, self.rows, self.columns]
        inside = inverse_of(self.lower).T @ (self.outwards @ borders)
        target[...] = inside.reshape(target.shape)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """Two merged blocks."""

    parts: tuple["_Leaf | _Pair", "_Leaf | _Pair"]
    block: Block
    done: Elimination

    def fill(self, borders: FloatArray, voltage: FloatArray) -> None:
        """Write the voltages inside; those at the borders have shape (ports, vectors) [V]."""
        shared = inverse_of(self.done.lower).T @ (self.done.outwards @ borders)
        for number, part in enumerate(self.parts):
            own = np.empty((len(part.block.matrix), borders.shape[1]))
            for _, source, to, length in self.done.runs[number::2]:
                own[source : source + length] = borders[to : to + length]
            side = (3 if self.done.vertical else 1) - number
            start = int(part.block.sides[:side].sum())
            own[start : start + len(shared)] = shared
            part.fill(own, voltage)


def _reduced(array: _Array, rows: slice, columns: slice) -> _Leaf | _Pair:
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    if max(tall, wide) <= _LEAF:
        return _leaf(array, rows, columns)
    vertical = tall > wide
    if vertical:
        middle = rows.start + tall // 2
        one = _reduced(array, slice(rows.start, middle), columns)
        other = _reduced(array, slice(middle, rows.stop), columns)
    else:
        middle = columns.start + wide // 2
        one = _reduced(array, rows, slice(columns.start, middle))
        other = _reduced(array, rows, slice(middle, columns.stop))
    done = eliminated(one.block, other.block, vertical)
    block = joined(one.block, other.block, done)
    return _Pair(parts=(one, other), block=block, done=done)


def _leaf(array: _Array, rows: slice, columns: slice) -> _Leaf:
    cells = array.conductance[rows, columns]
    p, q = cells.shape
    word = np.arange(p * q).reshape(p, q)
    bit = word + p * q
    inside = np.zeros((2 * p * q, 2 * p * q))
    inside[bit, word] = cells
    along = array.wires.word[rows, columns.start + 1 : columns.stop]
    inside[word[:, 1:], word[:, :-1]] = along
    along = array.wires.bit[rows.start + 1 : rows.stop, columns]
    inside[bit[1:], bit[:-1]] = along
    outwards = np.zeros((2 * p * q, 2 * (p + q)))
    to_word, to_bit = (half[rows, columns] for half in array.halves)
    port = np.arange(2 * (p + q))
    outwards[word[:, 0], port[:p]] = to_word[:, 0, 0]
    outwards[word[:, -1], port[p : 2 * p]] = to_word[:, -1, 1]
    outwards[bit[0], port[2 * p : 2 * p + q]] = to_bit[0, :, 0]
    outwards[bit[-1], port[2 * p + q :]] = to_bit[-1, :, 1]
    solve_outwards(inside, outwards)
    sides: IntArray = np.array([p, p, q, q])
    block = Block(matrix=outwards.T @ outwards, sides=sides)
    return _Leaf(rows=rows, columns=columns, block=block, lower=inside, outwards=outwards)
