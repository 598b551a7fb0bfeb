"""Figures of a fit: what was measured, what the model says, and what is left over."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.canvas import legend_above, new_axes, quiet, readable_scale
from ohmloom.analysis.figures.palette import BLUE, GREY, VERMILLION, ramp
from ohmloom.analysis.figures.probit import label_probit_axis, probit_curve
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELLS = 12


def plot_current_voltage_fit(
    voltage: ArrayLike,
    measured: ArrayLike,
    fitted: ArrayLike,
    ax: "Axes | None" = None,
    *,
    left_out: ArrayLike | None = None,
    logarithmic: bool = False,
) -> "Axes":
    """A measured sweep, and the current of the model under the same voltage.

    Args:
        voltage: shape (rows,) [V].
        measured: shape (rows,) [A].
        fitted: shape (rows,) [A].
        ax: where to draw; a figure of its own when None.
        left_out: rows that the fit did not see, shape (rows,) of bool.
        logarithmic: draw the sizes of the currents on a logarithmic axis.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    volts = shaped(finite(voltage, "voltage"), (None,), "voltage")
    data = shaped(finite(measured, "measured"), volts.shape, "measured")
    model = shaped(finite(fitted, "fitted"), volts.shape, "fitted")
    out = np.zeros(volts.shape, dtype=bool) if left_out is None else np.asarray(left_out)
    scale = readable_scale(data, "A")
    if logarithmic:
        data, model = (np.where(i == 0.0, np.nan, np.abs(i)) for i in (data, model))
    else:
        data, model = data / scale.factor, model / scale.factor
    ax = quiet(new_axes() if ax is None else ax)
    for rows, colour, label in ((~out, GREY, "measured"), (out, VERMILLION, "left out")):
        if rows.any():
            ax.plot(
                *(volts[rows], data[rows], "o"),
                color=colour,
                markersize=3.0,
                markeredgewidth=0,
                label=label,
            )
    ax.plot(volts, model, color=BLUE, linewidth=1.6, label="model")
    if logarithmic:
        ax.set_yscale("log")
    ax.set_xlabel("voltage [V]")
    ax.set_ylabel("size of the current [A]" if logarithmic else f"current [{scale.unit}]")
    legend_above(ax, columns=3)
    return ax


def plot_residuals(
    place: ArrayLike,
    residual: ArrayLike,
    ax: "Axes | None" = None,
    *,
    place_label: str,
    residual_label: str,
    logarithmic: bool = False,
) -> "Axes":
    """What a model leaves over, in the order of the data; a band without a pattern is noise.

    Args:
        place: where each residual belongs, any shape.
        residual: same shape.
        ax: where to draw; a figure of its own when None.
        place_label: of the horizontal axis, with its unit.
        residual_label: of the vertical axis, with its unit.
        logarithmic: whether the horizontal axis is.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    at = finite(place, "place")
    left = shaped(finite(residual, "residual"), at.shape, "residual")
    ax = quiet(new_axes() if ax is None else ax)
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    ax.plot(at.ravel(), left.ravel(), "o", color=BLUE, markersize=2.8, markeredgewidth=0, alpha=0.7)
    if logarithmic:
        ax.set_xscale("log")
    ax.set_xlabel(place_label)
    ax.set_ylabel(residual_label)
    return ax


def plot_pulse_fit(
    conductance: ArrayLike,
    predicted: ArrayLike,
    ax: "Axes | None" = None,
    *,
    alone: ArrayLike | None = None,
) -> "Axes":
    """A measured train of pulses, and what the model says of it.

    Args:
        conductance: after each pulse, shape (rows,) [S].
        predicted: each from the reading before it, shape (rows,) [S].
        ax: where to draw; a figure of its own when None.
        alone: all from the first reading, without noise, shape (rows,) [S].

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    data = shaped(finite(conductance, "conductance"), (None,), "conductance")
    model = shaped(finite(predicted, "predicted"), data.shape, "predicted")
    scale, rows = readable_scale(data, "S"), np.arange(data.size)
    ax = quiet(new_axes() if ax is None else ax)
    ax.plot(rows, data / scale.factor, "o", color=GREY, markersize=3, label="measured")
    ax.plot(rows, model / scale.factor, color=BLUE, linewidth=1.2, label="from the reading before")
    if alone is not None:
        free = shaped(finite(alone, "alone"), data.shape, "alone") / scale.factor
        label = "from the first reading"
        ax.plot(rows, free, color=VERMILLION, linewidth=1.5, linestyle="--", label=label)
    ax.set_xlabel("reading")
    ax.set_ylabel(f"conductance [{scale.unit}]")
    legend_above(ax, columns=3)
    return ax


def plot_retention_fit(
    time: ArrayLike,
    conductance: ArrayLike,
    fitted: ArrayLike,
    ax: "Axes | None" = None,
) -> "Axes":
    """Measured conductances over the time since programming, and the law of each cell.

    At most twelve cells are drawn, evenly chosen by their first conductance.

    Args:
        time: shape (readings,), above zero [s].
        conductance: shape (cells, readings), above zero [S].
        fitted: same shape [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    moments = shaped(finite(time, "time"), (None,), "time")
    data = shaped(finite(conductance, "conductance"), (None, moments.size), "conductance")
    model = shaped(finite(fitted, "fitted"), data.shape, "fitted")
    if not data.size:
        raise InvalidInput("conductance must hold one cell and one reading at least")
    scale = readable_scale(data, "S")
    order = np.argsort(data[:, 0])
    chosen = order[np.unique(np.linspace(0, len(order) - 1, _CELLS).round().astype(int))]
    ax = quiet(new_axes() if ax is None else ax)
    for place, (cell, colour) in enumerate(zip(chosen, ramp(len(chosen)), strict=True)):
        labels = (None, None) if place else ("measured", "power law")
        ax.plot(
            *(moments, data[cell] / scale.factor, "o"),
            color=colour,
            markersize=3.5,
            markeredgewidth=0,
            label=labels[0],
        )
        ax.plot(moments, model[cell] / scale.factor, color=colour, linewidth=1.2, label=labels[1])
    ax.set_xscale("log")
    ax.set_xlabel("time since programming [s]")
    ax.set_ylabel(f"conductance [{scale.unit}]")
    legend_above(ax)
    return ax


def plot_distribution_fit(
    measured: ArrayLike, drawn: ArrayLike | None, ax: "Axes | None" = None, *, label: str
) -> "Axes":
    """Cumulative distributions of data and of numbers drawn from the model, on a probit axis.

    Args:
        measured: any shape; NaN where not measured.
        drawn: any shape; None where the model cannot draw.
        ax: where to draw; a figure of its own when None.
        label: what it is, with its unit.

    Raises:
        InvalidInput: fewer than two values.
    """
    data = np.asarray(measured, dtype=np.float64)
    data = data[np.isfinite(data)]
    model = None if drawn is None else finite(drawn, "drawn").ravel()
    if data.size < 2 or (model is not None and model.size < 2):
        raise InvalidInput("a distribution needs two values at least")
    ax = quiet(new_axes() if ax is None else ax)
    # The model first: the data are what it is held against.
    if model is not None:
        ax.plot(*probit_curve(model), color=BLUE, linewidth=3.0, alpha=0.5, label="model")
    ax.plot(*probit_curve(data), color=VERMILLION, linewidth=1.2, label="measured")
    label_probit_axis(ax)
    ax.set_xlabel(label)
    ax.set_ylabel("cycles below [%]")
    legend_above(ax)
    return ax
