"""Gain and bandwidth, of frequency responses and of direct current."""

import math

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput


def gain_at(frequency: FloatArray, response: NDArray[np.complex128], at: float) -> float:
    """Magnitude of a response, along a straight line in logarithms between its points [1].

    Args:
        frequency: rising, above zero, shape (points,) [Hz].
        response: output over input, shape (points,).
        at: within the range [Hz].

    Raises:
        InvalidInput: `at` is outside the range.
    """
    if not frequency[0] <= at <= frequency[-1]:
        raise InvalidInput(
            f"{at} Hz is outside the response, which runs from {frequency[0]} to {frequency[-1]} Hz"
        )
    logs = np.interp(math.log(at), np.log(frequency), np.log(np.abs(response)))
    return float(np.exp(logs))


def bandwidth(frequency: FloatArray, response: NDArray[np.complex128]) -> float:
    """Where the magnitude has fallen to 1/sqrt(2) of that at the lowest frequency [Hz].

    Args:
        frequency: rising, above zero, shape (points,) [Hz].
        response: output over input, shape (points,).

    Returns:
        nan where it does not fall so far.
    """
    magnitude = np.log(np.abs(response) / abs(response[0])) + 0.5 * math.log(2.0)
    below = np.flatnonzero(magnitude < 0.0)
    if below.size == 0:
        return math.nan
    last = below[0]
    pair = slice(last - 1, last + 1)
    where = np.interp(0.0, -magnitude[pair], np.log(frequency[pair]))
    return float(np.exp(where))


def slope(axis: FloatArray, trace: FloatArray, at: float) -> float:
    """How much a trace changes for a change of its axis, at one place: a direct-current gain.

    Args:
        axis: rising or falling, shape (points,).
        trace: shape (points,).
        at: within the range of the axis.

    Returns:
        In the unit of the trace over that of the axis.

    Raises:
        InvalidInput: `at` is outside the axis.
    """
    if not min(axis[0], axis[-1]) <= at <= max(axis[0], axis[-1]):
        raise InvalidInput(f"{at} is outside the axis, which runs from {axis[0]} to {axis[-1]}")
    order = np.argsort(axis)
    return float(np.interp(at, axis[order], np.gradient(trace, axis)[order]))
