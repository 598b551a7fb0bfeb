"""The discretisation of rockpool's DynapSim, step by step: one lumped synapse, float32.

Kept as it is, with its oddities, so that what was trained there is found here: inhibition is
floored at I_0 and lost, the leak is subtracted twice, and a membrane far above its threshold counts
several spikes in a step.

Source: rockpool 3.1; the compiled loop of a network is `ohmloom.circuits.dynapse.dpi.network`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom import checks
from ohmloom.arrays import FloatArray
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, THERMAL_VOLTAGE, time_constant
from ohmloom.circuits.dynapse.dpi.neuron import NeuronCurrents, published_neuron
from ohmloom.circuits.dynapse.dpi.synapse import SynapseCurrents, published_synapse
from ohmloom.si import nA

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class DynapSim:
    """Neurons with one synapse each; numbers, or arrays of shape (neurons,)."""

    neuron: NeuronCurrents
    """Their biases."""
    synapse: SynapseCurrents
    """Of their synapse."""
    scale: float
    """Current of a weight of 1 [A]."""


def published_dynapsim() -> DynapSim:
    """The defaults of rockpool 3.1."""
    return DynapSim(neuron=published_neuron(), synapse=published_synapse(), scale=10 * nA)


@dataclass(frozen=True, kw_only=True, eq=False)
class DynapSimRun:
    """What the neurons did, at the end of every step."""

    spikes: Float32Array
    """Shape (time, neurons) [1]."""
    membrane: Float32Array
    """I, shape (time, neurons) [A]."""
    synapse: Float32Array
    """Shape (time, neurons) [A]."""
    adaptation: Float32Array
    """Shape (time, neurons) [A]."""


def simulate_dynapsim(
    model: DynapSim,
    inputs: FloatArray,
    *,
    step: float,
    recurrent: FloatArray | None = None,
) -> DynapSimRun:
    """Run neurons on weighted input spikes.

    Args:
        model: the neurons.
        inputs: weighted number of spikes in each step, shape (time, neurons) [1].
        step: [s].
        recurrent: weights from row to column, shape (neurons, neurons), None for none [1].

    Raises:
        InvalidInput: a shape does not fit.
    """
    f = np.float32
    x = checks.shaped(checks.finite(inputs, "inputs"), (None, None), "inputs").astype(f)
    steps, neurons = x.shape
    weights = None
    if recurrent is not None:
        weights = checks.shaped(
            checks.finite(recurrent, "recurrent"), (neurons, neurons), "recurrent"
        ).astype(f)
    n, s = model.neuron, model.synapse
    leak, gain, resting, constant = (_row(each, neurons) for each in (n.leak, n.gain, n.resting,
                                                                       n.constant))  # fmt: skip
    threshold = _row(n.threshold, neurons)
    # Counted in steps: subtracting steps in float32 leaves a rest that lasts one more.
    refractory = np.ceil(_row(n.refractory, neurons) / f(step) - f(1e-4))
    dt = f(step)
    tau_a = time_constant(n.ahp_capacitance, n.ahp_leak)
    keep_s, keep_a = (_row(np.exp(-step / tau), neurons) for tau in (s.tau, tau_a))
    take_s = _row(1.0 - np.exp(-s.pulse / s.tau), neurons)
    take_a = _row(1.0 - np.exp(-n.ahp_pulse / tau_a), neurons)
    ratio_s = _row(s.gain / s.leak * model.scale, neurons)
    ratio_a = _row(n.ahp_gain / n.ahp_leak * n.ahp_weight, neurons)
    exponent = f(KAPPA**2 / (KAPPA + 1.0) / THERMAL_VOLTAGE)
    per_leak = _row(n.capacitance, neurons) * f(THERMAL_VOLTAGE / KAPPA)
    isyn, iahp, imem = (resting.copy() for _ in range(3))
    vmem, timer, spike = (np.zeros(neurons, dtype=f) for _ in range(3))
    records = np.empty((4, steps, neurons), dtype=f)
    for at in range(steps):
        arriving = x[at] if weights is None else x[at] + spike @ weights
        isyn = keep_s * isyn + take_s * np.maximum(ratio_s * arriving, resting)
        iahp = np.maximum(keep_a * iahp + take_a * ratio_a * spike, resting)
        total = leak + iahp
        inflow = np.maximum(np.where(timer > 0.0, f(0.0), isyn - total + constant), resting)
        steady = gain / leak * (inflow - total)
        feedback = resting * np.exp(exponent * vmem) / total * (imem + gain)
        rate = imem / (per_leak / total * (imem + gain)) * (
            steady + feedback - imem * (f(1.0) + iahp / leak)
        )  # fmt: skip
        imem = np.maximum(imem + dt * rate, resting)
        vmem = f(THERMAL_VOLTAGE / KAPPA) * np.log(imem / resting)
        spike = np.maximum(np.ceil(np.log(imem / threshold)), f(0.0))
        imem = np.where(spike > 0.0, resting, imem)
        # The voltage, and with it the feedback, remembers the spike for one step.
        timer = np.where(spike > 0.0, refractory, np.maximum(timer - f(1.0), f(0.0)))
        records[:, at] = spike, imem, isyn, iahp
    return DynapSimRun(
        spikes=records[0], membrane=records[1], synapse=records[2], adaptation=records[3]
    )


def _row(value: object, neurons: int) -> Float32Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), neurons), dtype=np.float32)
