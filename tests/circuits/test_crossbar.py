"""Crossbar against published values, against itself by another method, and against Kirchhoff."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.reference_arrays import REFERENCE_ARRAYS, ReferenceArray, deviation
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import uS

OutputCurrents = Callable[[Crossbar, FloatArray], FloatArray]

# The references are printed with twelve decimals, most of them: half of the last digit.
LAST_DIGIT = 0.6e-12


def by_solve(crossbar: Crossbar, voltage: FloatArray) -> FloatArray:
    return crossbar.solve(voltage).output_current


def by_transfer(crossbar: Crossbar, voltage: FloatArray) -> FloatArray:
    return voltage @ crossbar.transfer()


both_methods = pytest.mark.parametrize("output_currents", [by_solve, by_transfer])


def of_resistances(resistance: object, r_word_line: float, r_bit_line: float) -> Crossbar:
    conductance = 1.0 / np.asarray(resistance, dtype=np.float64)
    return Crossbar(conductance=conductance, r_word_line=r_word_line, r_bit_line=r_bit_line)


RISING = 10.0 * np.arange(1, 21).reshape(5, 4)
RAMP = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
MIXED = np.array([3.0, 2.0, -1.0, 2.0, 3.0])
README_CASE = [[345, 903, 755, 257, 646], [652, 401, 508, 166, 454], [442, 874, 190, 244, 635]]


@both_methods
@pytest.mark.parametrize("array", REFERENCE_ARRAYS, ids=lambda array: array.name)
def test_published_arrays_carry_their_published_currents(
    output_currents: OutputCurrents, array: ReferenceArray
) -> None:
    # Oracle: Qucs through the tests of badcrossbar, and an independent nodal solver.
    current = output_currents(array.crossbar, array.voltage)
    assert deviation(array, current) < 1e-9


def test_the_deviation_would_notice_a_segment_too_few() -> None:
    array = next(a for a in REFERENCE_ARRAYS if a.name == "twenty devices" and a.r_bit_line > 0)
    wrong = dataclasses.replace(array.crossbar, r_bit_line=0.0)
    assert deviation(array, by_solve(wrong, array.voltage)) > 0.1


def test_node_voltages_of_twenty_devices_are_those_of_badcrossbar() -> None:
    solution = of_resistances(RISING, 1, 2).solve(RAMP)
    word_line = [0.033951179558, 0.051671722107, 0.060817988269, 0.064578558428]
    assert solution.word_line_voltage[0] == pytest.approx(word_line, abs=LAST_DIGIT)
    word_line = [3.918867381304, 3.860074333125, 3.822066946679, 3.803582557437]
    assert solution.word_line_voltage[4] == pytest.approx(word_line, abs=LAST_DIGIT)
    bit_line = [0.196257549645, 0.223157249857, 0.222388868335, 0.215001364809]
    assert solution.bit_line_voltage[0] == pytest.approx(bit_line, abs=LAST_DIGIT)
    bit_line = [0.121140393302, 0.118655221433, 0.112697477659, 0.10670470915]
    assert solution.bit_line_voltage[4] == pytest.approx(bit_line, abs=LAST_DIGIT)


def test_device_current_of_the_example_in_the_readme_of_badcrossbar() -> None:
    solution = of_resistances(README_CASE, 0.5, 0.5).solve([2.6, 1.1, 3.3])
    assert solution.device_current[0, 3] == pytest.approx(0.009856197822795888, rel=1e-12)


@both_methods
@pytest.mark.parametrize(
    ("size", "current"),
    [
        (8, [1.01673915e-5, 2.68969378e-5, 3.08747841e-5]),
        (32, [7.27379778e-5, 4.26172997e-5, 8.24901131e-5]),
    ],
)
def test_random_arrays_carry_the_currents_that_ngspice_and_badcrossbar_gave(
    output_currents: OutputCurrents, size: int, current: list[float]
) -> None:
    crossbar, voltage = array_of_the_ngspice_study(size)
    assert output_currents(crossbar, voltage)[:3] == pytest.approx(current, rel=1e-8)


@pytest.mark.parametrize(
    ("size", "loss", "rounding"),
    [(8, 0.0033, 0.00006), (16, 0.0125, 0.00006), (32, 0.036, 0.0006), (64, 0.131, 0.0006)],
)
def test_random_arrays_lose_the_share_that_ngspice_and_badcrossbar_gave(
    size: int, loss: float, rounding: float
) -> None:
    crossbar, voltage = array_of_the_ngspice_study(size)
    ideal = voltage @ crossbar.conductance
    lost = np.mean(1.0 - by_transfer(crossbar, voltage) / ideal)
    assert lost == pytest.approx(loss, abs=rounding)


def array_of_the_ngspice_study(size: int) -> tuple[Crossbar, FloatArray]:
    """One generator serves all sizes in turn, as in the study that the numbers come from."""
    rng = np.random.default_rng(0)
    for n in (8, 16, 32, 64):
        conductance = 10.0 ** rng.uniform(-6, -4, (n, n))
        voltage = rng.uniform(0.0, 0.2, n)
        if n == size:
            break
    return Crossbar(conductance=conductance, r_word_line=2.5, r_bit_line=2.5), voltage


def random_crossbar(rng: np.random.Generator) -> Crossbar:
    """Any shape up to 12, cells over twelve decades, open cells and lines, floating columns."""
    rows, columns = rng.integers(1, 13, 2)
    conductance = 10.0 ** rng.uniform(-14, -2, (rows, columns))
    conductance[rng.random((rows, columns)) < rng.choice([0.0, 0.3, 0.8])] = 0.0
    if rng.random() < 0.3:
        conductance[rng.integers(rows)] = 0.0
    if rng.random() < 0.3:
        conductance[:, rng.integers(columns)] = 0.0
    r_word_line, r_bit_line = rng.choice([0.0, 1e-9, 1e-3, 1.0, 100.0, 1e5], 2)
    return Crossbar(
        conductance=conductance,
        r_word_line=r_word_line,
        r_bit_line=r_bit_line,
        connected=rng.random(columns) < rng.choice([0.0, 0.5, 1.1]),
    )


@pytest.mark.parametrize("seed", range(40))
def test_merge_tree_and_iteration_over_lines_agree_on_any_array(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(5):
        crossbar = random_crossbar(rng)
        solved = crossbar.solve(np.eye(crossbar.rows)).output_current
        assert crossbar.transfer() == pytest.approx(solved, rel=1e-9, abs=1e-11 * solved.max())


@pytest.mark.parametrize("seed", range(20))
def test_row_by_row_is_the_transfer_with_all_other_rows_open(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crossbar = random_crossbar(rng)
    row_by_row = crossbar.transfer_row_by_row()
    for row in range(crossbar.rows):
        selected = np.zeros_like(crossbar.conductance)
        selected[row] = crossbar.conductance[row]
        alone = Crossbar(
            conductance=selected,
            r_word_line=crossbar.r_word_line,
            r_bit_line=crossbar.r_bit_line,
            connected=crossbar.connected,
        )
        assert row_by_row[row] == pytest.approx(alone.transfer()[row], rel=1e-10, abs=0.0)


def test_row_by_row_differs_from_all_rows_at_once() -> None:
    crossbar = of_resistances(RISING, 1, 2)
    assert np.abs(crossbar.transfer_row_by_row() / crossbar.transfer() - 1.0).min() > 0.01


@pytest.mark.parametrize("seed", range(20))
def test_currents_into_every_node_add_up_to_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    conductance = 10.0 ** rng.uniform(-6, -3, (7, 5))
    conductance[rng.random((7, 5)) < 0.3] = 0.0
    connected = np.array([True, True, False, True, seed % 2 == 0])
    r_word_line, r_bit_line = 3.0, 2.0
    crossbar = Crossbar(
        conductance=conductance,
        r_word_line=r_word_line,
        r_bit_line=r_bit_line,
        connected=connected,
    )
    voltage = rng.uniform(-1.0, 1.0, 7)
    solution = crossbar.solve(voltage)

    from_left = np.column_stack([voltage, solution.word_line_voltage])
    along_word_line = -np.diff(from_left) / r_word_line
    onwards = np.column_stack([along_word_line[:, 1:], np.zeros(7)])
    largest = np.abs(along_word_line).max()
    assert along_word_line - onwards == pytest.approx(solution.device_current, abs=1e-11 * largest)

    to_ground = np.where(connected, solution.bit_line_voltage[-1] / r_bit_line, 0.0)
    along_bit_line = np.vstack(
        [-np.diff(solution.bit_line_voltage, axis=0) / r_bit_line, to_ground]
    )
    from_above = np.vstack([np.zeros(5), along_bit_line[:-1]])
    assert along_bit_line - from_above == pytest.approx(
        solution.device_current, abs=1e-11 * largest
    )
    assert to_ground == pytest.approx(solution.output_current, abs=1e-11 * largest)


def test_a_column_that_floats_carries_exactly_nothing() -> None:
    crossbar = Crossbar(
        conductance=1.0 / RISING,
        r_word_line=1.0,
        r_bit_line=2.0,
        connected=np.array([True, False, True, False]),
    )
    for current in (by_solve(crossbar, MIXED), by_transfer(crossbar, MIXED)):
        assert (current[[1, 3]] == 0.0).all()
        assert (current[[0, 2]] != 0.0).all()


def test_a_floating_column_joins_its_rows_like_a_sneak_path() -> None:
    # Driver 1 - 10 ohm - floating bit line - 20 ohm - row 1 - 30 ohm - ground; row 1 is held at 0 V
    # behind its segment of 5 ohm. Word segments 5 ohm each, worked out by hand as a ladder.
    r, conductance = 5.0, np.array([[0.0, 1 / 10.0], [1 / 30.0, 1 / 20.0]])
    crossbar = Crossbar(
        conductance=conductance,
        r_word_line=r,
        r_bit_line=0.0,
        connected=np.array([True, False]),
    )
    at_cell = 1.0 / (1.0 / r + 1.0 / 30.0)
    total = r + r + 10.0 + 20.0 + r + at_cell
    expected = (at_cell / total) / 30.0
    assert crossbar.transfer()[0, 0] == pytest.approx(expected, rel=1e-12)
    assert crossbar.solve([1.0, 0.0]).output_current[0] == pytest.approx(expected, rel=1e-12)


def test_floating_columns_strongly_coupled_to_each_other_keep_their_digits() -> None:
    # Cells a thousand times better than a word-line segment tie the floating columns together much
    # more than to any driver.
    conductance = np.full((3, 6), 1e-2)
    conductance[:, 0] = 1e-9
    crossbar = Crossbar(
        conductance=conductance,
        r_word_line=1e5,
        r_bit_line=1e-6,
        connected=np.array([True, False, False, False, False, False]),
    )
    solved = crossbar.solve(np.eye(3)).output_current
    assert crossbar.transfer()[:, 0] == pytest.approx(solved[:, 0], rel=1e-9)
    # With all rows driven alike the floating columns carry nothing: a segment and a cell in series.
    all_driven = 1e-9 / (1.0 + 1e5 * 1e-9)
    assert crossbar.transfer()[:, 0].sum() == pytest.approx(3 * all_driven, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 6),
    columns=st.integers(1, 6),
    r_word_line=st.sampled_from([0.0, 1.0, 1e3]),
    r_bit_line=st.sampled_from([0.0, 1.0, 1e3]),
)
def test_drivers_and_outputs_may_change_places(
    seed: int, rows: int, columns: int, r_word_line: float, r_bit_line: float
) -> None:
    # Reciprocity: turn the array about its other diagonal, so that outputs become drivers.
    conductance = 10.0 ** np.random.default_rng(seed).uniform(-7, -3, (rows, columns))
    crossbar = Crossbar(conductance=conductance, r_word_line=r_word_line, r_bit_line=r_bit_line)
    turned = Crossbar(
        conductance=conductance[::-1, ::-1].T, r_word_line=r_bit_line, r_bit_line=r_word_line
    )
    assert turned.transfer().T[::-1, ::-1] == pytest.approx(crossbar.transfer(), rel=1e-11)


def test_a_batch_of_tiles_gives_what_each_tile_gives() -> None:
    conductance = np.random.default_rng(5).uniform(1 * uS, 100 * uS, (2, 3, 7, 5))
    connected = np.array([True, False, True, True, True])
    batch = Crossbar(conductance=conductance, r_word_line=1.0, r_bit_line=2.0, connected=connected)
    for index in np.ndindex(2, 3):
        tile = Crossbar(
            conductance=conductance[index], r_word_line=1.0, r_bit_line=2.0, connected=connected
        )
        assert batch.transfer()[index] == pytest.approx(tile.transfer(), rel=1e-14)
        assert batch.transfer_row_by_row()[index] == pytest.approx(
            tile.transfer_row_by_row(), rel=1e-14
        )


def test_drive_vectors_of_any_leading_shape_are_solved_together() -> None:
    crossbar = of_resistances(RISING, 1, 2)
    voltage = np.stack([RAMP, MIXED, RAMP - MIXED, MIXED, RAMP, RAMP]).reshape(2, 3, 5)
    solution = crossbar.solve(voltage)
    assert solution.output_current.shape == (2, 3, 4)
    assert solution.device_voltage.shape == (2, 3, 5, 4)
    one = crossbar.solve(voltage[1, 0])
    assert solution.output_current[1, 0] == pytest.approx(one.output_current, rel=1e-12)
    assert solution.word_line_voltage[1, 0] == pytest.approx(one.word_line_voltage, rel=1e-12)
    assert solution.bit_line_voltage[1, 0] == pytest.approx(one.bit_line_voltage, rel=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"conductance": [[1e-6, np.nan]]},
        {"conductance": [[1e-6, np.inf]]},
        {"conductance": [[1e-6, -1e-6]]},
        {"conductance": [1e-6, 1e-6]},
        {"conductance": np.zeros((0, 3))},
        {"conductance": [["a cell", "another"]]},
        {"r_word_line": -1.0},
        {"r_bit_line": np.nan},
        {"r_bit_line": [1.0, 2.0, 3.0]},
        {"r_word_line": [[1.0, 2.0]]},
        {"r_source": -1.0},
        {"r_sense": [1.0]},
        {"driven": [True, True]},
        {"connected": [1, 0]},
        {"connected": [True, False, True]},
    ],
)
def test_what_is_not_a_crossbar_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "conductance": [[1e-6, 2e-6]],
        "r_word_line": 1.0,
        "r_bit_line": 1.0,
        "connected": [True, False],
    }
    Crossbar(**right)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        Crossbar(**(right | wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("voltage", [1.0, [1.0], [1.0, 2.0, 3.0], [1.0, np.nan], [[1.0], [2.0]]])
def test_voltages_that_do_not_fit_are_refused(voltage: object) -> None:
    crossbar = Crossbar(conductance=[[1e-6], [2e-6]], r_word_line=1.0, r_bit_line=1.0)
    with pytest.raises(InvalidInput):
        crossbar.solve(voltage)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        crossbar.netlist(voltage)  # type: ignore[arg-type]


def test_a_wire_far_worse_than_its_cells_is_refused() -> None:
    with pytest.raises(OutOfModelRange, match="r_bit_line"):
        Crossbar(conductance=[[1e-3]], r_word_line=1.0, r_bit_line=1e13)


@pytest.mark.parametrize("leading", [(), (4,), (3, 4), (5, 2, 1, 4)])
def test_several_tiles_are_solved_as_each_by_itself(leading: tuple[int, ...]) -> None:
    rng = np.random.default_rng(9)
    conductance = rng.uniform(1 * uS, 100 * uS, (2, 3, 7, 5))
    tiles = Crossbar(conductance=conductance, r_word_line=1.0, r_bit_line=2.0)
    drive = rng.uniform(-1.0, 1.0, (*leading, 7))
    behind = rng.uniform(-1.0, 1.0, 5)
    found = tiles.solve(drive, bit_line_voltage=behind)
    shape = (*np.broadcast_shapes(leading[:-1], (2, 3)), *leading[-1:])
    assert found.output_current.shape == (*shape, 5)
    assert found.device_power.shape == (*shape, 7, 5)
    all_drives = np.broadcast_to(drive, (*shape, 7))
    for at in np.ndindex(shape):
        tile = at[1:3] if len(leading) > 3 else at[:2]
        alone = Crossbar(conductance=conductance[tile], r_word_line=1.0, r_bit_line=2.0)
        expected = alone.solve(all_drives[at], bit_line_voltage=behind)
        assert found.output_current[at] == pytest.approx(expected.output_current, rel=1e-11)
        assert found.device_voltage[at] == pytest.approx(expected.device_voltage, rel=1e-11)
        assert found.drive_current[at] == pytest.approx(expected.drive_current, rel=1e-9)


def test_voltages_that_do_not_fit_the_tiles_are_refused() -> None:
    tiles = Crossbar(conductance=np.ones((2, 3, 4)), r_word_line=0.0, r_bit_line=0.0)
    with pytest.raises(InvalidInput, match=r"broadcast with \(2,\)"):
        tiles.solve(np.ones((5, 6, 3)))


def test_a_crossbar_does_not_change_with_the_array_it_was_made_from() -> None:
    conductance = np.array([[1e-6]])
    crossbar = Crossbar(conductance=conductance, r_word_line=0.0, r_bit_line=0.0)
    conductance[0, 0] = 5.0
    assert crossbar.transfer() == pytest.approx(np.array([[1e-6]]))
    with pytest.raises(ValueError, match="read-only"):
        crossbar.conductance[0, 0] = 5.0
