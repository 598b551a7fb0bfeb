"""Merging two blocks of a crossbar: the ports they share are eliminated by dense algebra.

A block is the symmetric matrix of the conductances between its ports; its diagonal means nothing
and is never read. With X the conductances among the shared ports, E those from the kept ports to
the shared ones and s = sums of E, the shared ports are eliminated one by one without subtracting:

    pivot_k = s_k + sum_j>k X_jk,   L_jk = X_jk / sqrt(pivot_k),   Z_k = E_k / sqrt(pivot_k),
    X_ij += L_ik L_jk,   E_j += L_jk Z_k,   s_j += L_jk s_k / sqrt(pivot_k),

and the kept ports see Y += Z^T Z. Written for matrices this is a Cholesky factorisation and a
triangular solution whose diagonal is the sum of what is positive, so that every conductance keeps
its digits (Grassmann, Taksar and Heyman, Operations Research 33, 1107 (1985)). E and Z are stored
transposed, shape (shared, kept).
"""

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.compiled_loops import compiled

_PANEL = 16
"""Ports eliminated by loops before a matrix product takes them to the others."""


@compiled
def eliminate(inside: FloatArray, outwards: FloatArray) -> None:
    """Eliminate the shared ports; in place.

    Args:
        inside: X, lower triangle, becomes L with 1 / sqrt(pivot) on its diagonal, shape
            (shared, shared) [S].
        outwards: E, becomes Z, shape (shared, kept); without columns there is nothing to do but to
            factor X [S].
    """
    shared, kept = outwards.shape
    sums = np.empty(shared)
    for k in range(shared):
        total = 0.0
        for i in range(kept):
            total += outwards[k, i]
        sums[k] = total
    factor(inside, sums)
    room = np.empty(_PANEL * max(shared, kept))
    for first in range(0, shared, _PANEL):
        height = min(_PANEL, shared - first)
        if first > 0:
            left = np.empty((height, first))
            for k in range(height):
                for j in range(first):
                    left[k, j] = inside[first + k, j]
            added = room[: height * kept].reshape(height, kept)
            np.dot(left, outwards[:first], added)
            for k in range(height):
                own, more = outwards[first + k], added[k]
                for i in range(kept):
                    own[i] += more[i]
        for k in range(first, first + height):
            own = outwards[k]
            for j in range(first, k):
                link, other = inside[k, j], outwards[j]
                for i in range(kept):
                    own[i] += link * other[i]
            root = inside[k, k]
            for i in range(kept):
                own[i] *= root


@compiled
def factor(inside: FloatArray, sums: FloatArray) -> None:  # noqa: PLR0912  loops
    """Factor X = lower triangle into L, with 1 / sqrt(pivot) on its diagonal; in place.

    Args:
        inside: lower triangle of X, shape (shared, shared) [S].
        sums: what each shared port conducts to the kept ones, shape (shared,) [S].
    """
    shared = inside.shape[0]
    for first in range(0, shared, _PANEL):
        last = min(first + _PANEL, shared)
        # Row by row of L^T: column k of the panel is kept as a row, so that loops run along it.
        panel = np.empty((last - first, shared))
        for k in range(first, last):
            for j in range(k + 1, shared):
                panel[k - first, j] = inside[j, k]
        for k in range(first, last):
            own = panel[k - first]
            pivot = sums[k]
            for j in range(k + 1, shared):
                pivot += own[j]
            root = 1.0 / np.sqrt(pivot) if pivot > 0.0 else 0.0
            inside[k, k] = root
            passed = sums[k] * root
            for j in range(k + 1, shared):
                own[j] *= root
                sums[j] += own[j] * passed
            for i in range(k + 1, last):
                link, other = own[i], panel[i - first]
                for j in range(i + 1, shared):
                    other[j] += link * own[j]
        for k in range(first, last):
            for j in range(k + 1, shared):
                inside[j, k] = panel[k - first, j]
        below = shared - last
        if below > 0:
            behind = np.empty((last - first, below))
            for k in range(last - first):
                for j in range(below):
                    behind[k, j] = panel[k, last + j]
            added = np.empty((below, below))
            np.dot(behind.T, behind, added)
            for i in range(below):
                target, more = inside[last + i], added[i]
                for j in range(i):
                    target[last + j] += more[j]


@compiled
def merge_blocks(
    blocks: FloatArray,
    sides: IntArray,
    starts: IntArray,
    vertical: bool,
    out: FloatArray,
    out_starts: IntArray,
) -> None:
    """Merge neighbouring blocks of one level in pairs.

    Args:
        blocks: conductances between the ports of each block, one behind the other [S].
        sides: number of ports left, right, top, bottom, shape (block rows, block columns, 4).
        starts: where each block begins in `blocks`, shape (block rows, block columns).
        vertical: whether an upper and a lower block are merged, or a left and a right one.
        out: the merged blocks, one behind the other [S].
        out_starts: where each of them begins.
    """
    for row in range(out_starts.shape[0]):
        for column in range(out_starts.shape[1]):
            if vertical:
                at, beside = (2 * row, column), (2 * row + 1, column)
            else:
                at, beside = (row, 2 * column), (row, 2 * column + 1)
            ports = _count(sides[at], 4)
            first = blocks[starts[at] : starts[at] + ports * ports].reshape(ports, ports)
            ports = _count(sides[beside], 4)
            second = blocks[starts[beside] : starts[beside] + ports * ports].reshape(ports, ports)
            runs = kept_runs(sides[at], sides[beside], vertical)
            kept = runs[-1, 2] + runs[-1, 3]
            start = out_starts[row, column]
            merged = out[start : start + kept * kept].reshape(kept, kept)
            outwards = _gather(first, second, sides[at], sides[beside], vertical, runs, kept)
            np.dot(outwards.T, outwards, merged)
            for a in range(runs.shape[0]):
                for b in range(runs.shape[0]):
                    if runs[a, 0] == runs[b, 0]:
                        source = first if runs[a, 0] == 0 else second
                        for i in range(runs[a, 3]):
                            line = source[runs[a, 1] + i]
                            target = merged[runs[a, 2] + i]
                            low, to, length = runs[b, 1], runs[b, 2], runs[b, 3]
                            for j in range(length):
                                target[to + j] += line[low + j]


@compiled
def last_merge(  # noqa: PLR0912  loops, which compiled code is made of
    first: FloatArray,
    second: FloatArray,
    first_sides: IntArray,
    second_sides: IntArray,
    vertical: bool,
    transfer: FloatArray,
) -> None:
    """Merge the last two blocks, as far as drivers and outputs are concerned.

    Args:
        first: conductances between the ports of the upper or left block, shape (ports, ports) [S].
        second: those of the lower or right block.
        first_sides: ports left, right, top, bottom of the first block.
        second_sides: the same of the second.
        vertical: whether the blocks lie one above the other, or side by side.
        transfer: current into each column per volt on each row, added to what is there, shape
            (rows, columns) [S].
    """
    runs = kept_runs(first_sides, second_sides, vertical)
    kept = runs[-1, 2] + runs[-1, 3]
    outwards = _gather(first, second, first_sides, second_sides, vertical, runs, kept)
    rows, columns = transfer.shape
    shared = outwards.shape[0]
    to_rows = np.zeros((rows, shared))
    to_columns = np.zeros((shared, columns))
    # Where each kept port leads: the row or column of the array, both ends of a line to the same.
    for a in range(runs.shape[0]):
        low = _line(runs, a, first_sides, vertical)
        for i in range(runs[a, 3]):
            port = runs[a, 2] + i
            if a < 4:
                for k in range(shared):
                    to_rows[low + i, k] += outwards[k, port]
            else:
                for k in range(shared):
                    to_columns[k, low + i] += outwards[k, port]
    product = np.empty((rows, columns))
    np.dot(to_rows, to_columns, product)
    for row in range(rows):
        for column in range(columns):
            transfer[row, column] += product[row, column]
    for a in range(4):
        for b in range(4, 8):
            if runs[a, 0] == runs[b, 0]:
                source = first if runs[a, 0] == 0 else second
                row = _line(runs, a, first_sides, vertical)
                column = _line(runs, b, first_sides, vertical)
                for i in range(runs[a, 3]):
                    for j in range(runs[b, 3]):
                        transfer[row + i, column + j] += source[runs[a, 1] + i, runs[b, 1] + j]


@compiled
def kept_runs(first_sides: IntArray, second_sides: IntArray, vertical: bool) -> IntArray:
    """Which ports stay, and where they go: block, its first port, new first port, how many.

    Two lines for each side, left, right, top, bottom, in the order of the blocks, shape (8, 4); the
    eliminated ones have length zero.
    """
    runs = np.zeros((8, 4), dtype=np.int64)
    to = 0
    source = np.zeros(2, dtype=np.int64)
    for side in range(4):
        for block in range(2):
            length = first_sides[side] if block == 0 else second_sides[side]
            gone = side == (3 - block if vertical else 1 - block)
            line = 2 * side + block
            runs[line, 0] = block
            runs[line, 1] = source[block]
            runs[line, 2] = to
            runs[line, 3] = 0 if gone else length
            source[block] += length
            to += runs[line, 3]
    return runs


@compiled
def _line(runs: IntArray, which: int, first_sides: IntArray, vertical: bool) -> int:
    """First row or column of the array that a run of ports leads to."""
    if runs[which, 0] == 0 or (which < 4) != vertical:
        return 0
    side = 0 if which < 4 else 2
    return int(max(first_sides[side], first_sides[side + 1]))


@compiled
def _gather(
    first: FloatArray,
    second: FloatArray,
    first_sides: IntArray,
    second_sides: IntArray,
    vertical: bool,
    runs: IntArray,
    kept: int,
) -> FloatArray:
    """Z of one merge, shape (shared, kept)."""
    side = 3 if vertical else 1
    shared = first_sides[side]
    low, beside = _count(first_sides, side), _count(second_sides, side - 1)
    outwards = np.empty((shared, kept))
    for a in range(runs.shape[0]):
        for k in range(shared):
            line = first[low + k] if runs[a, 0] == 0 else second[beside + k]
            target = outwards[k]
            source, to, length = runs[a, 1], runs[a, 2], runs[a, 3]
            for i in range(length):
                target[to + i] = line[source + i]
    inside = np.empty((shared, shared))
    for k in range(shared):
        one, other = first[low + k], second[beside + k]
        for j in range(k):
            inside[k, j] = one[low + j] + other[beside + j]
    eliminate(inside, outwards)
    return outwards


@compiled
def _count(sides: IntArray, many: int) -> int:
    """Ports of the first sides together."""
    total = 0
    for side in range(many):
        total += sides[side]
    return total
