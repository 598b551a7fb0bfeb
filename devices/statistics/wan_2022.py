"""Filamentary RRAM that relaxes after programming, as measured on the NeuRRAM chip.

A write-verify loop accepts a cell within a band around its target. From then on the cell wanders:
fast in the first second, then about in proportion to the logarithm of time. The wandering depends
on the conductance and is largest in the middle of the range.

Source: W. Wan et al., Nature 608, 504-512 (2022): standard deviation over the conductance range
1 s, 1 day and 2 days after programming. The polynomials are the fit that IBM's aihwkit distributes,
those of `wan_2022_one_second` the fit of Sandia's CrossSim; the acceptance band of 1 uS and the
pulse of 1 us are those of the public NeuRRAM programming code.
Holds for: 1 to 40 uS and 1 s to 2 days, at room temperature. Two public digitisations of the same
figure differ by about 20 %, which is the real uncertainty of every spread given here.

What the source does not say, and what is assumed instead:

* Nothing was measured before 1 s. The variance of the wandering is taken to grow linearly in
  ln(age) from zero at 1 us, the width of a programming pulse, to the measured value at 1 s.
* Between measured ages the variance is linear in ln(age); after 2 days it stays.
* The measured spread contains the error that verification accepted, here uniform in the band, so
  that the wandering alone has the variance spread^2 - band^2 / 3, not below zero. That lower limit
  matters below 0.6 uS only.
* Cells that have spread do not gather again. The fit at 2 days lies below the fit at 1 day from
  2.3 to 16.9 uS and from 31.5 to 38.0 uS, by 0.064 uS or 2.0 % at the most, well within the
  uncertainty; the wandering keeps its value of 1 day there. `spread` returns the fit as it is.
* Wan et al. publish no read noise. That of another HfOx device is used, Falcone et al. (2025).

Use it for: inference on filamentary RRAM that write-verify has programmed, where relaxation within
the first days is what costs accuracy. Not for training on the chip: nothing here knows a pulse.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import not_negative
from ohmloom.devices.noise.logarithmic import LogarithmicReadNoise, falcone_2025
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.randomness import Draws
from ohmloom.si import day, second, uS, us

# An age of two days and the minutes that programming took is still an age of two days.
_AGE_SLACK = 1.01


@dataclass(frozen=True, kw_only=True)
class RelaxingRram:
    """Cells that are verified within a band and then wander on a clock of ln(age).

    The wandering is a Brownian motion whose clock is `relaxation_variance`; at zero conductance it
    is reflected. Reflection, unlike truncation, keeps the law of two short waits equal to that of
    one long wait.
    """

    lowest: float
    """Smallest conductance that was measured [S]."""
    highest: float
    """Largest conductance that was measured [S]."""
    acceptance_band: float
    """Largest distance from the target that verification accepts [S]."""
    onset: float
    """Age at which the wandering begins [s]."""
    ages: tuple[float, ...]
    """Ages at which the spread was measured, rising [s]."""
    coefficients: tuple[tuple[float, ...], ...]
    """One polynomial per age: spread over conductance / `highest`, lowest power first [S]."""
    read_noise: LogarithmicReadNoise
    """Noise of one reading."""

    def __post_init__(self) -> None:
        if not 0 <= self.lowest < self.highest:
            raise InvalidInput(
                f"the range must rise from zero or more, but it is {self.lowest / uS:.6g} to "
                f"{self.highest / uS:.6g} uS"
            )
        if not self.acceptance_band > 0:
            raise InvalidInput(
                f"acceptance_band must be above zero, but is {self.acceptance_band / uS:.6g} uS"
            )
        clock = (self.onset, *self.ages)
        if len(clock) < 2 or self.onset <= 0 or any(a >= b for a, b in _pairs(clock)):
            raise InvalidInput(f"onset and ages must rise from above zero, but are {clock} s")
        if len(self.coefficients) != len(self.ages):
            raise InvalidInput(
                f"{len(self.ages)} ages need as many polynomials, but there are "
                f"{len(self.coefficients)}"
            )

    @property
    def first_age(self) -> float:
        """Earliest age that was measured [s]."""
        return self.ages[0]

    @property
    def last_age(self) -> float:
        """Latest age that was measured [s]."""
        return self.ages[-1]

    @property
    def traits(self) -> tuple[str, ...]:
        """None: nothing but the conductance is kept by a cell."""
        return ()

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """The target itself: these cells wander to both sides alike [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast.
        """
        return conductance + 0.0 * age

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation around the target, of cells verified `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. It contains what
            verification accepted and leaves read noise out.

        Warns:
            ModelRangeWarning: a conductance lies more than the acceptance band outside
                `lowest`..`highest`, or an age beyond the last measured one; the value at the end
                of the range is used.

        >>> f"{wan_2022().spread(np.array(20 * uS), 1 * second) / uS:.4f}"
        '2.0229'
        """
        self._warn_outside(conductance)
        oldest = age if isinstance(age, int | float) else age.max()
        if oldest > _AGE_SLACK * self.last_age:
            warnings.warn(
                f"age {float(oldest) / day:.3g} days is beyond {self.last_age / day:.3g} days, the "
                f"latest that was measured; the spread of that age is used",
                ModelRangeWarning,
                stacklevel=2,
            )
        accepted = self.acceptance_band**2 / 3
        variance = accepted
        before: Array | float = accepted
        for published, ramp in zip(
            self._published_variances(conductance), self._ramps(age, conductance), strict=True
        ):
            variance = variance + (published - before) * ramp
            before = published
        return array_namespace(conductance).sqrt(variance)

    def relaxation_variance(self, programmed: Array, age: Array | float) -> Array:
        """Variance that wandering has added since the last pulse [S^2].

        Args:
            programmed: conductance right after the last pulse, numpy or torch, any shape [S].
                Outside the measured range the value at its end is used, without a warning, because
                cells wander there by themselves.
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; zero up to `onset`, never falling with age.
        """
        total = 0.0 * programmed
        for step, ramp in zip(
            self._variance_steps(programmed), self._ramps(age, programmed), strict=True
        ):
            total = total + step * ramp
        return total

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance right after an accepted verify: uniform in the acceptance band [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            Shaped as `target`, never below zero.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target lies more than the acceptance band outside
                `lowest`..`highest`.
        """
        wanted = not_negative(target, "target")
        self._warn_outside(wanted)
        error = self.acceptance_band * (2.0 * rng.random(wanted.shape) - 1.0)
        return np.maximum(wanted + error, 0.0)

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
        traits: FloatArray,  # noqa: ARG002  these cells have none
        age_before: FloatArray | float,
        age_after: FloatArray | float,
        rng: Draws,
    ) -> FloatArray:
        """Conductance some time later: one independent normal step per cell [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: right after the last pulse, broadcasts to `conductance` [S].
            traits: none, shape (0, ...).
            age_before: time since the last pulse, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: the stream that the life of the cells draws from.

        Returns:
            Conductance at `age_after`, shaped as `conductance`, never below zero. Beyond the last
            measured age cells no longer move; nothing is warned here.

        Raises:
            InvalidInput: time runs backwards, or shapes do not broadcast to `conductance`.
        """
        if np.any(np.less(age_after, age_before)):
            raise InvalidInput("age_after must not be smaller than age_before, but it is somewhere")
        for name, value in (
            ("programmed", programmed),
            ("age_before", age_before),
            ("age_after", age_after),
        ):
            _check_broadcast(np.shape(value), conductance.shape, name)
        relaxed = rng.standard_normal(conductance.shape)
        relaxed *= np.sqrt(self._added_variance(programmed, age_before, age_after))
        relaxed += conductance
        return np.abs(relaxed, out=relaxed)

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
            Shaped as `conductance`; noise may take a reading below zero.

        Raises:
            InvalidInput: `age` does not broadcast to `conductance`.
        """
        _check_broadcast(np.shape(age), conductance.shape, "age")
        reading = rng.standard_normal(conductance.shape)
        reading *= self.read_spread(conductance, age)
        reading += conductance
        return reading

    def _added_variance(
        self, programmed: FloatArray, age_before: FloatArray | float, age_after: FloatArray | float
    ) -> FloatArray | float:
        """Growth of the relaxation variance between two ages [S^2]."""
        added: FloatArray | float = 0.0
        ramps_before = self._ramps(age_before, programmed)
        ramps_after = self._ramps(age_after, programmed)
        for step, before, after in zip(
            self._variance_steps(programmed), ramps_before, ramps_after, strict=True
        ):
            # Rounding of two nearly equal logarithms must not make a variance negative.
            added = added + step * np.maximum(after - before, 0.0)
        return added

    def _warn_outside(self, conductance: Array) -> None:
        lower, upper = conductance.min(), conductance.max()
        if (
            lower < self.lowest - self.acceptance_band
            or upper > self.highest + self.acceptance_band
        ):
            warnings.warn(
                f"conductances from {float(lower) / uS:.3g} to {float(upper) / uS:.3g} uS leave "
                f"the measured range of {self.lowest / uS:.3g} to {self.highest / uS:.3g} uS; the "
                f"statistics at its end are used",
                ModelRangeWarning,
                stacklevel=3,
            )

    def _published_variances(self, conductance: Array) -> list[Array]:
        """Square of the fitted spread at each measured age [S^2]."""
        x = (conductance / self.highest).clip(min=0.0, max=1.0)
        variances = []
        for coefficients in self.coefficients:
            spread = 0.0 * x + coefficients[-1]
            for coefficient in coefficients[-2::-1]:
                spread = spread * x + coefficient
            spread = spread.clip(min=0.0)
            variances.append(spread * spread)
        return variances

    def _variance_steps(self, programmed: Array) -> list[Array]:
        """What the relaxation variance gains from one measured age to the next [S^2]."""
        xp = array_namespace(programmed)
        accepted = self.acceptance_band**2 / 3
        reached = 0.0 * programmed
        steps = []
        for published in self._published_variances(programmed):
            total = xp.maximum(published - accepted, reached)
            steps.append(total - reached)
            reached = total
        return steps

    def _ramps(self, age: Array | float, like: Array) -> list[Array | float]:
        """How much of each stretch between measured ages has passed, in ln(age), 0 to 1."""
        clock = [math.log(moment) for moment in (self.onset, *self.ages)]
        if isinstance(age, int | float):
            now = math.log(max(age, self.onset))
            return [min(max((now - a) / (b - a), 0.0), 1.0) for a, b in _pairs(clock)]
        xp = array_namespace(like)
        ages = xp.asarray(age, dtype=like.dtype, device=like.device)
        passed = xp.log(ages.clip(min=self.onset))
        return [((passed - a) / (b - a)).clip(min=0.0, max=1.0) for a, b in _pairs(clock)]


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    return list(pairwise(values))


def _check_broadcast(shape: tuple[int, ...], wanted: tuple[int, ...], name: str) -> None:
    fits = len(shape) <= len(wanted) and all(
        have in (1, want) for have, want in zip(reversed(shape), reversed(wanted), strict=False)
    )
    if not fits:
        raise InvalidInput(f"{name} has shape {shape}, which does not broadcast to {wanted}")


def wan_2022() -> RelaxingRram:
    """The RRAM of the NeuRRAM chip: 1 to 40 uS, 1 s to 2 days, verified within 1 uS.

    The read noise is that of another HfOx device, Falcone et al. (2025), because Wan et al. publish
    none; two public digitisations of the spread differ by about 20 %.
    """
    return RelaxingRram(
        lowest=1 * uS,
        highest=40 * uS,
        acceptance_band=1 * uS,
        onset=1 * us,
        ages=(1 * second, 1 * day, 2 * day),
        coefficients=(
            (0.348 * uS, 16.030 * uS, -43.853 * uS, 45.393 * uS, -16.815 * uS),
            (0.701 * uS, 22.086 * uS, -50.773 * uS, 47.095 * uS, -16.458 * uS),
            (0.782 * uS, 20.274 * uS, -43.507 * uS, 37.062 * uS, -11.934 * uS),
        ),
        read_noise=falcone_2025(),
    )


def wan_2022_one_second() -> RelaxingRram:
    """The same RRAM 1 s after programming, by another digitisation of the figure: 1 to 39.26 uS.

    CrossSim has no later ages; beyond 1 s the cells hold still.

    >>> f"{wan_2022_one_second().spread(np.array(20 * uS), 1 * second) / uS:.4f}"
    '2.3618'
    """
    full = 39.26  # the fit is in uS
    return RelaxingRram(
        lowest=1 * uS,
        highest=full * uS,
        acceptance_band=1 * uS,
        onset=1 * us,
        ages=(1 * second,),
        coefficients=(
            (1.053 * uS, 0.2374 * full * uS, -1.167e-2 * full**2 * uS, 1.536e-4 * full**3 * uS),
        ),
        read_noise=falcone_2025(),
    )
