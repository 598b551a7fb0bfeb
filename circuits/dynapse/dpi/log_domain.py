"""Current-mode circuits in weak inversion: time constants, and currents as voltages.

Source: the DPI literature of the Institute of Neuroinformatics; numbers of rockpool 3.1.
"""

from typing import Final

from ohmloom.arrays import Array

KAPPA: Final = 0.5 * (0.75 + 0.66)
"""Slope of the transistors, the mean of n and p [1]."""
THERMAL_VOLTAGE: Final = 25e-3
"""k T / q as the published models take it [V]."""


def time_constant(capacitance: Array | float, leak: Array | float) -> Array:
    """Tau = C U_T / (kappa I_tau) [s].

    Args:
        capacitance: [F].
        leak: [A].

    >>> f"{time_constant(3e-12, 5.3191489e-12):.4f} s"
    '0.0200 s'
    """
    return capacitance * THERMAL_VOLTAGE / (KAPPA * leak)


def leak_for(capacitance: Array | float, tau: Array | float) -> Array:
    """The leak that makes a time constant [A]."""
    return capacitance * THERMAL_VOLTAGE / (KAPPA * tau)


def pulse_length(capacitance: Array | float, current: Array | float) -> Array:
    """Of a pulse extender or a refractory circuit that charges to 0.7 V [s]."""
    return 0.7 * capacitance / current
