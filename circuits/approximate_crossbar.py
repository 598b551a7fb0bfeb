"""Two cheap approximations of a crossbar for training loops, each with an error of its own making.

Let Z be what currents out of the lines do to the voltages: sums along the lines, nothing else. The
voltages across the cells then solve v + Z G v = V.

*Fixed point* (`read_by_fixed_point`) solves this by a given number of Chebyshev iterations, which
converge however much the wires take: Z G has no negative eigenvalue, and none above the largest of
Z G 1. What is left of the equation bounds the error, in the norm of the power.

*Closed form* (`closed_form`) takes the loss of every cell to first order, x = Z G 1 with row and
column alone, and bends it: transfer = G / (1 + k x). k = 1 is exact to first order; a read that is
solved exactly gives the best k for an array, and how far the closed form is off.

Both are made of sums and products alone and pass torch tensors, gradients included.

Holds for: ohmic cells, lines that are all driven and all lead to ground.
"""

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from array_api_compat import array_namespace
from scipy import optimize

from ohmloom import checks
from ohmloom.arrays import Array, FloatArray
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.errors import InvalidInput

_BENDS: Final = (0.25, 2.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ApproximateRead:
    """Output currents, and how wrong they are at most."""

    output_current: Array
    """Out of each bit line, shape (..., columns) [A]."""
    error_bound: Array
    """What an output current is off by at most, shape (...) [A]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedForm:
    """An approximate effective matrix, and how wrong it was."""

    transfer: Array
    """Current into each column per volt on each row, shape (rows, columns) [S]."""
    bend: float
    """k [1]."""
    error: float
    """Of the output currents of the probe, root mean square, relative [1]."""


def read_by_fixed_point(crossbar: Crossbar, voltage: Array, *, iterations: int) -> ApproximateRead:
    """Output currents by a number of passes along the lines.

    Args:
        crossbar: one array, of numpy or torch.
        voltage: of the drivers, shape (..., rows) [V].
        iterations: passes after the first guess, the driver's voltage at every cell; not negative.

    Raises:
        InvalidInput: lines that float, cells that are not ohmic, several arrays, or a voltage that
            does not fit.

    >>> array = Crossbar(conductance=np.full((64, 64), 1e-4), r_word_line=1.0, r_bit_line=1.0)
    >>> read = read_by_fixed_point(array, np.full(64, 0.2), iterations=6)
    >>> f"{read.output_current[-1]:.4e} A, wrong by less than {read.error_bound:.0e} A"
    '9.4728e-04 A, wrong by less than 2e-09 A'
    """
    lines = _Lines(crossbar)
    if iterations < 0:
        raise InvalidInput(f"iterations must not be negative, but are {iterations}")
    cells, xp = lines.conductance, lines.xp
    drive = xp.asarray(voltage, dtype=cells.dtype)
    if drive.ndim == 0 or drive.shape[-1] != cells.shape[0]:
        raise InvalidInput(
            f"voltage must have shape (..., {cells.shape[0]}), one value per row, but has "
            f"{tuple(drive.shape)}"
        )
    across = drive[..., None] + xp.zeros_like(cells)
    # Chebyshev iteration for a spectrum from 1 to 1 + 2 half.
    half = 0.5 * float(_numpy(lines.drop(cells)).max())
    middle = 1.0 + half
    missing = -lines.drop(cells * across)
    step, share = missing / middle, half / middle
    for _ in range(iterations):
        across = across + step
        missing = missing - step - lines.drop(cells * step)
        following = 1.0 / (2.0 * middle - half * share)
        step = half * share * following * step + 2.0 * following * missing
        share = half * following
    power = xp.sum(cells * missing * missing, axis=(-2, -1))
    widest = xp.max(xp.sum(cells, axis=-2))
    return ApproximateRead(
        output_current=xp.sum(cells * across, axis=-2), error_bound=xp.sqrt(widest * power)
    )


def closed_form(crossbar: Crossbar, probe: Array, *, bend: float | None = None) -> ClosedForm:
    """An effective matrix without solving anything, and its error on a read that is solved.

    Args:
        crossbar: one array, of numpy or torch.
        probe: drive vectors, such as a few of those that matter, shape (..., rows) [V].
        bend: k; None for the one that is best for the probe. In a training loop, keep that of an
            earlier call [1].

    Raises:
        InvalidInput: lines that float, cells that are not ohmic, several arrays, or a voltage that
            does not fit.

    >>> array = Crossbar(conductance=np.full((64, 64), 1e-4), r_word_line=1.0, r_bit_line=1.0)
    >>> found = closed_form(array, np.full(64, 0.2), bend=1.0)
    >>> f"wrong by {found.error:.1%} where wires take {1 - found.transfer.sum() / 0.4096:.0%}"
    'wrong by 0.3% where wires take 21%'
    """
    lines = _Lines(crossbar)
    loss = lines.drop(lines.conductance)
    cells, taken, drive = _numpy(lines.conductance), _numpy(loss), _numpy(probe)
    drive = checks.finite(np.atleast_2d(drive), "probe")
    exact = lines.in_numpy().output_current(drive)
    scale = float(np.linalg.norm(exact))
    if scale == 0.0:
        raise InvalidInput("the probe drives no current; choose drive vectors that do")

    def error(bend: float) -> float:
        return float(np.linalg.norm(drive @ (cells / (1.0 + bend * taken)) - exact)) / scale

    if bend is None:
        bend = float(optimize.minimize_scalar(error, bounds=_BENDS, method="bounded").x)
    return ClosedForm(
        transfer=lines.conductance / (1.0 + bend * loss), bend=bend, error=error(bend)
    )


class _Lines:
    """Sums along the lines of one array."""

    def __init__(self, crossbar: Crossbar) -> None:
        if crossbar.conductance.ndim != 2:
            raise InvalidInput(
                f"one array of shape (rows, columns) is approximated at a time, but conductance "
                f"has shape {tuple(crossbar.conductance.shape)}"
            )
        if crossbar.cells is not None:
            raise InvalidInput("only ohmic cells are approximated; use Crossbar.solve")
        masks = [mask for mask in (crossbar.driven, crossbar.connected) if mask is not None]
        if not all(mask.all() for mask in masks):
            raise InvalidInput("lines that float are not approximated; use Crossbar.solve")
        self.conductance = crossbar.conductance
        self.xp = array_namespace(self.conductance)
        self._crossbar = crossbar
        wires = crossbar.wires
        # What lies at an open end carries nothing.
        self._word = self.xp.where(self.xp.isinf(wires.word), 0.0, wires.word)
        self._bit = self.xp.where(self.xp.isinf(wires.bit), 0.0, wires.bit)

    def drop(self, current: Array) -> Array:
        """Z times currents through the cells, shape (..., rows, columns) [V]."""
        left_open = self._crossbar.driven_at is WordLineEnds.RIGHT
        right_open = self._crossbar.driven_at is WordLineEnds.LEFT
        top_open = self._crossbar.grounded_at is BitLineEnds.BOTTOM
        bottom_open = self._crossbar.grounded_at is BitLineEnds.TOP
        along_word = self._along(current, self._word, left_open, right_open)
        along_bit = self._along(current.mT, self._bit.mT, top_open, bottom_open)
        return along_word + along_bit.mT

    def in_numpy(self) -> Crossbar:
        """The same array for the exact solvers."""
        fields = {
            field.name: getattr(self._crossbar, field.name)
            for field in dataclasses.fields(Crossbar)
            if field.init
        }
        for name in ("conductance", "r_word_line", "r_bit_line", "r_source", "r_sense"):
            fields[name] = _numpy(fields[name])
        return Crossbar(**fields)

    def _along(self, current: Array, resistance: Array, first_open: bool, last_open: bool) -> Array:
        """Drops from the ends of lines, which are held at one voltage, shape (..., nodes) [V]."""
        xp = self.xp
        left = xp.cumulative_sum(current, axis=-1, include_initial=True)
        total = left[..., -1:]
        if first_open:
            entering = xp.zeros_like(total)
        elif last_open:
            entering = total
        else:
            # The drops along the line add up to nothing.
            whole = xp.sum(resistance, axis=-1, keepdims=True)
            weighted = xp.sum(resistance * left, axis=-1, keepdims=True)
            entering = weighted / xp.where(whole > 0.0, whole, 1.0)
        fallen = xp.cumulative_sum(resistance * (entering - left), axis=-1)
        # From the end that is held.
        return (fallen - fallen[..., -1:] if first_open else fallen)[..., :-1]


def _numpy(value: Array) -> FloatArray:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value, dtype=np.float64)
