"""The periphery against its closed forms, and against drawing."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.readout.integrator import integrating_column
from ohmloom.circuits.readout.ramp_adc import ramp_adc
from ohmloom.circuits.readout.sar_adc import sar_adc
from ohmloom.circuits.readout.strongarm import strongarm_comparator
from ohmloom.circuits.readout.transimpedance import transimpedance_column
from ohmloom.circuits.readout.write_driver import write_driver
from ohmloom.circuits.technologies.mismatch import Deviation, draw_mismatch
from ohmloom.errors import InvalidInput
from ohmloom.physical_constants import boltzmann
from ohmloom.randomness import stream
from ohmloom.si import fF, mS, mV, ns, uS


@pytest.mark.spice
@pytest.mark.parametrize("conductance", [10 * uS, 100 * uS, 300 * uS])
def test_an_amplifier_that_is_not_ideal_is_off_as_the_closed_form_says(conductance):
    column = replace(transimpedance_column(), conductance=conductance)
    measured, theory = measure_circuit(column), column.behave(temperature=300.15)
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0), name
    # The rule of thumb of a virtual ground: I / g_m, for an amplifier with much gain.
    strong = replace(column, transconductance=100 * mS, output_resistance=1e9)
    error = strong.behave(temperature=300.15)["virtual_ground_error"].value
    current = conductance * (0.1 - error)
    assert error == pytest.approx(current / (100 * mS), rel=1e-3, abs=0)


@pytest.mark.spice
def test_a_weak_amplifier_loses_a_third_of_the_charge():
    column = integrating_column()
    measured = measure_circuit(column)
    assert measured["integrated_voltage"] == pytest.approx(
        column.behave(temperature=300.15)["integrated_voltage"].value, rel=1e-3, abs=0
    )
    # V_x = V_r G / (G + g_m) is what the cells miss, once the column has settled.
    settled = 1.0 - 20.0 / (20.0 + 50.0)
    assert 1.0 - measured["integration_error"] == pytest.approx(settled, rel=0.02)
    strong = replace(column, transconductance=50 * mS)
    error = measure_circuit(strong)["integration_error"]
    assert abs(error) < 2e-3


@pytest.mark.spice
def test_the_comparator_decides_for_the_larger_input_and_faster_for_a_larger_difference():
    times = []
    for difference in (1 * mV, -1 * mV, 10 * mV, 100 * mV):
        measured = measure_circuit(replace(strongarm_comparator(), input_difference=difference))
        assert measured["decision"] == np.sign(difference)
        times.append(measured["decision_time"])
    assert times[0] == pytest.approx(times[1], rel=1e-2, abs=0)
    assert times[0] > times[2] > times[3] > 0.0
    # Ten times the difference saves ln(10) time constants of the regeneration.
    tau = measure_circuit(strongarm_comparator())["regeneration_time_constant"]
    assert times[0] - times[2] == pytest.approx(np.log(10) * tau, rel=0.2, abs=0)


@pytest.mark.spice
def test_a_threshold_in_the_pair_is_found_as_an_offset():
    comparator = strongarm_comparator()
    shift = {"xlatch.minp": Deviation(threshold_shift=8 * mV, current_factor=1.0)}
    # The shift also weakens the transistor while it discharges: an eighth more.
    assert comparator.offset(shift) == pytest.approx(8 * mV, rel=0.15, abs=0)
    turned = {"xlatch.minm": Deviation(threshold_shift=8 * mV, current_factor=1.0)}
    assert comparator.offset(turned) == pytest.approx(-comparator.offset(shift), abs=0.3 * mV)
    assert abs(comparator.offset({})) < 0.3 * mV
    far = {"xlatch.minp": Deviation(threshold_shift=300 * mV, current_factor=1.0)}
    assert np.isnan(comparator.offset(far))


@pytest.mark.spice
@pytest.mark.slow
def test_offsets_scatter_as_the_closed_form_says():
    comparator = strongarm_comparator()
    netlist = comparator.netlist()
    found = [
        comparator.offset(
            draw_mismatch(netlist, comparator.technology, rng=stream(sample, "mismatch"))
        )
        for sample in range(100)
    ]
    low = comparator.offset_spread(latch_share=0.0)
    high = comparator.offset_spread(latch_share=1.0)
    # The latch takes over before the pair has done: its share is between none and all, near 0.7.
    assert low < np.std(found) < high
    assert np.std(found) == pytest.approx(comparator.offset_spread(latch_share=0.7), rel=0.15)
    assert abs(np.mean(found)) < 3.0 * np.std(found) / np.sqrt(100)


@pytest.mark.spice
def test_the_word_line_limits_the_current_of_the_driver_and_the_line_reaches_its_voltage():
    currents = []
    for volts in (0.8, 1.0, 1.2):
        measured = measure_circuit(replace(write_driver(), word_line_voltage=volts))
        currents.append(measured["compliance_current"])
        assert measured["bit_line_voltage"] > 0.97 * 1.8
        assert measured["cell_voltage"] == pytest.approx(currents[-1] / (1 * mS), rel=1e-3, abs=0)
    assert currents[0] < currents[1] < currents[2] < 0.1 * 1.8 * 1e-3
    slow = measure_circuit(replace(write_driver(), bit_line_capacitance=2000 * fF))
    fast = measure_circuit(write_driver())
    assert slow["rise_time"] > 3.0 * fast["rise_time"]


@pytest.mark.spice
@pytest.mark.parametrize("voltage", [0.05, 0.333, 0.6])
def test_the_ramp_passes_the_input_when_the_closed_form_says_and_the_code_is_that_of_convert(
    voltage,
):
    converter = replace(ramp_adc(), input_voltage=voltage, comparator_offset=2 * mV)
    measured, theory = measure_circuit(converter), converter.behave(temperature=300.15)
    assert measured["crossing_time"] == pytest.approx(
        theory["crossing_time"].value, rel=2e-3, abs=0.2 * ns
    )
    assert measured["code"] == converter.convert(voltage)


def test_codes_change_at_the_transitions_and_a_bent_ramp_shows():
    converter = ramp_adc()
    levels = converter.transitions()
    assert levels.size == 63
    assert (converter.convert(levels + 1e-9) == np.arange(1, 64)).all()
    assert (converter.convert(levels - 1e-9) == np.arange(63)).all()
    assert (converter.convert([-1.0, 5.0]) == [0, 63]).all()
    straight = replace(converter, ramp_resistance=1e12).transitions()
    assert np.diff(straight) == pytest.approx(np.full(62, converter.step), rel=1e-5, abs=0)
    assert np.diff(levels)[-1] < 0.98 * np.diff(levels)[0]
    late = replace(converter, comparator_delay=10 * ns)
    assert (late.convert([0.1, 0.3]) == converter.convert([0.1, 0.3]) + 1).all()
    with pytest.raises(InvalidInput, match="1 to 16"):
        replace(converter, bits=17)


@pytest.mark.spice
@pytest.mark.parametrize("code", [1, 128, 181, 255])
def test_the_array_of_capacitors_makes_the_voltage_of_its_code(code):
    converter = replace(sar_adc(), code=code)
    level = measure_circuit(converter)["level"]
    assert level == pytest.approx(code * converter.step, abs=1e-4 * converter.step)


def test_an_ideal_converter_finds_every_code_and_clips():
    converter = sar_adc()
    codes = np.arange(256)
    assert (converter.convert((codes + 0.5) * converter.step) == codes).all()
    assert (converter.convert([-1.0, 2.0]) == [0, 255]).all()
    assert np.abs(converter.differential_nonlinearity()).max() < 1e-9
    moved = replace(converter, comparator_offset=converter.step)
    assert (moved.convert((codes[:-1] + 0.5) * converter.step) == codes[1:]).all()


def test_mid_code_scatters_by_the_root_of_the_units_that_change():
    converter = sar_adc()
    units = converter.draw_units(4000, rng=np.random.default_rng(1))
    middle = converter.differential_nonlinearity(units)[:, 127]
    expected = np.sqrt(2**8 - 1) * converter.unit_spread
    assert np.std(middle) == pytest.approx(expected, rel=0.05)
    quarter = converter.differential_nonlinearity(units)[:, 0]
    assert np.std(quarter) < 0.2 * expected
    # A converter with its own units changes codes where its own levels are.
    one = units[3]
    levels = converter.levels(one)
    rising = np.diff(levels) > 1e-6
    inside = (levels[:-1] + levels[1:])[rising] / 2
    assert (converter.convert(inside, units=one) == np.arange(255)[rising]).all()


def test_sampling_adds_the_noise_of_its_capacitance():
    converter = replace(sar_adc(), bits=12, unit_capacitance=0.01 * fF)
    rng = np.random.default_rng(2)
    codes = converter.convert(np.full(20_000, 0.4001), rng=rng)
    expected = np.sqrt(boltzmann * 300.0 / (4096 * 0.01 * fF)) / converter.step
    assert np.std(codes) == pytest.approx(np.hypot(expected, np.sqrt(1 / 12)), rel=0.03)
    assert np.std(converter.convert(np.full(100, 0.4001))) == 0.0


def test_codes_and_bits_that_are_not_there_are_refused():
    with pytest.raises(InvalidInput, match="0 to 255"):
        replace(sar_adc(), code=256)
    with pytest.raises(InvalidInput, match="2 to 12"):
        replace(sar_adc(), bits=13)
