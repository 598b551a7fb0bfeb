"""The trace follows the rate."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.synapses.calcium_trace import indiveri_2006_calcium
from ohmloom.si import pA


@pytest.mark.spice
def test_the_mean_goes_with_the_rate_and_with_the_pulse_width():
    nominal = indiveri_2006_calcium()
    found = []
    for rate in (50.0, 100.0, 200.0):
        train = replace(nominal, rate=rate, spikes=round(0.3 * rate))
        found.append(measure_circuit(train, measures=["mean_current"])["mean_current"])
    assert np.array(found) / found[1] == pytest.approx([0.5, 1.0, 2.0], rel=0.08)
    wide = replace(nominal, pulse_width=2 * nominal.pulse_width, spikes=30)
    doubled = measure_circuit(wide, measures=["mean_current"])["mean_current"]
    assert doubled == pytest.approx(2.0 * found[1], rel=0.08, abs=0)


@pytest.mark.spice
def test_the_decay_goes_with_one_over_the_leak():
    nominal = indiveri_2006_calcium()
    slow = measure_circuit(nominal, measures=["time_constant"])["time_constant"]
    fast = replace(nominal, leak_current=2 * pA)
    found = measure_circuit(fast, measures=["time_constant"])["time_constant"]
    assert found == pytest.approx(0.5 * slow, rel=0.05, abs=0)
