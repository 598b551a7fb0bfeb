"""Noise of a short reading: thermal agitation of the cell, and the grain of the charge.

Source: the textbook formulas of Johnson and Nyquist, with the chord conductance I / U, and of
Schottky, as used by T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022).
Holds for: white noise up to the bandwidth. There is no 1/f noise, which dominates slow readings.
"""

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.physical_constants import boltzmann, elementary_charge


def current_noise(current: Array, voltage: float, *, bandwidth: float, temperature: float) -> Array:
    """Standard deviation of the current, sqrt(4 k T BW |I / U| + 2 e |I| BW) [A].

    Args:
        current: mean, numpy or torch, any shape [A].
        voltage: across the cell, not zero [V].
        bandwidth: of the reading [Hz].
        temperature: of the cell [K].

    Returns:
        Shaped as `current`.
    """
    size = abs(current)
    variance = (
        bandwidth * size * (4.0 * boltzmann * temperature / abs(voltage) + 2.0 * elementary_charge)
    )
    return array_namespace(current).sqrt(variance)
