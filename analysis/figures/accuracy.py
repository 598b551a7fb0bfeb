"""Figures of how well chips classify: over age, per chip, and what is taken for what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.ages import age_label
from ohmloom.analysis.figures.canvas import colour_bar, legend_above, new_axes, quiet
from ohmloom.analysis.figures.palette import FLOAT_VARIANT, variant_colours
from ohmloom.checks import not_negative
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("chip", "variant", "age", "accuracy")
"""Columns that a table of accuracies has: names, and age [s] and accuracy [1] as numbers."""


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """The rows of one variant, and how it is drawn."""

    name: str
    colour: str
    rows: pd.DataFrame


def _variants(table: pd.DataFrame) -> Iterator[_Variant]:
    colours = variant_colours([str(name) for name in table["variant"]])
    for name, colour in colours.items():
        yield _Variant(name=name, colour=colour, rows=table[table["variant"].astype(str) == name])


def _check(table: pd.DataFrame) -> None:
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InvalidInput(
            f"the table of accuracies lacks the column(s) {', '.join(missing)}; it has "
            f"{', '.join(map(str, table.columns)) or 'none'}"
        )
    if table.empty:
        raise InvalidInput("the table of accuracies has no rows; classify with one chip at least")
    values = not_negative(table["accuracy"], "accuracy")
    if (values > 1).any():
        raise InvalidInput(
            f"accuracy must lie between 0 and 1, but {values.max():.4g} is the largest; divide "
            f"percent by 100"
        )
    ages = table.loc[table["variant"].astype(str) != FLOAT_VARIANT, "age"]
    if not (not_negative(ages, "age") > 0).all():
        raise InvalidInput("age must be above 0 s; the axis of ages is logarithmic")


def plot_accuracy(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Accuracy over the time since programming: median of the chips, and every chip.

    A line is the median over chips, its band reaches from the worst to the best chip, and each
    point is one chip. The variant "float" has no age: it is a dashed line at its median.

    Args:
        table: one row per chip, variant and age: chip and variant (names), age [s] and
            accuracy [1]. The age of the variant "float" is ignored and may be missing.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: a column is missing, the table is empty, an accuracy is not between 0 and 1,
            an age is not above 0 s, or there are more variants than colours.
    """
    _check(table)
    ax = quiet(new_axes() if ax is None else ax)
    drawn = list(_variants(table))
    aged = [variant for variant in drawn if variant.name != FLOAT_VARIANT]
    # Variants stand side by side, 0.03 decades apart, so that their points do not hide each other.
    shifts = 10 ** (0.03 * (np.arange(len(aged)) - (len(aged) - 1) / 2))
    for variant in drawn:
        percent = 100 * variant.rows["accuracy"]
        if variant.name == FLOAT_VARIANT:
            middle = float(percent.median())
            ax.axhline(middle, color=variant.colour, linestyle="--", linewidth=1.3, label="float")
            continue
        shift = shifts[aged.index(variant)]
        by_age = percent.groupby(variant.rows["age"])
        low, high, median = by_age.min(), by_age.max(), by_age.median()
        ages = median.index.to_numpy(dtype=np.float64)
        ax.fill_between(
            ages * shift, low, high, color=variant.colour, alpha=0.15, linewidth=0, zorder=1.5
        )
        ax.plot(ages * shift, median, color=variant.colour, linewidth=1.8, label=variant.name)
        ax.plot(
            variant.rows["age"] * shift,
            percent,
            linestyle="none",
            marker="o",
            markersize=3.5,
            color=variant.colour,
            alpha=0.6,
            markeredgewidth=0,
        )
    if aged:
        ages = np.unique(np.concatenate([variant.rows["age"].to_numpy(float) for variant in aged]))
        ax.set_xscale("log")
        ax.set_xticks(ages, [age_label(age) for age in ages])
        ax.set_xticks([], minor=True)
        ax.set_xlim(ages[0] / 1.6, ages[-1] * 1.6)
    ax.set_xlabel("time since programming")
    ax.set_ylabel("test accuracy [%]")
    legend_above(ax)
    return ax


def plot_accuracy_per_chip(table: pd.DataFrame, age: float, ax: "Axes | None" = None) -> "Axes":
    """Accuracy of each chip at one age: a row per chip, a point per variant.

    Args:
        table: as for `plot_accuracy`.
        age: which rows to draw, equal to an age of the table [s].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: as for `plot_accuracy`, or the table holds no chip at this age.
    """
    _check(table)
    is_float = table["variant"].astype(str) == FLOAT_VARIANT
    at_age = table[~is_float & np.isclose(table["age"].astype(float), age)]
    if at_age.empty:
        have = ", ".join(age_label(a) for a in sorted(table.loc[~is_float, "age"].unique()))
        raise InvalidInput(f"the table holds no chip at {age_label(age)}; it has {have or 'none'}")
    chips = [str(chip) for chip in dict.fromkeys(at_age["chip"])]
    if ax is None:
        ax = new_axes((6.0, max(2.4, 1.3 + 0.27 * len(chips))))
    quiet(ax)
    ax.grid(visible=False, axis="y")
    places = {chip: place for place, chip in enumerate(chips)}
    for place, chip in enumerate(chips):
        values = 100 * at_age.loc[at_age["chip"].astype(str) == chip, "accuracy"]
        ax.plot([values.min(), values.max()], [place, place], color="#cccccc", linewidth=1.2)
    for variant in _variants(pd.concat([table[is_float], at_age])):
        percent = 100 * variant.rows["accuracy"]
        if variant.name == FLOAT_VARIANT:
            middle = float(percent.median())
            ax.axvline(middle, color=variant.colour, linestyle="--", linewidth=1.3, label="float")
            continue
        ax.plot(
            percent,
            [places[str(chip)] for chip in variant.rows["chip"]],
            linestyle="none",
            marker="o",
            markersize=6.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            color=variant.colour,
            label=variant.name,
        )
    ax.set_yticks(range(len(chips)), chips)
    ax.set_ylim(len(chips) - 0.5, -0.5)
    ax.set_xlabel(f"test accuracy {age_label(age)} after programming [%]")
    legend_above(ax)
    return ax


def plot_confusion(
    counts: ArrayLike, ax: "Axes | None" = None, *, names: Sequence[str] | None = None
) -> "Axes":
    """What is taken for what: counts in every cell, colours for the errors only.

    The diagonal is grey, because its counts are so large that they would leave no colours for the
    errors.

    Args:
        counts: samples by true class (rows) and predicted class (columns), shape
            (classes, classes), as from `ohmloom.analysis.classification.confusion`.
        ax: where to draw; a figure of its own when None.
        names: one per class; 0, 1, ... when None.

    Raises:
        InvalidInput: not a square of counts, or the number of names is another.
    """
    values = not_negative(counts, "counts")
    classes = len(values) if values.ndim else 0
    if values.shape != (classes, classes) or not classes:
        raise InvalidInput(f"counts must have shape (classes, classes), but has {values.shape}")
    if (values != np.rint(values)).any():
        raise InvalidInput("counts must be whole numbers; pass counts, not rates")
    labels = [str(i) for i in range(classes)] if names is None else list(names)
    if len(labels) != classes:
        raise InvalidInput(f"{len(labels)} names are given for {classes} classes")
    ax = new_axes((6.0, 5.0)) if ax is None else ax
    errors = np.ma.masked_array(values, mask=np.eye(classes, dtype=bool))
    most = max(float(errors.max()) if classes > 1 else 0.0, 1.0)
    import matplotlib.ticker  # noqa: PLC0415  slow to load

    colours = matplotlib.colormaps["Oranges"].with_extremes(bad="#e6e6e6")
    drawn = ax.pcolormesh(
        errors, cmap=colours, vmin=0.0, vmax=most, edgecolors="white", linewidth=1.0
    )
    longest = max(len(f"{count:.0f}") for count in values.flat)
    size = min(9.0, 200.0 / (classes * max(longest, 2) * 0.75))
    for row, column in np.argwhere(values > 0):
        count = values[row, column]
        dark = row != column and count > 0.6 * most
        ax.text(
            column + 0.5,
            row + 0.5,
            f"{count:.0f}",
            ha="center",
            va="center",
            fontsize=size,
            color="white" if dark else "#222222",
        )
    ax.set_aspect("equal")
    ax.set_ylim(classes, 0)
    centres = np.arange(classes) + 0.5
    ax.set_xticks(centres, labels)
    ax.set_yticks(centres, labels)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    bar = colour_bar(drawn, ax, "errors [samples]")
    bar.locator = matplotlib.ticker.MaxNLocator(integer=True)
    bar.update_ticks()
    return ax
