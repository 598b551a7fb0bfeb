"""What memristors do under a voltage that changes in time: the loops of the textbooks, and arrays.

Every device has a clock and a step of its own, so that a device that switches in picoseconds and
one that sleeps for a second do not cost each other; the arithmetic of all devices is done together.

How it works:

* States are integrated as places from 0 to 1 between their bounds, on a logarithmic way where the
  variable is logarithmic, with an L-stable Rosenbrock method of order 4 (RODAS) whose Jacobian is
  taken by differences. Stiff models, such as a temperature that follows the state, need no care.
* A step ends at every point of the stimulus and every moment that is reported, and changes the
  drive by no more than a sixteenth of its amplitude.
* At a bound the rate of a model jumps to zero. The rate is therefore continued beyond the bound
  from just inside, the step is shortened until it ends where the bound is met, and the variable is
  held there until its rate points inwards. A step that would leave and come back is shortened too.

What it does not do well: a rate that jumps inside the bounds is stepped over, but a state that
slides along such a jump, as one whose rate is switched off where it has gone far enough for the
voltage, costs a step or many for each part of the tolerance. Models switch off smoothly instead.
What is smaller than the tolerance is not followed: a filament that grows from a billionth of its
range needs a logarithmic variable.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import Array, BoolArray, FloatArray, IntArray
from ohmloom.checks import finite, not_negative
from ohmloom.devices.memristor import Memristor, StateVariable, drawn_out
from ohmloom.devices.rosenbrock import RosenbrockStep, rosenbrock_step
from ohmloom.devices.series_resistor import divided_voltage, voltage_behind_resistor
from ohmloom.devices.stimulus import Stimulus, moments_within
from ohmloom.errors import InvalidInput, OutOfModelRange, SimulatorError
from ohmloom.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd

_MOMENTS = 400
"""How many moments are reported, about, when none are asked for."""
_EDGE = 1e-12
"""How far inside its bounds the rate is taken that is continued beyond them, of the range."""
_DIFFERENCE = 1e-7
"""Distance over which the Jacobian is taken, of the range."""
_EARLY = 1e-5
"""Part of a step over which the derivative by time is taken."""
_DRIVE_CHANGE = 1 / 16
"""Largest change of the drive in one step, of its amplitude. A rate that is exponential in the
voltage changes little in such a step, and a threshold is not stepped over."""
_FIRST_MOVE = 0.1
"""Largest move that the first step after a point of the stimulus expects, of the range."""
_NEGLIGIBLE = 0.01
"""Part of the tolerance that may be lost where a variable is released, or grows from nothing."""
_MOST_STEPS = 100_000
"""Steps between two moments after which a device is given up."""
_MOST_FINISHED = 0.25
"""Part of the devices that may be finished before the others go on without them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Transient:
    """Voltage, current and state of devices over time; a single device has an axis of length 1."""

    time: FloatArray
    """Moments, shape (moments,); at a jump of the drive the same moment may stand twice [s]."""
    drive: FloatArray
    """Across device and series resistor, shape (moments, devices) [V]."""
    voltage: FloatArray
    """Across the device, shape (moments, devices) [V]."""
    current: FloatArray
    """Through the device, shape (moments, devices) [A]."""
    state: FloatArray
    """Shape (variables, moments, devices), in the units of `variables`."""
    variables: tuple[StateVariable, ...]
    """What the state consists of."""
    steps: IntArray
    """Steps that were taken, rejected ones included, shape (devices,)."""

    def to_frame(self) -> "pd.DataFrame":
        """One row for each device and moment, the units in the names of the columns."""
        import pandas as pd  # noqa: PLC0415  pandas loads slowly

        moments, devices = self.drive.shape
        columns = {
            "device": np.repeat(np.arange(devices), moments),
            "time [s]": np.tile(self.time, devices),
            "drive [V]": self.drive.T.ravel(),
            "voltage [V]": self.voltage.T.ravel(),
            "current [A]": self.current.T.ravel(),
        }
        for variable, state in zip(self.variables, self.state, strict=True):
            columns[f"{variable.name} [{variable.unit}]"] = state.T.ravel()
        return pd.DataFrame(columns)


def simulate_transient(
    memristor: Memristor,
    stimulus: Stimulus,
    *,
    initial_state: ArrayLike,
    times: ArrayLike | None = None,
    series_resistance: ArrayLike = 0.0,
    relative_tolerance: float = 1e-6,
    progress: Progress = silent,
) -> Transient:
    """Drive memristors with a voltage and follow their states.

    The number of devices is what the parameters of the memristor, the voltage of the stimulus, the
    initial state and the series resistance broadcast to. A memristor of many devices is a dataclass
    whose array fields have shape (devices,).

    Args:
        memristor: one device, or many.
        stimulus: the drive across device and series resistor.
        initial_state: at the first moment, shape (variables,) or (variables, devices), within the
            bounds, in the units of the variables.
        times: moments to report, within the stimulus, not falling [s]. A moment at a jump of the
            drive is reported after it, and where it stands twice, before and after it. None for
            the points of the stimulus and evenly spaced moments between, about 400 in all.
        series_resistance: between the source and each device, a number or shape (devices,) [ohm].
        relative_tolerance: largest error of one step in each variable, of its range; of the
            logarithm of its range where the variable is logarithmic [1].
        progress: told the share of the work that is done.

    Returns:
        Everything at the reported moments. States are within their bounds; the voltage across the
        device is accurate to 1e-12 of the drive.

    Raises:
        InvalidInput: shapes do not fit, or a value makes no sense.
        OutOfModelRange: `initial_state` is outside the bounds.
        SimulatorError: the model returned something that is not finite, or a device moves faster
            than its clock can be read. The message names device, moment and state.

    >>> from ohmloom.devices.memristors.vteam import kvatinsky_2015
    >>> from ohmloom.devices.stimulus import waveform
    >>> from ohmloom.si import nm, ns
    >>> ten_at_one_volt = simulate_transient(
    ...     kvatinsky_2015(), waveform([0.0, 10 * ns], [1.0, 1.0]), initial_state=[0.0]
    ... )
    >>> f"{ten_at_one_volt.state[0, -1, 0] / nm:.3f}"
    '0.245'
    """
    if not 0 < relative_tolerance < 1:
        raise InvalidInput(
            f"relative_tolerance must be above 0 and below 1, but is {relative_tolerance:.6g}"
        )
    variables = memristor.state_variables
    start = finite(initial_state, "initial_state")
    if start.ndim not in {1, 2} or len(start) != len(variables):
        raise InvalidInput(
            f"initial_state must have shape ({len(variables)},) or ({len(variables)}, devices), "
            f"one row for each of {', '.join(v.name for v in variables)}, but has {start.shape}"
        )
    resistance = not_negative(series_resistance, "series_resistance")
    devices = _count(memristor, stimulus, start, resistance)
    start = np.broadcast_to(start.reshape(len(variables), -1), (len(variables), devices))
    _check_start(variables, start)

    when = _default_times(stimulus) if times is None else moments_within(stimulus, times, "times")
    nodes = np.unique(np.concatenate([stimulus.time, when]))
    sides = stimulus.at(np.repeat(nodes, 2)).reshape(2 * len(nodes), -1)
    reported, row = np.unique(np.searchsorted(nodes, when), return_inverse=True)
    clockwork = _Clockwork(
        memristor=memristor,
        moments=nodes,
        before=sides[0::2],
        after=sides[1::2],
        kink=np.isin(nodes, stimulus.time),
        reported=reported,
        start=start,
        resistance=np.broadcast_to(resistance, (devices,)),
        tolerance=relative_tolerance,
    )
    clockwork.run(progress)

    state = clockwork.recorded[:, row]
    drive = stimulus.at(when).reshape(len(when), -1)
    drive = np.broadcast_to(drive, (len(when), devices)).copy()
    voltage = drive
    if resistance.any():
        voltage = voltage_behind_resistor(memristor, drive, state, resistance)
    return Transient(
        time=when.copy(),
        drive=drive,
        voltage=voltage,
        current=np.asarray(memristor.current(voltage, state)),
        state=state,
        variables=variables,
        steps=clockwork.steps,
    )


class _Scale:
    """The way from places between 0 and 1 to states, and from the rates of these to those."""

    def __init__(self, variables: tuple[StateVariable, ...]) -> None:
        self.logarithmic = [v.logarithmic for v in variables]
        self.lowest = [np.asarray(v.lowest, dtype=np.float64) for v in variables]
        self.highest = [np.asarray(v.highest, dtype=np.float64) for v in variables]
        self.length = [
            np.log(high / low) if logarithmic else high - low
            for low, high, logarithmic in zip(
                self.lowest, self.highest, self.logarithmic, strict=True
            )
        ]

    def place(self, state: FloatArray) -> FloatArray:
        places = np.empty(state.shape)
        for i, value in enumerate(state):
            way = np.log(value / self.lowest[i]) if self.logarithmic[i] else value - self.lowest[i]
            # Exactly 0 and 1 at the bounds, whatever rounding says.
            places[i] = np.where(value >= self.highest[i], 1.0, way / self.length[i])
        return np.clip(places, 0.0, 1.0)

    def state(self, place: FloatArray) -> FloatArray:
        states = np.empty(place.shape)
        for i, share in enumerate(place):
            low, high = self.lowest[i], self.highest[i]
            states[i] = drawn_out(low, high, share, logarithmic=self.logarithmic[i])
            if self.logarithmic[i]:
                states[i] = np.where(share >= 1.0, high, states[i])
        return states

    def place_rate(self, rate: FloatArray, state: FloatArray) -> FloatArray:
        rates = np.empty(state.shape)
        for i, value in enumerate(state):
            rates[i] = rate[i] / self.length[i]
            if self.logarithmic[i]:
                rates[i] /= value
        return rates


class _Clockwork:
    """Devices on their way through the stimulus, each with its clock."""

    def __init__(
        self,
        *,
        memristor: Memristor,
        moments: FloatArray,
        before: FloatArray,
        after: FloatArray,
        kink: BoolArray,
        reported: IntArray,
        start: FloatArray,
        resistance: FloatArray,
        tolerance: float,
    ) -> None:
        variables, devices = start.shape
        self.moments, self.before, self.after, self.kink = moments, before, after, kink
        self.tolerance, self.devices = tolerance, devices
        self.peak = np.broadcast_to(
            np.maximum(np.abs(before).max(axis=0), np.abs(after).max(axis=0)), (devices,)
        )
        self.slot = np.full(len(moments), -1)
        self.slot[reported] = np.arange(len(reported))
        self.recorded = np.empty((variables, len(reported), devices))
        self.steps = np.zeros(devices, dtype=np.int64)
        if self.slot[0] >= 0:
            self.recorded[:, 0] = start

        self.all_devices, self.all_resistance = memristor, resistance
        # What follows holds the devices under way only; `drop_finished` makes it smaller.
        self.memristor, self.resistance = memristor, resistance
        self.scale = _Scale(memristor.state_variables)
        self.index = np.arange(devices)
        self.alive = np.ones(devices, dtype=bool)
        self.place = self.scale.place(start)
        self.stretch = np.zeros(devices, dtype=np.int64)
        self.passed = np.zeros(devices)
        self.proposal = np.full(devices, np.inf)
        self.fresh = np.ones(devices, dtype=bool)
        self.tries = np.zeros(devices, dtype=np.int64)
        self.divided = np.ones(devices)
        self.length, self.origin, self.slope = np.empty((3, devices))
        self.load(self.alive)

    def run(self, progress: Progress) -> None:
        done, whole = 0, (len(self.moments) - 1) * self.devices
        # A trial step may lead anywhere; what is not finite is rejected, device by device.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while self.alive.any():
                ended = self.step()
                if not ended.any():
                    continue
                self.record(ended)
                self.load(ended)
                if (~self.alive).sum() > _MOST_FINISHED * len(self.alive):
                    self.drop_finished()
                done += int(ended.sum())
                progress(done / whole)

    def load(self, which: BoolArray) -> None:
        """Take up the stretch that the devices have come to."""
        node, device = self.stretch[which], self.index[which] % self.before.shape[1]
        finished = node == len(self.moments) - 1
        following = np.where(finished, node, node + 1)
        start, stop = self.after[node, device], self.before[following, device]
        length = np.where(finished, 1.0, self.moments[following] - self.moments[node])
        self.passed[which], self.tries[which] = 0.0, 0
        self.length[which], self.origin[which] = length, start
        self.slope[which] = np.where(finished, 0.0, (stop - start) / length)
        self.fresh[which] |= self.kink[node]
        self.alive[which] = ~finished

    def record(self, ended: BoolArray) -> None:
        """Note the states of the devices that have come to the end of their stretch."""
        self.stretch[ended] += 1
        slot = self.slot[self.stretch]
        noted = ended & (slot >= 0)
        if noted.any():
            self.recorded[:, slot[noted], self.index[noted]] = self.scale.state(self.place)[
                :, noted
            ]

    def drop_finished(self) -> None:
        """Go on with the devices under way only."""
        kept = self.alive
        for name in (
            *("index", "place", "stretch", "passed", "proposal", "fresh", "divided", "peak"),
            *("length", "origin", "slope", "tries", "alive"),
        ):
            setattr(self, name, getattr(self, name)[..., kept])
        self.memristor = _taken(self.all_devices, self.index)
        self.resistance = self.all_resistance[self.index]
        self.scale = _Scale(self.memristor.state_variables)

    def rate(self, passed: FloatArray, place: FloatArray) -> FloatArray:
        """How fast places move [1/s], shaped as `place`, (variables, ..., devices)."""
        drive = self.origin + self.slope * passed
        state = self.scale.state(place)
        voltage = drive
        if self.resistance.any():
            voltage = divided_voltage(
                self.memristor, drive, state, self.resistance, guess=self.divided * drive
            )
            share = (voltage / drive).reshape(-1, len(self.index))[0]
            self.divided = np.where(np.isfinite(share), share, self.divided)
        return self.scale.place_rate(np.asarray(self.memristor.state_rate(voltage, state)), state)

    def step(self) -> BoolArray:
        """Try one step of every device; tell which have come to the end of their stretch."""
        remaining = self.length - self.passed
        steep = np.abs(self.slope)
        farthest = np.where(steep > 0.0, _DRIVE_CHANGE * self.peak / steep, np.inf)
        farthest = np.minimum(remaining, farthest)
        proposal = np.where(self.fresh, np.inf, self.proposal)
        early = _EARLY * np.minimum(proposal, farthest)

        rate, jacobian, drift = self.derivatives(early)
        broken = self.alive & ~np.isfinite(rate).all(axis=0)
        if broken.any():
            self.give_up(broken, "the model returned a rate that is not finite")
        # The model's own rate at a bound is never outwards: zero there means that it is held.
        held = ((self.place <= 0.0) & (rate <= 0.0)) | ((self.place >= 1.0) & (rate >= 0.0))
        if held.any():
            rate, drift = np.where(held, 0.0, rate), np.where(held, 0.0, drift)
            jacobian = np.where(held[:, None], 0.0, jacobian)

        speed = np.abs(rate).max(axis=0)
        asleep = self.fresh & (speed == 0.0)
        first = np.minimum(self.proposal, _FIRST_MOVE / speed)
        proposal = np.where(self.fresh & ~asleep, first, proposal)
        length = np.minimum(proposal, farthest)
        length = np.minimum(length, self.longest_growth(length, rate, jacobian, drift))

        trial, activity = self.trial(length, rate, jacobian, drift, held)
        return self.judge(trial, length, proposal, farthest, remaining, activity)

    def derivatives(self, early: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The rate, its Jacobian and its derivative by time, from one call of the model."""
        variables = len(self.place)
        nearby = np.where(self.place < 0.5, _DIFFERENCE, -_DIFFERENCE)
        places = np.repeat(self.place[:, None], variables + 2, axis=1)
        for i in range(variables):
            places[i, 1 + i] += nearby[i]
        moments = np.repeat(self.passed[None], variables + 2, axis=0)
        moments[-1] += early
        rates = self.rate(moments, places)
        rate = rates[:, 0]
        jacobian = (rates[:, 1:-1] - rate[:, None]) / nearby
        drift = np.where(self.slope == 0.0, 0.0, (rates[:, -1] - rate) / early)
        return rate, jacobian, drift

    def longest_growth(
        self, length: FloatArray, rate: FloatArray, jacobian: FloatArray, drift: FloatArray
    ) -> FloatArray:
        """The longest step over which what grows by itself may grow.

        An L-stable method damps what it cannot follow, also what should explode: without this, a
        filament that thinks for a while before it switches would never switch.
        """
        growth = _growth(jacobian)
        exponent = np.clip(growth * length, 1e-3, 500.0)
        push = np.abs(rate).max(axis=0) + length * np.abs(drift).max(axis=0)
        grown = push * length * np.expm1(exponent) / exponent
        matters = (growth * length > 1.0) & (grown > _NEGLIGIBLE * self.tolerance)
        return np.where(matters, 1.0 / growth, np.inf)

    def trial(
        self,
        length: FloatArray,
        rate: FloatArray,
        jacobian: FloatArray,
        drift: FloatArray,
        held: BoolArray,
    ) -> tuple[RosenbrockStep, FloatArray]:
        """A step of each device, and how far held variables would have gone inwards."""
        some_held = bool(held.any())
        activity = np.zeros(self.place.shape[1])

        def move(share: float, place: FloatArray) -> FloatArray:
            nonlocal activity
            # Not a number becomes a number here, and stays none in the stages.
            inside = np.fmin(np.fmax(place, _EDGE), 1.0 - _EDGE)
            if some_held:
                inside = np.where(held, self.place, inside)
            moved = length * self.rate(self.passed + share * length, inside)
            if some_held:
                inwards = np.where(self.place < 0.5, moved, -moved)
                activity = np.maximum(activity, np.where(held, inwards, 0.0).max(axis=0))
                moved = np.where(held, 0.0, moved)
            return moved

        step = rosenbrock_step(
            move,
            self.place,
            first_move=length * rate,
            jacobian=length * jacobian,
            drift=length**2 * drift,
        )
        return step, activity

    def judge(
        self,
        step: RosenbrockStep,
        length: FloatArray,
        proposal: FloatArray,
        farthest: FloatArray,
        remaining: FloatArray,
        activity: FloatArray,
    ) -> BoolArray:
        """Accept or reject the step of each device, and say how long the next one shall be."""
        finest = 4.0 * np.spacing(self.passed) + 1e-25 * self.length
        error = np.abs(step.error).max(axis=0) / self.tolerance
        error = np.where(np.isfinite(error), error, np.inf)
        factor = np.clip(0.9 * np.maximum(error, 1e-8) ** -0.25, 0.2, 5.0)
        good = error <= 1.0
        # A variable that should be released on the way, unless the clock knows no shorter step.
        late = (activity > _NEGLIGIBLE * self.tolerance) & (length > finest)
        factor = np.where(late, np.minimum(factor, 0.25), factor)
        good &= ~late
        # Off the range by more than the tolerance, at the end or on the way: end at the bound.
        leaving = np.flatnonzero(good & self.alive & _may_leave(step))
        if leaving.size:
            share = _first_exit(step, leaving, self.tolerance)
            factor[leaving] = np.where(share < 1.0, share, factor[leaving])
            good[leaving] = share >= 1.0
        self.steps[self.index[self.alive]] += 1
        self.tries += 1
        lost = self.alive & (self.tries > _MOST_STEPS)
        if lost.any():
            self.give_up(lost, f"{_MOST_STEPS} steps have not led to the next moment")

        following = length * factor
        stuck = self.alive & ~good & (following < finest)
        if stuck.any():
            self.give_up(stuck, f"the step would be below {finest[stuck][0]:.2g} s")
        # A step that was cut off by the end of a stretch says nothing against a longer one.
        cut_off = good & (length == farthest) & (proposal > farthest)
        usual = np.where(np.isfinite(proposal), proposal, 0.0)
        self.proposal = np.where(cut_off, np.maximum(usual, following), following)

        end = np.where(good, step.end, self.place)
        self.passed = np.where(good, self.passed + length, self.passed)
        self.place = self.on_range(end, self.passed)
        self.fresh = (self.place != end).any(axis=0)
        return np.asarray(good & self.alive & (length == remaining))

    def on_range(self, end: FloatArray, passed: FloatArray) -> FloatArray:
        """The ends of steps, on the bound where they have passed it.

        Where the variable does not run into the bound but comes closer and closer to it, as with a
        window that closes smoothly, it went beyond by an error of the method. It stays inside then,
        because such a window never opens again for a state that is exactly on the bound.
        """
        if not ((end < 0.0) | (end > 1.0)).any():
            return end
        edge, farther = (
            self.rate(passed, np.fmin(np.fmax(end, inset), 1.0 - inset))
            for inset in (_EDGE, 1e3 * _EDGE)
        )
        closing = np.abs(edge) < 0.1 * np.abs(farther)
        limit = np.where(closing, _EDGE, 0.0)
        return np.where((end < 0.0) | (end > 1.0), np.clip(end, limit, 1.0 - limit), end)

    def give_up(self, which: BoolArray, reason: str) -> None:
        column = int(np.flatnonzero(which)[0])
        moment = self.moments[self.stretch[column]] + self.passed[column]
        drive = self.origin[column] + self.slope[column] * self.passed[column]
        state = self.scale.state(self.place)[:, column]
        values = ", ".join(
            f"{variable.name} {value:.6g} {variable.unit}"
            for variable, value in zip(self.memristor.state_variables, state, strict=True)
        )
        raise SimulatorError(
            f"device {self.index[column]} cannot be followed beyond {moment:.9g} s, at {values} "
            f"and a drive of {drive:.6g} V: {reason}; check the parameters of this device, drive "
            f"it less, or give a larger relative_tolerance than {self.tolerance:.2g}"
        )


def _growth(jacobian: FloatArray) -> FloatArray:
    """Largest real part of the eigenvalues, or more where that is not above zero."""
    variables = len(jacobian)
    growth: FloatArray
    if variables == 1:
        growth = jacobian[0, 0]
    elif variables == 2:
        (a, b), (c, d) = jacobian
        growth = 0.5 * (a + d + np.sqrt(np.maximum((a - d) ** 2 + 4.0 * b * c, 0.0)))
    else:
        known = np.isfinite(jacobian).all(axis=(0, 1))
        growth = np.zeros(known.shape)
        eigenvalues = np.linalg.eigvals(np.moveaxis(jacobian[..., known], -1, 0))
        growth[known] = eigenvalues.real.max(axis=-1)
    return growth


def _may_leave(step: RosenbrockStep) -> BoolArray:
    """Whether the continuous solution could leave 0..1 somewhere in the step, shape (systems,)."""
    # The largest of s (1 - s) and s^2 (1 - s) for shares s of the step.
    bent = np.abs(step.bend[0]) / 4.0 + np.abs(step.bend[1]) * (4.0 / 27.0)
    lowest = np.minimum(step.start, step.end) - bent
    highest = np.maximum(step.start, step.end) + bent
    return np.asarray(((lowest < 0.0) | (highest > 1.0)).any(axis=0))


def _first_exit(step: RosenbrockStep, which: IntArray, margin: float) -> FloatArray:
    """The share of the step after which a device first is half a margin out of 0..1.

    Args:
        step: of all systems.
        which: the systems that are asked about, shape (asked,).
        margin: excursions that do not go so far do not count.

    Returns:
        Shape (asked,); 1 where it stays inside.
    """
    path = RosenbrockStep(
        start=step.start[:, which],
        end=step.end[:, which],
        error=step.error[:, which],
        bend=step.bend[:, :, which],
    )
    # The path is a cubic; between the turning points it rises or falls throughout.
    first = path.end - path.start + path.bend[0]
    second, third = path.bend[1] - path.bend[0], -path.bend[1]
    root = np.sqrt(np.maximum(second**2 - 3.0 * first * third, 0.0))
    larger = -(second + np.where(second < 0.0, -root, root))
    turns = np.stack([larger / (3.0 * third), first / larger])
    turns = np.where((turns > 0.0) & (turns < 1.0), turns, 1.0)
    corners = np.stack([turns.min(axis=0), turns.max(axis=0), np.ones_like(first)])
    places = np.stack([path.at(corner) for corner in corners])
    outside = (places < -margin) | (places > 1.0 + margin)
    leaves = outside.any(axis=0)
    corner = np.argmax(outside, axis=0)[None]
    late = np.take_along_axis(corners, corner, axis=0)[0]
    early = np.take_along_axis(corners, np.maximum(corner - 1, 0), axis=0)[0]
    early = np.where(corner[0] > 0, early, 0.0)
    target = np.where(path.at(late) < 0.5, -0.5 * margin, 1.0 + 0.5 * margin)
    for _ in range(12):
        middle = 0.5 * (early + late)
        crossed = (path.at(middle) - target) * (path.at(early) - target) <= 0.0
        early, late = np.where(crossed, early, middle), np.where(crossed, middle, late)
    ahead, past = path.at(early) - target, path.at(late) - target
    exits = np.where(leaves, early + (late - early) * ahead / (ahead - past), 1.0)
    return np.asarray(exits.min(axis=0))


def _default_times(stimulus: Stimulus) -> FloatArray:
    """The points of the stimulus, and evenly spaced moments in each stretch."""
    stretches = np.flatnonzero(np.diff(stimulus.time) > 0)
    parts = -(-_MOMENTS // len(stretches))
    shares = np.arange(1, parts) / parts
    starts, stops = stimulus.time[stretches], stimulus.time[stretches + 1]
    between = starts[:, None] + (stops - starts)[:, None] * shares
    # Twice at a jump; where points share a moment more than twice, nothing lasts between.
    unique, count = np.unique(stimulus.time, return_counts=True)
    return np.sort(np.concatenate([np.repeat(unique, np.minimum(count, 2)), between.ravel()]))


def _check_start(variables: tuple[StateVariable, ...], start: FloatArray) -> None:
    for variable, value in zip(variables, start, strict=True):
        low = np.broadcast_to(np.asarray(variable.lowest, dtype=np.float64), value.shape)
        high = np.broadcast_to(np.asarray(variable.highest, dtype=np.float64), value.shape)
        outside = np.flatnonzero((value < low) | (value > high))
        if outside.size:
            device = int(outside[0])
            raise OutOfModelRange(
                f"initial_state of the {variable.name} is outside its bounds in {outside.size} "
                f"device(s), the first {value[device]:.6g} {variable.unit} in device {device}, "
                f"whose bounds are {low[device]:.6g} to {high[device]:.6g} {variable.unit}"
            )


def _count(
    memristor: Memristor, stimulus: Stimulus, start: FloatArray, resistance: FloatArray
) -> int:
    """How many devices all arguments broadcast to."""
    shapes = {
        "parameters of the memristor": _parameter_shape(memristor),
        "voltage of the stimulus": stimulus.voltage.shape[1:],
        "initial_state": start.shape[1:],
        "series_resistance": resistance.shape,
    }
    try:
        shape = np.broadcast_shapes((1,), *shapes.values())
    except ValueError:
        shape = ()
    if len(shape) != 1 or shape[0] == 0:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InvalidInput(
            f"all must be of one device, or of the same number of devices, but the shapes are: "
            f"{found}"
        )
    return int(shape[0])


def _parameter_shape(model: Array) -> tuple[int, ...]:
    """What the array fields of a dataclass, and of dataclasses in it, broadcast to."""
    if not is_dataclass(model):
        return np.shape(model) if isinstance(model, np.ndarray) else ()
    values = [getattr(model, field.name) for field in fields(model)]
    return np.broadcast_shapes(*(_parameter_shape(value) for value in values))


def _taken(model: Array, index: IntArray) -> Array:
    """The same dataclass with the parameters of some devices only."""
    if isinstance(model, np.ndarray) and model.ndim == 1 and len(model) > 1:
        return model[index]
    if not is_dataclass(model) or _parameter_shape(model) in {(), (1,)}:
        return model
    changes = {
        field.name: _taken(getattr(model, field.name), index)
        for field in fields(model)
        if field.init
    }
    return replace(model, **changes)  # type: ignore[type-var]
