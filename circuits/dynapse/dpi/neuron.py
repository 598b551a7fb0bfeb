"""The adaptive exponential DPI neuron with four dendrites: its equation, and one step of it.

    dI/dt = I / (tau (I + I_g)) [(I_g / I_tau)(I_in - I_leak) + (I_fb / I_leak)(I + I_g)
            - I (1 + I_ahp / I_tau)],
    I_leak = I_tau + I_ahp + I_gaba_a,   I_in = max(I_ampa + I_nmda - I_gaba_b + I_dc, I_0),

with tau that of I_leak. NMDA passes 1 / (1 + I_f / I) of its current. Above the firing threshold
the neuron spikes, falls to I_0 and ignores its input for the refractory period.

The formulas are written once, for numpy and torch. What moves is u = ln(I / I_0): currents of
picoamperes have no scale there, and gradients are of the order of one.

Source: Chicca et al., Proceedings of the IEEE 102, 1367 (2014), and the public simulators of the
chips, from which the numbers are. GABA_A shunts and GABA_B subtracts, as on the chips.
"""

from dataclasses import dataclass
from typing import Protocol

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, leak_for, time_constant
from ohmloom.si import mA, ms, nA, pA, pF


class Feedback(Protocol):
    """The positive feedback that makes a spike steep."""

    def current(self, membrane: Array, resting: Array) -> Array:
        """I_fb [A].

        Args:
            membrane: I [A].
            resting: I_0 [A].
        """
        ...


@dataclass(frozen=True, kw_only=True)
class PowerLawFeedback:
    """I_fb = I_0^(1 / (kappa + 1)) I^(kappa / (kappa + 1)): as on the chips, and in rockpool."""

    def current(self, membrane: Array, resting: Array) -> Array:
        """I_fb [A]."""
        share = KAPPA / (KAPPA + 1.0)
        return resting ** (1.0 - share) * membrane**share


@dataclass(frozen=True, kw_only=True)
class LogisticFeedback:
    """I_fb = I_gain / (1 + exp(-(I - I_threshold) / I_norm)): as in teili and dynapse-simulator."""

    gain: float
    """[A]."""
    threshold: float
    """[A]."""
    norm: float
    """[A]."""

    def current(self, membrane: Array, resting: Array) -> Array:  # noqa: ARG002
        """I_fb [A]."""
        xp = array_namespace(membrane)
        return self.gain / (1.0 + xp.exp(-(membrane - self.threshold) / self.norm))


@dataclass(frozen=True, kw_only=True)
class NeuronCurrents:
    """Biases and capacitances of neurons; numbers, or arrays of shape (neurons,)."""

    leak: Array | float
    """I_tau of the membrane [A]."""
    gain: Array | float
    """I_g of the membrane [A]."""
    threshold: Array | float
    """At which it fires [A]."""
    refractory: Array | float
    """Refractory period [s]."""
    constant: Array | float
    """I_dc [A]."""
    nmda_gate: Array | float
    """I_f [A]."""
    ahp_leak: Array | float
    """I_tau of the after-hyperpolarisation [A]."""
    ahp_gain: Array | float
    """I_g of the after-hyperpolarisation [A]."""
    ahp_weight: Array | float
    """Current of its pulses [A]."""
    ahp_pulse: Array | float
    """Length of its pulses [s]."""
    capacitance: Array | float
    """Of the membrane [F]."""
    ahp_capacitance: Array | float
    """Of the after-hyperpolarisation [F]."""
    resting: Array | float
    """I_0 [A]."""


def published_neuron() -> NeuronCurrents:
    """The numbers of rockpool 3.1: membrane 20 ms, adaptation 50 ms, refractory 1 ms."""
    leak = leak_for(3 * pF, 20 * ms)
    ahp = leak_for(40 * pF, 50 * ms)
    return NeuronCurrents(
        leak=leak,
        gain=4.0 * leak,
        threshold=100 * nA,
        refractory=1 * ms,
        constant=0.5 * pA,
        nmda_gate=0.5 * pA,
        ahp_leak=ahp,
        ahp_gain=ahp,
        ahp_weight=0.5 * pA,
        ahp_pulse=1e-3 * ms,
        capacitance=3 * pF,
        ahp_capacitance=40 * pF,
        resting=0.5 * pA,
    )


def input_current(
    neuron: NeuronCurrents, dendrites: tuple[Array, Array, Array, Array], membrane: Array
) -> Array:
    """I_in [A].

    Args:
        neuron: its biases.
        dendrites: currents of AMPA, NMDA, GABA_B and GABA_A [A].
        membrane: I [A].
    """
    xp = array_namespace(membrane)
    ampa, nmda, gaba_b, _ = dendrites
    passed = nmda / (1.0 + neuron.nmda_gate / membrane)
    total = ampa + passed - gaba_b + neuron.constant
    return xp.maximum(total, neuron.resting + 0.0 * total)


def log_membrane_rate(
    neuron: NeuronCurrents,
    feedback: Feedback,
    membrane: Array,
    inflow: Array,
    adaptation: Array,
    shunt: Array,
) -> Array:
    """D ln(I) / dt [1/s].

    Args:
        neuron: its biases.
        feedback: positive feedback.
        membrane: I [A].
        inflow: I_in [A].
        adaptation: I_ahp [A].
        shunt: I_gaba_a [A].
    """
    leak = neuron.leak + adaptation + shunt
    tau = time_constant(neuron.capacitance, leak)
    above = membrane + neuron.gain
    drive = neuron.gain / neuron.leak * (inflow - leak)
    pull = membrane * (1.0 + adaptation / neuron.leak)
    push = feedback.current(membrane, neuron.resting) / leak
    return ((drive - pull) / above + push) / tau


def simulated_membrane_rate(
    *,
    leak: float,
    alpha: float,
    capacitance: float,
    feedback: Feedback,
    membrane: Array,
    inflow: Array,
    adaptation: Array,
    shunt: Array,
    resting: float,
) -> Array:
    """dI/dt as dynapse-simulator has it, all ratios of gain and leak being alpha [A/s].

    The feedback is taken from the leak, and the time constant is that of the leak alone.

    Args:
        leak: I_tau [A].
        alpha: I_g / I_tau [1].
        capacitance: [F].
        feedback: positive feedback.
        membrane: I [A].
        inflow: I_in [A].
        adaptation: I_ahp [A].
        shunt: I_gaba_a [A].
        resting: I_0 [A].
    """
    total = leak + adaptation + shunt - feedback.current(membrane, resting)
    gain = alpha * leak
    tau = time_constant(capacitance, leak)
    return (alpha * (inflow - total) - total * membrane / leak) / (tau * (1.0 + gain / membrane))


LARGEST_CURRENT = 1 * mA
"""Beyond this a membrane is not followed."""
