"""How fast are the networks of DYNAP-SE neurons, beside rockpool and Brian2?

1024 recurrent neurons, 64 inputs each, 20 Hz from 64 sources, one second; and per synaptic event
for 256 and 10 000 neurons of 64 targets each, the same equations in Brian2 (cython), both rates
shown first. One thread; compiled loops are loaded before. Brian2 runs where it is installed; its
version 2.9 needs numpy 1. rockpool does not run here: its times are those that it was measured to
need for this size and rate, and are marked.

Run: python benchmarks/dynapse.py
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy is first imported
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse.dpi.dynapsim import published_dynapsim
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, THERMAL_VOLTAGE
from ohmloom.circuits.dynapse.dpi.network import (
    Connections,
    FullModel,
    LumpedModel,
    NetworkRun,
    prepare_network,
)
from ohmloom.circuits.dynapse.dpi.neuron import published_neuron
from ohmloom.circuits.dynapse.dpi.synapse import published_synapse
from ohmloom.si import hertz, ms, nA, second

PRINTED = {1 * ms: 79 * ms, 0.1 * ms: 614 * ms}
"""rockpool 3.1.0 DynapSim, JAX, one thread, same size and rate: printed, not measured here [s]."""
INNER = 1e-6 * nA
"""Weight of its connections [A]."""
DRIVE = 0.6 * nA
"""Constant current of the comparison with Brian2 [A]."""


def main() -> None:
    """Print all comparisons."""
    recurrent()
    per_event()


def recurrent() -> None:
    """1024 neurons of both models."""
    print("1024 recurrent neurons, 64 inputs each, 1 s")
    print(f"{'model':<10} {'step':>7} {'rate':>9} {'takes':>10}   rockpool DynapSim")
    for step, printed in PRINTED.items():
        for name, run in (("DynapSim", lumped(1024, step)), ("full", full(1024, step))):
            rate = len(run().spikes.time) / 1024
            took = median(run)
            print(
                f"{name:<10} {step / ms:>4.1f} ms {rate:>6.1f} Hz {took / ms:>7.1f} ms   "
                f"{printed / ms:.0f} ms (printed): {printed / took:.1f}x"
            )
    if importlib.util.find_spec("rockpool") is None:
        print("rockpool is not installed: its times are the printed ones")


def per_event() -> None:
    """Time for one synaptic event."""
    print("\nper synaptic event, full model, step 1 ms, 64 targets of each neuron, 1 s")
    for neurons in (256, 10_000):
        run = driven(neurons)
        spikes = len(run().spikes.time)
        took = median(run)
        each = took / (64 * spikes)
        line = f"{neurons:>6} neurons, {spikes / neurons:.1f} Hz: {took / ms:.1f} ms, "
        line += f"{each * 1e9:.2f} ns an event"
        if importlib.util.find_spec("brian2") is not None:
            their_spikes, their_time = in_brian(neurons)
            theirs = their_time / (64 * their_spikes)
            line += f"; Brian2 {their_spikes / neurons:.1f} Hz, {their_time / ms:.0f} ms, "
            line += f"{theirs * 1e9:.1f} ns an event: {theirs / each:.1f}x"
        print(line)
    if importlib.util.find_spec("brian2") is None:
        print("brian2 is not installed (pip install brian2==2.9.0): not compared")


def in_brian(neurons: int) -> tuple[int, float]:
    """The same network in Brian2: spikes, and median time of a second [s]."""
    import brian2 as b2  # noqa: PLC0415  an optional peer

    b2.prefs.codegen.target = "cython"
    b2.BrianLogger.log_level_error()
    neuron, synapse = published_neuron(), published_synapse()
    rest = float(neuron.resting)
    keep = float(np.exp(-1 * ms / synapse.tau))
    constants = {
        "leak": float(neuron.leak) / rest,
        "gain": float(neuron.gain) / rest,
        "gate": float(neuron.nmda_gate) / rest,
        "threshold": float(np.log(neuron.threshold / rest)),
        "pace": KAPPA * rest / (float(neuron.capacitance) * THERMAL_VOLTAGE),
        "share": KAPPA / (KAPPA + 1.0),
        "tau_s": -1 * ms / np.log(keep) * b2.second,
    }
    equations = """
    du/dt = pace * (((gain / leak * (inflow - leak) - im) * leak) / (im + gain)
            + exp(share * u)) / second : 1
    im = exp(u) : 1
    inflow = clip((ampa + nmda * im / (im + gate) + drive) * int(not_refractory), 1, 1e12) : 1
    dampa/dt = -ampa / tau_s : 1
    dnmda/dt = -nmda / tau_s : 1
    drive : 1
    """
    b2.defaultclock.dt = 1 * b2.ms
    group = b2.NeuronGroup(
        neurons, equations, threshold="u > threshold", reset="u = 0", refractory=1 * b2.ms,
        method="euler", namespace=constants,
    )  # fmt: skip
    group.drive = DRIVE * spread_of(neurons) / rest
    connections = wiring(neurons, 0.0, INNER, 0)
    per_ampere = float(
        synapse.gain / synapse.leak * (1.0 - np.exp(-synapse.pulse / synapse.tau)) / rest
    )
    links = []
    for kind, name in ((0, "ampa"), (1, "nmda")):
        chosen = connections.receptor == kind
        link = b2.Synapses(group, group, "w : 1", on_pre=f"{name}_post += w")
        link.connect(i=connections.source[chosen], j=connections.target[chosen])
        link.w = INNER * per_ampere
        links.append(link)
    monitor = b2.SpikeMonitor(group, record=False)
    network = b2.Network(group, monitor, *links)
    network.run(0.1 * b2.second)
    network.store()
    times, spikes = [], 0
    for _ in range(3):
        network.restore()
        before = int(monitor.num_spikes)
        start = time.perf_counter()
        network.run(1.0 * b2.second)
        times.append(time.perf_counter() - start)
        spikes = int(monitor.num_spikes) - before
    return spikes, statistics.median(times)


def spread_of(neurons: int) -> FloatArray:
    """Neurons differ a little, so that they do not fire together."""
    return np.random.default_rng(2).uniform(0.5, 1.5, neurons)


def driven(neurons: int) -> Callable[[], NetworkRun]:
    """Four dendrites, driven by a constant current."""
    neuron = replace(published_neuron(), constant=DRIVE * spread_of(neurons), ahp_weight=0.0)
    model = FullModel(neurons=neurons, neuron=neuron, dendrites=(published_synapse(),) * 4)
    network = prepare_network(model, wiring(neurons, 0.0, INNER, 0), step=1 * ms)
    quiet = Events(time=np.zeros(0), address=np.zeros(0, dtype=np.int64), duration=1 * second)
    return lambda: network.run(quiet)


def wiring(neurons: int, weight: float, inner: float, sources: int = 64) -> Connections:
    """Every neuron hears all inputs, and 64 others at random."""
    rng = np.random.default_rng(0)
    return Connections(
        sources=sources + neurons,
        source=np.concatenate(
            [
                np.arange(sources).repeat(neurons),
                rng.integers(0, neurons, 64 * neurons) + sources,
            ]
        ),
        target=np.concatenate(
            [np.tile(np.arange(neurons), sources), np.repeat(np.arange(neurons), 64)]
        ),
        receptor=rng.integers(0, 2, (sources + 64) * neurons),
        weight=np.concatenate([np.full(sources * neurons, weight), np.full(64 * neurons, inner)]),
    )


def spikes_of_inputs(rate: float = 20 * hertz, sources: int = 64) -> Events:
    """Poisson trains of one second."""
    rng = np.random.default_rng(1)
    count = int(rng.poisson(rate * sources))
    return Events(
        time=np.sort(rng.uniform(0.0, 1.0, count)),
        address=rng.integers(0, sources, count),
        duration=1 * second,
    )


def lumped(neurons: int, step: float) -> Callable[[], NetworkRun]:
    """DynapSim."""
    model = LumpedModel(neurons=neurons, model=published_dynapsim())
    network = prepare_network(model, wiring(neurons, 0.05, 0.0005), step=step)
    inputs = spikes_of_inputs()
    return lambda: network.run(inputs)


def full(neurons: int, step: float) -> Callable[[], NetworkRun]:
    """Four dendrites."""
    model = FullModel(
        neurons=neurons, neuron=published_neuron(), dendrites=(published_synapse(),) * 4
    )
    network = prepare_network(model, wiring(neurons, 0.5 * nA, 5e-3 * nA), step=step)
    inputs = spikes_of_inputs()
    return lambda: network.run(inputs)


def median(job: Callable[[], object]) -> float:
    """Median time of seven calls [s]."""
    times = []
    for _ in range(7):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
