"""Crossbars of cells that do not obey Ohm's law, by Newton's method with the wires in every step.

Unknown are the drops x along the word lines, from the drivers, and the rises y along the bit
lines, from ground: T_w x = T_b y = i(V - x - y). Let n be the currents that the wires show,
n_w = T_w x and n_b = T_b y. At every step the cells are replaced by their tangents,

    T_w dx = i - n_w - A dx - E dy,    T_b dy = i - n_b - E dx - C dy,

with A and C the slopes of the current with either voltage and E = sqrt(A C), and this linear
circuit is solved (`line_cg`), as exactly as the step deserves. For cells that depend on the voltage
across them A = E = C and this is Newton's method; a transistor makes A and C differ a little, and
every step then gains a little less. n is not computed from voltages but carried along: it becomes
the current of the tangents, less what the linear solution still misses. What is left to do is the
difference of two currents in every cell, exact however little resistance the wires have.
"""

import threading
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.compiled_loops import compiled, say_if_compiling
from ohmloom.circuits.crossbar_cells.cell_law import CellLaw, CellResponse, InnerStep
from ohmloom.circuits.crossbar_solver.line_cg import MOST_KEPT, LineSolver, Slopes, solve_lines
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments
from ohmloom.errors import SimulatorError

TOLERANCE = 1e-12
"""What may be missing in the currents of the cells, of all of them together [1]. Where cells are so
steep that the rounding of a voltage changes more than that, as much as the rounding."""
_ROUNDING = 2.0**-51
"""Of voltages, relative [1]."""
_MOST_STEPS = 100
_SHORTEST = 2.0**-30
"""Share of a step below which the search gives up [1]."""
_LOOSEST = 1e-2
"""How far the residual of the linear circuit falls in one step, at least [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NonlinearSolution:
    """Voltages and currents of an array, and how they were found."""

    word: FloatArray
    """Along the word lines, shape (rows, columns) [V]."""
    bit: FloatArray
    """Along the bit lines, shape (rows, columns) [V]."""
    current: FloatArray
    """Through the cells, shape (rows, columns) [A]."""
    slope: FloatArray
    """How they rise, shape (rows, columns) [S]."""
    residual: float
    """What is missing in the currents of the cells, relative [1]."""
    steps: int
    """Of Newton's method."""
    iterations: int
    """Of conjugate gradients, all steps together."""


def solve_cells(
    cells: CellLaw, wires: WireSegments, drive: FloatArray, sense: FloatArray
) -> NonlinearSolution:
    """Find the voltages of one array under one drive.

    Args:
        cells: of the array.
        wires: of the array.
        drive: of the word lines, shape (rows,) [V].
        sense: of what the bit lines lead to, shape (columns,) [V].

    Raises:
        SimulatorError: no solution was found; the message says how far it came.
    """
    say_if_compiling(solve_lines, "the crossbar solver")
    solver = LineSolver(wires)
    state = _State(cells, drive, sense)
    steps = iterations = 0
    while not state.converged:
        if steps == _MOST_STEPS:
            raise _not_converged(state, f"{steps} steps of Newton's method were not enough")
        # The next residual goes with the square of this one; more digits would be wasted.
        tolerance = max(min(_LOOSEST, 0.3 * state.residual), 0.1 * TOLERANCE / state.residual)
        state.write_missing()
        found = solver.solve(state.slopes, *state.gap, tolerance=tolerance, out=state.found)
        if not np.isfinite(found.word).all():
            raise _not_converged(state, "the linear circuit of a step could not be solved")
        state.move(found.residual)
        steps += 1
        iterations += found.iterations
    return NonlinearSolution(
        word=state.lines[0].copy(),
        bit=state.lines[1].copy(),
        current=state.response.balanced,
        slope=state.response.word_slope,
        residual=state.residual,
        steps=steps,
        iterations=iterations,
    )


class _State:
    """Where the search stands."""

    def __init__(self, cells: CellLaw, drive: FloatArray, sense: FloatArray) -> None:
        self.cells = cells
        self.drive, self.sense = np.ascontiguousarray(drive), np.ascontiguousarray(sense)
        # Drop, rise, what the wires show of the currents at both lines, inner node. Without any
        # drop they show none.
        self.here, self.there, pairs = _room(*cells.shape)
        self.here[:4] = 0.0
        self.lines, self.found, self.gap = pairs
        self.lines[0], self.lines[1] = drive[:, None], sense
        inner = cells.first_inner(*self.lines)
        if inner is not None:
            self.here[4] = inner
        self.has_inner = inner is not None
        # Currents that are not finite are noticed when nothing can be solved with them.
        with np.errstate(over="ignore", invalid="ignore"):
            self._take(self._respond(self.here))

    def _respond(self, place: FloatArray) -> CellResponse:
        word, bit = self.lines
        return self.cells.response(word, bit, place[4] if self.has_inner else None)

    def _take(self, response: CellResponse) -> None:
        word, bit = response.word_slope, response.bit_slope
        both = word if bit is word else np.sqrt(word * bit)
        self.response, self.slopes = response, Slopes(word=word, bit=bit, both=both)
        self.missing, self.size, self.unresolved = self._missing(response, self.here)

    @property
    def converged(self) -> bool:
        """Whether nothing is missing that could be found."""
        return self.missing <= max(TOLERANCE * self.size, self.unresolved)

    @property
    def residual(self) -> float:
        """What is missing in the currents of the cells, of all of them [1]."""
        if self.missing == 0.0:
            return 0.0
        return self.missing / self.size if self.size > 0.0 else float(np.inf)

    def write_missing(self) -> None:
        """Currents that the cells carry and the wires do not show; minus, out of the word lines."""
        np.subtract(self.here[2], self.response.balanced, out=self.gap[0])
        np.subtract(self.response.balanced, self.here[3], out=self.gap[1])

    def move(self, left_over: FloatArray) -> None:
        """Take the step that was found, as far as it helps.

        Args:
            left_over: what the linear circuit still misses at the bit lines; may have more rows and
                columns [A].

        Raises:
            SimulatorError: no step in this direction helps.
        """
        slopes, response = self.slopes, self.response
        # Without an inner node its numbers are not read; any array will do.
        inner = InnerStep(shift=slopes.word, by_word=slopes.word, by_bit=slopes.word)
        share = 1.0
        while share > _SHORTEST:
            step_towards(
                self.drive, self.sense, response.balanced, slopes.word, slopes.both, slopes.bit,
                *_parts(response.inner or inner), self.has_inner, share, self.found, left_over,
                self.here, self.there, self.lines,
            )  # fmt: skip
            with np.errstate(over="ignore", invalid="ignore"):
                moved = self._respond(self.there)
                missing, _, unresolved = self._missing(moved, self.there)
            if missing < (1.0 - 1e-4 * share) * self.missing or missing <= unresolved:
                self.here, self.there = self.there, self.here
                self._take(moved)
                return
            share *= 0.5
        raise _not_converged(self, "no step in the direction of Newton's method helps")

    def _missing(self, response: CellResponse, place: FloatArray) -> tuple[float, float, float]:
        missing, size, unresolved = what_is_missing(
            response.from_word, response.into_bit, response.steepest, self.lines, place
        )
        return float(np.sqrt(missing)), float(np.sqrt(size)), _ROUNDING * float(np.sqrt(unresolved))


_kept = threading.local()


def _room(rows: int, columns: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two places and three pairs of arrays; those that this thread used last, if they fit."""
    room: tuple[FloatArray, FloatArray, FloatArray] | None = getattr(_kept, "room", None)
    if room is not None and room[0].shape[1:] == (rows, columns):
        return room
    here, there = np.empty((2, 5, rows, columns))
    room = here, there, np.empty((3, 2, rows, columns))
    _kept.room = room if rows * columns <= MOST_KEPT else None
    return room


def _parts(step: InnerStep) -> tuple[FloatArray, FloatArray, FloatArray]:
    return step.shift, step.by_word, step.by_bit


@compiled
def step_towards(
    drive: FloatArray,
    sense: FloatArray,
    current: FloatArray,
    word_slope: FloatArray,
    coupling: FloatArray,
    bit_slope: FloatArray,
    shift: FloatArray,
    by_word: FloatArray,
    by_bit: FloatArray,
    has_inner: bool,
    share: float,
    found: FloatArray,
    left_over: FloatArray,
    here: FloatArray,
    there: FloatArray,
    lines: FloatArray,
) -> None:
    """Go a share of the way: from `here` to `there`, and the voltages of the lines with it.

    Args:
        drive: of the word lines, shape (rows,) [V].
        sense: of what the bit lines lead to, shape (columns,) [V].
        current: i, shape (rows, columns) [A].
        word_slope: A [S].
        coupling: E [S].
        bit_slope: C [S].
        shift: of the inner nodes when the lines stand still [V].
        by_word: of the inner nodes per volt of the word line [1].
        by_bit: of the inner nodes per volt of the bit line [1].
        has_inner: whether there are inner nodes.
        share: of the way [1].
        found: changes of -x and y, shape (2, rows, columns) [V].
        left_over: what the linear circuit misses at the bit lines [A].
        here: where it begins, shape (5, rows, columns).
        there: where it ends, likewise.
        lines: voltages of word lines and bit lines, shape (2, rows, columns) [V].
    """
    for i in range(current.shape[0]):
        for j in range(current.shape[1]):
            by_drop, by_rise = -found[0, i, j], found[1, i, j]
            in_word = current[i, j] - word_slope[i, j] * by_drop - coupling[i, j] * by_rise
            in_bit = current[i, j] - coupling[i, j] * by_drop - bit_slope[i, j] * by_rise
            in_bit -= left_over[i, j]
            drop, rise = here[0, i, j] + share * by_drop, here[1, i, j] + share * by_rise
            there[0, i, j], there[1, i, j] = drop, rise
            there[2, i, j] = here[2, i, j] + share * (in_word - here[2, i, j])
            there[3, i, j] = here[3, i, j] + share * (in_bit - here[3, i, j])
            lines[0, i, j], lines[1, i, j] = drive[i] - drop, sense[j] + rise
        if has_inner:
            for j in range(current.shape[1]):
                by_drop, by_rise = -found[0, i, j], found[1, i, j]
                step = shift[i, j] - by_word[i, j] * by_drop + by_bit[i, j] * by_rise
                there[4, i, j] = here[4, i, j] + share * step


@compiled
def what_is_missing(
    from_word: FloatArray,
    into_bit: FloatArray,
    steepest: FloatArray,
    lines: FloatArray,
    place: FloatArray,
) -> tuple[float, float, float]:
    """Sums of squares: what the wires do not show, all currents, and all changes of currents.

    The last is how the currents would change if all voltages doubled.

    Args:
        from_word: out of the word lines, shape (rows, columns) [A].
        into_bit: into the bit lines, shape (rows, columns) [A].
        steepest: largest slopes, shape (rows, columns) [S].
        lines: voltages of word lines and bit lines, shape (2, rows, columns) [V].
        place: what the wires show of both, at 2 and 3 [A].
    """
    missing, size, unresolved = 0.0, 0.0, 0.0
    for i in range(from_word.shape[0]):
        for j in range(from_word.shape[1]):
            above, below = from_word[i, j], into_bit[i, j]
            missing += (above - place[2, i, j]) ** 2 + (below - place[3, i, j]) ** 2
            size += above * above + below * below
            change = steepest[i, j] * (abs(lines[0, i, j]) + abs(lines[1, i, j]))
            unresolved += 2.0 * change * change
    return missing, size, unresolved


def _not_converged(state: _State, reason: str) -> SimulatorError:
    rows, columns = state.cells.shape
    return SimulatorError(
        f"the currents of the {rows}x{columns} cells do not fit the wires: {state.residual:.1e} of "
        f"them is missing, {TOLERANCE:.0e} was asked for; {reason}. Check that the currents of all "
        f"cells are finite and rise with the voltage, or lower the voltages"
    )
