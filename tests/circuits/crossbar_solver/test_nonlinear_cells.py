"""Cells that do not obey Ohm's law: published values, another solver, and Kirchhoff's laws."""

import numpy as np
import pytest
from scipy import optimize

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_cells.cell_law import CellLaw
from ohmloom.circuits.crossbar_cells.one_transistor import AccessTransistor, OneTransistorCells
from ohmloom.circuits.crossbar_cells.selector import SelectorCells
from ohmloom.circuits.crossbar_cells.two_terminal import (
    CubicLaw,
    FrozenMemristor,
    OhmicLaw,
    SinhLaw,
    TwoTerminalCells,
    TwoTerminalLaw,
)
from ohmloom.circuits.crossbar_solver.newton import NonlinearSolution, solve_cells
from ohmloom.circuits.technologies.ekv import Ekv
from ohmloom.devices.catalogue import MEMRISTORS
from ohmloom.errors import InvalidInput, SimulatorError

STEPS = 1e-5 * np.arange(1, 17).reshape(4, 4)
RAMP = np.array([0.2, 0.4, 0.6, 0.8])
NMOS = Ekv(slope_factor=1.3, transconductance=250e-6, threshold=0.45, output_slope=0.05)
ACCESS = AccessTransistor(ekv=NMOS, width=1e-6, length=180e-9, temperature=300.0)


def sinh(conductance: FloatArray, steepness: float) -> TwoTerminalCells:
    return TwoTerminalCells(law=SinhLaw(conductance=conductance, steepness=steepness))


def ohmic(conductance: FloatArray) -> TwoTerminalLaw:
    return OhmicLaw(conductance=conductance)


@pytest.mark.parametrize(
    ("cells", "segment", "current"),
    [
        (sinh(STEPS, 2.0), 0, [2.46594089e-4, 2.72513527e-4, 2.98432965e-4, 3.24352403e-4]),
        (sinh(STEPS, 2.0), 10, [2.42182167e-4, 2.65135411e-4, 2.88460553e-4, 3.12376215e-4]),
        (sinh(STEPS, 2.0), 100, [2.11891945e-4, 2.17765893e-4, 2.26834413e-4, 2.39765553e-4]),
        (
            TwoTerminalCells(law=CubicLaw(conductance=STEPS, cubic=-0.25)),
            10,
            [1.56832516e-4, 1.74257025e-4, 1.91718738e-4, 2.09266163e-4],
        ),
        (
            TwoTerminalCells(law=CubicLaw(conductance=STEPS, cubic=-0.25)),
            100,
            [1.49492797e-4, 1.61927828e-4, 1.74718838e-4, 1.88382082e-4],
        ),
    ],
)
def test_nonlinear_cells_carry_the_currents_of_the_reference(
    cells: CellLaw, segment: float, current: list[float]
) -> None:
    # Oracle: Newton's method on all nodes, residual below 1e-15, printed with nine digits.
    crossbar = Crossbar.of_cells(cells, r_word_line=segment, r_bit_line=segment)
    assert crossbar.solve(RAMP).output_current == pytest.approx(current, rel=1e-8)


def test_ohmic_cells_given_as_a_law_are_ohmic_cells() -> None:
    rng = np.random.default_rng(0)
    conductance, drive = rng.uniform(1e-6, 1e-4, (20, 30)), rng.uniform(-1.0, 1.0, 20)
    wires = {"r_word_line": 3.0, "r_bit_line": 2.0, "r_sense": 20.0}
    by_law = Crossbar.of_cells(TwoTerminalCells(law=ohmic(conductance)), **wires).solve(drive)
    linear = Crossbar(conductance=conductance, **wires).solve(drive)
    assert by_law.output_current == pytest.approx(linear.output_current, rel=1e-11)
    assert by_law.word_line_voltage == pytest.approx(linear.word_line_voltage, rel=1e-11)


def solution(crossbar: Crossbar, drive: FloatArray) -> NonlinearSolution:
    assert crossbar.cells is not None
    return solve_cells(crossbar.cells, crossbar._segments, drive, np.zeros(crossbar.columns))


def kirchhoff(crossbar: Crossbar, found: NonlinearSolution, drive: FloatArray) -> float:
    """Largest imbalance of a node, relative to the largest current of a wire; plain differences."""
    wires = crossbar.wires
    along = np.column_stack([drive, found.word, drive])
    word = -np.diff(along, axis=1) / wires.word
    bit = -np.diff(np.vstack([0 * found.bit[:1], found.bit, 0 * found.bit[:1]]), axis=0) / wires.bit
    wrong_word = word[:, :-1] - word[:, 1:] - found.current
    wrong_bit = bit[1:] - bit[:-1] - found.current
    largest = max(np.abs(word).max(), np.abs(bit).max())
    return float(max(np.abs(wrong_word).max(), np.abs(wrong_bit).max()) / largest)


def examples(rng: np.random.Generator, rows: int, columns: int) -> dict[str, CellLaw]:
    conductance = rng.uniform(1e-6, 1e-4, (rows, columns))
    return {
        "sinh": sinh(conductance, 3.0),
        "steep sinh": sinh(conductance, 20.0),
        "selectors": SelectorCells(
            memory=ohmic(conductance),
            selector=SinhLaw(conductance=np.full((rows, columns), 1e-8), steepness=20.0),
        ),
        "gates along rows": OneTransistorCells(
            memory=sinh(conductance, 2.0).law,
            transistor=ACCESS,
            gate=rng.uniform(0.3, 1.8, (rows, 1)),
        ),
        "gates along columns": OneTransistorCells(
            memory=ohmic(conductance),
            transistor=ACCESS,
            gate=rng.uniform(0.3, 1.8, (1, columns)),
        ),
    }


@pytest.mark.parametrize("name", list(examples(np.random.default_rng(0), 1, 1)))
def test_currents_into_every_node_add_up_to_zero(name: str) -> None:
    rng = np.random.default_rng(1)
    crossbar = Crossbar.of_cells(
        examples(rng, 13, 17)[name], r_word_line=10.0, r_bit_line=20.0, r_sense=100.0
    )
    drive = rng.uniform(0.0, 1.0, 13)
    found = solution(crossbar, drive)
    assert kirchhoff(crossbar, found, drive) < 1e-11
    # The voltages belong to the currents: a cell at those voltages carries them.
    assert found.residual < 1e-12
    worse = solution(crossbar, 1.001 * drive)
    assert kirchhoff(crossbar, worse, drive) > 1e-5


def test_one_transistor_cells_agree_with_a_root_finder_on_all_nodes() -> None:
    # Word line, inner node and bit line of every cell are unknown; scipy knows nothing of lines.
    rng = np.random.default_rng(2)
    conductance, gate = rng.uniform(1e-5, 1e-4, (3, 2)), np.array([[1.0], [1.4], [1.8]])
    r, drive = 200.0, np.array([0.8, 0.5, 0.9])
    cells = OneTransistorCells(memory=ohmic(conductance), transistor=ACCESS, gate=gate)

    def imbalance(unknown: FloatArray) -> FloatArray:
        word, inner, bit = unknown.reshape(3, 3, 2)
        upper = conductance * (word - inner)
        lower = NMOS.current(
            gate, bit, inner, width=ACCESS.width, length=ACCESS.length, temperature=300.0
        )
        left = np.column_stack([drive, word])
        in_word = -np.diff(left, axis=1) / r
        in_word[:, :-1] -= in_word[:, 1:]
        out_of_bit = -np.diff(np.vstack([bit, np.zeros(2)]), axis=0) / r
        out_of_bit[1:] -= out_of_bit[:-1].copy()
        return np.concatenate([(in_word - upper).ravel(), (upper - lower).ravel(),
                               (lower - out_of_bit).ravel()]) * 1e4  # fmt: skip

    start = np.concatenate([np.repeat(drive, 2), np.repeat(drive, 2) / 2, np.zeros(6)])
    root = optimize.root(imbalance, start, tol=1e-14)
    assert np.abs(root.fun).max() < 1e-11
    expected = root.x.reshape(3, 3, 2)
    crossbar = Crossbar.of_cells(cells, r_word_line=r, r_bit_line=r)
    found = crossbar.solve(drive)
    assert found.word_line_voltage == pytest.approx(expected[0], abs=1e-11)
    assert found.bit_line_voltage == pytest.approx(expected[2], abs=1e-11)


def test_slopes_of_transistors_are_derivatives_of_the_current_that_the_technology_gives() -> None:
    rng = np.random.default_rng(3)
    gate, drain, source = rng.uniform(0.0, 1.8, (3, 4, 5))
    step = 1e-5

    def current(drain: FloatArray, source: FloatArray) -> FloatArray:
        return np.asarray(NMOS.current(gate, source, drain, width=ACCESS.width,
                                       length=ACCESS.length, temperature=300.0))  # fmt: skip

    found, by_drain, by_source = ACCESS.current_and_slopes(gate, drain, source)
    assert found == pytest.approx(current(drain, source), rel=1e-12)
    slope = (current(drain + step, source) - current(drain - step, source)) / (2 * step)
    assert by_drain == pytest.approx(slope, rel=1e-5, abs=1e-12)
    slope = (current(drain, source - step) - current(drain, source + step)) / (2 * step)
    assert by_source == pytest.approx(slope, rel=1e-5, abs=1e-12)


def test_the_compiled_transistor_is_the_plain_one() -> None:
    rng = np.random.default_rng(4)
    memory = sinh(rng.uniform(1e-6, 1e-4, (4, 5)), 2.0).law
    gate = rng.uniform(0.0, 1.8, (4, 5))
    word, inner, bit = rng.uniform(0.0, 1.0, (3, 4, 5))
    cells = OneTransistorCells(memory=memory, transistor=ACCESS, gate=gate)
    found = cells.response(word, bit, inner)
    upper, upper_slope = memory.current_and_slope(word - inner)
    lower, by_drain, by_source = ACCESS.current_and_slopes(gate, inner, bit)
    assert found.into_bit == pytest.approx(lower, rel=1e-12)
    total = upper_slope + by_drain
    assert found.word_slope == pytest.approx(upper_slope * by_drain / total, rel=1e-12)
    assert found.bit_slope == pytest.approx(upper_slope * by_source / total, rel=1e-12)
    assert found.inner is not None
    assert found.inner.shift == pytest.approx((upper - lower) / total, rel=1e-12)
    assert found.inner.by_bit == pytest.approx(by_source / total, rel=1e-12)


def test_a_gate_that_is_off_lets_nothing_through() -> None:
    conductance = np.full((6, 5), 1e-4)
    gate = np.zeros((6, 1))
    gate[2] = 1.8
    cells = OneTransistorCells(memory=ohmic(conductance), transistor=ACCESS, gate=gate)
    current = Crossbar.of_cells(cells, r_word_line=1.0, r_bit_line=1.0).solve(np.full(6, 0.2))
    off = np.delete(current.device_current, 2, axis=0)
    assert np.abs(off).max() < 1e-5 * current.device_current[2].min()
    # The selected row gives what the transistor leaves of it.
    assert (current.output_current < 0.2 * 1e-4).all()
    assert (current.output_current > 0.5 * 0.2 * 1e-4).all()


def test_selectors_keep_half_selected_cells_quiet() -> None:
    memory = ohmic(np.full((8, 8), 1e-4))
    selector = SinhLaw(conductance=np.full((8, 8), 1e-10), steepness=20.0)
    drive, behind = np.full(8, 0.6), np.full(8, 0.6)
    drive[0], behind[0] = 1.2, 0.0
    wires = {"r_word_line": 1.0, "r_bit_line": 1.0}
    cells = SelectorCells(memory=memory, selector=selector)
    power = Crossbar.of_cells(cells, **wires).solve(drive, bit_line_voltage=behind).device_power
    bare = Crossbar(conductance=np.full((8, 8), 1e-4), **wires)
    bare_power = bare.solve(drive, bit_line_voltage=behind).device_power
    assert power[0, 1:].max() < 0.01 * power[0, 0]
    assert bare_power[0, 1:].min() > 0.2 * bare_power[0, 0]


def test_any_memristor_can_be_the_cell() -> None:
    rng = np.random.default_rng(5)
    for name, make in MEMRISTORS.items():
        memristor = make()
        variables = memristor.state_variables
        state = np.empty((len(variables), 3, 4))
        for line, variable in zip(state, variables, strict=True):
            low, high = float(variable.lowest), float(variable.highest)
            share = rng.uniform(0.2, 0.8, (3, 4))
            line[...] = (
                low * (high / low) ** share if variable.logarithmic else low + share * (high - low)
            )
        law = FrozenMemristor(memristor=memristor, state=state)
        crossbar = Crossbar.of_cells(TwoTerminalCells(law=law), r_word_line=5.0, r_bit_line=5.0)
        drive = rng.uniform(0.05, 0.2, 3)
        found = crossbar.solve(drive)
        at_voltage = memristor.current(found.device_voltage, state)
        assert found.device_current == pytest.approx(at_voltage, rel=1e-9), name
        assert found.drive_current.sum() == pytest.approx(found.output_current.sum(), rel=1e-9)


def test_wires_without_resistance_and_lines_that_float_are_no_trouble() -> None:
    rng = np.random.default_rng(6)
    conductance, drive = rng.uniform(1e-6, 1e-4, (6, 7)), rng.uniform(0.0, 1.0, 6)
    ideal = Crossbar.of_cells(sinh(conductance, 5.0), r_word_line=0.0, r_bit_line=0.0).solve(drive)
    expected = (conductance * np.sinh(5.0 * drive[:, None]) / 5.0).sum(axis=0)
    assert ideal.output_current == pytest.approx(expected, rel=1e-12)
    connected, driven = rng.random(7) < 0.6, rng.random(6) < 0.6
    floating = Crossbar.of_cells(
        sinh(conductance, 5.0),
        r_word_line=0.0,
        r_bit_line=2.0,
        connected=connected,
        driven=driven,
        driven_at=WordLineEnds.BOTH,
        grounded_at=BitLineEnds.BOTH,
    ).solve(drive)
    assert (floating.output_current[~connected] == 0.0).all()
    assert floating.device_current.sum(axis=0)[~connected] == pytest.approx(0.0, abs=1e-15)
    assert floating.device_current.sum(axis=1)[~driven] == pytest.approx(0.0, abs=1e-15)


class FallingCells:
    """A current that falls while the voltage rises, and is not finite beyond."""

    shape = (2, 2)

    def current_and_slope(self, voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.sqrt(0.1 - voltage), np.full((2, 2), 1e-9)


def test_cells_that_cannot_be_solved_raise_and_say_how_far_it_came() -> None:
    cells = TwoTerminalCells(law=FallingCells())
    crossbar = Crossbar(
        conductance=np.full((2, 2), 1e-4), cells=cells, r_word_line=100.0, r_bit_line=100.0
    )
    with pytest.raises(SimulatorError, match="do not fit the wires"):
        crossbar.solve([0.5, 0.5])


def test_methods_that_need_ohmic_cells_say_so() -> None:
    crossbar = Crossbar.of_cells(sinh(STEPS, 2.0), r_word_line=1.0, r_bit_line=1.0)
    for method in (crossbar.transfer, crossbar.transfer_row_by_row):
        with pytest.raises(InvalidInput, match="ohmic"):
            method()
    with pytest.raises(InvalidInput, match="ohmic"):
        crossbar.netlist(RAMP)
    assert crossbar.output_current(RAMP) == pytest.approx(crossbar.solve(RAMP).output_current)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SinhLaw(conductance=STEPS, steepness=0.0),
        lambda: SinhLaw(conductance=-STEPS, steepness=1.0),
        lambda: OneTransistorCells(memory=ohmic(STEPS), transistor=ACCESS, gate=np.ones(4)),
        lambda: SelectorCells(memory=ohmic(STEPS), selector=ohmic(STEPS[:2])),
        lambda: Crossbar(
            conductance=STEPS[:2], cells=sinh(STEPS, 1.0), r_word_line=1.0, r_bit_line=1.0
        ),
    ],
)
def test_cells_that_do_not_fit_are_refused(wrong: object) -> None:
    with pytest.raises(InvalidInput):
        wrong()  # type: ignore[operator]
