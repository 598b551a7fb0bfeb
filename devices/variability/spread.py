"""Laws of how a quantity differs from device to device.

A law takes the nominal values of many devices and draws theirs. The nominal value and the spread
are two things: the same law serves a resistance, a threshold, a step size.

* `NormalSpread`: a relative standard deviation.
* `LognormalSpread`: the nominal value is the mean; `MedianLognormalSpread`: it is the median.
* `TruncatedNormalSpread`: a normal law cut off at two bounds.
* `KernelDensity`: no law but the values that somebody measured, smoothed.

For a lognormal resistance R with the standard deviation s of ln R, mean-preserving,

    ln R ~ N(ln R - s^2 / 2, s^2),    sd(R) = R sqrt(exp(s^2) - 1).

Source: the mean-preserving lognormal with s linear in R between R_on and R_off is that of the
public code of D. Joksas et al., Advanced Science 9, 2105784 (2022), which uses the pairs
(.25, .25), (.05, .5) and (.5, .5); the kernel density is that of D. W. Scott, Multivariate Density
Estimation (1992).
Holds for: devices that differ independently. Correlated properties of one device need a model of
their own.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import finite
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


@runtime_checkable
class Spread(Protocol):
    """How devices differ from a nominal value."""

    def standard_deviation(self, nominal: Array) -> Array:
        """Standard deviation from device to device, in the unit of `nominal`.

        Args:
            nominal: numpy or torch, any shape.

        Returns:
            Shaped as `nominal`.
        """
        ...

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """One value for each device, in the unit of `nominal`.

        Args:
            nominal: of every device, any shape.
            rng: the stream that mismatch draws from.

        Returns:
            Shaped as `nominal`.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class NormalSpread:
    """Normal around the nominal value; may change sign when the spread is large."""

    relative: float | Array
    """Standard deviation over the size of the nominal value [1]."""

    def __post_init__(self) -> None:
        _check_not_negative(self.relative, "relative")

    def standard_deviation(self, nominal: Array) -> Array:
        """The share of the nominal value, in its unit."""
        return self.relative * abs(nominal)

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """Normal values, shaped as `nominal`; see `Spread.draw`."""
        drawn: FloatArray = nominal * (1.0 + self.relative * rng.standard_normal(nominal.shape))
        return drawn


@dataclass(frozen=True, kw_only=True)
class LognormalSpread:
    """Lognormal with the nominal value as its mean; keeps the sign."""

    log_spread: float | Array
    """Standard deviation of the natural logarithm [1]."""

    def __post_init__(self) -> None:
        _check_not_negative(self.log_spread, "log_spread")

    def log_mean(self, nominal: Array) -> Array:
        """Mean of the natural logarithm, of a nominal value above zero [1].

        Args:
            nominal: numpy or torch, any shape.

        >>> f"{LognormalSpread(log_spread=0.25).log_mean(np.array(1e4)):.9f}"
        '9.179090372'
        """
        return array_namespace(nominal).log(nominal) - 0.5 * self.log_spread**2

    def standard_deviation(self, nominal: Array) -> Array:
        """|nominal| sqrt(exp(s^2) - 1), in its unit."""
        return abs(nominal) * np.sqrt(np.expm1(self.log_spread**2))

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """Lognormal values, shaped as `nominal`; see `Spread.draw`."""
        normal = rng.standard_normal(nominal.shape)
        drawn: FloatArray = nominal * np.exp(
            self.log_spread * normal - 0.5 * np.square(self.log_spread)
        )
        return drawn


@dataclass(frozen=True, kw_only=True)
class MedianLognormalSpread:
    """Lognormal with the nominal value as its median; keeps the sign."""

    log_spread: float | Array
    """Standard deviation of the natural logarithm [1]."""

    def __post_init__(self) -> None:
        _check_not_negative(self.log_spread, "log_spread")

    def standard_deviation(self, nominal: Array) -> Array:
        """|nominal| sqrt(exp(s^2) (exp(s^2) - 1)), in its unit."""
        squared = self.log_spread**2
        return abs(nominal) * np.sqrt(np.exp(squared) * np.expm1(squared))

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """Lognormal values, shaped as `nominal`; see `Spread.draw`."""
        drawn: FloatArray = nominal * np.exp(self.log_spread * rng.standard_normal(nominal.shape))
        return drawn


@dataclass(frozen=True, kw_only=True)
class ResistanceSpread:
    """Lognormal resistances, mean-preserving, whose spread is linear in R from ON to OFF."""

    resistance_on: float
    """Lowest resistance [ohm]."""
    resistance_off: float
    """Highest resistance [ohm]."""
    log_spread_on: float
    """Standard deviation of ln R at `resistance_on` [1]."""
    log_spread_off: float
    """Standard deviation of ln R at `resistance_off` [1]."""

    def __post_init__(self) -> None:
        if not 0 < self.resistance_on < self.resistance_off:
            raise InvalidInput(
                f"resistances must rise from above zero, but they are {self.resistance_on:.6g} "
                f"and {self.resistance_off:.6g} ohm"
            )
        _check_not_negative(self.log_spread_on, "log_spread_on")
        _check_not_negative(self.log_spread_off, "log_spread_off")

    def log_spread(self, nominal: Array) -> Array:
        """Standard deviation of ln R, linear in R; outside, that of the nearer end [1].

        Args:
            nominal: resistance, numpy or torch, any shape [ohm].
        """
        way = (nominal - self.resistance_on) / (self.resistance_off - self.resistance_on)
        inside = way.clip(min=0.0, max=1.0)
        return self.log_spread_on + (self.log_spread_off - self.log_spread_on) * inside

    def standard_deviation(self, nominal: Array) -> Array:
        """R sqrt(exp(s(R)^2) - 1) [ohm]."""
        return LognormalSpread(log_spread=self.log_spread(nominal)).standard_deviation(nominal)

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """Resistances, shaped as `nominal` [ohm]; see `Spread.draw`."""
        return LognormalSpread(log_spread=self.log_spread(nominal)).draw(nominal, rng=rng)


@dataclass(frozen=True, kw_only=True)
class TruncatedNormalSpread:
    """Normal around the nominal value, cut off at two shares of it and drawn again inside.

    The nominal value is the centre of the normal law; the mean is another unless the cut is
    symmetric.
    """

    relative: float
    """Standard deviation over the nominal value before the cut, above zero [1]."""
    lowest: float
    """Smallest value over the nominal one [1]."""
    highest: float
    """Largest value over the nominal one [1]."""

    def __post_init__(self) -> None:
        if not (self.relative > 0 and self.lowest < self.highest):
            raise InvalidInput(
                f"relative must be above zero and the bounds rise, but they are {self.relative}, "
                f"{self.lowest} and {self.highest}"
            )

    def standard_deviation(self, nominal: Array) -> Array:
        """Standard deviation after the cut, in the unit of `nominal`."""
        from scipy.stats import truncnorm  # noqa: PLC0415  loads slowly and few need it

        return abs(nominal) * self.relative * float(truncnorm.std(*self._cuts()))

    def draw(self, nominal: FloatArray, *, rng: Draws) -> FloatArray:
        """Values between the bounds, shaped as `nominal`; see `Spread.draw`."""
        from scipy.stats import truncnorm  # noqa: PLC0415

        normal = truncnorm.ppf(rng.random(nominal.shape), *self._cuts())
        drawn: FloatArray = nominal * (1.0 + self.relative * normal)
        return drawn

    def _cuts(self) -> tuple[float, float]:
        return (self.lowest - 1.0) / self.relative, (self.highest - 1.0) / self.relative


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelDensity:
    """Measured values, each blurred by a normal kernel of Scott's width, n^(-1/5) of their spread.

    What is drawn does not follow a nominal value but the population. Its standard deviation is that
    of the measured values times sqrt(1 + n^(-2/5)).
    """

    measured: FloatArray
    """The population, shape (devices,), two values or more."""
    lowest: float
    """Values below are reflected here, such as at 0 S for a conductance; `-inf` for none."""

    def __post_init__(self) -> None:
        values = finite(self.measured, "measured")
        if values.ndim != 1 or len(values) < 2:
            raise InvalidInput(
                f"measured must hold two values or more in one row, but has shape {values.shape}"
            )
        if values.min() < self.lowest:
            raise InvalidInput(
                f"measured holds {values.min():.6g}, which is below lowest, {self.lowest:.6g}"
            )

    def __repr__(self) -> str:
        return f"KernelDensity({len(self.measured)} values, lowest={self.lowest:.6g})"

    @property
    def bandwidth(self) -> float:
        """Standard deviation of the kernel, in the unit of the values."""
        return float(len(self.measured) ** -0.2 * np.std(self.measured, ddof=1))

    def draw(self, shape: tuple[int, ...], *, rng: Draws) -> FloatArray:
        """Values like the measured ones, in their unit.

        Args:
            shape: of the array of devices.
            rng: the stream that mismatch draws from.

        Returns:
            Of that shape, not below `lowest`.
        """
        # A uniform number below 1 times n may round to n.
        number = np.minimum(rng.random(shape) * len(self.measured), len(self.measured) - 1)
        drawn = self.measured[number.astype(np.int64)]
        drawn = drawn + self.bandwidth * rng.standard_normal(shape)
        if math.isinf(self.lowest):
            return drawn
        reflected: FloatArray = self.lowest + np.abs(drawn - self.lowest)
        return reflected


def _check_not_negative(value: float | Array, name: str) -> None:
    if not np.all(np.asarray(value) >= 0):
        raise InvalidInput(f"{name} must not be negative, but is {value}")
