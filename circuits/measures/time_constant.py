"""Time constants of exponential rises and decays."""

import math

import numpy as np
from scipy import optimize

from ohmloom.arrays import FloatArray
from ohmloom.circuits.measures.crossings import check_waves
from ohmloom.errors import InvalidInput

_FEWEST_POINTS = 4


def time_constant(
    time: FloatArray,
    trace: FloatArray,
    *,
    start: float,
    stop: float,
    final: float | None = None,
) -> float:
    """Time constant of the exponential that fits a stretch of a trace best [s].

    Args:
        time: rising, shape (points,) [s].
        trace: shape (points,).
        start: of the stretch [s].
        stop: of the stretch [s].
        final: what the exponential tends to; found by the fit where None.

    Returns:
        Above zero for what comes nearer to its end; nan where the stretch does not move, or moves
        away from its end.

    Raises:
        InvalidInput: fewer than four points lie in the stretch.
    """
    check_waves(time, trace)
    inside = (time >= start) & (time <= stop)
    if np.count_nonzero(inside) < _FEWEST_POINTS:
        raise InvalidInput(
            f"{np.count_nonzero(inside)} point(s) lie between {start} s and {stop} s; a time "
            f"constant needs at least {_FEWEST_POINTS}"
        )
    # Points that a simulator sets close together must not weigh more than others.
    moments = np.linspace(start, stop, 400)
    values = np.interp(moments, time, trace)
    way = values[-1] - values[0]
    scale = float(np.abs(values).max())
    if abs(way) <= 1e-12 * scale or scale == 0.0:
        return math.nan
    if final is not None:
        share = (values - final) / (values[0] - final) if values[0] != final else values * 0.0
        useful = share > 1e-6
        if np.count_nonzero(useful) < _FEWEST_POINTS:
            return math.nan
        slope = np.polyfit(moments[useful], np.log(share[useful]), 1)[0]
        return float(-1.0 / slope) if slope < 0.0 else math.nan
    length = stop - start
    shape = (values - values[0]) / way
    moved = (moments - start) / length

    def residuals(parameters: FloatArray) -> FloatArray:
        offset, amplitude, log_tau = parameters
        return np.asarray(offset - amplitude * np.exp(-moved * math.exp(-log_tau)) - shape)

    fitted = optimize.least_squares(residuals, np.array([1.0, 1.0, math.log(0.3)]), xtol=1e-14)
    tau = math.exp(fitted.x[2])
    return tau * length if fitted.success and fitted.x[1] > 0.0 else math.nan
