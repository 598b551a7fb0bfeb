"""All node voltages of a crossbar for one drive, by conjugate gradients over its lines.

With w the voltages along the word lines and b those along the bit lines, D the conductances of the
cells and T the tridiagonal matrices of the wires, Kirchhoff's laws read

    (T_w + D) w = f_w + D b,    (T_b + D) b = f_b + D w.

The word lines are eliminated, each by itself, which leaves S = T_b + D - D (T_w + D)^-1 D for the
bit lines. S is solved by conjugate gradients with M = T_b + D as the preconditioner, again each
line by itself. The eigenvalues of M^-1 S lie between 0 and 1, and most of them near 1 as long as
the wires take a moderate share: 3 to 18 iterations. (Cells whose current depends on more than the
voltage across them have one D for each of the three places, see `Slopes`.)

Two things keep it exact. A line is a ladder: what its nodes see looking back is made of sums and
parallel conductances only, so that segments of any conductance lose no digit. And M p is carried
along instead of being computed, so that a large T_b never meets a difference of voltages.

The residual alone does not bound the error where S is nearly singular. The coefficients of the
iteration hold the smallest eigenvalue that it has met (Lanczos), and with it the error.
"""

import threading
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.compiled_loops import compiled
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments

_MOST_ITERATIONS = 100
_TOGETHER = 16
"""Word lines that are swept side by side."""
_LINE = 8
"""Numbers in a line of the cache."""
MOST_KEPT = 512 * 512
"""Largest array whose room is kept for the next call, some 25 MB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LineSolution:
    """Voltages at both ends of every cell."""

    word: FloatArray
    """At the word lines, shape (rows, columns) [V]."""
    bit: FloatArray
    """At the bit lines, shape (rows, columns) [V]."""
    residual: FloatArray
    """What the bit lines still miss, in the first rows and columns of an array that has more [A];
    gone with the next solution."""
    column_current: FloatArray
    """D (w - b) of the cells of each column together, shape (columns,) [A]."""
    iterations: int
    """Of conjugate gradients."""
    error: float
    """Estimate of the error of b: of the root of the power that it stands for [W^(1/2)]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slopes:
    """How the currents of cells rise with voltage: D at its three places, or one array."""

    word: FloatArray
    """With the voltage of the word line, shape (rows, columns) [S]."""
    bit: FloatArray
    """Against the voltage of the bit line, shape (rows, columns) [S]."""
    both: FloatArray
    """What couples the lines: at most the geometric mean, shape (rows, columns) [S]."""


class LineSolver:
    """Room and wires for solving one array again and again.

    Args:
        wires: of the array.
    """

    def __init__(self, wires: WireSegments) -> None:
        self.rows, self.columns = wires.bit.shape[0] - 1, wires.bit.shape[1]
        self._word, self._bit = wires.word, wires.bit
        self._room = _room(self.rows, self.columns)

    @property
    def room(self) -> "Room":
        """What the iteration writes to; nothing in it outlives the next solution."""
        return self._room

    def solve(
        self,
        slopes: Slopes,
        word: FloatArray,
        bit: FloatArray,
        *,
        tolerance: float,
        out: FloatArray | None = None,
    ) -> LineSolution:
        """Solve for currents that flow into the nodes.

        Args:
            slopes: of the cells.
            word: into the word-line nodes, shape (rows, columns) [A].
            bit: into the bit-line nodes, shape (rows, columns) [A].
            tolerance: how far the residual has to fall, relative [1].
            out: where the voltages go, shape (2, rows, columns); a new array when None [V].
        """
        voltage = np.empty((2, self.rows, self.columns)) if out is None else out
        currents = np.empty(self.columns)
        iterations, error = solve_lines(
            slopes.word, slopes.bit, slopes.both, self._word, self._bit, word, bit, tolerance,
            self._room.coefficients, self._room.cells, self._room.words, voltage, currents,
        )  # fmt: skip
        return LineSolution(
            word=voltage[0],
            bit=voltage[1],
            residual=self._room.cells[2],
            column_current=currents,
            iterations=iterations,
            error=error,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Room:
    """What the iteration writes to; nothing in it outlives a call."""

    cells: FloatArray
    """Shape (7, rows or more, columns or more)."""
    words: FloatArray
    """Shape (2, groups, columns, rows of a group)."""
    coefficients: FloatArray
    """Shape (2, iterations at most)."""
    currents: FloatArray
    """For those to solve for, shape (2, rows, columns)."""
    voltages: FloatArray
    """For those that nobody keeps, shape (2, rows, columns)."""


_kept = threading.local()


def _room(rows: int, columns: int) -> Room:
    """The room that this thread used last, if it fits: fresh memory is dear."""
    room: Room | None = getattr(_kept, "room", None)
    if room is not None and room.voltages.shape[1:] == (rows, columns):
        return room
    room = Room(
        # Strides that are no powers of two: what is used together lies in different cache sets.
        cells=np.empty((7, rows + 1, columns + _LINE)),
        words=np.empty((2, -(-rows // _TOGETHER), columns, _TOGETHER)),
        coefficients=np.empty((2, _MOST_ITERATIONS)),
        currents=np.empty((2, rows, columns)),
        voltages=np.empty((2, rows, columns)),
    )
    _kept.room = room if rows * columns <= MOST_KEPT else None
    return room


@compiled
def solve_lines(  # noqa: PLR0912, PLR0915  one iteration, in one compiled piece
    word_slope: FloatArray,
    bit_slope: FloatArray,
    coupling: FloatArray,
    word_wires: FloatArray,
    bit_wires: FloatArray,
    word_current: FloatArray,
    bit_current: FloatArray,
    tolerance: float,
    coefficients: FloatArray,
    room: FloatArray,
    word_room: FloatArray,
    voltage: FloatArray,
    column_current: FloatArray,
) -> tuple[int, float]:
    """Find w and b; returns the number of iterations, and the error of b in the norm of S.

    With e = link / pivot, a line is solved by y_k = r_k + e_(k-1) y_(k-1) towards its end and
    x_k = y_k / pivot_k + e_k x_(k+1) back again.

    Args:
        word_slope: D of the word lines, shape (rows, columns) [S].
        bit_slope: D of the bit lines, shape (rows, columns) [S].
        coupling: D between them, shape (rows, columns) [S].
        word_wires: segments of the word lines, shape (rows, columns + 1) [S].
        bit_wires: segments of the bit lines, shape (rows + 1, columns) [S].
        word_current: f_w, shape (rows, columns) [A].
        bit_current: f_b, shape (rows, columns) [A].
        tolerance: how far the residual has to fall [1].
        coefficients: room for those of the iteration, shape (2, iterations at most).
        room: shape (7, rows or more, columns or more).
        word_room: shape (2, groups, columns, rows of a group).
        voltage: w and b, shape (2, rows, columns) [V].
        column_current: sums of D (w - b), shape (columns,) [A].
    """
    rows, columns = word_slope.shape
    inverse, passed, residual, direction = room[0], room[1], room[2], room[3]
    image, sweep, drop = room[4], room[5], room[6]
    word, bit = voltage[0], voltage[1]
    _factor_words(word_slope, word_wires, word_room)
    line = np.empty(columns)
    for j in range(columns):
        line[j] = bit_wires[0, j]
    for i in range(rows):
        for j in range(columns):
            shunt = bit_slope[i, j] + line[j]
            pivot = shunt + bit_wires[i + 1, j]
            share = 1.0 / pivot if pivot > 0.0 else 0.0
            inverse[i, j] = share
            passed[i, j] = bit_wires[i + 1, j] * share
            # What the next node sees through the segment: both in series.
            line[j] = passed[i, j] * shunt

    # r = f_b + D (T_w + D)^-1 f_w, for b = 0.
    _sweep_words(coupling, word_room, word_current, bit, 0, word)
    for i in range(rows):
        for j in range(columns):
            residual[i, j] = bit_current[i, j] + coupling[i, j] * word[i, j]
            bit[i, j] = 0.0
            direction[i, j] = 0.0
            image[i, j] = 0.0
            drop[i, j] = 0.0

    step, before, first, now = 0.0, 0.0, 0.0, 0.0
    iterations = 0
    while True:
        # Take the last step, and solve M z = r downwards; the product r z comes out on the way.
        now = 0.0
        for j in range(columns):
            line[j] = 0.0
        for i in range(rows):
            for j in range(columns):
                bit[i, j] += step * direction[i, j]
                left = residual[i, j] - step * drop[i, j]
                residual[i, j] = left
                left += line[j]
                value = left * inverse[i, j]
                sweep[i, j] = value
                now += left * value
                line[j] = passed[i, j] * left
        if iterations == 0:
            first = now
        if now <= tolerance * tolerance * first or iterations == coefficients.shape[1]:
            break
        share = now / before if iterations > 0 else 0.0
        # Solve it upwards; the next direction is p = z + share p, and its image M p.
        for j in range(columns):
            line[j] = 0.0
        for back in range(rows):
            i = rows - 1 - back
            for j in range(columns):
                value = sweep[i, j] + passed[i, j] * line[j]
                line[j] = value
                direction[i, j] = value + share * direction[i, j]
                image[i, j] = residual[i, j] + share * image[i, j]
        _sweep_words(coupling, word_room, word_current, direction, 1, drop)
        curvature = 0.0
        for i in range(rows):
            for j in range(columns):
                value = image[i, j] - coupling[i, j] * drop[i, j]
                drop[i, j] = value
                curvature += value * direction[i, j]
        if not curvature > 0.0:
            break
        step = now / curvature
        coefficients[0, iterations] = step
        coefficients[1, iterations] = share
        before = now
        iterations += 1

    _sweep_words(coupling, word_room, word_current, bit, 2, word)
    for j in range(columns):
        column_current[j] = 0.0
    for i in range(rows):
        for j in range(columns):
            column_current[j] += coupling[i, j] * (word[i, j] - bit[i, j])
    if first == 0.0:
        return iterations, 0.0
    if not (now <= tolerance * tolerance * first and iterations > 0):
        return iterations, np.inf
    return iterations, np.sqrt(now / _smallest_eigenvalue(coefficients, iterations))


@compiled
def _factor_words(slope: FloatArray, wires: FloatArray, room: FloatArray) -> None:
    """1 / pivot and e of every word line, with the rows of a group side by side."""
    rows, columns = slope.shape
    inverse, passed = room[0], room[1]
    together = room.shape[3]
    seen = np.empty(together)
    for group in range(room.shape[1]):
        first = group * together
        for k in range(together):
            # Rows beyond the last one repeat it; nobody reads them.
            i = min(first + k, rows - 1)
            seen[k] = wires[i, 0]
            for j in range(columns):
                inverse[group, j, k] = slope[i, j]
                passed[group, j, k] = wires[i, j + 1]
        for j in range(columns):
            for k in range(together):
                shunt = inverse[group, j, k] + seen[k]
                pivot = shunt + passed[group, j, k]
                share = 1.0 / pivot if pivot > 0.0 else 0.0
                inverse[group, j, k] = share
                passed[group, j, k] *= share
                seen[k] = passed[group, j, k] * shunt


@compiled
def _sweep_words(
    coupling: FloatArray,
    room: FloatArray,
    current: FloatArray,
    bit: FloatArray,
    what: int,
    word: FloatArray,
) -> None:
    """Solve the word lines for a current (0), for D bit (1), or for both (2); into `word`."""
    rows, columns = coupling.shape
    inverse, passed = room[0], room[1]
    together = room.shape[3]
    line = np.zeros((columns, together))
    left = np.empty(together)
    for group in range(room.shape[1]):
        first = group * together
        here = min(together, rows - first)
        for k in range(here):
            i = first + k
            for j in range(columns):
                value = coupling[i, j] * bit[i, j] if what > 0 else 0.0
                line[j, k] = value if what == 1 else value + current[i, j]
        for k in range(together):
            left[k] = 0.0
        for j in range(columns):
            for k in range(together):
                value = line[j, k] + left[k]
                line[j, k] = value * inverse[group, j, k]
                left[k] = value * passed[group, j, k]
        for k in range(together):
            left[k] = 0.0
        for back in range(columns):
            j = columns - 1 - back
            for k in range(together):
                left[k] = line[j, k] + passed[group, j, k] * left[k]
                line[j, k] = left[k]
        for k in range(here):
            for j in range(columns):
                word[first + k, j] = line[j, k]


@compiled
def _smallest_eigenvalue(coefficients: FloatArray, iterations: int) -> float:
    """Smallest eigenvalue of M^-1 S that the iteration has met, by inverse iteration.

    The Lanczos matrix is U^T diag(1 / step) U, U having 1 on its diagonal and -sqrt(share) above.
    """
    vector = np.empty(iterations)
    for k in range(iterations):
        vector[k] = 1.0
    smallest = 0.0
    for _ in range(8):
        for k in range(1, iterations):
            vector[k] += np.sqrt(coefficients[1, k]) * vector[k - 1]
        for k in range(iterations):
            vector[k] *= coefficients[0, k]
        for back in range(1, iterations):
            k = iterations - 1 - back
            vector[k] += np.sqrt(coefficients[1, k + 1]) * vector[k + 1]
        norm = 0.0
        for k in range(iterations):
            norm += vector[k] * vector[k]
        norm = np.sqrt(norm)
        smallest = 1.0 / norm
        for k in range(iterations):
            vector[k] /= norm
    return smallest
