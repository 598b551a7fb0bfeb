"""The tau-cell against an independent run of ngspice, and against its closed form."""

from dataclasses import replace

import pytest

from ohmloom.circuits.current_mode.tau_cell import van_schaik_2003
from ohmloom.circuits.experiment import measure_circuit
from ohmloom.si import ms, pA, pF


@pytest.mark.spice
def test_time_constant_and_output_are_those_of_the_golden_run():
    measured = measure_circuit(van_schaik_2003())
    assert measured["time_constant"] == pytest.approx(5.017 * ms, rel=0.01, abs=0)
    assert measured["output_current"] == pytest.approx(203.35 * pA, rel=0.002, abs=0)
    assert measured["gain"] * 20 * pA == pytest.approx(20.38 * pA, rel=0.005, abs=0)


@pytest.mark.spice
def test_the_time_constant_goes_with_the_capacitance_over_the_bias_and_not_with_the_input():
    nominal = van_schaik_2003()
    tau = measure_circuit(nominal, measures=["time_constant"])["time_constant"]
    for change, factor in (
        ({"capacitance": 2 * pF}, 2.0),
        ({"bias_current": 10 * pA}, 0.5),
        ({"stepped_current": 100 * pA}, 1.0),
    ):
        changed = measure_circuit(replace(nominal, **change), measures=["time_constant"])
        assert changed["time_constant"] == pytest.approx(factor * tau, rel=0.05, abs=0)
