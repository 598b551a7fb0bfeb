"""How long a trace takes to stay near its end, and between shares of its way."""

import math

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.measures.crossings import check_waves, crossings
from ohmloom.errors import InvalidInput


def settling_time(
    time: FloatArray,
    trace: FloatArray,
    *,
    tolerance: float,
    start: float = 0.0,
    final: float | None = None,
) -> float:
    """From `start` until the trace is within a band around its end for good [s].

    Args:
        time: rising, shape (points,) [s].
        trace: shape (points,).
        tolerance: half the width of the band, in the unit of the trace, above zero.
        start: when the step comes [s].
        final: what it settles to, its last value where None.

    Returns:
        0 where it never leaves the band; nan where it is outside at the end.

    Raises:
        InvalidInput: the shapes differ, or the tolerance is not above zero.
    """
    check_waves(time, trace)
    if not 0.0 < tolerance < math.inf:
        raise InvalidInput(f"the tolerance is {tolerance}; it must be above zero")
    distance = np.abs(trace - (trace[-1] if final is None else final))
    if distance[-1] > tolerance:
        return math.nan
    entries = crossings(time, distance, tolerance, direction="falling")
    entries = entries[entries > start]
    return float(entries[-1] - start) if entries.size else 0.0


def rise_time(time: FloatArray, trace: FloatArray, *, low: float = 0.1, high: float = 0.9) -> float:
    """From one share of the way between first and last value to another [s]; falls count as well.

    Args:
        time: rising, shape (points,) [s].
        trace: shape (points,).
        low: share of the way where it begins [1].
        high: share of the way where it ends [1].

    Returns:
        nan where the trace does not go through both.
    """
    check_waves(time, trace)
    way = trace[-1] - trace[0]
    if way == 0.0:
        return math.nan
    share = (trace - trace[0]) / way
    begins = crossings(time, share, low)
    ends = crossings(time, share, high)
    ends = ends[ends > begins[0]] if begins.size else ends
    return float(ends[0] - begins[0]) if begins.size and ends.size else math.nan
