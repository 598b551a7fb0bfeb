"""The exact output currents of a crossbar, row after row from the far end to the outputs.

Word line i hangs on its driver through one segment of resistance p, its cells g_0 ... g_(m-1) lie
one segment apart. Seen from the bit lines the row is a small dense network: a symmetric admittance
A_i (columns, columns) and, per volt of the driver, the short-circuit currents b_i (columns,). Both
come from ladder recursions whose every term is positive, so nothing cancels and p may be zero.
The bit lines join the rows through segments of resistance q. Eliminating the bit-line nodes from
the top, where nothing lies above the first row, is a block Thomas recursion:

    M_i = 2 I + q A_i - inv(M_(i-1)),   inv(M_(-1)) = I,
    transfer_i = b_i inv(M_i) inv(M_(i+1)) ... inv(M_(rows-1)).

q never divides anything; every M_i is symmetric with eigenvalues of at least one. The work is about
2 rows columns^3 multiplications.

Source: nodal analysis of the array that badcrossbar describes (Joksas & Mehonic, SoftwareX 12,
100617, 2020); the recursion is the textbook elimination of a block tridiagonal system.
"""

import numpy as np
from scipy.linalg import blas, lapack

from ohmloom.arrays import BoolArray, FloatArray

# Rows whose admittances are held at once: enough to amortise a Python loop, small enough for cache.
_NUMBERS_HELD = 2_000_000


def transfer_of_all_rows(
    conductance: FloatArray, r_word_line: float, r_bit_line: float, connected: BoolArray
) -> FloatArray:
    """Current into each column per volt on each row, all rows connected.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        r_word_line: of one word-line segment [ohm].
        r_bit_line: of one bit-line segment [ohm].
        connected: shape (columns,); a column that is False carries no current.

    Returns:
        Shape (tiles, rows, columns) [S].
    """
    reach = source_reach(conductance, r_word_line)
    transfer = conductance * reach
    if not connected.any():
        return np.zeros_like(transfer)
    if r_bit_line == 0.0 and connected.all():
        return transfer

    tiles, rows, columns = conductance.shape
    held = max(1, _NUMBERS_HELD // (tiles * columns * columns))
    # With q = 0 the rows lie side by side: their admittances add, in siemens instead of per q.
    scale = r_bit_line if r_bit_line > 0.0 else 1.0
    inverse = np.broadcast_to(np.eye(columns), (tiles, columns, columns)).copy()
    coupling = np.zeros((tiles, columns, columns))
    last_row_apart = not connected.all()
    for first in range(0, rows, held):
        rows_here = slice(first, min(first + held, rows))
        admittance = _scaled_admittance(conductance[:, rows_here], r_word_line, scale)
        if r_bit_line == 0.0:
            coupling -= np.tril(admittance, -1).sum(axis=1)
            continue
        _diagonals(admittance)[...] += 2.0
        for row in range(rows_here.start, rows_here.stop):
            pivot = admittance[:, row - first] - inverse
            if row == rows - 1 and last_row_apart:
                coupling = -np.tril(pivot, -1)
                break
            inverse = _symmetric_inverse(pivot)
            transfer[:, : row + 1] = transfer[:, : row + 1] @ inverse
    if last_row_apart:
        coupling += coupling.swapaxes(-1, -2)
        _last_segment(transfer, coupling, connected, r_bit_line, scale)
    return transfer


def transfer_of_single_rows(
    conductance: FloatArray, r_word_line: float, r_bit_line: float, connected: BoolArray
) -> FloatArray:
    """Current into each column per volt on each row, every other row's cells being open.

    A selected cell then lies in series with its own stretch of bit line, and the row is one ladder.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        r_word_line: of one word-line segment [ohm].
        r_bit_line: of one bit-line segment [ohm].
        connected: shape (columns,); a column that is False carries no current.

    Returns:
        Shape (tiles, rows, columns) [S].
    """
    rows = conductance.shape[1]
    if r_bit_line > 0.0:
        to_ground = r_bit_line * np.arange(rows, 0, -1.0)[:, None]
        path = conductance / (1.0 + conductance * to_ground)
    else:
        path = conductance
    path = path if connected.all() else path * connected
    return path * source_reach(path, r_word_line)


def source_reach(conductance: FloatArray, r_word_line: float) -> FloatArray:
    """Voltage along word lines driven with 1 V, every cell leading to ground.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        r_word_line: of one word-line segment [ohm].

    Returns:
        Shape (tiles, rows, columns) [1].
    """
    if r_word_line == 0.0:
        return np.ones_like(conductance)
    passed = _passed_to_the_right(conductance, r_word_line)
    voltage: FloatArray = np.multiply.accumulate(passed, axis=0)
    return np.moveaxis(voltage, 0, -1)


def _passed_to_the_right(conductance: FloatArray, r_word_line: float) -> FloatArray:
    """Ratio of each word-line node's voltage to that of its left neighbour, columns first."""
    load = np.array(np.moveaxis(conductance, -1, 0), order="C")
    load *= r_word_line
    ahead = np.empty_like(load[0])
    # load_k = r (g_k + what lies behind it), both in units of the segment's conductance.
    for column in range(load.shape[0] - 2, -1, -1):
        behind = load[column + 1]
        np.add(behind, 1.0, out=ahead)
        np.divide(behind, ahead, out=ahead)
        load[column] += ahead
    load += 1.0
    return np.reciprocal(load, out=load)


def _scaled_admittance(conductance: FloatArray, r_word_line: float, scale: float) -> FloatArray:
    """Admittance that rows present to the bit lines, times `scale`; lower triangles only.

    With z_kl the voltage at word-line node l per unit current into node k, in units of the segment:
    A_kl = -p g_k z_kl g_l, and A_kk is g_k in series with both sides of the word line.

    Returns:
        Shape (tiles, rows, columns, columns) [1 if scale is in ohm].
    """
    tiles, rows, columns = conductance.shape
    admittance = np.zeros((tiles, rows, columns, columns))
    if r_word_line == 0.0:
        _diagonals(admittance)[...] = scale * conductance
        return admittance

    passed = _passed_to_the_right(conductance, r_word_line)
    cell = r_word_line * np.moveaxis(conductance, -1, 0)
    to_the_left = np.ones_like(cell)
    for column in range(1, columns):
        towards_driver = to_the_left[column - 1] + cell[column - 1]
        to_the_left[column] = towards_driver / (1.0 + towards_driver)
    to_the_right = np.zeros_like(cell)
    # The same load as in `passed`, added up again: 1/passed - 1 would cancel.
    for column in range(columns - 2, -1, -1):
        load = cell[column + 1] + to_the_right[column + 1]
        to_the_right[column] = load * passed[column + 1]
    own = to_the_left + to_the_right
    impedance = 1.0 / (own + cell)

    weight = np.moveaxis(impedance * cell, 0, -1)
    ratio = np.moveaxis(passed, 0, -1)
    for column in range(1, columns):
        above = admittance[..., column - 1, :column]
        above[..., -1] = weight[..., column - 1]
        np.multiply(above, ratio[..., column, None], out=admittance[..., column, :column])
    admittance *= (-scale * conductance)[..., None]
    _diagonals(admittance)[...] = scale * conductance * np.moveaxis(own * impedance, 0, -1)
    return admittance


def _symmetric_inverse(lower: FloatArray) -> FloatArray:
    """Inverses of positive definite matrices given by their lower triangles."""
    inverse = np.empty_like(lower)
    for matrix, result in zip(lower, inverse, strict=True):
        # LAPACK counts along columns: the lower triangle of a numpy array is its upper one.
        # dpotri would do the last two steps, but its threads are many times slower than one on
        # matrices of this size, and stall for seconds on a busy machine.
        factor, _ = lapack.dpotrf(matrix.T, lower=0, clean=1, overwrite_a=1)
        root, _ = lapack.dtrtri(factor, lower=0, overwrite_c=1)
        result[...] = blas.dgemm(1.0, root, root, trans_b=1)
    return inverse


def _last_segment(
    transfer: FloatArray,
    coupling: FloatArray,
    connected: BoolArray,
    r_bit_line: float,
    scale: float,
) -> None:
    """Let floating columns carry no current, then add the segments that lead to ground.

    Works in place. Floating bit lines are eliminated one by one in the manner of Grassmann, Taksar
    and Heyman: the admittance to the drivers is kept as the sum of the transfer itself, so that a
    column coupled strongly to others and weakly to the drivers loses no digit.

    Args:
        transfer: short-circuit currents at the bottom bit-line nodes, (tiles, rows, columns) [S].
        coupling: admittance between these nodes times `scale`, (tiles, columns, columns).
        connected: shape (columns,).
        r_bit_line: of one segment [ohm].
        scale: of the coupling [ohm or 1].
    """
    order = np.concatenate([np.flatnonzero(connected), np.flatnonzero(~connected)])
    kept = int(connected.sum())
    current = transfer[:, :, order]
    link = coupling[:, order[:, None], order]
    for node in range(len(order) - 1, kept - 1, -1):
        to_others = link[:, node, :node]
        total = scale * current[:, :, node].sum(axis=1) + to_others.sum(axis=1)
        share = to_others / np.where(total > 0.0, total, 1.0)[:, None]
        current[:, :, :node] += current[:, :, node, None] * share[:, None, :]
        link[:, :node, :node] += to_others[:, :, None] * share[:, None, :]
        _diagonals(link)[...] = 0.0
    current = current[:, :, :kept]
    if r_bit_line > 0.0:
        pivot = -link[:, :kept, :kept]
        to_drivers = r_bit_line * current.sum(axis=1)
        _diagonals(pivot)[...] = 1.0 + to_drivers - pivot.sum(axis=-1)
        current = current @ _symmetric_inverse(np.tril(pivot))
    transfer[...] = 0.0
    transfer[:, :, order[:kept]] = current


def _diagonals(matrices: FloatArray) -> FloatArray:
    """A writable view of the diagonals, shape (..., columns)."""
    diagonals: FloatArray = np.einsum("...kk->...k", matrices)
    return diagonals
