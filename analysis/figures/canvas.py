"""What all figures share: new axes without global state, quiet borders, scales with prefixes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar

SIZE = (6.0, 4.0)
"""Width and height of a figure [inch]."""

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How a quantity is shown on an axis."""

    factor: float
    """Divide the quantity in plain SI by this."""
    unit: str
    """What the divided quantity is in, such as "µA"."""


def readable_scale(quantity: ArrayLike, unit: str) -> Scale:
    """The prefix that leaves the largest magnitude between 1 and 1000.

    Args:
        quantity: any shape, in plain SI; may be empty.
        unit: SI symbol without prefix.

    >>> readable_scale([0.0, 3e-5], "A")
    Scale(factor=1e-06, unit='µA')
    """
    values: FloatArray = np.abs(np.asarray(quantity, dtype=np.float64))
    largest = float(values.max(initial=0.0))
    for factor, prefix in _PREFIXES:
        if largest >= factor:
            return Scale(factor=factor, unit=prefix + unit)
    return Scale(factor=1.0, unit=unit)


def new_axes(size: tuple[float, float] = SIZE) -> "Axes":
    """Axes in a figure of their own that pyplot does not know, `size` in inches."""
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    return Figure(figsize=size, layout="constrained").add_subplot()


def quiet(ax: "Axes") -> "Axes":
    """Leave the axis lines at the left and the bottom, and a light grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color="#e4e4e4", linewidth=0.7)
    ax.set_axisbelow(True)
    return ax


def legend_above(ax: "Axes", columns: int = 2) -> None:
    """A legend over the axes, where it hides no data."""
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        borderaxespad=0.3,
        columnspacing=1.4,
        handletextpad=0.6,
        fontsize=9,
    )


def colour_bar(drawn: "ScalarMappable", ax: "Axes", label: str) -> "Colorbar":
    """A colour bar right of the axes."""
    bar = ax.figure.colorbar(drawn, ax=ax, label=label, fraction=0.05, pad=0.03)
    bar.outline.set_visible(False)
    return bar
