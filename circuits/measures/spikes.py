"""Spikes: when they come, how far apart, how often, how they adapt."""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.errors import InvalidInput


def spike_times(time: FloatArray, voltage: FloatArray, *, threshold: float) -> FloatArray:
    """Moments when a voltage rises through a threshold, shape (spikes,) [s].

    Args:
        time: rising, shape (points,) [s].
        voltage: shape (points,) [V].
        threshold: half of the swing of the spike is a good one [V].

    Raises:
        InvalidInput: the shapes differ.
    """
    return crossings(time, voltage, threshold, direction="rising")


def inter_spike_intervals(times: FloatArray) -> FloatArray:
    """From each spike to the next, shape (spikes - 1,) [s]; empty for fewer than two.

    Args:
        times: of the spikes, rising, shape (spikes,) [s].
    """
    return np.diff(times)


def firing_rate(times: FloatArray, *, start: float, stop: float) -> float:
    """Number of spikes in a window over its length [Hz]; 0 for a silent neuron.

    Args:
        times: of the spikes, shape (spikes,) [s].
        start: of the window [s].
        stop: of the window, above `start` [s].

    Raises:
        InvalidInput: the window has no length.
    """
    if not stop > start:
        raise InvalidInput(f"a window from {start} s to {stop} s has no length")
    return float(np.count_nonzero((times >= start) & (times < stop)) / (stop - start))


def steady_rate(times: FloatArray) -> float:
    """One over the last interval [Hz]: no rounding to whole spikes, no transient at the beginning.

    Args:
        times: of the spikes, rising, shape (spikes,) [s].

    Returns:
        0 for fewer than two spikes, of which no rate can be told apart from silence.
    """
    if times.size < 2:
        return 0.0
    return float(1.0 / (times[-1] - times[-2]))


def adaptation_ratio(times: FloatArray) -> float:
    """Last interval over the first [1]; 1 without adaptation, nan for fewer than three spikes.

    Args:
        times: of the spikes, rising, shape (spikes,) [s].
    """
    if times.size < 3:
        return float("nan")
    intervals = inter_spike_intervals(times)
    return float(intervals[-1] / intervals[0])


def pulse_widths(time: FloatArray, voltage: FloatArray, *, threshold: float) -> FloatArray:
    """How long each whole pulse stays above a threshold, shape (pulses,) [s].

    Args:
        time: rising, shape (points,) [s].
        voltage: shape (points,) [V].
        threshold: [V].
    """
    up = crossings(time, voltage, threshold, direction="rising")
    down = crossings(time, voltage, threshold, direction="falling")
    if up.size and down.size and down[0] < up[0]:
        down = down[1:]
    whole = min(up.size, down.size)
    return np.asarray(down[:whole] - up[:whole])
