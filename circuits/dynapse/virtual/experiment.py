"""One run of a virtual chip: currents from codes, events through words, spikes to the outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse.dpi.log_domain import pulse_length
from ohmloom.circuits.dynapse.dpi.network import Connections, FullModel, simulate_network
from ohmloom.circuits.dynapse.dpi.neuron import NeuronCurrents
from ohmloom.circuits.dynapse.dpi.synapse import SynapseCurrents
from ohmloom.circuits.dynapse.virtual.silicon import NEURONS, Silicon
from ohmloom.si import kelvin, pA, pF, us

ROOM: Final = 298.15 * kelvin
STEP: Final = 50 * us
"""Of the simulation [s]."""
_DOUBLING: Final = 8 * kelvin
"""Warming that doubles I_0."""
_PER_KELVIN: Final = 5e-3
"""How bias currents rise [1/K]."""
_HOT: Final = 300 * pA
"""Constant current of a hot neuron at the membrane [A]."""
_MOST_EVENTS: Final = 2_000_000.0
"""That leave a board in a second; the others are lost [1/s]."""
_LEAST_THRESHOLD: Final = 100.0
"""Of the firing threshold, in units of I_0: below it no comparator switches [1]."""
_FLOOR: Final = 1e-14
"""No current is smaller, a bias of zero leaks [A]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """Synapses in use, one entry each."""

    neuron: IntArray
    """Of the board, shape (words,)."""
    word: IntArray
    """Of the neuron, shape (words,)."""
    address: IntArray
    """That it listens to, shape (words,)."""
    receptor: IntArray
    """`Receptor`, shape (words,)."""
    weight: FloatArray
    """Nominal current, shape (words,) [A]."""
    delay: FloatArray
    """Nominal, shape (words,) [s]."""
    mismatched: BoolArray
    """Whether the delay is one of its own, shape (words,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sendings:
    """Which source reaches which core, under which address; one entry for each core."""

    source: IntArray
    """Inputs, then neurons of the board, shape (sendings,)."""
    core: IntArray
    """Of the board, shape (sendings,)."""
    address: IntArray
    """Shape (sendings,)."""


def full_model(
    nominal: Mapping[str, FloatArray],
    silicon: Silicon,
    *,
    temperature: float,
    resting_current: float,
    core_factor: FloatArray,
    dead: BoolArray,
    constant_on: BoolArray,
    adaptation_on: BoolArray,
    gate_on: BoolArray,
    second_leak: BoolArray | None = None,
) -> FullModel:
    """The neurons of a board with their mismatch.

    Args:
        nominal: currents that the codes make in each core, by quantity, and "pulse" and "ahp
            pulse", shape (cores,) [A].
        silicon: the truth.
        temperature: [K].
        resting_current: I_0 at room temperature [A].
        core_factor: of all currents of a core: generator, drift, shape (cores,) [1].
        dead: neurons that are silent, shape (neurons,).
        constant_on: neurons with the constant current, shape (neurons,).
        adaptation_on: neurons with the after-hyperpolarisation, shape (neurons,).
        gate_on: neurons whose NMDA waits for the membrane, shape (neurons,).
        second_leak: neurons with the second leak, shape (neurons,); none when None.
    """
    warmer = temperature - ROOM
    of_core = core_factor * (1.0 + _PER_KELVIN * warmer)

    def current(name: str) -> FloatArray:
        return np.maximum(
            np.repeat(nominal[name] * of_core, NEURONS) * silicon.factors[name], _FLOOR
        )

    def shared(name: str) -> FloatArray:
        return np.maximum(np.repeat(nominal[name] * of_core, NEURONS), _FLOOR)

    pulse = pulse_length(0.5 * pF, shared("pulse"))
    # U_T enters the time constants; at another temperature capacitors seem larger or smaller.
    thermal = temperature / ROOM
    resting = np.full(len(dead), resting_current * 2.0 ** (warmer / _DOUBLING))
    constant = np.where(constant_on, current("constant"), _FLOOR) + _HOT * silicon.hot
    leak = current("leak")
    if second_leak is not None:
        leak = np.where(second_leak, current("second leak"), leak)
    # A transistor that is off leaks as well; with less than I_0 a membrane would never rest.
    leak = np.maximum(leak, 1.2 * resting)
    neuron = NeuronCurrents(
        leak=leak,
        gain=current("gain"),
        threshold=np.where(
            dead, np.inf, np.maximum(current("threshold"), _LEAST_THRESHOLD * resting)
        ),
        refractory=pulse_length(1.5 * pF, current("refractory")),
        constant=constant,
        nmda_gate=np.where(gate_on, current("nmda gate"), 0.0),
        ahp_leak=current("ahp leak"),
        ahp_gain=current("ahp gain"),
        ahp_weight=np.where(adaptation_on, current("ahp weight"), 0.0),
        ahp_pulse=pulse_length(0.5 * pF, shared("ahp pulse")),
        capacitance=3 * pF * silicon.capacitance * thermal,
        ahp_capacitance=40 * pF * thermal,
        resting=resting,
    )
    one, two, three, four = (
        SynapseCurrents(
            leak=current(f"leak {kind}"),
            gain=current(f"gain {kind}"),
            pulse=pulse,
            capacitance=(24.5 if kind == 0 else 25.0) * pF * thermal,
            resting=resting,
        )
        for kind in range(4)
    )
    return FullModel(neurons=len(dead), neuron=neuron, dendrites=(one, two, three, four))


def connections_of(
    words: Words, sendings: Sendings, silicon: Silicon, core_factor: FloatArray, sources: int
) -> Connections:
    """Every sending meets every word that listens there, and that works."""
    kind = (words.address >= 1024).astype(np.int64)
    works = silicon.usable[words.neuron, words.word, kind]
    core = words.neuron // NEURONS
    key = core[works] * 2048 + words.address[works]
    order = np.argsort(key, kind="stable")
    index = np.flatnonzero(works)[order]
    sorted_key = key[order]
    wanted = sendings.core * 2048 + sendings.address
    low = np.searchsorted(sorted_key, wanted)
    high = np.searchsorted(sorted_key, wanted, side="right")
    count = high - low
    source = np.repeat(sendings.source, count)
    place = np.repeat(low - np.cumsum(count) + count, count) + np.arange(count.sum())
    chosen = index[place]
    neuron, word = words.neuron[chosen], words.word[chosen]
    own = np.where(words.mismatched[chosen], silicon.delay_factor[neuron, word], 1.0)
    return Connections(
        sources=sources,
        source=source,
        target=neuron,
        receptor=words.receptor[chosen],
        weight=words.weight[chosen]
        * silicon.word_factor[neuron, word]
        * core_factor[neuron // NEURONS],
        delay=np.minimum(words.delay[chosen] * own, 0.2),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """What came out of a run."""

    spikes: Events
    """Of neurons of the board, all of them, in the order of time."""
    membrane: FloatArray
    """Of the monitored neurons, shape (monitored, time) [A]."""


def run_board(
    model: FullModel, connections: Connections, inputs: Events, monitored: IntArray
) -> Recording:
    """Simulate a board."""
    run = simulate_network(model, connections, inputs, step=STEP, monitored=monitored)
    return Recording(spikes=run.spikes, membrane=run.monitored.T)


def through_the_bus(spikes: Events, exponential: BoolArray, rng: np.random.Generator) -> Events:
    """What of the spikes arrives outside: in whole microseconds, some twice, under load not all.

    Args:
        spikes: of neurons of the board.
        exponential: neurons whose spikes may come twice, shape (neurons,).
        rng: of this run.
    """
    time = spikes.time + STEP * rng.random(len(spikes.time))
    address = spikes.address
    twice = exponential[address] & (rng.random(len(address)) < 0.3)
    time = np.concatenate([time, time[twice] + 1.5 * us])
    address = np.concatenate([address, address[twice]])
    order = np.argsort(time, kind="stable")
    time, address = np.rint(time[order] / us) * us, address[order]
    # A window of a millisecond passes so many; what is over is lost.
    window = (time / 1e-3).astype(np.int64)
    most = int(_MOST_EVENTS * 1e-3)
    position = np.arange(len(window)) - np.searchsorted(window, window)
    kept = position < most
    return Events(time=time[kept], address=address[kept], duration=spikes.duration)
