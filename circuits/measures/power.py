"""Charge, power and energy, whole and for each event."""

import math

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.measures.crossings import check_waves


def charge(time: FloatArray, current: FloatArray) -> float:
    """Integral of a current over all moments [C].

    Args:
        time: rising, shape (points,) [s].
        current: shape (points,) [A].

    Raises:
        InvalidInput: the shapes differ.
    """
    check_waves(time, current)
    return float(np.trapezoid(current, time))


def energy(time: FloatArray, voltage: FloatArray, current: FloatArray) -> float:
    """What flows into whatever `current` enters where `voltage` is [J].

    Args:
        time: rising, shape (points,) [s].
        voltage: shape (points,) [V].
        current: into it, shape (points,) [A]. That of a SPICE source is the current into the
            source: what it delivers is minus this.

    Raises:
        InvalidInput: the shapes differ.
    """
    check_waves(time, voltage, current)
    return charge(time, voltage * current)


def mean_power(time: FloatArray, voltage: FloatArray, current: FloatArray) -> float:
    """Energy over the time that it takes [W]; arguments as those of `energy`."""
    return energy(time, voltage, current) / float(time[-1] - time[0])


def energy_per_event(
    time: FloatArray, voltage: FloatArray, current: FloatArray, events: FloatArray
) -> float:
    """Energy between the first event and the last, over the number of intervals [J].

    Args:
        time: rising, shape (points,) [s].
        voltage: shape (points,) [V].
        current: into it, shape (points,) [A].
        events: moments, such as spikes, rising, shape (events,) [s].

    Returns:
        nan for fewer than two events.

    Raises:
        InvalidInput: the shapes differ.
    """
    check_waves(time, voltage, current)
    if events.size < 2:
        return math.nan
    moments = np.unique(np.concatenate([time, events[[0, -1]]]))
    moments = moments[(moments >= events[0]) & (moments <= events[-1])]
    power = np.interp(moments, time, voltage * current)
    return charge(moments, power) / (events.size - 1)
