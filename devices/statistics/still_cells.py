"""Cells of which only the programming error was published: they land, and then nothing is known.

The error is normal around the target; a cell does not go below zero. Nothing else was measured, so
nothing else is modelled: the cells hold still at every age, and a reading returns the truth. That
is a lack of data, not a property of the cells.

Use it for: sources that publish a programming error and nothing else.
"""

from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import not_negative
from ohmloom.devices.statistics.measured_range import (
    check_broadcast,
    check_wait,
    warn_beyond,
    warn_outside,
)
from ohmloom.devices.statistics.normal_distribution import clipped_mean_and_variance
from ohmloom.devices.statistics.state_law import StateLaw
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import uS

_SMALLEST_SPREAD = 1e-12


@dataclass(frozen=True, kw_only=True)
class StillCells:
    """A programming error, and no ageing and no read noise for want of data."""

    lowest: float
    """Smallest conductance that was measured [S]."""
    highest: float
    """Largest conductance that was measured, where the fraction of the law is one [S]."""
    programming: StateLaw
    """Standard deviation of one programming [S]."""
    smallest_written: float
    """Targets below are not programmed: the cell is left empty, without error [S]."""
    first_age: float
    """Earliest age at which the cells are taken to have been read [s]."""
    last_age: float
    """Latest age at which the cells are taken to have been read [s]."""

    def __post_init__(self) -> None:
        if not 0 <= self.lowest < self.highest:
            raise InvalidInput(
                f"the range must rise from zero or more, but it is {self.lowest / uS:.6g} to "
                f"{self.highest / uS:.6g} uS"
            )
        if not 0 < self.first_age < self.last_age:
            raise InvalidInput(
                f"first_age and last_age must rise from above zero, but are {self.first_age:.6g} "
                f"and {self.last_age:.6g} s"
            )

    @property
    def traits(self) -> tuple[str, ...]:
        """None."""
        return ()

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """Mean of cells that were programmed towards a target, at any age [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. It is above the target where
            a normal error would reach below zero.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        return self._moments(conductance)[0] + 0.0 * age

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of cells that were programmed towards a target, at any age [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. It is below the published
            one where a normal error would reach below zero.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        return self._moments(conductance)[1] + 0.0 * age

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance after programming: normal around the target, not below zero [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            Shaped as `target`; zero where the target is below `smallest_written`.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`.
        """
        wanted = not_negative(target, "target")
        warn_outside(wanted, lowest=self.lowest, highest=self.highest)
        error = self.programming.at(wanted, full=self.highest) * rng.standard_normal(wanted.shape)
        landed = np.maximum(wanted + error, 0.0)
        return np.where(wanted < self.smallest_written, 0.0, landed)

    def draw_traits(self, programmed: FloatArray, *, rng: Draws) -> FloatArray:  # noqa: ARG002
        """Nothing: shape (0, *programmed.shape).

        Args:
            programmed: conductance after programming, any shape [S].
            rng: not drawn from.
        """
        return np.empty((0, *programmed.shape))

    def relax(
        self,
        conductance: FloatArray,
        *,
        programmed: FloatArray,
        traits: FloatArray,
        age_before: FloatArray | float,
        age_after: FloatArray | float,
        rng: Draws,  # noqa: ARG002  nothing moves
    ) -> FloatArray:
        """The same conductance, a copy: nothing was measured [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: after programming, broadcasts to `conductance` [S].
            traits: none, shape (0, ...).
            age_before: time since the last pulse, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: not drawn from.

        Raises:
            InvalidInput: time runs backwards, or shapes do not fit.
        """
        check_wait(
            conductance,
            programmed=programmed,
            traits=traits,
            names=self.traits,
            age_before=age_before,
            age_after=age_after,
        )
        return conductance.copy()

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Zero: no read noise was published [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast.
        """
        return 0.0 * conductance + 0.0 * age

    def read(
        self,
        conductance: FloatArray,
        *,
        age: FloatArray | float,
        rng: Draws,  # noqa: ARG002  there is no noise
    ) -> FloatArray:
        """The truth, a copy [S].

        Args:
            conductance: the truth, any shape [S].
            age: time since the last pulse, broadcasts to `conductance` [s].
            rng: not drawn from.

        Raises:
            InvalidInput: `age` does not broadcast to `conductance`.
        """
        check_broadcast(np.shape(age), conductance.shape, "age")
        return conductance.copy()

    def _warn(self, conductance: Array, age: Array | float) -> None:
        warn_outside(conductance, lowest=self.lowest, highest=self.highest)
        warn_beyond(age, last_age=self.last_age, instead="the cells are taken to hold still")

    def _moments(self, target: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the cells [S]."""
        xp = array_namespace(target)
        error = self.programming.at(target, full=self.highest)
        error = error.clip(min=_SMALLEST_SPREAD * self.highest)
        mean, variance = clipped_mean_and_variance(target, error)
        # The root of an exact zero has no gradient.
        spread = xp.sqrt(variance.clip(min=(_SMALLEST_SPREAD * self.highest) ** 2))
        written = target >= self.smallest_written
        return xp.where(written, mean, 0.0 * mean), xp.where(written, spread, 0.0 * spread)
