"""A memristor's current, regulated and attenuated, sets the rate."""

from dataclasses import replace

import pytest

from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.neurons.memristive_neuron import garg_2024
from ohmloom.si import mV, uS


@pytest.mark.spice
def test_the_regulated_current_is_ohms_law_and_the_rate_rises_with_the_conductance():
    rates = []
    for conductance in (5 * uS, 10 * uS, 20 * uS):
        circuit = replace(garg_2024(), conductance=conductance)
        measured = measure_circuit(circuit)
        assert measured["synapse_current"] == pytest.approx(conductance * 0.1, rel=0.02, abs=0)
        assert abs(measured["synapse_voltage_error"]) < 2 * mV
        assert measured["attenuated_current"] < 0.01 * measured["synapse_current"]
        rates.append(measured["rate"])
    assert 0 < rates[0] < rates[1] < rates[2]


@pytest.mark.spice
def test_a_weak_amplifier_leaves_the_node_off_its_reference():
    weak = replace(garg_2024(), amplifier_gain=30.0)
    strong = garg_2024()
    errors = [
        measure_circuit(each, measures=["synapse_voltage_error"])["synapse_voltage_error"]
        for each in (weak, strong)
    ]
    assert errors[0] > 10.0 * errors[1] > 0.0
