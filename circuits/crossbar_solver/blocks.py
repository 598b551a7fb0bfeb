"""Large blocks of a crossbar, merged by the linear algebra library.

The formulas are those of `ohmloom.circuits.crossbar_solver.merge_kernel`. Only the lower triangle
of a block's matrix means anything, and not its diagonal. The library counts along columns, so that
it takes the lower triangle of a numpy array for the upper one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.crossbar_solver.merge_kernel import factor, kept_runs

_PANEL = 64
"""Ports solved for at a time, with the inverse of their triangle."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """A reduced part of an array."""

    matrix: FloatArray
    """Conductances between its ports, shape (ports, ports) [S]."""
    sides: IntArray
    """How many ports are left, right, top and bottom, shape (4,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Elimination:
    """What is left of the ports that two blocks share."""

    vertical: bool
    """Whether the blocks lie one above the other, or side by side."""
    runs: list[list[int]]
    """Which ports stay, as `merge_kernel.kept_runs` gives them."""
    lower: FloatArray
    """L, with 1 / sqrt(pivot) on its diagonal, shape (shared, shared)."""
    outwards: FloatArray
    """Z, shape (shared, kept)."""


def eliminated(one: Block, other: Block, vertical: bool) -> Elimination:
    """Eliminate the ports that an upper and a lower block share, or a left and a right one."""
    side = 3 if vertical else 1
    shared = int(one.sides[side])
    low, beside = int(one.sides[:side].sum()), int(other.sides[: side - 1].sum())
    runs = kept_runs(one.sides, other.sides, vertical).tolist()
    outwards = np.empty((shared, runs[-1][2] + runs[-1][3]), dtype=one.matrix.dtype)
    for block, source, to, length in runs:
        matrix, start = (one.matrix, low) if block == 0 else (other.matrix, beside)
        here, there = slice(start, start + shared), slice(source, source + length)
        lower = source < start
        outwards[:, to : to + length] = matrix[here, there] if lower else matrix[there, here].T
    inside = (
        one.matrix[low : low + shared, low : low + shared]
        + other.matrix[beside : beside + shared, beside : beside + shared]
    )
    solve_outwards(inside, outwards)
    return Elimination(vertical=vertical, runs=runs, lower=inside, outwards=outwards)


def solve_outwards(inside: FloatArray, outwards: FloatArray) -> None:
    """X becomes L, and E becomes Z; in place.

    In single precision X is factored in double precision all the same, which costs little.

    Args:
        inside: lower triangle of X, shape (shared, shared) [S].
        outwards: E, shape (shared, kept) [S].
    """
    double = np.asarray(inside, dtype=np.float64)
    factor(double, outwards.sum(axis=1, dtype=np.float64))
    if double is not inside:
        inside[...] = double
    gemm = blas.dgemm if outwards.dtype == np.float64 else blas.sgemm
    for first in range(0, len(inside), _PANEL):
        here = slice(first, first + _PANEL)
        rows = outwards[here]
        if first > 0:
            links = np.ascontiguousarray(inside[here, :first])
            gemm(1.0, outwards[:first].T, links.T, 1.0, rows.T, overwrite_c=1)
        outwards[here] = inverse_of(double[here, here]).astype(rows.dtype, copy=False) @ rows


def inverse_of(lower: FloatArray) -> FloatArray:
    """The inverse of the triangle that L stands for: -L off the diagonal; nowhere negative.

    Args:
        lower: L, with 1 / sqrt(pivot) on its diagonal, shape (shared, shared).
    """
    root = np.diagonal(lower)
    alone = root == 0.0
    system = np.tril(-lower, -1)
    np.fill_diagonal(system, 1.0 / np.where(alone, 1.0, root))
    inverse, _ = lapack.dtrtri(system.T, lower=0, overwrite_c=1)
    result: FloatArray = inverse.T
    if alone.any():
        result[alone] = 0.0
    return result


def joined(one: Block, other: Block, done: Elimination) -> Block:
    """The block that two blocks make together."""
    outwards = done.outwards
    kept = outwards.shape[1]
    # Zeros that nobody touches cost nothing, and what is read by the way stays finite.
    matrix = np.zeros((kept, kept), dtype=outwards.dtype)
    present = [run for run in done.runs if run[3] > 0]
    for at, (block, source, to, length) in enumerate(present):
        own = (one if block == 0 else other).matrix
        for beside, low, start, width in present[: at + 1]:
            if beside == block:
                part = own[source : source + length, low : low + width]
                matrix[to : to + length, start : start + width] = part
    if len(outwards) > 0:
        syrk = blas.dsyrk if outwards.dtype == np.float64 else blas.ssyrk
        syrk(1.0, outwards.T, 1.0, matrix.T, lower=0, overwrite_c=1)
    lengths = np.array([run[3] for run in done.runs]).reshape(4, 2)
    return Block(matrix=matrix, sides=lengths.sum(axis=1))


def joined_for_transfer(
    one: Block, other: Block, done: Elimination, shape: tuple[int, int]
) -> FloatArray:
    """Of two blocks that make the whole array, what drivers and outputs see of each other.

    Args:
        one: the upper or left block.
        other: the lower or right block.
        done: their merge.
        shape: of the array.

    Returns:
        Current into each column per volt on each row, shape (rows, columns) [S].
    """
    vertical, outwards = done.vertical, done.outwards
    rows, columns = shape
    half = (
        int(one.sides[0:2].max()) if vertical else rows,
        columns if vertical else int(one.sides[2:4].max()),
    )

    def lines(at: int) -> slice:
        """Rows or columns of the array that a run of ports leads to, from either end."""
        along, split = (rows, half[0]) if at < 4 else (columns, half[1])
        second = at % 2 == 1 and (at < 4) == vertical
        return slice(split, along) if second else slice(0, split)

    to_rows = np.zeros((len(outwards), rows), dtype=outwards.dtype)
    to_columns = np.zeros((len(outwards), columns), dtype=outwards.dtype)
    listed = [(at, *run) for at, run in enumerate(done.runs) if run[3] > 0]
    for at, _, _, to, length in listed:
        target = to_rows if at < 4 else to_columns
        target[:, lines(at)] += outwards[:, to : to + length]
    transfer = to_rows.T @ to_columns
    for at, block, source, _, length in listed:
        for beside, other_block, low, _, width in listed:
            if at >= 4 > beside and block == other_block:
                matrix = (one if block == 0 else other).matrix
                part = matrix[source : source + length, low : low + width]
                transfer[lines(beside), lines(at)] += part.T
    return np.asarray(transfer)
