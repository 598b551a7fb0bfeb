"""The DPI synapse: a pulse of weight current charges it, and it decays.

In full, tau (1 + I_g / I) dI/dt + I = (I_g / I_tau) I_w - I_g; for I well above I_g the linear
form tau dI/dt + I = (I_g / I_tau) I_w, whose answer to a pulse is known exactly. Without a pulse
the full form decays exponentially as well.

Source: Bartolozzi & Indiveri, Neural Computation 19, 2581 (2007).
"""

from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.circuits.dynapse.dpi.log_domain import leak_for, time_constant
from ohmloom.si import ms, pA, pF


@dataclass(frozen=True, kw_only=True)
class SynapseCurrents:
    """Biases of synapses of one kind; numbers, or arrays."""

    leak: Array | float
    """I_tau [A]."""
    gain: Array | float
    """I_g [A]."""
    pulse: Array | float
    """Length of a pulse [s]."""
    capacitance: Array | float
    """[F]."""
    resting: Array | float
    """I_0 [A]."""

    @property
    def tau(self) -> Array:
        """Time constant [s]."""
        return time_constant(self.capacitance, self.leak)


def published_synapse() -> SynapseCurrents:
    """AMPA of rockpool 3.1: 10 ms, gain ratio 100, pulses of 10 us."""
    leak = leak_for(24.5 * pF, 10 * ms)
    return SynapseCurrents(
        leak=leak, gain=100.0 * leak, pulse=1e-2 * ms, capacitance=24.5 * pF, resting=0.5 * pA
    )


def decayed(synapse: SynapseCurrents, current: Array, duration: Array | float) -> Array:
    """What is left of a current after a while without a pulse [A].

    Args:
        synapse: its biases.
        current: at the beginning [A].
        duration: [s].
    """
    xp = array_namespace(current)
    return current * xp.exp(-duration / synapse.tau + 0.0 * current)


def charged(synapse: SynapseCurrents, current: Array, weight: Array) -> Array:
    """The current after one pulse, in the linear form [A].

    Args:
        synapse: its biases.
        current: before the pulse [A].
        weight: I_w [A].
    """
    xp = array_namespace(current)
    share = xp.exp(-synapse.pulse / synapse.tau + 0.0 * current)
    return synapse.gain * weight / synapse.leak * (1.0 - share) + current * share


def charged_in_full(
    synapse: SynapseCurrents, current: Array, weight: Array, *, steps: int = 64
) -> Array:
    """The current after one pulse, in the full form, by Runge-Kutta's method in ln I [A].

    Args:
        synapse: its biases.
        current: before the pulse [A].
        weight: I_w [A].
        steps: of the method.
    """
    xp = array_namespace(current)
    duration = synapse.pulse / steps

    def rate(u: Array) -> Array:
        now = xp.exp(u)
        driven = synapse.gain / synapse.leak * weight - synapse.gain
        return (driven - now) / (synapse.tau * (now + synapse.gain))

    u = xp.log(current)
    for _ in range(steps):
        first = rate(u)
        second = rate(u + 0.5 * duration * first)
        third = rate(u + 0.5 * duration * second)
        fourth = rate(u + duration * third)
        u = u + duration / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
    return xp.exp(u)


@dataclass(frozen=True, kw_only=True)
class ShortTermDepression:
    """Weights that fade with use and recover."""

    strength: float
    """Share of the weight that a spike uses up [1]."""
    recovery: float
    """Time constant of its return [s]."""

    def after_spike(self, available: Array) -> Array:
        """What is available after a spike [1]."""
        return available * (1.0 - self.strength)

    def recovered(self, available: Array, duration: float) -> Array:
        """What is available after a while [1]."""
        xp = array_namespace(available)
        return 1.0 - (1.0 - available) * xp.exp(-duration / self.recovery + 0.0 * available)
