"""Networks of DPI neurons, compiled: only synapses that receive something cost anything.

Two models share the connections. `FullModel` has four dendrites, the NMDA gate, shunting and
after-hyperpolarisation; its membrane moves as u = ln(I / I_0) by Euler's method, its dendrites
decay exactly. `LumpedModel` is rockpool's DynapSim, one signed synapse, spike step by spike step.

States are float32, as the published simulator's. Every event adds a number that was worked out
before the run; neurons are updated side by side.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom import checks
from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.chip import Events
from ohmloom.circuits.compiled_loops import compiled, say_if_compiling
from ohmloom.circuits.dynapse.dpi.dynapsim import DynapSim
from ohmloom.circuits.dynapse.dpi.fast_math import fast_exp, fast_log
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, THERMAL_VOLTAGE, time_constant
from ohmloom.circuits.dynapse.dpi.neuron import NeuronCurrents
from ohmloom.circuits.dynapse.dpi.synapse import ShortTermDepression, SynapseCurrents
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.errors import InvalidInput, SimulatorError

Float32Array: TypeAlias = NDArray[np.float32]
_DENDRITES = len(Receptor)
_MOST_SPIKES = 16_000_000
"""Of one run."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Connections:
    """Who reaches whom; sources are the inputs, then the neurons.

    Raises:
        InvalidInput: shapes do not fit, or a number is out of range.
    """

    sources: int
    """Inputs and neurons together."""
    source: IntArray
    """Shape (connections,)."""
    target: IntArray
    """A neuron, shape (connections,)."""
    receptor: IntArray
    """`Receptor`, shape (connections,); not read by the lumped model."""
    weight: FloatArray
    """Current of its pulse [A], or for the lumped model a signed number of units [1], shape
    (connections,)."""
    delay: FloatArray | None = None
    """Shape (connections,), None for none [s]."""
    depression: ShortTermDepression | None = None
    """How those of `depressed` fade with use."""
    depressed: BoolArray | None = None
    """Which fade, shape (connections,); all of them when None, if there is a `depression`."""

    def __post_init__(self) -> None:
        columns = {name: np.asarray(getattr(self, name)) for name in
                   ("source", "target", "receptor", "weight")}  # fmt: skip
        if len({each.shape for each in columns.values()}) > 1 or columns["source"].ndim != 1:
            raise InvalidInput("all columns of connections must be equally long")
        if self.delay is not None and np.shape(self.delay) != columns["source"].shape:
            raise InvalidInput("there must be one delay for each connection")
        if self.depressed is not None and np.shape(self.depressed) != columns["source"].shape:
            raise InvalidInput("`depressed` must say so for each connection")
        source = columns["source"]
        if len(source) and not 0 <= source.min() <= source.max() < self.sources:
            raise InvalidInput(f"sources must lie in 0 to {self.sources - 1}")


@dataclass(frozen=True, kw_only=True)
class FullModel:
    """Neurons with four dendrites."""

    neurons: int
    """How many."""
    neuron: NeuronCurrents
    """Their biases."""
    dendrites: tuple[SynapseCurrents, SynapseCurrents, SynapseCurrents, SynapseCurrents]
    """Of AMPA, NMDA, GABA_B and GABA_A."""


@dataclass(frozen=True, kw_only=True)
class LumpedModel:
    """Neurons of DynapSim."""

    neurons: int
    """How many."""
    model: DynapSim
    """Their biases."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkRun:
    """What a network did."""

    spikes: Events
    """When which neuron fired; several times in a step where the model says so."""
    monitored: FloatArray
    """Membrane current of the monitored neurons at the end of each step, shape (time, monitored)
    [A]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedNetwork:
    """A network with everything worked out that does not depend on its input."""

    model: FullModel | LumpedModel
    """The neurons."""
    step: float
    """[s]."""
    inputs: int
    """How many."""
    _table: "_Table"
    _constants: Float32Array

    def run(self, inputs: Events, *, monitored: IntArray | None = None) -> NetworkRun:
        """Run the network from rest on input events.

        Args:
            inputs: events of the inputs, whose duration is that of the run; events within a step
                count at its beginning.
            monitored: neurons whose membrane is kept, shape (monitored,).

        Raises:
            InvalidInput: events out of order, or of inputs that do not exist.
            SimulatorError: neurons fire in every step, without end.
        """
        model, step, table = self.model, self.step, self._table
        steps = round(inputs.duration / step)
        if steps < 1:
            raise InvalidInput(f"a run of {inputs.duration} s has no step of {step} s")
        time = checks.finite(inputs.time, "inputs.time")
        if (np.diff(time) < 0.0).any():
            raise InvalidInput("events must be in order of time; sort them")
        address = np.asarray(inputs.address, dtype=np.int64)
        if len(address) and not 0 <= address.min() <= address.max() < self.inputs:
            raise InvalidInput(f"events must come from inputs 0 to {self.inputs - 1}")
        event_step = np.minimum((time / step + 1e-6).astype(np.int64), steps - 1)
        watched = np.zeros(0, dtype=np.int64) if monitored is None else np.asarray(monitored)
        trace = np.zeros((steps, len(watched)), dtype=np.float32)
        # Memory that nobody touches costs nothing.
        most = min(steps * model.neurons, _MOST_SPIKES)
        when, who = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
        loop = run_full if isinstance(model, FullModel) else run_lumped
        say_if_compiling(loop, "the DYNAP-SE models")
        count = loop(
            event_step, address, self.inputs, table.starts, table.places, table.amounts,
            table.delays, table.longest, table.strengths, table.recovery, steps, self._constants,
            watched, trace, when, who,
        )  # fmt: skip
        if count < 0:
            raise SimulatorError(
                f"the {model.neurons} neurons fired more than {most} times in {steps} steps; lower "
                f"their gains or weights"
            )
        spikes = Events(
            time=np.asarray(when[:count] * step, dtype=np.float64),
            address=who[:count].astype(np.int64),
            duration=inputs.duration,
        )
        return NetworkRun(spikes=spikes, monitored=trace.astype(np.float64))


def prepare_network(
    model: FullModel | LumpedModel, connections: Connections, *, step: float
) -> PreparedNetwork:
    """Work out what does not depend on the input of a network.

    Args:
        model: the neurons.
        connections: between inputs and neurons.
        step: [s].

    Raises:
        InvalidInput: a target that does not exist.
    """
    if isinstance(model, FullModel):
        constants = _full_constants(model, step)
    else:
        constants = _lumped_constants(model, step)
    return PreparedNetwork(
        model=model,
        step=step,
        inputs=connections.sources - model.neurons,
        _table=_table(model, connections, step),
        _constants=constants,
    )


def simulate_network(
    model: FullModel | LumpedModel,
    connections: Connections,
    inputs: Events,
    *,
    step: float,
    monitored: IntArray | None = None,
) -> NetworkRun:
    """Prepare a network and run it once, see `PreparedNetwork.run`."""
    return prepare_network(model, connections, step=step).run(inputs, monitored=monitored)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Table:
    """Connections by source."""

    starts: IntArray
    places: NDArray[np.int32]
    amounts: Float32Array
    delays: NDArray[np.int32]
    longest: int
    strengths: Float32Array
    recovery: float


def _table(model: FullModel | LumpedModel, connections: Connections, step: float) -> _Table:
    source, target = np.asarray(connections.source), np.asarray(connections.target)
    if len(target) and not 0 <= target.min() <= target.max() < model.neurons:
        raise InvalidInput(f"targets must lie in 0 to {model.neurons - 1}")
    order = np.argsort(source, kind="stable")
    weight = np.asarray(connections.weight, dtype=np.float64)
    if isinstance(model, FullModel):
        receptor = np.asarray(connections.receptor)
        places = receptor * model.neurons + target
        amounts = (
            weight
            * np.concatenate([_per_weight(each, model.neurons) for each in model.dendrites])[places]
        )
    else:
        places, amounts = target, weight
    delays = np.zeros(len(source), dtype=np.int32)
    if connections.delay is not None:
        delays = np.rint(np.asarray(connections.delay) / step).astype(np.int32)
    starts = np.searchsorted(source[order], np.arange(connections.sources + 1))
    strengths, recovery = np.zeros(0), 0.0
    if connections.depression is not None:
        fading = np.ones(len(source)) if connections.depressed is None else connections.depressed
        strengths = connections.depression.strength * np.asarray(fading, dtype=np.float64)[order]
        recovery = step / connections.depression.recovery
    return _Table(
        starts=starts,
        places=places[order].astype(np.int32),
        amounts=amounts[order].astype(np.float32),
        delays=delays[order],
        longest=int(delays.max(initial=0)),
        strengths=strengths.astype(np.float32),
        recovery=recovery,
    )


def _per_weight(synapse: SynapseCurrents, neurons: int) -> FloatArray:
    """What a pulse of 1 A adds to the current of a dendrite, shape (neurons,) [1]."""
    share = 1.0 - np.exp(-synapse.pulse / synapse.tau)
    return np.broadcast_to(synapse.gain / synapse.leak * share, neurons)


def _rows(neurons: int, *values: object) -> Float32Array:
    return np.array(
        [np.broadcast_to(np.asarray(value, dtype=np.float64), neurons) for value in values],
        dtype=np.float32,
    )


def _full_constants(model: FullModel, step: float) -> Float32Array:
    n = model.neuron
    tau_a = time_constant(n.ahp_capacitance, n.ahp_leak)
    keeps = [np.exp(-step / dendrite.tau) for dendrite in model.dendrites]
    ahp = n.ahp_gain / n.ahp_leak * n.ahp_weight * (1.0 - np.exp(-n.ahp_pulse / tau_a))
    resting = np.asarray(n.resting)
    # Currents in units of I_0, so that they are numbers of the order of one.
    return _rows(
        model.neurons,
        *keeps,
        np.exp(-step / tau_a),
        ahp / resting,
        n.leak / resting,
        n.gain / resting,
        n.constant / resting,
        n.nmda_gate / resting,
        n.threshold / resting,
        np.ceil(n.refractory / step - 1e-4),
        step * KAPPA * resting / (n.capacitance * THERMAL_VOLTAGE),
        1.0 / resting,
        resting,
    )


def _lumped_constants(model: LumpedModel, step: float) -> Float32Array:
    n, s = model.model.neuron, model.model.synapse
    tau_a = time_constant(n.ahp_capacitance, n.ahp_leak)
    resting = np.asarray(n.resting)
    return _rows(
        model.neurons,
        np.exp(-step / s.tau),
        1.0 - np.exp(-s.pulse / s.tau),
        s.gain / s.leak * model.model.scale / resting,
        np.exp(-step / tau_a),
        n.ahp_gain / n.ahp_leak * n.ahp_weight * (1.0 - np.exp(-n.ahp_pulse / tau_a)) / resting,
        n.leak / resting,
        n.gain / resting,
        n.constant / resting,
        n.threshold / resting,
        np.ceil(n.refractory / step - 1e-4),
        step * KAPPA * resting / (n.capacitance * THERMAL_VOLTAGE),
        resting,
    )


_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_SHARE = np.float32(KAPPA / (KAPPA + 1.0))


@compiled
def _deliver(
    source: int,
    at: int,
    starts: IntArray,
    places: NDArray[np.int32],
    amounts: Float32Array,
    delays: NDArray[np.int32],
    pending: Float32Array,
) -> None:
    """Add what one event of a source adds, now or later."""
    longest = pending.shape[0]
    if longest == 1:
        now = pending[0]
        for k in range(starts[source], starts[source + 1]):
            now[places[k]] += amounts[k]
    else:
        for k in range(starts[source], starts[source + 1]):
            pending[(at + delays[k]) % longest, places[k]] += amounts[k]


@compiled
def _deliver_fading(
    source: int,
    at: int,
    starts: IntArray,
    places: NDArray[np.int32],
    amounts: Float32Array,
    delays: NDArray[np.int32],
    strengths: Float32Array,
    recovery: float,
    fading: Float32Array,
    pending: Float32Array,
) -> None:
    """The same, where connections are depressed."""
    longest = pending.shape[0]
    missing, last = fading[0], fading[1]
    for k in range(starts[source], starts[source + 1]):
        # What is used up comes back exponentially; it is looked at when it is needed.
        used_up = missing[k] * fast_exp(np.float32((last[k] - at) * recovery))
        left = _ONE - used_up
        pending[(at + delays[k]) % longest, places[k]] += amounts[k] * left
        missing[k] = _ONE - left * (_ONE - strengths[k])
        last[k] = at


@compiled
def run_full(  # noqa: PLR0912, PLR0915  one step, in one compiled piece
    event_step: IntArray,
    event_source: IntArray,
    inputs: int,
    starts: IntArray,
    places: NDArray[np.int32],
    amounts: Float32Array,
    delays: NDArray[np.int32],
    longest: int,
    strengths: Float32Array,
    recovery: float,
    steps: int,
    constants: Float32Array,
    watched: IntArray,
    trace: Float32Array,
    when: NDArray[np.int32],
    who: NDArray[np.int32],
) -> int:
    """The full model; returns how many spikes there were, -1 for more than there is room for.

    Args:
        event_step: of each input event, rising, shape (events,).
        event_source: of each input event, shape (events,).
        inputs: how many.
        starts: where the connections of each source begin, shape (sources + 1,).
        places: dendrite times neurons plus neuron of each connection.
        amounts: what an event adds there [A].
        delays: of each connection, in steps.
        longest: delay.
        strengths: share that an event uses up, of each connection; empty where nothing fades.
        recovery: of it in a step.
        steps: of the run.
        constants: of the neurons, as `_full_constants` gives them, shape (15, neurons).
        watched: neurons whose membrane is kept.
        trace: where it goes, shape (steps, watched) [A].
        when: steps of the spikes.
        who: neurons of the spikes.
    """
    neurons = constants.shape[1]
    keep_0, keep_1, keep_2, keep_3 = constants[0], constants[1], constants[2], constants[3]
    keep_ahp, add_ahp, leak, gain = constants[4], constants[5], constants[6], constants[7]
    constant, gate, threshold, refractory = constants[8], constants[9], constants[10], constants[11]
    pace, per_resting, resting = constants[12], constants[13], constants[14]
    pending = np.zeros((longest + 1, _DENDRITES * neurons), dtype=np.float32)
    now = np.zeros((_DENDRITES, neurons), dtype=np.float32)
    ampa, nmda, gaba_b, gaba_a = now[0], now[1], now[2], now[3]
    ahp = np.zeros(neurons, dtype=np.float32)
    u = np.zeros(neurons, dtype=np.float32)
    membrane = np.ones(neurons, dtype=np.float32)
    timer = np.zeros(neurons, dtype=np.float32)
    fired = np.empty(neurons, dtype=np.int32)
    fading = np.zeros((2, strengths.shape[0]), dtype=np.float32)
    count, firing, event = 0, 0, 0
    for at in range(steps):
        while event < event_step.shape[0] and event_step[event] <= at:
            if strengths.shape[0] > 0:
                _deliver_fading(
                    event_source[event],
                    at,
                    starts,
                    places,
                    amounts,
                    delays,
                    strengths,
                    recovery,
                    fading,
                    pending,
                )
            else:
                _deliver(event_source[event], at, starts, places, amounts, delays, pending)
            event += 1
        for k in range(firing):
            if strengths.shape[0] > 0:
                _deliver_fading(
                    inputs + fired[k],
                    at,
                    starts,
                    places,
                    amounts,
                    delays,
                    strengths,
                    recovery,
                    fading,
                    pending,
                )
            else:
                _deliver(inputs + fired[k], at, starts, places, amounts, delays, pending)
            ahp[fired[k]] += add_ahp[fired[k]]
        arrived = pending[at % (longest + 1)]
        for i in range(neurons):
            scale = per_resting[i]
            ampa[i] = ampa[i] * keep_0[i] + arrived[i] * scale
            nmda[i] = nmda[i] * keep_1[i] + arrived[neurons + i] * scale
            gaba_b[i] = gaba_b[i] * keep_2[i] + arrived[2 * neurons + i] * scale
            gaba_a[i] = gaba_a[i] * keep_3[i] + arrived[3 * neurons + i] * scale
        for i in range(arrived.shape[0]):
            arrived[i] = _ZERO
        for i in range(neurons):
            i_mem, i_ahp = membrane[i], ahp[i]
            total = leak[i] + i_ahp + gaba_a[i]
            passed = nmda[i] * i_mem / (i_mem + gate[i])
            inflow = ampa[i] + passed - gaba_b[i] + constant[i]
            inflow = max(inflow if timer[i] <= _ZERO else _ONE, _ONE)
            pull = i_mem * (_ONE + i_ahp / leak[i])
            drive = gain[i] / leak[i] * (inflow - total)
            push = fast_exp(_SHARE * u[i])
            rate = (drive - pull) * total / (i_mem + gain[i]) + push
            moved = max(u[i] + pace[i] * rate, _ZERO)
            u[i] = moved
            ahp[i] = i_ahp * keep_ahp[i]
            membrane[i] = fast_exp(moved)
            timer[i] = max(timer[i] - _ONE, _ZERO)
        firing = 0
        for i in range(neurons):
            fired[firing] = i
            firing += 1 if membrane[i] > threshold[i] else 0
            if firing == neurons:
                break
        if count + firing > when.shape[0]:
            return -1
        for k in range(firing):
            i = fired[k]
            u[i], membrane[i], timer[i] = _ZERO, _ONE, refractory[i]
            when[count], who[count] = at, i
            count += 1
        for k in range(watched.shape[0]):
            trace[at, k] = membrane[watched[k]] * resting[watched[k]]
    return count


@compiled
def run_lumped(  # noqa: PLR0912, PLR0915  one step, in one compiled piece
    event_step: IntArray,
    event_source: IntArray,
    inputs: int,
    starts: IntArray,
    places: NDArray[np.int32],
    amounts: Float32Array,
    delays: NDArray[np.int32],
    longest: int,
    strengths: Float32Array,
    recovery: float,
    steps: int,
    constants: Float32Array,
    watched: IntArray,
    trace: Float32Array,
    when: NDArray[np.int32],
    who: NDArray[np.int32],
) -> int:
    """DynapSim; arguments and result as those of `run_full`, constants of shape (12, neurons)."""
    neurons = constants.shape[1]
    keep, take, ratio, keep_ahp = constants[0], constants[1], constants[2], constants[3]
    add_ahp, leak, gain, constant = constants[4], constants[5], constants[6], constants[7]
    threshold, refractory, pace, resting = constants[8], constants[9], constants[10], constants[11]
    pending = np.zeros((longest + 1, neurons), dtype=np.float32)
    synapse = np.ones(neurons, dtype=np.float32)
    ahp = np.ones(neurons, dtype=np.float32)
    membrane = np.ones(neurons, dtype=np.float32)
    u = np.zeros(neurons, dtype=np.float32)
    timer = np.zeros(neurons, dtype=np.float32)
    spike = np.zeros(neurons, dtype=np.float32)
    fired = np.empty(neurons, dtype=np.int32)
    fading = np.zeros((2, strengths.shape[0]), dtype=np.float32)
    count, firing, event = 0, 0, 0
    for at in range(steps):
        while event < event_step.shape[0] and event_step[event] <= at:
            if strengths.shape[0] > 0:
                _deliver_fading(
                    event_source[event],
                    at,
                    starts,
                    places,
                    amounts,
                    delays,
                    strengths,
                    recovery,
                    fading,
                    pending,
                )
            else:
                _deliver(event_source[event], at, starts, places, amounts, delays, pending)
            event += 1
        for k in range(firing):
            for _ in range(int(spike[fired[k]])):
                if strengths.shape[0] > 0:
                    _deliver_fading(
                        inputs + fired[k],
                        at,
                        starts,
                        places,
                        amounts,
                        delays,
                        strengths,
                        recovery,
                        fading,
                        pending,
                    )
                else:
                    _deliver(inputs + fired[k], at, starts, places, amounts, delays, pending)
        arrived = pending[at % (longest + 1)]
        for i in range(neurons):
            i_syn = keep[i] * synapse[i] + take[i] * max(ratio[i] * arrived[i], _ONE)
            synapse[i] = i_syn
            arrived[i] = _ZERO
            i_ahp = max(keep_ahp[i] * ahp[i] + add_ahp[i] * spike[i], _ONE)
            ahp[i] = i_ahp
            total = leak[i] + i_ahp
            inflow = i_syn - total + constant[i]
            inflow = max(inflow if timer[i] <= _ZERO else _ZERO, _ONE)
            i_mem = membrane[i]
            steady = gain[i] / leak[i] * (inflow - total)
            push = fast_exp(_SHARE * u[i]) / total * (i_mem + gain[i])
            pull = i_mem * (_ONE + i_ahp / leak[i])
            rate = i_mem * total / (i_mem + gain[i]) * (steady + push - pull)
            i_mem = max(i_mem + pace[i] * rate, _ONE)
            membrane[i] = i_mem
            u[i] = fast_log(i_mem)
            timer[i] = max(timer[i] - _ONE, _ZERO)
            spike[i] = _ZERO
        firing = 0
        for i in range(neurons):
            fired[firing] = i
            firing += 1 if membrane[i] > threshold[i] else 0
            if firing == neurons:
                break
        if count + firing > when.shape[0]:
            return -1
        for k in range(firing):
            i = fired[k]
            spike[i] = np.ceil(fast_log(membrane[i] / threshold[i]))
            membrane[i], timer[i] = _ONE, refractory[i]
            when[count], who[count] = at, i
            count += 1
        for k in range(watched.shape[0]):
            trace[at, k] = membrane[watched[k]] * resting[watched[k]]
    return count
