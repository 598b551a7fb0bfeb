"""Phase-change cells: programmed with an error, drifting by a power law, read with 1/f noise.

    programming   G0 = max(0, target + s_prog(target) N(0, 1))
    drift         G(t) = G0 (1 + t / t0)^(-nu),  nu = |N(mu(G0), s(G0))|, once for each programming
    reading       G(t) (1 + Q(G0) sqrt(ln((t + t0 + t_r) / (2 t_r))) N(0, 1))

The age t counts from the end of programming, which the sources place at t0, the first reading.

Source: S. R. Nandakumar et al., ICECS (2019); V. Joshi et al., Nat. Commun. 11, 2473 (2020).
Presets say where their numbers come from.
Holds for: 0 to `highest`, room temperature, cells that are programmed once by iterative pulses.

Where this differs from the usual code of the same model:

* The exponent nu of a cell is a trait: it is drawn once for each programming and kept, so that a
  cell follows one curve. Public code draws it anew whenever the age is changed.
* mu and s are taken at the conductance that programming reached, because that is what the cell
  knows; Q too. `mean` and `spread` integrate over the programming error, so that they are those of
  the simulated population, at low conductances too, where the error and the exponent go together.
* Q belongs to the state that was programmed, but a reading knows only the conductance now. The
  drift is undone with the mean exponent first. After a day, a cell of `nandakumar_2019` whose own
  exponent is one standard deviation off has its Q misjudged by 4 % at 25 uS and 19 % at 1 uS.
* A reading is not cut off at zero.

What it leaves out: the read noise of one cell is independent from one reading to the next, whereas
1/f noise is correlated; temperature; and the slow change of nu itself.

Use it for: any phase-change population whose programming error, drift exponents and read noise are
known; the presets are examples.
"""

import math
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
from ohmloom.devices.statistics.normal_distribution import cumulative
from ohmloom.devices.statistics.state_law import StateLaw
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import uS

# Gauss-Legendre on six standard deviations to both sides: what is left out is 2e-9. The corners
# and jumps of the published fits, which polynomials do not follow, cost up to 1.3e-3 of the spread.
_NODES, _WEIGHTS = (values.tolist() for values in np.polynomial.legendre.leggauss(24))
_REACH = 6.0
_SMALLEST_SPREAD = 1e-12
# Each step of undoing the drift shrinks the error by 0.5 or less up to ten years.
_STEPS = 8


@dataclass(frozen=True, kw_only=True)
class PhaseChange:
    """Cells that lose conductance by a power of time, each with its own exponent."""

    highest: float
    """Largest conductance that was measured, where the fraction of the laws is one [S]."""
    programming: StateLaw
    """Standard deviation of one programming [S]."""
    exponent_mean: StateLaw
    """Mean of the drift exponent, before its sign is dropped [1]."""
    exponent_spread: StateLaw
    """Standard deviation of the drift exponent, before its sign is dropped [1]."""
    noise: StateLaw
    """Relative noise Q of a reading [1]."""
    reference_time: float
    """t0: time from the last pulse to the first reading, which is age zero [s]."""
    read_time: float
    """t_r: duration of one reading [s]."""
    first_age: float
    """Earliest age that the source covers [s]."""
    last_age: float
    """Latest age that the source covers [s]."""

    def __post_init__(self) -> None:
        if not self.highest > 0:
            raise InvalidInput(f"highest must be above zero, but is {self.highest / uS:.6g} uS")
        if not (self.reference_time > self.read_time > 0):
            raise InvalidInput(
                f"reference_time must be longer than read_time, and both above zero, but they are "
                f"{self.reference_time:.6g} and {self.read_time:.6g} s"
            )
        if not 0 < self.first_age < self.last_age:
            raise InvalidInput(
                f"first_age and last_age must rise from above zero, but are {self.first_age:.6g} "
                f"and {self.last_age:.6g} s"
            )

    @property
    def lowest(self) -> float:
        """Zero: these cells can be emptied [S]."""
        return 0.0

    @property
    def traits(self) -> tuple[str, ...]:
        """The exponent of the drift."""
        return ("drift exponent",)

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """Mean of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since programming, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.

        Warns:
            ModelRangeWarning: a target above `highest`, or an age beyond `last_age`, to which the
                power law is then extrapolated.
        """
        self._warn(conductance, age)
        return self._moments(conductance, age)[0]

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since programming, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. It holds the error of
            programming and the differences between drift exponents, and leaves read noise out.

        Warns:
            ModelRangeWarning: a target above `highest`, or an age beyond `last_age`, to which the
                power law is then extrapolated.
        """
        self._warn(conductance, age)
        return array_namespace(conductance).sqrt(self._moments(conductance, age)[1])

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance at the end of programming: normal around the target, not below zero [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            Shaped as `target`. A target of zero gives half of the cells some conductance.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target above `highest`.
        """
        wanted = not_negative(target, "target")
        warn_outside(wanted, lowest=self.lowest, highest=self.highest)
        error = self.programming.at(wanted, full=self.highest) * rng.standard_normal(wanted.shape)
        landed: FloatArray = np.maximum(wanted + error, 0.0)
        return landed

    def draw_traits(self, programmed: FloatArray, *, rng: Draws) -> FloatArray:
        """The drift exponent of each cell, not negative, shape (1, *programmed.shape) [1].

        Args:
            programmed: conductance at the end of programming, any shape [S].
            rng: the stream that programming draws from.
        """
        mean = self.exponent_mean.at(programmed, full=self.highest)
        spread = self.exponent_spread.at(programmed, full=self.highest)
        exponent: FloatArray = mean + spread * rng.standard_normal(programmed.shape)
        return np.abs(exponent)[None]

    def relax(
        self,
        conductance: FloatArray,
        *,
        programmed: FloatArray,
        traits: FloatArray,
        age_before: FloatArray | float,
        age_after: FloatArray | float,
        rng: Draws,  # noqa: ARG002  the exponent is all that is random
    ) -> FloatArray:
        """Conductance some time later, along the curve of each cell; nothing is drawn [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: at the end of programming, broadcasts to `conductance` [S].
            traits: drift exponents, shape (1, *conductance.shape) [1].
            age_before: time since programming, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: not drawn from.

        Returns:
            Conductance at `age_after`, shaped as `conductance`.

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
        (exponent,) = traits
        passed = np.log1p(np.divide(age_after, self.reference_time))
        passed = passed - np.log1p(np.divide(age_before, self.reference_time))
        drifted: FloatArray = conductance * np.exp(-exponent * passed)
        return drifted

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading around the true conductance [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since programming, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; zero for an empty cell.
        """
        xp = array_namespace(conductance)
        passed = self._passed(age, conductance)
        programmed = conductance
        for _ in range(_STEPS):
            exponent = self.exponent_mean.at(programmed, full=self.highest)
            programmed = conductance * xp.exp(exponent * passed)
        relative = self.noise.at(programmed, full=self.highest)
        if isinstance(age, int | float):
            octaves = math.log((age + self.reference_time + self.read_time) / (2 * self.read_time))
            return conductance * relative * math.sqrt(octaves)
        ages = xp.asarray(age, dtype=conductance.dtype, device=conductance.device)
        since = (ages + self.reference_time + self.read_time) / (2 * self.read_time)
        return conductance * relative * xp.sqrt(xp.log(since))

    def read(self, conductance: FloatArray, *, age: FloatArray | float, rng: Draws) -> FloatArray:
        """One reading of every cell, with normal noise [S].

        Args:
            conductance: the truth, any shape [S].
            age: time since programming, broadcasts to `conductance` [s].
            rng: the stream that read noise draws from.

        Returns:
            Shaped as `conductance`; noise may take a reading below zero.

        Raises:
            InvalidInput: `age` does not broadcast to `conductance`.
        """
        check_broadcast(np.shape(age), conductance.shape, "age")
        noise = rng.standard_normal(conductance.shape)
        reading: FloatArray = conductance + self.read_spread(conductance, age) * noise
        return reading

    def _warn(self, conductance: Array, age: Array | float) -> None:
        warn_outside(conductance, lowest=self.lowest, highest=self.highest)
        warn_beyond(age, last_age=self.last_age, instead="the power law is extrapolated")

    def _passed(self, age: Array | float, like: Array) -> Array | float:
        """ln((t + t0) / t0) [1]."""
        if isinstance(age, int | float):
            return math.log1p(age / self.reference_time)
        xp = array_namespace(like)
        ages = xp.asarray(age, dtype=like.dtype, device=like.device)
        return xp.log1p(ages / self.reference_time)

    def _moments(self, target: Array, age: Array | float) -> tuple[Array, Array]:
        """Mean [S] and variance [S^2] of the population, over programming error and exponent."""
        xp = array_namespace(target)
        passed = self._passed(age, target)
        spread = self.programming.at(target, full=self.highest)
        spread = spread.clip(min=_SMALLEST_SPREAD * self.highest)
        # Below z = empty a programmed cell ends at zero and stays there.
        empty = (-target / spread).clip(min=-_REACH)
        half = 0.5 * (_REACH - empty)
        centre = self._conditional(target, passed)[0]
        weights, first, second = 0.0 * half, 0.0 * centre, 0.0 * centre
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            z = empty + half * (1.0 + node)
            share = weight * half * xp.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
            mean, square = self._conditional(target + spread * z, passed)
            # Around `centre`, lest two large squares be subtracted.
            weights = weights + share
            first = first + share * (mean - centre)
            second = second + share * (square - centre * (2.0 * mean - centre))
        at_zero = xp.where(empty > -_REACH, cumulative(empty), 0.0 * empty)
        share = (1.0 - at_zero) / weights
        first = share * first - at_zero * centre
        second = share * second + at_zero * centre * centre
        return centre + first, (second - first * first).clip(min=0.0)

    def _conditional(self, programmed: Array, passed: Array | float) -> tuple[Array, Array]:
        """Mean [S] and mean square [S^2] of cells that were programmed to the same conductance."""
        mean = self.exponent_mean.at(programmed, full=self.highest)
        spread = self.exponent_spread.at(programmed, full=self.highest)
        once = _folded_decay(mean, spread, passed)
        twice = _folded_decay(mean, spread, 2.0 * passed)
        return programmed * once, programmed * programmed * twice


def _folded_decay(mean: Array, spread: Array, passed: Array | float) -> Array:
    """E[exp(-passed |N(mean, spread)|)]: the moment generating function of a folded normal [1]."""
    xp = array_namespace(mean)
    spread = spread.clip(min=_SMALLEST_SPREAD)
    widening = 0.5 * (spread * passed) ** 2
    kept = xp.exp(widening - mean * passed) * cumulative(mean / spread - spread * passed)
    folded = xp.exp(widening + mean * passed) * cumulative(-mean / spread - spread * passed)
    return kept + folded
