"""What a memristor does under a voltage that changes in time: the loops of the textbooks.

The state equation is integrated with an adaptive solver that switches between a stiff and a
non-stiff method (LSODA of scipy), stretch by stretch between the given samples of the voltage, each
scaled to unit time and unit state, because states move nanometres in picoseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, shaped
from ohmloom.devices.memristor import Memristor
from ohmloom.errors import InvalidInput, OutOfModelRange, SimulatorError

_TOLERANCE = 1e-8
_EDGE = 1e-12
"""How far inside its bounds the state is where the rate is continued beyond them, of its range."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceResponse:
    """Voltage, current and state of one device over time."""

    time: FloatArray
    """Moments, shape (time,) [s]."""
    voltage: FloatArray
    """Across the device, shape (time,) [V]."""
    current: FloatArray
    """Through the device, shape (time,) [A]."""
    state: FloatArray
    """In the unit of the device's state, shape (time,)."""


def respond(
    memristor: Memristor, *, time: FloatArray, voltage: FloatArray, initial_state: float
) -> DeviceResponse:
    """Drive one device with a voltage that is linear between the given moments.

    Args:
        memristor: one device, its parameters numbers.
        time: rising moments, shape (time,) [s].
        voltage: across the device at these moments, shape (time,) [V].
        initial_state: at the first moment, within the bounds of the state, in its unit.

    Returns:
        Voltage, current and state at the given moments. The state is accurate to about 1e-7 of its
        range per stretch and is held within its bounds.

    Raises:
        InvalidInput: shapes differ, a value is not finite, there are fewer than two moments, or
            time does not rise.
        OutOfModelRange: `initial_state` is outside the bounds.
        SimulatorError: the solver gave up.

    >>> from ohmloom.devices.vteam import kvatinsky_2015
    >>> from ohmloom.si import nm, ns
    >>> ten_at_one_volt = respond(
    ...     kvatinsky_2015(), time=np.array([0.0, 10 * ns]), voltage=np.ones(2), initial_state=0.0
    ... )
    >>> f"{ten_at_one_volt.state[-1] / nm:.3f}"
    '0.245'
    """
    moments = finite(time, "time")
    if moments.ndim != 1 or moments.size < 2 or not (np.diff(moments) > 0).all():
        raise InvalidInput("time must hold two or more rising moments along one axis")
    volts = shaped(finite(voltage, "voltage"), moments.shape, "voltage")
    bounds = memristor.state_bounds
    lowest, highest = float(bounds.lowest), float(bounds.highest)
    if not lowest <= initial_state <= highest:
        raise OutOfModelRange(
            f"initial_state {initial_state:.6g} is outside {lowest:.6g}..{highest:.6g}, the bounds "
            f"of the state"
        )
    span = highest - lowest
    place = np.empty(moments.size)
    place[0] = (initial_state - lowest) / span
    for i, duration in enumerate(np.diff(moments)):
        start, rise = volts[i], volts[i + 1] - volts[i]

        def rate(
            passed: float,
            at: FloatArray,
            start: float = start,
            rise: float = rise,
            duration: float = duration,
        ) -> FloatArray:
            # Exactly the bounds at 0 and 1, where the device looks for them.
            inside = np.clip(at, 0.0, 1.0)
            state = lowest * (1.0 - inside) + highest * inside
            moving: FloatArray = memristor.state_rate(np.asarray(start + rise * passed), state)
            return moving * (duration / span)

        place[i + 1] = _stretch(rate, place[i])
    state = lowest * (1.0 - place) + highest * place
    return DeviceResponse(
        time=moments.copy(),
        voltage=volts.copy(),
        current=np.asarray(memristor.current(volts, state)),
        state=state,
    )


def _stretch(rate: Callable[[float, FloatArray], FloatArray], start: float) -> float:
    """The end of one stretch of unit time, from a place between 0 and 1.

    At a bound the rate jumps to zero, which no solver steps over well. The rate is therefore
    continued beyond the bound, integration stops where the bound is met, and the place is held
    there until the rate points inwards.
    """

    def continued(passed: float, at: FloatArray) -> FloatArray:
        return rate(passed, np.clip(at, _EDGE, 1.0 - _EDGE))

    place, passed = start, 0.0
    while passed < 1.0:
        if place in (0.0, 1.0):
            passed = _release(rate, place, passed)
            if passed >= 1.0:
                break
        solution = solve_ivp(
            continued,
            (passed, 1.0),
            [place],
            method="LSODA",
            rtol=_TOLERANCE,
            atol=_TOLERANCE,
            events=[_meets_lower, _meets_upper],
        )
        if not solution.success:
            raise SimulatorError(f"the state could not be integrated: {solution.message}")
        place, passed = float(np.clip(solution.y[0, -1], 0.0, 1.0)), float(solution.t[-1])
        if solution.status == 1:
            place = float(round(place))
    return place


def _meets_lower(_: float, at: FloatArray) -> float:
    return float(at[0])


def _meets_upper(_: float, at: FloatArray) -> float:
    return float(at[0] - 1.0)


for _event, _direction in ((_meets_lower, -1.0), (_meets_upper, 1.0)):
    _event.terminal = True  # type: ignore[attr-defined]
    _event.direction = _direction  # type: ignore[attr-defined]


def _release(rate: Callable[[float, FloatArray], FloatArray], bound: float, passed: float) -> float:
    """When the rate at a bound first points inwards, from `passed` on; 1 if it does not."""
    inwards = 1.0 if bound == 0.0 else -1.0
    at = np.array([bound])

    def held(moment: float) -> bool:
        return bool(inwards * rate(moment, at)[0] <= 0.0)

    if not held(passed):
        return passed
    if held(1.0):
        return 1.0
    # The voltage is linear in time, so that the rate turns inwards once.
    early, late = passed, 1.0
    while late - early > _TOLERANCE:
        middle = 0.5 * (early + late)
        early, late = (middle, late) if held(middle) else (early, middle)
    return late
