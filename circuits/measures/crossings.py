"""When a trace passes a level."""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput

DIRECTIONS = ("rising", "falling", "both")
"""Which way a trace may go through a level."""


def crossings(
    time: FloatArray, trace: FloatArray, level: float, *, direction: str = "rising"
) -> FloatArray:
    """Moments when a trace goes through a level, between points along a straight line.

    A trace that touches the level and turns back has not gone through it; one that begins on the
    level crosses when it leaves it on the other side of where it came from, which it has none of.

    Args:
        time: rising, shape (points,) [s].
        trace: shape (points,).
        level: in the unit of the trace.
        direction: one of `DIRECTIONS`.

    Returns:
        The moments in their order, shape (crossings,) [s].

    Raises:
        InvalidInput: the shapes differ, there are fewer than two points, or another direction.

    >>> crossings(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0]), 0.25, direction="both")
    array([0.25, 1.75])
    """
    if direction not in DIRECTIONS:
        raise InvalidInput(f"direction {direction!r} is none of {', '.join(DIRECTIONS)}")
    check_waves(time, trace)
    above = trace > level
    changes = np.flatnonzero(above[1:] != above[:-1])
    if direction != "both":
        changes = changes[above[changes + 1] == (direction == "rising")]
    before, after = trace[changes], trace[changes + 1]
    share = (level - before) / (after - before)
    return np.asarray(time[changes] + share * (time[changes + 1] - time[changes]))


def check_waves(time: FloatArray, *traces: FloatArray) -> None:
    """Raise `InvalidInput` unless all have one shape, of two points or more."""
    for trace in traces:
        if time.ndim != 1 or trace.shape != time.shape:
            raise InvalidInput(
                f"a trace must have one value for each moment, but has shape {trace.shape} for "
                f"{time.shape}"
            )
    if time.size < 2:
        raise InvalidInput(f"{time.size} point(s) are no wave; at least two are needed")
