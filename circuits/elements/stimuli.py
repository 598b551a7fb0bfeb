"""What a source does in time: pulses, sines, piecewise linear and exponential waves.

Source: ngspice manual, section 4.1.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

from ohmloom.circuits.elements.element import Value, number
from ohmloom.errors import InvalidInput


@runtime_checkable
class Stimulus(Protocol):
    """A wave in time, in volt or ampere as its source is."""

    @property
    def initial(self) -> Value:
        """Its value at time zero, which is also that of an operating point."""
        ...

    def spice_text(self) -> str:
        """What SPICE calls it, such as `PULSE(...)`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Rectangular pulses with straight edges.

    >>> Pulse(low=0.0, high=1.8, delay=1e-3, rise=1e-9, fall=1e-9, width=1e-4, period=1e-2).initial
    0.0
    """

    low: Value
    """Before, between and after [V or A]."""
    high: Value
    """During a pulse [V or A]."""
    delay: Value
    """Until the first edge begins [s]."""
    rise: Value
    """Duration of the edge from low to high; 0 for the step of the analysis [s]."""
    fall: Value
    """Duration of the edge from high to low; 0 for the step of the analysis [s]."""
    width: Value
    """Time at high [s]."""
    period: Value | None = None
    """From one pulse to the next, None for a single pulse [s]."""

    def __post_init__(self) -> None:
        for name in ("delay", "rise", "fall", "width"):
            value = getattr(self, name)
            if isinstance(value, int | float) and not 0.0 <= value < math.inf:
                raise InvalidInput(f"the {name} of a pulse is {value} s; it must not be negative")
        parts = (self.period, self.rise, self.width, self.fall)
        if all(isinstance(part, int | float) for part in parts):
            period, *rest = (float(part) for part in parts)  # type: ignore[arg-type]
            if period < sum(rest) * (1 - 1e-9):
                raise InvalidInput(
                    f"the period of a pulse is {period} s, shorter than its edges and width, "
                    f"{sum(rest)} s"
                )

    @property
    def initial(self) -> Value:
        """The low level."""
        return self.low

    def spice_text(self) -> str:
        """PULSE(...)."""
        # Without a period ngspice repeats after the stop time, which is never.
        parts = [self.low, self.high, self.delay, self.rise, self.fall, self.width]
        if self.period is not None:
            parts.append(self.period)
        return f"PULSE({' '.join(number(part) for part in parts)})"


@dataclass(frozen=True, kw_only=True)
class Sine:
    """A sine around an offset, from `delay` on, damped if asked for."""

    offset: Value
    """Mean [V or A]."""
    amplitude: Value
    """Of the sine [V or A]."""
    frequency: Value
    """[Hz]."""
    delay: Value = 0.0
    """Until it starts [s]."""
    damping: Value = 0.0
    """Decay rate of the amplitude [1/s]."""

    @property
    def initial(self) -> Value:
        """The offset."""
        return self.offset

    def spice_text(self) -> str:
        """SIN(...)."""
        parts = (self.offset, self.amplitude, self.frequency, self.delay, self.damping)
        return f"SIN({' '.join(number(part) for part in parts)})"


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """A rise towards one level and a fall back, each with its own time constant."""

    low: Value
    """At the start and long after the fall [V or A]."""
    high: Value
    """What the rise tends to [V or A]."""
    rise_delay: Value
    """When the rise begins [s]."""
    rise_time_constant: Value
    """Above zero [s]."""
    fall_delay: Value
    """When the fall begins [s]."""
    fall_time_constant: Value
    """Above zero [s]."""

    @property
    def initial(self) -> Value:
        """The low level."""
        return self.low

    def spice_text(self) -> str:
        """EXP(...)."""
        parts = (
            self.low,
            self.high,
            self.rise_delay,
            self.rise_time_constant,
            self.fall_delay,
            self.fall_time_constant,
        )
        return f"EXP({' '.join(number(part) for part in parts)})"


@dataclass(frozen=True, kw_only=True)
class PiecewiseLinear:
    """Straight lines between points; constant before the first and after the last.

    >>> PiecewiseLinear(points=((0.0, 0.0), (1e-9, 1.8))).spice_text()
    'PWL(0.0 0.0 1e-09 1.8)'
    """

    points: tuple[tuple[float, float], ...]
    """Moment and value, moments rising [s] and [V or A]."""

    def __post_init__(self) -> None:
        points = tuple((float(moment), float(value)) for moment, value in self.points)
        object.__setattr__(self, "points", points)
        moments = [moment for moment, _ in points]
        if not points or not all(math.isfinite(part) for point in points for part in point):
            raise InvalidInput("a piecewise linear wave needs at least one point, all finite")
        if moments[0] < 0.0 or any(b <= a for a, b in pairwise(moments)):
            raise InvalidInput("the moments of a piecewise linear wave must rise, from 0 s on")

    @property
    def initial(self) -> Value:
        """The value of the first point."""
        return self.points[0][1]

    def spice_text(self) -> str:
        """PWL(...)."""
        return f"PWL({' '.join(f'{moment!r} {value!r}' for moment, value in self.points)})"
