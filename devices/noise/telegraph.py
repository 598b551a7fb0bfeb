"""Random telegraph noise: traps beside the current path that catch and release one electron.

A full trap takes a share a of the conductance away. It is full or empty, and jumps with two rates,
1 / tc from empty to full and 1 / te back:

    rate = 1/tc + 1/te,  full = (1/tc) / rate     share of the time that it is full
    P(empty -> full in t) = full (1 - exp(-rate t))
    P(full -> empty in t) = (1 - full) (1 - exp(-rate t))
    S(f) = 4 (a G)^2 full (1 - full) / rate / (1 + (2 pi f / rate)^2)    one-sided, for each trap

`TelegraphNoise` gives each cell a Poisson number of traps, lognormal shares, and times that are
uniform in their logarithm; the law follows the abstracts of the measurements. `Trap` is one trap of
known properties in every cell.

Source: S. Machlup, J. Appl. Phys. 25, 341 (1954) for the process and its spectrum. For oxide
memories D. Ielmini, F. Nardi, C. Cagli, Appl. Phys. Lett. 96, 053503 (2010) describe that the
relative step grows as the conductance falls; `TelegraphNoise` leaves that to whoever chooses the
shares.
Holds for: traps that do not know of one another, at one voltage and one temperature. Traps that
appear and vanish, and cells that walk away at random, are left out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.noise.ornstein_uhlenbeck import lorentzian
from ohmloom.devices.noise.read_noise import check_passed
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import second, us

_NEGLIGIBLE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Trap:
    """One trap in every cell, all alike and independent."""

    share: float
    """Share of the conductance that a full trap takes away, 0 to 1 [1]."""
    capture_time: float
    """Mean time tc that it stays empty [s]."""
    emission_time: float
    """Mean time te that it stays full [s]."""

    def __post_init__(self) -> None:
        if not (0.0 <= self.share <= 1.0 and self.capture_time > 0 and self.emission_time > 0):
            raise InvalidInput(
                f"share must lie between 0 and 1 and the times be above zero, but they are "
                f"{self.share:.6g}, {self.capture_time:.6g} s and {self.emission_time:.6g} s"
            )

    def draw_cells(
        self,
        shape: tuple[int, ...],
        *,
        rng: Draws,  # noqa: ARG002  cells do not differ
    ) -> Mapping[str, FloatArray]:
        """The properties of the trap, each of shape (1, *shape): nothing is drawn."""
        return {
            "share": np.full((1, *shape), self.share),
            "capture time": np.full((1, *shape), self.capture_time),
            "emission time": np.full((1, *shape), self.emission_time),
        }

    def start(
        self,
        shape: tuple[int, ...],  # noqa: ARG002  known from the cells
        *,
        cells: Mapping[str, FloatArray],
        rng: Draws,
    ) -> FloatArray:
        """One for full, zero for empty, shape (1, *shape)."""
        return _start(cells, rng=rng)

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],
        rng: Draws,
    ) -> FloatArray:
        """The traps some time later, shape (1, *cells); see `ReadNoise.advance`."""
        return _advance(state, seconds, cells, rng=rng)

    def deviation(self, conductance: Array, state: Array, *, cells: Mapping[str, Array]) -> Array:
        """What the full traps take away, zero or below [S]; see `ReadNoise.deviation`."""
        return _deviation(conductance, state, cells)

    def reading_spread(self, conductance: Array) -> Array:
        """Zero, shaped as `conductance` [S]."""
        return 0.0 * conductance

    def spectrum(
        self, frequency: Array, conductance: Array, *, cells: Mapping[str, Array]
    ) -> Array:
        """The Lorentzian of the trap [S^2/Hz]; see `ReadNoise.spectrum`.

        >>> from ohmloom.si import ms
        >>> trap = Trap(share=1.0, capture_time=1 * ms, emission_time=4 * ms)
        >>> cells = trap.draw_cells((), rng=np.random.default_rng(1))
        >>> f"{trap.spectrum(np.array(0.0), np.array(1.0), cells=cells):.3g}"
        '0.000512'
        """
        return _spectrum(frequency, conductance, cells)


@dataclass(frozen=True, kw_only=True)
class TelegraphNoise:
    """Traps whose number, shares and times differ from cell to cell."""

    mean_traps: float
    """Mean number of traps of a cell, Poisson from cell to cell [1]."""
    median_share: float
    """Median of the share of the conductance that a full trap takes away [1]."""
    share_spread: float
    """Standard deviation of ln(share) from trap to trap [1]."""
    shortest_time: float
    """Shortest mean time that a trap stays empty, or full [s]."""
    longest_time: float
    """Longest; capture and emission times are drawn apart, uniform in ln(time) [s]."""

    def __post_init__(self) -> None:
        if not (
            0 < self.mean_traps <= 100 and 0 < self.median_share < 1 and self.share_spread >= 0
        ):
            raise InvalidInput(
                f"mean_traps must lie in 0..100, median_share in 0..1 and share_spread not be "
                f"negative, but they are {self.mean_traps}, {self.median_share} and "
                f"{self.share_spread}"
            )
        if not 0 < self.shortest_time <= self.longest_time:
            raise InvalidInput(
                f"the times must rise from above zero, but they are {self.shortest_time:.6g} and "
                f"{self.longest_time:.6g} s"
            )

    @property
    def most_traps(self) -> int:
        """Traps that a cell has room for: fewer than one cell in 10^12 would have more."""
        return len(self._at_most())

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:
        """Share, capture time and emission time of every trap, each (most_traps, *shape).

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.

        Returns:
            "share" [1], "capture time" [s] and "emission time" [s]. A trap that a cell does not
            have has the share zero. Where the shares of one cell exceed 1 together, as they rarely
            do, they are scaled down to 1: no trap takes more than there is.
        """
        at_most = self._at_most()
        number = rng.random(shape)
        count = sum(1.0 * (number >= chance) for chance in at_most)
        decades = math.log(self.longest_time / self.shortest_time)
        shares, captures, emissions = [], [], []
        for trap in range(len(at_most)):
            share = self.median_share * np.exp(self.share_spread * rng.standard_normal(shape))
            shares.append(np.where(trap < count, share, 0.0))
            captures.append(self.shortest_time * np.exp(decades * rng.random(shape)))
            emissions.append(self.shortest_time * np.exp(decades * rng.random(shape)))
        drawn = np.stack(shares)
        return {
            "share": drawn / np.maximum(drawn.sum(axis=0), 1.0),
            "capture time": np.stack(captures),
            "emission time": np.stack(emissions),
        }

    def start(
        self,
        shape: tuple[int, ...],  # noqa: ARG002  known from the cells
        *,
        cells: Mapping[str, FloatArray],
        rng: Draws,
    ) -> FloatArray:
        """One for full, zero for empty, shape (most_traps, *shape)."""
        return _start(cells, rng=rng)

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],
        rng: Draws,
    ) -> FloatArray:
        """The traps some time later, shape (most_traps, *cells); see `ReadNoise.advance`."""
        return _advance(state, seconds, cells, rng=rng)

    def deviation(self, conductance: Array, state: Array, *, cells: Mapping[str, Array]) -> Array:
        """What the full traps take away, zero or below [S]; see `ReadNoise.deviation`."""
        return _deviation(conductance, state, cells)

    def reading_spread(self, conductance: Array) -> Array:
        """Zero, shaped as `conductance` [S]."""
        return 0.0 * conductance

    def spectrum(
        self, frequency: Array, conductance: Array, *, cells: Mapping[str, Array]
    ) -> Array:
        """Sum of the Lorentzians of the traps of each cell [S^2/Hz]; see `ReadNoise.spectrum`."""
        return _spectrum(frequency, conductance, cells)

    def _at_most(self) -> list[float]:
        """Poisson probability of 0 traps, of at most 1, and so on, until nearly 1."""
        chance = math.exp(-self.mean_traps)
        total, sums = chance, [chance]
        while total < 1.0 - _NEGLIGIBLE and len(sums) < 10 * self.mean_traps + 50:
            chance *= self.mean_traps / len(sums)
            total += chance
            sums.append(total)
        return sums


def assumed_high_resistance() -> TelegraphNoise:
    """A guess for cells of high resistance, for trying things out: NOT published numbers.

    Two traps on average, a median share of 5 % with a standard deviation of the logarithm of 0.7,
    and times from 1 us to 10 s. The orders of magnitude follow what abstracts of measurements on
    oxide memories say; none of the numbers could be checked against a source.
    """
    return TelegraphNoise(
        mean_traps=2.0,
        median_share=0.05,
        share_spread=0.7,
        shortest_time=1 * us,
        longest_time=10 * second,
    )


def assumed_low_resistance() -> TelegraphNoise:
    """The same guess for cells of low resistance, with a median share of 1 %: NOT published."""
    return TelegraphNoise(
        mean_traps=2.0,
        median_share=0.01,
        share_spread=0.7,
        shortest_time=1 * us,
        longest_time=10 * second,
    )


def _rate_and_occupancy(cells: Mapping[str, Array]) -> tuple[Array, Array]:
    capture, emission = 1.0 / cells["capture time"], 1.0 / cells["emission time"]
    return capture + emission, capture / (capture + emission)


def _start(cells: Mapping[str, FloatArray], *, rng: Draws) -> FloatArray:
    _, occupancy = _rate_and_occupancy(cells)
    return np.stack([1.0 * (rng.random(full.shape) < full) for full in occupancy])


def _advance(
    state: FloatArray, seconds: FloatArray | float, cells: Mapping[str, FloatArray], *, rng: Draws
) -> FloatArray:
    check_passed(seconds)
    rate, occupancy = _rate_and_occupancy(cells)
    chance = occupancy + (state - occupancy) * np.exp(-rate * seconds)
    return np.stack([1.0 * (rng.random(full.shape) < full) for full in chance])


def _deviation(conductance: Array, state: Array, cells: Mapping[str, Array]) -> Array:
    return -conductance * (cells["share"] * state).sum(0)


def _spectrum(frequency: Array, conductance: Array, cells: Mapping[str, Array]) -> Array:
    rates, occupancies = _rate_and_occupancy(cells)
    total = 0.0 * frequency * conductance
    for share, rate, full in zip(cells["share"], rates, occupancies, strict=True):
        variance = (share * conductance) ** 2 * full * (1.0 - full)
        total = total + lorentzian(variance, frequency, 1.0 / rate)
    return total
