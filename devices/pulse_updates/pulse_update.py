"""`PulseUpdate`: how pulses of one kind move the conductance of a cell, up or down.

A unit pulse is the one that was measured: one amplitude, one width, in each direction. A cell moves
by a mean step, which depends on its conductance, and by noise that is new at every pulse. What
differs from cell to cell (bounds, step sizes, slopes) is drawn once by `draw_cells`, kept by
whoever keeps the cells, and handed back at every pulse, as arrays of the kind of the conductance.

Some sources split the conductance in two: a hidden one, which pulses move, and the one that shows,
which differs from it by an amount that is new after every pulse and stays until the next. `apply`
moves the hidden one; `rewritten` gives the one that shows.
"""

import warnings
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.errors import ModelRangeWarning
from ohmloom.randomness import Draws

# Rounding, that of single precision too, does not take a cell out of its bounds.
_BOUND_SLACK = 1e-5
_NO_PULSE = 1e-30


@runtime_checkable
class PulseUpdate(Protocol):
    """The response of cells to unit pulses."""

    @property
    def lowest(self) -> float:
        """Nominal lower bound of the conductance [S]."""
        ...

    @property
    def highest(self) -> float:
        """Nominal upper bound of the conductance [S]."""
        ...

    @property
    def write_noise(self) -> float:
        """Standard deviation of the conductance that shows around the hidden one [S]."""
        ...

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:
        """Everything that differs from cell to cell, each array of the shape of the cells.

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.

        Returns:
            By name; "lowest" and "highest" [S] are always there.
        """
        ...

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """Mean change of the conductance under one unit pulse, before it meets a bound [S].

        Args:
            conductance: before the pulse, within the bounds, numpy or torch, any shape [S].
            up: True for a pulse that raises the conductance, False for one that lowers it.
            cells: from `draw_cells`; arrays that broadcast.

        Returns:
            Signed change, shaped as the arguments broadcast; differentiable in torch.
        """
        ...

    def step_spread(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """Standard deviation of that change from pulse to pulse [S].

        Args:
            conductance: as `step`.
            up: as `step`.
            cells: as `step`.

        Returns:
            Shaped as the arguments broadcast.
        """
        ...

    def apply(
        self, conductance: Array, pulses: Array, *, cells: Mapping[str, Array], rng: Draws
    ) -> Array:
        """Conductance after a number of unit pulses, with noise [S].

        Args:
            conductance: before, numpy or torch, any shape [S].
            pulses: signed number of unit pulses, same shape: +1 up, -1 down, 0 none, and any
                fraction or multiple [1].
            cells: from `draw_cells`; arrays that broadcast.
            rng: the stream that the life of the cells draws from.

        Returns:
            Shaped as `conductance`, within the bounds of each cell; a cell without a pulse keeps
            its conductance.
        """
        ...


def pulsed(
    update: PulseUpdate,
    conductance: Array,
    pulses: Array,
    *,
    cells: Mapping[str, Array],
    rng: Draws,
) -> Array:
    """Conductance after pulses whose steps are all those at the conductance before [S].

    The mean change is |pulses| steps and its noise sqrt(|pulses|) times that of one, which is exact
    for up to one pulse and good for as many as together move the cell little. For more, apply them
    one by one.

    Args:
        update: what one pulse does.
        conductance: before, numpy or torch, any shape [S].
        pulses: signed number of unit pulses, same shape [1].
        cells: what `update.draw_cells` drew.
        rng: the stream that the life of the cells draws from.

    Returns:
        Shaped as `conductance`.
    """
    up, number = pulses > 0, abs(pulses)
    mean = update.step(conductance, up, cells=cells) * number
    spread = update.step_spread(conductance, up, cells=cells)
    return moved(conductance, mean, spread, number, cells=cells, rng=rng)


def warn_outside_bounds(conductance: Array, number: Array, *, cells: Mapping[str, Array]) -> None:
    """Warn `ModelRangeWarning` when a cell that gets a pulse begins outside its bounds.

    No source measured a step there: the result is put on the bound.

    Args:
        conductance: before the pulse, numpy or torch, any shape [S].
        number: of pulses, same shape [1].
        cells: with "lowest" and "highest" [S].
    """
    lowest, highest = cells["lowest"], cells["highest"]
    slack = _BOUND_SLACK * highest
    outside = (number != 0) & ((conductance < lowest - slack) | (conductance > highest + slack))
    if bool(outside.any()):
        warnings.warn(
            f"{int(outside.sum())} cell(s) begin a pulse outside their bounds, where no step was "
            f"measured; they are put on the bound",
            ModelRangeWarning,
            stacklevel=4,
        )


def moved(
    conductance: Array,
    mean: Array,
    spread: Array,
    number: Array,
    *,
    cells: Mapping[str, Array],
    rng: Draws,
) -> Array:
    """Conductance after a mean change and noise, kept within the bounds of each cell [S].

    Args:
        conductance: before, numpy or torch, any shape [S].
        mean: change under all the pulses [S].
        spread: standard deviation of the change under one of them [S].
        number: of pulses, not negative [1].
        cells: with "lowest" and "highest" [S].
        rng: the stream that the life of the cells draws from.

    Returns:
        Shaped as `conductance`, which is kept where `number` is zero.

    Warns:
        ModelRangeWarning: a cell that gets a pulse begins outside its bounds.
    """
    warn_outside_bounds(conductance, number, cells=cells)
    xp = array_namespace(conductance)
    normal = xp.asarray(
        rng.standard_normal(tuple(conductance.shape)),
        dtype=conductance.dtype,
        device=conductance.device,
    )
    # The root has no slope at zero, where no pulse leaves nothing to differentiate.
    after = conductance + mean + normal * (spread * number.clip(min=_NO_PULSE) ** 0.5)
    inside = xp.minimum(xp.maximum(after, cells["lowest"]), cells["highest"])
    return xp.where(number > 0, inside, conductance)


def rewritten(
    shown: FloatArray, hidden: FloatArray, pulses: FloatArray, *, write_noise: float, rng: Draws
) -> FloatArray:
    """The conductance that shows after pulses have moved the hidden one [S].

    Args:
        shown: the conductance that showed before, any shape [S].
        hidden: the hidden conductance after the pulses, same shape [S].
        pulses: number of pulses that each cell got, same shape [1].
        write_noise: `PulseUpdate.write_noise` [S].
        rng: the stream that the life of the cells draws from.

    Returns:
        Shaped as `shown`: new where there was a pulse, reflected at zero, as before elsewhere.
    """
    xp = array_namespace(shown)
    fresh = abs(hidden + write_noise * rng.standard_normal(shown.shape))
    rewritten: FloatArray = xp.where(pulses != 0, fresh, shown)
    return rewritten
