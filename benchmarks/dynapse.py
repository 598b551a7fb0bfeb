"""How fast are the networks of DYNAP-SE neurons, beside rockpool and Brian2?

1024 recurrent neurons, 64 inputs each, 20 Hz from 64 sources, one second; and per synaptic event for
10 000 and 256 neurons of 64 targets each, driven so that all models fire at about the same rate, which
is printed first. One thread; compiled loops are loaded before. Peers run where they are installed;
otherwise their times are those that performance.md of the project's references prints, and are marked.

Run: python benchmarks/dynapse.py
"""

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse.dpi.dynapsim import published_dynapsim
from ohmloom.circuits.dynapse.dpi.network import (
    Connections,
    FullModel,
    LumpedModel,
    NetworkRun,
    simulate_network,
)
from ohmloom.circuits.dynapse.dpi.neuron import published_neuron
from ohmloom.circuits.dynapse.dpi.synapse import published_synapse
from ohmloom.si import hertz, ms, nA, second

PRINTED = {1 * ms: 79 * ms, 0.1 * ms: 614 * ms}
"""rockpool 3.1.0 DynapSim, JAX, one thread, same size and rate: printed, not measured here [s]."""
PRINTED_PER_EVENT = {
    (256, 1 * ms): 343 * ms / (256 * 64 * 200),
    (10_000, 1 * ms): 782 * ms / (10_000 * 64 * 300),
}
"""Brian2 2.9 (cython), its time over neurons x 64 x rate: printed, not measured here [s]."""


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
    print("\nper synaptic event, full model, 64 targets of each neuron")
    for (neurons, step), printed in PRINTED_PER_EVENT.items():
        run = full(neurons, step, drive=0.6 * nA)
        spikes = len(run().spikes.time)
        took = median(run)
        events = 64 * spikes
        each = took / events
        print(
            f"{neurons:>6} neurons, {spikes / neurons:.0f} Hz: {took / ms:.1f} ms, "
            f"{each * 1e9:.2f} ns an event; Brian2 {printed * 1e9:.1f} ns (printed): "
            f"{printed / each:.1f}x"
        )
    if importlib.util.find_spec("brian2") is None:
        print("brian2 is not installed: its times are the printed ones")


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
    connections, inputs = wiring(neurons, 0.05, 0.0005), spikes_of_inputs()
    return lambda: simulate_network(model, connections, inputs, step=step)


def full(neurons: int, step: float, *, drive: float | None = None) -> Callable[[], NetworkRun]:
    """Four dendrites; driven by inputs, or by a constant current without them."""
    neuron = published_neuron()
    sources = 64
    if drive is not None:
        # Neurons differ a little, so that they do not fire together.
        spread = np.random.default_rng(2).uniform(0.5, 1.5, neurons)
        neuron, sources = replace(neuron, constant=drive * spread), 0
    model = FullModel(neurons=neurons, neuron=neuron, dendrites=(published_synapse(),) * 4)
    connections = wiring(neurons, 0.5 * nA, 5e-3 * nA if sources else 0.1e-3 * nA, sources)
    inputs = spikes_of_inputs(sources=sources) if sources else Events(
        time=np.zeros(0), address=np.zeros(0, dtype=np.int64), duration=1 * second
    )  # fmt: skip
    return lambda: simulate_network(model, connections, inputs, step=step)


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
