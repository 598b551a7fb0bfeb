"""Figures of one memristor: its pinched loop, and its state over time."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.analysis.figures.canvas import new_axes, quiet, readable_scale
from ohmloom.analysis.figures.palette import BLUE, GREY
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# On a logarithmic axis, the decades below the largest current; what is lower is the way through
# zero and says nothing.
_DECADES = 6


def plot_hysteresis(
    voltage: ArrayLike,
    current: ArrayLike,
    ax: "Axes | None" = None,
    *,
    logarithmic: bool = False,
    voltage_label: str = "voltage [V]",
    cycles: int = 1,
) -> "Axes":
    """Current against voltage, with arrows in the direction of time.

    Args:
        voltage: across the device, shape (time,), two samples at least [V].
        current: through the device, shape (time,) [A].
        ax: where to draw; a figure of its own when None.
        logarithmic: draw the size of the current on a logarithmic axis, which shows the state of
            high resistance too; without arrows.
        voltage_label: which voltage it is, with its unit.
        cycles: how many sweeps there are, all of one length; the arrows are those of the last.

    Raises:
        InvalidInput: another shape, or a value that is not finite.
    """
    v = shaped(finite(voltage, "voltage"), (None,), "voltage")
    if len(v) < 2:
        raise InvalidInput(f"a loop needs two samples at least, not {len(v)}")
    i = shaped(finite(current, "current"), v.shape, "current")
    scale = readable_scale(i, "A")
    shown = i / scale.factor
    ax = quiet(new_axes() if ax is None else ax)
    ax.set_xlabel(voltage_label)
    if logarithmic:
        size = np.abs(i)
        top = float(size.max()) or 1.0
        # Close to zero volt every current vanishes; that must not set the limits.
        matters = size[(size > 0.0) & (np.abs(v) > 0.02 * np.abs(v).max())]
        bottom = max(float(matters.min(initial=top)), top * 10.0**-_DECADES)
        ax.plot(v, np.where(size > 0.0, size, np.nan), color=BLUE, linewidth=1.5)
        ax.set_yscale("log")
        ax.set_ylim(bottom / 2.0, top * 2.0)
        ax.set_ylabel("size of the current [A]")
        return ax
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    ax.plot(v, shown, color=BLUE, linewidth=1.7)
    step = max(1, len(v) // 100)
    for eighth in (1, 3, 5, 7):
        place = (cycles - 1 + eighth / 8) / cycles
        start = min(int(place * len(v)), len(v) - 1 - step)
        tail, tip = (v[start], shown[start]), (v[start + step], shown[start + step])
        if tail != tip:
            arrow = {"arrowstyle": "-|>", "color": BLUE, "mutation_scale": 14, "shrinkB": 0}
            ax.annotate("", xy=tip, xytext=tail, arrowprops=arrow)
    ax.set_ylabel(f"current [{scale.unit}]")
    return ax


def plot_state(
    time: ArrayLike,
    voltage: ArrayLike,
    state: ArrayLike,
    ax: "Axes | None" = None,
    *,
    state_label: str = "state [1]",
    logarithmic: bool = False,
) -> "Axes":
    """State over time, and behind it, on an axis at the right, the voltage that moved it.

    Args:
        time: shape (time,), rising [s].
        voltage: across the device, shape (time,) [V].
        state: shape (time,), in the unit that `state_label` names.
        ax: where to draw; a figure of its own when None.
        state_label: what the state is, with its unit.
        logarithmic: whether the state moves over decades; it is then above zero.

    Returns:
        The axes of the state.

    Raises:
        InvalidInput: another shape, or a value that is not finite, or a state of zero or less on
            a logarithmic axis.
    """
    t = shaped(finite(time, "time"), (None,), "time")
    v = shaped(finite(voltage, "voltage"), t.shape, "voltage")
    x = shaped(finite(state, "state"), t.shape, "state")
    if len(t) < 2 or (np.diff(t) < 0).any():
        raise InvalidInput("time must hold two samples at least, and rise")
    if logarithmic and not (x > 0).all():
        raise InvalidInput(f"a state on a logarithmic axis is above zero, not {x.min():.6g}")
    scale = readable_scale(t, "s")
    ax = quiet(new_axes() if ax is None else ax)
    drive = ax.twinx()
    drive.spines[["top", "left"]].set_visible(False)
    drive.spines["right"].set_color(GREY)
    drive.plot(t / scale.factor, v, color=GREY, linewidth=1.0)
    drive.set_ylabel("voltage [V]", color=GREY)
    drive.tick_params(axis="y", colors=GREY)
    ax.plot(t / scale.factor, x, color=BLUE, linewidth=1.9)
    # The state is what the reader came for: its axes are drawn over those of the voltage.
    ax.set_zorder(drive.get_zorder() + 1)
    ax.patch.set_visible(False)
    ax.set_xlabel(f"time [{scale.unit}]")
    if logarithmic:
        ax.set_yscale("log")
    ax.set_ylabel(state_label, color=BLUE)
    ax.tick_params(axis="y", colors=BLUE)
    return ax
