"""The probit scale: a normal distribution is a straight line there, and tails bend away from it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ohmloom.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PERCENT_TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999)
_POINTS = 400


def probit_curve(values: ArrayLike, points: int = _POINTS) -> tuple[FloatArray, FloatArray]:
    """Cumulative distribution of a sample: quantiles, and where they stand on a probit axis.

    Args:
        values: the sample, any shape, one value at least.
        points: at most so many, evenly spaced on the axis: as good as all, and a small file.

    Returns:
        The quantiles in the unit of `values`, and the normal quantiles of their levels [1], each of
        shape (points,).
    """
    sample: FloatArray = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    end = float(special.ndtri(1.0 - 0.5 / max(sample.size, 2)))
    probit = np.linspace(-end, end, min(sample.size, points))
    quantiles: FloatArray = np.quantile(sample, special.ndtr(probit), method="hazen")
    return quantiles, probit


def label_probit_axis(ax: "Axes") -> None:
    """Percent at the vertical axis, as many as lie within its limits.

    Args:
        ax: with curves of `probit_curve`.
    """
    low, high = ax.get_ylim()
    ticks = [tick for tick in _PERCENT_TICKS if low <= special.ndtri(tick / 100) <= high]
    ax.set_yticks([float(special.ndtri(t / 100)) for t in ticks], [f"{t:g}" for t in ticks])
