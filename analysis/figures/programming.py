"""Figures of write-and-verify: how far cells land from their target, after how many pulses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.ages import age_label
from ohmloom.analysis.figures.canvas import legend_above, new_axes, quiet
from ohmloom.analysis.figures.palette import BLUE, VERMILLION, ramp
from ohmloom.analysis.figures.probit import label_probit_axis, probit_curve
from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 12
_FEWEST_CELLS = 20
"""A standard deviation from fewer cells is uncertain by more than a sixth and is not drawn."""


def plot_programming_error(
    error_by_age: Mapping[float, ArrayLike], ax: "Axes | None" = None
) -> "Axes":
    """Cumulative distribution of the programming error on a probit axis.

    A normal distribution is a straight line there, its slope the spread, and tails that spoil a
    network bend away from it. Stuck cells lie far out in the tails; leave them out to see the
    others.

    Args:
        error_by_age: age [s] -> achieved minus target conductance of the cells, any shape, two
            cells at least [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: no age, fewer than two cells, or a value that is not finite.
    """
    errors = {age: finite(values, "error").ravel() / uS for age, values in error_by_age.items()}
    if not errors or min(len(values) for values in errors.values()) < 2:
        raise InvalidInput("error_by_age must hold one age at least, and two cells for each")
    ax = quiet(new_axes() if ax is None else ax)
    for age, colour in zip(sorted(errors), ramp(len(errors)), strict=True):
        label = f"{age_label(age)}: sd {errors[age].std(ddof=1):.3g} µS"
        ax.plot(*probit_curve(errors[age]), color=colour, linewidth=1.7, label=label)
    label_probit_axis(ax)
    ax.set_xlabel("achieved minus target conductance [µS]")
    ax.set_ylabel("cells below [%]")
    legend_above(ax)
    return ax


def plot_spread_against_conductance(
    target: ArrayLike,
    achieved_by_age: Mapping[float, ArrayLike],
    expected: Mapping[float, ArrayLike] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Measured spread of the cells in bins of their target, beside the published curve.

    A point is the standard deviation of achieved minus target conductance in one of twelve bins
    of equal width, at the mean target of the bin; its bar is one standard error. Bins with fewer
    than 20 cells are not drawn.

    Args:
        target: wanted conductances, any shape [S].
        achieved_by_age: age [s] -> achieved conductances, shaped as `target` [S].
        expected: age [s] -> published standard deviation at each target, shaped as `target` [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: no age, another shape, a value that is not finite, or no bin with 20 cells.
    """
    wanted = not_negative(target, "target")
    shape = wanted.shape
    wanted = wanted.ravel()
    measured = {
        age: shaped(finite(values, "achieved"), shape, "achieved").ravel()
        for age, values in achieved_by_age.items()
    }
    published = {
        age: shaped(not_negative(values, "expected"), shape, "expected").ravel()
        for age, values in (expected or {}).items()
    }
    if not measured:
        raise InvalidInput("achieved_by_age holds no age; pass one at least")
    edges = np.linspace(wanted.min(initial=np.inf), wanted.max(initial=0.0), _BINS + 1)
    bins = np.searchsorted(edges[1:-1], wanted, side="right")
    filled = [place for place in range(_BINS) if (bins == place).sum() >= _FEWEST_CELLS]
    if not filled:
        raise InvalidInput(
            f"no bin of target holds {_FEWEST_CELLS} of the {wanted.size} cells; pass more cells"
        )
    ax = quiet(new_axes() if ax is None else ax)
    ages = sorted(set(measured) | set(published))
    for age, colour in zip(ages, ramp(len(ages)), strict=True):
        if age in published:
            at, first = np.unique(wanted, return_index=True)
            some = np.unique(np.linspace(0, len(at) - 1, min(len(at), 200)).round().astype(int))
            ax.plot(
                at[some] / uS,
                published[age][first][some] / uS,
                color=colour,
                linewidth=1.4,
                label=f"{age_label(age)}, published",
            )
        if age in measured:
            points = [_spread(wanted, measured[age], bins == place) for place in filled]
            at_bins, spreads, bars = (np.array(column) / uS for column in zip(*points, strict=True))
            ax.errorbar(
                at_bins,
                spreads,
                yerr=bars,
                fmt="o",
                markersize=4.5,
                elinewidth=1.0,
                color=colour,
                label=f"{age_label(age)}, measured",
            )
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("target conductance [µS]")
    ax.set_ylabel("standard deviation of the error [µS]")
    legend_above(ax)
    return ax


def _spread(
    target: FloatArray, achieved: FloatArray, chosen: np.ndarray
) -> tuple[float, float, float]:
    """Mean target, spread and standard error of the spread of the chosen cells [S]."""
    error = achieved[chosen] - target[chosen]
    spread = float(error.std(ddof=1))
    return float(target[chosen].mean()), spread, spread / float(np.sqrt(2 * (error.size - 1)))


def plot_pulses(pulses: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """Histogram of the pulses that each cell needed, with the median and the largest number.

    Args:
        pulses: whole numbers, any shape.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: empty, negative or not whole.
    """
    values = not_negative(pulses, "pulses").ravel()
    if not values.size or (values != np.rint(values)).any():
        raise InvalidInput("pulses must hold one whole number at least, the pulses of one cell")
    ax = quiet(new_axes() if ax is None else ax)
    ax.grid(visible=False, axis="x")
    low, high = int(values.min()), int(values.max())
    width = max(1, -(-(high - low + 1) // 60))
    edges = np.arange(low, high + width + 1, width) - 0.5
    ax.hist(values, bins=edges.tolist(), color=BLUE, edgecolor="white", linewidth=0.4)
    middle = float(np.median(values))
    ax.axvline(middle, color=VERMILLION, linewidth=1.5, label=f"median {middle:g}, largest {high}")
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("pulses per cell")
    ax.set_ylabel("cells")
    legend_above(ax)
    return ax
