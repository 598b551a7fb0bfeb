"""CMO/HfOx cells: programmed closely, then losing and spreading with the logarithm of time.

    programmed   target + (a + b target) N(0, 1), depending on how narrow the verification is
    later        mean falls by 0.089 uS, standard deviation of the relaxation grows by 0.042 uS, for
                 each factor e of time; that standard deviation is 0.41 uS at 1 s

Source: D. F. Falcone et al., arXiv 2502.04524 (2025); the fits are those that IBM's aihwkit
distributes. There the fits for a narrow verification (0.2 % of the target) are always used, because
the key of the wider one (2 %) never matches.
Holds for: 9 to 88.2 uS, from 1 s. The authors use the fits up to 10 years, which is the last age
given here; most of that is an extrapolation.

What the source does not say, and what is assumed instead:

* Before 1 s nothing was measured. The line of the standard deviation reaches zero at 55 us; from
  there it is followed. The mean stands still until 1 s, where the published shift is zero.
* The relaxation is a Brownian motion whose variance is the square of that line, so that each step
  is independent and two waits equal one; the programming error comes on top, as in aihwkit.
* aihwkit cuts readings off at 9 and 88.2 uS, which shifts the mean of cells near an end. Here the
  range is that of the targets, cells are free to leave it by relaxing, and only zero is a wall (it
  reflects). No target of the range comes near it: 9 uS is six standard deviations away after ten
  years.

Use it for: inference over hours to years on cells that hardly scatter, and to see what a narrower
verification buys; compare `falcone_2025_narrow` with `falcone_2025_wide`.
"""

import math
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import not_negative
from ohmloom.devices.noise.logarithmic import LogarithmicReadNoise
from ohmloom.devices.noise.logarithmic import falcone_2025 as read_noise_of_falcone_2025
from ohmloom.devices.statistics.measured_range import (
    check_broadcast,
    check_wait,
    warn_beyond,
    warn_outside,
)
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import day, second, uS

_UNIT_OF_TIME = 1 * second  # the logarithms of the fits are those of seconds


@dataclass(frozen=True, kw_only=True)
class LogarithmicRelaxation:
    """Cells whose mean falls, and whose spread grows, in proportion to the logarithm of age."""

    lowest: float
    """Smallest conductance that was measured [S]."""
    highest: float
    """Largest conductance that was measured [S]."""
    error_floor: float
    """Standard deviation of programming, the part that does not depend on the target [S]."""
    relative_error: float
    """Standard deviation of programming, the part in proportion to the target [1]."""
    loss: float
    """What the mean loses for each factor e of age beyond 1 s [S]."""
    widening: float
    """What the standard deviation of the relaxation gains for each factor e of age [S]."""
    spread_at_one_second: float
    """Standard deviation of the relaxation at an age of 1 s [S]."""
    read_noise: LogarithmicReadNoise
    """Noise of one reading."""
    last_age: float
    """Latest age that the source covers [s]."""

    def __post_init__(self) -> None:
        if not 0 < self.lowest < self.highest:
            raise InvalidInput(
                f"the range must rise from above zero, but it is {self.lowest / uS:.6g} to "
                f"{self.highest / uS:.6g} uS"
            )
        if not (self.error_floor >= 0 and self.relative_error >= 0):
            raise InvalidInput(
                f"the errors of programming must not be negative, but are "
                f"{self.error_floor / uS:.6g} uS and {self.relative_error:.6g}"
            )
        if not (self.widening > 0 and self.spread_at_one_second >= 0):
            raise InvalidInput(
                f"widening must be above zero and spread_at_one_second not below it, but they are "
                f"{self.widening / uS:.6g} and {self.spread_at_one_second / uS:.6g} uS"
            )

    @property
    def first_age(self) -> float:
        """Earliest age that was measured: 1 s."""
        return _UNIT_OF_TIME

    @property
    def onset(self) -> float:
        """Age at which the line of the standard deviation starts from zero [s]."""
        return _UNIT_OF_TIME * math.exp(-self.spread_at_one_second / self.widening)

    @property
    def traits(self) -> tuple[str, ...]:
        """None: nothing but the conductance is kept by a cell."""
        return ()

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """Mean of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        return conductance - self.loss * self._folds(age, conductance).clip(min=0.0)

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. It holds programming and
            relaxation, and leaves read noise out.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        xp = array_namespace(conductance)
        variance = self._error(conductance) ** 2 + self._variance(age, conductance)
        # The root of an exact zero has no gradient.
        return xp.sqrt(variance.clip(min=1e-40))

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance right after an accepted verify: normal around the target [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            Shaped as `target`, never below zero.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target outside `lowest`..`highest`.
        """
        wanted = not_negative(target, "target")
        warn_outside(wanted, lowest=self.lowest, highest=self.highest)
        landed: FloatArray = wanted + self._error(wanted) * rng.standard_normal(wanted.shape)
        return np.abs(landed)

    def draw_traits(self, programmed: FloatArray, *, rng: Draws) -> FloatArray:  # noqa: ARG002
        """Nothing: shape (0, *programmed.shape).

        Args:
            programmed: conductance right after the last pulse, any shape [S].
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
        rng: Draws,
    ) -> FloatArray:
        """Conductance some time later: a loss, and one independent normal step per cell [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: right after the last pulse, broadcasts to `conductance` [S].
            traits: none, shape (0, ...).
            age_before: time since the last pulse, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: the stream that the life of the cells draws from.

        Returns:
            Conductance at `age_after`, shaped as `conductance`, never below zero.

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
        before, after = (self._folds(age, conductance) for age in (age_before, age_after))
        lost = self.loss * (after.clip(min=0.0) - before.clip(min=0.0))
        added = self._variance(age_after, conductance) - self._variance(age_before, conductance)
        step = np.sqrt(np.maximum(added, 0.0)) * rng.standard_normal(conductance.shape)
        relaxed: FloatArray = np.abs(conductance - lost + step)
        return relaxed

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading around the true conductance [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast.
        """
        return self.read_noise.spread(conductance, age)

    def read(self, conductance: FloatArray, *, age: FloatArray | float, rng: Draws) -> FloatArray:
        """One reading of every cell, with normal noise [S].

        Args:
            conductance: the truth, any shape [S].
            age: time since the last pulse, broadcasts to `conductance` [s].
            rng: the stream that read noise draws from.

        Returns:
            Shaped as `conductance`; not cut off at the ends of the measured range.

        Raises:
            InvalidInput: `age` does not broadcast to `conductance`.
        """
        check_broadcast(np.shape(age), conductance.shape, "age")
        noise = rng.standard_normal(conductance.shape)
        reading: FloatArray = conductance + self.read_spread(conductance, age) * noise
        return reading

    def _warn(self, conductance: Array, age: Array | float) -> None:
        warn_outside(conductance, lowest=self.lowest, highest=self.highest)
        warn_beyond(age, last_age=self.last_age, instead="the logarithm is extrapolated")

    def _error(self, target: Array) -> Array:
        """Standard deviation of programming [S]."""
        inside = target.clip(min=self.lowest, max=self.highest)
        return self.error_floor + self.relative_error * inside

    def _folds(self, age: Array | float, like: Array) -> Array:
        """Logarithm of the age in seconds, not before the onset [1]."""
        xp = array_namespace(like)
        ages = xp.asarray(age, dtype=like.dtype, device=like.device)
        return xp.log(ages.clip(min=self.onset) / _UNIT_OF_TIME)

    def _variance(self, age: Array | float, like: Array) -> Array:
        """Variance of the relaxation since the last pulse [S^2]."""
        line = self.spread_at_one_second + self.widening * self._folds(age, like)
        return line.clip(min=0.0) ** 2


def _cells(*, error_floor: float, relative_error: float) -> LogarithmicRelaxation:
    return LogarithmicRelaxation(
        lowest=9 * uS,
        highest=88.2 * uS,
        error_floor=error_floor,
        relative_error=relative_error,
        loss=0.08900206 * uS,
        widening=0.04201137 * uS,
        spread_at_one_second=0.41183342 * uS,
        read_noise=read_noise_of_falcone_2025(),
        last_age=3650 * day,
    )


def falcone_2025_narrow() -> LogarithmicRelaxation:
    """Cells verified within 0.2 % of the target, 9 to 88.2 uS.

    >>> cells = falcone_2025_narrow()
    >>> f"{cells.spread(np.array(40 * uS), 1 * second) / uS:.4f}"
    '0.4141'
    """
    return _cells(error_floor=0.00081107 * uS, relative_error=0.00106879)


def falcone_2025_wide() -> LogarithmicRelaxation:
    """Cells verified within 2 % of the target, 9 to 88.2 uS.

    >>> cells = falcone_2025_wide()
    >>> f"{cells.spread(np.array(40 * uS), 1 * second) / uS:.4f}"
    '0.6195'
    """
    return _cells(error_floor=0.0112185391 * uS, relative_error=0.01129027418)
