"""Columns of a sweep against each other: lines, and percentile bands over Monte Carlo samples."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ohmloom.analysis.figures.canvas import Scale, new_axes, quiet, readable_scale
from ohmloom.analysis.figures.palette import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILLION,
)
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BAND: Final = (5.0, 95.0)
"""Percentiles between which a band lies."""
_COLOURS: Final = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)


def band_table(table: "pd.DataFrame", columns: Sequence[str]) -> "pd.DataFrame":
    """Median and percentiles of the second column over the first, for each value of the third.

    Args:
        table: rows of a sweep; failed ones are left out.
        columns: two or three of its columns.

    Returns:
        The first column, the third if there is one, "median", "low", "high" and "count".

    Raises:
        InvalidInput: another number of columns, or one that is not there or holds text in second
            place.
    """
    from pandas.api.types import is_numeric_dtype  # noqa: PLC0415  slow to load

    if not 2 <= len(columns) <= 3:
        raise InvalidInput(f"two or three columns are drawn, not {len(columns)}")
    for name in columns:
        if name not in table:
            raise InvalidInput(
                f"there is no column {name!r}; there are {', '.join(map(str, table))}"
            )
    first, second = columns[0], columns[1]
    if not is_numeric_dtype(table[second]):
        raise InvalidInput(f"column {second!r} holds no numbers")
    keys = [first, *columns[2:]]
    good = table[table[second].notna()]
    grouped = good.groupby(keys, sort=True, observed=True)[second]
    found = grouped.median().rename("median").to_frame()
    found["low"] = grouped.quantile(BAND[0] / 100.0)
    found["high"] = grouped.quantile(BAND[1] / 100.0)
    found["count"] = grouped.size()
    return found.reset_index()


def plot_sweep(
    table: "pd.DataFrame",
    columns: Sequence[str],
    ax: "Axes | None" = None,
    *,
    units: Mapping[str, str],
    logarithmic: Sequence[str] = (),
) -> "Axes":
    """Draw one column over another, a line for each value of a third.

    Where several rows share a place, the line is their median, and a band holds 90 % of them.

    Args:
        table: rows of a sweep.
        columns: what runs along, what is drawn, and what tells lines apart if anything does.
        ax: where to draw, new axes where None.
        units: SI symbol of each column.
        logarithmic: columns that run over decades.

    Returns:
        The axes.

    Raises:
        InvalidInput: a column that is not there, or nothing to draw.
    """
    bands = band_table(table, columns)
    if bands.empty:
        raise InvalidInput(f"no row has a value of {columns[1]!r} to draw")
    if ax is None:
        ax = new_axes((7.0, 4.4))
    first, second = columns[0], columns[1]
    texts = bands[first].dtype == object or str(bands[first].dtype).startswith(("str", "string"))
    x_scale = _scale(bands[first], units.get(first, "1"), texts)
    y_scale = _scale(bands[["low", "high"]].to_numpy(), units.get(second, "1"), False)
    groups: list[tuple[Any, pd.DataFrame]]
    groups = [(None, bands)] if len(columns) == 2 else list(bands.groupby(columns[2], sort=True))
    legend = (
        readable_scale(bands[columns[2]], units.get(columns[2], "1"))
        if (len(columns) == 3 and bands[columns[2]].dtype.kind in "if")
        else None
    )
    for place, (value, rows) in enumerate(groups):
        colour = _COLOURS[place % len(_COLOURS)]
        x = rows[first].to_numpy() if texts else rows[first].to_numpy() / x_scale.factor
        label = None
        if value is not None:
            label = (
                f"{float(value) / legend.factor:.4g} {legend.unit}".removesuffix(" 1")
                if legend is not None
                else str(value)
            )
        ax.plot(
            x, rows["median"] / y_scale.factor, color=colour, label=label, marker=".", linewidth=1.2
        )
        if (rows["count"] > 1).any():
            ax.fill_between(
                x,
                rows["low"] / y_scale.factor,
                rows["high"] / y_scale.factor,
                color=colour,
                alpha=0.2,
                linewidth=0.0,
            )
    quiet(ax)
    if first in logarithmic:
        ax.set_xscale("log")
    ax.set_xlabel(_label(first, x_scale, texts))
    ax.set_ylabel(_label(second, y_scale, False))
    if len(columns) == 3:
        ax.legend(
            title=columns[2], loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8
        )
    return ax


def _scale(values: object, unit: str, texts: bool) -> Scale:
    if texts or unit == "1":
        return Scale(factor=1.0, unit=unit)
    numbers = np.asarray(values, dtype=np.float64)
    if unit == "K":
        return Scale(factor=1.0, unit=unit)
    return readable_scale(numbers, unit)


def _label(name: str, scale: Scale, texts: bool) -> str:
    spoken = name.replace("_", " ")
    return spoken if texts or scale.unit == "1" else f"{spoken} [{scale.unit}]"
