"""Statistics of a population that was measured: of an array on the bench, or of a simulated one.

This is where the models of a device meet. A physical memristor, integrated pulse by pulse in a
write-verify loop, gives an array of programmed cells; their readings give this table; and the table
is what training adds as noise and what a virtual chip draws from. A bench gives the same table.

Between measured targets values are interpolated linearly, between measured ages linearly in the
logarithm of time. Before the first age nothing is known: cells are taken to land where they were
seen first. After the last age they are taken to hold still.

Source: the readings that it was made of.
Holds for: the targets and ages that were measured, and for errors that are close to normal.
Leaves out: the shape of the error beyond its spread, and what neighbouring cells have in common.
Use it for: training and mapping with the noise of one's own device.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import finite, not_negative
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.linear_interpolation import interpolate
from ohmloom.devices.statistics.measured_range import (
    check_broadcast,
    check_wait,
    warn_beyond,
    warn_outside,
)
from ohmloom.devices.write_verify import IncrementalProgramming
from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, silent
from ohmloom.randomness import Draws

# Fewer cells than this for one target do not tell a spread.
_FEWEST_CELLS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredPopulation:
    """A table of errors and spreads over targets and ages."""

    targets: FloatArray
    """Conductances that were asked for, rising, shape (targets,) [S]."""
    ages: FloatArray
    """Times since programming, rising and above zero, shape (ages,) [s]."""
    error: FloatArray
    """Mean of the conductance minus the target, shape (ages, targets) [S]."""
    deviation: FloatArray
    """Standard deviation of the conductance around its mean, without read noise, shape (ages,
    targets); not falling with age, because cells that have spread do not gather again [S]."""
    reading: FloatArray
    """Standard deviation of one reading, shape (targets,) [S]."""

    def __post_init__(self) -> None:
        shape = (self.ages.size, self.targets.size)
        if self.error.shape != shape or self.deviation.shape != shape:
            raise InvalidInput(
                f"error and deviation must have shape {shape}, but have {self.error.shape} and "
                f"{self.deviation.shape}"
            )
        if self.reading.shape != (self.targets.size,):
            raise InvalidInput(
                f"reading must have shape {(self.targets.size,)}, but has {self.reading.shape}"
            )
        finite(self.error, "error")
        not_negative(self.targets, "targets")
        not_negative(self.deviation, "deviation")
        not_negative(self.reading, "reading")
        _check_axes(self.targets, self.ages)
        if (np.diff(self.deviation, axis=0) < 0).any():
            raise InvalidInput("deviation must not fall with age; take the largest so far")

    def __repr__(self) -> str:
        return f"MeasuredPopulation({self.targets.size} targets, {self.ages.size} ages)"

    @property
    def lowest(self) -> float:
        """Smallest target [S]."""
        return float(self.targets[0])

    @property
    def highest(self) -> float:
        """Largest target [S]."""
        return float(self.targets[-1])

    @property
    def first_age(self) -> float:
        """Earliest measured age [s]."""
        return float(self.ages[0])

    @property
    def last_age(self) -> float:
        """Latest measured age [s]."""
        return float(self.ages[-1])

    @property
    def traits(self) -> tuple[str, ...]:
        """None: the table does not tell one cell from another."""
        return ()

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """Mean conductance of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.
        """
        return conductance + self._between(conductance, age, self.error)

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation around that mean, without reading [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.

        Warns:
            ModelRangeWarning: a target outside those that were measured, or an age beyond the last.
        """
        warn_outside(conductance, lowest=self.lowest, highest=self.highest)
        warn_beyond(age, last_age=self.last_age, instead="the spread of that age is used")
        # The variance is what adds up over time.
        variance = self._between(conductance, age, self.deviation**2)
        return array_namespace(variance).sqrt(variance)

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance as it was seen at the first age [S]; never below zero.

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Raises:
            InvalidInput: a target is negative or not finite.

        Warns:
            ModelRangeWarning: a target outside those that were measured.
        """
        wanted = not_negative(target, "target")
        warn_outside(wanted, lowest=self.lowest, highest=self.highest)
        first = self.first_age
        spread = np.sqrt(self._between(wanted, first, self.deviation**2))
        landed = self.mean(wanted, first) + spread * rng.standard_normal(wanted.shape)
        return np.asarray(np.maximum(landed, 0.0))

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
        """Conductance some time later: the mean moves on, and an independent step is added [S].

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: right after the last pulse, broadcasts to `conductance` [S].
            traits: none, shape (0, ...).
            age_before: time since the last pulse, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: the stream that the life of the cells draws from.

        Returns:
            Shaped as `conductance`, never below zero.

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
        moved = self._between(programmed, age_after, self.error)
        moved = moved - self._between(programmed, age_before, self.error)
        added = self._between(programmed, age_after, self.deviation**2)
        added = added - self._between(programmed, age_before, self.deviation**2)
        step = np.sqrt(np.maximum(added, 0.0)) * rng.standard_normal(conductance.shape)
        return np.asarray(np.abs(conductance + moved + step))

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading, the same at every age [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast.
        """
        return interpolate(conductance, self.targets, self.reading) + 0.0 * age

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
        noise = self.read_spread(conductance, age) * rng.standard_normal(conductance.shape)
        return np.asarray(conductance + noise)

    def _between(self, conductance: Array, age: Array | float, table: FloatArray) -> Array:
        """A value of the table between targets and ages; the nearest ones outside."""
        xp = array_namespace(conductance)
        if isinstance(age, int | float):
            moment = xp.asarray(float(np.log(max(age, self.first_age))), dtype=conductance.dtype)
        else:
            ages = xp.asarray(age, dtype=conductance.dtype, device=conductance.device)
            moment = xp.log(ages.clip(min=self.first_age))
        total = interpolate(conductance, self.targets, table[0])
        clock = np.log(self.ages)
        for row in range(1, self.ages.size):
            passed = (moment - clock[row - 1]) / (clock[row] - clock[row - 1])
            step = interpolate(conductance, self.targets, table[row] - table[row - 1])
            total = total + step * passed.clip(min=0.0, max=1.0)
        return total + 0.0 * moment


def _check_axes(targets: FloatArray, ages: FloatArray) -> None:
    if targets.ndim != 1 or targets.size < 2 or not (np.diff(targets) > 0).all():
        raise InvalidInput(f"targets must be two or more, and rise, but they are {targets} S")
    moments = finite(ages, "ages")
    if moments.ndim != 1 or not moments.size or not (np.diff(moments, prepend=0.0) > 0).all():
        raise InvalidInput(f"ages must be one or more, and rise from above zero, not {ages} s")


def measure_population(
    array: DeviceArray,
    targets: Sequence[float],
    ages: Sequence[float],
    *,
    tolerance: float,
    rng: Draws,
    programming: IncrementalProgramming | None = None,
    progress: Progress = silent,
) -> MeasuredPopulation:
    """Program the cells of an array towards some targets and watch them.

    Every cell gets one of the targets, in turn. Each age is read twice; what the two readings have
    in common is the conductance, and what they do not is read noise. Cells that never arrive are
    left out.

    Args:
        array: answers pulses; it is left programmed and aged.
        targets: conductances to ask for, rising [S].
        ages: when to read, after programming, rising [s].
        tolerance: half the width of the band that verification accepts [S].
        rng: the stream that read noise draws from.
        programming: amplitudes; those of NeuRRAM where None.
        progress: told the share done.

    Returns:
        The table.

    Raises:
        InvalidInput: too few cells arrived at a target, or targets or ages do not rise.
    """
    wanted, moments = finite(targets, "targets"), finite(ages, "ages")
    # Before the array is touched.
    _check_axes(wanted, moments)
    size = int(np.prod(array.shape))
    which = np.arange(size) % wanted.size
    result = array.write_verify(
        wanted[which].reshape(array.shape), tolerance=tolerance, rng=rng, programming=programming
    )
    arrived = result.arrived.ravel()
    progress(0.5)
    chosen = [np.flatnonzero(arrived & (which == column)) for column in range(wanted.size)]
    for target, cells in zip(wanted, chosen, strict=True):
        if cells.size < _FEWEST_CELLS:
            raise InvalidInput(
                f"{cells.size} of {int((wanted[which] == target).sum())} cells arrived at "
                f"{target:.4g} S, which does not tell a spread; take a larger array, a wider band, "
                f"or another target"
            )
    shape = (moments.size, wanted.size)
    error, variance, noise = np.empty(shape), np.empty(shape), np.empty(shape)
    started = array.time
    for row, moment in enumerate(moments):
        array.wait(max(started + float(moment) - array.time, 0.0))
        first, second = (array.read(rng=rng).ravel() for _ in range(2))
        for column, cells in enumerate(chosen):
            both = np.cov(first[cells], second[cells])
            error[row, column] = 0.5 * (first[cells] + second[cells]).mean() - wanted[column]
            variance[row, column] = max(float(both[0, 1]), 0.0)
            noise[row, column] = 0.5 * float((first[cells] - second[cells]).var(ddof=1))
        progress(0.5 + 0.5 * (row + 1) / moments.size)
    return MeasuredPopulation(
        targets=wanted,
        ages=moments,
        error=error,
        deviation=np.maximum.accumulate(np.sqrt(variance), axis=0),
        reading=np.sqrt(noise.mean(axis=0)),
    )
