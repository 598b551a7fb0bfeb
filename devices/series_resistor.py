"""How a voltage divides between a resistor and the memristor behind it.

A transistor that is fully on, the wire to a cell, a resistor that protects: seen from the device,
all of them are a resistance R in series. The voltage v across the device solves

    v + R * current(v, state) = drive

whose left side rises with v for every device whose current rises with the voltage, so that there is
one solution, and it lies between zero and the drive.
"""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.devices.memristor import Memristor
from ohmloom.errors import SimulatorError

_DIFFERENCE = 1e-7
"""Distance of the two voltages between which the slope of the current is taken, of the drive."""
_LAST_NEWTON = 1e-9
"""A Newton step as small as this, of the drive, leaves an error thousands of times smaller."""
_LAST_BRACKET = 1e-13
_MOST_ITERATIONS = 200


def voltage_behind_resistor(
    memristor: Memristor,
    drive: FloatArray,
    state: FloatArray,
    resistance: FloatArray | float,
    *,
    guess: FloatArray | None = None,
) -> FloatArray:
    """The voltage across a memristor in series with a resistor.

    Args:
        memristor: one device, or many.
        drive: across both, shape (..., devices) [V].
        state: shape (variables, ..., devices), which broadcasts with `drive`.
        resistance: not negative, broadcasts with `drive` [ohm].
        guess: where to begin, shaped as `drive`; the drive itself when None [V].

    Returns:
        Shape (..., devices), accurate to about 1e-12 of the drive [V].

    Raises:
        SimulatorError: no solution was found; the current is not finite, or not of the sign of the
            voltage.

    >>> from ohmloom.devices.memristors.vteam import kvatinsky_2015
    >>> divided = voltage_behind_resistor(
    ...     kvatinsky_2015(), np.array([1.0]), np.array([[0.0]]), resistance=150.0
    ... )
    >>> f"{divided[0]:.12f}"  # the device has 50 ohm
    '0.250000000000'
    """
    voltage = divided_voltage(memristor, drive, state, resistance, guess=guess)
    if not np.isfinite(voltage).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(voltage))[0])
        at = float(np.broadcast_to(drive, voltage.shape)[where])
        raise SimulatorError(
            f"the drive of {at:.6g} V does not divide between the series resistor and the device "
            f"at {where}; the current of the model is not finite there, or does not rise with the "
            f"voltage"
        )
    return voltage


def divided_voltage(
    memristor: Memristor,
    drive: FloatArray,
    state: FloatArray,
    resistance: FloatArray | float,
    *,
    guess: FloatArray | None = None,
) -> FloatArray:
    """The same as `voltage_behind_resistor`, and not a number where there is no solution."""
    shape = np.broadcast_shapes(drive.shape, state.shape[1:], np.shape(resistance))
    drive = np.broadcast_to(drive, shape)
    size = np.abs(drive)
    scale = np.where(size > 0.0, size, 1.0)
    below, above = np.minimum(drive, 0.0), np.maximum(drive, 0.0)
    voltage = np.clip(drive if guess is None else guess, below, above)
    nearby = -_DIFFERENCE * np.where(drive < 0.0, -scale, scale)
    pair = state[:, None]
    missing = np.full(shape, np.inf)
    for _ in range(_MOST_ITERATIONS):
        here, there = memristor.current(np.stack([voltage, voltage + nearby]), pair)
        before, missing = missing, voltage + resistance * here - drive
        slope = 1.0 + resistance * (there - here) / nearby
        below = np.where(missing <= 0.0, voltage, below)
        above = np.where(missing >= 0.0, voltage, above)
        newton = voltage - missing / np.where(slope > 0.0, slope, 1.0)
        # Newton's step where it stays in the bracket and gains; else the middle.
        fast = (
            (slope > 0.0)
            & (newton >= below)
            & (newton <= above)
            & (np.abs(missing) <= 0.5 * np.abs(before))
        )
        moved = np.where(fast, newton, 0.5 * (below + above))
        # Where the residual is zero both ends of the bracket have met.
        last = np.where(fast, _LAST_NEWTON, _LAST_BRACKET) * scale
        done = (np.abs(moved - voltage) <= last) | (above - below <= _LAST_BRACKET * scale)
        done |= ~np.isfinite(missing)
        voltage = np.where(np.isfinite(missing), moved, np.nan)
        if done.all():
            return voltage
    return np.where(done, voltage, np.nan)
