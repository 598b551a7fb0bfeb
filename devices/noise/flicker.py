"""1/f noise: many fluctuations whose times are spread evenly over the decades.

The sum of K independent Ornstein-Uhlenbeck processes of equal variance whose correlation times are
spaced evenly in ln(tau) from t_min to t_max has, between 1 / (2 pi t_max) and 1 / (2 pi t_min),

    S(f) = sd^2 / (f ln(t_max / t_min))    one-sided,

flat below and falling with 1/f^2 above.

Source: the construction of A. L. McWhorter, in Semiconductor Surface Physics (1957).
Holds for: times between the two ends. A decade of correlation times wants two processes or more for
a ripple of a few per cent; `spectrum` is that of the sum itself, ripple and ends included. The
fluctuation is normal, as of many small traps; a few large ones are telegraph noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.noise.ornstein_uhlenbeck import lorentzian, remembered
from ohmloom.devices.noise.read_noise import Amplitude, check_passed
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_NOTHING: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class FlickerNoise:
    """One sum of processes for each cell, all alike and independent."""

    amplitude: Amplitude
    """Standard deviation of the whole sum in equilibrium."""
    shortest_time: float
    """Correlation time t_min of the fastest process [s]."""
    longest_time: float
    """Correlation time t_max of the slowest process [s]."""
    processes: int
    """Number K of processes, two or more."""

    def __post_init__(self) -> None:
        if not (0 < self.shortest_time < self.longest_time and self.processes >= 2):
            raise InvalidInput(
                f"the times must rise from above zero and processes be two or more, but they are "
                f"{self.shortest_time:.6g} s, {self.longest_time:.6g} s and {self.processes}"
            )

    @property
    def correlation_times(self) -> tuple[float, ...]:
        """Of the processes: the middles of K equal stretches of ln(time) [s]."""
        ratio = self.longest_time / self.shortest_time
        return tuple(
            self.shortest_time * ratio ** ((k + 0.5) / self.processes)
            for k in range(self.processes)
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
        """Deviations in equilibrium in units of their spread, shape (processes, *shape) [1]."""
        return np.stack([rng.standard_normal(shape) for _ in range(self.processes)])

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,
    ) -> FloatArray:
        """The deviations some time later, shape (processes, *cells) [1].

        Args:
            state: shape (processes, *cells).
            seconds: not negative, broadcasts to the cells [s].
            cells: nothing.
            rng: the stream that read noise draws from.

        Raises:
            InvalidInput: `seconds` is negative.
        """
        check_passed(seconds)
        return np.stack(
            [
                remembered(deviation, seconds, time, rng=rng)
                for deviation, time in zip(state, self.correlation_times, strict=True)
            ]
        )

    def deviation(
        self,
        conductance: Array,
        state: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """The present sum of the deviations, shaped as `conductance` [S].

        Args:
            conductance: the truth, numpy or torch [S].
            state: shape (processes, *cells).
            cells: nothing.
        """
        return self.amplitude.spread(conductance) * state.sum(0) / math.sqrt(self.processes)

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
        """Sum of the Lorentzians, one-sided [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance` [Hz].
            conductance: the truth [S].
            cells: nothing.
        """
        variance = self.amplitude.variance(conductance) / self.processes
        total = 0.0 * frequency * conductance
        for time in self.correlation_times:
            total = total + lorentzian(variance, frequency, time)
        return total

    def one_over_f(self, frequency: Array, conductance: Array) -> Array:
        """What the sum tends to for many processes, between the two corners [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance`, above zero [Hz].
            conductance: the truth [S].
        """
        decades = math.log(self.longest_time / self.shortest_time)
        return self.amplitude.variance(conductance) / (frequency * decades)
