"""Figures of a crossbar: a quantity over the array, and what the wires take."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.canvas import (
    colour_bar,
    legend_above,
    new_axes,
    quiet,
    readable_scale,
)
from ohmloom.analysis.figures.palette import BLUE, GREEN, GREY, VERMILLION, variant_colours
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_array_map(values: ArrayLike, unit: str, name: str, ax: "Axes | None" = None) -> "Axes":
    """One quantity of every cell, in its place; drivers are at the left, outputs at the bottom.

    Args:
        values: shape (rows, columns), in `unit`.
        unit: SI symbol without prefix.
        name: of the quantity.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    shown = shaped(finite(values, name), (None, None), name)
    scale = readable_scale(shown, unit)
    ax = new_axes() if ax is None else ax
    image = ax.imshow(shown / scale.factor, cmap="cividis", interpolation="nearest", aspect="auto")
    ax.spines[:].set_visible(False)
    ax.set_xlabel("column")
    ax.set_ylabel("row")
    colour_bar(image, ax, f"{name} [{scale.unit}]")
    return ax


def plot_column_loss(current: ArrayLike, ideal: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """Output current of every column, beside what it would be without wires.

    Args:
        current: shape (columns,) [A].
        ideal: shape (columns,) [A].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    found = shaped(finite(current, "current"), (None,), "current")
    without = shaped(finite(ideal, "ideal"), found.shape, "ideal")
    scale = readable_scale(np.concatenate([found, without]), "A")
    ax = quiet(new_axes() if ax is None else ax)
    column = np.arange(len(found))
    ax.fill_between(column, found / scale.factor, without / scale.factor, color="#dddddd")
    ax.plot(column, without / scale.factor, color=GREY, linewidth=1.2, label="without wires")
    ax.plot(column, found / scale.factor, color=BLUE, linewidth=1.6, label="with wires")
    ax.set_xlabel("column")
    ax.set_ylabel(f"output current [{scale.unit}]")
    legend_above(ax)
    return ax


def plot_loss_of_sizes(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """What wires take from the current of the first and the last column, against the size.

    Args:
        table: columns `size`, `first column` and `last column`, losses as shares.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: a column is missing.
    """
    missing = {"size", "first column", "last column"} - set(table.columns)
    if missing:
        raise InvalidInput(f"the table has no {', '.join(sorted(missing))}")
    ax = quiet(new_axes() if ax is None else ax)
    for name, colour in (("first column", GREEN), ("last column", VERMILLION)):
        ax.plot(table["size"], 100.0 * table[name], color=colour, marker="o", label=name)
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(table["size"]), [str(size) for size in table["size"]])
    ax.set_xlabel("rows and columns")
    ax.set_ylabel("lost in wires [%]")
    ax.set_ylim(0.0, 100.0)
    legend_above(ax)
    return ax


def plot_approximations(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Error of each approximation against what the wires take.

    Args:
        table: column `loss`, and one column of errors for each approximation, all as shares.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: there is no loss, or nothing beside it.
    """
    names = [name for name in table.columns if name != "loss"]
    if "loss" not in table.columns or not names:
        raise InvalidInput("the table needs a column loss and at least one of errors")
    ax = quiet(new_axes() if ax is None else ax)
    for name, colour in variant_colours(names).items():
        ax.plot(100.0 * table["loss"], table[name], color=colour, marker="o", label=name)
    ax.set_yscale("log")
    ax.set_xlabel("lost in wires [%]")
    ax.set_ylabel("error of the output currents [1]")
    legend_above(ax)
    return ax
