"""Figures of one chip: its conductances, stuck cells, wires, and columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.classification import detection
from ohmloom.analysis.figures.canvas import colour_bar, legend_above, new_axes, quiet
from ohmloom.analysis.figures.palette import BLACK, GREEN, GREY, PURPLE, VERMILLION
from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_COLOURS = "cividis"
_MARK = "#ff2d2d"  # stands out from every colour of cividis, for colour-blind readers by its ring


def _mask(mask: ArrayLike, shape: tuple[int, ...], name: str) -> BoolArray:
    array = np.asarray(mask)
    if array.dtype != np.bool_ or array.shape != shape:
        raise InvalidInput(
            f"{name} must be a mask (bool) of shape {shape}, but has shape {array.shape} and type "
            f"{array.dtype}"
        )
    return array


def _tile(value: ArrayLike, name: str) -> FloatArray:
    tile = shaped(finite(value, name), (None, None), name)
    if not tile.size:
        raise InvalidInput(f"{name} must hold one cell at least, but has shape {tile.shape}")
    return tile


def _map(
    values: FloatArray, ax: "Axes", *, low: float | None = None, high: float | None = None
) -> "AxesImage":
    image = ax.imshow(values, cmap=_COLOURS, vmin=low, vmax=high, interpolation="nearest")
    ax.spines[:].set_visible(False)
    return image


def _mark(stuck: BoolArray, ax: "Axes", size: float) -> None:
    rows, columns = np.nonzero(stuck)
    ax.plot(
        columns,
        rows,
        linestyle="none",
        marker="s",
        markersize=size,
        markerfacecolor="none",
        markeredgecolor=_MARK,
        markeredgewidth=0.9,
        label=f"stuck: {len(rows)} of {stuck.size} cells",
    )


def plot_conductance_map(
    conductance: ArrayLike, ax: "Axes | None" = None, *, stuck: ArrayLike | None = None
) -> "Axes":
    """Conductance of every cell of one tile, stuck cells in red frames.

    Args:
        conductance: shape (rows, columns) [S].
        ax: where to draw; a figure of its own when None.
        stuck: which cells do not follow, shape (rows, columns), bool.

    Raises:
        InvalidInput: a conductance is negative or not finite, or a shape is another.
    """
    values = _tile(not_negative(conductance, "conductance"), "conductance")
    marks = None if stuck is None else _mask(stuck, values.shape, "stuck")
    ax = new_axes((6.0, 5.0)) if ax is None else ax
    image = _map(values / uS, ax)
    if marks is not None:
        _mark(marks, ax, 4.0)
        legend_above(ax)
    ax.set_xlabel("column")
    ax.set_ylabel("row")
    colour_bar(image, ax, "conductance [µS]")
    return ax


def plot_tiles(
    conductances: Mapping[str, ArrayLike], *, stuck: Mapping[str, ArrayLike] | None = None
) -> "Figure":
    """Conductance maps of several tiles in one figure, all with the same scale.

    Args:
        conductances: by the name of the tile, each of shape (rows, columns) [S].
        stuck: masks by the name of the tile, each shaped as its tile; a tile without is unmarked.

    Raises:
        InvalidInput: no tile, a mask for a tile that is not there, or as `plot_conductance_map`.
    """
    if not conductances:
        raise InvalidInput("there is no tile to draw; pass the conductances of one tile at least")
    values = {name: _tile(not_negative(tile, name), name) for name, tile in conductances.items()}
    unknown = set(stuck or {}) - set(values)
    if unknown:
        raise InvalidInput(f"stuck names tiles that are not drawn: {', '.join(sorted(unknown))}")
    masks = {
        name: _mask(mask, values[name].shape, f"stuck of {name}")
        for name, mask in (stuck or {}).items()
    }
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    down = -(-len(values) // 4)
    across = -(-len(values) // down)
    figure = Figure(figsize=(2.3 * across + 1.0, 2.45 * down + 0.3), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    low = min(float(tile.min()) for tile in values.values()) / uS
    high = max(float(tile.max()) for tile in values.values()) / uS
    for place, (name, tile) in enumerate(values.items()):
        ax = grid.flat[place]
        image = _map(tile / uS, ax, low=low, high=high)
        if name in masks:
            _mark(masks[name], ax, 2.6)
        ax.set_title(name, fontsize="medium")
        if place + across < len(values):
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel("column")
        if place % across:
            ax.tick_params(labelleft=False)
        else:
            ax.set_ylabel("row")
    for ax in grid.flat[len(values) :]:
        ax.remove()
    drawn = list(grid.flat[: len(values)])
    bar = figure.colorbar(image, ax=drawn, label="conductance [µS]", aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    return figure


def plot_wire_loss(ideal: ArrayLike, effective: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """What the wires take from every cell, in percent of its conductance.

    Args:
        ideal: conductances without wires, shape (rows, columns) [S]; a cell without conductance
            has no loss and stays white.
        effective: currents at the columns per volt at the rows with wires, shape
            (rows, columns) [S].
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: another shape, a value that is not finite, or no cell that conducts.
    """
    without = _tile(not_negative(ideal, "ideal"), "ideal")
    with_wires = shaped(finite(effective, "effective"), without.shape, "effective")
    conducts = without > 0
    if not conducts.any():
        raise InvalidInput("no cell of ideal conducts; there is nothing that wires could take")
    loss = np.full(without.shape, np.nan)
    loss[conducts] = 100 * (1 - with_wires[conducts] / without[conducts])
    ax = new_axes((6.0, 5.0)) if ax is None else ax
    # Cells that hardly conduct gain by detours through others, far more in percent than any cell
    # loses; a few of them must not set the scale.
    low, high = np.percentile(loss[conducts], [5.0, 99.5])
    image = _map(loss, ax, low=min(float(low), 0.0), high=float(high))
    ax.set_xlabel("column")
    ax.set_ylabel("row")
    colour_bar(image, ax, "loss to the wires [%]")
    return ax


def plot_stuck_cells(
    true_mask: ArrayLike, found_mask: ArrayLike, ax: "Axes | None" = None
) -> "Axes":
    """Where the search for stuck cells was right, and where not.

    Args:
        true_mask: cells that are stuck, shape (rows, columns), bool.
        found_mask: cells that the search calls stuck, shape (rows, columns), bool.
        ax: where to draw; a figure of its own when None.

    Raises:
        InvalidInput: not two masks of one shape (rows, columns).
    """
    truth = np.asarray(true_mask)
    if truth.ndim != 2 or not truth.size:
        raise InvalidInput(
            f"true_mask must have shape (rows, columns), one cell at least, but has {truth.shape}"
        )
    truth = _mask(truth, truth.shape, "true_mask")
    found = _mask(found_mask, truth.shape, "found_mask")
    result = detection(truth, found)
    ax = new_axes((6.0, 5.0)) if ax is None else ax
    for label, mask, marker, colour, face in (
        (f"found: {result.hits}", truth & found, "s", GREEN, GREEN),
        (f"missed: {result.misses}", truth & ~found, "o", VERMILLION, "none"),
        (f"false alarm: {result.false_alarms}", ~truth & found, "x", PURPLE, PURPLE),
    ):
        rows, columns = np.nonzero(mask)
        ax.plot(
            columns,
            rows,
            linestyle="none",
            marker=marker,
            markersize=5,
            color=colour,
            markerfacecolor=face,
            markeredgewidth=1.4,
            label=label,
        )
    ax.set_aspect("equal")
    ax.set_xlim(-1, truth.shape[1])
    ax.set_ylim(truth.shape[0], -1)
    ax.spines[:].set_color("#bbbbbb")
    ax.set_xlabel("column")
    ax.set_ylabel("row")
    legend_above(ax, columns=3)
    return ax


@dataclass(frozen=True, kw_only=True)
class _ColumnErrors:
    """Errors of each column before and after calibration, shape (columns,), in shown units."""

    before: FloatArray
    after: FloatArray
    bars: FloatArray | None
    unit: str

    def draw(self, ax: "Axes | None") -> "Axes":
        ax = quiet(new_axes() if ax is None else ax)
        columns = np.arange(len(self.before))
        ax.axhline(0.0, color=BLACK, linewidth=0.8)
        ax.plot(
            columns,
            self.before,
            linestyle="none",
            marker="o",
            markersize=4.5,
            color=VERMILLION,
            markerfacecolor="none",
            label=f"before calibration: rms {_rms(self.before)} {self.unit}",
        )
        if self.bars is not None:
            ax.errorbar(
                columns, self.after, yerr=self.bars, fmt="none", ecolor=GREY, elinewidth=0.9
            )
        ax.plot(
            columns,
            self.after,
            linestyle="none",
            marker="o",
            markersize=3.5,
            color=GREEN,
            label=f"after calibration: rms {_rms(self.after)} {self.unit}",
        )
        ax.set_xlabel("column")
        legend_above(ax, columns=1)
        return ax


def _rms(errors: FloatArray) -> str:
    return f"{np.sqrt(np.mean(errors**2)):.3g}"


def _per_column(value: ArrayLike, columns: int, name: str) -> FloatArray:
    array = finite(value, name)
    return np.full(columns, array) if array.ndim == 0 else shaped(array, (columns,), name)


def plot_column_gain(
    gain_true: ArrayLike,
    gain_before: ArrayLike,
    gain_after: ArrayLike,
    ax: "Axes | None" = None,
    *,
    uncertainty: ArrayLike | None = None,
) -> "Axes":
    """Relative error of the gain that is believed of each column, before and after calibration.

    Args:
        gain_true: what a column does, shape (columns,), any unit, above zero.
        gain_before: what is believed without calibration, shape (columns,) or one number for all,
            in the unit of `gain_true`.
        gain_after: what the calibration found, shape (columns,), in the unit of `gain_true`.
        ax: where to draw; a figure of its own when None.
        uncertainty: one standard deviation of `gain_after`, shape (columns,) or one number, in the
            unit of `gain_true`.

    Raises:
        InvalidInput: another shape, a value that is not finite, or a true gain not above zero.
    """
    truth = shaped(finite(gain_true, "gain_true"), (None,), "gain_true")
    if not (truth > 0).all() or not truth.size:
        raise InvalidInput("gain_true must hold one column at least, each with a gain above 0")
    columns = len(truth)
    bars = None
    if uncertainty is not None:
        bars = 100 * _per_column(not_negative(uncertainty, "uncertainty"), columns, "uncertainty")
        bars = bars / truth
    ax = _ColumnErrors(
        before=100 * (_per_column(gain_before, columns, "gain_before") / truth - 1),
        after=100 * (_per_column(gain_after, columns, "gain_after") / truth - 1),
        bars=bars,
        unit="%",
    ).draw(ax)
    ax.set_ylabel("error of the column gain [%]")
    return ax


def plot_column_offset(
    offset_true: ArrayLike,
    offset_before: ArrayLike,
    offset_after: ArrayLike,
    ax: "Axes | None" = None,
    *,
    uncertainty: ArrayLike | None = None,
) -> "Axes":
    """Error of the offset that is believed of each column, before and after calibration.

    Args:
        offset_true: reading of a column without input, shape (columns,) [ADC steps].
        offset_before: what is believed without calibration, shape (columns,) or one number for
            all [ADC steps].
        offset_after: what the calibration found, shape (columns,) [ADC steps].
        ax: where to draw; a figure of its own when None.
        uncertainty: one standard deviation of `offset_after`, shape (columns,) or one number
            [ADC steps].

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    truth = shaped(finite(offset_true, "offset_true"), (None,), "offset_true")
    if not truth.size:
        raise InvalidInput("offset_true must hold one column at least")
    columns = len(truth)
    bars = None
    if uncertainty is not None:
        bars = _per_column(not_negative(uncertainty, "uncertainty"), columns, "uncertainty")
    ax = _ColumnErrors(
        before=_per_column(offset_before, columns, "offset_before") - truth,
        after=_per_column(offset_after, columns, "offset_after") - truth,
        bars=bars,
        unit="steps",
    ).draw(ax)
    ax.set_ylabel("error of the column offset [ADC steps]")
    return ax
