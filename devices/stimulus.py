"""`Stimulus`: a voltage over time, linear between its points, with exact edges.

Two points at the same moment are a jump. That is how a pulse with edges of no duration is written
down, and the simulation knows from it where one stretch ends and the next begins, so that it steps
over no edge and misses no pulse, however short it is beside the waiting between pulses.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.devices.memristor import TypicalDrive
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True, eq=False)
class Stimulus:
    """A voltage over time, linear between its points; `waveform` makes one of lists.

    >>> from ohmloom.si import ns
    >>> edge = waveform([0.0, 10 * ns, 10 * ns, 20 * ns], [0.0, 0.0, 1.0, 1.0])
    >>> edge.at(np.array([5 * ns, 10 * ns, 15 * ns])).tolist()
    [0.0, 1.0, 1.0]
    """

    time: FloatArray
    """Moments of the points, shape (points,), two at least, not falling; two equal ones are a jump
    [s]."""
    voltage: FloatArray
    """At these moments, shape (points,), or (points, devices) if every device has its own [V]."""

    def __post_init__(self) -> None:
        time = shaped(finite(self.time, "time"), (None,), "time")
        voltage = finite(self.voltage, "voltage")
        if voltage.ndim not in {1, 2} or len(voltage) != len(time) or voltage.size == 0:
            raise InvalidInput(
                f"voltage must have shape ({len(time)},) or ({len(time)}, devices), one row for "
                f"each moment, but has {voltage.shape}"
            )
        falls = np.flatnonzero(np.diff(time) < 0)
        if falls.size:
            row = int(falls[0])
            raise InvalidInput(
                f"time must not fall, but does after {falls.size} row(s), the first after row "
                f"{row}, from {time[row]:.6g} to {time[row + 1]:.6g} s; sort the rows by time"
            )
        if len(time) < 2 or time[-1] <= time[0]:
            raise InvalidInput(
                "time must hold two moments at least, the last later than the first, but holds "
                f"{len(time)}: {time[:3].tolist()}"
            )

    def at(self, moments: ArrayLike) -> FloatArray:
        """The voltage at some moments.

        Args:
            moments: within the stimulus, shape (moments,), not falling [s]. At a jump, the voltage
                after it; where two moments in a row are the same, the first is before the jump.

        Returns:
            Shape (moments,), or (moments, devices) [V].

        Raises:
            InvalidInput: a moment is before the first point or after the last, or moments fall.
        """
        when = moments_within(self, moments, "moments")
        after = np.searchsorted(self.time, when, side="right") - 1
        before = np.searchsorted(self.time, when, side="left")
        first_of_two = np.append(when[1:] == when[:-1], False)
        # On a point, the weight is zero and the voltage that of the point, to the last bit.
        left = np.where(first_of_two & (self.time[before] == when), before, after)
        right = np.minimum(left + 1, len(self.time) - 1)
        length = self.time[right] - self.time[left]
        weight = (when - self.time[left]) / np.where(length > 0, length, 1.0)
        if self.voltage.ndim == 2:
            weight = weight[:, None]
        voltage: FloatArray = self.voltage[left] * (1.0 - weight) + self.voltage[right] * weight
        return voltage


def moments_within(stimulus: Stimulus, moments: ArrayLike, name: str) -> FloatArray:
    """Moments as an array; refused unless they lie within the stimulus and do not fall.

    Args:
        stimulus: what they belong to.
        moments: shape (moments,) [s].
        name: what they are called in the message.

    Returns:
        Shape (moments,) [s].

    Raises:
        InvalidInput: a moment is outside, or earlier than the one before it.
    """
    when = shaped(finite(moments, name), (None,), name)
    first, last = stimulus.time[0], stimulus.time[-1]
    outside = np.flatnonzero((when < first) | (when > last))
    if outside.size:
        row = int(outside[0])
        raise InvalidInput(
            f"{name} must lie within the stimulus, {first:.6g} to {last:.6g} s, but "
            f"{outside.size} do not, the first {when[row]:.6g} s in row {row}"
        )
    falls = np.flatnonzero(np.diff(when) < 0)
    if falls.size:
        row = int(falls[0])
        raise InvalidInput(
            f"{name} must not fall, but do after row {row}, from {when[row]:.6g} to "
            f"{when[row + 1]:.6g} s; sort them"
        )
    return when


def waveform(time: ArrayLike, voltage: ArrayLike) -> Stimulus:
    """A stimulus of given points, such as one that was recorded.

    Args:
        time: shape (points,), two at least, not falling; two equal ones are a jump [s].
        voltage: shape (points,), or (points, devices) [V].

    Raises:
        InvalidInput: shapes differ, a value is not finite, or time falls; the message names the
            rows.
    """
    return Stimulus(time=finite(time, "time").copy(), voltage=finite(voltage, "voltage").copy())


def triangle_sweep(positive: float, negative: float, period: float, cycles: int) -> Stimulus:
    """Sweeps of one speed: from zero to +`positive`, to -`negative`, and back to zero.

    Args:
        positive: amplitude of the positive half, not negative [V].
        negative: amplitude of the negative half, not negative [V].
        period: duration of one sweep [s].
        cycles: how many.

    Raises:
        InvalidInput: an amplitude is negative, both are zero, or there is no sweep.

    >>> sweep = triangle_sweep(1.0, 3.0, 8.0, cycles=1)
    >>> sweep.time.tolist(), sweep.voltage.tolist()
    ([0.0, 1.0, 5.0, 8.0], [0.0, 1.0, -3.0, 0.0])
    """
    _above_zero(period=period)
    _one_or_more(cycles, "cycles")
    if positive < 0 or negative < 0 or not positive + negative > 0:
        raise InvalidInput(
            f"positive and negative are amplitudes: not below zero, and one of them above; they "
            f"are {positive:.6g} and {negative:.6g} V"
        )
    whole = 2.0 * (positive + negative)
    corners = [(positive / whole, positive), (1.0 - negative / whole, -negative)]
    shares, levels = zip(*[corner for corner in corners if corner[1] != 0.0], strict=True)
    turns = np.arange(cycles)[:, None]
    return Stimulus(
        time=period * np.append(0.0, (turns + np.array([*shares, 1.0])).ravel()),
        voltage=np.append(0.0, np.tile(np.array([*levels, 0.0]), cycles)),
    )


def sine(amplitude: float, period: float, cycles: int, points_per_period: int) -> Stimulus:
    """A sine that begins at zero, drawn with straight lines.

    Args:
        amplitude: [V].
        period: [s].
        cycles: how many periods.
        points_per_period: four or more. The lines miss the sine by less than 5 / points^2 of the
            amplitude; every point is the end of a step for the simulation.

    Raises:
        InvalidInput: the period is not above zero, there is no cycle, or too few points.
    """
    _above_zero(period=period)
    _one_or_more(cycles, "cycles")
    if points_per_period < 4:
        raise InvalidInput(f"points_per_period must be 4 or more, but is {points_per_period}")
    point = np.arange(cycles * points_per_period + 1)
    phase = point % points_per_period
    voltage = amplitude * np.sin(2.0 * np.pi * phase / points_per_period)
    # Exactly zero halfway, where the sine of a rounded pi is not.
    voltage[2 * phase == points_per_period] = 0.0
    return Stimulus(time=period * point / points_per_period, voltage=voltage)


def pulse_train(voltages: ArrayLike, width: float, gap: float, edge: float = 0.0) -> Stimulus:
    """Rectangular pulses, or trapezoids, with zero volt between them.

    Args:
        voltages: of the pulses in turn, shape (pulses,), or (pulses, devices) [V].
        width: duration of the flat top of a pulse [s].
        gap: time at zero volt after each pulse [s].
        edge: duration of each edge [s]; zero for a jump.

    Returns:
        It begins with the edge of the first pulse and ends with the gap after the last.

    Raises:
        InvalidInput: there is no pulse, the width is not above zero, or a duration is negative.

    >>> one = pulse_train([0.5], width=2.0, gap=1.0)
    >>> one.time.tolist(), one.voltage.tolist()
    ([0.0, 0.0, 2.0, 2.0, 3.0], [0.0, 0.5, 0.5, 0.0, 0.0])
    """
    tops = finite(voltages, "voltages")
    if tops.ndim not in {1, 2} or tops.size == 0:
        raise InvalidInput(
            f"voltages must have shape (pulses,) or (pulses, devices), but has {tops.shape}"
        )
    _above_zero(width=width)
    not_negative([gap, edge], "gap and edge")
    starts = (width + 2 * edge + gap) * np.arange(len(tops) + 1)
    # Backwards from the next pulse, so that without a gap one ends exactly where the next begins.
    ends = starts[1:] - gap
    corners = np.stack([starts[:-1], starts[:-1] + edge, ends - edge, ends], axis=1)
    voltage = np.zeros((len(tops), 4, *tops.shape[1:]))
    voltage[:, 1:3] = tops[:, None]
    return Stimulus(
        time=np.append(corners.ravel(), starts[-1]),
        voltage=np.append(voltage.reshape(-1, *tops.shape[1:]), 0.0 * tops[:1], axis=0),
    )


def staircase(voltages: ArrayLike, dwell: float) -> Stimulus:
    """Voltages that are held one after the other, with a jump between.

    Args:
        voltages: of the steps in turn, shape (steps,), or (steps, devices) [V].
        dwell: how long each is held [s].

    Raises:
        InvalidInput: there is no step, or `dwell` is not above zero.
    """
    levels = finite(voltages, "voltages")
    if levels.ndim not in {1, 2} or levels.size == 0:
        raise InvalidInput(
            f"voltages must have shape (steps,) or (steps, devices), but has {levels.shape}"
        )
    _above_zero(dwell=dwell)
    edges = dwell * np.arange(len(levels) + 1)
    return Stimulus(
        time=np.repeat(edges, 2)[1:-1],
        voltage=np.repeat(levels, 2, axis=0),
    )


def typical_sweep(drive: TypicalDrive, cycles: int) -> Stimulus:
    """The sweeps under which the source of a model shows the device.

    Args:
        drive: `typical_drive` of a memristor. Its series resistance and its initial state belong
            to the simulation, not to the voltage.
        cycles: how many sweeps.
    """
    return triangle_sweep(drive.positive, drive.negative, drive.period, cycles)


def _above_zero(**durations: float) -> None:
    for name, duration in durations.items():
        if not (np.isfinite(duration) and duration > 0):
            raise InvalidInput(f"{name} must be above zero, but is {duration:.6g} s")


def _one_or_more(count: int, name: str) -> None:
    if count < 1:
        raise InvalidInput(f"{name} must be 1 or more, but is {count}")
