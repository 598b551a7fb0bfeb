"""Neurons in torch, batch by batch, with gradients: for training on what a chip does.

The membrane is kept as u = ln(I / I_0), so that a gradient is of the order of one, although the
currents are picoamperes. A spike is a step forwards and a smooth bump backwards.

Source: the equations of `ohmloom.circuits.dynapse.dpi.neuron`; surrogate after Zenke and Ganguli,
Neural Computation 30, 1514 (2018).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ohmloom.circuits.dynapse.dpi.log_domain import time_constant
from ohmloom.circuits.dynapse.dpi.neuron import (
    Feedback,
    NeuronCurrents,
    input_current,
    log_membrane_rate,
)
from ohmloom.circuits.dynapse.dpi.synapse import SynapseCurrents

_STEEPNESS = 2.0
"""Of the surrogate, in units of u [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TorchRun:
    """What the neurons did."""

    spikes: Tensor
    """Shape (batch, time, neurons), 0 or 1."""
    log_membrane: Tensor
    """u before the reset, shape (batch, time, neurons) [1]."""


class _Spike(torch.autograd.Function):
    """1 above the threshold; backwards the derivative of a fast sigmoid."""

    @staticmethod
    def forward(ctx: Any, above: Tensor) -> Tensor:
        ctx.save_for_backward(above)
        return (above > 0.0).to(above.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (above,) = ctx.saved_tensors
        bump: Tensor = gradient / (1.0 + _STEEPNESS * above.abs()) ** 2
        return bump


def run_in_torch(
    neuron: NeuronCurrents,
    feedback: Feedback,
    dendrites: tuple[SynapseCurrents, SynapseCurrents, SynapseCurrents, SynapseCurrents],
    pulses: Tensor,
    *,
    step: float,
) -> TorchRun:
    """Run neurons on given pulses.

    Args:
        neuron: biases, as numbers or tensors of shape (neurons,); those with `requires_grad` learn.
        feedback: positive feedback.
        dendrites: biases of AMPA, NMDA, GABA_B and GABA_A.
        pulses: weight currents that arrive, shape (batch, time, 4, neurons) [A].
        step: [s].
    """
    batch, steps, _, neurons = pulses.shape

    def like(value: Any) -> Tensor:
        return torch.as_tensor(value, dtype=pulses.dtype, device=pulses.device)

    resting = like(neuron.resting)
    keep = [torch.exp(-step / like(each.tau)) for each in dendrites]
    amount = [
        like(each.gain) / like(each.leak) * (1.0 - torch.exp(-like(each.pulse) / like(each.tau)))
        for each in dendrites
    ]
    ahp_tau = like(time_constant(neuron.ahp_capacitance, neuron.ahp_leak))
    keep_ahp = torch.exp(-step / ahp_tau)
    add_ahp = like(neuron.ahp_gain) / like(neuron.ahp_leak) * like(neuron.ahp_weight)
    add_ahp = add_ahp * (1.0 - torch.exp(-like(neuron.ahp_pulse) / ahp_tau))
    threshold = torch.log(like(neuron.threshold) / resting)
    quiet = torch.ceil(like(neuron.refractory).detach() / step - 1e-4)

    nothing = torch.zeros(batch, neurons, dtype=pulses.dtype, device=pulses.device)
    now = [nothing] * 4
    ahp, u, timer, spike = nothing, nothing, nothing, nothing
    spikes, membranes = [], []
    for at in range(steps):
        now = [
            current * kept + pulses[:, at, kind] * each
            for kind, (current, kept, each) in enumerate(zip(now, keep, amount, strict=True))
        ]
        ahp = ahp * keep_ahp + add_ahp * spike
        membrane = resting * torch.exp(u)
        inflow = input_current(neuron, (now[0], now[1], now[2], now[3]), membrane)
        inflow = torch.where(timer > 0.0, resting.expand_as(inflow), inflow)
        rate = log_membrane_rate(neuron, feedback, membrane, inflow, ahp, now[3])
        u = torch.clamp(u + step * rate, min=0.0)
        membranes.append(u)
        spike = _Spike.apply(u - threshold)  # type: ignore[no-untyped-call]
        spikes.append(spike)
        u = u * (1.0 - spike.detach())
        timer = torch.where(spike.detach() > 0.0, quiet, torch.clamp(timer - 1.0, min=0.0))
    return TorchRun(spikes=torch.stack(spikes, dim=1), log_membrane=torch.stack(membranes, dim=1))
