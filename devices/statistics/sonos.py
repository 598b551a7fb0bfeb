"""SONOS charge-trap cells: a current that is programmed, drifts over days, and spreads.

    mean at day t      I + sum p_i(t) I^i
    spread at day t    A(t) (1 - exp(-I / B(t)))
    reading            A_r (1 - exp(-I / B_r))

with I the current that was wanted, in nA; p, A and B were fitted after each day and are linear in
between.

Source: V. Agrawal et al., IEDM (2022), 21.7: 128 000 cells of 40 nm; the fits are those that
Sandia's CrossSim distributes. Its versions hold two sets of p; the one that is valid up to 1800 nA
is used, whose mean drift at 1600 nA after five days is -41 nA.
Holds for: 0 to 1600 nA, the largest current that CrossSim maps weights to, and up to 5 days. Older
cells hold still.

What the source does not say, and what is assumed instead:

* The state is a current at one voltage. Here it is that current divided by the read voltage, which
  is a way to write it and not a claim that the cells are ohmic.
* The published spread contains what programming left. The rest of it is a Brownian motion whose
  variance fills the gap between programming, carried along by the mean drift, and what was
  published; it never falls with age. At zero it is reflected, which no cell of the range feels.
* The first measurement, of day zero, is taken to be 1 s after programming.
* The mean drift does not carry an empty cell below zero, as the polynomial of the third day would,
  by 0.02 nA.

Use it for: inference on charge-trap flash with currents of nanoamperes to a microampere, over some
days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import day, nA, second, volt


@dataclass(frozen=True, kw_only=True)
class SaturatingSpread:
    """A standard deviation that is proportional to small currents and constant for large ones."""

    largest: float
    """Standard deviation of a large current [A]."""
    scale: float
    """Current beyond which it saturates [A]."""

    def at(self, current: Array) -> Array:
        """Standard deviation [A], shaped as `current`.

        Args:
            current: numpy or torch, any shape, not negative [A].
        """
        return _saturating(current, self.largest, self.scale)


@dataclass(frozen=True, kw_only=True)
class DriftingCurrent:
    """Cells that hold a current at one read voltage, measured day after day."""

    read_voltage: float
    """Voltage at which the current was measured [V]."""
    largest_current: float
    """Largest current that is programmed [A]."""
    fit_ends: float
    """Current up to which the fits are followed; larger ones drift as this one does [A]."""
    ages: tuple[float, ...]
    """Ages at which the cells were measured, rising from zero [s]."""
    drift: tuple[tuple[float, ...], ...]
    """One polynomial per age: mean change over current / nA, lowest power first [A]."""
    spreads: tuple[SaturatingSpread, ...]
    """One per age."""
    reading: SaturatingSpread
    """Noise of one reading."""
    first_age: float
    """Age at which the measurement of age zero is taken to have been made [s]."""

    def __post_init__(self) -> None:
        if not (self.read_voltage > 0 and 0 < self.largest_current <= self.fit_ends):
            raise InvalidInput(
                f"read_voltage must be above zero, and largest_current above zero and up to "
                f"fit_ends, but they are {self.read_voltage:.6g} V, "
                f"{self.largest_current / nA:.6g} nA and {self.fit_ends / nA:.6g} nA"
            )
        rising = all(a < b for a, b in pairwise(self.ages))
        if len(self.ages) < 2 or self.ages[0] != 0 or not rising:
            raise InvalidInput(f"ages must rise from zero, but are {self.ages} s")
        if not len(self.drift) == len(self.spreads) == len(self.ages):
            raise InvalidInput(
                f"{len(self.ages)} ages need as many polynomials and spreads, but there are "
                f"{len(self.drift)} and {len(self.spreads)}"
            )

    @property
    def lowest(self) -> float:
        """Zero: these cells can be switched off [S]."""
        return 0.0

    @property
    def highest(self) -> float:
        """`largest_current` over `read_voltage` [S]."""
        return self.largest_current / self.read_voltage

    @property
    def last_age(self) -> float:
        """Latest age that was measured [s]."""
        return self.ages[-1]

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
            ModelRangeWarning: a target above `highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        current = conductance * self.read_voltage
        return (current + self._mean_drift(current, age)) / self.read_voltage

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch. Read noise is left out.

        Warns:
            ModelRangeWarning: a target above `highest`, or an age beyond `last_age`.
        """
        self._warn(conductance, age)
        return self._published(conductance * self.read_voltage, age) / self.read_voltage

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance after programming: normal around the target [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            Shaped as `target`, never below zero.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target above `highest`.
        """
        wanted = not_negative(target, "target")
        warn_outside(wanted, lowest=self.lowest, highest=self.highest)
        spread = self.spreads[0].at(wanted * self.read_voltage) / self.read_voltage
        landed: FloatArray = wanted + spread * rng.standard_normal(wanted.shape)
        return np.abs(landed)

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
        rng: Draws,
    ) -> FloatArray:
        """Conductance some time later: the mean drift, and one independent step per cell [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: after programming, broadcasts to `conductance` [S].
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
        start = np.asarray(programmed) * self.read_voltage
        drift = self._mean_drift(start, age_after) - self._mean_drift(start, age_before)
        added = self._variance(start, age_after) - self._variance(start, age_before)
        step = np.sqrt(np.maximum(added, 0.0)) * rng.standard_normal(conductance.shape)
        relaxed: FloatArray = np.abs(conductance + (drift + step) / self.read_voltage)
        return relaxed

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading around the true conductance, at any age [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; zero for a cell without current.
        """
        current = (conductance * self.read_voltage).clip(min=0.0)
        return self.reading.at(current) / self.read_voltage + 0.0 * age

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
        check_broadcast(np.shape(age), conductance.shape, "age")
        noise = rng.standard_normal(conductance.shape)
        reading: FloatArray = conductance + self.read_spread(conductance, age) * noise
        return reading

    def _warn(self, conductance: Array, age: Array | float) -> None:
        warn_outside(conductance, lowest=self.lowest, highest=self.highest)
        warn_beyond(age, last_age=self.last_age, instead="the cells are taken to hold still")

    def _ramps(self, age: Array | float, like: Array) -> list[Array]:
        """How much of each stretch between measurements has passed, 0 to 1."""
        xp = array_namespace(like)
        ages = xp.asarray(age, dtype=like.dtype, device=like.device)
        return [((ages - a) / (b - a)).clip(min=0.0, max=1.0) for a, b in pairwise(self.ages)]

    def _between(self, values: Sequence[Array | float], ramps: list[Array]) -> Array:
        """What lies between the values of the measured ages."""
        total: Array = 0.0 * ramps[0] + values[0]
        for (before, after), ramp in zip(pairwise(values), ramps, strict=True):
            total = total + (after - before) * ramp
        return total

    def _mean_drift(self, current: Array, age: Array | float) -> Array:
        """Mean change of the current [A]."""
        inside = current.clip(max=self.fit_ends) / nA
        changes = [_polynomial(coefficients, inside) for coefficients in self.drift]
        change = self._between(changes, self._ramps(age, current))
        xp = array_namespace(current)
        return xp.maximum(change, -current)

    def _published(self, current: Array, age: Array | float) -> Array:
        """Standard deviation over all cells [A]."""
        inside = current.clip(min=0.0, max=self.fit_ends)
        ramps = self._ramps(age, current)
        largest = self._between([spread.largest for spread in self.spreads], ramps)
        scale = self._between([spread.scale for spread in self.spreads], ramps)
        return _saturating(inside, largest, scale)

    def _variance(self, programmed: Array, age: Array | float) -> Array:
        """Variance that the cells have gained since programming [A^2]."""
        inside = programmed.clip(min=0.0, max=self.fit_ends)
        slopes = [_slope(coefficients, inside / nA) / nA for coefficients in self.drift]
        carried = 1.0 + self._between(slopes, self._ramps(age, programmed))
        programming = carried * self.spreads[0].at(inside)
        return self._published(inside, age) ** 2 - programming**2


def _saturating(current: Array, largest: Array | float, scale: Array | float) -> Array:
    xp = array_namespace(current)
    return -largest * xp.expm1(-current / scale)


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    total = 0.0 * x
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def _slope(coefficients: Sequence[float], x: Array) -> Array:
    return _polynomial([power * c for power, c in enumerate(coefficients)][1:] or [0.0], x)


# Rows: mean drift after 0 to 5 days; columns: powers 0 to 10 of the current in nA, results in nA.
_DRIFT = (
    (0.0,) * 11,
    (
        *(1.72684e-1, 5.72552e-2, -6.85715e-4, 3.50271e-6, -9.37682e-9, 1.40575e-11),
        *(-1.19803e-14, 5.41293e-18, -8.85448e-22, -1.66869e-25, 5.95180e-29),
    ),
    (
        *(2.50712e-1, 6.62195e-2, -6.83218e-4, 2.99442e-6, -6.78255e-9, 7.70482e-12),
        *(-3.04983e-15, -2.15919e-18, 2.94617e-21, -1.23359e-24, 1.85329e-28),
    ),
    (
        *(-1.75300e-2, 9.76883e-2, -9.63791e-4, 4.55551e-6, -1.22391e-8, 1.93786e-11),
        *(-1.85899e-14, 1.07659e-17, -3.58211e-21, 5.96785e-25, -3.30410e-29),
    ),
    (
        *(4.03338e-2, 1.03111e-1, -1.04740e-3, 4.83961e-6, -1.28132e-8, 1.99484e-11),
        *(-1.85139e-14, 1.00008e-17, -2.84944e-21, 3.01008e-25, 1.18747e-29),
    ),
    (
        *(3.19927e-1, 1.06596e-1, -1.04054e-3, 4.50290e-6, -1.10352e-8, 1.56477e-11),
        *(-1.27592e-14, 5.45513e-18, -7.26841e-22, -2.43893e-25, 7.14608e-29),
    ),
)
# Largest standard deviation and the scale of its saturation, after 0 to 5 days [nA].
_SPREADS = (
    (19.88665, 176.3115),
    (25.59102, 186.85544),
    (28.72753, 193.56834),
    (31.04318, 198.90332),
    (33.76214, 204.77023),
    (34.57909, 207.34309),
)


def agrawal_2022(*, read_voltage: float = 0.1 * volt) -> DriftingCurrent:
    """The cells up to 1600 nA.

    Args:
        read_voltage: at which the currents are read [V]. CrossSim calls 0 to 1600 nA "about 0 to
            16 uS", which is 0.1 V.

    >>> from ohmloom.si import uS
    >>> f"{agrawal_2022().spread(np.array(1 * uS), 0.0) / uS:.5f}"
    '0.08608'
    """
    return DriftingCurrent(
        read_voltage=read_voltage,
        largest_current=1600 * nA,
        fit_ends=1700 * nA,  # beyond, the polynomials of the drift turn upwards
        ages=tuple(days * day for days in range(6)),
        drift=tuple(tuple(c * nA for c in row) for row in _DRIFT),
        spreads=tuple(SaturatingSpread(largest=a * nA, scale=b * nA) for a, b in _SPREADS),
        reading=SaturatingSpread(largest=12.58037 * nA, scale=215.36557 * nA),
        first_age=1 * second,
    )
