"""A population of cells with a life: pulses move them, waiting lets them wander, on one clock.

What differs between the cells, their statistics and their response to a pulse are frozen and given.
What changes is the state of each cell, the time of its last pulse, how often it was pulsed, and the
clock. There are three kinds of array:

* cells that answer pulses and otherwise follow their own equations: a response alone;
* cells that answer pulses and wander in between: a response and statistics;
* cells that are programmed by somebody else: statistics alone, and `program`.

Relaxation is computed when it is needed, not when it happens: a pulse brings up to date only the
cells that it moves, and every other cell catches up when a conductance is asked for. This
leaves the law untouched, because cells relax in independent steps whose sum does not
depend on how a wait is divided. The numbers drawn do depend on when one asks: the same key
and the same sequence of calls give the same numbers, in blocks of whatever size, on one thread or
on several, because what a cell draws depends on the key, on the cell and on the count of calls
only.
"""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ohmloom.arrays import Array, BoolArray, FloatArray, IntArray
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.devices.ageing.arrhenius import Arrhenius
from ohmloom.devices.ageing.endurance import EnduranceWear
from ohmloom.devices.cell_draws import CellDraws, CellKey, drawn_cell_key
from ohmloom.devices.cell_response import CellResponse, Cells
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.noise.read_noise import ReadNoise
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.randomness import Draws
from ohmloom.si import day, kelvin

if TYPE_CHECKING:
    from ohmloom.devices.write_verify import IncrementalProgramming, WriteVerifyResult

_AGE_AT_START = 1 * day
# An age of two days and the minutes that programming took is still an age of two days.
_AGE_SLACK = 1.01
# Small enough for the caches, large enough that Python does not matter.
_CELLS_PER_BLOCK = 131_072

_Where: TypeAlias = slice | IntArray
BlockWork: TypeAlias = Callable[[slice, Array, Cells, BoolArray, CellKey, int], IntArray]
"""A loop over the cells of a block: see `DeviceArray.pulsed_by`."""

# What draws in one step of life: each has numbers of its own.
_TRAITS, _RELAXATION, _PULSE, _NOISE, _STEPS = 0, 1, 2, 3, 4


class DeviceArray:
    """Cells of one array, or of many, on one clock that starts at zero.

    Args:
        shape: of the array, for example (tiles, rows, columns).
        key: of everything that happens in the life of the cells: noise of pulses, relaxation.
            Read noise has its own stream.
        initial: conductance at time zero, shape `shape` or one number [S]. All cells are taken to
            have been formed one day before.
        response: how cells answer pulses; None where only `program` sets them.
        cells: what differs from cell to cell, as `response` names it: shape `shape`, or one number.
        statistics: how cells relax and what a reading adds; None where they hold still and a
            reading tells the truth.
        stuck: cells that ignore pulses and do not relax, shape `shape`.
        noise: processes with a memory that readings see on top, such as traps.
        retention: how temperature speeds ageing up; without it, `wait` at another temperature is
            refused to arrays with statistics. Arrays without statistics take none: there is
            nothing that it would speed up.
        endurance: how pulses wear the bounds "lowest" and "highest" of `cells`.
        temperature: around the array, unless `wait` says otherwise [K].
        dtype: float64, or float32 for half the memory. With float32, cells of `fused_cells` that
            all differ take 40 bytes each here.
        cells_per_block: how many cells are worked on together; it changes no number, but for the
            last digit of cells that are integrated.
        threads: how many blocks are worked on at a time; it changes no number.

    Raises:
        InvalidInput: a shape differs, a value is negative or not finite, a mismatch is missing or
            unknown to the response, or a lower bound is not below its upper bound.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        key: CellKey,
        initial: FloatArray | float,
        response: CellResponse | None = None,
        cells: Cells | None = None,
        statistics: ConductanceStatistics | None = None,
        stuck: StuckCells | None = None,
        noise: Sequence[ReadNoise] = (),
        retention: Arrhenius | None = None,
        endurance: EnduranceWear | None = None,
        temperature: float = 300 * kelvin,
        dtype: type[np.float64] | type[np.float32] = np.float64,
        cells_per_block: int = _CELLS_PER_BLOCK,
        threads: int = 1,
    ) -> None:
        _check_kind(response, statistics, retention)
        _check_settings(shape, temperature, dtype, cells_per_block, threads)
        self._shape = shape
        self._size = int(np.prod(self._shape))
        self._key = key
        self._response = response
        self._statistics = statistics
        self._retention = retention
        self._endurance = endurance
        self._temperature = temperature
        self._dtype = dtype
        self._per_block = cells_per_block
        self._threads = threads
        self._cells = self._mismatch(cells or {})
        if endurance is not None and not {"lowest", "highest"} <= self._cells.keys():
            raise InvalidInput("endurance wears bounds, but the cells of this response have none")
        self._stuck: BoolArray | None = None
        # Where stuck cells stay; a response need not have a state for it, such as an open contact.
        self._stuck_at: FloatArray | None = None
        start = not_negative(initial, "initial")
        start = shaped(start, self._shape, "initial").ravel() if start.ndim else start
        if stuck is not None and stuck.mask.shape != self._shape:
            raise InvalidInput(f"stuck must have shape {self._shape}, but has {stuck.mask.shape}")
        if stuck is not None and stuck.mask.any():
            self._stuck = stuck.mask.ravel().copy()
            self._stuck_at = np.array(stuck.conductance.ravel(), dtype=dtype)
        self._pulses = np.zeros(self._size, dtype=np.int32)
        self._pulses_on_all = 0
        variables = 1 if response is None else response.variables
        self._state: Array = np.empty((variables, self._size), dtype=dtype)

        def fill(block: slice) -> None:
            here = start[block] if start.ndim else np.full(block.stop - block.start, start)
            if self._stuck is not None and self._stuck_at is not None and self._keeps_conductance:
                here = np.where(self._stuck[block], self._stuck_at[block], here)
            self._state[:, block] = self._state_at(here, block)

        self._each_block(fill)
        # A pulse on all cells is kept as one number, because a million writes cost as much as the
        # pulse itself: the last pulse of a cell is the later of its own and that of all.
        self._last_pulse = np.full(self._size, -_AGE_AT_START)
        self._all_pulsed = -np.inf
        # Cells that hold still are never behind, and a population of 1e8 feels 8 bytes.
        still = statistics is None and self._keeps_conductance
        self._relaxed_until = np.zeros(0 if still else self._size)
        self._all_relaxed = 0.0
        self._programmed: Array = (
            self._state[0].copy() if statistics is not None else self._state[0, :0]
        )
        traits = 0 if statistics is None else len(statistics.traits)
        # NaN: not drawn yet.
        self._traits: Array = np.full((traits, self._size), np.nan, dtype=dtype)
        self._time = 0.0
        self._aged = 0.0
        self._step = 0
        self._noise = tuple(
            _Fluctuation(process, _other_key(key, number), self._size)
            for number, process in enumerate(noise)
        )

    def __repr__(self) -> str:
        stuck = 0 if self._stuck is None else int(self._stuck.sum())
        return f"DeviceArray(shape={self._shape}, time={self._time:.6g} s, {stuck} stuck)"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._shape

    @property
    def response(self) -> CellResponse | None:
        """How cells answer pulses."""
        return self._response

    @property
    def statistics(self) -> ConductanceStatistics | None:
        """How cells relax and what a reading adds."""
        return self._statistics

    @property
    def time(self) -> float:
        """The clock [s]."""
        return self._time

    @property
    def temperature(self) -> float:
        """Around the array, unless `wait` says otherwise [K]."""
        return self._temperature

    @property
    def conductance(self) -> FloatArray:
        """The truth now, a copy of shape `shape`; stuck cells at their stuck value [S]."""
        self._relax_all()
        return self._truth().reshape(self._shape)

    @property
    def state(self) -> FloatArray:
        """What the cells keep, a copy of shape (variables, *shape)."""
        self._relax_all()
        return np.array(self._state.reshape(-1, *self._shape))

    @property
    def programmed(self) -> FloatArray:
        """Conductance right after each cell's last pulse, a copy of shape `shape` [S].

        Raises:
            InvalidInput: the array has no statistics, so that nobody remembers it.
        """
        if self._statistics is None:
            raise InvalidInput("an array without statistics does not remember what was programmed")
        return np.array(self._programmed.reshape(self._shape))

    @property
    def age(self) -> FloatArray:
        """Time since each cell's last pulse, a day more than `time` if none, shape `shape` [s].

        Where temperature speeds ageing up, in seconds at the reference temperature.
        """
        return (self._aged - self._pulsed_at(slice(None))).reshape(self._shape)

    @property
    def pulses(self) -> IntArray:
        """How many pulses each cell was given, stuck ones too, a copy of shape `shape`."""
        return self._pulses_on_all + self._pulses.reshape(self._shape).astype(np.int64)

    def pulse(
        self,
        voltage: FloatArray | float,
        *,
        width: float,
        mask: BoolArray | None = None,
    ) -> None:
        """Give cells one pulse each, all at the same time; the clock moves on by `width`.

        A cell that is moved starts a new life: its age counts from the end of the pulse. Stuck
        cells, and cells whose voltage moves nothing, stay as they are; the latter go on relaxing
        at their old age.

        Args:
            voltage: shape `shape`, or one for all; above zero SET, below zero RESET, zero no pulse
                [V].
            width: duration of the pulse, above zero [s].
            mask: cells that get the pulse, shape `shape`; all where None.

        Raises:
            InvalidInput: a shape differs, a voltage is not finite, `width` is not above zero, or
                the array has no response to pulses.
        """
        response = self._response
        if response is None:
            raise InvalidInput(
                "this array has statistics only and cannot answer a pulse; use program, or give it "
                "a response"
            )
        volts = finite(voltage, "voltage")
        if volts.ndim:
            volts = shaped(volts, self._shape, "voltage").ravel()
        if not 0.0 < width < np.inf:
            raise InvalidInput(f"width must be above zero and finite, but is {width} s")
        chosen = None if mask is None else self._mask(mask, "mask")
        step = self._next_step()
        after = self._aged + width * self._acceleration(self._temperature)
        on_all = not volts.ndim and chosen is None
        moves_all = on_all and self._stuck is None and bool(response.moves(volts) & (volts != 0.0))

        def work(block: slice) -> None:
            here = volts[block] if volts.ndim else volts
            if moves_all:
                self._move(block, block, here, width, step, response)
                return
            given = np.broadcast_to(here != 0.0, (block.stop - block.start,))
            if chosen is not None:
                given = given & chosen[block]
            moving = given & response.moves(here)
            if self._stuck is not None:
                moving = moving & ~self._stuck[block]
            at = self._shortest(block, moving)
            if at is not None:
                if response.keeps_still_cells and at is not block:
                    self._move(at, block, np.where(moving, here, 0.0), width, step, response)
                else:
                    self._move(at, at, volts[at] if volts.ndim else volts, width, step, response)
                self._last_pulse[at] = after
                if self._relaxed_until.size:
                    self._relaxed_until[at] = after
            # After the pulse: the wear that it meets is that of the pulses before it.
            if not on_all:
                self._pulses[block] += given

        self._each_block(work)
        self._pulses_on_all += bool(on_all and volts)
        if moves_all:
            self._all_pulsed = self._all_relaxed = after
        self._time += width
        self._aged = after

    def _move(
        self,
        at: _Where,
        handed: _Where,
        volts: FloatArray,
        width: float,
        step: int,
        response: CellResponse,
    ) -> None:
        """Bring the cells `at` up to date and pulse them, in the company of those `handed` over."""
        self._catch_up(at, step)
        before = self._state[:, handed]
        moved = response.pulse(
            before,
            volts,
            width,
            cells=self._cells_at(handed),
            temperature=self._temperature,
            rng=self._draws(step, _PULSE, handed),
        )
        # A loop that worked in place has nothing left to be copied.
        if moved is not before or not isinstance(handed, slice):
            self._state[:, handed] = moved
        if self._statistics is not None:
            self._programmed[at] = self._state[0, at]
            self._traits[:, at] = np.nan

    @property
    def holds_still(self) -> bool:
        """Whether nothing but pulses moves the cells, and readings tell the truth."""
        return (
            self._statistics is None
            and not self._noise
            and self._endurance is None
            and self._response is not None
            and self._response.state_is_conductance
        )

    def pulsed_by(self, work: BlockWork) -> None:
        """Let a compiled loop pulse the cells, block by block; the clock stands still.

        Args:
            work: called with a block of cells, their conductances, shape (cells,), to be changed in
                place [S], their mismatch, which of them are stuck, and a key and an event of random
                numbers; it returns how many pulses each cell got.

        Raises:
            InvalidInput: cells move by themselves as well, which such a loop cannot know.
        """
        if not self.holds_still:
            raise InvalidInput(
                "a compiled loop knows of pulses only, but these cells also relax, wear, or are "
                "read with noise"
            )
        step = self._next_step()

        def work_on(block: slice) -> None:
            count = block.stop - block.start
            stuck = np.zeros(count, dtype=bool) if self._stuck is None else self._stuck[block]
            event = _STEPS * step + _PULSE
            given = work(
                block, self._state[0, block], self._cells_at(block), stuck, self._key, event
            )
            self._pulses[block] += given.astype(np.int32)
            moved = block.start + np.flatnonzero((given > 0) & ~stuck)
            self._last_pulse[moved] = self._aged

        self._each_block(work_on)

    def program(self, target: FloatArray) -> None:
        """Set cells as somebody's write-verify loop does, of whom the statistics tell.

        The clock stands still.

        Args:
            target: wanted conductance, shape `shape`; NaN leaves a cell as it is [S].

        Raises:
            InvalidInput: a wrong shape, a negative or infinite target, or no statistics.
        """
        statistics = self._statistics
        if statistics is None:
            raise InvalidInput(
                "this array has no statistics of programmed cells; use pulse or write_verify"
            )
        wanted = shaped(np.asarray(target, dtype=np.float64), self._shape, "target").ravel()
        asked = ~np.isnan(wanted)
        not_negative(wanted[asked], "target")
        if self._stuck is not None:
            asked &= ~self._stuck
        step = self._next_step()

        def work(block: slice) -> None:
            at = block.start + np.flatnonzero(asked[block])
            if at.size:
                rng = self._draws(step, _PULSE, at)
                self._state[:, at] = self._state_at(statistics.program(wanted[at], rng=rng), at)
                self._programmed[at] = self._state[0, at]
                self._traits[:, at] = np.nan
                self._last_pulse[at] = self._aged
                self._relaxed_until[at] = self._aged

        self._each_block(work)

    def wait(self, seconds: float, *, temperature: float | None = None) -> None:
        """Let time pass; every cell relaxes.

        Args:
            seconds: not negative [s].
            temperature: around the array meanwhile; that of the array where None [K].

        Raises:
            InvalidInput: `seconds` is negative or not finite, or nobody knows what another
                temperature does to these cells.

        Warns:
            ModelRangeWarning: a cell that was pulsed gets older than the statistics were measured.
        """
        if not 0.0 <= seconds < np.inf:
            raise InvalidInput(f"seconds must be finite and not negative, but is {seconds} s")
        meanwhile = self._temperature if temperature is None else temperature
        if not meanwhile > 0.0:
            raise InvalidInput(f"temperature must be above zero, but is {meanwhile} K")
        unknown = self._statistics is not None and self._retention is None
        if unknown and meanwhile != self._temperature:
            raise InvalidInput(
                f"the statistics of this array hold for {self._temperature:.6g} K, and waiting at "
                f"{meanwhile:.6g} K needs an activation energy: give the array a retention"
            )
        self._relax_all()
        self._time += seconds
        self._aged += seconds * self._acceleration(meanwhile)
        self._relax_all(meanwhile)
        if self._statistics is not None:
            self._warn_of_age(self._statistics)

    def read_spread(self) -> FloatArray:
        """Standard deviation of a reading at each cell's age now, shape `shape` [S]."""
        self._relax_all()
        if self._statistics is None:
            return np.zeros(self._shape)
        spread: FloatArray = self._statistics.read_spread(
            self._truth().reshape(self._shape), self.age
        )
        return spread

    def read(self, *, rng: Draws) -> FloatArray:
        """One noisy reading of every cell, shape `shape` [S]; the clock stands still.

        Args:
            rng: the stream that read noise draws from; it gives one key to the whole reading, so
                that blocks do not matter.

        Returns:
            Readings; noise may take one below zero.
        """
        self._relax_all()
        key = drawn_cell_key(rng)
        reading = self._truth()
        step = self._next_step() if self._noise else self._step

        def work(block: slice) -> None:
            truth = reading[block]
            seen: Array = truth
            if self._statistics is not None:
                seen = self._statistics.read(
                    truth, age=self._aged - self._pulsed_at(block), rng=CellDraws(key, 0, block)
                )
            for number, fluctuation in enumerate(self._noise):
                life = _NOISE + _STEPS * step
                fresh = CellDraws(_other_key(key, number), 0, block)
                seen = seen + fluctuation.seen(truth, block, self._time, life, fresh)
            reading[block] = seen

        if self._statistics is not None or self._noise:
            self._each_block(work)
            for fluctuation in self._noise:
                fluctuation.time = self._time
        return reading.reshape(self._shape)

    def write_verify(
        self,
        target: FloatArray,
        *,
        tolerance: FloatArray | float,
        rng: Draws,
        programming: "IncrementalProgramming | None" = None,
    ) -> "WriteVerifyResult":
        """Pulses and readings in turn until every cell conducts what it should.

        Args:
            target: wanted conductance, shape `shape`; NaN leaves a cell alone [S].
            tolerance: a cell that reads within this distance of its target is accepted, shape
                `shape` or one number [S].
            rng: the stream that read noise draws from.
            programming: amplitudes, and when to give up; those of the NeuRRAM chip where None.

        Returns:
            A result for every cell; those that never arrived are a mask in it.

        Raises:
            InvalidInput: a shape differs, or a value is negative or not finite.
        """
        from ohmloom.devices.write_verify import write_verify  # noqa: PLC0415  it uses arrays

        return write_verify(self, target, tolerance=tolerance, rng=rng, programming=programming)

    def _mismatch(self, cells: Cells) -> dict[str, Array]:
        wanted = () if self._response is None else self._response.parameters
        unknown = [name for name in cells if name not in wanted]
        if unknown:
            known = ", ".join(wanted) or "nothing"
            raise InvalidInput(
                f"cells holds {', '.join(unknown)}, of which the response knows nothing; it takes "
                f"{known} of its cells"
            )
        missing = [name for name in wanted if name not in cells]
        if missing:
            raise InvalidInput(
                f"the response needs {', '.join(wanted)} of its cells, but {', '.join(missing)} "
                f"is not in cells"
            )
        kept: dict[str, Array] = {}
        for name in wanted:
            value = finite(cells[name], name)
            if value.ndim:
                value = shaped(value, self._shape, name).ravel()
            kept[name] = value.astype(self._dtype)
        if {"lowest", "highest"} <= kept.keys() and not (kept["lowest"] < kept["highest"]).all():
            wrong = int(np.sum(kept["lowest"] >= kept["highest"]))
            raise InvalidInput(f"lowest must be below highest, but is not for {wrong} cell(s)")
        return kept

    def _mask(self, mask: BoolArray, name: str) -> BoolArray:
        chosen = np.asarray(mask)
        if chosen.dtype != np.bool_ or chosen.shape != self._shape:
            raise InvalidInput(
                f"{name} must hold booleans in shape {self._shape}, but holds {chosen.dtype} in "
                f"{chosen.shape}"
            )
        return chosen.ravel()

    def _cells_at(self, at: _Where) -> Cells:
        cells = {name: value[at] if value.ndim else value for name, value in self._cells.items()}
        if self._endurance is not None:
            pulses = self._pulses_on_all + self._pulses[at]
            worn = self._endurance.window(
                cells["lowest"] + 0.0 * pulses,
                cells["highest"] + 0.0 * pulses,
                pulses,
                self._temperature,
            )
            cells |= {"lowest": worn.lowest, "highest": worn.highest}
        return cells

    def _pulsed_at(self, at: _Where) -> FloatArray:
        """When each cell was moved last, in aged seconds."""
        return np.asarray(np.maximum(self._last_pulse[at], self._all_pulsed))

    def _state_at(self, conductance: FloatArray, at: _Where) -> FloatArray:
        if self._response is None:
            return np.asarray(conductance[None])
        return np.asarray(self._response.state_at(conductance, cells=self._cells_at(at)))

    def _truth(self) -> FloatArray:
        """Conductance of every cell as it was last brought up to date, a copy [S]."""
        if self._response is None or self._keeps_conductance:
            return np.asarray(self._state[0].copy())
        truth: Array = np.empty(self._size, dtype=self._dtype)
        response = self._response

        def work(block: slice) -> None:
            state = self._state[:, block]
            truth[block] = response.conductance(state, cells=self._cells_at(block))

        self._each_block(work)
        if self._stuck is not None and self._stuck_at is not None:
            truth[self._stuck] = self._stuck_at[self._stuck]
        return np.asarray(truth)

    @property
    def _keeps_conductance(self) -> bool:
        return self._response is None or self._response.state_is_conductance

    @staticmethod
    def _shortest(block: slice, moving: BoolArray) -> _Where | None:
        if moving.all():
            return block
        cells = np.flatnonzero(moving)
        return block.start + cells if cells.size else None

    def _catch_up(self, at: _Where, step: int, temperature: float | None = None) -> None:
        """Bring these cells up to date."""
        if self._statistics is None and self._keeps_conductance:
            return
        relaxed_until = np.maximum(self._relaxed_until[at], self._all_relaxed)
        seconds = self._aged - relaxed_until
        if self._statistics is None:
            if self._response is not None:
                before = self._state[:, at].copy()
                rested = self._response.rest(
                    self._state[:, at],
                    seconds,
                    cells=self._cells_at(at),
                    temperature=self._temperature if temperature is None else temperature,
                )
                stuck = False if self._stuck is None else self._stuck[at]
                self._state[:, at] = np.where(stuck, before, rested)
            self._relaxed_until[at] = self._aged
            return
        programmed, traits = self._programmed[at], self._traits[:, at]
        if len(traits):
            drawn = self._statistics.draw_traits(programmed, rng=self._draws(step, _TRAITS, at))
            traits = np.where(np.isnan(traits), drawn, traits)
            self._traits[:, at] = traits
        age = relaxed_until - self._pulsed_at(at)
        conductance = self._state[0, at]
        relaxed = self._statistics.relax(
            conductance,
            programmed=programmed,
            traits=traits,
            age_before=age,
            age_after=age + seconds,
            rng=self._draws(step, _RELAXATION, at),
        )
        if self._stuck is not None:
            relaxed = np.where(self._stuck[at], conductance, relaxed)
        self._state[0, at] = relaxed
        self._relaxed_until[at] = self._aged

    def _relax_all(self, temperature: float | None = None) -> None:
        """Bring every cell up to date; costs nothing when the clock has not moved."""
        if self._all_relaxed == self._aged:
            return
        # Only statistics draw: looking at cells that follow their own equations leaves no trace.
        step = self._step if self._statistics is None else self._next_step()
        if self._statistics is not None or not self._keeps_conductance:
            self._each_block(lambda block: self._catch_up(block, step, temperature))
        self._all_relaxed = self._aged

    def _acceleration(self, temperature: float) -> float:
        return 1.0 if self._retention is None else float(self._retention.acceleration(temperature))

    def _warn_of_age(self, statistics: ConductanceStatistics) -> None:
        moved = self._pulsed_at(slice(None))
        oldest = self._aged - float(moved.min(initial=self._aged, where=moved >= 0.0))
        if oldest > _AGE_SLACK * statistics.last_age:
            warnings.warn(
                f"cells are {oldest / day:.3g} days old, beyond the {statistics.last_age / day:.3g}"
                f" days for which their statistics were measured; what they do now is a guess",
                ModelRangeWarning,
                stacklevel=3,
            )

    def _next_step(self) -> int:
        self._step += 1
        return self._step

    def _draws(self, step: int, purpose: int, at: _Where) -> CellDraws:
        return CellDraws(self._key, _STEPS * step + purpose, at)

    def _each_block(self, work: Callable[[slice], None]) -> None:
        starts = range(0, self._size, self._per_block)
        blocks = [slice(start, min(start + self._per_block, self._size)) for start in starts]
        if self._threads == 1 or len(blocks) == 1:
            for block in blocks:
                work(block)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            # The results are looked at so that an error of a block is raised here.
            for _ in pool.map(work, blocks):
                pass


class _Fluctuation:
    """One process of read noise, with what its cells keep and what they remember."""

    def __init__(self, process: ReadNoise, key: CellKey, size: int) -> None:
        everyone = slice(0, size)
        self._process = process
        self._key = key
        self._cells = process.draw_cells((size,), rng=CellDraws(key, 0, everyone))
        self._state = process.start((size,), cells=self._cells, rng=CellDraws(key, 1, everyone))
        self.time = 0.0

    def seen(
        self, truth: FloatArray, block: slice, time: float, event: int, fresh: CellDraws
    ) -> FloatArray:
        """What a reading at a time sees beside the truth, shape (cells of the block,) [S]."""
        cells = {name: value[..., block] for name, value in self._cells.items()}
        if time > self.time and len(self._state):
            self._state[:, block] = self._process.advance(
                self._state[:, block],
                time - self.time,
                cells=cells,
                rng=CellDraws(self._key, event, block),
            )
        remembered = self._process.deviation(truth, self._state[:, block], cells=cells)
        spread = self._process.reading_spread(truth)
        return np.asarray(remembered + spread * fresh.standard_normal(truth.shape))


def _other_key(key: CellKey, number: int) -> CellKey:
    """A key of its own for each process: the same numbers must not serve two purposes."""
    return CellKey(value=(key.value + (number + 1) * 0x9E3779B97F4A7C15) % 2**64)


def _check_kind(
    response: CellResponse | None,
    statistics: ConductanceStatistics | None,
    retention: Arrhenius | None,
) -> None:
    if response is None and statistics is None:
        raise InvalidInput("an array needs a response to pulses, statistics, or both")
    if response is not None and statistics is not None and not response.state_is_conductance:
        raise InvalidInput(
            "statistics move conductances, but the cells of this response keep another state; "
            "leave the statistics out: these cells relax by their own equations"
        )
    if retention is not None and statistics is None:
        raise InvalidInput(
            "a retention speeds statistics up, but this array has none; a response with "
            "equations of its own takes the temperature of `wait` itself"
        )


def _check_settings(
    shape: tuple[int, ...], temperature: float, dtype: object, cells_per_block: int, threads: int
) -> None:
    if cells_per_block < 1 or threads < 1:
        raise InvalidInput(
            f"cells_per_block and threads must be 1 or more, but are {cells_per_block} and "
            f"{threads}"
        )
    if not 0.0 < temperature < np.inf:
        raise InvalidInput(f"temperature must be above zero, but is {temperature} K")
    if dtype not in (np.float64, np.float32):
        raise InvalidInput(f"dtype must be float64 or float32, but is {dtype}")
    if not isinstance(shape, tuple) or any(length < 0 for length in shape):
        raise InvalidInput(f"shape must be a tuple of lengths, such as (4, 8), not {shape}")
