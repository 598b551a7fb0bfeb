"""Figures of DYNAP-SE boards: how full cores are, who reaches whom, spikes and rates."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.canvas import colour_bar, legend_above, new_axes, quiet
from ohmloom.analysis.figures.palette import BLUE, VERMILLION
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ohmloom.circuits.chip import Events

_SIDE = 16
"""Neurons of a core along one side."""


def plot_cores(
    words: ArrayLike, short: ArrayLike | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Words in use of every neuron, each core as a square of 16 x 16.

    Args:
        words: shape (cores, 256), cores of a chip one after the other.
        short: neurons to be marked, such as those with few words that work, shape (cores, 256).
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape.
    """
    used = shaped(finite(words, "words"), (None, _SIDE * _SIDE), "words")
    cores = len(used)
    columns = min(cores, 4)
    rows = -(-cores // columns)
    gap = 2
    size = _SIDE + gap
    picture = np.full((rows * size - gap, columns * size - gap), np.nan)
    ax = new_axes((2.2 + 2.0 * columns, 0.8 + 2.0 * rows)) if ax is None else ax
    for core, values in enumerate(used):
        top, left = size * (core // columns), size * (core % columns)
        picture[top : top + _SIDE, left : left + _SIDE] = values.reshape(_SIDE, _SIDE)
        ax.text(
            left + _SIDE / 2 - 0.5, top - 0.9, f"chip {core // 4} core {core % 4}",
            ha="center", va="bottom", fontsize=8,
        )  # fmt: skip
        if short is not None:
            row, column = np.nonzero(np.asarray(short)[core].reshape(_SIDE, _SIDE))
            ax.plot(left + column, top + row, linestyle="", marker=".", markersize=2.5,
                    color=VERMILLION)  # fmt: skip
    image = ax.imshow(picture, cmap="cividis", vmin=0.0, vmax=max(1.0, np.nanmax(picture)))
    ax.set_axis_off()
    colour_bar(image, ax, "CAM words in use [1]")
    return ax


def plot_routes(connections: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """Connections from core to core.

    Args:
        connections: from row to column, the last row being the inputs, shape (cores + 1, cores).
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape.
    """
    count = shaped(finite(connections, "connections"), (None, None), "connections")
    cores = count.shape[1]
    if count.shape[0] != cores + 1:
        raise InvalidInput(f"connections must have shape (cores + 1, cores), but has {count.shape}")
    ax = new_axes() if ax is None else ax
    image = ax.imshow(np.where(count > 0, count, np.nan), cmap="viridis", aspect="auto")
    names = [f"{core // 4}.{core % 4}" for core in range(cores)]
    ax.set_xticks(range(cores), names)
    ax.set_yticks(range(cores + 1), [*names, "inputs"])
    ax.set_xlabel("to chip.core")
    ax.set_ylabel("from chip.core")
    if cores <= 4:
        brightest = max(1.0, float(count.max()))
        for row, column in np.ndindex(*count.shape):
            if count[row, column] > 0:
                dark = count[row, column] < 0.6 * brightest
                ax.text(column, row, f"{count[row, column]:.0f}", ha="center", va="center",
                        fontsize=8, color="white" if dark else "black")  # fmt: skip
    ax.spines[:].set_visible(False)
    colour_bar(image, ax, "connections [1]")
    return ax


def plot_fan_in(
    words: ArrayLike, usable: ArrayLike | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Words in use and words that work, of all neurons that are used, sorted.

    Args:
        words: in use, shape (neurons,).
        usable: that work, shape (neurons,); 64 of each when None.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape.
    """
    used = shaped(finite(words, "words"), (None,), "words")
    works = np.full(len(used), 64.0) if usable is None else finite(usable, "usable")
    shaped(works, used.shape, "usable")
    order = np.argsort(-used, kind="stable")
    order = order[used[order] > 0]
    ax = quiet(new_axes() if ax is None else ax)
    place = np.arange(len(order))
    ax.plot(place, works[order], linestyle="", marker=".", markersize=3, color=VERMILLION,
            label="that work")  # fmt: skip
    ax.plot(place, used[order], color=BLUE, label="in use")
    ax.set_ylim(0.0, 66.0)
    ax.set_xlabel("neurons that hear anything, by words")
    ax.set_ylabel("CAM words [1]")
    legend_above(ax)
    return ax


def plot_raster(spikes: "Events", ax: "Axes | None" = None) -> "Axes":
    """Spikes of neurons against time.

    Args:
        spikes: by neuron.
        ax: where to draw; a figure of its own when None.
    """
    ax = quiet(new_axes() if ax is None else ax)
    ax.plot(spikes.time, spikes.address, linestyle="", marker=".", markersize=2, color=BLUE)
    ax.set_xlim(0.0, spikes.duration)
    ax.set_xlabel("time [s]")
    ax.set_ylabel("neuron")
    return ax


def plot_rates(spikes: "Events", neurons: int, ax: "Axes | None" = None) -> "Axes":
    """How many neurons fire at which rate.

    Args:
        spikes: by neuron.
        neurons: how many there are.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: a spike of a neuron beyond them.
    """
    if len(spikes.address) and int(spikes.address.max()) >= neurons:
        raise InvalidInput(
            f"neuron {spikes.address.max()} fired, but only {neurons} were said to exist"
        )
    rate = np.bincount(spikes.address, minlength=neurons) / spikes.duration
    ax = quiet(new_axes() if ax is None else ax)
    ax.hist(rate, bins=40, color=BLUE)
    ax.axvline(float(rate.mean()), color=VERMILLION, label=f"mean {rate.mean():.3g} Hz")
    ax.set_xlabel("rate [Hz]")
    ax.set_ylabel("neurons [1]")
    legend_above(ax)
    return ax
