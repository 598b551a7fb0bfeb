"""The window is exponential on both sides, as derived, and the weight ends at one of two rails."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.experiment import measure_circuit, run_bench
from ohmloom.circuits.synapses.stdp_synapse import indiveri_2006
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, us

DELAYS = np.array([1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0]) * ms


@pytest.mark.spice
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_window_is_exponential_over_a_decade_with_the_derived_time_constant(sign):
    synapse = indiveri_2006()
    change = synapse.window(sign * DELAYS)["weight change [V]"].to_numpy()
    assert (sign * change > 0).all()
    logs = np.log(np.abs(change))
    assert np.ptp(logs) > np.log(8.0)
    slope, offset = np.polyfit(DELAYS, logs, 1)
    residual = logs - slope * DELAYS - offset
    assert 1.0 - residual.var() / logs.var() > 0.999
    derived = synapse.trace_capacitance * 1.219 * thermal_voltage(300.15) / 2.5e-12
    assert -1.0 / slope == pytest.approx(derived, rel=0.1)


@pytest.mark.spice
@pytest.mark.parametrize("delay", [2 * ms, 8 * ms, -2 * ms, -8 * ms])
def test_each_change_is_that_of_the_closed_form(delay):
    synapse = replace(indiveri_2006(), pair_delay=delay)
    theory = synapse.behave(temperature=300.15)["weight_change"]
    measured = measure_circuit(synapse, measures=["weight_change"])["weight_change"]
    assert measured == pytest.approx(theory.value, rel=theory.tolerance, abs=0)


@pytest.mark.spice
def test_the_weight_drifts_to_both_rails_from_both_sides_of_its_threshold():
    synapse = indiveri_2006()
    for name, rail, sign in (("rising", 1.4, 1.0), ("falling", 0.0, -1.0)):
        run = run_bench(synapse.benches()[name]())
        weight = run.real("vw")
        assert weight[0] == pytest.approx(0.9 + sign * 0.15 * 1.4, abs=0.01)
        assert weight[-1] == pytest.approx(rail, abs=0.01)
        assert (sign * np.diff(weight) > -1e-6).all()


def test_spikes_that_overlap_are_refused():
    with pytest.raises(InvalidInput, match="apart"):
        replace(indiveri_2006(), pair_delay=50 * us)
