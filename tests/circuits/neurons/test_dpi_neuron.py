"""The DPI neuron against spike times of an independent run of ngspice, and against theory."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.measures.spikes import spike_times
from ohmloom.circuits.netlist import Subcircuit
from ohmloom.circuits.neurons.dpi_neuron import livi_2009
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.mismatch import Deviation, draw_mismatch, with_mismatch
from ohmloom.circuits.technologies.technology import Pelgrom
from ohmloom.physical_constants import boltzmann, elementary_charge
from ohmloom.randomness import stream
from ohmloom.si import fF, ms, mV, nA, pA, um, us

# ngspice 39.3, generic card, from 0 V: crossings of 0.9 V by `rst`, and the largest membrane.
GOLDEN = {
    50 * pA: ([67.44], 0.7834),
    100 * pA: ([42.89, 86.24], 0.7834),
    200 * pA: ([28.977, 58.277, 87.577], 0.7835),
    500 * pA: ([18.329, 36.879, 55.430], 0.7837),
    1 * nA: ([13.327, 26.829, 40.331], 0.7841),
}


def spikes(neuron, *, netlist=None, stop=100 * ms, step=100 * us, temperature=300.15, **options):
    run = simulate(
        netlist or neuron.netlist(),
        Transient(stop=stop, step=step, from_operating_point=False),
        options=dict(PICOAMPERE_OPTIONS) | options,
        temperature=temperature,
        keep=["rst", "vmem"],
    )
    return run, spike_times(run.time, run.real("rst"), threshold=0.9)


@pytest.mark.spice
@pytest.mark.parametrize("current", GOLDEN)
def test_spikes_come_when_they_should(current):
    times, peak = GOLDEN[current]
    run, found = spikes(replace(livi_2009(), input_current=current))
    assert found[: len(times)] == pytest.approx(np.array(times) * ms, rel=5e-3, abs=0)
    if current < 500 * pA:
        assert len(found) == len(times)
    assert run["vmem"].max() == pytest.approx(peak, abs=2e-4)


@pytest.mark.spice
def test_adaptation_makes_the_intervals_longer_as_it_should():
    adapting = replace(
        livi_2009(),
        input_current=1 * nA,
        adaptation_voltage=1.45,
        adaptation_threshold_voltage=0.15,
    )
    _, found = spikes(adapting)
    expected = np.array([13.342, 27.209, 41.723, 56.793, 72.269, 88.024])
    assert found == pytest.approx(expected * ms, rel=5e-3, abs=0)
    assert np.diff(found)[-1] > 1.1 * np.diff(found)[0]


@pytest.mark.spice
@pytest.mark.slow
def test_the_rates_of_a_hundred_samples_scatter_as_they_should():
    neuron = replace(livi_2009(), duration=100 * ms)
    nominal = neuron.netlist()
    inside = [(path, each) for path, each in nominal.transistors() if "." in path]
    rng = np.random.default_rng(0)
    rates = []
    for _ in range(100):
        shifts = {
            path: Deviation(
                threshold_shift=rng.normal(0.0, 3.5e-9 / np.sqrt(each.width * each.length)),
                current_factor=1.0,
            )
            for path, each in inside
        }
        _, found = spikes(neuron, netlist=with_mismatch(nominal, shifts))
        rates.append(1.0 / np.diff(found).mean() if found.size > 1 else 0.0)
    assert min(rates) > 0.0
    assert np.mean(rates) == pytest.approx(33.66, rel=0.01)
    assert np.std(rates) == pytest.approx(3.40, rel=0.05)


@pytest.mark.spice
@pytest.mark.slow
def test_the_time_constant_scatters_as_its_leak_alone_and_not_as_more():
    neuron = livi_2009()
    bench = neuron.benches()["leak"]()
    found = []
    for sample in range(300):
        drawn = draw_mismatch(bench.netlist, neuron.technology, rng=stream(sample, "mismatch"))
        run = simulate(with_mismatch(bench.netlist, drawn), bench.analysis, options=bench.options)
        found.append(bench.measures["time_constant"].of(run))
    law = generic().pelgrom("n")
    of_leak = np.hypot(
        law.threshold_deviation(um, 4 * um) / (1.219 * 0.025865), law.factor_deviation(um, 4 * um)
    )
    assert np.std(np.log(found)) == pytest.approx(of_leak, rel=0.12)


@pytest.mark.spice
@pytest.mark.slow
@pytest.mark.parametrize(
    ("current", "first", "intervals"),
    [
        (200 * pA, 3.80116, [3.58377, 3.56385]),
        (1 * nA, 0.96884, [0.84960, 0.78594]),
    ],
)
def test_transistors_of_the_ekv_kind_spike_as_behavioural_sources_did(current, first, intervals):
    bare = replace(ekv(), drain_capacitance=0.0, gate_capacitance=0.0)
    # The referee worked with U_T = 25.85 mV, 5 fF at each node, and bias voltages by inversion.
    temperature = 25.85 * mV * elementary_charge / boltzmann
    neuron = replace(livi_2009(bare), input_current=current)
    parameters = bare.parameters("n")
    gates = {
        node: parameters.gate_voltage(bias, width=um, length=length * um, temperature=temperature)
        for node, bias, length in (("vlk", 5 * pA, 4), ("vref", 50 * pA, 2), ("vlkahp", 2 * pA, 4))
    }
    netlist = neuron.netlist()
    elements = [each for each in netlist.elements if not each.name.startswith("bias")]
    elements += [
        VoltageSource(name=node, plus=node, minus="0", voltage=voltage)
        for node, voltage in gates.items()
    ]
    nodes = ["in", "vmem", "rst", "req", "n3", "n4", "n5", "n7", "n8", "n9", "a1", "a2", "vca"]
    parasitic = [Capacitor(name=f"p{n}", plus=n, minus="0", capacitance=5 * fF) for n in nodes]
    definitions = [
        replace(each, elements=(*each.elements, *parasitic))
        if isinstance(each, Subcircuit)
        else each
        for each in netlist.definitions
    ]
    start = {f"xneuron.{node}": 1.8 for node in ("req", "n4", "n5", "a1", "a2")}
    bench = replace(netlist, elements=elements, definitions=definitions, initial_voltages=start)
    _, found = spikes(
        neuron,
        netlist=bench,
        stop=(first + sum(intervals) + 0.1) * ms,
        step=20 * us,
        temperature=temperature,
        reltol=1e-5,
        trtol=1,
    )
    assert found[0] == pytest.approx(first * ms, rel=1e-3, abs=0)
    assert np.diff(found)[:2] == pytest.approx(np.array(intervals) * ms, rel=1e-3, abs=0)


@pytest.mark.spice
@pytest.mark.slow
def test_where_transistors_follow_one_law_theory_gives_the_rate_as_well():
    for current in (50 * pA, 200 * pA):
        neuron = replace(livi_2009(ekv()), input_current=current, duration=50 * ms)
        theory = neuron.behave(temperature=300.15)
        measured = measure_circuit(neuron, measures=["rate", "interval"])
        for name in ("rate", "interval"):
            assert measured[name] == pytest.approx(
                theory[name].value, rel=theory[name].tolerance, abs=0
            )


def test_theory_is_silent_about_rates_where_it_does_not_hold():
    assert set(livi_2009().behave(temperature=300.15)) == {"time_constant"}
    assert set(livi_2009(ekv()).behave(temperature=300.15)) == {
        "time_constant",
        "interval",
        "rate",
    }
    weak = replace(livi_2009(ekv()), input_current=0.1 * pA)
    assert set(weak.behave(temperature=300.15)) == {"time_constant"}


def test_the_design_has_the_transistors_of_the_paper():
    netlist = livi_2009().netlist()
    inside = [path for path, _ in netlist.transistors() if path.startswith("xneuron.")]
    assert len(inside) == 23
    assert Pelgrom(threshold=3.5e-9, current_factor=1e-8) == generic().pelgrom("p")
