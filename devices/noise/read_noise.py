"""`ReadNoise`: what a reading sees beside the conductance, as a process in time.

Three things are kept apart. What belongs to a cell for ever, such as its traps, is drawn once by
`draw_cells`. What remembers, such as whether a trap is full, is the state: `start` draws it in
equilibrium and `advance` carries it on by any time exactly, so that two short waits equal one long
wait in law. What is new at every reading is `reading_spread`. The truth is never touched: `read`
puts the two parts on top of it.

States have the parts of the process along their first axis, shape (parts, *cells); a process
without memory has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

# Below this variance [S^2] a spread is no longer a number of any use; keeps the slope of the root
# finite where there is no noise at all.
_NO_VARIANCE = 1e-60


@runtime_checkable
class ReadNoise(Protocol):
    """Fluctuation of a reading around the true conductance."""

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:
        """What differs from cell to cell and stays: traps and their times; may be nothing.

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.

        Returns:
            Arrays by name, each of shape (..., *shape).
        """
        ...

    def start(
        self, shape: tuple[int, ...], *, cells: Mapping[str, FloatArray], rng: Draws
    ) -> FloatArray:
        """A state in equilibrium, shape (parts, *shape).

        Args:
            shape: of the array of cells.
            cells: from `draw_cells`.
            rng: the stream that read noise draws from.
        """
        ...

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],
        rng: Draws,
    ) -> FloatArray:
        """The state some time later, exactly for any time.

        Args:
            state: shape (parts, *cells), from `start` or `advance`.
            seconds: not negative, broadcasts to the cells [s].
            cells: from `draw_cells`.
            rng: the stream that read noise draws from.

        Returns:
            Shaped as `state`.

        Raises:
            InvalidInput: `seconds` is negative.
        """
        ...

    def deviation(self, conductance: Array, state: Array, *, cells: Mapping[str, Array]) -> Array:
        """How far the conductance that is read stands from the true one now [S].

        Args:
            conductance: the truth, numpy or torch, shape (*cells) [S].
            state: shape (parts, *cells).
            cells: from `draw_cells`.

        Returns:
            Shaped as `conductance`; zero for a process without memory.
        """
        ...

    def reading_spread(self, conductance: Array) -> Array:
        """Standard deviation of what is drawn anew at every reading [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].

        Returns:
            Shaped as `conductance`; zero for a process that only remembers.
        """
        ...

    def spectrum(
        self, frequency: Array, conductance: Array, *, cells: Mapping[str, Array]
    ) -> Array:
        """One-sided power spectral density of the conductance [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance`, zero or above [Hz].
            conductance: the truth, shape (*cells) [S].
            cells: from `draw_cells`.

        Returns:
            Shaped as the arguments broadcast.
        """
        ...


def read(
    noise: ReadNoise,
    conductance: FloatArray,
    state: FloatArray,
    *,
    cells: Mapping[str, FloatArray],
    rng: Draws,
) -> FloatArray:
    """One reading of every cell [S].

    Args:
        noise: the process.
        conductance: the truth, any shape [S].
        state: of the process at the moment of the reading, shape (parts, *conductance.shape).
        cells: what `noise.draw_cells` drew.
        rng: the stream that read noise draws from.

    Returns:
        Shaped as `conductance`; noise may take a reading below zero.
    """
    fresh = rng.standard_normal(conductance.shape) * noise.reading_spread(conductance)
    reading: FloatArray = conductance + noise.deviation(conductance, state, cells=cells) + fresh
    return reading


@dataclass(frozen=True, kw_only=True)
class Amplitude:
    """How large a noise is at a conductance: a share of it, and a floor, independent of another."""

    relative: float | Array
    """Standard deviation over the conductance [1]."""
    absolute: float | Array
    """Standard deviation that does not depend on the conductance [S]."""

    def __post_init__(self) -> None:
        if not (np.all(np.asarray(self.relative) >= 0) and np.all(np.asarray(self.absolute) >= 0)):
            raise InvalidInput(
                f"relative and absolute must not be negative, but they are {self.relative} and "
                f"{self.absolute} S"
            )

    def variance(self, conductance: Array) -> Array:
        """(relative * G)^2 + absolute^2 [S^2].

        Args:
            conductance: numpy or torch, any shape [S].
        """
        return (self.relative * conductance) ** 2 + self.absolute**2 + 0.0 * conductance

    def spread(self, conductance: Array) -> Array:
        """Standard deviation at a conductance [S].

        Args:
            conductance: numpy or torch, any shape [S].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch, also at zero conductance.

        >>> f"{Amplitude(relative=0.03, absolute=4e-7).spread(np.array(1e-5)):.3g}"
        '5e-07'
        """
        return spread_of(self.variance(conductance))


def spread_of(variance: Array) -> Array:
    """Square root that keeps a finite slope where there is no noise [S].

    Args:
        variance: numpy or torch, any shape, not negative [S^2].
    """
    return array_namespace(variance).sqrt(variance.clip(min=_NO_VARIANCE))


def check_passed(seconds: FloatArray | float) -> None:
    """Raises `InvalidInput` where time runs backwards."""
    if not np.all(np.asarray(seconds) >= 0):
        raise InvalidInput("seconds must not be negative, but is somewhere")
