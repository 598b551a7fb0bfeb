"""A population of cells with a life: pulses move them, waiting lets them wander, on one clock.

The parameters of the cells, their statistics and their response to a pulse are frozen and given.
What changes is the conductance of each cell, the time of its last pulse, and the clock.

Relaxation is computed when it is needed, not when it happens: a pulse brings up to date only the
cells that it moves, and every other cell catches up when a conductance is asked for. This
leaves the law untouched, because the statistics relax cells in independent steps whose sum does not
depend on how a wait is divided. The numbers drawn do depend on when one asks: the same seed
and the same sequence of calls give the same numbers.
"""

import warnings

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.incremental_pulse import IncrementalPulse
from ohmloom.devices.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day

_AGE_AT_START = 1 * day
# An age of two days and the minutes that programming took is still an age of two days.
_AGE_SLACK = 1.01


class DeviceArray:
    """Cells of one array, or of many, on one clock that starts at zero.

    Args:
        shape: of the array, for example (tiles, rows, columns).
        statistics: how cells relax and what a reading adds.
        pulse_response: how a pulse moves a cell.
        lowest: lower bound that pulses can reach, shape `shape` [S].
        highest: upper bound that pulses can reach, shape `shape` [S].
        strength: of each cell's response to pulses, shape `shape` [1].
        stuck: cells that ignore pulses and do not relax, shape `shape`.
        initial: conductance at time zero, shape `shape` [S]. All cells are taken to have been
            formed one day before.
        rng: life of the cells: noise of pulses, and relaxation. Read noise has its own stream.

    Raises:
        InvalidInput: a shape differs, a value is negative or not finite, or a lower bound is not
            below its upper bound.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        statistics: ConductanceStatistics,
        pulse_response: IncrementalPulse,
        lowest: FloatArray,
        highest: FloatArray,
        strength: FloatArray,
        stuck: StuckCells,
        initial: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        self._shape = tuple(shape)
        self._statistics = statistics
        self._pulse_response = pulse_response
        self._lowest = self._per_cell(lowest, "lowest")
        self._highest = self._per_cell(highest, "highest")
        self._strength = self._per_cell(strength, "strength")
        conductance = self._per_cell(initial, "initial")
        if not (self._lowest < self._highest).all():
            wrong = int((self._lowest >= self._highest).sum())
            raise InvalidInput(f"lowest must be below highest, but is not for {wrong} cell(s)")
        if stuck.mask.shape != self._shape:
            raise InvalidInput(f"stuck must have shape {self._shape}, but has {stuck.mask.shape}")
        self._stuck = stuck.mask.ravel().copy()
        self._stuck_indices = np.flatnonzero(self._stuck)
        self._stuck_conductance = stuck.conductance.ravel()[self._stuck_indices]
        conductance[self._stuck_indices] = self._stuck_conductance
        self._conductance = conductance
        self._programmed = conductance.copy()
        self._last_pulse = np.full(conductance.size, -_AGE_AT_START)
        self._relaxed_until = np.zeros(conductance.size)
        self._pulses = np.zeros(conductance.size, dtype=np.int64)
        self._time = 0.0
        self._all_relaxed_until = 0.0
        self._rng = rng

    def __repr__(self) -> str:
        return (
            f"DeviceArray(shape={self._shape}, time={self._time:.6g} s, "
            f"{self._stuck_indices.size} stuck)"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._shape

    @property
    def statistics(self) -> ConductanceStatistics:
        """How cells relax and what a reading adds."""
        return self._statistics

    @property
    def time(self) -> float:
        """The clock [s]."""
        return self._time

    @property
    def conductance(self) -> FloatArray:
        """The truth now, a copy of shape `shape`; stuck cells at their stuck value [S]."""
        self._relax_all()
        return self._conductance.reshape(self._shape).copy()

    @property
    def programmed(self) -> FloatArray:
        """Conductance right after each cell's last pulse, a copy of shape `shape` [S]."""
        return self._programmed.reshape(self._shape).copy()

    @property
    def age(self) -> FloatArray:
        """Time since each cell's last pulse, a day more than `time` if none, shape `shape` [s]."""
        return (self._time - self._last_pulse).reshape(self._shape)

    @property
    def pulses(self) -> IntArray:
        """How many pulses each cell was given, stuck ones too, a copy of shape `shape`."""
        return self._pulses.reshape(self._shape).copy()

    def pulse(self, voltage: FloatArray, *, width: float) -> None:
        """Give cells one pulse each, all at the same time; the clock moves on by `width`.

        A cell that is moved starts a new life: its age counts from the end of the pulse. Stuck
        cells, and cells whose voltage is not above the threshold of the pulse response, stay as
        they are; the latter go on relaxing at their old age.

        Args:
            voltage: shape `shape`; above zero SET, below zero RESET, zero no pulse [V].
            width: duration of the pulse, above zero [s]. It moves the clock only; the pulse
                response holds for one width.

        Raises:
            InvalidInput: a shape differs, a voltage is not finite, or `width` is not above zero.
        """
        volts = shaped(finite(voltage, "voltage"), self._shape, "voltage").ravel()
        if not 0.0 < width < np.inf:
            raise InvalidInput(f"width must be above zero and finite, but is {width} s")
        given = np.flatnonzero(volts)
        self._pulses[given] += 1
        strong = np.abs(volts[given]) > self._pulse_response.threshold
        moved = given[strong & ~self._stuck[given]]
        if moved.size:
            self._relax_some(moved)
            self._conductance[moved] = self._pulse_response.apply(
                self._conductance[moved],
                volts[moved],
                lowest=self._lowest[moved],
                highest=self._highest[moved],
                strength=self._strength[moved],
                rng=self._rng,
            )
        self._time += width
        self._programmed[moved] = self._conductance[moved]
        self._last_pulse[moved] = self._time
        self._relaxed_until[moved] = self._time

    def wait(self, seconds: float) -> None:
        """Let time pass; every cell relaxes.

        Args:
            seconds: not negative [s].

        Raises:
            InvalidInput: `seconds` is negative or not finite.

        Warns:
            ModelRangeWarning: a cell that was pulsed gets older than the statistics were measured;
                from there on they hold it still.
        """
        if not 0.0 <= seconds < np.inf:
            raise InvalidInput(f"seconds must be finite and not negative, but is {seconds} s")
        self._time += seconds
        self._relax_all()
        pulsed = self._last_pulse >= 0.0
        oldest = self._time - float(self._last_pulse[pulsed].min(initial=self._time))
        if oldest > _AGE_SLACK * self._statistics.last_age:
            warnings.warn(
                f"cells are {oldest / day:.3g} days old, beyond the "
                f"{self._statistics.last_age / day:.3g} days for which their statistics were "
                f"measured; they no longer move",
                ModelRangeWarning,
                stacklevel=2,
            )

    def read_spread(self) -> FloatArray:
        """Standard deviation of a reading at each cell's age now, shape `shape` [S]."""
        self._relax_all()
        spread: FloatArray = self._statistics.read_spread(
            self._conductance.reshape(self._shape), self.age
        )
        return spread

    def read(self, *, rng: np.random.Generator) -> FloatArray:
        """One noisy reading of every cell, shape `shape` [S]; the clock stands still.

        Args:
            rng: the stream that read noise draws from.

        Returns:
            Readings; noise may take one below zero.
        """
        self._relax_all()
        return self._statistics.read(self._conductance.reshape(self._shape), age=self.age, rng=rng)

    def _per_cell(self, value: FloatArray, name: str) -> FloatArray:
        return shaped(not_negative(value, name), self._shape, name).ravel().copy()

    def _relax_some(self, cells: IntArray) -> None:
        """Bring these cells, none of them stuck, up to date."""
        self._conductance[cells] = self._statistics.relax(
            self._conductance[cells],
            programmed=self._programmed[cells],
            age_before=self._relaxed_until[cells] - self._last_pulse[cells],
            age_after=self._time - self._last_pulse[cells],
            rng=self._rng,
        )
        self._relaxed_until[cells] = self._time

    def _relax_all(self) -> None:
        """Bring every cell up to date; costs nothing when the clock has not moved."""
        if self._all_relaxed_until == self._time:
            return
        self._conductance = self._statistics.relax(
            self._conductance,
            programmed=self._programmed,
            age_before=self._relaxed_until - self._last_pulse,
            age_after=self._time - self._last_pulse,
            rng=self._rng,
        )
        self._conductance[self._stuck_indices] = self._stuck_conductance
        self._relaxed_until.fill(self._time)
        self._all_relaxed_until = self._time
