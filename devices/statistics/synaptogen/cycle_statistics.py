"""`CycleStatistics`: how switching cycles follow one another, and how devices differ.

Four numbers describe a cycle: log10 R_HRS, U_SET, R_LRS and U_RESET. In a space where each of them
is standard normal, a cycle depends linearly on the p cycles before it:

    x_n = B e_n + A_1 x_(n-1) + ... + A_p x_(n-p)        e_n standard normal

A quantile polynomial gives each number the shape of its measured distribution, with mean zero and
standard deviation one, and each device its own mean and standard deviation:

    y = mean + deviation * polynomial(x)

Mean and deviation of a device, eight numbers together, are drawn from a mixture of normals.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022), equations of section 2; the
preset is in `hennen_2022`.
Holds for: cycles driven as in the measurement, one after the other. Nothing depends on time,
temperature or the waveform, and devices do not wear out.

How this implementation chooses where the source is silent:

* The first cycles are drawn from the stationary distribution of the recursion, so that no cycles
  have to be thrown away. Cycles p apart are exact from the start.
* The mixture may draw a standard deviation below zero, for 2 devices in 10 000 with the
  published tables. It is kept: it turns the distribution of that device around.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, shaped
from ohmloom.devices.statistics.synaptogen.quantile_polynomial import polynomial
from ohmloom.devices.statistics.synaptogen.switching_cycles import (
    FEATURES,
    SwitchingCycles,
    cycles_of_features,
)
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.randomness import Draws

_COUNT = len(FEATURES)


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceParameters:
    """Where each device has its cycles: mean and standard deviation of the four features."""

    mean: FloatArray
    """Mean of log10 R_HRS, U_SET, R_LRS, U_RESET, shape (4, devices) [log10 ohm, V, ohm, V]."""
    deviation: FloatArray
    """Standard deviation of the same from cycle to cycle, same shape and units."""

    def __post_init__(self) -> None:
        shaped(self.mean, (_COUNT, None), "mean")
        shaped(self.deviation, self.mean.shape, "deviation")

    @property
    def devices(self) -> int:
        """How many devices."""
        return int(self.mean.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class CycleStatistics:
    """A vector autoregression, four quantile polynomials and a mixture of devices."""

    recursion: FloatArray
    """B and the blocks A_p ... A_1, oldest first, side by side, shape (4, 4 + 4 p) [1]."""
    quantiles: FloatArray
    """Quantile polynomials, highest power first, shape (4, powers) [1]."""
    device_means: FloatArray
    """Mean of each component: four means, then four standard deviations, in the units of
    `DeviceParameters`, shape (8, components)."""
    device_factors: FloatArray
    """Lower Cholesky factor of the covariance of each component, shape (components, 8, 8)."""
    device_weights: FloatArray
    """Weight of each component, above zero, shape (components,) [1]."""

    def __post_init__(self) -> None:
        for name in (
            "recursion",
            "quantiles",
            "device_means",
            "device_factors",
            "device_weights",
        ):
            finite(getattr(self, name), name)
        shaped(self.recursion, (_COUNT, None), "recursion")
        width = self.recursion.shape[1]
        if width < 2 * _COUNT or width % _COUNT:
            raise InvalidInput(
                f"recursion must have 4 columns for B and 4 for each of at least one cycle before, "
                f"but has {width}"
            )
        shaped(self.quantiles, (_COUNT, None), "quantiles")
        shaped(self.device_weights, (None,), "device_weights")
        components = self.device_weights.size
        shaped(self.device_means, (2 * _COUNT, components), "device_means")
        shaped(self.device_factors, (components, 2 * _COUNT, 2 * _COUNT), "device_factors")
        if not (self.device_weights > 0.0).all():
            raise InvalidInput(
                f"device_weights must be above zero, but are {self.device_weights.tolist()}"
            )

    @property
    def order(self) -> int:
        """How many cycles back the recursion looks, p."""
        return int(self.recursion.shape[1]) // _COUNT - 1

    @property
    def innovation(self) -> FloatArray:
        """The matrix B, shape (4, 4) [1]."""
        return self.recursion[:, :_COUNT]

    @property
    def memory(self) -> FloatArray:
        """The blocks A_p ... A_1, oldest first, shape (4, 4 p) [1]."""
        return self.recursion[:, _COUNT:]

    @property
    def companion_matrix(self) -> FloatArray:
        """What takes p cycles in a row, oldest first, to the next p, shape (4 p, 4 p) [1]."""
        size = _COUNT * self.order
        companion = np.eye(size, k=_COUNT)
        companion[size - _COUNT :] = self.memory
        return companion

    @property
    def spectral_radius(self) -> float:
        """Largest magnitude of an eigenvalue of the companion matrix [1]."""
        return float(np.abs(np.linalg.eigvals(self.companion_matrix)).max())

    @property
    def is_stationary(self) -> bool:
        """Whether the influence of a cycle dies out: a spectral radius below one."""
        return self.spectral_radius < 1.0

    @cached_property
    def stationary_covariance(self) -> FloatArray:
        """Covariance of p cycles in a row, oldest first, in normal space, shape (4 p, 4 p) [1].

        Raises:
            OutOfModelRange: the recursion is not stationary.

        >>> from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022
        >>> covariance = hennen_2022().cycles.stationary_covariance
        >>> np.diag(covariance)[-4:].round(5).tolist()
        [0.99866, 1.00035, 0.99418, 0.99732]
        """
        if not self.is_stationary:
            raise OutOfModelRange(
                f"the recursion has the spectral radius {self.spectral_radius:.6g}; from 1 on "
                f"cycles drift away for ever and have no stationary distribution"
            )
        companion = self.companion_matrix
        driven = np.zeros_like(companion)
        driven[-_COUNT:, -_COUNT:] = self.innovation @ self.innovation.T
        covariance = solve_discrete_lyapunov(companion, driven)
        symmetric: FloatArray = 0.5 * (covariance + covariance.T)
        return symmetric

    @cached_property
    def _stationary_root(self) -> FloatArray:
        """The symmetric root of the stationary covariance.

        Unlike a Cholesky factor it exists for a feature that never varies, too.
        """
        values, vectors = np.linalg.eigh(self.stationary_covariance)
        root: FloatArray = (vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T
        return root

    def draw_devices(self, count: int, *, rng: Draws) -> DeviceParameters:
        """Devices of the population.

        Args:
            count: how many.
            rng: the stream that mismatch draws from.
        """
        shares = np.cumsum(self.device_weights)
        chosen = np.searchsorted(shares, shares[-1] * rng.random((count,)), side="right")
        chosen = chosen.clip(max=shares.size - 1)
        normal = rng.standard_normal((2 * _COUNT, count))
        drawn = np.empty((2 * _COUNT, count))
        for component, factor in enumerate(self.device_factors):
            here = chosen == component
            drawn[:, here] = self.device_means[:, component, None] + factor @ normal[:, here]
        return DeviceParameters(mean=drawn[:_COUNT], deviation=drawn[_COUNT:])

    def draw_history(self, count: int, *, rng: Draws) -> FloatArray:
        """The last p cycles of devices that have switched for ever, in normal space.

        Args:
            count: how many devices.
            rng: the stream that cycles draw from.

        Returns:
            Oldest first, shape (4 p, count) [1].

        Raises:
            OutOfModelRange: the recursion is not stationary.
        """
        root = self._stationary_root
        drawn: FloatArray = root @ rng.standard_normal((root.shape[0], count))
        return drawn

    def next_cycle(self, history: FloatArray, normal: FloatArray) -> FloatArray:
        """One step of the recursion, in normal space, shape (4, devices) [1].

        Args:
            history: the last p cycles, oldest first, shape (4 p, devices) [1].
            normal: independent standard normal numbers, shape (4, devices) [1].
        """
        following: FloatArray = self.memory @ history
        following += self.innovation @ normal
        return following

    def features_of(self, normal: FloatArray, devices: DeviceParameters) -> FloatArray:
        """From normal space to log10 R_HRS, U_SET, R_LRS, U_RESET of these devices.

        Args:
            normal: cycles in normal space, shape (..., 4, devices) [1].
            devices: whose cycles they are.

        Returns:
            Shaped as `normal` [log10 ohm, V, ohm, V].
        """
        features: FloatArray = polynomial(self.quantiles, normal)
        features *= devices.deviation
        features += devices.mean
        return features

    def draw_cycles(self, devices: DeviceParameters, cycles: int, *, rng: Draws) -> SwitchingCycles:
        """Cycles in a row of every device, stationary from the first one on.

        Args:
            devices: whose cycles to draw.
            cycles: how many.
            rng: the stream that cycles draw from.

        Raises:
            OutOfModelRange: the recursion is not stationary.
        """
        order, count = self.order, devices.devices
        normal = np.empty((order + cycles, _COUNT, count))
        normal[:order] = self.draw_history(count, rng=rng).reshape(order, _COUNT, count)
        for cycle in range(cycles):
            # Oldest first is the order of the memory: the history is one contiguous slice.
            history = normal[cycle : cycle + order].reshape(_COUNT * order, count)
            normal[cycle + order] = self.next_cycle(history, rng.standard_normal((_COUNT, count)))
        return cycles_of_features(self.features_of(normal[order:], devices))
