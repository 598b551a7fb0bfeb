"""The DPI synapse against an independent run of ngspice, and against theory."""

from dataclasses import replace

import pytest

from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.synapses.dpi_synapse import bartolozzi_2007
from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.si import ms, nA, pA, pF


@pytest.mark.spice
@pytest.mark.parametrize(
    ("threshold", "steady", "tau"),
    [(1.45, 5.188 * nA, 7.02 * ms), (1.50, 1.244 * nA, 6.71 * ms), (1.55, 278.2 * pA, 6.54 * ms)],
)
def test_steady_state_and_time_constant_are_those_of_the_table(threshold, steady, tau):
    measured = measure_circuit(replace(bartolozzi_2007(), threshold_voltage=threshold))
    assert measured["steady_current"] == pytest.approx(steady, rel=0.01, abs=0)
    assert measured["time_constant"] == pytest.approx(tau, rel=0.01, abs=0)


@pytest.mark.spice
def test_the_time_constant_goes_with_the_capacitance_and_with_one_over_the_leak():
    nominal = bartolozzi_2007()
    tau = measure_circuit(nominal, measures=["time_constant"])["time_constant"]
    for change, factor in (({"capacitance": 2 * pF}, 2.0), ({"leak_current": 10 * pA}, 0.5)):
        changed = measure_circuit(replace(nominal, **change), measures=["time_constant"])
        assert changed["time_constant"] == pytest.approx(factor * tau, rel=0.06, abs=0)


@pytest.mark.spice
@pytest.mark.slow
def test_where_transistors_follow_one_law_theory_gives_the_steady_state_as_well():
    # Close to the supply the output stays in weak inversion.
    synapse = replace(bartolozzi_2007(ekv()), threshold_voltage=1.7)
    theory, measured = synapse.behave(temperature=300.15), measure_circuit(synapse)
    assert set(theory) == {"time_constant", "steady_current"}
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0)


def test_a_leak_above_the_weight_leaves_no_current():
    weak = replace(bartolozzi_2007(ekv()), weight_current=1 * pA)
    assert weak.behave(temperature=300.15)["steady_current"].value == 0.0
