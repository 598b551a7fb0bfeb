"""Memory cells against other solvers: the device's own, a scalar equation, the crossbar's."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.cells.column import access_column
from ohmloom.circuits.cells.differential_pair import differential_pair_cell
from ohmloom.circuits.cells.one_resistor import sky130_cell
from ohmloom.circuits.cells.one_transistor import access_transistor_cell
from ohmloom.circuits.cells.selector_cell import selector_cell
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.experiment import measure_circuit, run_bench
from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.errors import InvalidInput
from ohmloom.si import nm, ns, uA, um, uS

pytestmark = pytest.mark.spice


def test_the_reram_sets_and_resets_as_two_other_solvers_say():
    cell = sky130_cell()
    measured = measure_circuit(cell)
    assert measured["set_current"] == pytest.approx(531.49 * uA, rel=1e-3, abs=0)
    assert measured["reset_current"] == pytest.approx(-386.77 * uA, rel=1e-3, abs=0)
    run = run_bench(cell.benches()["sweep"]())
    length = 3.3 * nm + run.real("xcell.state1") * (4.9 - 3.3) * nm
    grown = run.time[np.flatnonzero(length > 4.5 * nm)[0]]
    assert grown == pytest.approx(243.36 * ns, rel=2e-3, abs=0)
    assert measured["conductance_after"] > 50.0 * measured["conductance_before"]


def test_any_memristor_can_be_the_cell():
    device = kvatinsky_2015()
    drive = device.typical_drive
    cell = replace(
        sky130_cell(),
        memristor=device,
        initial_state=drive.initial_state,
        set_voltage=drive.positive,
        reset_voltage=drive.negative,
        period=drive.period,
        series_resistance=1.0,
    )
    measured, theory = measure_circuit(cell), cell.behave(temperature=300.15)
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0)


def test_a_selector_lets_little_through_at_half_the_voltage():
    for change in ({}, {"conductance": 5 * uS}, {"voltage": 0.8}):
        cell = replace(selector_cell(), **change)
        measured, theory = measure_circuit(cell), cell.behave(temperature=300.15)
        for name, each in theory.items():
            assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0)
        assert measured["nonlinearity"] > 20.0


def test_an_ekv_cell_reads_and_limits_as_the_scalar_equation_says():
    cell = access_transistor_cell(ekv())
    measured, theory = measure_circuit(cell), cell.behave(temperature=300.15)
    assert set(theory) == {"read_current", "compliance_current"}
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=1e-6, abs=0)


def test_the_word_line_sets_the_compliance_and_a_low_one_lets_nothing_through():
    limits = [
        measure_circuit(
            replace(access_transistor_cell(), word_line_voltage=volts),
            measures=["compliance_current"],
        )["compliance_current"]
        for volts in (0.8, 1.0, 1.2, 1.4)
    ]
    assert (np.diff(limits) > 0).all()
    # The transistor limits, and not the memristor, which would let milliamperes through.
    assert limits[-1] < 0.1 * 1.8 * 1e-3
    read = measure_circuit(access_transistor_cell())
    assert read["leakage_current"] < 1e-6 * read["read_current"]


def test_a_wider_transistor_takes_less_of_the_read_voltage():
    errors = [
        measure_circuit(replace(access_transistor_cell(), width=width))["read_error"]
        for width in (0.5 * um, 2 * um, 10 * um)
    ]
    assert errors[0] > errors[1] > errors[2] > 0.0


def test_the_differential_current_has_the_sign_of_the_weight():
    weight = measure_circuit(differential_pair_cell())["weight"]
    turned = replace(
        differential_pair_cell(), positive_conductance=5 * uS, negative_conductance=20 * uS
    )
    assert measure_circuit(turned)["weight"] == pytest.approx(-weight, rel=1e-6, abs=0)


def test_a_column_without_transistors_worth_mentioning_is_that_of_the_crossbar_solver():
    column = replace(access_column(ekv()), width=1000 * um, length=0.1 * um, cells=8)
    column = replace(column, word_line_voltage=3.0, wire_resistance=20.0)
    measured = measure_circuit(column)
    current = []
    for farthest in (column.high_conductance, column.low_conductance):
        conductance = np.full((1, column.cells), column.high_conductance)
        conductance[0, -1] = farthest
        # The column as a row of a crossbar, whose bit lines are joined by the source line instead:
        # solved here as a ladder, node by node from the far end.
        r = column.wire_resistance
        seen = np.inf
        for place in range(column.cells - 1, -1, -1):
            cell = 1.0 / conductance[0, place]
            seen = 1.0 / (1.0 / cell + 1.0 / (seen + 2.0 * r)) if np.isfinite(seen) else cell
        current.append(column.read_voltage / (seen + 2.0 * r))
    ideal = (column.high_conductance - column.low_conductance) * column.read_voltage
    assert measured["column_current"] == pytest.approx(current[0], rel=2e-3, abs=0)
    assert measured["read_margin"] == pytest.approx((current[0] - current[1]) / ideal, rel=5e-3)
    # And of one cell it is that of the exact solver.
    alone = replace(column, cells=1)
    crossbar = Crossbar(
        conductance=np.array([[column.high_conductance]]),
        r_word_line=column.wire_resistance,
        r_bit_line=column.wire_resistance,
    )
    exact = crossbar.solve(np.array([column.read_voltage])).output_current[0]
    found = measure_circuit(alone)["column_current"]
    assert found == pytest.approx(exact, rel=1e-3, abs=0)


def test_wires_and_narrow_transistors_eat_the_margin():
    def margin(**change):
        return measure_circuit(replace(access_column(), **change))["read_margin"]

    assert margin(wire_resistance=0.0) > margin() > margin(wire_resistance=20.0)
    assert margin(width=5 * um) > margin() > margin(width=0.3 * um)


def test_a_column_that_ngspice_would_not_finish_is_refused():
    with pytest.raises(InvalidInput, match="1 to 32"):
        replace(access_column(), cells=33)
