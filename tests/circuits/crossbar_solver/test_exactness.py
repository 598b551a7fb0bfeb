"""The exact solvers against a sparse direct solver and against exact fractions."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_solver.node_voltages import node_voltages


def nodal_system(crossbar: Crossbar) -> tuple[list[tuple[int, int, float]], FloatArray, FloatArray]:
    """Conductances between nodes, and from the drivers and the outputs to nodes, from scratch."""
    rows, columns = crossbar.rows, crossbar.columns
    word = np.arange(rows * columns).reshape(rows, columns)
    bit = word + word.size
    links = [
        (int(word[i, j]), int(bit[i, j]), float(crossbar.conductance[i, j]))
        for i, j in np.ndindex(rows, columns)
    ]
    to_driver, to_output = np.zeros((rows, 2 * word.size)), np.zeros((columns, 2 * word.size))
    r_word = np.broadcast_to(np.asarray(crossbar.r_word_line, dtype=float).reshape(
        (-1, 1) if np.ndim(crossbar.r_word_line) == 1 else np.shape(crossbar.r_word_line)),
        (rows, columns + 1))  # fmt: skip
    r_bit = np.broadcast_to(np.asarray(crossbar.r_bit_line, dtype=float), (rows + 1, columns))
    source = np.broadcast_to(crossbar.r_source, rows)
    sense = np.broadcast_to(crossbar.r_sense, columns)
    for i in range(rows):
        links += [
            (int(word[i, j - 1]), int(word[i, j]), 1 / r_word[i, j]) for j in range(1, columns)
        ]
        if crossbar.driven is None or crossbar.driven[i]:
            if crossbar.driven_at is not WordLineEnds.RIGHT:
                to_driver[i, word[i, 0]] += 1 / (r_word[i, 0] + source[i])
            if crossbar.driven_at is not WordLineEnds.LEFT:
                to_driver[i, word[i, -1]] += 1 / (r_word[i, -1] + source[i])
    for j in range(columns):
        links += [(int(bit[i - 1, j]), int(bit[i, j]), 1 / r_bit[i, j]) for i in range(1, rows)]
        if crossbar.connected is None or crossbar.connected[j]:
            if crossbar.grounded_at is not BitLineEnds.BOTTOM:
                to_output[j, bit[0, j]] += 1 / (r_bit[0, j] + sense[j])
            if crossbar.grounded_at is not BitLineEnds.TOP:
                to_output[j, bit[-1, j]] += 1 / (r_bit[-1, j] + sense[j])
    return links, to_driver, to_output


def by_sparse_direct(crossbar: Crossbar) -> FloatArray:
    links, to_driver, to_output = nodal_system(crossbar)
    one, other, value = (np.array(part) for part in zip(*links, strict=True))
    size = to_driver.shape[1]
    matrix = sp.coo_array(
        (
            np.concatenate([value, value, -value, -value]),
            (np.concatenate([one, other, one, other]), np.concatenate([one, other, other, one])),
        ),
        shape=(size, size),
    )
    matrix = (matrix + sp.diags_array(to_driver.sum(axis=0) + to_output.sum(axis=0))).tocsc()
    if crossbar.rows * crossbar.columns < 1000:
        voltage = np.linalg.solve(matrix.toarray(), to_driver.T)
    else:
        voltage = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0).solve(to_driver.T)
    return (to_output @ voltage).T


def by_fractions(crossbar: Crossbar) -> FloatArray:
    """Gauss elimination without any rounding."""
    links, to_driver, to_output = nodal_system(crossbar)
    size = to_driver.shape[1]
    matrix = [[Fraction(0)] * size for _ in range(size)]
    for a, b, value in links:
        g = Fraction(value)
        for at, beside, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
            matrix[at][beside] += sign * g
    right = [[Fraction(float(g)) for g in to_driver[:, node]] for node in range(size)]
    for node in range(size):
        matrix[node][node] += sum(map(Fraction, to_driver[:, node].tolist()))
        matrix[node][node] += sum(map(Fraction, to_output[:, node].tolist()))
    for k in range(size):
        for i in range(k + 1, size):
            if matrix[i][k]:
                share = matrix[i][k] / matrix[k][k]
                matrix[i] = [x - share * y for x, y in zip(matrix[i], matrix[k], strict=True)]
                right[i] = [x - share * y for x, y in zip(right[i], right[k], strict=True)]
    voltage: list[list[Fraction]] = [[] for _ in range(size)]
    for k in reversed(range(size)):
        voltage[k] = [
            (right[k][r] - sum(matrix[k][i] * voltage[i][r] for i in range(k + 1, size)))
            / matrix[k][k]
            for r in range(len(to_driver))
        ]
    return np.array(
        [
            [float(sum(Fraction(float(g)) * voltage[n][r] for n, g in enumerate(line) if g))
             for line in to_output]
            for r in range(len(to_driver))
        ]
    )  # fmt: skip


def any_crossbar(rng: np.random.Generator, rows: int, columns: int) -> Crossbar:
    """Wires of every kind, ends of every kind."""

    def wires(lines: int, shape: tuple[int, int]) -> FloatArray | float:
        kind = rng.integers(3)
        if kind == 0:
            return float(rng.uniform(0.5, 5.0))
        return rng.uniform(0.5, 5.0, lines if kind == 1 else shape)

    return Crossbar(
        conductance=rng.uniform(1e-6, 1e-4, (rows, columns)),
        r_word_line=wires(rows, (rows, columns + 1)),
        r_bit_line=wires(columns, (rows + 1, columns)),
        connected=rng.random(columns) < 0.9,
        driven=rng.random(rows) < 0.9,
        driven_at=rng.choice(list(WordLineEnds)),
        grounded_at=rng.choice(list(BitLineEnds)),
        r_source=float(rng.choice([0.0, 50.0])),
        r_sense=rng.uniform(0.0, 100.0, columns),
    )


def error(found: FloatArray, expected: FloatArray) -> float:
    """Largest deviation, relative to the largest value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("seed", range(12))
def test_arrays_of_any_shape_with_any_wires_agree_with_a_sparse_direct_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(1, 60, 2)
    crossbar = any_crossbar(rng, int(rows), int(columns))
    expected = by_sparse_direct(crossbar)
    assert error(crossbar.transfer(), expected) < 1e-10
    drive = rng.uniform(-1.0, 1.0, (2, crossbar.rows))
    assert error(crossbar.solve(drive).output_current, drive @ expected) < 1e-10


@pytest.mark.parametrize("shape", [(140, 130), (9, 150), (200, 3)])
def test_large_and_oblong_arrays_agree_with_a_sparse_direct_solver(shape: tuple[int, int]) -> None:
    crossbar = any_crossbar(np.random.default_rng(1), *shape)
    assert error(crossbar.transfer(), by_sparse_direct(crossbar)) < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("size", [256, 512])
@pytest.mark.parametrize("segment", [0.1, 10.0])
def test_arrays_of_up_to_512_rows_agree_with_a_sparse_direct_solver(
    size: int, segment: float
) -> None:
    rng = np.random.default_rng(size)
    conductance = 10.0 ** rng.uniform(-6, -4, (size, size))
    crossbar = Crossbar(conductance=conductance, r_word_line=segment, r_bit_line=segment)
    assert error(crossbar.transfer(), by_sparse_direct(crossbar)) < 1e-10


@pytest.mark.parametrize("seed", range(4))
def test_every_entry_is_exact_for_conductances_over_twelve_decades(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crossbar = Crossbar(
        conductance=10.0 ** rng.uniform(-14, -2, (4, 3)),
        r_word_line=10.0 ** rng.uniform(-9, 5, (4, 4)),
        r_bit_line=10.0 ** rng.uniform(-9, 5, (5, 3)),
        driven_at=WordLineEnds.BOTH,
    )
    exact = by_fractions(crossbar)
    # No subtraction anywhere: small entries are as accurate as large ones.
    assert crossbar.transfer() == pytest.approx(exact, rel=1e-13, abs=0.0)
    by_drive = crossbar.solve(np.eye(4)).output_current
    assert by_drive == pytest.approx(exact, rel=1e-9, abs=1e-12 * exact.max())


def test_a_direct_solver_that_subtracts_would_not_be_exact_there() -> None:
    rng = np.random.default_rng(2)
    crossbar = Crossbar(
        conductance=10.0 ** rng.uniform(-14, -2, (4, 3)),
        r_word_line=10.0 ** rng.uniform(-9, 5, (4, 4)),
        r_bit_line=10.0 ** rng.uniform(-9, 5, (5, 3)),
    )
    exact = by_fractions(crossbar)
    assert np.abs(by_sparse_direct(crossbar) / exact - 1.0).max() > 1e-9
    assert np.abs(crossbar.transfer() / exact - 1.0).max() < 1e-13


def test_small_tiles_side_by_side_give_what_each_gives_alone() -> None:
    conductance = np.random.default_rng(3).uniform(1e-6, 1e-4, (70, 5, 8))
    wires = {"r_word_line": 2.0, "r_bit_line": 3.0, "driven_at": WordLineEnds.BOTH}
    together = Crossbar(conductance=conductance, **wires).transfer()
    alone = [Crossbar(conductance=tile, **wires).transfer() for tile in conductance]
    assert together == pytest.approx(np.stack(alone), rel=1e-13)


def test_tiles_on_two_threads_give_the_same_numbers_as_on_one() -> None:
    conductance = np.random.default_rng(4).uniform(1e-6, 1e-4, (3, 20, 30))
    batch = Crossbar(conductance=conductance, r_word_line=1.0, r_bit_line=1.0)
    again = dataclasses.replace(batch, r_word_line=1.0)
    assert (batch.transfer(threads=2) == again.transfer()).all()


@pytest.mark.parametrize("seed", range(3))
def test_elimination_gives_the_voltages_that_the_iteration_over_lines_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crossbar = any_crossbar(rng, 17, 25)
    drive, behind = rng.uniform(-1.0, 1.0, (2, 17)), rng.uniform(-1.0, 1.0, (2, 25))
    word, bit = node_voltages(crossbar.conductance, crossbar._segments, drive, behind)
    solution = crossbar.solve(drive, bit_line_voltage=behind)
    assert solution.word_line_voltage == pytest.approx(word, abs=1e-11)
    assert solution.bit_line_voltage == pytest.approx(bit, abs=1e-11)


def test_wires_that_take_nearly_everything_are_still_solved_exactly() -> None:
    rng = np.random.default_rng(5)
    crossbar = Crossbar(
        conductance=rng.uniform(1e-5, 1e-3, (50, 40)), r_word_line=1000.0, r_bit_line=1000.0
    )
    expected = by_sparse_direct(crossbar)
    drive = rng.uniform(0.0, 1.0, 50)
    assert error(crossbar.transfer(), expected) < 1e-10
    assert error(crossbar.solve(drive).output_current, drive @ expected) < 1e-9


@pytest.mark.parametrize(("r_word_line", "r_bit_line"), [(0.0, 2.0), (2.0, 0.0), (0.0, 0.0)])
def test_wires_without_resistance_are_the_limit_of_wires_with_little(
    r_word_line: float, r_bit_line: float
) -> None:
    rng = np.random.default_rng(6)
    conductance = rng.uniform(1e-6, 1e-4, (20, 30))
    conductance[3], conductance[:, 7] = 0.0, 0.0
    without = Crossbar(
        conductance=conductance,
        r_word_line=r_word_line,
        r_bit_line=r_bit_line,
        driven_at=WordLineEnds.BOTH,
    )
    little = dataclasses.replace(
        without, r_word_line=max(r_word_line, 1e-9), r_bit_line=max(r_bit_line, 1e-9)
    )
    assert error(without.transfer(), little.transfer()) < 1e-10
    drive = rng.uniform(0.0, 1.0, 20)
    solution = without.solve(drive)
    assert error(solution.output_current, drive @ without.transfer()) < 1e-12
    segments = solution.word_line_current
    assert segments[:, :-1] - segments[:, 1:] == pytest.approx(solution.device_current, abs=1e-18)


def test_what_the_drivers_deliver_is_turned_into_heat_somewhere() -> None:
    rng = np.random.default_rng(7)
    for _ in range(4):
        crossbar = any_crossbar(rng, 11, 14)
        drive, behind = rng.uniform(-1.0, 1.0, 11), rng.uniform(-1.0, 1.0, 14)
        solution = crossbar.solve(drive, bit_line_voltage=behind)
        delivered = (drive * solution.drive_current).sum()
        delivered -= (behind * solution.output_current).sum()
        heat = (
            solution.device_power.sum()
            + solution.word_line_power.sum()
            + solution.bit_line_power.sum()
            + solution.periphery_power
        )
        assert heat == pytest.approx(delivered, rel=1e-10)


def test_output_currents_alone_are_those_of_the_whole_solution() -> None:
    rng = np.random.default_rng(8)
    crossbar = any_crossbar(rng, 12, 9)
    for vectors in (1, 30):
        drive = rng.uniform(-1.0, 1.0, (vectors, 12))
        expected = crossbar.solve(drive).output_current
        fresh = dataclasses.replace(crossbar)
        assert fresh.output_current(drive) == pytest.approx(expected, abs=1e-16)
