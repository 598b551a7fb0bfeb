"""Figures of a population of cells: what programming leaves of it, and what time makes of that."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.ages import age_label
from ohmloom.analysis.figures.canvas import legend_above, new_axes, quiet, readable_scale
from ohmloom.analysis.figures.palette import BLUE, GREY, VERMILLION, ramp
from ohmloom.analysis.figures.probit import label_probit_axis, probit_curve
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.errors import InvalidInput
from ohmloom.si import day, hour, minute, ms, second, us

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = (
    *(1 * us, 1 * ms, 1 * second, 1 * minute, 1 * hour),
    *(1 * day, 30 * day, 365 * day, 3650 * day),
)
_MARKS_APART = 0.12
"""Smallest distance of two marks on the axis of ages, of its length."""
_POINTS = 120
_DEVICES = 8


def plot_programmed_conductance(
    target: ArrayLike, conductance_by_age: Mapping[float, ArrayLike], ax: "Axes | None" = None
) -> "Axes":
    """Cumulative distributions of cells that were programmed to a few targets, on a probit axis.

    Each target is a dashed vertical line; the cells of one age share a colour. A normal
    distribution is a straight line, and a steep one is narrow.

    Args:
        target: shape (targets,) [S].
        conductance_by_age: age [s], 0 for right after programming -> conductances, shape
            (targets, cells), two cells at least [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: no age, fewer than two cells, another shape, or a value that is not finite.
    """
    wanted = shaped(not_negative(target, "target"), (None,), "target")
    found = {
        age: shaped(finite(values, "conductance"), (len(wanted), None), "conductance")
        for age, values in conductance_by_age.items()
    }
    if not found or not len(wanted) or min(values.shape[1] for values in found.values()) < 2:
        raise InvalidInput("one target and one age are needed at least, and two cells for each")
    scale = readable_scale(wanted, "S")
    ax = quiet(new_axes() if ax is None else ax)
    for each in wanted / scale.factor:
        ax.axvline(each, color=GREY, linewidth=0.8, linestyle="--")
    for age, colour in zip(sorted(found), ramp(len(found)), strict=True):
        for place, cells in enumerate(found[age]):
            label = age_label(age) if age else "right after programming"
            quantiles, probit = probit_curve(cells / scale.factor, _POINTS)
            ax.plot(
                quantiles,
                probit,
                color=colour,
                linewidth=1.3,
                label=None if place else label,
            )
    label_probit_axis(ax)
    ax.set_xlabel(f"conductance [{scale.unit}], programmed to the dashed lines")
    ax.set_ylabel("cells below [%]")
    legend_above(ax, columns=4)
    return ax


def plot_drift(
    age: ArrayLike,
    mean: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    ax: "Axes | None" = None,
) -> "Axes":
    """Conductance over the time since programming, for a few targets: mean, and a band of cells.

    Args:
        age: rising, above zero, shape (ages,) [s].
        mean: shape (targets, ages) [S].
        lower: 5 % of the cells are below, shape (targets, ages) [S].
        upper: 5 % of the cells are above, shape (targets, ages) [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, a value that is not finite, or ages that do not rise.
    """
    ages = shaped(finite(age, "age"), (None,), "age")
    if not len(ages) or ages[0] <= 0 or (np.diff(ages) <= 0).any():
        raise InvalidInput("age must hold one age at least, and rise from above zero")
    middle = shaped(finite(mean, "mean"), (None, len(ages)), "mean")
    low = shaped(finite(lower, "lower"), middle.shape, "lower")
    high = shaped(finite(upper, "upper"), middle.shape, "upper")
    scale = readable_scale(high, "S")
    ax = quiet(new_axes() if ax is None else ax)
    for place, colour in enumerate(ramp(len(middle))):
        centre, ends = middle[place] / scale.factor, (low[place], high[place])
        bottom, top = (end / scale.factor for end in ends)
        labels = {} if place else {"band": "5 to 95 % of the cells", "mean": "mean of the model"}
        if len(ages) == 1:
            bar = ax.vlines(ages, bottom, top, color=colour, linewidth=5, alpha=0.3)
            bar.set_label(labels.get("band"))
            ax.plot(ages, centre, "o", color=colour, markersize=4, label=labels.get("mean"))
            continue
        ax.fill_between(
            ages, bottom, top, color=colour, alpha=0.22, linewidth=0, label=labels.get("band")
        )
        ax.plot(ages, centre, color=colour, linewidth=1.6, label=labels.get("mean"))
    ax.set_xscale("log")
    marks = age_marks(float(ages[0]), float(ages[-1]))
    if marks:
        ax.set_xticks(marks, [age_label(mark) for mark in marks])
        ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    ax.set_xlabel("time since programming")
    ax.set_ylabel(f"conductance [{scale.unit}]")
    legend_above(ax)
    return ax


def age_marks(first: float, last: float) -> list[float]:
    """Ages that people speak of, far enough apart to be written below a logarithmic axis.

    Args:
        first: where the axis begins, above zero [s].
        last: where it ends [s].

    >>> from ohmloom.analysis.figures.ages import age_label
    >>> [age_label(age) for age in age_marks(1 * second, 3650 * day)]
    ['1 s', '1 min', '1 h', '1 d', '30 d', '3650 d']
    """
    within = [mark for mark in _MARKS if first / 1.01 <= mark <= 1.01 * last]
    apart = _MARKS_APART * np.log(last / first)
    kept: list[float] = []
    # From the end, so that the last one is always there.
    for mark in reversed(within):
        if not kept or np.log(kept[0] / mark) >= apart:
            kept.insert(0, mark)
    return kept


def plot_pulse_response(
    pulses: ArrayLike,
    conductance: ArrayLike,
    nominal: ArrayLike | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Conductance of a few cells over the pulses that they were given, up and then down.

    Args:
        pulses: that were given so far, rising, shape (readings,) [1].
        conductance: that shows after them, shape (cells, readings) [S].
        nominal: without noise and without differences between cells, shape (readings,) [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    given = shaped(not_negative(pulses, "pulses"), (None,), "pulses")
    cells = shaped(finite(conductance, "conductance"), (None, len(given)), "conductance")
    clean = None if nominal is None else shaped(finite(nominal, "nominal"), given.shape, "nominal")
    scale = readable_scale(cells, "S")
    ax = quiet(new_axes() if ax is None else ax)
    for place, (cell, colour) in enumerate(zip(cells, ramp(len(cells)), strict=True)):
        label = None if place else f"{len(cells)} cells, with noise"
        ax.plot(given, cell / scale.factor, color=colour, linewidth=0.9, alpha=0.75, label=label)
    if clean is not None:
        ax.plot(
            given,
            clean / scale.factor,
            color=VERMILLION,
            linewidth=2.0,
            linestyle="--",
            label="nominal cell, without noise",
        )
    ax.set_xlabel("pulses")
    ax.set_ylabel(f"conductance [{scale.unit}]")
    legend_above(ax)
    return ax


def plot_cycle_distribution(
    high: ArrayLike,
    low: ArrayLike,
    ax: "Axes | None" = None,
    *,
    names: tuple[str, str] = ("high state", "low state"),
    label: str = "resistance [Ω]",
    logarithmic: bool = True,
) -> "Axes":
    """Cumulative distributions of two numbers of switching cycles, on a probit axis.

    Thick lines hold all cycles of all devices, thin ones the cycles of one device each: where these
    lie apart, devices differ.

    Args:
        high: shape (cycles, devices), two cycles at least; NaN where not measured.
        low: shape (cycles, devices).
        ax: where to draw; a figure of its own when None.
        names: of the two.
        label: of the horizontal axis, with the unit.
        logarithmic: whether that axis is; values of zero and less are then not drawn.

    Raises:
        InvalidInput: another shape, or fewer than two values.
    """
    ax = quiet(new_axes() if ax is None else ax)
    for values, name, colour in zip((high, low), names, (BLUE, VERMILLION), strict=True):
        cycles = np.asarray(values, dtype=np.float64)
        if cycles.ndim != 2 or np.isfinite(cycles).sum() < 2:
            raise InvalidInput(
                f"the {name} needs shape (cycles, devices) and two values at least, but has "
                f"{cycles.shape}"
            )
        drawn = np.isfinite(cycles) & ((cycles > 0.0) | (not logarithmic))
        for device, kept in list(zip(cycles.T, drawn.T, strict=True))[:_DEVICES]:
            if kept.sum() > 1 and cycles.shape[1] > 1:
                curve = probit_curve(device[kept], _POINTS)
                ax.plot(*curve, color=colour, linewidth=0.7, alpha=0.5)
        ax.plot(*probit_curve(cycles[drawn]), color=colour, linewidth=2.2, label=name)
    label_probit_axis(ax)
    if logarithmic:
        ax.set_xscale("log")
    ax.set_xlabel(label)
    ax.set_ylabel("cycles below [%]")
    legend_above(ax)
    return ax
