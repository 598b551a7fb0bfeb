"""Ornstein-Uhlenbeck noise: normal noise that forgets with one time constant.

Over a time t the deviation z falls to z exp(-t/tau) and gains an independent normal part that
restores its variance. Its spectrum is a Lorentzian with the corner 1 / (2 pi tau):

    S(f) = 4 sd^2 tau / (1 + (2 pi f tau)^2)    one-sided.

Source: G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36, 823 (1930).
Holds for: the sum of many small fluctuations of one kind. A single trap is telegraph noise, which
has the same spectrum and another distribution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.noise.read_noise import Amplitude, check_passed
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_NOTHING: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class OrnsteinUhlenbeckNoise:
    """One process for each cell, all alike and independent."""

    amplitude: Amplitude
    """Standard deviation in equilibrium."""
    correlation_time: float
    """Time constant tau with which it forgets [s]."""

    def __post_init__(self) -> None:
        if not self.correlation_time > 0:
            raise InvalidInput(
                f"correlation_time must be above zero, but is {self.correlation_time:.6g} s"
            )

    def draw_cells(
        self,
        shape: tuple[int, ...],  # noqa: ARG002  cells do not differ
        *,
        rng: Draws,  # noqa: ARG002
    ) -> Mapping[str, FloatArray]:
        """Nothing."""
        return _NOTHING

    def start(
        self,
        shape: tuple[int, ...],
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,
    ) -> FloatArray:
        """Deviations in equilibrium in units of their spread, shape (1, *shape) [1]."""
        return rng.standard_normal(shape)[None]

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,
    ) -> FloatArray:
        """The deviations some time later, shape (1, *cells) [1].

        Args:
            state: shape (1, *cells).
            seconds: not negative, broadcasts to the cells [s].
            cells: nothing.
            rng: the stream that read noise draws from.

        Raises:
            InvalidInput: `seconds` is negative.
        """
        check_passed(seconds)
        return remembered(state[0], seconds, self.correlation_time, rng=rng)[None]

    def deviation(
        self,
        conductance: Array,
        state: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """The present deviation, shaped as `conductance` [S].

        Args:
            conductance: the truth, numpy or torch [S].
            state: shape (1, *cells).
            cells: nothing.
        """
        (deviation,) = state
        return self.amplitude.spread(conductance) * deviation

    def reading_spread(self, conductance: Array) -> Array:
        """Zero, shaped as `conductance` [S]."""
        return 0.0 * conductance

    def spectrum(
        self,
        frequency: Array,
        conductance: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """The Lorentzian, one-sided [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance` [Hz].
            conductance: the truth [S].
            cells: nothing.

        >>> noise = OrnsteinUhlenbeckNoise(
        ...     amplitude=Amplitude(relative=0.0, absolute=1e-6), correlation_time=0.25
        ... )
        >>> f"{noise.spectrum(np.array(0.0), np.array(1e-5), cells={}):.3g}"
        '1e-12'
        """
        variance = self.amplitude.variance(conductance)
        return lorentzian(variance, frequency, self.correlation_time)


def remembered(
    deviation: FloatArray, seconds: FloatArray | float, correlation_time: float, *, rng: Draws
) -> FloatArray:
    """A standard normal deviation some time later, still standard normal [1].

    Args:
        deviation: any shape [1].
        seconds: not negative, broadcasts to `deviation` [s].
        correlation_time: with which it forgets [s].
        rng: the stream that read noise draws from.
    """
    passed = np.asarray(seconds) / correlation_time
    # 1 - exp(-2 t) by expm1: a step far shorter than the memory still has its small new part.
    fresh = np.sqrt(-np.expm1(-2.0 * passed)) * rng.standard_normal(deviation.shape)
    kept: FloatArray = deviation * np.exp(-passed) + fresh
    return kept


def lorentzian(variance: Array, frequency: Array, correlation_time: Array | float) -> Array:
    """One-sided spectrum of an exponentially forgetting fluctuation [unit of variance/Hz].

    Args:
        variance: of the fluctuation.
        frequency: broadcasts [Hz].
        correlation_time: broadcasts [s].
    """
    return (
        4.0
        * variance
        * correlation_time
        / (1.0 + (2.0 * np.pi * frequency * correlation_time) ** 2)
    )
