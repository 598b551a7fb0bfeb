"""The axon-hillock against an independent run of ngspice, and against its closed forms."""

from dataclasses import replace

import pytest

from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.neurons.axon_hillock import mead_1989
from ohmloom.si import ms, nA, pF, us


@pytest.mark.spice
def test_period_pulse_and_peak_are_those_of_the_golden_run():
    measured = measure_circuit(mead_1989())
    assert measured["period"] == pytest.approx(0.9964 * ms, rel=2e-3, abs=0)
    assert measured["pulse_width"] == pytest.approx(98.6 * us, rel=5e-3, abs=0)
    assert measured["membrane_peak"] == pytest.approx(1.38, abs=5e-3)


@pytest.mark.spice
@pytest.mark.parametrize(
    "change",
    [{"input_current": 3 * nA}, {"feedback_capacitance": 1 * pF}, {"reset_current": 5 * nA}],
)
def test_periods_and_pulses_follow_the_closed_form(change):
    circuit = replace(mead_1989(), **change)
    measured, theory = measure_circuit(circuit), circuit.behave(temperature=300.15)
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0), name
